//! Denials, redactions, holds: what the two passes do to real requests.

use crate::{chat, product, secret, until};
use gnomon_testkit::http::{Http, post};
use gnomon_testkit::provider::{Provider, Script};
use http_body_util::BodyExt as _;

#[tokio::test]
async fn a_secret_never_reaches_the_upstream_however_it_is_dressed() -> anyhow::Result<()> {
    use base64::Engine as _;
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let product = product(provider.address).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let plain = secret();
    let encoded = base64::engine::general_purpose::STANDARD.encode(&plain);
    let escaped: String = plain.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let spaced: String = plain.chars().flat_map(|c| [c, '\u{200b}']).collect();
    let bodies = [
        chat(&plain).to_string(),
        chat(&format!("decode {encoded} please")).to_string(),
        format!(r#"{{"model":"m-1","messages":[{{"role":"user","content":"{escaped}"}}]}}"#),
        chat(&spaced).to_string(),
        format!(r#"{{"model":"m-1","hidden":"{plain}","messages":[{{"role":"user","content":"Hi"}}]}}"#),
    ];
    for body in bodies {
        let request = http::Request::post(&url)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .body(http_body_util::Full::from(body.clone()))?;
        let answer = Http::default().send(request).await?;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.header("x-gnomon-verdict"), "deny");
    }
    for (place, query, header) in
        [("query", format!("?note={plain}"), "hello"), ("header", String::new(), plain.as_str())]
    {
        let request = http::Request::post(format!("{url}{query}"))
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .header("x-note", header)
            .body(http_body_util::Full::from(chat("Hi").to_string()))?;
        let answer = Http::default().send(request).await?;
        assert_eq!((place, answer.status), (place, 400), "{}", answer.text());
    }
    assert!(provider.seen().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_body_that_two_parsers_could_read_differently_is_refused() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let product = product(provider.address).start()?;
    let key = product.key("app", &[])?;
    let twice =
        r#"{"model":"m-1","messages":[{"role":"user","content":"a"}],"messages":[{"role":"user","content":"b"}]}"#;
    for body in
        [twice, r#"{"model":"m-1","messages":[]} {}"#, "{\"model\":\"m-1\",\"messages\":\"\u{1}\"}", "[1e999]", "{"]
    {
        let request = http::Request::post(format!("{}/v1/chat/completions", product.gateway))
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .body(http_body_util::Full::from(body))?;
        let answer = Http::default().send(request).await?;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
    }
    assert!(provider.seen().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_change_of_status_is_obeyed_at_once_by_a_running_gateway() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Hello.")).await?;
    let product = product(provider.address).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let http = Http::default();
    assert_eq!(http.post(&url, &key, &chat("Hi")).await?.status, 200);
    product.run(&["inventory", "set", "test-service", "--status", "unsanctioned", "--note", "test"])?;
    until("the gateway to deny", || async { Ok(http.post(&url, &key, &chat("Hi")).await?.status == 400) }).await?;
    product.run(&["inventory", "set", "test-service", "--status", "sanctioned"])?;
    until("the gateway to allow", || async { Ok(http.post(&url, &key, &chat("Hi")).await?.status == 200) }).await
}

#[tokio::test]
async fn a_held_stream_waits_on_its_connection_until_a_person_approves() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat_stream(&["It ", "is ", "done."])).await?;
    let product = product(provider.address).start()?;
    let key = product.key("bot", &["--kind", "agent"])?;
    product.change(&["inventory", "set", "test-service", "--status", "sanctioned_with_conditions"])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let mut body = chat("Tell jan.peters@example.com that it is done");
    body["stream"] = true.into();
    let http = Http::default();
    let response = http.start(post(&url, &key, &body)?).await?;
    assert_eq!(response.headers()["x-gnomon-verdict"], "hold");
    let id = response.headers()["x-gnomon-approval"].to_str()?.to_owned();
    until("the approval to be listed", || async {
        let rows = product.json(&["approvals", "list", "--format", "json"])?;
        Ok(rows
            .as_array()
            .is_some_and(|rows| rows.iter().any(|row| row["id"] == id.as_str() && row["state"] == "waiting")))
    })
    .await?;
    assert!(provider.seen().is_empty(), "forwarded before it was approved");
    product.run(&["approvals", "approve", &id, "--note", "fine"])?;
    let text = String::from_utf8(response.into_body().collect().await?.to_bytes().to_vec())?;
    assert!(text.contains(": waiting") && text.contains("done.") && text.contains("[DONE]"), "{text}");
    let again = product.gnomon(&["approvals", "approve", &id])?;
    assert_eq!(again.status.code(), Some(1), "an approval is decided once");
    Ok(())
}

#[tokio::test]
async fn a_rejected_request_gets_a_typed_error_and_an_approval_is_good_once() -> anyhow::Result<()> {
    let provider = Provider::start(Script::chat("Done.")).await?;
    let product = product(provider.address).hold_wait("1s").start()?;
    let key = product.key("bot", &["--kind", "agent"])?;
    product.change(&["inventory", "set", "test-service", "--status", "sanctioned_with_conditions"])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let body = chat("Tell jan.peters@example.com that it is done");
    let http = Http::default();
    let held = http.post(&url, &key, &body).await?;
    assert_eq!(held.status, 400, "{}", held.text());
    let id = held.header("x-gnomon-approval").to_owned();
    assert!(held.text().contains(&id), "{}", held.text());
    product.run(&["approvals", "approve", &id])?;
    until("the approval to be usable", || async { Ok(http.post(&url, &key, &body).await?.status == 200) }).await?;
    assert_eq!(provider.seen().len(), 1);
    let second = http.post(&url, &key, &body).await?;
    assert_eq!(second.status, 400, "the approval was good twice");
    let other = second.header("x-gnomon-approval").to_owned();
    product.run(&["approvals", "reject", &other, "--note", "not today"])?;
    until("the rejection to be told", || async {
        let answer = http.post(&url, &key, &body).await?;
        Ok(answer.status == 400 && answer.text().contains("not today"))
    })
    .await
}

#[tokio::test]
async fn no_split_of_a_secret_in_a_streamed_answer_gets_through() -> anyhow::Result<()> {
    let provider = Provider::start(Script::Silence).await?;
    let product = product(provider.address).start()?;
    let key = product.key("app", &[])?;
    let url = format!("{}/v1/chat/completions", product.gateway);
    let text = format!("The key is {} and that is all.", secret());
    let mut body = chat("What is the key?");
    body["stream"] = true.into();
    let http = Http::default();
    for split in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
        let (head, tail) = text.split_at(split);
        provider.play(Script::chat_stream(&[head, tail]));
        let answer = http.post(&url, &key, &body).await?;
        assert_eq!(answer.status, 200);
        let shown: String = answer
            .text()
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line.strip_prefix("data: ")?).ok())
            .filter_map(|event| Some(event["choices"][0]["delta"]["content"].as_str()?.to_owned()))
            .collect();
        assert!(!shown.contains("x7Kd93"), "split at {split}: {shown}");
        assert!(shown.starts_with("The key is ") && shown.ends_with(" and that is all."), "split at {split}: {shown}");
    }
    Ok(())
}
