//! Integration tests of the dialects, over the golden files in `tests/corpus` and over made-up bodies.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails may panic"
)]

mod calls;
mod denials;
mod fuzz;
mod golden;
mod hiding;
mod mcp;
mod parsers;
mod refusals;
mod rewriting;
mod streams;
mod tricky;
mod types;

use gnomon_types::conversation::DialectName;
use std::path::PathBuf;

const DIALECTS: [DialectName; 7] = [
    DialectName::OpenaiChat,
    DialectName::OpenaiResponses,
    DialectName::OpenaiEmbeddings,
    DialectName::AnthropicMessages,
    DialectName::Mcp,
    DialectName::Models,
    DialectName::Opaque,
];

/// One golden input.
struct Case {
    dialect: DialectName,
    path: PathBuf,
    bytes: Vec<u8>,
}

/// The files of `tests/corpus` whose names end so. The folder is the dialect.
fn corpus(end: &str) -> std::io::Result<Vec<Case>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut cases = Vec::new();
    for dialect in DIALECTS {
        let Ok(folder) = std::fs::read_dir(root.join(dialect.as_str())) else { continue };
        for entry in folder {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(end) {
                cases.push(Case { dialect, bytes: std::fs::read(&path)?, path });
            }
        }
    }
    cases.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(cases)
}
