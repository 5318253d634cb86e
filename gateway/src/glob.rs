//! Model globs: `*` stands for any characters, `?` for one, all else for itself, case aside.

/// Whether the whole text matches the pattern. Linear in practice: one point of return, the last star.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some('*') => {
                star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(&wanted) if wanted == '?' || text.get(at_text) == Some(&wanted) => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => {
                let Some((star_pattern, star_text)) = star else { return false };
                star = Some((star_pattern, star_text + 1));
                at_pattern = star_pattern + 1;
                at_text = star_text + 1;
            }
        }
    }
    pattern.get(at_pattern..).is_some_and(|rest| rest.iter().all(|&c| c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_model_names() {
        for (pattern, text, expected) in [
            ("gpt-*", "gpt-5-mini", true),
            ("gpt-*", "GPT-5", true),
            ("gpt-*", "claude-x", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("claude-?-*", "claude-4-opus", true),
            ("*-mini", "gpt-5-mini-high", false),
            ("*a*b*c", "xxaxxbxxc", true),
            ("*a*b*c", "xxaxxbxx", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
