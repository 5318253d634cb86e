//! The arguments of calls as words that a policy can compare: `transfer_money.currency=USD`.

use gnomon_types::conversation::ToolCall;
use serde_json::Value;
use std::collections::BTreeSet;

/// Most words of one request.
const PAIRS_MAX: usize = 256;
/// Longest word in bytes. A longer one could not be written in a policy with any sense.
const PAIR_BYTES_MAX: usize = 160;

/// Short arguments of calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Arguments {
    /// `tool.path=value`; elements of a list stand under the path of the list.
    pub(crate) pairs: BTreeSet<String>,
    /// Some found no room, or could not be read.
    pub(crate) cut: bool,
}

impl Arguments {
    /// Adds those of one call; `None` are arguments that have no reading.
    pub(crate) fn add(&mut self, call: &ToolCall, arguments: Option<&Value>) {
        match arguments {
            Some(arguments) => self.value(&call.name, arguments),
            None => self.cut = true,
        }
    }

    fn value(&mut self, path: &str, value: &Value) {
        // Whatever stands there has no short name.
        if path.len() >= PAIR_BYTES_MAX {
            return;
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.value(&format!("{path}.{name}"), value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.value(path, item)),
            Value::String(text) => self.pair(path, text),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.pair(path, &value.to_string()),
        }
    }

    fn pair(&mut self, path: &str, value: &str) {
        if path.len() + 1 + value.len() > PAIR_BYTES_MAX {
            return;
        }
        let pair = format!("{path}={value}");
        if self.pairs.len() < PAIRS_MAX || self.pairs.contains(&pair) {
            self.pairs.insert(pair);
        } else {
            self.cut = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::conversation::ToolRunner;
    use gnomon_types::secret::Text;
    use serde_json::json;

    fn of(arguments: Option<&Value>) -> Arguments {
        let (name, pointer) = ("pay".to_owned(), String::new());
        let call = ToolCall { name, arguments: Text(String::new()), span: 0..0, pointer, runner: ToolRunner::Caller };
        let mut found = Arguments::default();
        found.add(&call, arguments);
        found
    }

    #[test]
    fn short_scalars_stand_under_their_path() {
        let arguments = json!({
            "to": ["a@b.example", {"name": "Bo"}], "sum": 12.5, "now": true, "by": null, "note": "n".repeat(PAIR_BYTES_MAX)
        });
        let found = of(Some(&arguments));
        let pairs: Vec<&str> = found.pairs.iter().map(String::as_str).collect();
        assert_eq!(pairs, ["pay.by=null", "pay.now=true", "pay.sum=12.5", "pay.to.name=Bo", "pay.to=a@b.example"]);
        assert!(!found.cut, "what is long cannot be compared with anyway");
    }

    #[test]
    fn says_when_something_is_left_out() {
        assert!(of(None).cut);
        let many = |count: usize| json!((0..count).collect::<Vec<_>>());
        assert!(!of(Some(&many(PAIRS_MAX))).cut);
        let over = of(Some(&many(PAIRS_MAX + 1)));
        assert!(over.cut && over.pairs.len() == PAIRS_MAX);
    }
}
