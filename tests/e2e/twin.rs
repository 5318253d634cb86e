//! The twin feed through the real binary: an HTTP sink that is away for a while, an ML-BOM that a strict validator takes.

use crate::{chat, product, until};
use gnomon_testkit::http::Http;
use gnomon_testkit::provider::{Provider, Script};
use gnomon_testkit::tools;
use std::collections::BTreeSet;

/// The CloudEvents that a sink took, by id.
fn event_ids(sink: &Provider) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for seen in sink.seen() {
        let document: serde_json::Value = serde_json::from_slice(&seen.body).unwrap_or_default();
        let events = document.as_array().cloned().unwrap_or_else(|| vec![document]);
        for event in events {
            assert_eq!(event["specversion"], "1.0", "{event:#}");
            ids.insert(event["id"].as_str().unwrap_or_default().to_owned());
        }
    }
    ids
}

#[tokio::test]
async fn a_sink_that_is_away_for_a_while_loses_nothing() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let sink = Provider::start(Script::Json(503, "{}".to_owned())).await?;
    let more = format!("[[sink]]\nname = \"twin\"\nurl = \"http://{}/events\"\n", sink.address);
    let product = product(provider.address).config(&more).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    Http::default().post(&url, &key, &chat("Hi")).await?;
    product.run(&["inventory", "set", "test-service", "--status", "sanctioned"])?;
    until("the sink to refuse something", || async { Ok(!sink.seen().is_empty()) }).await?;
    sink.play(Script::Json(200, "{}".to_owned()));
    let served = &product;
    until("everything to be delivered", || async {
        let sinks = served.json(&["twin", "status", "--format", "json"])?;
        Ok(sinks[0]["waiting"] == 0 && sinks[0]["sequence"].as_u64() > Some(0))
    })
    .await?;
    let exported = product.run(&["twin", "export", "--format", "cloudevents"])?;
    let delivered = event_ids(&sink);
    for line in exported.lines() {
        let event: serde_json::Value = serde_json::from_str(line)?;
        assert!(delivered.contains(event["id"].as_str().unwrap()), "not delivered: {event:#}");
    }
    assert!(exported.contains("test-service"), "{exported}");
    Ok(())
}

#[tokio::test]
async fn the_ml_bom_is_valid_for_the_strict_validator() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let product = product(provider.address).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    Http::default().post(&url, &key, &chat("Hi")).await?;
    let file = product.folder().join("bom.json");
    let served = &product;
    until("the service in the ML-BOM", || async {
        let bom = served.run(&["twin", "export", "--format", "cyclonedx"])?;
        std::fs::write(&file, &bom)?;
        Ok(bom.contains("test-service") && bom.contains("m-1"))
    })
    .await?;
    let validate = "import sys\n\
        from cyclonedx.schema import SchemaVersion\n\
        from cyclonedx.validation.json import JsonStrictValidator\n\
        errors = JsonStrictValidator(SchemaVersion.V1_7).validate_str(open(sys.argv[1]).read())\n\
        sys.exit(str(errors) if errors else 0)\n";
    tools::succeed(tools::python()?.args(["-c", validate]).arg(&file))?;
    Ok(())
}
