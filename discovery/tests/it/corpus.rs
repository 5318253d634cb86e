//! Every file of `tests/corpus`, rendered, against the `.expected` file beside it.
//! `UPDATE_EXPECTED=1 cargo nextest run -p gnomon-discovery corpus` writes them anew; review the difference.

use gnomon_discovery::{Catalogue, Hints, Imported, import_reader};
use gnomon_types::time::Timestamp;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The corpus was written on 1 December 2026.
const WRITTEN_MILLIS: i64 = 1_796_083_200_000;

#[test]
fn every_corpus_file_reads_as_expected() {
    let catalogue = Catalogue::shipped().unwrap();
    let mut wrong = Vec::new();
    for path in logs() {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        let got = render(&read(&bytes, &name, &catalogue));
        let expected_path = path.with_extension("expected");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&expected_path, &got).unwrap();
        }
        if std::fs::read_to_string(&expected_path).unwrap_or_default() != got {
            wrong.push(format!("--- {name}\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn compressed_files_give_the_same_uses() {
    let catalogue = Catalogue::shipped().unwrap();
    let (first, second) = (corpus("squid-native.log"), corpus("bind.log"));
    let plain = read(&[first.clone(), b"\n".to_vec(), second.clone()].concat(), "x", &catalogue);
    let two_members = [gzip(&first), gzip(b"\n"), gzip(&second)].concat();
    let two_frames = [zstd(&first), zstd(b"\n"), zstd(&second)].concat();
    for packed in [two_members, two_frames] {
        let unpacked = read(&packed, "x", &catalogue);
        assert_eq!(unpacked.uses, plain.uses);
        assert_eq!(unpacked.source, plain.source);
        assert_ne!(unpacked.digest, plain.digest);
    }
}

#[test]
fn a_damaged_compressed_file_gives_what_was_before_the_damage() {
    let catalogue = Catalogue::shipped().unwrap();
    let text = corpus("squid-native.log").repeat(200);
    for packed in [gzip(&text), zstd(&text)] {
        let cut = &packed[..packed.len() - packed.len() / 4];
        let imported = read(cut, "cut.log", &catalogue);
        assert!(imported.rejects.iter().any(|reject| reject.why.contains("damaged")) || imported.rejects.len() == 20);
        assert!(
            imported.blind_spots.iter().any(|spot| spot.reason.contains("damaged or cut")),
            "{:?}",
            imported.blind_spots
        );
    }
}

#[test]
fn offsets_point_at_the_line() {
    let catalogue = Catalogue::shipped().unwrap();
    let bytes = corpus("mixed.log");
    let imported = read(&bytes, "mixed.log", &catalogue);
    let pointers: Vec<_> =
        imported.uses.iter().flat_map(|one| one.evidence.iter().map(move |pointer| (one, pointer))).collect();
    assert!(!pointers.is_empty());
    for (one, pointer) in pointers {
        let rest = &bytes[usize::try_from(pointer.offset).unwrap()..];
        let line = String::from_utf8_lossy(rest.split(|byte| *byte == b'\n').next().unwrap()).to_lowercase();
        assert!(line.contains(&one.host), "{line} does not name {}", one.host);
        let lines_before =
            bytes[..usize::try_from(pointer.offset).unwrap()].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(pointer.line, lines_before as u64 + 1);
    }
}

fn logs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    paths.sort();
    paths
}

fn corpus(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)).unwrap()
}

fn read(bytes: &[u8], name: &str, catalogue: &Catalogue) -> Imported {
    let hints = Hints { written: Some(Timestamp::from_millis(WRITTEN_MILLIS)), ..Hints::default() };
    import_reader(bytes, name, &hints, catalogue, &mut |_, _| {}).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn render(imported: &Imported) -> String {
    let source = &imported.source;
    let mut text =
        format!("{} lines {} parsed {} rejected {}\n", source.format, source.lines, source.parsed, source.rejected);
    for one in &imported.uses {
        let who = (one.user.as_deref().unwrap_or("-"), one.device.as_deref().unwrap_or("-"));
        let lines: Vec<String> =
            one.evidence.iter().map(|pointer| format!("{}:{}", pointer.source, pointer.line)).collect();
        writeln!(
            text,
            "use {} ({}, {:?}, {}) at {} by {} from {}: {} requests, {} up, {} down, {} to {}{}{} [{}]",
            one.service,
            one.service_name,
            one.kind,
            one.confidence,
            one.host,
            who.0,
            who.1,
            one.requests,
            one.bytes_up,
            one.bytes_down,
            one.first_seen,
            one.last_seen,
            one.models.iter().map(|model| format!(", model {model}")).collect::<String>(),
            one.clients.iter().map(|client| format!(", client {client}")).collect::<String>(),
            lines.join(" ")
        )
        .unwrap();
    }
    for endpoint in &imported.endpoints {
        writeln!(text, "endpoint {} {}: {}", endpoint.id, endpoint.confidence, endpoint.reasons).unwrap();
    }
    for reject in &imported.rejects {
        writeln!(text, "reject line {} offset {}: {}", reject.line, reject.offset, reject.why).unwrap();
    }
    for spot in &imported.blind_spots {
        let who = spot
            .user
            .as_deref()
            .map_or_else(|| format!("device {}", spot.device.as_deref().unwrap_or("?")), |user| format!("user {user}"));
        writeln!(text, "blind {who}: {}", spot.reason).unwrap();
    }
    text
}
