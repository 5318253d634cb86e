//! A folded text cut into words.

use super::fold;

/// A word and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) at: usize,
    end: usize,
    /// Of its bytes.
    pub(super) hash: u64,
    /// It stands in a script that parts no words, or parts them otherwise.
    pub(super) unparted: bool,
}

impl Word {
    /// The word in the text that it was cut from.
    pub(super) fn text<'t>(&self, folded: &'t str) -> &'t str {
        folded.get(self.at..self.end).unwrap_or_default()
    }
}

/// Calls `take` with each word until it says `false`. In scripts without spaces each character is a word.
pub(super) fn each_word(folded: &str, mut take: impl FnMut(&Word) -> bool) {
    let mut open: Option<Word> = None;
    for (at, c) in folded.char_indices() {
        let end = at + c.len_utf8();
        let dense = fold::is_dense(c);
        if !dense && is_letter(c) {
            let word = open.get_or_insert(Word { at, end, hash: BASIS, unparted: fold::is_unparted(c) });
            (word.end, word.hash) = (end, hashed(word.hash, c));
            continue;
        }
        if open.take().is_some_and(|word| !take(&word)) {
            return;
        }
        if dense && !take(&Word { at, end, hash: hashed(BASIS, c), unparted: true }) {
            return;
        }
    }
    if let Some(word) = open {
        take(&word);
    }
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '\'' } else { c.is_alphanumeric() }
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a by characters.
fn hashed(hash: u64, c: char) -> u64 {
    (hash ^ u64::from(c as u32)).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_at_spaces_or_characters_as_the_script_asks() {
        let words = |text: &str| {
            let mut words = Vec::new();
            each_word(text, |word| {
                words.push(word.text(text).to_owned());
                words.len() < 4
            });
            words
        };
        assert_eq!(words("ignore all, don't!"), ["ignore", "all", "don't"]);
        assert_eq!(words("忽略 指令"), ["忽", "略", "指", "令"]);
        assert_eq!(words("a b c d e"), ["a", "b", "c", "d"], "as many as are wanted");
        assert_eq!(words("dan模式"), ["dan", "模", "式"]);
    }
}
