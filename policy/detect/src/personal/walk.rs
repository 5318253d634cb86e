//! Walks over the bytes of a text, many at a time: most text has nothing that a detector stops at.

use std::ops::Range;

const STRETCH: usize = 64;
const STEP: usize = 16;
const PAIRS: usize = 32;
const NEAR: usize = 8;

/// The first byte from a place on that pleases. `may` tells quickly, by comparisons alone, which bytes can.
pub(super) fn find(
    bytes: &[u8],
    from: usize,
    may: impl Fn(u8) -> bool + Copy,
    pleases: impl Fn(u8) -> bool + Copy,
) -> Option<usize> {
    let mut at = from;
    while let Some(stretch) = bytes.get(at..).and_then(<[u8]>::first_chunk::<STRETCH>) {
        if any(stretch, may)
            && let Some(place) = within(stretch, may, pleases)
        {
            return Some(at + place);
        }
        at += STRETCH;
    }
    within(bytes.get(at..)?, may, pleases).map(|place| at + place)
}

fn within(bytes: &[u8], may: impl Fn(u8) -> bool + Copy, pleases: impl Fn(u8) -> bool) -> Option<usize> {
    let (steps, rest) = bytes.as_chunks::<STEP>();
    let mut at = 0;
    for step in steps {
        if any(step, may)
            && let Some(place) = step.iter().position(|byte| pleases(*byte))
        {
            return Some(at + place);
        }
        at += STEP;
    }
    rest.iter().position(|byte| pleases(*byte)).map(|place| at + place)
}

/// Without a way out of the loop the compiler looks at all of them at once.
fn any<const N: usize>(bytes: &[u8; N], may: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(0, |any, byte| any | u8::from(may(*byte))) != 0
}

/// The first place from one on where a byte and the one before it please; zero stands before the first. `may` tells
/// quickly, by comparisons alone, which two can.
pub(super) fn find_pair(
    bytes: &[u8],
    from: usize,
    may: impl Fn(u8, u8) -> bool,
    pleases: impl Fn(u8, u8) -> bool,
) -> Option<usize> {
    let mut before = from.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or_default();
    // In a text in which many please the next is near.
    for (at, byte) in bytes.get(from..)?.iter().take(NEAR).enumerate() {
        if pleases(before, *byte) {
            return Some(from + at);
        }
        before = *byte;
    }
    let mut at = from + NEAR;
    while let Some(lefts) = bytes.get(at - 1..).and_then(<[u8]>::first_chunk::<PAIRS>)
        && let Some(rights) = bytes.get(at..).and_then(<[u8]>::first_chunk::<PAIRS>)
    {
        if any_pair(lefts, rights, &may)
            && let Some(place) = lefts.iter().zip(rights).position(|(left, right)| pleases(*left, *right))
        {
            return Some(at + place);
        }
        at += PAIRS;
    }
    let rest = bytes.get(at - 1..)?;
    rest.windows(2).position(|two| matches!(*two, [left, right] if pleases(left, right))).map(|place| at + place)
}

fn any_pair<const N: usize>(lefts: &[u8; N], rights: &[u8; N], may: impl Fn(u8, u8) -> bool) -> bool {
    lefts.iter().zip(rights).fold(0, |any, (left, right)| any | u8::from(may(*left, *right))) != 0
}

/// Where digits stand together.
pub(super) fn digit_runs(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let is_digit = |byte: u8| byte.wrapping_sub(b'0') < 10;
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(start) = find(bytes, at, is_digit, is_digit) {
        at = start + bytes.get(start..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
        runs.push(start..at);
    }
    runs
}

/// Neighbouring runs of digits that one written number may be made of, by the signs between them: those with enough
/// digits together, each from its first digit to its last.
pub(super) fn numbers<'t>(
    text: &'t str,
    digits: &'t [Range<usize>],
    least: usize,
    joins: impl Fn(&[u8]) -> bool + 't,
) -> impl Iterator<Item = Range<usize>> + 't {
    let joined = move |a: &Range<usize>, b: &Range<usize>| text.as_bytes().get(a.end..b.start).is_some_and(&joins);
    digits
        .chunk_by(joined)
        .filter(move |runs| runs.iter().map(Range::len).sum::<usize>() >= least)
        .filter_map(|runs| Some(runs.first()?.start..runs.last()?.end))
}

/// Whether one of some places, in their order, is in a window.
pub(super) fn is_any_in(places: &[usize], window: &Range<usize>) -> bool {
    places.get(places.partition_point(|place| *place < window.start)).is_some_and(|place| *place < window.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_pleases_is_found_at_every_place() {
        for before in 0..200 {
            let text = format!("{}12", "x".repeat(before));
            assert_eq!(find(text.as_bytes(), 0, |byte| byte < b'a', |byte| byte == b'2'), Some(before + 1));
            assert_eq!(find(text.as_bytes(), before + 2, |_| true, |_| true), None);
        }
    }

    #[test]
    fn the_first_pair_that_pleases_is_found_at_every_place() {
        let pleases = |left: u8, right: u8| left == b'1' && right == b'2';
        for before in 0..200 {
            let text = format!("{}12", "2x".repeat(before));
            let place = text.find("12").unwrap() + 1;
            for from in 0..=place {
                assert_eq!(find_pair(text.as_bytes(), from, |_, right| right < b'a', pleases), Some(place));
            }
            assert_eq!(find_pair(text.as_bytes(), place + 1, |_, right| right < b'a', pleases), None);
        }
        assert_eq!(find_pair(b"2", 0, |_, _| true, |left, right| left == 0 && right == b'2'), Some(0));
    }

    #[test]
    fn runs_of_digits_make_numbers_by_the_signs_between_them() {
        let text = "é12-34 5 ٣ 67";
        let runs = digit_runs(text);
        assert_eq!(runs, [2..4, 5..7, 8..9, 13..15]);
        let mut found = numbers(text, &runs, 4, |signs| signs == b"-");
        assert_eq!((found.next(), found.next()), (Some(2..7), None));
    }
}
