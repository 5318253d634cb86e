//! A check beyond Cedar's validator: a comparison that can never come true, or never fail.
//!
//! To Cedar `resource.status == "unsanctoned"` is well typed. It would be a forbid that never fires.

use crate::known::{Words, advice};
use crate::tools::like;
use cedar_policy::Policy;
use serde_json::Value;

/// Something that a policy asks and that makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Odd {
    pub(crate) message: String,
    /// As it stands in the text.
    pub(crate) written: String,
    pub(crate) help: String,
}

/// One thing that a policy asks.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// Whether an attribute is, or holds, a word.
    Word { attribute: String, word: String },
    /// Whether an attribute is like a pattern, here as its pieces; a wildcard stands between each two.
    Like { attribute: String, pieces: Vec<String> },
    /// How a number compares.
    Number { attribute: String, operator: Operator, number: i64 },
    /// Whether somebody or something is, or belongs to, this one.
    Entity { type_: String, id: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// Everything in a policy that can never hold, or always does.
pub(crate) fn oddities(policy: &Policy, words: &Words<'_>) -> Vec<Odd> {
    asked(policy).iter().filter_map(|asked| objection(asked, words)).collect()
}

/// Every comparison of a policy with a word, as the attribute and the word.
pub(crate) fn asked_words(policy: &Policy) -> Vec<(String, String)> {
    let word = |asked| match asked {
        Asked::Word { attribute, word } => Some((attribute, word)),
        Asked::Like { .. } | Asked::Number { .. } | Asked::Entity { .. } => None,
    };
    asked(policy).into_iter().filter_map(word).collect()
}

fn asked(policy: &Policy) -> Vec<Asked> {
    let mut asked = Vec::new();
    // A policy that parsed has a JSON form; without one there is nothing to compare.
    if let Ok(json) = policy.to_json() {
        walk(&json, &mut asked);
    }
    asked
}

fn walk(node: &Value, asked: &mut Vec<Asked>) {
    match node {
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str);
            if let (Some(type_), Some(id)) = (text("type"), text("id")) {
                asked.push(Asked::Entity { type_: type_.to_owned(), id: id.to_owned() });
            }
            for (operator, operands) in map {
                compare(operator, operands, asked);
                walk(operands, asked);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, asked)),
        _ => {}
    }
}

/// Notes what `left OP right` asks, if one side is an attribute and the other is written out.
fn compare(operator: &str, operands: &Value, asked: &mut Vec<Asked>) {
    let Some(left) = operands.get("left") else { return };
    if operator == "like" {
        let pieces = operands.get("pattern").and_then(pieces);
        asked.extend(attribute(left).zip(pieces).map(|(attribute, pieces)| Asked::Like { attribute, pieces }));
        return;
    }
    let Some(right) = operands.get("right") else { return };
    if ["==", "!=", "contains", "containsAll", "containsAny"].contains(&operator) {
        for (side, other) in [(left, right), (right, left)] {
            let Some(attribute) = attribute(side) else { continue };
            let word = |word: &str| Asked::Word { attribute: attribute.clone(), word: word.to_owned() };
            asked.extend(words(other).into_iter().map(word));
        }
    }
    let Some((straight, turned)) = operators(operator) else { return };
    for (side, other, operator) in [(left, right, straight), (right, left, turned)] {
        let compared = attribute(side).zip(number(other));
        asked.extend(compared.map(|(attribute, number)| Asked::Number { attribute, operator, number }));
    }
}

/// What a sign says of its left side, and of its right side.
fn operators(sign: &str) -> Option<(Operator, Operator)> {
    match sign {
        "==" => Some((Operator::Is, Operator::Is)),
        "!=" => Some((Operator::IsNot, Operator::IsNot)),
        "<" => Some((Operator::Below, Operator::Above)),
        "<=" => Some((Operator::AtMost, Operator::AtLeast)),
        ">" => Some((Operator::Above, Operator::Below)),
        ">=" => Some((Operator::AtLeast, Operator::AtMost)),
        _ => None,
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

fn number(node: &Value) -> Option<i64> {
    match node.get("neg").and_then(|neg| neg.get("arg")) {
        Some(inner) => number(inner)?.checked_neg(),
        None => node.get("Value")?.as_i64(),
    }
}

/// The texts between the wildcards of a pattern.
fn pieces(pattern: &Value) -> Option<Vec<String>> {
    let mut pieces = vec![String::new()];
    for element in pattern.as_array()? {
        match (element.get("Literal").and_then(Value::as_str), pieces.last_mut()) {
            (Some(text), Some(last)) => last.push_str(text),
            _ => pieces.push(String::new()),
        }
    }
    Some(pieces)
}

fn objection(asked: &Asked, words: &Words<'_>) -> Option<Odd> {
    match asked {
        Asked::Word { attribute, word } => objection_to_word(attribute, word, words).map(|help| Odd {
            message: format!("`{attribute}` is never `{word}`"),
            written: format!("\"{word}\""),
            help,
        }),
        Asked::Like { attribute, pieces } => {
            let allowed = words.of(attribute)?;
            let pattern = pieces.join("*");
            (!allowed.iter().any(|word| is_like(pieces, word))).then(|| Odd {
                message: format!("`{attribute}` is never like `{pattern}`"),
                written: format!("\"{pattern}\""),
                help: advice(&pattern, allowed),
            })
        }
        Asked::Number { attribute, operator, number } => {
            let (least, most) = range(attribute)?;
            let always = constant(*operator, *number, least, most)?;
            Some(Odd {
                message: format!(
                    "this comparison of `{attribute}` is {} true",
                    if always { "always" } else { "never" }
                ),
                written: number.to_string(),
                help: match most {
                    i64::MAX => format!("it is a whole number from {least} on"),
                    most => format!("it is a whole number from {least} to {most}"),
                },
            })
        }
        Asked::Entity { type_, id } => {
            let (what, names) = words.entities(type_)?;
            (!names.contains(id)).then(|| Odd {
                message: format!("there is no {what} `{id}`"),
                written: format!("\"{id}\""),
                help: advice(id, names.iter().map(String::as_str)),
            })
        }
    }
}

/// Why an attribute never holds a word, if it never does.
fn objection_to_word(attribute: &str, word: &str, words: &Words<'_>) -> Option<String> {
    match attribute {
        "context.findings" => words.objection_to_label(word),
        "context.tool_arguments" => (!word.contains('=')).then(|| "write `tool.path=value`".to_owned()),
        _ if like::NAMES.contains(&attribute) || attribute == like::ARGUMENTS => like::objection(attribute, word),
        _ => {
            let allowed = words.of(attribute)?;
            (!allowed.contains(&word)).then(|| advice(word, allowed))
        }
    }
}

/// The least and the greatest number that an attribute may hold.
fn range(attribute: &str) -> Option<(i64, i64)> {
    match attribute {
        "context.attack_score" => Some((0, 1000)),
        "context.personal_count" | "context.uninspected_parts" => Some((0, i64::MAX)),
        _ => None,
    }
}

/// Whether a comparison holds for every number of a range, or for none; `None` when it depends.
fn constant(operator: Operator, number: i64, least: i64, most: i64) -> Option<bool> {
    let (always, never) = match operator {
        Operator::Is => (false, number < least || number > most),
        Operator::IsNot => (number < least || number > most, false),
        Operator::Below => (number > most, number <= least),
        Operator::AtMost => (number >= most, number < least),
        Operator::Above => (number < least, number >= most),
        Operator::AtLeast => (number <= least, number > most),
    };
    (always || never).then_some(always)
}

/// Whether a word begins with the first piece, ends with the last and has the others between them in their order.
fn is_like(pieces: &[String], word: &str) -> bool {
    let [first, between @ .., last] = pieces else { return pieces.first().is_some_and(|only| only == word) };
    let Some(mut rest) = word.strip_prefix(first.as_str()) else { return false };
    for piece in between {
        let Some((_, behind)) = rest.split_once(piece.as_str()) else { return false };
        rest = behind;
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known::Known;

    fn found(condition: &str) -> Vec<String> {
        let names = |list: &[&str]| Some(list.iter().map(|name| (*name).to_owned()).collect());
        let known = Known {
            routes: names(&["chat", "agents"]),
            upstreams: names(&["local"]),
            services: names(&["openai"]),
            ..Known::default()
        };
        let labels = ["pii/EMAIL", "hazard/CSAM"].map(str::to_owned).into();
        let words = Words { known: &known, labels: Some(labels) };
        let policy =
            Policy::parse(None, format!("forbid(principal, action, resource) when {{ {condition} }};")).unwrap();
        oddities(&policy, &words).into_iter().map(|odd| odd.written.replace('"', "")).collect()
    }

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
            (r#"context.findings.containsAny(["pii/EMIAL", "hazard/CSAM"])"#, &["pii/EMIAL"]),
            (r#"context["findings"].contains("hazard/CSAMM")"#, &["hazard/CSAMM"]),
            (r#"resource.model == "anything""#, &[]),
            (r#"context.method == "post""#, &["post"]),
            (r#"context.method == "POST" || context.method == """#, &[]),
            (r#"context.tool_arguments.contains("pay.currency=USD")"#, &[]),
            (r#"context.tool_arguments.contains("pay.currency")"#, &["pay.currency"]),
            (r#"context.tools_like.contains("delete_*|drop_*")"#, &[]),
            (
                r#"context.tool_arguments_like.containsAny(["pay.amount>1000", "pay.amount>lots"])"#,
                &["pay.amount>lots"],
            ),
            (r#"true && !(context.pass == "third" || context.stream)"#, &["third"]),
        ] {
            assert_eq!(found(condition), expected, "{condition}");
        }
    }

    #[test]
    fn finds_names_that_are_not_configured() {
        for (condition, expected) in [
            (r#"resource in Gnomon::Route::"chat" && context.route == "agents""#, &[][..]),
            (r#"resource in Gnomon::Route::"nope""#, &["nope"]),
            (r#"context.route == "chta""#, &["chta"]),
            (r#"resource in [Gnomon::Upstream::"local", Gnomon::Upstream::"far"]"#, &["far"]),
            (r#"resource.upstream like "lo*""#, &[]),
            (r#"resource.upstream like "cloud*""#, &["cloud*"]),
            (r#"resource == Gnomon::Service::"opnai" || resource.id == "openai""#, &["opnai"]),
            (r#"principal == Gnomon::Caller::"anybody" || principal in Gnomon::Team::"any""#, &[]),
        ] {
            assert_eq!(found(condition), expected, "{condition}");
        }
    }

    #[test]
    fn finds_numbers_that_decide_nothing() {
        for (condition, expected) in [
            ("context.attack_score > 999 && context.attack_score < 1000", &[][..]),
            ("context.attack_score >= 1000", &[]),
            ("context.attack_score > 1001", &["1001"]),
            ("context.attack_score > 1000", &["1000"]),
            ("1000 < context.attack_score", &["1000"]),
            ("context.attack_score == 5000", &["5000"]),
            ("context.attack_score <= 1000", &["1000"]),
            ("context.attack_score < -3", &["-3"]),
            ("context.personal_count >= 50 && context.uninspected_parts > 0", &[]),
            ("context.personal_count < 0", &["0"]),
            ("0 <= context.uninspected_parts", &["0"]),
        ] {
            assert_eq!(found(condition), expected, "{condition}");
        }
    }

    #[test]
    fn patterns_are_held_against_the_words_that_are_possible() {
        for (condition, expected) in [
            (r#"resource.status like "sanctioned*""#, &[][..]),
            (r#"resource.status like "*with*conditions""#, &[]),
            (r#"resource.status like "unsanctoned*""#, &["unsanctoned*"]),
            (r#"resource.status like "*conditions*with*""#, &["*conditions*with*"]),
            (r#"resource.status like "sanctioned""#, &[]),
            (r#"resource.model like "gpt-*""#, &[]),
        ] {
            assert_eq!(found(condition), expected, "{condition}");
        }
    }
}
