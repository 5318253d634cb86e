//! What a request costs in the two passes: a chat of 1 KiB, with the shipped policies and with more of them.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gnomon_detect::Config;
use gnomon_policy::{PolicyFile, Request, Snapshot, shipped_files, validate};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::conversation::DialectName;
use gnomon_types::ids::{CallerId, KeyId, ServiceId, UpstreamName};
use gnomon_types::record::Target;
use std::hint::black_box;

fn chat(bytes: usize) -> Vec<u8> {
    let sentence = "Please compare the two quarterly reports and list what changed in the logistics chapter. ";
    let text: String = sentence.chars().cycle().take(bytes.saturating_sub(120)).collect();
    format!(r#"{{"model":"gpt-5","stream":true,"messages":[{{"role":"system","content":"You are a careful analyst."}},{{"role":"user","content":"{text}"}}]}}"#)
        .into_bytes()
}

/// The shipped set with rules of other teams and rules that look at every request, half and half.
fn snapshot(policies: usize) -> Result<Snapshot, gnomon_policy::LoadErrors> {
    let mut files = shipped_files();
    let count = Snapshot::shipped()?.policies().len();
    let mut text = String::new();
    for number in count..policies {
        let (head, when) = if number % 2 == 0 {
            (format!(r#"principal in Gnomon::Team::"team-{number}""#), "context.stream")
        } else {
            ("principal".to_owned(), "context.attack_score > 990")
        };
        text.push_str(&format!(
            "@id(\"extra-{number}\") @reason(\"extra\") forbid({head}, action == Gnomon::Action::\"send\", resource) when {{ {when} }};\n"
        ));
    }
    files.push(PolicyFile { name: "extra.cedar".to_owned(), text });
    Snapshot::load(&files, &Config::default())
}

fn bench(criterion: &mut Criterion) {
    let caller = Caller {
        id: CallerId::sanitised("bench"),
        kind: CallerKind::Service,
        team: Some("logistics".to_owned()),
        key: KeyId::sanitised("gnm_bench"),
    };
    let target = Target {
        service: ServiceId::sanitised("openai"),
        status: ServiceStatus::Sanctioned,
        upstream: UpstreamName::sanitised("openai"),
        model: None,
    };
    let body = chat(1024);
    let mut group = criterion.benchmark_group("validate");
    // 0: the shipped set as it is.
    group.throughput(Throughput::Bytes(body.len() as u64));
    for policies in [0, 100] {
        #[expect(clippy::expect_used, reason = "a benchmark without its policies measures nothing")]
        let snapshot = snapshot(policies).expect("the policies of the benchmark load");
        // Each request a caller of its own: slice and judgement are made anew.
        let cold = std::cell::Cell::new(0_u64);
        for (name, callers) in [("known facts", 1), ("new facts", u64::MAX)] {
            group.bench_with_input(
                BenchmarkId::new(name, format!("{} policies", snapshot.policies().len())),
                &snapshot,
                |bencher, snapshot| {
                    bencher.iter(|| {
                        cold.set(cold.get().wrapping_add(1));
                        let id = CallerId::sanitised(&format!("bench-{}", cold.get() % callers));
                        let caller = Caller { id, ..caller.clone() };
                        let request = Request {
                            caller: &caller,
                            route: "chat",
                            target: &target,
                            method: "POST",
                            path: "/v1/chat/completions",
                            dialect: DialectName::OpenaiChat,
                            content_type: Some("application/json"),
                            body: &body,
                            approved: false,
                            micros: &|| 0,
                        };
                        black_box(validate(&request, snapshot))
                    });
                },
            );
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
