//! A check beyond Cedar's validator: a comparison with a word that the attribute never holds.
//!
//! To Cedar `resource.status == "unsanctoned"` is well typed. It would be a forbid that never fires.

use crate::facts::DATA_CLASSES;
use crate::selection::{KINDS, is_type_word, kind_from_word};
use crate::tools::like;
use cedar_policy::Policy;
use gnomon_types::asset::ServiceStatus;
use gnomon_types::finding::FindingKind;
use serde_json::Value;

/// A word that an attribute never holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Odd {
    pub(crate) attribute: String,
    pub(crate) word: String,
    pub(crate) help: String,
}

/// Every comparison of a policy with a word that the attribute never holds.
pub(crate) fn unknown_words(policy: &Policy) -> Vec<Odd> {
    let odd =
        |(attribute, word): (String, String)| objection(&attribute, &word).map(|help| Odd { attribute, word, help });
    asked_words(policy).into_iter().filter_map(odd).collect()
}

/// Every comparison of a policy with a word, as the attribute and the word.
pub(crate) fn asked_words(policy: &Policy) -> Vec<(String, String)> {
    let mut asked = Vec::new();
    // A policy that parsed has a JSON form; without one there is nothing to compare.
    if let Ok(json) = policy.to_json() {
        walk(&json, &mut asked);
    }
    asked
}

fn walk(node: &Value, asked: &mut Vec<(String, String)>) {
    match node {
        Value::Object(map) => {
            for (operator, operands) in map {
                if ["==", "!=", "contains", "containsAll", "containsAny"].contains(&operator.as_str()) {
                    compare(operands, asked);
                }
                walk(operands, asked);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, asked)),
        _ => {}
    }
}

/// Checks `attribute OP words` and `words OP attribute`.
fn compare(operands: &Value, asked: &mut Vec<(String, String)>) {
    let (Some(left), Some(right)) = (operands.get("left"), operands.get("right")) else {
        return;
    };
    for (side, other) in [(left, right), (right, left)] {
        let Some(attribute) = attribute(side) else { continue };
        asked.extend(words(other).into_iter().map(|word| (attribute.clone(), word.to_owned())));
    }
}

/// `context.kinds` for `{".": {"left": {"Var": "context"}, "attr": "kinds"}}`.
fn attribute(node: &Value) -> Option<String> {
    let access = node.get(".")?;
    let variable = access.get("left")?.get("Var")?.as_str()?;
    Some(format!("{variable}.{}", access.get("attr")?.as_str()?))
}

/// The literal words of a value or a set of values.
fn words(node: &Value) -> Vec<&str> {
    let literal = |node: &Value| node.get("Value").is_some();
    match node.get("Set").and_then(Value::as_array) {
        Some(items) => {
            items.iter().filter(|item| literal(item)).filter_map(|item| item.get("Value")?.as_str()).collect()
        }
        None => node.get("Value").and_then(Value::as_str).into_iter().collect(),
    }
}

/// Why an attribute never holds a word, if it never does.
fn objection(attribute: &str, word: &str) -> Option<String> {
    if attribute == "context.findings" {
        let (kind, type_) = word.split_once('/').unwrap_or((word, ""));
        let fine = kind_from_word(kind).is_some() && is_type_word(type_);
        return (!fine).then(|| "findings are written `kind/TYPE`, such as `pii/EMAIL`".to_owned());
    }
    if like::NAMES.contains(&attribute) || attribute == like::ARGUMENTS {
        return like::objection(attribute, word);
    }
    let allowed: Vec<&str> = match attribute {
        "resource.status" => ServiceStatus::ALL.into_iter().map(ServiceStatus::as_str).collect(),
        "principal.kind" => vec!["service", "agent", "person"],
        "context.pass" => vec!["first", "second", "answer"],
        "context.dialect" => {
            vec![
                "openai-chat",
                "openai-responses",
                "openai-embeddings",
                "anthropic-messages",
                "mcp",
                "models",
                "opaque",
                "",
            ]
        }
        "context.operation" => vec!["chat", "embeddings", "mcp", "models", "opaque", ""],
        "context.kinds" => KINDS.into_iter().map(FindingKind::as_str).collect(),
        "context.data_classes" => DATA_CLASSES.to_vec(),
        "context.attack_roles" => vec!["system", "user", "assistant", "tool"],
        "context.judge" => vec!["none", "safe", "unsafe", "failed"],
        _ => return None,
    };
    let listed: Vec<&str> = allowed.iter().copied().filter(|word| !word.is_empty()).collect();
    (!allowed.contains(&word)).then(|| format!("use one of: {}", listed.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_that_an_attribute_never_holds() {
        for (condition, expected) in [
            (r#"resource.status == "unsanctioned""#, &[][..]),
            (r#"resource.status == "unsanctoned""#, &["unsanctoned"]),
            (r#""agnet" != principal.kind"#, &["agnet"]),
            (r#"context.kinds.contains("secrets")"#, &["secrets"]),
            (r#"context.kinds.containsAny(["secret", "personal"])"#, &["personal"]),
            (r#"["sanctioned", "approved"].contains(resource.status)"#, &["approved"]),
            (r#"context.findings.contains("pii/EMAIL")"#, &[]),
            (r#"context.findings.contains("EMAIL")"#, &["EMAIL"]),
            (r#"resource.model == "anything""#, &[]),
            (r#"context.tools_like.contains("delete_*|drop_*")"#, &[]),
            (
                r#"context.tool_arguments_like.containsAny(["pay.amount>1000", "pay.amount>lots"])"#,
                &["pay.amount>lots"],
            ),
            (r#"true && !(context.pass == "third" || context.stream)"#, &["third"]),
        ] {
            let policy =
                Policy::parse(None, format!("forbid(principal, action, resource) when {{ {condition} }};")).unwrap();
            let found: Vec<String> = unknown_words(&policy).into_iter().map(|odd| odd.word).collect();
            assert_eq!(found, expected, "{condition}");
        }
    }
}
