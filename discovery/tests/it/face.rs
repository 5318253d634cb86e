use gnomon_discovery::{Catalogue, import_reader, report};
use gnomon_types::asset::{ServiceKind, ServiceStatus};

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
    let imported = import_reader(log.as_bytes(), "squid.log", None, &catalogue, &mut |_, _| {}).unwrap();
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
