//! The evidence of the real binary, checked by programs that others wrote.

use crate::{GNOMON, chat, product};
use anyhow::Context as _;
use gnomon_testkit::http::Http;
use gnomon_testkit::provider::{Provider, Script};
use gnomon_testkit::tools;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A log of some requests, left by a product that was stopped, and a pack of it.
async fn log_and_pack(requests: usize) -> anyhow::Result<(tempfile::TempDir, PathBuf, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let state = folder.path().join("state");
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let mut product = product(provider.address).state(state.clone()).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    for number in 0..requests {
        Http::default().post(&url, &key, &chat(&format!("Question {number}"))).await?;
    }
    product.stop()?;
    let pack = folder.path().join("pack");
    product.run(&["evidence", "export", "--out", pack.to_str().unwrap()])?;
    Ok((folder, state.join("evidence"), pack))
}

fn verify(path: &Path) -> anyhow::Result<(i32, serde_json::Value)> {
    let output = Command::new(GNOMON).args(["evidence", "verify"]).arg(path).args(["--format", "json"]).output()?;
    Ok((output.status.code().unwrap_or(-1), serde_json::from_slice(&output.stdout).unwrap_or_default()))
}

#[tokio::test]
async fn foreign_verifiers_accept_the_log_and_refuse_a_changed_record() -> anyhow::Result<()> {
    let (_folder, log, pack) = log_and_pack(150).await?;
    for path in [&log, &pack] {
        let (code, report) = verify(path)?;
        assert_eq!((code, report["ok"].as_bool()), (0, Some(true)), "{report}");
    }
    let script = tools::root().join("tests/foreign/verify_pack.py");
    tools::succeed(tools::python()?.arg(&script).arg(&pack))?;
    let mut node = tools::node("clients", "verify_pack.mjs")?;
    tools::succeed(node.arg(&pack))?;

    let records = pack.join("records.ndjson");
    let text = std::fs::read_to_string(&records)?;
    std::fs::write(&records, text.replacen("\"verdict\":\"allow\"", "\"verdict\":\"alloW\"", 1))?;
    let (code, report) = verify(&pack)?;
    assert_eq!(code, 1, "{report}");
    let codes: Vec<&str> = report["failures"].as_array().unwrap().iter().filter_map(|f| f["code"].as_str()).collect();
    assert!(codes.contains(&"RECORD_MISMATCH"), "{report}");
    assert!(!tools::python()?.arg(&script).arg(&pack).output()?.status.success(), "the foreign verifier accepted it");
    Ok(())
}

#[tokio::test]
async fn a_pack_without_one_of_its_files_is_refused() -> anyhow::Result<()> {
    let (folder, _, pack) = log_and_pack(3).await?;
    let files = files_below(&pack)?;
    assert!(files.len() > 8, "{files:?}");
    let aside = folder.path().join("aside");
    // A pack that was made without the log's key has no envelope; whether that is acceptable is the reader's choice.
    for file in files.iter().filter(|file| !file.ends_with("manifest.dsse.json")) {
        std::fs::rename(file, &aside)?;
        let (code, report) = verify(&pack)?;
        assert_ne!(code, 0, "without `{}` the pack passes: {report}", file.display());
        std::fs::rename(&aside, file)?;
    }
    std::fs::remove_file(pack.join("manifest.json"))?;
    let rows = std::fs::read_to_string(pack.join("rows.json"))?;
    std::fs::write(pack.join("rows.json"), rows.replacen("ai-act", "ai-pact", 1))?;
    let (code, report) = verify(&pack)?;
    assert_eq!(code, 1, "a changed pack without its list passes as a log: {report}");
    Ok(())
}

/// Every file of a folder and of those in it.
fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files_below(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

#[tokio::test]
async fn the_packs_oscal_document_is_valid_for_trestle() -> anyhow::Result<()> {
    let (folder, _, pack) = log_and_pack(5).await?;
    let workspace = folder.path().join("trestle");
    std::fs::create_dir(&workspace)?;
    tools::succeed(tools::python_program("trestle")?.args(["init", "--local"]).current_dir(&workspace))?;
    let place = workspace.join("assessment-results/gnomon");
    std::fs::create_dir_all(&place)?;
    std::fs::copy(pack.join("oscal/assessment-results.json"), place.join("assessment-results.json"))?;
    let mut trestle = tools::python_program("trestle")?;
    trestle.args(["validate", "-f", "assessment-results/gnomon/assessment-results.json"]).current_dir(&workspace);
    tools::succeed(&mut trestle)?;
    Ok(())
}

#[test]
fn unreadable_input_is_told_apart_from_a_failed_check() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    assert_eq!(verify(&folder.path().join("nowhere"))?.0, 2);
    assert_eq!(verify(folder.path())?.0, 2, "an empty folder is no log");
    Ok(())
}

#[tokio::test]
async fn a_model_server_checks_a_receipt_with_a_foreign_library() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let mut product = product(provider.address).state(folder.path().join("state")).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions?trace=1", product.gateway);
    Http::default().post(&url, &key, &chat("A question")).await?;
    let seen = provider.seen().pop().context("the request arrived")?;
    let receipt = seen.headers.get("x-gnomon-receipt").context("it has a receipt")?.to_str()?.to_owned();
    let body = folder.path().join("body");
    std::fs::write(&body, &seen.body)?;
    let keys = product.run(&["evidence", "receipt-key"])?;
    product.stop()?;
    let script = tools::root().join("tests/foreign/verify_receipt.py");
    let mut python = tools::python()?;
    python.arg(script).args([keys.trim(), &receipt, seen.method.as_str(), &seen.path]).arg(&body);
    tools::succeed(&mut python)?;
    Ok(())
}
