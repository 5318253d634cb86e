//! Denials as the callers' programs receive them. Their shapes were checked with the official SDKs: openai 3.54 and
//! anthropic 2.12 raise their typed error, show the message and send the request once.

use gnomon_dialects::{Denial, EventReader, denial, stream_denial, stream_start};
use gnomon_types::code::Code;
use gnomon_types::conversation::DialectName::{self, AnthropicMessages, Models, OpenaiChat, OpenaiResponses};
use serde_json::{Value, json};

const DENIED: Denial<'_> = Denial {
    code: Code::Denied,
    message: "the request holds an access key",
    place: None,
    decision: "dec_1",
    approval: None,
    messages: None,
};
const HELD: Denial<'_> = Denial {
    code: Code::Held,
    message: "a person must decide.",
    place: None,
    decision: "dec_2",
    approval: Some("apr_2"),
    messages: None,
};
const LATE: Denial<'_> = Denial {
    code: Code::UpstreamTimeout,
    message: "the upstream is silent",
    place: None,
    decision: "dec_3",
    approval: None,
    messages: None,
};

#[test]
fn a_denial_speaks_the_dialect_of_its_caller() {
    let body = |dialect, denied: &Denial<'_>| -> Value {
        serde_json::from_slice(&denial(dialect, denied).body).expect("a denial is JSON")
    };
    assert_eq!(
        body(OpenaiChat, &DENIED),
        json!({ "error": {
            "message": "the request holds an access key (decision dec_1)", "type": "invalid_request_error",
            "param": null, "code": "gnomon_denied", "decision": "dec_1",
        } })
    );
    assert_eq!(
        body(AnthropicMessages, &HELD),
        json!({ "type": "error", "request_id": "dec_2", "error": {
            "type": "invalid_request_error", "code": "gnomon_held", "decision": "dec_2", "approval": "apr_2",
            "message": "a person must decide; approval apr_2: send the same request again once it is approved (decision dec_2)",
        } })
    );
    let both = body(Models, &DENIED);
    assert_eq!((&both["type"], &both["error"]["type"]), (&json!("error"), &json!("invalid_request_error")));
}

#[test]
fn a_denial_of_a_wrong_value_names_it_as_the_api_does() {
    for (place, param) in [
        ("/max_tokens", json!("max_tokens")),
        ("/messages/0/role", json!("messages[0].role")),
        ("/tools/12/function/name", json!("tools[12].function.name")),
        ("/messages/0/?/x", json!("messages[0].?.x")),
        ("", json!(null)),
    ] {
        let denied = Denial { code: Code::InvalidRequest, place: Some(place), ..DENIED };
        let body: Value = serde_json::from_slice(&denial(OpenaiChat, &denied).body).unwrap();
        assert_eq!(body["error"]["param"], param, "{place}");
    }
}

#[test]
fn the_status_is_that_of_the_code() {
    for dialect in crate::DIALECTS {
        for code in Code::ALL {
            let rendered = denial(dialect, &Denial { code, ..DENIED });
            assert_eq!((rendered.status, rendered.content_type), (code.status(), "application/json"));
        }
    }
}

/// The data of each event.
fn data(stream: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stream).into_owned();
    text.lines().filter_map(|line| line.strip_prefix("data: ")).map(str::to_owned).collect()
}

#[test]
fn a_denied_chat_ends_with_content_filter_under_its_own_id() {
    let mut reader = EventReader::new(OpenaiChat);
    reader
        .push(b"data: {\"id\":\"chatcmpl-7\",\"model\":\"m\",\"created\":5,\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"},{\"index\":1,\"delta\":{}},{\"index\":2,\"delta\":{}}]}\n\n")
        .unwrap();
    let lines = data(&reader.denial(&DENIED));
    let chunk: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&chunk["id"], &chunk["model"], &chunk["created"]), (&json!("chatcmpl-7"), &json!("m"), &json!(5)));
    let ends: Vec<(&Value, &Value)> =
        chunk["choices"].as_array().unwrap().iter().map(|c| (&c["index"], &c["finish_reason"])).collect();
    assert_eq!(ends, [(&json!(1), &json!("content_filter")), (&json!(2), &json!("content_filter"))]);
    assert_eq!(lines[1], "[DONE]");
}

#[test]
fn a_failure_never_looks_like_an_end() {
    let lines = data(&EventReader::new(OpenaiChat).denial(&LATE));
    let error: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(error["error"]["code"], "gnomon_upstream_timeout");
    let lines = data(&EventReader::new(AnthropicMessages).denial(&LATE));
    let error: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&error["type"], &error["error"]["type"]), (&json!("error"), &json!("timeout_error")));
}

#[test]
fn a_failed_response_keeps_id_and_numbering() {
    let mut reader = EventReader::new(OpenaiResponses);
    let created = b"event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":4,\"response\":{\"id\":\"resp_5\",\"created_at\":9,\"model\":\"m\"}}\n\n";
    reader.push(created).unwrap();
    let lines = data(&reader.denial(&DENIED));
    let failed: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&failed["type"], &failed["sequence_number"]), (&json!("response.failed"), &json!(5)));
    assert_eq!(
        (&failed["response"]["id"], &failed["response"]["error"]["code"]),
        (&json!("resp_5"), &json!("invalid_prompt"))
    );
}

#[test]
fn a_stream_that_has_not_begun_is_begun_first() {
    for dialect in crate::DIALECTS {
        let expected = [stream_start(dialect), stream_denial(dialect, &DENIED)].concat();
        assert_eq!(EventReader::new(dialect).denial(&DENIED), expected);
        let events = EventReader::new(dialect).push(&expected).expect("our own events can be read");
        assert!(events.last().is_some_and(|event| event.last), "{dialect:?} ends");
    }
    assert!(String::from_utf8_lossy(&stream_start(OpenaiResponses)).starts_with("event: response.created\n"));
}

#[test]
fn ids_that_the_message_holds_already_are_not_repeated() {
    let denied = Denial { message: "rejected: see dec_1", ..DENIED };
    let body: Value = serde_json::from_slice(&denial(DialectName::Opaque, &denied).body).unwrap();
    assert_eq!(body["error"]["message"], "rejected: see dec_1");
}
