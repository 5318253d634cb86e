//! What the words around a quotation want with it.

use super::concepts::Place;

/// The concepts of those who discuss, test, translate or teach.
const DISCUSSION: [&str; 8] = ["attackword", "code", "explain", "quote", "sectalk", "summarise", "test", "translate"];

/// Folded words that ask to carry something out, where the lexicon of their language has none of obedience.
const EXECUTES: [&str; 23] = [
    "execute",
    "executez",
    "executa",
    "ejecuta",
    "ejecute",
    "ejecutad",
    "ejecutalo",
    "esegui",
    "esegua",
    "eseguite",
    "fuhre",
    "fuhrt",
    "fuhren",
    "voer",
    "voert",
    "uruchom",
    "запусти",
    "запустите",
    "calistir",
    "calistirin",
    "실행해",
    "실행하고",
    "실행하세요",
];

/// The concepts that tell.
pub(super) struct Frame {
    obey: u8,
    discussion: [u8; DISCUSSION.len()],
}

impl Frame {
    /// `id` is the number of a concept by its name.
    pub(super) fn new(id: impl Fn(&str) -> u8) -> Self {
        Self { obey: id("obey"), discussion: DISCUSSION.map(id) }
    }

    /// Whether the words discuss what they quote and ask nobody to do it.
    pub(super) fn only_discusses(&self, folded: &str, places: &[Place]) -> bool {
        // `the following sentence` only leads to what comes.
        let leads = |place: &Place| folded.get(place.at..).is_some_and(|rest| rest.starts_with("following"));
        let obeys = |place: &Place| place.concept == self.obey && !leads(place);
        places.iter().any(|place| self.discussion.contains(&place.concept))
            && !places.iter().any(obeys)
            && !folded.split(|c: char| !c.is_alphanumeric()).any(|word| EXECUTES.contains(&word))
    }
}
