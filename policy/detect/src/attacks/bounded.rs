//! A pattern over much text, given up when it is too much work.
//!
//! An automaton makes its states as it goes, and most texts need few. Whoever knows the patterns can write a text in which
//! nearly every byte needs a new one, which takes a hundred times as long. Here a search counts them, from none: the same
//! text always ends the same way.

use regex_automata::Input;
use regex_automata::hybrid::dfa;
use regex_automata::hybrid::regex::{Builder, Cache, Regex};
use regex_automata::util::iter::Searcher;
use std::ops::Range;
use std::sync::OnceLock;

/// Memory for states. When it is full, they were made for good reason or the text is given up.
const STATES_BYTES: usize = 1 << 20;
/// A state must have served for so many bytes.
const BYTES_PER_STATE: usize = 30;

/// A pattern that is compiled when it is first needed.
pub(super) struct Bounded {
    expression: String,
    regex: OnceLock<Option<Regex>>,
}

impl Bounded {
    /// Of an expression that compiles.
    pub(super) fn new(expression: &str) -> Self {
        Self { expression: expression.to_owned(), regex: OnceLock::new() }
    }

    /// Calls `take` with the first matches in each window, at most `most` of each. Says whether it came to the end.
    pub(super) fn each(
        &self,
        text: &str,
        windows: &[Range<usize>],
        most: usize,
        mut take: impl FnMut(Range<usize>),
    ) -> bool {
        let Some(regex) = self.regex.get_or_init(|| compiled(&self.expression)) else { return false };
        let mut cache = regex.create_cache();
        for window in windows {
            let Some(slice) = text.get(window.clone()) else { continue };
            if !within(regex, &mut cache, slice, most, |found| {
                take(window.start + found.start..window.start + found.end)
            }) {
                return false;
            }
        }
        true
    }
}

fn compiled(expression: &str) -> Option<Regex> {
    let states = dfa::Config::new()
        .cache_capacity(STATES_BYTES)
        .skip_cache_capacity_check(true)
        .minimum_cache_clear_count(Some(0))
        .minimum_bytes_per_state(Some(BYTES_PER_STATE));
    Builder::new().dfa(states).build(expression).ok()
}

fn within(regex: &Regex, cache: &mut Cache, text: &str, most: usize, mut take: impl FnMut(Range<usize>)) -> bool {
    let mut searcher = Searcher::new(Input::new(text));
    for _ in 0..most {
        match searcher.try_advance(|input| regex.try_search(cache, input)) {
            Ok(Some(found)) => take(found.range()),
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_what_the_pattern_finds() {
        let expression = r"(?-u:\b)(?:show|tell)(?-u:\b)[^.\n]{0,20}(?-u:\b)(?:prompt|rules)\w*";
        let text = "show the prompts. tell me all rules\nshow nothing. tell tell prompt rules, show ключ rules";
        let found = |windows: &[Range<usize>]| {
            let mut all = Vec::new();
            assert!(Bounded::new(expression).each(text, windows, 8, |found| all.push(found)));
            all
        };
        let expected: Vec<Range<usize>> =
            regex::Regex::new(expression).unwrap().find_iter(text).map(|m| m.range()).collect();
        assert_eq!(found(&whole(text)), expected);
        assert_eq!(expected.len(), 4);
        let windows = vec![0..3, 18..40];
        let within: Vec<Range<usize>> = expected.iter().filter(|found| found.start == 18).cloned().collect();
        assert_eq!(within.len(), 1);
        assert_eq!(found(&windows), within);
    }

    fn whole(text: &str) -> Vec<Range<usize>> {
        std::iter::once(0..text.len()).collect()
    }

    /// Each byte of such a text brings another set of places where a match may have begun.
    #[test]
    fn a_text_that_makes_a_state_for_every_byte_is_given_up() {
        let pattern = Bounded::new(r"(?:ab|ba)[^.\n]{0,60}[0-9]");
        let mut seed = 1_u64;
        let bits = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 63 == 1
        });
        let text: String = bits.take(200_000).map(|bit| if bit { "ab" } else { "cc" }).collect();
        assert!(!pattern.each(&text, &whole(&text), 8, |_| {}));
        let plain = "ab and nothing else, over and over again; ".repeat(10_000);
        assert!(pattern.each(&plain, &whole(&plain), 8, |_| {}));
    }
}
