//! Parts letters that stand without gaps into words.

use std::collections::HashMap;

/// Common words of eight languages.
pub(in crate::views::respell) const WORDS: &str = include_str!("../../../../rules/words.txt");
const WORD_LETTERS_MAX: usize = 20;
/// Words that stand before credentials and personal data, which are no common ones.
const NAMES: &str = "admin api authorization basic bearer begin born card dsa email geboren geburtsdatum geb gmbh iban id ip key \
    login mail mobile née né nato nacido openssh passport password passwort pgp phone private public rsa secret ssh ssn \
    steuernummer street strasse straße tel telefon telephone token user username";

/// Small words that are likelier than others of their length.
const COMMON: &str = "a i am an and are as at be but by can did do for from had has have he her him his how if in is it its \
    like make me more my no not of on or our out say see she so tell that the their them then there they this to too up us \
    use was we were what when which who why will with you your \
    der die das den dem des ein eine einen und ist sind ich du sie wir mir mich dir nicht zu mit von auf für im \
    le la les un une de du et est je tu vous que qui pas pour dans sur el los las y es en se lo su il di che non per \
    si o os e é da do um uma het een van ik je niet na do nie bu bir ve";
/// Ends of words of which the list has only the stem, in reverse order.
const ENDS: [&str; 6] = ["s", "d", "de", "gni", "yl", "s'"];

/// A word of two letters saves nothing at the edge of unknown ones, or each name would begin and end with one.
fn cost_of(letters: usize) -> usize {
    match letters {
        1..=3 => 6,
        _ => 5,
    }
}
const UNKNOWN_COST: usize = 3;
/// What begins in the middle of nowhere is dear, so that a credential is not cut at each word its letters make by
/// accident. A capital behind a small letter begins something.
const BEGIN_COST: usize = 5;
const CAPITAL_COST: usize = 1;

/// Known words, and whether they are likelier than others. Their letters stand in reverse order, as words are looked for
/// from their ends.
pub(in crate::views::respell) struct Words(HashMap<String, bool>);

/// The best way to part the letters up to a place.
#[derive(Clone, Copy)]
struct Parted {
    cost: usize,
    /// Where the last piece began, and whether it is a word.
    start: usize,
    is_word: bool,
    /// Whether the piece before it is a word.
    behind_word: bool,
}

impl Words {
    pub(in crate::views::respell) fn new() -> Self {
        let words = WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        let words = words.chain(NAMES.split_whitespace());
        let common = COMMON.split_whitespace().map(|word| (word, true));
        let words = words.map(|word| (word, false)).chain(common);
        Self(words.map(|(word, is_common)| (word.chars().rev().collect(), is_common)).collect())
    }

    /// Where pieces end when the letters are parted so that known words cover most of them, long ones first. Letters of
    /// no known word stay together. Also how many letters known words cover.
    pub(super) fn ends(&self, letters: &[char]) -> (Vec<usize>, usize) {
        // For each end the best way if a word ends there, and the best if none does.
        let mut ways: Vec<(Parted, Parted)> = Vec::with_capacity(letters.len() + 1);
        let none = Parted { cost: usize::MAX / 2, start: 0, is_word: false, behind_word: true };
        ways.push((Parted { cost: 0, start: 0, is_word: true, behind_word: true }, none));
        for end in 1..=letters.len() {
            let word = self.word(letters, &ways, end).unwrap_or(none);
            let unknown = ways.last().map_or(none, |before| unknown(letters, before, end));
            ways.push((word, unknown));
        }
        let (mut ends, mut covered) = (Vec::new(), 0);
        let (mut at, mut in_word) = (letters.len(), None);
        while let Some((word, unknown)) = ways.get(at).filter(|_| at > 0) {
            let piece = if in_word.unwrap_or(word.cost <= unknown.cost) { word } else { unknown };
            ends.push(at);
            covered += if piece.is_word { at - piece.start } else { 0 };
            (at, in_word) = (piece.start, Some(piece.behind_word));
        }
        ends.reverse();
        (ends, covered)
    }

    /// The best way that ends with a word here.
    fn word(&self, letters: &[char], ways: &[(Parted, Parted)], end: usize) -> Option<Parted> {
        let mut best: Option<Parted> = None;
        let mut word = String::new();
        for start in (end.saturating_sub(WORD_LETTERS_MAX)..end).rev() {
            let letter = letters.get(start).filter(|c| c.is_alphabetic())?;
            word.extend(letter.to_lowercase());
            let behind = start.checked_sub(1).and_then(|behind| letters.get(behind));
            let (behind_word, before) = ways.get(start).map(cheaper)?;
            // Behind a capital goes on what it begins, if it is no word itself: `Nora` holds no `ora`.
            let begins = letter.is_uppercase() || !behind.is_some_and(|c| c.is_uppercase() && *c != 'I');
            if begins
                && is_cased(letters.get(start..end)?)
                && let Some(cost) = self.cost(&word)
            {
                let cost = before + cost;
                if best.is_none_or(|best| cost < best.cost) {
                    best = Some(Parted { cost, start, is_word: true, behind_word });
                }
            }
            if !behind.is_some_and(|c| c.is_alphabetic()) {
                break;
            }
        }
        best
    }
}

impl Words {
    /// Whether letters are a word of the list.
    pub(in crate::views::respell) fn know(&self, word: &str) -> bool {
        self.0.contains_key(word.chars().rev().flat_map(char::to_lowercase).collect::<String>().as_str())
    }

    /// What letters in reverse order cost, if they are a word.
    fn cost(&self, word: &str) -> Option<usize> {
        let stem =
            |end: &str| word.strip_prefix(end).filter(|stem| stem.len() >= STEM_MIN && self.0.contains_key(*stem));
        let letters = word.chars().count();
        let listed = self.0.get(word).map(|is_common| cost_of(letters) - usize::from(*is_common));
        listed.or_else(|| ENDS.iter().any(|end| stem(end).is_some()).then_some(cost_of(letters) + 1))
    }
}

/// Shorter words do not take ends.
const STEM_MIN: usize = 4;

/// The best way that ends with letters of no word here.
fn unknown(letters: &[char], before: &(Parted, Parted), end: usize) -> Parted {
    let at = end - 1;
    let letter = |place: usize| letters.get(place).copied().unwrap_or(' ');
    let capital = letter(at).is_uppercase() && at > 0 && letter(at - 1).is_lowercase();
    let (behind_word, cost) = cheaper(before);
    let begin = cost + if capital { CAPITAL_COST } else { BEGIN_COST } + UNKNOWN_COST;
    let go_on = before.1.cost + UNKNOWN_COST;
    // A name of two capitals begins twice: `NoraLind`. Credentials hold capitals everywhere.
    let begins_here = begin < go_on || (capital && !behind_word && is_name_like(letters, before.1.start, end));
    if begins_here {
        Parted { cost: begin, start: at, is_word: false, behind_word }
    } else {
        Parted { cost: go_on, ..before.1 }
    }
}

/// Whether no digits stood before the last letter but small letters, and two small letters follow it.
fn is_name_like(letters: &[char], start: usize, end: usize) -> bool {
    let before = letters.get(start..end - 1).unwrap_or_default();
    let small = |part: Option<&[char]>| part.is_some_and(|part| part.iter().all(|c| c.is_lowercase()));
    !before.iter().any(|c| c.is_ascii_digit() || *c == '_')
        && small(before.last_chunk::<2>().map(<[char; 2]>::as_slice))
        && small(letters.get(end..end + 2))
}

/// Whether a word ends the cheaper way, and what it costs.
fn cheaper((word, unknown): &(Parted, Parted)) -> (bool, usize) {
    if word.cost <= unknown.cost { (true, word.cost) } else { (false, unknown.cost) }
}

/// Whether letters are written as words are: small, with a capital in front, or in capitals.
fn is_cased(letters: &[char]) -> bool {
    let rest = letters.get(1..).unwrap_or_default();
    !rest.iter().any(|c| c.is_uppercase()) || letters.iter().all(|c| !c.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_and_names_and_credentials_stay_whole() {
        let words = Words::new();
        let token = ["gh", "p_aB3xKthe9qLmZ0isRt"].concat();
        for parts in [
            vec!["ignore", "all", "previous", "instructions"],
            vec!["please", "send", "Nora", "Lind", "your", "files"],
            vec!["your", "token", &token],
            vec![&token],
        ] {
            let letters: Vec<char> = parts.concat().chars().collect();
            let (ends, _) = words.ends(&letters);
            let mut at = 0;
            let found: Vec<String> = ends
                .iter()
                .map(|end| {
                    let part = letters[at..*end].iter().collect();
                    at = *end;
                    part
                })
                .collect();
            assert_eq!(found, parts);
        }
    }
}
