//! Walks the table of routes and the journeys of people, against the whole console.

mod assets;
mod tools;

use crate::bench::{Bench, Person, ask};
use crate::routes::{Access, Effect, Route, Surface, table};
use axum::body::Body;
use gnomon_inventory::{ApprovalState, Role};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::{ApprovalId, ServiceId};
use http::StatusCode;

fn address(route: &Route) -> String {
    let id = match route.path {
        path if path.contains("services") => "openai",
        path if path.contains("models") => "openai%2F%3Cb%3Egpt%3C%2Fb%3E",
        path if path.contains("callers") => "billing-bot",
        path if path.contains("inventory/keys") => "gnm_abcdefgh",
        path if path.contains("approvals") => "apr_1",
        path if path.contains("policies") => "secrets-never-leave",
        path if path.contains("keys") => "gnm_none",
        _ => "dec_1",
    };
    route.path.replace("{id}", id).replace("{name}", "governance")
}

/// Asks as the route's own page would.
async fn walk(bench: &Bench, route: &Route, person: Option<&Person>) -> crate::bench::Answer {
    let mut request = ask(route.method, &address(route), person);
    if let Some(person) = person {
        request = request.header("x-csrf-token", &person.csrf);
    }
    bench.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn nobody_gets_in_without_signing_in() {
    let bench = Bench::start().await;
    for route in table().iter().filter(|route| route.rule.access != Access::Open) {
        let answer = walk(&bench, route, None).await;
        match route.rule.surface {
            Surface::Page => {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", route.path);
                assert!(answer.headers["location"].to_str().unwrap().starts_with("/sign-in"), "{}", route.path);
            }
            Surface::Api => {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", route.path);
                assert_eq!(answer.headers["content-type"], "application/problem+json", "{}", route.path);
            }
        }
    }
}

#[tokio::test]
async fn every_route_is_closed_to_the_roles_it_does_not_name_and_open_to_the_others() {
    let bench = Bench::start().await;
    for role in Role::ALL {
        for route in table() {
            let Access::Roles(roles) = route.rule.access else { continue };
            let person = bench.sign_in(role).await;
            let answer = walk(&bench, &route, Some(&person)).await;
            let refused = answer.status == StatusCode::FORBIDDEN;
            // An upload carries its token in its first field, and this request has none.
            let allowed = roles.contains(&role) && route.path != "/shadow/upload";
            assert_eq!(
                refused,
                !allowed && answer.status != StatusCode::BAD_REQUEST,
                "{role} {} {}: {}",
                route.method,
                route.path,
                answer.status
            );
            assert!(!answer.status.is_server_error(), "{role} {} {}: {}", route.method, route.path, answer.body);
        }
    }
}

#[tokio::test]
async fn an_auditor_changes_nothing_on_pages_or_in_the_api() {
    let bench = Bench::start().await;
    let auditor = bench.sign_in(Role::Auditor).await;
    for route in table().iter().filter(|route| route.rule.effect == Effect::Changes) {
        assert_eq!(walk(&bench, route, Some(&auditor)).await.status, StatusCode::FORBIDDEN, "{}", route.path);
    }
    let row = bench.inventory.approval(&ApprovalId::new("apr_1").unwrap()).await.unwrap().unwrap();
    assert_eq!(row.state, ApprovalState::Waiting);
}

#[tokio::test]
async fn a_change_needs_the_token_of_its_session_and_this_origin() {
    let bench = Bench::start().await;
    let person = bench.sign_in(Role::Admin).await;
    let other = bench.sign_in(Role::Admin).await;
    for route in table().iter().filter(|route| route.rule.effect == Effect::Changes) {
        let without = ask(route.method, &address(route), Some(&person)).body(Body::empty()).unwrap();
        let foreign = ask(route.method, &address(route), Some(&person)).header("x-csrf-token", &other.csrf);
        let elsewhere = ask(route.method, &address(route), Some(&person))
            .header("x-csrf-token", &person.csrf)
            .header("sec-fetch-site", "cross-site");
        for request in [without, foreign.body(Body::empty()).unwrap(), elsewhere.body(Body::empty()).unwrap()] {
            let status = bench.send(request).await.status;
            let closed = status == StatusCode::FORBIDDEN
                || (route.path == "/shadow/upload" && status == StatusCode::BAD_REQUEST);
            assert!(closed, "{} {}: {status}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn pages_hold_no_inline_script_or_style_and_escape_what_they_show() {
    let bench = Bench::start().await;
    let admin = bench.sign_in(Role::Admin).await;
    let mut pages: Vec<String> = table()
        .iter()
        .filter(|route| route.method == "GET" && route.rule.surface == Surface::Page)
        .map(address)
        .collect();
    pages.extend(["usage", "evidence", "decisions", "history"].map(|tab| format!("/services/openai?tab={tab}")));
    for asset in ["models/openai%2F%3Cb%3Egpt%3C%2Fb%3E", "callers/billing-bot", "keys/gnm_abcdefgh"] {
        pages.extend(["evidence", "decisions", "history"].map(|tab| format!("/inventory/{asset}?tab={tab}")));
    }
    pages.extend(["/nowhere".to_owned(), "/search?q=openai".to_owned(), "/approvals/apr_1".to_owned()]);
    for page in pages {
        let answer = bench.get(&page, Some(&admin)).await;
        assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"), "{page}");
        assert!(!answer.body.contains("<b>gpt</b>"), "{page} shows a name as markup");
        for odd in [" style=", "<style", "<script>", " onclick=", " onload=", "javascript:"] {
            assert!(!answer.body.contains(odd), "{page} holds `{odd}`");
        }
    }
}

#[tokio::test]
async fn a_one_time_link_opens_once_and_signing_in_and_out_is_recorded() {
    let bench = Bench::start().await;
    let token = bench.inventory.create_sign_in("governance", 60_000).await.unwrap();
    let link = format!("/sign-in/once?token={}", token.expose());
    // Whoever only looks, as programs do that show what is behind a link, uses nothing up.
    for method in ["HEAD", "GET"] {
        let looked = bench.send(ask(method, &link, None).body(Body::empty()).unwrap()).await;
        assert_eq!(looked.status, StatusCode::OK);
        assert!(!looked.headers.contains_key("set-cookie"), "{method} signs in");
        assert_eq!(looked.body.contains("Continue as governance"), method == "GET", "{}", looked.body);
    }
    let enter = || {
        let request = ask("POST", "/sign-in/once", None).header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from(format!("token={}", token.expose()))).unwrap()
    };
    let first = bench.send(enter()).await;
    assert_eq!((first.status, first.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/"));
    let cookie = first.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    for again in [bench.get(&link, None).await, bench.send(enter()).await] {
        assert_eq!(again.headers["location"], "/sign-in?done=link");
    }
    let session = cookie.split([';', '=']).nth(1).unwrap().to_owned();
    let person = Person { csrf: crate::auth::csrf::token(&session), token: session };
    assert_eq!(bench.get("/overview", Some(&person)).await.status, StatusCode::OK);
    bench.post("/sign-out", &person, "").await;
    assert_eq!(bench.get("/overview", Some(&person)).await.status, StatusCode::SEE_OTHER);
    let acts: Vec<String> = bench
        .inventory
        .pending_changes(100)
        .await
        .unwrap()
        .iter()
        .map(|change| serde_json::to_string(&change.body).unwrap())
        .collect();
    for act in ["user.sign_in", "user.sign_out"] {
        assert_eq!(acts.iter().filter(|text| text.contains(act)).count(), 1, "{act} is recorded once");
    }
}

#[tokio::test]
async fn an_admin_shuts_opens_and_throws_out_accounts() {
    let bench = Bench::start().await;
    let admin = bench.sign_in(Role::Admin).await;
    for (act, form) in [("sign-out", ""), ("password", "password=a+long+new+password"), ("disable", "")] {
        let person = bench.sign_in(Role::Auditor).await;
        assert_eq!(bench.get("/overview", Some(&person)).await.status, StatusCode::OK);
        let done = bench.post(&format!("/users/auditor/{act}"), &admin, form).await;
        assert_eq!(done.headers["location"], format!("/users?done={act}"));
        assert_eq!(bench.get("/overview", Some(&person)).await.status, StatusCode::SEE_OTHER, "{act}");
    }
    assert!(bench.get("/users", Some(&admin)).await.body.contains("Open again"));
    bench.post("/users/auditor/enable", &admin, "").await;
    assert_eq!(bench.get("/overview", Some(&bench.sign_in(Role::Auditor).await)).await.status, StatusCode::OK);
    let last = bench.post("/users/admin/disable", &admin, "").await;
    assert_eq!(last.status, StatusCode::CONFLICT, "the last admin shut the own account");
}

#[tokio::test]
async fn unknown_addresses_of_the_api_answer_programs() {
    let bench = Bench::start().await;
    let person = bench.sign_in(Role::Auditor).await;
    for path in ["/api", "/api/v1/nothing", "/api/v9/services"] {
        for (who, status) in [(None, StatusCode::UNAUTHORIZED), (Some(&person), StatusCode::NOT_FOUND)] {
            let answer = bench.get(path, who).await;
            assert_eq!(
                (answer.status, answer.headers["content-type"].to_str().unwrap()),
                (status, "application/problem+json")
            );
        }
    }
    assert_eq!(bench.get("/nothing", None).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let bench = Bench::start().await;
    let guess = || {
        let request = ask("POST", "/sign-in", None).header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from("name=governance&password=wrong")).unwrap()
    };
    for _ in 0..5 {
        assert_eq!(bench.send(guess()).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(bench.send(guess()).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_decision_about_a_service_is_in_force_recorded_and_told() {
    let bench = Bench::start().await;
    let mut events = bench.events.subscribe();
    let person = bench.sign_in(Role::Governance).await;
    let form = "status=sanctioned_with_conditions&owner=Clinic+IT&expires=2027-01-31&note=redacted&version=";
    let answer = bench.post("/services/openai/decide", &person, form).await;
    assert_eq!(answer.headers["location"], "/services/openai?done=in-force");
    let page = bench.get("/services/openai?done=in-force", Some(&person)).await.body;
    assert!(
        page.contains("Sanctioned with conditions")
            && page.contains("Clinic IT")
            && page.contains("In force at the gateway since"),
        "{page}"
    );
    assert!(
        bench
            .get("/services/openai?tab=history", Some(&person))
            .await
            .body
            .contains("Under review to Sanctioned with conditions")
    );
    assert_eq!(events.try_recv().unwrap().name(), "service");
    let stale = bench.post("/services/openai/decide", &person, "status=unsanctioned&version=0000").await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let statuses = bench.inventory.statuses().await.unwrap();
    assert_eq!(statuses[&ServiceId::new("openai").unwrap()], ServiceStatus::SanctionedWithConditions);
}

#[tokio::test]
async fn the_api_changes_a_service_under_its_etag() {
    let bench = Bench::start().await;
    let person = bench.sign_in(Role::Security).await;
    let read = bench.get("/api/v1/services/openai", Some(&person)).await;
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let patch = |tag: &str, body: &str| {
        let request =
            ask("PATCH", "/api/v1/services/openai", None).header("authorization", format!("Bearer {}", person.token));
        request
            .header("if-match", tag)
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    let changed = bench.send(patch(&tag, r#"{"status":"unsanctioned","owner":"security"}"#)).await;
    assert_eq!(
        (changed.status, changed.headers["x-gnomon-in-force"].to_str().unwrap()),
        (StatusCode::OK, "true"),
        "{}",
        changed.body
    );
    assert_eq!(bench.send(patch(&tag, r#"{"status":"sanctioned"}"#)).await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(bench.send(patch("*", r#"{"colour":"blue"}"#)).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        bench.get("/api/v1/services/nowhere", Some(&person)).await.headers["content-type"],
        "application/problem+json"
    );
}

#[tokio::test]
async fn a_held_request_is_decided_once_and_open_pages_hear_of_it() {
    let bench = Bench::start().await;
    let mut events = bench.events.subscribe();
    let person = bench.sign_in(Role::Security).await;
    assert!(bench.get("/approvals", Some(&person)).await.body.contains("billing-bot"));
    let answer = bench.post("/approvals/apr_1/approve", &person, "note=checked").await;
    assert_eq!(answer.headers["location"], "/approvals?done=approved&id=apr_1");
    assert_eq!(serde_json::to_string(&events.try_recv().unwrap()).unwrap(), r#"{"id":"apr_1","state":"approved"}"#);
    let again = bench.post("/approvals/apr_1/reject", &person, "").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("already approved"), "{}", again.body);
}

#[tokio::test]
async fn an_upload_needs_its_token_first_keeps_its_limit_and_leaves_no_file() {
    let bench = Bench::start().await;
    let person = bench.sign_in(Role::Network).await;
    let upload = |fields: &str| {
        let request =
            ask("POST", "/shadow/upload", Some(&person)).header("content-type", "multipart/form-data; boundary=XX");
        request.body(Body::from(format!("{fields}--XX--\r\n"))).unwrap()
    };
    let token = format!("--XX\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n", person.csrf);
    let file = |text: &str| {
        format!(
            "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"/var/log/proxy.log\"\r\n\r\n{text}\r\n"
        )
    };
    assert_eq!(bench.send(upload(&file("a\nb"))).await.status, StatusCode::FORBIDDEN);
    let flood = format!("--XX\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n", "x".repeat(300_000));
    assert_eq!(bench.send(upload(&flood)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        bench.send(upload(&format!("{token}{}", file(&"x".repeat(2_000))))).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let done = bench.send(upload(&format!("{token}{}", file("a\nb\nc")))).await;
    assert!(
        done.headers["location"]
            .to_str()
            .unwrap()
            .starts_with("/shadow?done=imported&file=proxy.log&format=squid&lines=3"),
        "{:?}",
        done.headers
    );
    assert_eq!(std::fs::read_dir(bench.dir.path().join("uploads")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_pack_is_sent_once_and_not_kept() {
    let bench = Bench::start().await;
    let person = bench.sign_in(Role::Auditor).await;
    let pack = bench.post("/compliance/pack", &person, "frameworks=ai-act,nis2&from=2026-11-01&until=2026-11-30").await;
    assert_eq!((pack.status, pack.body.as_str()), (StatusCode::OK, "PK made for a test"));
    assert_eq!(pack.headers["content-disposition"], "attachment; filename=\"ai-act-nis2.zip\"");
    assert!(!bench.dir.path().join("pack.zip").exists());
    let odd = bench.post("/compliance/pack", &person, "frameworks=moon-law").await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_key_is_shown_once() {
    let bench = Bench::start().await;
    let person = bench.sign_in(Role::Network).await;
    let made = bench.post("/keys", &person, "caller=crm&kind=service").await.body;
    let (_, rest) = made.split_once("data-copy=\"").unwrap();
    let key = rest.split('"').next().unwrap().to_owned();
    assert!(key.len() > 30 && made.contains("only time"), "{key}");
    assert!(!bench.get("/keys", Some(&person)).await.body.contains(&key));
}

#[tokio::test]
async fn lists_come_as_json_and_csv() {
    let bench = Bench::start().await;
    let person = bench.sign_in(Role::Executive).await;
    let json: serde_json::Value =
        serde_json::from_str(&bench.get("/api/v1/decisions?limit=1", Some(&person)).await.body).unwrap();
    assert_eq!((json["items"].as_array().unwrap().len(), json["total_estimate"].as_u64()), (1, Some(2)));
    let next = json["next_cursor"].as_str().unwrap();
    let second = bench.get(&format!("/api/v1/decisions?limit=1&after={next}"), Some(&person)).await.body;
    assert!(!second.contains(json["items"][0]["id"].as_str().unwrap()), "{second}");
    let request = ask("GET", "/api/v1/services", Some(&person)).header("accept", "text/csv");
    let csv = bench.send(request.body(Body::empty()).unwrap()).await;
    assert!(csv.body.lines().count() == 2 && csv.body.contains("openai"), "{}", csv.body);
    for (path, holds) in [("/healthz", "ok"), ("/readyz", "ready"), ("/metrics", "gnomon_up 1")] {
        assert!(bench.get(path, None).await.body.contains(holds), "{path}");
    }
}
