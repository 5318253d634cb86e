//! What a request and an event of an answer cost to read. Throughput in bytes of the body.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gnomon_dialects::{EventReader, read, recognise};
use std::hint::black_box;

const WORDS: &str = "The quick brown fox\\n jumps over the lazy dog. ";

/// An agent's first request: a short question and a hundred tools, about 70 kB.
fn tools() -> String {
    let schema = r#"{"type":"object","properties":{"a":{"type":"string","description":"some text"}},"required":["a"]}"#;
    let tool = format!(r#"{{"name":"t","description":"{}","input_schema":{schema}}}"#, WORDS.repeat(11));
    let tools = vec![tool; 100].join(",");
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],"tools":[{tools}]}}"#)
}

/// A long chat, about 1 MB.
fn chat() -> String {
    let message = format!(r#"{{"role":"user","content":"{}"}}"#, WORDS.repeat(100));
    format!(r#"{{"model":"m","messages":[{}]}}"#, vec![message; 210].join(","))
}

/// A vector of 100,000 numbers in a field that no dialect knows.
fn numbers() -> String {
    format!(r#"{{"messages":[],"x":[{}]}}"#, vec!["-0.0123"; 100_000].join(","))
}

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request");
    let cases = [
        ("tools", "/v1/messages", tools()),
        ("chat", "/v1/chat/completions", chat()),
        ("numbers", "/v1/chat/completions", numbers()),
    ];
    for (name, path, body) in cases {
        let dialect = recognise("POST", path);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| read(dialect, black_box(body.as_bytes()), None)));
    }
    group.finish();
}

fn events(criterion: &mut Criterion) {
    let event = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1764000001,\"model\":\"m\",\
                 \"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n";
    let stream = event.repeat(1000);
    let dialect = recognise("POST", "/v1/chat/completions");
    let mut group = criterion.benchmark_group("answer");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("events", |bencher| {
        bencher.iter(|| {
            let mut reader = EventReader::new(dialect);
            stream.as_bytes().chunks(4096).filter_map(|chunk| reader.push(black_box(chunk)).ok()).flatten().count()
        });
    });
    group.finish();
}

criterion_group!(benches, requests, events);
criterion_main!(benches);
