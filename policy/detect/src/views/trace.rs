//! Looking for traces of disguises at several places of a text at once.

/// Places looked at together.
const STEP: usize = 64;

/// Of each stretch of bytes in which a window shows the trace, where it begins.
///
/// `is_trace` is best written without branches, so that a processor compares many places in one operation.
pub(super) fn stretches<const N: usize>(
    bytes: &[u8],
    is_trace: impl Fn(&[u8; N]) -> bool,
) -> impl Iterator<Item = usize> {
    (0..bytes.len()).step_by(STEP).filter(move |at| {
        let stretch = bytes.get(*at..(*at + STEP + N - 1).min(bytes.len())).unwrap_or_default();
        stretch.array_windows().fold(false, |any, window| any | is_trace(window))
    })
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
