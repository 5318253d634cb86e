//! The shared test vectors: one valid log, which six foreign verifiers accepted, and ten tampered copies.

use gnomon_evidence::{VerifyOptions, verify};
use std::path::{Path, PathBuf};

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

#[test]
fn names_code_and_place_of_every_vector() {
    let cases: [(&str, &[&str]); 11] = [
        ("valid", &[]),
        ("flip-one-byte", &["RECORD_MISMATCH seq=42"]),
        ("drop-one-record", &["RECORD_MISSING seq=42", "COUNT_MISMATCH have=299 signed=300"]),
        ("reorder", &["ORDER_VIOLATION seq=10,11"]),
        ("truncate-tail", &["TRUNCATED have=290 signed=300"]),
        ("checkpoint-size-edited", &["CHECKPOINT_SIGNATURE_INVALID size=299"]),
        ("duplicate-record", &["RECORD_DUPLICATE seq=299", "COUNT_MISMATCH have=301 signed=300"]),
        ("witness-signature-bad", &["WITNESS_SIGNATURE_INVALID witness=witness.example.com/w1"]),
        ("witness-missing", &["WITNESS_POLICY_NOT_MET witness=witness.example.com/w1"]),
        ("tile-flipped", &["TILE_MISMATCH level=0 index=0 leaf=77"]),
        (
            "checkpoint-swapped-tenant",
            &["ORIGIN_MISMATCH have=gw.example.com/evidence/tenant-b wanted=gw.example.com/evidence/tenant-a"],
        ),
    ];
    for (name, expected) in cases {
        let report = verify(&vector(name), &VerifyOptions::default()).unwrap();
        let found: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(report.ok, expected.is_empty(), "{name}");
    }
}

#[test]
fn the_expected_file_of_the_vectors_agrees_with_the_verifier() {
    let expected: serde_json::Value = serde_json::from_slice(&std::fs::read(vector("expected.json")).unwrap()).unwrap();
    for (name, expected) in expected["expected"].as_object().unwrap() {
        let report = verify(&vector(name), &VerifyOptions::default()).unwrap();
        let found: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
        for wanted in expected.as_str().unwrap().split(" / ").filter(|wanted| *wanted != "OK") {
            assert!(found.iter().any(|found| found.starts_with(wanted)), "{name}: {wanted} not in {found:?}");
        }
    }
}

#[test]
fn the_json_report_has_the_fields_that_others_read() {
    let report = verify(&vector("flip-one-byte"), &VerifyOptions::default()).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["ok"], false);
    assert_eq!(json["failures"], serde_json::json!([{"code": "RECORD_MISMATCH", "seq": 42, "detail": "seq=42"}]));
    assert_eq!(json["size"], 300);
}
