//! A pattern whose automaton grows with the text, searched for with its states counted.
//!
//! An automaton makes its states as it goes, and most patterns have few. Those with gaps of bounded length have one for
//! each way in which the beginnings of a match may stand before a place: whoever knows the pattern can write a text of
//! which nearly every byte makes another, which takes a thousand times as long as to read it. Here a search begins without
//! states and pays for each, so that the same text always ends the same way.

use crate::effort::Effort;
use regex_automata::hybrid::dfa;
use regex_automata::hybrid::regex::{Builder, Cache, Regex};
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input, meta};
use std::ops::Range;
use std::sync::OnceLock;

/// Memory for states in each direction, and what is read at once while it is enough. A step that fills it is tried again
/// with half of its bytes, and the text given up where not even the least step fits.
const STATES_BYTES: usize = 2 << 20;
const STEP: usize = 64 * 1024;
const STEP_MIN: usize = 16 * 1024;
/// No match is longer, but for those that end where nothing else does: such a one is told by a longer step. What begins so
/// near the end of a step is looked for in the next one, with all that may belong to it.
const MATCH_BYTES: usize = 8 * 1024;
/// In a match of so many bytes groups are told for what it costs to judge it.
const GROUPS_BYTES: usize = 300;

/// A pattern that is compiled when it is first needed.
pub(crate) struct Counted {
    expression: String,
    finds: OnceLock<Option<Regex>>,
    /// Tells the groups of what was found, if they are asked for.
    groups: OnceLock<Option<meta::Regex>>,
}

impl Counted {
    /// Of an expression that compiles.
    pub(crate) fn new(expression: &str) -> Self {
        Self { expression: expression.to_owned(), finds: OnceLock::new(), groups: OnceLock::new() }
    }

    /// A walk through a text. `None` if the engine refuses the expression, which a test of all shipped ones excludes.
    pub(crate) fn walk(&self) -> Option<Walk<'_>> {
        let finds = self.finds()?;
        let states = finds.create_cache();
        Some(Walk { counted: self, finds, paid: states.memory_usage(), states, groups: None })
    }

    fn finds(&self) -> Option<&Regex> {
        let states = dfa::Config::new()
            .cache_capacity(STATES_BYTES)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(0));
        self.finds.get_or_init(|| Builder::new().dfa(states).build(&self.expression).ok()).as_ref()
    }

    /// The engine for the groups of one match, which keeps no states.
    fn groups(&self) -> Option<&meta::Regex> {
        let stateless = meta::Config::new().hybrid(false);
        let build = || meta::Builder::new().configure(stateless).build(&self.expression).ok();
        self.groups.get_or_init(build).as_ref()
    }
}

/// The pattern on its way through a text.
pub(crate) struct Walk<'p> {
    counted: &'p Counted,
    finds: &'p Regex,
    states: Cache,
    /// Bytes of states that are paid for.
    paid: usize,
    groups: Option<Captures>,
}

impl Walk<'_> {
    /// The first match from a place on. `None` also when the effort is spent on the way.
    pub(crate) fn find(&mut self, text: &str, from: usize, effort: &mut Effort) -> Option<Range<usize>> {
        let (mut at, mut step) = (from, STEP);
        while step >= STEP_MIN {
            let end = text.ceil_char_boundary(at.saturating_add(step).min(text.len()));
            let found = self.finds.try_search(&mut self.states, &Input::new(text).range(at..end));
            if !self.pay(effort) {
                return None;
            }
            let Ok(found) = found else {
                self.begin_anew();
                step /= 2;
                continue;
            };
            // Of a match that begins near the end of a step, another reading may be preferred that goes on behind it.
            let sure = text.floor_char_boundary(end.saturating_sub(MATCH_BYTES));
            match found.map(|found| found.range()) {
                found if end == text.len() => return found,
                Some(found) if found.end == end && found.start < sure => step = step.saturating_mul(2),
                Some(found) if found.start < sure => return Some(found),
                Some(found) => (at, step) = (found.start, STEP),
                None => (at, step) = (sure, STEP),
            }
        }
        effort.give_up();
        None
    }

    /// Pays for the states that the last search made, and says whether there may be another one.
    fn pay(&mut self, effort: &mut Effort) -> bool {
        let made = self.states.memory_usage();
        let owed = made.saturating_sub(self.paid);
        self.paid = made;
        effort.states(owed)
    }

    /// Drops all states.
    fn begin_anew(&mut self) {
        self.states.reset(self.finds);
        self.paid = self.states.memory_usage();
    }

    /// The first group that took part in a match, or all of it. `None` only when the effort is spent.
    pub(crate) fn group(&mut self, text: &str, whole: Range<usize>, effort: &mut Effort) -> Option<Range<usize>> {
        let Some(engine) = self.counted.groups() else {
            effort.give_up();
            return None;
        };
        if engine.captures_len() == 1 {
            return Some(whole);
        }
        if !effort.groups(whole.len().saturating_sub(GROUPS_BYTES)) {
            return None;
        }
        let groups = self.groups.get_or_insert_with(|| engine.create_captures());
        engine.search_captures(&Input::new(text).range(whole.clone()).anchored(Anchored::Yes), groups);
        let group = (1..groups.group_len()).find_map(|group| groups.get_group(group));
        Some(group.map_or(whole, |group| group.range()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use regex_automata::util::start;
    use std::collections::HashSet;

    /// Whether all states of the automaton have room in the memory for states, so that it stays small whatever it reads.
    pub(crate) fn is_bounded(expression: &str) -> bool {
        let counted = Counted::new(expression);
        let engine = counted.finds().unwrap();
        let (forward, mut cache) = (engine.forward(), engine.forward().create_cache());
        let start = |look_behind| start::Config::new().look_behind(look_behind);
        let starts = [None, Some(b' '), Some(b'\n'), Some(b'a')].map(start);
        let mut known: HashSet<_> = starts.map(|start| forward.start_state(&mut cache, &start).unwrap()).into();
        let mut open: Vec<_> = known.iter().copied().collect();
        let bytes: Vec<u8> = forward.byte_classes().representatives(0..=255).filter_map(|byte| byte.as_u8()).collect();
        while let Some(state) = open.pop() {
            for byte in bytes.iter().filter(|_| !state.is_dead()) {
                match forward.next_state(&mut cache, state, *byte) {
                    Ok(next) if known.insert(next) => open.push(next),
                    Ok(_) => {}
                    Err(_) => return false,
                }
            }
        }
        true
    }

    /// Whether no match is longer than is looked for over the end of a step, or one may be of any length: it is cut there,
    /// which shows.
    pub(crate) fn is_short(expression: &str) -> bool {
        let longest = regex_syntax::parse(expression).unwrap().properties().maximum_len();
        longest.is_none_or(|longest| longest <= MATCH_BYTES)
    }

    /// All matches in a text.
    pub(crate) fn all(expression: &str, text: &str) -> Vec<Range<usize>> {
        let (found, to_end) = within(expression, text, 1 << 20);
        assert!(to_end, "{expression}");
        found
    }

    /// All matches in a text of which each byte may be so much work, and whether it was read to its end.
    fn within(expression: &str, text: &str, per_byte: usize) -> (Vec<Range<usize>>, bool) {
        let counted = Counted::new(expression);
        let (mut walk, mut effort) = (counted.walk().unwrap(), Effort::for_text(text, per_byte));
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some(next) = walk.find(text, at, &mut effort) {
            at = next.end;
            found.push(next);
        }
        (found, !effort.is_spent())
    }

    #[test]
    fn what_is_found_is_what_the_pattern_finds() {
        let expression = r"(?-u:\b)(?:show|tell)(?-u:\b)[^.\n]{0,20}(?-u:\b)(prompt|rules)\w*";
        let text = "show the prompts. tell me all rules\nshow nothing. tell tell prompt rules, show ключ rules";
        let regex = regex::Regex::new(expression).unwrap();
        let expected: Vec<Range<usize>> = regex.find_iter(text).map(|found| found.range()).collect();
        assert_eq!(all(expression, text), expected);
        assert_eq!(expected.len(), 4);
        let counted = Counted::new(expression);
        let mut walk = counted.walk().unwrap();
        let mut effort = Effort::for_text(text, 50);
        let groups: Vec<_> = expected.into_iter().map(|whole| walk.group(text, whole, &mut effort).unwrap()).collect();
        let expected: Vec<_> = regex.captures_iter(text).map(|found| found.get(1).unwrap().range()).collect();
        assert_eq!(groups, expected);
    }

    #[test]
    fn what_stands_over_the_end_of_a_step_is_found_whole() {
        let expression = r"key[a-z ]{0,9}?=([0-9]{4,3000})|open=([0-9]+)";
        let regex = regex::Regex::new(expression).unwrap();
        for (name, digits) in [("key", 40), ("key", 2900), ("open", 2900), ("open", 3 * STEP)] {
            for before in [0, MATCH_BYTES / 2, MATCH_BYTES, 2 * MATCH_BYTES, STEP - 100] {
                let text = format!("{}{name}={} é key=1234", "key é".repeat((STEP - before) / 6), "7".repeat(digits));
                let expected: Vec<Range<usize>> = regex.find_iter(&text).map(|found| found.range()).collect();
                assert_eq!(expected.len(), 2);
                assert_eq!(all(expression, &text), expected, "{name} {digits} {before}");
            }
        }
    }

    /// Each byte of such a text brings another set of places where a match may have begun.
    #[test]
    fn a_text_that_makes_a_state_for_every_byte_is_given_up() {
        let expression = r"(?:ab|ba)[^.\n]{0,60}[0-9]";
        assert!(!is_bounded(expression) && is_bounded("ab[0-9]{60}"));
        let mut seed = 1_u64;
        let bits = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 63 == 1
        });
        let text: String = bits.take(200_000).map(|bit| if bit { "ab" } else { "cc" }).collect();
        assert_eq!(within(expression, &text, 50), (vec![], false));
        let plain = "ab and nothing else, over and over again; ".repeat(10_000);
        assert_eq!(within(expression, &plain, 50), (vec![], true));
    }
}
