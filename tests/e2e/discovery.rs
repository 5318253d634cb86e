//! Logs in, AI services out, through the command line.

use crate::GNOMON;
use gnomon_testkit::tools;
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

const SQUID: &str = "\
1795000000.123    456 10.1.0.7 TCP_TUNNEL/200 18234 CONNECT chatgpt.com:443 l.meyer HIER_DIRECT/104.18.32.47 -
1795000060.001    120 10.1.0.8 TCP_TUNNEL/200 5120 CONNECT api.anthropic.com:443 r.novak HIER_DIRECT/160.79.104.10 -
1795000061.001     20 10.1.0.8 TCP_MISS/200 900 GET http://www.example.com/ r.novak HIER_DIRECT/93.184.216.34 text/html
1795000070.500    900 10.1.0.9 TCP_MISS/200 70211 POST http://10.9.3.4:11434/api/chat - HIER_DIRECT/10.9.3.4 application/x-ndjson
this is not a log line
";

fn gnomon(state: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let mut command = Command::new(GNOMON);
    command.args(arguments).arg("--state").arg(state);
    Ok(tools::succeed(&mut command)?.stdout)
}

fn report(state: &Path) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&gnomon(state, &["discover", "report", "--format", "json"])?)?)
}

#[test]
fn every_service_points_to_the_line_that_shows_it() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("access.log");
    std::fs::write(&log, SQUID)?;
    let state = folder.path().join("state");
    gnomon(&state, &["discover", "import", log.to_str().unwrap()])?;
    let report = report(&state)?;
    let services = report["services"].as_array().unwrap();
    assert_eq!(services.len(), 3, "{report:#}");
    for service in services {
        assert_eq!(service["status"], "under_review");
        let evidence = &service["evidence"][0];
        let (offset, line) = (evidence["offset"].as_u64().unwrap(), evidence["line"].as_u64().unwrap());
        let at_offset = SQUID.get(usize::try_from(offset)?..).unwrap();
        assert_eq!(at_offset.lines().next(), SQUID.lines().nth(usize::try_from(line - 1)?));
        let host = service["hosts"][0].as_str().unwrap();
        assert!(at_offset.lines().next().unwrap().contains(host), "{host} is not in the line");
    }
    let own = services.iter().find(|service| service["hosts"][0] == "10.9.3.4:11434").unwrap();
    assert_eq!((own["kind"].as_str(), own["users"][0].as_str()), (Some("unknown"), Some("10.1.0.9")));
    let source = &report["sources"][0];
    assert_eq!(
        (source["lines"].as_u64(), source["parsed"].as_u64(), source["rejected"].as_u64()),
        (Some(5), Some(4), Some(1))
    );
    Ok(())
}

#[test]
fn the_report_is_the_same_byte_for_byte_in_whatever_order_files_come() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let lines: Vec<&str> = SQUID.lines().collect();
    let (a, b) = (folder.path().join("a.log"), folder.path().join("b.log"));
    std::fs::write(&a, lines[..2].join("\n"))?;
    std::fs::write(&b, lines[2..].join("\n"))?;
    let (a, b) = (a.to_str().unwrap(), b.to_str().unwrap());
    let mut reports = Vec::new();
    for (name, order) in [("x", [a, b]), ("y", [b, a])] {
        let state = folder.path().join(name);
        for file in order {
            gnomon(&state, &["discover", "import", file])?;
        }
        gnomon(&state, &["discover", "import", order[0]])?;
        reports.push(gnomon(&state, &["discover", "report", "--format", "json"])?);
    }
    assert_eq!(reports[0], reports[1]);
    Ok(())
}

fn packed(text: &str) -> anyhow::Result<[(&'static str, Vec<u8>); 3]> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes())?;
    Ok([
        ("access.log.1", text.as_bytes().to_vec()),
        ("access.log.2.gz", gzip.finish()?),
        ("access.log.3.zst", zstd::encode_all(text.as_bytes(), 3)?),
    ])
}

#[test]
fn a_log_counts_once_however_it_is_rotated_compressed_and_grown() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let state = folder.path().join("state");
    let import = |name: &str, bytes: &[u8]| -> anyhow::Result<Value> {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        let path = path.to_str().unwrap();
        let rows = gnomon(&state, &["discover", "import", "--format", "json", path, path])?;
        let rows: Value = serde_json::from_slice(&rows)?;
        assert_eq!(rows[1]["already_known"], true, "the same file twice in one command");
        Ok(rows[0].clone())
    };
    let lines: Vec<&str> = SQUID.split_inclusive('\n').collect();
    // The writer was in the middle of a line.
    let beginning = lines[..2].concat() + lines[2].get(..30).unwrap();
    assert_eq!(import("access.log", beginning.as_bytes())?["already_known"], false);
    let grown = import("access.log", SQUID.as_bytes())?;
    assert_eq!((grown["already_known"].as_bool(), grown["replaced"].as_u64()), (Some(false), Some(1)));
    let expected = report(&state)?;
    for (name, bytes) in packed(SQUID)? {
        assert_eq!(import(name, &bytes)?["already_known"], true, "{name}");
    }
    assert_eq!(report(&state)?, expected);
    let requests: u64 =
        expected["services"].as_array().unwrap().iter().filter_map(|row| row["requests"].as_u64()).sum();
    assert_eq!(requests, 3);
    let other = folder.path().join("other");
    for (name, bytes) in packed(SQUID)?.into_iter().rev() {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        gnomon(&other, &["discover", "import", path.to_str().unwrap()])?;
    }
    assert_eq!(report(&other)?["services"].as_array().unwrap().len(), 3);
    Ok(())
}

#[test]
fn the_year_of_lines_without_one_can_be_said() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (log, state) = (folder.path().join("dns.log"), folder.path().join("state"));
    std::fs::write(&log, "Nov 23 09:30:01 dnsmasq[812]: query[A] chatgpt.com from 10.1.2.3\n")?;
    gnomon(&state, &["discover", "import", "--year", "2024", log.to_str().unwrap()])?;
    let report = report(&state)?;
    assert!(report["services"][0]["first_seen"].as_str().unwrap().starts_with("2024-11-23"), "{report:#}");
    assert!(!report["blind_spots"].to_string().contains("year"));
    Ok(())
}
