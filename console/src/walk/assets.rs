//! Models, callers and keys, on pages and in the API.

use super::*;

#[tokio::test]
async fn models_callers_and_keys_are_listed_shown_and_decided_about() {
    let bench = Bench::start().await;
    let mut events = bench.events.subscribe();
    let person = bench.sign_in(Role::Governance).await;
    let cases = [
        ("models", "openai%2F%3Cb%3Egpt%3C%2Fb%3E", "&lt;b&gt;gpt&lt;/b&gt;", "Who asked for it"),
        ("callers", "billing-bot", "billing-bot", "What it asked for"),
        ("keys", "gnm_abcdefgh", "gnm_abcdefgh", "known from the evidence log only"),
    ];
    for (kind, id, name, holds) in cases {
        let list = bench.get(&format!("/inventory/{kind}"), Some(&person)).await.body;
        assert!(list.contains(name) && list.contains("2 refused"), "{list}");
        let none = bench.get(&format!("/inventory/{kind}?text=nothing-of-the-kind"), Some(&person)).await.body;
        assert!(none.contains("Nothing matches this filter"), "{none}");
        let here = format!("/inventory/{kind}/{id}");
        let page = bench.get(&here, Some(&person)).await.body;
        assert!(page.contains(name) && page.contains(holds) && page.contains("Nobody answers for it yet"), "{page}");
        let form = "status=unsanctioned&owner=Clinic+IT&expires=2027-01-31&note=too+costly&version=";
        let answer = bench.post(&format!("{here}/decide"), &person, form).await;
        assert_eq!(answer.headers["location"], format!("{here}?done=saved"));
        let page = bench.get(&format!("{here}?done=saved"), Some(&person)).await.body;
        for word in ["Unsanctioned", "Clinic IT answers for it", "too costly", "2027-02-01 00:00"] {
            assert!(page.contains(word), "{word}: {page}");
        }
        let history = bench.get(&format!("{here}?tab=history"), Some(&person)).await.body;
        assert!(history.contains("Under review to Unsanctioned"), "{history}");
        let evidence = bench.get(&format!("{here}?tab=evidence"), Some(&person)).await.body;
        assert!(evidence.contains("gnomon evidence tail --from 1"), "{evidence}");
        assert_eq!(events.try_recv().unwrap().name(), "configuration");
        let stale = bench.post(&format!("{here}/decide"), &person, "status=sanctioned&version=0000").await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    }
    let missing = bench.get("/inventory/models/openai%2Fnone", Some(&person)).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let executive = bench.sign_in(Role::Executive).await;
    assert!(!bench.get("/services", Some(&executive)).await.body.contains("/inventory/keys"));
}

#[tokio::test]
async fn the_api_lists_and_changes_models_callers_and_keys_under_their_etags() {
    let bench = Bench::start().await;
    let person = bench.sign_in(Role::Security).await;
    let cases = [
        ("models", "openai%2F%3Cb%3Egpt%3C%2Fb%3E", "openai/<b>gpt</b>"),
        ("callers", "billing-bot", "billing-bot"),
        ("keys", "gnm_abcdefgh", "gnm_abcdefgh"),
    ];
    for (kind, path, id) in cases {
        let here = format!("/api/v1/{kind}/{path}");
        let read = bench.get(&here, Some(&person)).await;
        let detail: serde_json::Value = serde_json::from_str(&read.body).unwrap();
        assert_eq!((&detail["row"]["id"], &detail["row"]["refused"]), (&id.into(), &2.into()), "{detail:#}");
        assert_eq!(detail["usage_by_day"][0]["refused"], 2, "{detail:#}");
        assert_eq!(detail["evidence"].as_array().map(Vec::len), Some(2), "{detail:#}");
        let tag = read.headers["etag"].to_str().unwrap().to_owned();
        let patch = |tag: &str, body: &str| {
            let request = ask("PATCH", &here, None).header("authorization", format!("Bearer {}", person.token));
            let request = request.header("if-match", tag).header("content-type", "application/json");
            request.body(Body::from(body.to_owned())).unwrap()
        };
        let changed = bench.send(patch(&tag, r#"{"status":"unsanctioned","owner":"security"}"#)).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
        assert_eq!(changed.headers["x-gnomon-in-force"], "true");
        let again = bench.send(patch(&tag, r#"{"status":"sanctioned"}"#)).await;
        assert_eq!(again.status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(bench.send(patch("*", r#"{"owner":null}"#)).await.status, StatusCode::OK);
    }
    for list in ["models", "callers"] {
        let path = format!("/api/v1/{list}?status=unsanctioned");
        let found: serde_json::Value = serde_json::from_str(&bench.get(&path, Some(&person)).await.body).unwrap();
        assert_eq!(
            (found["total_estimate"].as_u64(), &found["items"][0]["owner"]),
            (Some(1), &serde_json::Value::Null)
        );
        let request = ask("GET", &path, Some(&person)).header("accept", "text/csv");
        assert_eq!(bench.send(request.body(Body::empty()).unwrap()).await.body.lines().count(), 2);
        let odd = bench.get(&format!("/api/v1/{list}?status=blue"), Some(&person)).await;
        assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    }
}
