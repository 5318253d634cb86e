//! Looking for traces of disguises at several places of a text at once.

/// Places looked at together.
const STEP: usize = 64;
/// Bytes of a stretch with those behind it that a window from its last place reaches. With a fixed length the
/// processor compares without looking for an end.
const REACH: usize = STEP + 8;

/// Of each stretch of bytes in which a window shows the trace, where it begins.
///
/// `is_trace` is best written without branches, so that a processor compares many places in one operation.
pub(super) fn stretches<const N: usize>(
    bytes: &[u8],
    is_trace: impl Fn(&[u8; N]) -> bool + Copy,
) -> impl Iterator<Item = usize> {
    (0..bytes.len()).step_by(STEP).filter(move |at| shows(bytes, *at, is_trace))
}

/// Whether a window shows the trace in the stretch of bytes that begins at a place. Behind the last byte stand zeros, so
/// that a window may end behind it.
#[inline]
pub(super) fn shows<const N: usize>(bytes: &[u8], at: usize, is_trace: impl Fn(&[u8; N]) -> bool) -> bool {
    const { assert!(N <= REACH - STEP + 1, "a window from the last place of a stretch stays within reach") };
    let tail = bytes.get(at..).unwrap_or_default();
    let padded;
    let stretch = match tail.first_chunk::<REACH>() {
        Some(stretch) => stretch,
        None => {
            padded = padded_to_reach(tail);
            &padded
        }
    };
    stretch.array_windows().take(STEP).fold(false, |any, window| any | is_trace(window))
}

fn padded_to_reach(tail: &[u8]) -> [u8; REACH] {
    let mut padded = [0; REACH];
    padded.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
    padded
}

/// All places in the stretches.
pub(super) fn places(stretches: impl Iterator<Item = usize>) -> impl Iterator<Item = usize> {
    stretches.flat_map(|at| at..at + STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_seen_wherever_it_stands() {
        for at in 0..300 {
            let mut text = vec![b'a'; 300];
            text[at] = b'b';
            let found: Vec<usize> = stretches(&text, |&[a, b, c]| (a == b'a') & (b == b'b') & (c == b'a')).collect();
            let expected = if at == 0 || at == 299 { vec![] } else { vec![(at - 1) / STEP * STEP] };
            assert_eq!(found, expected, "{at}");
            assert!(found.is_empty() || places(found.into_iter()).any(|place| place + 1 == at));
        }
    }
}
