//! What is read from each golden file stands beside it as text. `GNOMON_BLESS=1` writes those texts anew; review them
//! like code.

use crate::{Case, corpus};
use gnomon_dialects::{Delta, EventReader, read, read_answer};
use gnomon_types::conversation::{Part, Usage};
use std::collections::BTreeMap;
use std::fmt::Write;

#[test]
fn requests_are_read_as_written_down() {
    check(".request.json", |case| {
        let read = read(case.dialect, &case.bytes, Some("application/json")).map_err(|error| error.to_string())?;
        let mut out = String::new();
        writeln!(out, "model {:?}, stream {}", read.model, read.stream)?;
        for tool in &read.tools {
            let schema =
                tool.schema.clone().map_or("no schema".to_owned(), |span| format!("a schema of {}", span.len()));
            writeln!(out, "tool {} in {} bytes, {schema}", tool.name, tool.span.len())?;
        }
        for call in &read.calls {
            writeln!(out, "call {} by {:?} {} {:?}", call.name, call.runner, call.pointer, &*call.arguments)?;
        }
        writeln!(out, "not inspected {}", read.uninspected_parts)?;
        write_parts(&mut out, &read.parts)?;
        Ok(out)
    });
}

#[test]
fn answers_are_read_as_written_down() {
    check(".answer.json", |case| {
        let answer = read_answer(case.dialect, &case.bytes).ok_or("cannot be read")?;
        let mut out = String::new();
        writeln!(out, "model {:?}, {}", answer.model, usage(answer.usage))?;
        write_parts(&mut out, &answer.parts)?;
        for label in &answer.labels {
            writeln!(out, "label     {} {:?}", label.pointer, &*label.text)?;
        }
        Ok(out)
    });
}

#[test]
fn streams_are_read_as_written_down() {
    check(".stream.sse", |case| {
        let mut reader = EventReader::new(case.dialect);
        let events = reader.push(&case.bytes)?;
        let mut out = String::new();
        let mut channels: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for (number, event) in events.iter().enumerate() {
            let names: Vec<String> = event.deltas.iter().map(name).collect();
            write!(out, "event {number}: texts [{}], closes {:?}", names.join(", "), event.closes)?;
            if let Some(model) = &event.model {
                write!(out, ", model {model}")?;
            }
            if event.usage.is_some() {
                write!(out, ", {}", usage(event.usage))?;
            }
            writeln!(out, "{}", if event.last { ", last" } else { "" })?;
            for delta in &event.deltas {
                match delta.channel {
                    Some(channel) => channels.entry(channel).or_default().push(&delta.text),
                    None => writeln!(out, "    {} {:?}", name(delta), &*delta.text)?,
                }
            }
        }
        for (channel, pieces) in channels {
            writeln!(out, "text {channel}: {:?}", pieces.join("|"))?;
        }
        Ok(out)
    });
}

fn name(delta: &Delta) -> String {
    match delta.channel {
        Some(channel) => channel.to_string(),
        None if delta.is_label => "label".to_owned(),
        None if delta.repeats => "repeat".to_owned(),
        None => "whole".to_owned(),
    }
}

type Rendered = Result<String, Box<dyn std::error::Error>>;

fn check(end: &str, render: impl Fn(&Case) -> Rendered) {
    let cases = corpus(end).expect("the corpus can be read");
    assert!(!cases.is_empty(), "no file ends in {end}");
    for case in cases {
        let found = render(&case).unwrap_or_else(|error| panic!("{}: {error}", case.path.display()));
        let golden = case.path.with_extension("golden.txt");
        if std::env::var_os("GNOMON_BLESS").is_some() {
            std::fs::write(&golden, &found).expect("the golden text can be written");
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(found, expected, "{}", golden.display());
    }
}

fn write_parts(out: &mut String, parts: &[Part]) -> std::fmt::Result {
    for part in parts {
        writeln!(out, "{:9} {} {:?}", part.role.as_str(), part.pointer, &*part.text)?;
    }
    Ok(())
}

fn usage(usage: Option<Usage>) -> String {
    usage.map_or("no usage".to_owned(), |usage| format!("{} in, {} out", usage.input_tokens, usage.output_tokens))
}
