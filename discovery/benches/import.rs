//! Lines per second of the whole way: lines, parsing, recognition, sums and digest. One core. `cargo bench -p gnomon-discovery`.
//!
//! The corpus is made here: one line in ten shows an AI service, as in a busy office.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gnomon_discovery::{Catalogue, Hints, import_reader};
use gnomon_types::time::Timestamp;
use std::hint::black_box;

const LINES: u64 = 100_000;
const HOSTS: [&str; 10] = [
    "outlook.office365.com",
    "www.bahn.de",
    "fonts.gstatic.com",
    "chatgpt.com",
    "teams.microsoft.com",
    "cdn.jsdelivr.net",
    "o33249.ingest.sentry.io",
    "www.heise.de",
    "my.salesforce.com",
    "www.ietf.org",
];

/// Makes the line of a number with a host.
type MakeLine = fn(u64, &str) -> String;

fn corpus(line: MakeLine) -> String {
    (0..LINES).zip(HOSTS.iter().cycle()).map(|(number, host)| line(number, host)).collect()
}

fn squid(number: u64, host: &str) -> String {
    let (seconds, client, user) = (1_795_426_200 + number, number % 250, number % 300);
    format!(
        "{seconds}.123    812 10.1.2.{client} TCP_TUNNEL/200 5321 CONNECT {host}:443 user{user} HIER_DIRECT/198.51.100.7 -\n"
    )
}

fn squid_decrypted(number: u64, host: &str) -> String {
    let (seconds, client, user) = (1_795_426_200 + number, number % 250, number % 300);
    format!(
        "{seconds}.123    812 10.1.2.{client} TCP_MISS/200 5321 GET https://{host}/a/b/{number}?q=1 user{user} HIER_DIRECT/198.51.100.7 text/html\n"
    )
}

fn bind(number: u64, host: &str) -> String {
    let (second, client) = (number % 60, number % 250);
    format!(
        "23-Nov-2026 09:30:{second:02}.123 queries: info: client @0x7f8 10.1.2.{client}#53211 ({host}): query: {host} IN A +E(0)K (10.0.0.53)\n"
    )
}

fn dnsmasq(number: u64, host: &str) -> String {
    format!("Nov 23 09:30:{:02} dnsmasq[812]: query[A] {host} from 10.1.2.{}\n", number % 60, number % 250)
}

fn zeek_json(number: u64, host: &str) -> String {
    let (seconds, client) = (1_795_426_200 + number, number % 250);
    format!(
        "{{\"ts\":{seconds}.123456,\"uid\":\"C{number}\",\"id.orig_h\":\"10.1.2.{client}\",\"id.orig_p\":51234,\"id.resp_h\":\"198.51.100.7\",\"id.resp_p\":443,\"version\":\"TLSv13\",\"server_name\":\"{host}\",\"established\":true}}\n"
    )
}

fn import(criterion: &mut Criterion) {
    let Ok(catalogue) = Catalogue::shipped() else { return };
    let hints = Hints { written: Some(Timestamp::from_millis(1_795_500_000_000)), ..Hints::default() };
    let mut group = criterion.benchmark_group("import");
    group.throughput(Throughput::Elements(LINES)).sample_size(10);
    let formats: [(&str, MakeLine); 5] = [
        ("squid", squid),
        ("squid-decrypted", squid_decrypted),
        ("bind", bind),
        ("dnsmasq", dnsmasq),
        ("zeek-json", zeek_json),
    ];
    for (name, line) in formats {
        let log = corpus(line);
        group.bench_function(name, |bencher| {
            bencher.iter(|| import_reader(black_box(log.as_bytes()), "bench.log", &hints, &catalogue, &mut |_, _| {}));
        });
    }
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
