//! Names that a date of birth or a number of a state's register behind them tells to be those of persons:
//! `Zorvan Qelbit, born on 12 March 1970`.

use super::is_run_word;
use crate::patterns::before;
use crate::personal::OWNED_BYTES_MAX;

/// No name is longer.
const NAME_BYTES_MAX: usize = 80;

/// Where the name begins that may own what begins at a place, or may come there; the place if there is none.
pub(super) fn begin(text: &str, at: usize) -> usize {
    let near = before(text, at, OWNED_BYTES_MAX + NAME_BYTES_MAX);
    let line = near.rsplit('\n').next().unwrap_or_default();
    let ends = line.match_indices([',', ';', '(', '-', '–', '—', '|', '/', ':']);
    let mut names = ends.map(|(end, _)| line.get(..end).unwrap_or_default().trim_end());
    let name = names.find_map(|head| name_at_the_end(head).filter(|_| line.len() - head.len() <= OWNED_BYTES_MAX));
    name.map_or(at, |name| at - line.len() + name)
}

/// Where two capitals or more begin, and small words between them.
fn name_at_the_end(head: &str) -> Option<usize> {
    let (mut at, mut start, mut capitals) = (head.len(), None, 0);
    for word in head.rsplit(' ') {
        at -= word.len();
        if word.starts_with(char::is_uppercase) {
            capitals += 1;
            start = Some(at);
        } else if capitals == 0 || !is_run_word(word) {
            break;
        }
        at = at.saturating_sub(1);
    }
    start.filter(|_| capitals >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_before_a_sign_are_held_for_their_numbers() {
        let held = |text: &str| text.get(begin(text, text.len())..).unwrap().to_owned();
        assert_eq!(held("with Zorvan de la Qelbit, born on"), "Zorvan de la Qelbit, born on");
        assert_eq!(held("an Zorvan (patient"), "");
        assert_eq!(held("Zorvan Qelbit was"), "");
        assert_eq!(held("Zorvan Qelbit,\nborn"), "");
        assert_eq!(held(&format!("Zorvan Qelbit, {}", "x".repeat(OWNED_BYTES_MAX))), "");
    }
}
