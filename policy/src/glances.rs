//! What the first pass saw of the texts of one request, for the second pass over the same texts to begin with.
//!
//! The second pass reads the bytes that would leave as if it had never seen them; only a text that is byte for byte one
//! of the first pass is not searched twice for the same patterns.

use gnomon_detect::Glance;
use std::collections::VecDeque;

/// Glances in the order of their texts.
#[derive(Default)]
pub(crate) struct Glances {
    list: VecDeque<Glance>,
    bytes: usize,
}

/// Bytes that the glances of a request may count together. What is beyond is looked at anew.
const BYTES_MAX: usize = 1024 * 1024;
/// What a glance counts beside its text, so that a request of very many short texts is no way to fill the memory.
const GLANCE_BYTES: usize = 512;
/// How many glances of texts that have changed meanwhile may stand before the one that is asked for.
const AHEAD_MAX: usize = 8;

impl Glances {
    /// Keeps a glance for later.
    pub(crate) fn keep(&mut self, glance: Glance) {
        let bytes = self.bytes + cost(&glance);
        if bytes <= BYTES_MAX {
            self.bytes = bytes;
            self.list.push_back(glance);
        }
    }

    /// The glance at a text, if there is one. Both passes read the texts of a request in the same order, so those before
    /// it are of no more use.
    pub(crate) fn take(&mut self, text: &str) -> Option<Glance> {
        let ahead = self.list.iter().take(AHEAD_MAX).position(|glance| glance.text() == text)?;
        self.list.drain(..ahead).for_each(|glance| self.bytes -= cost(&glance));
        let glance = self.list.pop_front()?;
        self.bytes -= cost(&glance);
        Some(glance)
    }
}

fn cost(glance: &Glance) -> usize {
    glance.text().len() + GLANCE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_detect::Plan;

    #[test]
    fn a_glance_is_given_to_its_own_text_alone_and_those_before_it_are_dropped() {
        let plan = Plan::shipped().unwrap();
        let mut glances = Glances::default();
        ["one", "two", "three", "two"].iter().for_each(|text| glances.keep(plan.glance(text)));
        assert!(glances.take("four").is_none());
        assert_eq!(glances.take("two").unwrap().text(), "two");
        assert!(glances.take("one").is_none(), "it was passed over");
        assert_eq!(glances.take("three").unwrap().text(), "three");
        assert_eq!(glances.take("two").unwrap().text(), "two");
        assert_eq!((glances.list.len(), glances.bytes), (0, 0));
    }

    #[test]
    fn no_more_is_kept_than_is_allowed() {
        let plan = Plan::shipped().unwrap();
        let mut glances = Glances::default();
        let long = "a ".repeat((BYTES_MAX - GLANCE_BYTES) / 2);
        glances.keep(plan.glance(&long));
        glances.keep(plan.glance("more"));
        assert_eq!((glances.list.len(), glances.bytes), (1, BYTES_MAX));
        assert!(glances.take(&long).is_some());
        glances.keep(plan.glance("more"));
        assert!(glances.take("more").is_some());
    }

    #[test]
    fn many_short_texts_fill_no_memory() {
        let plan = Plan::shipped().unwrap();
        let mut glances = Glances::default();
        (0..4096).for_each(|_| glances.keep(plan.glance("a")));
        assert_eq!(glances.list.len(), BYTES_MAX / (GLANCE_BYTES + 1));
    }
}
