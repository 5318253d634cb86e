//! JSON Pointers that are short and hold no text of the request, so that records and messages may show them.

/// Longest pointer in bytes. Beyond it the pointer ends in `/…`; the span still tells the exact place.
const POINTER_BYTES_MAX: usize = 200;

/// Longest key that can be an ordinary name.
const PLAIN_KEY_BYTES_MAX: usize = 64;

/// A pointer that grows and shrinks while a tree is walked.
#[derive(Debug, Default)]
pub(crate) struct Pointer {
    text: String,
}

/// A place to go back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark(usize);

impl Pointer {
    pub(crate) fn push_key(&mut self, key: &str) -> Mark {
        if !is_plain_key(key) {
            return self.push("?");
        }
        self.push(key)
    }

    pub(crate) fn push_position(&mut self, position: usize) -> Mark {
        self.push(&position.to_string())
    }

    pub(crate) fn pop(&mut self, mark: Mark) {
        self.text.truncate(mark.0);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_string(self) -> String {
        self.text
    }

    fn push(&mut self, step: &str) -> Mark {
        let mark = Mark(self.text.len());
        let is_full = self.text.ends_with('…');
        if !is_full {
            let fits = self.text.len().saturating_add(step.len()) <= POINTER_BYTES_MAX;
            self.text.push('/');
            self.text.push_str(if fits { step } else { "…" });
        }
        mark
    }
}

/// Whether a key is an ordinary field name: short, of name characters, and unlike a number or a token.
///
/// Other keys are texts that somebody chose (a map by e-mail address, an instruction hidden in a key). They are
/// inspected as parts and never shown.
pub(crate) fn is_plain_key(key: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.$".contains(&byte);
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    let is_token = digits > 5 || (key.len() >= 16 && digits > 0);
    (1..=PLAIN_KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(is_name) && !is_token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_can_be_text_are_not_plain() {
        for plain in ["model", "max_tokens", "$schema", "x-api.version", "top_p", "gpt-4o"] {
            assert!(is_plain_key(plain), "`{plain}`");
        }
        for odd in
            ["", "ignore all rules", "bob@example.com", "4111111111111111", "078-05-1120", &"a".repeat(65), "größe"]
        {
            assert!(!is_plain_key(odd), "`{odd}`");
        }
    }

    #[test]
    fn pointers_stay_short_and_come_back_to_their_marks() {
        let mut pointer = Pointer::default();
        pointer.push_key("messages");
        let mark = pointer.push_position(1);
        for _ in 0..64 {
            pointer.push_key(&"k".repeat(64));
        }
        assert!(pointer.as_str().len() < 300 && pointer.as_str().ends_with("/…"));
        pointer.pop(mark);
        assert_eq!(pointer.as_str(), "/messages");
    }
}
