//! Requests go through unchanged, with what the gateway adds and nothing that it must keep.

use crate::{chat, product};
use gnomon_testkit::http::{Http, post};
use gnomon_testkit::provider::{Provider, Script};

#[tokio::test]
async fn forwards_the_exact_bytes_and_keeps_the_access_key_to_itself() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let product = product(provider.address).start()?;
    let key = product.key("app", &[])?;
    let body = r#"{ "model":"m-1",  "x_unknown": {"a":[1,2.50,-0]},"messages":[{"role":"user","content":"Gr\u00fc\u00dfe"}] }"#;
    for header in ["authorization", "x-api-key", "api-key", "x-goog-api-key"] {
        let value = if header == "authorization" { format!("Bearer {key}") } else { key.clone() };
        let request = http::Request::post(format!("{}/v1/chat/completions?beta=true", product.gateway))
            .header(header, value)
            .header("content-type", "application/json")
            .header("x-app-trace", "abc")
            .body(http_body_util::Full::from(body))?;
        let answer = Http::default().send(request).await?;
        assert_eq!(answer.status, 200, "{header}: {}", answer.text());
        assert_eq!(answer.header("x-gnomon-verdict"), "allow");
    }
    for seen in provider.seen() {
        assert_eq!(seen.body, body);
        assert_eq!(seen.path, "/v1/chat/completions?beta=true");
        assert_eq!(seen.headers["x-app-trace"], "abc");
        assert!(seen.headers.contains_key("x-gnomon-receipt"));
        let carries_key = seen.headers.values().any(|value| value.to_str().unwrap_or_default().contains(&key));
        assert!(!carries_key, "the access key reached the upstream");
    }
    assert_eq!(provider.seen().len(), 4);
    Ok(())
}

#[tokio::test]
async fn refuses_unknown_keys_before_anything_is_forwarded() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let product = product(provider.address).start()?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let answer = Http::default().post(&url, "gnm_nobody_knows", &chat("Hi")).await?;
    assert_eq!(answer.status, 400);
    assert!(answer.json()["error"]["message"].is_string());
    assert!(provider.seen().is_empty());
    Ok(())
}

#[tokio::test]
async fn takes_bodies_up_to_the_limit_and_refuses_larger_ones() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let product = product(provider.address).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let words = "plain words of a long report ".repeat(4 * 1024 * 1024 / 29);
    assert_eq!(Http::default().post(&url, &key, &chat(&words)).await?.status, 200);
    let image = serde_json::json!({"model": "m-1", "messages": [{"role": "user", "content": "a".repeat(33 << 20)}]});
    assert_eq!(Http::default().post(&url, &key, &image).await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn an_upstream_that_is_away_or_silent_gives_the_dialects_own_error() -> anyhow::Result<()> {
    let provider = Provider::start(Script::Silence).await?;
    let gone = gnomon_testkit::product::free_port()?;
    let more = format!(
        "[[upstream]]\nname = \"gone\"\nurl = \"http://{gone}\"\n[[route]]\nname = \"gone\"\npath = \"/gone\"\nupstream = \"gone\"\n"
    );
    let product = product(provider.address).config(&more).start()?;
    let key = product.key("app", &[])?;
    let away =
        Http::default().post(&format!("{}/gone/v1/chat/completions", product.gateway), &key, &chat("Hi")).await?;
    assert_eq!(away.status, 400);
    assert!(away.json()["error"]["message"].is_string(), "{}", away.text());
    let silent = Http::default()
        .post(
            &format!("{}/v1/messages", product.gateway),
            &key,
            &serde_json::json!({
                "model": "m-1", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]
            }),
        )
        .await?;
    assert_eq!(silent.status, 400);
    assert_eq!(silent.json()["type"], "error", "{}", silent.text());
    Ok(())
}

#[tokio::test]
async fn a_reload_fails_no_request_and_a_bad_file_changes_nothing() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let product = product(provider.address).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let http = Http::default();
    let good = std::fs::read_to_string(&product.config)?;
    for round in 0..20 {
        let text = if round % 2 == 0 { format!("{good}\n# round {round}\n") } else { format!("{good}\nnonsense = [") };
        std::fs::write(&product.config, text)?;
        std::process::Command::new("kill").args(["-HUP", &product.pid().unwrap().to_string()]).status()?;
        for _ in 0..5 {
            let answer = http.send(post(&url, &key, &chat("Hi"))?).await?;
            assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
        }
    }
    std::fs::write(&product.config, "nonsense = [")?;
    crate::until("the bad file to be told", || async {
        Ok(product.stderr().contains("the configuration in force stays as it was"))
    })
    .await?;
    std::fs::write(&product.config, good)?;
    Ok(())
}
