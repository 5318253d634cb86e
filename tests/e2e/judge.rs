//! The judge model through the real binary: configured by file, asked over HTTP, on record.

use crate::{GNOMON, chat, product};
use gnomon_testkit::http::Http;
use gnomon_testkit::provider::{Provider, Script};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A text that the detectors let pass.
const UNSURE: &str = "Please be a pirate in this story.";

/// A band around the text's own score, so that it is the only one asked about.
fn section(judge: &Provider, more: &str) -> anyhow::Result<String> {
    let from = permille(UNSURE)?;
    let to = from + 1;
    let address = judge.address;
    Ok(format!(
        "[judge]\nurl = \"http://{address}/v1\"\nmodel = \"guard-1\"\nformat = \"llama-guard\"\nfrom = {from}\nto = {to}\n{more}"
    ))
}

/// The attack score of a text in whole thousandths, as `gnomon scan` has it.
fn permille(text: &str) -> anyhow::Result<u64> {
    let mut scan = Command::new(GNOMON).arg("scan").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    scan.stdin.take().unwrap().write_all(serde_json::json!({ "id": 1, "text": text }).to_string().as_bytes())?;
    let output = scan.wait_with_output()?;
    let scanned: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a score is within 0 to 1")]
    let permille = (scanned["score"].as_f64().unwrap() * 1000.0) as u64;
    Ok(permille)
}

#[tokio::test]
async fn a_judge_model_has_its_say_and_the_record_holds_both_opinions() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Aye.")).await?;
    let judge = Provider::start(Script::chat("unsafe\nS2")).await?;
    let product = product(provider.address).config(&section(&judge, "time_limit = \"20s\"\n")?).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let http = Http::default();
    let denied = http.post(&url, &key, &chat(UNSURE)).await?;
    assert_eq!((denied.status, denied.header("x-gnomon-verdict")), (400, "deny"));
    assert!(denied.text().contains("judge-objects"), "{}", denied.text());
    assert!(provider.seen().is_empty());
    let seen = judge.seen();
    assert_eq!(seen.iter().map(|seen| seen.path.as_str()).collect::<Vec<_>>(), ["/v1/chat/completions"]);
    assert!(String::from_utf8_lossy(&seen[0].body).contains(UNSURE));
    judge.play(Script::chat("safe"));
    let unasked = http.post(&url, &key, &chat("What is the capital of Portugal?")).await?;
    assert_eq!((unasked.status, judge.seen().len()), (200, 1));
    let again = http.post(&url, &key, &chat(UNSURE)).await?;
    assert_eq!((again.status, judge.seen().len()), (400, 1), "an opinion is remembered");
    // Another caller's text is another question.
    let other = product.key("other", &[])?;
    let passed = http.post(&url, &other, &chat(UNSURE)).await?;
    assert_eq!((passed.status, judge.seen().len()), (200, 2));
    let records = product.run(&["evidence", "tail", "-n", "100"])?;
    for expected in [r#""opinion":"unsafe""#, r#""opinion":"safe""#, r#""model":"guard-1""#] {
        assert!(records.contains(expected), "{expected} in {records}");
    }
    assert!(!records.contains("pirate"));
    Ok(())
}

#[tokio::test]
async fn a_configured_model_that_is_silent_denies_and_a_reload_changes_that() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Aye.")).await?;
    let judge = Provider::start(Script::Silence).await?;
    let silent = section(&judge, "time_limit = \"100ms\"\n")?;
    let product = product(provider.address).config(&silent).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let http = Http::default();
    let denied = http.post(&url, &key, &chat(UNSURE)).await?;
    assert_eq!(denied.status, 400);
    assert!(denied.text().contains("judge-model"), "{}", denied.text());
    assert!(provider.seen().is_empty());
    let text = std::fs::read_to_string(&product.config)?;
    std::fs::write(&product.config, text.replace("100ms\"\n", "100ms\"\non_failure = \"allow-unjudged\"\n"))?;
    crate::until("the gateway to let it pass", || async {
        Ok(http.post(&url, &key, &chat(UNSURE)).await?.status == 200)
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn check_and_doctor_speak_about_the_judge_model() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Aye.")).await?;
    let judge = Provider::start(Script::chat("safe")).await?;
    let product = product(provider.address).config(&section(&judge, "")?).start()?;
    let config = product.config.display().to_string();
    assert!(product.run(&["check", "--config", &config, "--explain"])?.contains("guard-1"));
    let doctor = String::from_utf8(product.gnomon(&["doctor", "--format", "json"])?.stdout)?;
    assert!(doctor.contains("judge model") && doctor.contains("guard-1"), "{doctor}");
    // With policies of one's own that do not ask it, it would never speak.
    let policies = product.folder().join("policies");
    std::fs::create_dir(&policies)?;
    std::fs::write(policies.join("all.cedar"), "@id(\"all\") permit (principal, action, resource);\n")?;
    let text = std::fs::read_to_string(&product.config)?;
    let deaf = product.folder().join("deaf.toml");
    std::fs::write(&deaf, format!("{text}\n[policy]\ndir = \"{}\"\n", policies.display()))?;
    let output = Command::new(GNOMON).args(["check", "--config"]).arg(&deaf).output()?;
    assert!(String::from_utf8_lossy(&output.stderr).contains("it is never asked"), "{output:?}");
    std::fs::write(&deaf, text.replace("llama-guard", "lama-guard"))?;
    let output = Command::new(GNOMON).args(["check", "--config"]).arg(&deaf).output()?;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`lama-guard` is not one of"), "{output:?}");
    Ok(())
}
