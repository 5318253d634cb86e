//! What the strict reader takes is shown to the readers of other languages: all must read the same messages.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../../policy/dialects/tests/it/tricky.rs"]
mod tricky;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gnomon_testkit::tools;
use gnomon_types::conversation::DialectName;
use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};
use tricky::{Fate, bodies};

#[test]
fn readers_for_python_read_the_same_messages() -> anyhow::Result<()> {
    let script = tools::root().join("tests/parsers/read.py");
    let mut python = tools::python()?;
    python.arg(script);
    all_agree(&mut python, &["json", "orjson", "ujson", "rapidjson"], &["json", "orjson"])
}

#[test]
fn readers_for_node_read_the_same_messages() -> anyhow::Result<()> {
    let mut node = Command::new("node");
    node.arg(tools::root().join("tests/parsers/read.mjs"));
    all_agree(&mut node, &["node", "node, fatal"], &["node", "node, fatal"])
}

/// Shows each body that the gateway would read to the readers. A reader may refuse one unless it is among the `complete`
/// ones, which take every JSON document; none may read anything else.
fn all_agree(command: &mut Command, readers: &[&str], complete: &[&str]) -> anyhow::Result<()> {
    let taken: Vec<(String, Vec<u8>)> =
        bodies().into_iter().filter(|(_, _, fate)| *fate == Fate::Read).map(|(name, body, _)| (name, body)).collect();
    assert!(taken.len() > 20);
    let told = answers(command, &taken)?;
    assert_eq!(told.len(), taken.len());
    for ((name, body), told) in taken.iter().zip(told) {
        let ours = gnomon_dialects::read(DialectName::OpenaiChat, body, Some("application/json"))
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let value: Value = serde_json::from_slice(body)?;
        for reader in readers {
            let Some(read) = told.get(*reader).with_context(|| format!("{reader} said nothing"))?.get("value") else {
                assert!(!complete.contains(reader), "{reader} refuses {name}");
                continue;
            };
            assert_eq!(comparable(read), comparable(&value), "{reader}, {name}");
            for part in ours.parts.iter().filter(|part| !part.pointer.contains('?')) {
                let there = read.pointer(&part.pointer).and_then(Value::as_str);
                assert_eq!(there, Some(part.text.0.as_str()), "{reader}, {name}, {}", part.pointer);
            }
        }
    }
    Ok(())
}

fn answers(command: &mut Command, bodies: &[(String, Vec<u8>)]) -> anyhow::Result<Vec<Map<String, Value>>> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut lines = String::new();
    for (_, body) in bodies {
        lines.push_str(&STANDARD.encode(body));
        lines.push('\n');
    }
    let mut input = child.stdin.take().context("stdin is piped")?;
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().unwrap()?;
    assert!(output.status.success(), "{command:?} ended with {}", output.status);
    String::from_utf8(output.stdout)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// Numbers as floating point: some readers keep long ones whole, others do not, and they may differ in the last digit.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(format!("{:.12e}", number.as_f64().unwrap_or_default() + 0.0)),
        Value::Array(items) => items.iter().map(comparable).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), comparable(value))).collect(),
        other => other.clone(),
    }
}
