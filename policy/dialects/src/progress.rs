//! What a stream has told about itself, so that its end can fit to its beginning.

use crate::strict_json::{Kind, Value};
use std::collections::BTreeSet;

/// More choices than any API gives in one answer.
const CHOICES_MAX: usize = 128;

/// How far a stream has come. The default is a stream that has not begun.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Whether there was any event with data.
    pub(crate) has_begun: bool,
    /// The id of the answer: the official SDK refuses a last event with another one.
    pub(crate) id: Option<String>,
    /// The model that answers.
    pub(crate) model: Option<String>,
    /// When the answer was created, in seconds.
    pub(crate) created: u64,
    /// The number of the next event, where events are numbered.
    pub(crate) sequence: u64,
    /// Choices of a chat that have not ended.
    pub(crate) open_choices: BTreeSet<u64>,
}

impl Progress {
    /// Takes note of an event.
    pub(crate) fn observe(&mut self, root: Value<'_>, model: Option<&str>) {
        self.has_begun = true;
        let answer = root.get("response").unwrap_or(root);
        if let Some(id) = answer.get_text("id") {
            self.id = Some(id.to_owned());
        }
        if let Some(model) = model {
            self.model = Some(model.to_owned());
        }
        let created = answer.get("created").or_else(|| answer.get("created_at"));
        self.created = created.and_then(Value::whole_number).unwrap_or(self.created);
        let sequence = root.get("sequence_number").and_then(Value::whole_number);
        self.sequence = sequence.map_or(self.sequence, |number| number.saturating_add(1));
        self.observe_choices(root);
    }

    fn observe_choices(&mut self, root: Value<'_>) {
        let Some(choices) = root.get("choices") else { return };
        for (_, choice) in choices.items() {
            let Some(index) = choice.get("index").and_then(Value::whole_number) else {
                continue;
            };
            if choice.get("finish_reason").is_some_and(|reason| reason.kind() == Kind::String) {
                self.open_choices.remove(&index);
            } else if self.open_choices.len() < CHOICES_MAX {
                self.open_choices.insert(index);
            }
        }
    }
}
