//! How letters follow each other: told from honest text, text that was turned looks odd in nearly every line.
//!
//! What is usual is taken from the list of words, which has words of eight languages. For each pair of letters the table
//! holds how much likelier it is in honest text than the same pair turned. A stretch in which turned pairs win is a trace.

use super::{Way, rot13};
use crate::views::respell::spelled::WORDS;
use crate::views::runs::is_base64;

/// Bytes looked at together. Of these every second pair is looked at.
const STRETCH: usize = 64;
/// Kinds of bytes: 26 letters, what is no ASCII, the rest.
const KINDS: usize = 32;
const OTHER: u8 = 0;
const NOT_ASCII: u8 = 27;
/// Parts of a natural unit of likelihood.
const SCALE: f32 = 16.0;
const MOST: f32 = 48.0;
/// Fewer pairs of letters in a stretch are no words, but figures, codes, or letters that stand alone.
const LETTER_PAIRS_MIN: i64 = 7;
/// From this likelihood on, a stretch is taken for turned: 3.5 and 7 natural units. Of ordinary prompts one stretch in a
/// thousand looks so by accident, of turned sentences all but a few do.
const BACKWARDS_MIN: i64 = 56;
const ROTATED_MIN: i64 = 112;

/// How much likelier pairs of letters are as they stand than turned.
pub(super) struct Flow {
    /// For each pair both likelihoods and whether it is one of letters, in one number, so that one addition sums all:
    /// letters times `HIGH` times `HIGH`, plus backwards times `HIGH`, plus rotated.
    pairs: Box<[i64; KINDS * KINDS]>,
}

const HIGH: i64 = 1 << 16;

impl Flow {
    pub(super) fn new() -> Self {
        let mut flow = Self { pairs: Box::new([0; KINDS * KINDS]) };
        let counts = counts();
        let count = |pair: usize| counts.get(pair).copied().unwrap_or_default() + 2.0;
        let likelier = |pair: usize, turned: usize| {
            let units = (count(pair) / count(turned)).ln() * SCALE;
            units.clamp(-MOST, MOST).round() as i64
        };
        let value = |pair: usize| {
            let (first, second) = (pair / KINDS, pair % KINDS);
            if first == second {
                // One letter over and over stands for something left out.
                return 0;
            }
            let letters = i64::from(first > 0 && second > 0);
            let backwards = likelier(pair, second * KINDS + first);
            (letters * HIGH + backwards) * HIGH + likelier(pair, rotated(first) * KINDS + rotated(second))
        };
        flow.pairs.iter_mut().enumerate().for_each(|(pair, to)| *to = value(pair));
        flow
    }

    /// Where stretches begin that look turned.
    pub(super) fn places(&self, text: &str) -> impl Iterator<Item = (usize, Way)> {
        let is_long = text.len() > LONG_BYTES;
        text.as_bytes().chunks(STRETCH).enumerate().flat_map(move |(number, stretch)| {
            // The remainder is the number itself, and spares a comparison for each pair.
            let value = |pair: &u16| self.pairs.get(usize::from(*pair) % (KINDS * KINDS)).copied().unwrap_or(0);
            // The sum of so few is far from running over, and looking for that would take half as long again.
            let (rest, rotated) = parted(pairs(stretch).iter().map(value).fold(0, i64::wrapping_add));
            let (letters, backwards) = parted(rest);
            let turned = backwards < -BACKWARDS_MIN || rotated < -ROTATED_MIN;
            let is_text =
                letters >= LETTER_PAIRS_MIN && turned && !is_code(stretch) && !(is_long && is_marked_up(stretch));
            let place = number * STRETCH;
            let backwards = (is_text && backwards < -BACKWARDS_MIN).then_some((place, Way::Backwards));
            let rotated = (is_text && rotated < -ROTATED_MIN).then_some((place, Way::Rotated));
            backwards.into_iter().chain(rotated)
        })
    }
}

/// How often each pair stands in the words of the list, their edges included.
fn counts() -> Vec<f32> {
    let mut counts = vec![0.0; KINDS * KINDS];
    for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
        for word in line.split_whitespace() {
            let mut before = b' ';
            for byte in word.bytes().chain([b' ']) {
                if let Some(count) = counts.get_mut(usize::from(pair([kind(before), kind(byte)]))) {
                    *count += 1.0;
                }
                before = byte;
            }
        }
    }
    counts
}

/// Every second pair of a stretch. Behind the last stand pairs of no letters, which weigh nothing.
fn pairs(stretch: &[u8]) -> [u16; STRETCH / 2] {
    // Loops of a fixed length, of which a processor does many rounds in one operation.
    let mut kinds = [[OTHER; 2]; STRETCH / 2];
    match stretch.first_chunk::<STRETCH>() {
        Some(whole) => kinds.as_flattened_mut().iter_mut().zip(whole).for_each(|(to, byte)| *to = kind(*byte)),
        None => kinds.iter_mut().zip(stretch.as_chunks().0).for_each(|(to, bytes)| *to = bytes.map(kind)),
    }
    let mut pairs = [0; STRETCH / 2];
    pairs.iter_mut().zip(kinds).for_each(|(to, kinds)| *to = pair(kinds));
    pairs
}

/// Written without sums that could overflow: looking for that keeps a processor from doing many at once.
fn kind(byte: u8) -> u8 {
    let letter = (byte | 0x20).wrapping_sub(b'a' - 1);
    let other = if byte.is_ascii() { OTHER } else { NOT_ASCII };
    if (1..=26).contains(&letter) { letter } else { other }
}

/// The number of a pair of kinds.
fn pair([first, second]: [u8; 2]) -> u16 {
    u16::from(first) << KINDS.trailing_zeros() | u16::from(second)
}

/// Whether most of a stretch is a hash or a key: a long run with digits among its letters, as no words have.
fn is_code(stretch: &[u8]) -> bool {
    let runs = stretch.split(|byte| !is_base64(*byte));
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    let count = |is: fn(&u8) -> bool| longest.iter().filter(|byte| is(byte)).count();
    longest.len() >= CODE_MIN
        && count(u8::is_ascii_digit) >= 2
        && count(u8::is_ascii_uppercase) >= 2
        && count(u8::is_ascii_lowercase) >= 2
}

/// Whether a stretch holds more signs of code and markup than sentences do.
fn is_marked_up(stretch: &[u8]) -> bool {
    stretch.iter().filter(|byte| b"<>=\"/{}[]();:_&|".contains(byte)).count() >= SIGNS_MIN
}

const SIGNS_MIN: usize = 8;

/// Shorter texts of code and markup are read turned round too, as one may be an attack.
const LONG_BYTES: usize = 4096;

/// Words of more letters are rare.
const CODE_MIN: usize = 28;

/// The two numbers `a` and `b` of `a * HIGH + b`.
fn parted(sum: i64) -> (i64, i64) {
    let low = (sum + HIGH / 2).rem_euclid(HIGH) - HIGH / 2;
    ((sum - low) / HIGH, low)
}

fn rotated(kind: usize) -> usize {
    match u8::try_from(kind) {
        Ok(letter @ 1..=26) => usize::from(rot13(char::from(letter - 1 + b'a')) as u8 - b'a' + 1),
        _ => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_sentences_of_any_language_look_odd_and_honest_ones_do_not() {
        let flow = Flow::new();
        for sentence in [
            "My card was charged twice, please call me at home about it.",
            "Mein Konto ist seit gestern gesperrt, bitte rufen Sie mich zurück.",
            "Le virement n'est pas encore arrivé sur le compte de mon mari.",
            "Il pacco non è ancora arrivato, potete controllare la spedizione?",
            "Zamówienie jeszcze nie dotarło, proszę o sprawdzenie przesyłki.",
            "We kunnen de bestelling van vorige week nergens meer vinden.",
        ] {
            let ways = |text: &str| {
                let mut ways: Vec<Way> = flow.places(text).map(|(_, way)| way).collect();
                ways.dedup();
                ways
            };
            let back: String = sentence.chars().rev().collect();
            let rotated: String = sentence.chars().map(rot13).collect();
            assert_eq!(ways(sentence), []);
            assert_eq!(ways(&back), [Way::Backwards], "{back}");
            // In letters that hardly any language puts together, the other way may look likelier too.
            assert!(ways(&rotated).contains(&Way::Rotated), "{rotated}");
        }
    }
}
