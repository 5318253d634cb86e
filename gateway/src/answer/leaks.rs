//! Tests: nothing that tells a credential gets out of a stream, however the upstream cuts it up.
#![expect(clippy::string_slice, reason = "a panic is how a test fails")]

use super::events::EventGuard;
use super::judge::tests::{judge, judge_of, secret};
use super::judge::{Cut, Judge};
use super::lanes::{Lane, lanes};
use gnomon_policy::Snapshot;
use gnomon_types::conversation::DialectName;
use gnomon_types::finding::FindingKind;
use gnomon_types::verdict::Verdict;
use serde_json::{Value, json};
use std::sync::LazyLock;

static POLICY: LazyLock<Snapshot> = LazyLock::new(|| Snapshot::shipped().unwrap());

/// First bytes by which nobody can tell a value.
const UNTELLING: usize = 8;

/// One credential of each family that the detectors know; the same as in their own tests.
fn families() -> Vec<String> {
    let forms = include_str!("../../../policy/detect/tests/it/families.txt").lines().enumerate();
    forms.filter_map(|(seed, line)| Some(fill(line.split_once(' ')?.1, seed as u64 + 500))).collect()
}

fn fill(form: &str, seed: u64) -> String {
    let mut state = seed;
    let mut noise = |alphabet: &str, length: usize| -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            letters[usize::try_from(state >> 33).unwrap() % letters.len()]
        };
        (0..length).map(|_| next()).collect()
    };
    let (hex, digits, lower) = ("0123456789abcdef", "0123456789", "abcdefghijkmnopqrstuvwxyz");
    let upper = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut value = String::new();
    for part in form.split('{') {
        let Some((place, rest)) = part.split_once('}') else {
            value.push_str(part);
            continue;
        };
        let (kind, length) = place.split_at(1);
        let length = length.parse().unwrap_or(0);
        value.push_str(&match kind {
            "g" => [8, 4, 4, 4, 12].map(|length| noise(hex, length)).join("-"),
            "h" => noise(hex, length),
            "d" => noise(digits, length),
            "l" => noise(&format!("{lower}0123456789"), length),
            "e" => noise("023456789acdefghjklmnpqrstuvwxyz", length),
            "u" => noise(&format!("{upper}234567"), length),
            "a" => noise(&format!("{upper}{lower}"), length),
            "b" => noise(&format!("{upper}{lower}123456789"), length),
            _ => noise(&format!("{upper}{lower}{digits}"), length),
        });
        value.push_str(rest);
    }
    value
}

/// What the detectors see of a credential in a text. None for a form that they take for something else.
fn seen(text: &str) -> Option<String> {
    let findings = POLICY.plan().scan_plain(text);
    let first =
        findings.iter().find(|finding| finding.kind == FindingKind::Secret && finding.end - finding.start > 12)?;
    text.get(first.start..first.end).map(str::to_owned)
}

/// The longest stretch of a value that stands in a text, if it tells.
fn leak<'v>(value: &'v str, text: &str) -> Option<&'v str> {
    let stretches = (0..value.len()).filter_map(|at| value.get(at..at + UNTELLING + 1));
    stretches.into_iter().find(|stretch| text.contains(stretch))
}

fn guarded(dialect: DialectName, is_lines: bool, stream: &str) -> Result<(String, Judge), Cut> {
    let mut guard = if is_lines { EventGuard::lines(dialect) } else { EventGuard::new(dialect) };
    let mut judge = judge_of(POLICY.clone());
    let mut out = guard.push(stream.as_bytes(), &mut judge)?;
    out.extend(guard.finish(&mut judge)?);
    Ok((String::from_utf8(out).unwrap(), judge))
}

fn check(lane: &Lane, value: &str, pieces: &[&str]) {
    let (out, judge) = guarded(lane.dialect, lane.is_lines, &lane.stream(pieces)).unwrap();
    assert_eq!(leak(value, &out), None, "{} in {pieces:?}", lane.name);
    assert_eq!(judge.verdict, Verdict::Redact, "{} in {pieces:?}", lane.name);
}

#[test]
fn a_credential_of_any_family_split_anywhere_leaks_nothing_in_any_place() {
    let lanes = lanes();
    let mut known = 0;
    for (turn, value) in families().into_iter().enumerate() {
        let text = format!("key {value}, then go on.");
        let Some(value) = seen(&text) else { continue };
        known += 1;
        for at in 4..=text.len() - 14 {
            let (head, tail) = text.split_at(at);
            check(&lanes[(turn + at) % lanes.len()], &value, &[head, tail]);
        }
    }
    assert!(known > 100, "{known} families");
}

#[test]
fn every_split_in_three_leaks_nothing_in_every_place() {
    let text = format!("key {} ok", secret());
    for lane in lanes() {
        for first in 4..text.len() - 4 {
            for second in [first + 1, first + 4, text.len() - 4] {
                let second = second.min(text.len());
                check(&lane, &secret(), &[&text[..first], &text[first..second], &text[second..]]);
            }
        }
        let letters: Vec<&str> = text.split_inclusive(|_| true).collect();
        check(&lane, &secret(), &letters);
    }
}

#[test]
fn choices_side_by_side_are_texts_of_their_own() {
    let secret = secret();
    let event = |index: usize, text: &str| {
        let choice = json!({"index": index, "delta": {"content": text}, "finish_reason": null});
        format!("data: {}\n\n", json!({"id": "c", "choices": [choice]}))
    };
    let mut stream = event(0, "key ") + &event(1, "key ");
    for letter in secret.split_inclusive(|_| true) {
        stream += &event(0, letter);
        stream += &event(1, letter);
    }
    let (out, judge) = guarded(DialectName::OpenaiChat, false, &(stream + "data: [DONE]\n\n")).unwrap();
    let joined = |index: usize| -> String {
        let choices = super::lanes::events(&out).into_iter().map(|event| event["choices"][0].clone());
        let own = choices.filter(|choice| choice["index"] == index);
        own.filter_map(|choice| choice["delta"]["content"].as_str().map(str::to_owned)).collect()
    };
    assert!(joined(0).starts_with("key <") && joined(0) == joined(1), "{} {}", joined(0), joined(1));
    assert_eq!(judge.findings.values().sum::<u64>(), 2);
}

/// How an API says one message in several blocks, other things between them.
fn in_blocks(dialect: DialectName, blocks: &[&str]) -> String {
    let mut events: Vec<Value> = Vec::new();
    match dialect {
        DialectName::AnthropicMessages => {
            for (place, text) in blocks.iter().enumerate() {
                let (own, other) = (place * 2, place * 2 + 1);
                events.extend([
                    json!({"type": "content_block_start", "index": own, "content_block": {"type": "text", "text": ""}}),
                    json!({"type": "content_block_delta", "index": own, "delta": {"type": "text_delta", "text": text}}),
                    json!({"type": "content_block_stop", "index": own}),
                    json!({"type": "content_block_start", "index": other,
                        "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}}),
                    json!({"type": "content_block_delta", "index": other,
                        "delta": {"type": "input_json_delta", "partial_json": "{\"a\":1}"}}),
                    json!({"type": "content_block_stop", "index": other}),
                ]);
            }
            events.push(json!({"type": "message_stop"}));
        }
        DialectName::OpenaiResponses => {
            let part = |text: &str| json!({"type": "output_text", "text": text});
            for (place, text) in blocks.iter().enumerate() {
                let at = |kind: &str, field: &str, said: Value| json!({"type": kind, "item_id": "i", "output_index": place, "content_index": 0, field: said});
                events.extend([
                    at("response.output_text.delta", "delta", json!(text)),
                    at("response.output_text.done", "text", json!(text)),
                    at("response.content_part.done", "part", part(text)),
                ]);
            }
            let items: Vec<Value> =
                blocks.iter().map(|text| json!({"type": "message", "content": [part(text)]})).collect();
            let parts: Vec<Value> = blocks.iter().map(|text| part(text)).collect();
            events.push(json!({"type": "response.output_item.done", "output_index": 9, "item": {"content": parts}}));
            events.push(json!({"type": "response.completed", "response": {"id": "r", "output": items}}));
        }
        DialectName::OpenaiChat => {
            let parts =
                blocks.iter().enumerate().map(|(place, text)| json!({"index": place, "type": "text", "text": text}));
            let parts: Vec<Value> = parts.collect();
            events.push(json!({"id": "c", "choices": [{"index": 0, "delta": {"content": parts}}]}));
        }
        _ => {
            let parts: Vec<Value> = blocks.iter().map(|text| json!({"text": text})).collect();
            events.push(json!({"candidates": [{"content": {"parts": parts}}]}));
        }
    }
    events.iter().map(|event| format!("data: {event}\n\n")).collect()
}

const IN_BLOCKS: [DialectName; 4] =
    [DialectName::AnthropicMessages, DialectName::OpenaiResponses, DialectName::OpenaiChat, DialectName::Opaque];

#[test]
fn a_credential_over_blocks_of_a_message_leaks_nothing_that_tells() {
    let long = ["gh", "p_", "9fK2mQ7xLrT4vZ8sWc3bYd6nJh1gPa5eUo0i"].concat();
    for value in [secret(), long] {
        let text = format!("the key {value} is out");
        for dialect in IN_BLOCKS {
            for first in 9..8 + value.len() {
                for second in [first + 2, 8 + value.len(), text.len()] {
                    let second = second.max(first);
                    let blocks = [&text[..first], &text[first..second], &text[second..]];
                    let (out, judge) = guarded(dialect, false, &in_blocks(dialect, &blocks)).unwrap();
                    assert_eq!(leak(&value, &out), None, "{} in {blocks:?}: {out}", dialect.as_str());
                    assert_eq!(judge.verdict, Verdict::Redact, "{} in {blocks:?}", dialect.as_str());
                }
            }
        }
    }
}

#[test]
fn blocks_that_come_in_letters_and_are_repeated_leak_nothing() {
    let secret = secret();
    let event = |kind: &str, place: usize, field: &str, said: &str| {
        let event = json!({"type": kind, "item_id": "i", "output_index": 0, "content_index": place, field: said});
        format!("data: {event}\n\n")
    };
    for first in 5..12 {
        let (left, rest) = secret.split_at(first);
        let (middle, right) = rest.split_at(5);
        let mut stream = String::new();
        for (place, text) in [format!("key {left}"), middle.to_owned(), format!("{right} ok")].iter().enumerate() {
            for letter in text.split_inclusive(|_| true) {
                stream += &event("response.output_text.delta", place, "delta", letter);
            }
            stream += &event("response.output_text.done", place, "text", text);
        }
        let (out, judge) = guarded(DialectName::OpenaiResponses, false, &stream).unwrap();
        let said = |field: &str| -> String {
            super::lanes::events(&out).iter().filter_map(|event| event[field].as_str().map(str::to_owned)).collect()
        };
        for text in [said("delta"), said("text")] {
            assert_eq!(leak(&secret, &text), None, "cut at {first}: {text}");
            assert!(text.starts_with("key <") && text.ends_with("> ok"), "cut at {first}: {text}");
            assert_eq!(text.matches('<').count(), 3, "cut at {first}: {text}");
        }
        assert_eq!(judge.findings.values().sum::<u64>(), 1);
    }
}

#[test]
fn blocks_without_credentials_come_out_as_they_went_in() {
    let text =
        "Look at 12 High Street, anna.muster@example.org and https://example.org/a/b?c=1 for the well-known results";
    for dialect in IN_BLOCKS {
        for at in 0..text.len() {
            let stream = in_blocks(dialect, &[&text[..at], &text[at..], "and more."]);
            assert_eq!(guarded(dialect, false, &stream).unwrap().0, stream, "{} at {at}", dialect.as_str());
        }
    }
}

#[test]
fn a_block_that_ends_in_ordinary_words_waits_for_no_other() {
    let stream = in_blocks(DialectName::AnthropicMessages, &["Let me look at the information."]);
    let (shown, _) = stream.split_once("data: {\"type\":\"message_stop\"").unwrap();
    let (mut guard, mut judge) = (EventGuard::new(DialectName::AnthropicMessages), judge());
    assert_eq!(guard.push(shown.as_bytes(), &mut judge).unwrap(), shown.as_bytes());
    let stream = in_blocks(DialectName::AnthropicMessages, &["It is AKIAQ7ZJ4XK"]);
    let (mut guard, mut judge) = (EventGuard::new(DialectName::AnthropicMessages), judge_of(POLICY.clone()));
    let (shown, end) = stream.split_once("data: {\"type\":\"message_stop\"").unwrap();
    let mut out = guard.push(shown.as_bytes(), &mut judge).unwrap();
    assert!(!String::from_utf8_lossy(&out).contains("AKIA"));
    out.extend(guard.push(format!("data: {{\"type\":\"message_stop\"{end}").as_bytes(), &mut judge).unwrap());
    assert_eq!(String::from_utf8(out).unwrap(), stream);
}

#[test]
fn a_private_key_over_blocks_ends_the_answer() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n".repeat(3);
    let key = format!("-----BEGIN {0}-----\n{body}-----END {0}-----", "PRIVATE KEY");
    for dialect in IN_BLOCKS {
        for at in [12, 40, 90, 200] {
            let blocks = [&key[..at], &key[at..], "more"];
            assert!(guarded(dialect, false, &in_blocks(dialect, &blocks)).is_err(), "{} at {at}", dialect.as_str());
        }
    }
}
