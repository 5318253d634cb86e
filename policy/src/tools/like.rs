//! Conditions on the tools of a request that Cedar's sets cannot express: names by pattern, amounts, values by pattern.
//!
//! A policy asks by a word, `context.tools_like.contains("delete_*")`; which words are asked is known when the policies are
//! loaded, and a request is told which of them hold. INVARIANT: a condition that could not be looked at holds. What asks for
//! a likeness is read loosely (case, spaces and letters that nobody sees do not count), what asks for none strictly: either
//! way a doubtful text makes the condition hold.

mod walk;
mod words;

use gnomon_types::conversation::ToolCall;
use serde_json::Value;
use std::collections::BTreeSet;
use walk::Looks;
use words::{fold, like};

/// Comparisons that one request may cost. Beyond them every condition holds.
const LOOKS_MAX: usize = 2_000_000;

/// The facts that hold conditions.
pub(crate) const NAMES: [&str; 2] = ["context.tools_like", "context.tool_calls_like"];
/// The one about arguments.
pub(crate) const ARGUMENTS: &str = "context.tool_arguments_like";

/// The conditions that the policies of a set ask about.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    offered: Vec<OnNames>,
    called: Vec<OnNames>,
    arguments: Vec<OnArguments>,
}

/// Which conditions hold for a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Held {
    pub(crate) offered: BTreeSet<String>,
    pub(crate) called: BTreeSet<String>,
    pub(crate) arguments: BTreeSet<String>,
}

impl Held {
    pub(crate) fn extend(&mut self, more: Self) {
        self.offered.extend(more.offered);
        self.called.extend(more.called);
        self.arguments.extend(more.arguments);
    }
}

/// `delete_*|drop_*`: some name is like one of these. `!read_*|search_*`: some name is like none of them.
#[derive(Debug)]
struct OnNames {
    word: String,
    negated: bool,
    patterns: Vec<String>,
}

/// `pay.amount>10000`, `send_*.to=*@rival.example`, `send_email.to!=*@bank.example|*@bank.test`.
#[derive(Debug)]
struct OnArguments {
    word: String,
    path: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Like { negated: bool, patterns: Vec<String> },
    Compare { operator: Operator, number: f64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Conditions {
    /// The conditions behind pairs of an attribute and a word; a word that has no reading was refused when it was loaded.
    pub(crate) fn new<'w>(asked: impl IntoIterator<Item = (&'w str, &'w str)>) -> Self {
        let mut conditions = Self::default();
        let asked: BTreeSet<(&str, &str)> = asked.into_iter().collect();
        for (attribute, word) in asked {
            match attribute {
                "context.tools_like" => conditions.offered.extend(OnNames::read(word)),
                "context.tool_calls_like" => conditions.called.extend(OnNames::read(word)),
                ARGUMENTS => conditions.arguments.extend(OnArguments::read(word)),
                _ => {}
            }
        }
        conditions
    }

    /// Which of them hold of tools offered by these names and of calls. `read` gives the arguments of a call, if they have a
    /// reading.
    pub(crate) fn held<'t>(
        &self,
        offered: impl Iterator<Item = &'t str>,
        calls: &[ToolCall],
        read: impl Fn(&str) -> Option<Value>,
    ) -> Held {
        if self.offered.is_empty() && self.called.is_empty() && self.arguments.is_empty() {
            return Held::default();
        }
        let offered: BTreeSet<&str> = offered.collect();
        let called: BTreeSet<&str> = calls.iter().map(|call| call.name.as_str()).collect();
        let mut held = Held {
            offered: names(&self.offered, &offered),
            called: names(&self.called, &called),
            arguments: BTreeSet::new(),
        };
        if self.arguments.is_empty() {
            return held;
        }
        let mut looks = Looks { conditions: &self.arguments, held: &mut held.arguments, left: LOOKS_MAX };
        for call in calls {
            match read(&call.arguments) {
                Some(arguments) if arguments.is_object() => looks.value(&fold(&call.name), &arguments),
                // JSON in JSON, a list: what a server makes of it nobody can tell.
                Some(arguments) => {
                    looks.unseen(&fold(&call.name));
                    looks.value(&fold(&call.name), &arguments);
                }
                None => looks.unseen(&fold(&call.name)),
            }
        }
        held
    }
}

fn names(conditions: &[OnNames], names: &BTreeSet<&str>) -> BTreeSet<String> {
    let folded: BTreeSet<String> = names.iter().map(|name| fold(name)).collect();
    let is_like = |condition: &OnNames, name: &str| condition.patterns.iter().any(|pattern| like(pattern, name));
    let holds = |condition: &&OnNames| match condition.negated {
        true => names.iter().any(|name| !is_like(condition, name)),
        false => folded.iter().any(|name| is_like(condition, name)),
    };
    conditions.iter().filter(holds).map(|condition| condition.word.clone()).collect()
}

impl OnNames {
    fn read(word: &str) -> Option<Self> {
        let (negated, list) = word.strip_prefix('!').map_or((false, word), |list| (true, list));
        let patterns = if negated { patterns(list)? } else { patterns(&fold(list))? };
        Some(Self { word: word.to_owned(), negated, patterns })
    }
}

impl OnArguments {
    fn read(word: &str) -> Option<Self> {
        let at = word.find(['=', '!', '<', '>'])?;
        let (path, rest) = word.split_at_checked(at)?;
        if path.split_once('.').is_none_or(|(tool, field)| tool.is_empty() || field.is_empty()) {
            return None;
        }
        let compare = |operator, text: &str| Some(Test::Compare { operator, number: number(text)? });
        let test = if let Some(list) = rest.strip_prefix("!=") {
            Test::Like { negated: true, patterns: patterns(list)? }
        } else if let Some(list) = rest.strip_prefix('=') {
            Test::Like { negated: false, patterns: patterns(&fold(list))? }
        } else if let Some(text) = rest.strip_prefix(">=") {
            compare(Operator::AtLeast, text)?
        } else if let Some(text) = rest.strip_prefix("<=") {
            compare(Operator::AtMost, text)?
        } else if let Some(text) = rest.strip_prefix('>') {
            compare(Operator::Above, text)?
        } else {
            compare(Operator::Below, rest.strip_prefix('<')?)?
        };
        Some(Self { word: word.to_owned(), path: fold(path), test })
    }
}

/// Why a word is no condition, if it is none.
pub(crate) fn objection(attribute: &str, word: &str) -> Option<String> {
    if NAMES.contains(&attribute) {
        return OnNames::read(word)
            .is_none()
            .then(|| "write patterns such as `delete_*|drop_*`, or `!read_*`".to_owned());
    }
    let advice = "write a path, an operator (= != > >= < <=) and a value, such as `pay.amount>10000` or \
                  `send_email.to!=*@bank.example`";
    OnArguments::read(word).is_none().then(|| advice.to_owned())
}

fn patterns(list: &str) -> Option<Vec<String>> {
    let patterns: Vec<String> = list.split('|').map(str::to_owned).collect();
    (!patterns.iter().any(String::is_empty)).then_some(patterns)
}

/// A number as people and models write one. What is no number has none, and neither have `inf` and `nan`.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::conversation::ToolRunner;
    use gnomon_types::secret::Text;
    use serde_json::json;

    fn calls_of(calls: &[(&str, &str)]) -> Vec<ToolCall> {
        let call = |(name, arguments): &(&str, &str)| ToolCall {
            name: (*name).to_owned(),
            arguments: Text((*arguments).to_owned()),
            span: 0..0,
            pointer: String::new(),
            runner: ToolRunner::Caller,
        };
        calls.iter().map(call).collect()
    }

    fn holds(attribute: &str, word: &str, calls: &[(&str, &str)]) -> bool {
        let conditions = Conditions::new([(attribute, word)]);
        let held = conditions.held(std::iter::empty(), &calls_of(calls), |text| serde_json::from_str(text).ok());
        held.called.contains(word) || held.arguments.contains(word)
    }

    #[test]
    fn names_are_asked_by_pattern() {
        let calls = [("mcp__github__create_issue", "{}"), ("read_file", "{}")];
        for (word, expected) in [
            ("read_file", true),
            ("read", false),
            ("read_*", true),
            ("*github*", true),
            ("delete_*|mcp__*", true),
            ("delete_*|drop_*", false),
            ("!read_*|mcp__github__*", false),
            ("!read_*", true),
            ("!*", false),
            ("*", true),
        ] {
            assert_eq!(holds("context.tool_calls_like", word, &calls), expected, "{word}");
        }
        assert!(!holds("context.tool_calls_like", "!read_*", &[]), "where nothing is called nothing is wrong");
    }

    #[test]
    fn arguments_are_asked_by_pattern_and_amount() {
        let pay =
            json!({"amount": 12_000.5, "to": ["a@bank.example", "b@rival.example"], "note": "2e3", "by": {"id": null}});
        let pay = pay.to_string();
        for (word, expected) in [
            ("pay.amount>12000", true),
            ("pay.amount>12000.5", false),
            ("pay.amount>=12000.5", true),
            ("pay.amount<12000", false),
            ("pay.amount<=1e5", true),
            ("*.amount>10000", true),
            ("pay.note>1999", true),
            ("pay.to=*@rival.example", true),
            ("pay.to=*@other.example", false),
            ("pay.to!=*@bank.example", true),
            ("pay.to!=*@bank.example|*@rival.example", false),
            ("pay.by.id=null", true),
            ("pay.by.*=null", true),
            ("send.amount>1", false),
            ("pay.sum>1", false),
            // An amount that is none may be any.
            ("pay.to>1", true),
        ] {
            assert_eq!(holds(ARGUMENTS, word, &[("pay", &pay)]), expected, "{word}");
        }
    }

    #[test]
    fn what_cannot_be_looked_at_holds() {
        assert!(holds(ARGUMENTS, "pay.amount>10000", &[("pay", "{")]));
        assert!(!holds(ARGUMENTS, "pay.amount>10000", &[("tell", "{")]));
        assert!(holds(ARGUMENTS, "*.amount>10000", &[("pay", "{")]));
        assert!(holds(ARGUMENTS, "a.b.amount>1", &[("a.b", "{")]), "a name may hold a dot");
        let many = format!("[{}0]", "0,".repeat(LOOKS_MAX));
        assert!(holds(ARGUMENTS, "pay.amount>10000", &[("other", &many)]));
    }

    #[test]
    fn an_object_in_the_place_of_a_value_holds() {
        for (word, arguments, expected) in [
            ("pay.amount>100", r#"{"amount":{"value":500}}"#, true),
            ("pay.amount<=100", r#"{"amount":[{"value":500}]}"#, true),
            ("pay.amount>100", r#"{"amount":{}}"#, true),
            ("pay.amount>100", r#"{"amount":[]}"#, false),
            ("pay.amount>100", r#"{"sum":{"amount":{"value":500}}}"#, false),
            ("pay.to!=*@bank.example", r#"{"to":{"addr":"x@evil.example"}}"#, true),
            ("pay.to=*@rival.example", r#"{"to":{"addr":["x@rival.example"]}}"#, true),
            ("pay.to=*@rival.example", r#"{"to":{"addr":"x@bank.example"}}"#, false),
            ("pay.*=*@rival.example", r#"{"to":{"addr":"x@bank.example"}}"#, false),
            ("pay.*>100", r#"{"to":{"sum":7}}"#, false),
        ] {
            assert_eq!(holds(ARGUMENTS, word, &[("pay", arguments)]), expected, "{word} {arguments}");
        }
    }

    #[test]
    fn arguments_that_are_no_object_hold() {
        for arguments in [r#""{\"amount\":500}""#, r#"[{"amount":1}]"#, "500", "null"] {
            for (word, expected) in
                [("pay.amount>100", true), ("pay.to=x", true), ("pay.to!=x", true), ("tell.to=x", false)]
            {
                assert_eq!(holds(ARGUMENTS, word, &[("pay", arguments)]), expected, "{word} {arguments}");
            }
        }
    }

    #[test]
    fn names_and_values_that_a_reader_takes_for_the_same_are_like_it() {
        for name in ["Pay", " pay", "pay\n", "p\u{200b}ay", "\u{ff30}ay"] {
            assert!(holds(ARGUMENTS, "pay.amount>100", &[(name, r#"{"Amount ":500}"#)]), "{name:?}");
            assert!(holds(ARGUMENTS, "pay.to=*@rival.example", &[(name, r#"{"to":"X@Rival.Example "}"#)]), "{name:?}");
            assert!(holds(ARGUMENTS, "pay.amount>100", &[(name, "{")]), "{name:?}");
            assert!(holds("context.tool_calls_like", "pay", &[(name, "{}")]), "{name:?}");
            assert!(holds("context.tool_calls_like", "!pay", &[(name, "{}")]), "not the name itself: {name:?}");
        }
        assert!(!holds("context.tool_calls_like", "!pay", &[("pay", "{}")]));
        assert!(holds(ARGUMENTS, "pay.to!=*@bank.example", &[("pay", r#"{"to":"x@Bank.example"}"#)]));
    }

    #[test]
    fn words_without_a_reading_are_refused() {
        for (attribute, word, fine) in [
            (ARGUMENTS, "pay.amount>10000", true),
            (ARGUMENTS, "pay.to=", false),
            (ARGUMENTS, "pay.amount", false),
            (ARGUMENTS, "amount>5", false),
            (ARGUMENTS, "pay.amount>many", false),
            (ARGUMENTS, "pay.amount>inf", false),
            (ARGUMENTS, "pay.amount=>5", true),
            (ARGUMENTS, ".x=1", false),
            (NAMES[0], "delete_*", true),
            (NAMES[0], "", false),
            (NAMES[0], "!", false),
            (NAMES[1], "a||b", false),
        ] {
            assert_eq!(objection(attribute, word).is_none(), fine, "{attribute} {word}");
        }
    }
}
