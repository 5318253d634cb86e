//! The face of the crate, as the other parts use it.

use gnomon_discovery::{Catalogue, Hints, import_file, import_reader, report};
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use std::path::Path;

#[test]
fn shipped_catalogue_has_no_mistakes() {
    let catalogue = Catalogue::shipped().unwrap_or_else(|error| panic!("{}", error.0.join("\n")));
    assert!(catalogue.entries().len() >= 300, "{}", catalogue.entries().len());
}

#[test]
fn finds_known_unknown_and_mcp_in_a_squid_log() {
    let log = "\
1795426200.123    812 10.1.2.3 TCP_TUNNEL/200 5321 CONNECT chatgpt.com:443 a.keller HIER_DIRECT/1.2.3.4 -
1795426201.123    812 10.1.2.3 TCP_TUNNEL/200 100 CONNECT chatgpt.com.evil.example:443 a.keller HIER_DIRECT/1.2.3.4 -
1795426202.123    812 10.1.2.4 TCP_MISS/200 900 POST http://10.9.3.4:11434/api/chat - HIER_DIRECT/10.9.3.4 application/x-ndjson
1795426203.123    812 10.1.2.4 TCP_MISS/200 900 POST http://10.9.3.9:8811/mcp b.roth HIER_DIRECT/10.9.3.9 text/event-stream
1795426204.123    812 10.1.2.4 TCP_MISS/200 900 GET http://10.9.3.5:8000/v1/models - HIER_DIRECT/10.9.3.5 application/json
";
    let catalogue = Catalogue::shipped().unwrap();
    let imported = import_reader(log.as_bytes(), "squid.log", &Hints::default(), &catalogue, &mut |_, _| {}).unwrap();
    assert_eq!((imported.source.format.as_str(), imported.source.parsed, imported.source.rejected), ("squid", 5, 0));
    let found: Vec<(&str, ServiceKind)> = imported.uses.iter().map(|one| (one.service.as_str(), one.kind)).collect();
    assert_eq!(
        found,
        [
            ("chatgpt", ServiceKind::Known),
            ("host:10.9.3.4:11434", ServiceKind::Unknown),
            ("host:10.9.3.9:8811", ServiceKind::Mcp)
        ]
    );
    let report = report(
        &imported.uses,
        &|_| ServiceStatus::UnderReview,
        std::slice::from_ref(&imported.source),
        &imported.blind_spots,
    );
    assert_eq!(report.services[0].users, ["a.keller"]);
    assert_eq!(report.services[0].bytes_down, 5321);
}

#[test]
fn progress_tells_bytes_and_lines_of_the_whole_file() {
    let catalogue = Catalogue::shipped().unwrap();
    let log = "x\n".repeat(20_000);
    let mut heard = Vec::new();
    import_reader(log.as_bytes(), "x", &Hints::default(), &catalogue, &mut |bytes, lines| heard.push((bytes, lines)))
        .unwrap();
    assert!(heard.len() >= 3 && heard.is_sorted(), "{heard:?}");
    assert_eq!(heard.last(), Some(&(40_000, 20_000)));
}

#[test]
fn files_that_cannot_be_read_are_errors_and_a_missing_year_is_not() {
    let catalogue = Catalogue::shipped().unwrap();
    let missing =
        import_file(Path::new("/nonexistent/squid.log"), "squid.log", &Hints::default(), &catalogue, &mut |_, _| {})
            .unwrap_err();
    assert!(missing.to_string().contains("/nonexistent/squid.log"), "{missing}");
    let yearless = "Nov 23 09:30:01 dnsmasq[812]: query[A] chatgpt.com from 10.1.2.3\n";
    let imported =
        import_reader(yearless.as_bytes(), "dns.log", &Hints::default(), &catalogue, &mut |_, _| {}).unwrap();
    assert_eq!((imported.source.rejected, imported.uses.len()), (1, 0));
    assert!(imported.rejects[0].why.contains("no year"), "{:?}", imported.rejects);
}

#[test]
fn a_device_named_in_one_file_is_no_blind_spot_of_another() {
    let catalogue = Catalogue::shipped().unwrap();
    let squid = "1795426200.123 812 10.1.2.3 TCP_TUNNEL/200 1 CONNECT chatgpt.com:443 a.keller HIER_DIRECT/1.2.3.4 -\n";
    let bind = "23-Nov-2026 09:30:00.123 client 10.1.2.3#1 (claude.ai): query: claude.ai IN A +\n\
                23-Nov-2026 09:30:00.123 client 10.1.2.4#1 (claude.ai): query: claude.ai IN A +\n";
    let read = |log: &str, name: &str| {
        import_reader(log.as_bytes(), name, &Hints::default(), &catalogue, &mut |_, _| {}).unwrap()
    };
    let (proxy, dns) = (read(squid, "squid.log"), read(bind, "bind.log"));
    let uses = [proxy.uses, dns.uses].concat();
    let spots = [proxy.blind_spots, dns.blind_spots].concat();
    let report = report(&uses, &|_| ServiceStatus::UnderReview, &[proxy.source, dns.source], &spots);
    let nameless: Vec<_> =
        report.blind_spots.iter().filter(|spot| spot.reason.contains("no source names a user")).collect();
    assert_eq!(nameless.len(), 1);
    assert_eq!(nameless[0].device.as_deref(), Some("10.1.2.4"));
    let json = serde_json::to_value(&report).unwrap();
    let keys: Vec<&str> = json["services"][0].as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "id",
        "name",
        "hosts",
        "kind",
        "status",
        "users",
        "first_seen",
        "last_seen",
        "requests",
        "bytes_up",
        "bytes_down",
        "confidence",
        "evidence",
    ];
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
}
