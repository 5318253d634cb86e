//! What a request costs in the two passes: a chat of 1 KiB, with the shipped policies and with 100.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gnomon_policy::{PolicyFile, Request, Snapshot, ToolPins, shipped_files, validate};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::conversation::DialectName;
use gnomon_types::ids::{CallerId, KeyId, ServiceId, UpstreamName};
use gnomon_types::record::Target;
use std::hint::black_box;

/// What a snapshot may remember from earlier requests.
#[derive(Clone, Copy)]
enum Known {
    /// The same request again.
    Everything,
    /// The caller and what its texts usually hold; every text is new.
    Facts,
    /// The caller; every text is new and says something else, so that its scores differ too.
    Caller,
    /// Nothing: every request has a caller of its own.
    Nothing,
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("validate");
    group.throughput(Throughput::Bytes(chat(0).len() as u64));
    let prompts = prompts();
    for policies in [0, 100] {
        #[expect(clippy::expect_used, reason = "a benchmark without its policies measures nothing")]
        let snapshot = snapshot(policies).expect("the policies of the benchmark load");
        let cases = [
            ("all known", Known::Everything),
            ("new text", Known::Facts),
            ("new words", Known::Caller),
            ("new caller", Known::Nothing),
        ];
        for (name, known) in cases {
            let id = BenchmarkId::new(name, format!("{} policies", snapshot.policies().len()));
            let mut number = 0_u64;
            group.bench_with_input(id, &known, |bencher, known| {
                // What a client sends is made outside of the time.
                let next = || {
                    number += 1;
                    match known {
                        Known::Everything => (0, chat(0)),
                        Known::Facts => (0, chat(number)),
                        Known::Caller => (0, prompt(number, &prompts)),
                        Known::Nothing => (number, chat(number)),
                    }
                };
                let judged = |(caller, body): (u64, Vec<u8>)| drop(black_box(judge(&snapshot, caller, &body)));
                bencher.iter_batched(next, judged, BatchSize::SmallInput);
            });
        }
    }
    group.finish();
}

fn judge(snapshot: &Snapshot, caller: u64, body: &[u8]) -> gnomon_policy::Decision {
    let caller = Caller {
        id: CallerId::sanitised(&format!("bench-{caller}")),
        kind: CallerKind::Service,
        team: Some("logistics".to_owned()),
        key: KeyId::sanitised("gnm_bench"),
    };
    let target = Target {
        service: ServiceId::sanitised("openai"),
        status: ServiceStatus::Sanctioned,
        upstream: UpstreamName::sanitised("openai"),
        host: None,
        model: None,
    };
    let request = Request {
        caller: &caller,
        route: "chat",
        target: &target,
        method: "POST",
        path: "/v1/chat/completions",
        dialect: DialectName::OpenaiChat,
        content_type: Some("application/json"),
        body,
        approved: false,
        heard: false,
        judge: None,
        pins: ToolPins::default(),
        micros: &|| 0,
    };
    validate(&request, snapshot)
}

/// A chat of 1 KiB whose text is new with each number.
fn chat(number: u64) -> Vec<u8> {
    let sentence = "Please compare the two quarterly reports and list what changed in the logistics chapter. ";
    body(number, &sentence.chars().cycle().take(880).collect::<String>())
}

/// A chat of 1 KiB that says something new with each number.
fn prompt(number: u64, prompts: &str) -> Vec<u8> {
    let from = usize::try_from(number * 8 * 97).unwrap_or_default() % (prompts.len() - 880);
    body(number, prompts.get(from..from + 880).unwrap_or_default())
}

/// Harmless prompts one behind the other.
fn prompts() -> String {
    let rows = include_str!("../detect/training/texts/en-harmless.jsonl").lines();
    let texts = rows.filter_map(|row| {
        let row: serde_json::Value = serde_json::from_str(row).ok()?;
        row.get("text")?.as_str().map(str::to_owned)
    });
    let plain = |c: &char| c.is_ascii() && !c.is_ascii_control() && !['"', '\\'].contains(c);
    texts.map(|text| text.chars().filter(plain).collect::<String>() + " ").collect()
}

fn body(number: u64, text: &str) -> Vec<u8> {
    format!(
        r#"{{"model":"gpt-5","stream":true,"messages":[{{"role":"system","content":"You are a careful analyst."}},{{"role":"user","content":"{number:08} {text}"}}]}}"#
    )
    .into_bytes()
}

/// The shipped set, filled up with rules of other teams and rules that look at every request, half and half.
fn snapshot(policies: usize) -> Result<Snapshot, gnomon_policy::LoadErrors> {
    let shipped = Snapshot::shipped()?;
    let mut text = String::new();
    for number in shipped.policies().len()..policies {
        let (who, when) = if number % 2 == 0 {
            (format!(r#"principal in Gnomon::Team::"team-{number}""#), "context.stream")
        } else {
            ("principal".to_owned(), "context.attack_score > 990")
        };
        let scope = format!(r#"{who}, action == Gnomon::Action::"send", resource"#);
        text.push_str(&format!("@id(\"extra-{number}\") @reason(\"extra\") forbid({scope}) when {{ {when} }};\n"));
    }
    let mut files = shipped_files();
    files.push(PolicyFile { name: "extra.cedar".to_owned(), text });
    Snapshot::with_plan(&files, shipped.plan().clone())
}

criterion_group!(benches, bench);
criterion_main!(benches);
