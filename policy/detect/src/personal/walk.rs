//! Walks over the bytes of a text, sixteen at a time: most text has nothing that a detector stops at.

const STEP: usize = 16;

/// The first byte from a place on that pleases. `may` tells quickly, by comparisons alone, which bytes can.
pub(super) fn find(bytes: &[u8], from: usize, may: impl Fn(u8) -> bool, pleases: impl Fn(u8) -> bool) -> Option<usize> {
    let mut at = from;
    while let Some(step) = bytes.get(at..).and_then(<[u8]>::first_chunk::<STEP>) {
        // Without a way out of the loop the compiler looks at all of them at once.
        if step.iter().fold(false, |any, byte| any | may(*byte))
            && let Some(place) = step.iter().position(|byte| pleases(*byte))
        {
            return Some(at + place);
        }
        at += STEP;
    }
    bytes.get(at..)?.iter().position(|byte| pleases(*byte)).map(|place| at + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_pleases_is_found_at_every_place() {
        for before in 0..40 {
            let text = format!("{}12", "x".repeat(before));
            assert_eq!(find(text.as_bytes(), 0, |byte| byte < b'a', |byte| byte == b'2'), Some(before + 1));
            assert_eq!(find(text.as_bytes(), before + 2, |_| true, |_| true), None);
        }
    }
}
