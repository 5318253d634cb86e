//! How a word of a request compares with one of a policy.

/// A text without case, spaces and letters that nobody sees, and with plain letters for wide ones.
pub(super) fn fold(text: &str) -> String {
    let seen = text.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control() && !is_unseen(*letter));
    let plain = seen.map(|letter| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        letter => letter,
    });
    plain.flat_map(char::to_lowercase).collect()
}

fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a text is like a pattern, in which `*` stands for any text, an empty one included.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p, t));
                p += 1;
            }
            Some(letter) if text.get(t) == Some(letter) => {
                p += 1;
                t += 1;
            }
            _ => match back {
                // The last star takes one byte more.
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_no_time_that_grows_with_its_stars() {
        let (pattern, text) = ("*a".repeat(40) + "b", "a".repeat(5_000));
        assert!(!like(&pattern, &text));
        assert!(like(&"*a".repeat(40), &text));
    }
}
