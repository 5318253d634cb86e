//! Throughput of the shipped plan on harmless prompts, repeated prose, code, personal data and disguised text, and of a
//! stream of tokens.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gnomon_detect::{Plan, Scan, StreamScanner, Tokens, redact};
use gnomon_types::conversation::Role;
use gnomon_types::finding::Finding;
use std::hint::black_box;

const PROSE: &str = "The report explains how the new process works and why it takes longer than planned. ";

fn texts() -> [(&'static str, String); 4] {
    let code = "fn total(items: &[Item]) -> u64 {\n    items.iter().map(|item| item.price * item.count).sum() // key, token\n}\n";
    let people = "Write to anna.muster@example.org or call +49 30 901820, card 4111 1111 1111 1111, born 1984-11-02. ";
    let dressed = "Ｔｈｅ rеport explains h\u{200b}ow &#116;he process works %74oday. ";
    [
        ("prose", PROSE.repeat(100)),
        ("code", code.repeat(80)),
        ("people", people.repeat(80)),
        ("dressed", dressed.repeat(100)),
    ]
}

/// Harmless prompts one behind the other, so that no two sentences are alike.
fn prompts(bytes: usize) -> String {
    let rows = include_str!("../training/texts/en-harmless.jsonl").lines();
    let texts = rows.filter_map(|row| {
        let row: serde_json::Value = serde_json::from_str(row).ok()?;
        row.get("text")?.as_str().map(str::to_owned)
    });
    let mut prompts = String::new();
    for text in texts.filter(|text| text.is_ascii()) {
        if prompts.len() >= bytes {
            break;
        }
        prompts.push_str(&text);
        prompts.push('\n');
    }
    prompts.truncate(bytes);
    prompts
}

/// The passes as a request goes through them: the second begins with what the first saw.
fn both(plan: &Plan, text: &str) -> (Vec<Finding>, Scan) {
    let glance = plan.glance(text);
    (glance.findings(), plan.scan_closer(glance, Role::User))
}

/// What one text of a request costs.
fn passes(criterion: &mut Criterion) {
    let Ok(plan) = Plan::shipped() else { return };
    let prose = |bytes: usize| PROSE.chars().cycle().take(bytes).collect();
    let texts: [(&str, String); 4] = [
        ("prompts 1 KiB", prompts(1024)),
        ("prompts 16 KiB", prompts(16 * 1024)),
        ("prose 1 KiB", prose(1024)),
        ("prose 16 KiB", prose(16 * 1024)),
    ];
    for (name, text) in texts {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("first pass", |bench| bench.iter(|| plan.scan_plain(black_box(&text))));
        group.bench_function("both passes", |bench| {
            bench.iter(|| both(&plan, black_box(&text)));
        });
        group.finish();
    }
}

fn scan(criterion: &mut Criterion) {
    let Ok(plan) = Plan::shipped() else { return };
    for (name, text) in texts() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("first pass", |bench| bench.iter(|| plan.scan_plain(black_box(&text))));
        group.bench_function("second pass", |bench| bench.iter(|| plan.scan(black_box(&text), Role::User)));
        group.bench_function("redact", |bench| {
            let findings = plan.scan_plain(&text);
            bench.iter(|| redact(black_box(&text), &findings, &mut Tokens::default()));
        });
        group.bench_function("stream by word", |bench| {
            bench.iter(|| {
                let mut scanner = StreamScanner::new(&plan);
                let found: usize = text.split_inclusive(' ').map(|word| scanner.push(word).findings.len()).sum();
                found + scanner.finish().findings.len()
            });
        });
        group.finish();
    }
}

criterion_group!(benches, passes, scan);
criterion_main!(benches);
