//! What the strict reader takes, other readers take for the same.

use crate::tricky::{Fate, bodies};
use gnomon_dialects::read;
use gnomon_types::conversation::DialectName;
use jiter::JsonValue;
use serde_json::{Value, json};

#[test]
fn what_is_not_denied_has_one_reading_in_every_reader() {
    for (name, body, fate) in bodies() {
        let conversation = match read(DialectName::OpenaiChat, &body, Some("application/json")) {
            Ok(conversation) => conversation,
            Err(error) => {
                assert_eq!(fate, Fate::Denied, "{name}: {error:?}");
                assert!(error.offset <= body.len() && !error.message.is_empty(), "{name}: {error:?}");
                continue;
            }
        };
        assert_eq!(fate, Fate::Read, "{name} is read");
        let value: Value = serde_json::from_slice(&body).unwrap_or_else(|error| panic!("serde_json, {name}: {error}"));
        let simd: Value =
            simd_json::from_slice(&mut body.clone()).unwrap_or_else(|error| panic!("simd-json, {name}: {error}"));
        let jiter = JsonValue::parse(&body, false).unwrap_or_else(|error| panic!("jiter, {name}: {error}"));
        assert_eq!(comparable(&value), comparable(&simd), "simd-json, {name}");
        assert_eq!(comparable(&value), of_jiter(&jiter), "jiter, {name}");
        // And the messages as we have them are those of all of these.
        for part in conversation.parts.iter().filter(|part| part.pointer.starts_with("/messages")) {
            let there = value.pointer(&part.pointer).and_then(Value::as_str);
            let is_key = part.pointer.ends_with('?');
            assert!(is_key || part.pointer.contains('?') || there == Some(part.text.0.as_str()), "{name}: {part:?}");
        }
        crate::fuzz::strict_json::check(&[&[1], body.as_slice()].concat());
    }
}

/// Numbers as floating point: some readers keep long ones whole, others do not.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Number(number) => float(number.as_f64().unwrap_or_default()),
        Value::Array(items) => items.iter().map(comparable).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), comparable(value))).collect(),
        other => other.clone(),
    }
}

fn of_jiter(value: &JsonValue<'_>) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(is) => json!(is),
        JsonValue::Int(number) => float(*number as f64),
        JsonValue::BigInt(number) => float(number.to_string().parse().unwrap()),
        JsonValue::Float(number) => float(*number),
        JsonValue::Str(text) => json!(text),
        JsonValue::Array(items) => items.iter().map(of_jiter).collect(),
        JsonValue::Object(fields) => fields.iter().map(|(key, value)| (key.to_string(), of_jiter(value))).collect(),
    }
}

/// Readers may differ in the last digit.
fn float(number: f64) -> Value {
    json!(format!("{:.12e}", number + 0.0))
}
