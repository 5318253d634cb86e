//! Bodies that do not have the types of their dialect, or not one reading.

use gnomon_dialects::read;
use gnomon_types::conversation::DialectName::{
    self, AnthropicMessages, Opaque, OpenaiChat, OpenaiEmbeddings, OpenaiResponses,
};

#[test]
fn wrong_types_are_refused_with_their_place() {
    let table: [(DialectName, &str, &str, &str); 27] = [
        (OpenaiChat, "[]", "", "expected an object, found an array"),
        (OpenaiChat, "{}", "", "`messages` is missing"),
        (OpenaiChat, r#"{"messages":{}}"#, "/messages", "expected an array"),
        (OpenaiChat, r#"{"messages":["hi"]}"#, "/messages/0", "expected an object"),
        (OpenaiChat, r#"{"messages":[{"role":1}]}"#, "/messages/0/role", "expected a string"),
        (OpenaiChat, r#"{"messages":[{"content":{"a":1}}]}"#, "/messages/0/content", "an array of content parts"),
        (OpenaiChat, r#"{"messages":[{"content":["x"]}]}"#, "/messages/0/content/0", "expected an object"),
        (
            OpenaiChat,
            r#"{"messages":[{"content":[{"type":"text","text":5}]}]}"#,
            "/messages/0/content/0/text",
            "a string",
        ),
        (OpenaiChat, r#"{"messages":[],"model":7}"#, "/model", "expected a string, found a number"),
        (OpenaiChat, r#"{"messages":[],"model":null}"#, "/model", "expected a string, found null"),
        (OpenaiChat, r#"{"messages":[],"stream":"true"}"#, "/stream", "expected true or false"),
        (OpenaiChat, r#"{"messages":[],"stream":1}"#, "/stream", "expected true or false"),
        (OpenaiChat, r#"{"messages":[],"tools":{}}"#, "/tools", "expected an array"),
        (OpenaiChat, r#"{"messages":[],"tools":["x"]}"#, "/tools/0", "expected an object"),
        (OpenaiChat, r#"{"messages":[],"Model":"x"}"#, "", "differs from `model` only in case"),
        (OpenaiChat, r#"{"meſſages":[],"messages":[]}"#, "", "differs from `messages` only in case"),
        (OpenaiChat, r#"{"messages":[],"messages":[]}"#, "", "`messages` appears twice"),
        (OpenaiResponses, r#"{"input":5}"#, "/input", "a string or an array of items"),
        (OpenaiResponses, r#"{"input":["x"]}"#, "/input/0", "expected an object"),
        (OpenaiResponses, r#"{"instructions":{}}"#, "/instructions", "a string or an array of items"),
        (OpenaiEmbeddings, "{}", "", "`input` is missing"),
        (OpenaiEmbeddings, r#"{"input":5}"#, "/input", "found a number"),
        (OpenaiEmbeddings, r#"{"input":["a",true]}"#, "/input/1", "found true or false"),
        (AnthropicMessages, r#"{"system":5,"messages":[]}"#, "/system", "a string or an array of content blocks"),
        (
            AnthropicMessages,
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":[]}]}]}"#,
            "/messages/0/content/0/text",
            "a string",
        ),
        (AnthropicMessages, r#"{"messages":[{"role":"user","content":7}]}"#, "/messages/0/content", "found a number"),
        (Opaque, r#"{"a":1,"a":2}"#, "", "appears twice"),
    ];
    for (dialect, body, pointer, message) in table {
        let error = read(dialect, body.as_bytes(), Some("application/json")).expect_err(body);
        assert!(error.message.contains(message), "{body}: {error}");
        assert_eq!(error.pointer, pointer, "{body}");
    }
}

#[test]
fn an_error_tells_what_where_and_how_to_mend_it_without_text_of_the_request() {
    let body = br#"{"messages":[{"role":"user","content":"hi","my secret":{"x":1,"x":2}}]}"#;
    let error = read(OpenaiChat, body, None).unwrap_err();
    let expected = "the key `x` appears twice in one object: keep one of them (byte 62, at `/messages/0/?`)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn opaque_bodies_are_read_whatever_they_are() {
    let texts = |body: &[u8], content_type| {
        let read = read(Opaque, body, content_type).unwrap();
        let texts: Vec<String> = read.parts.iter().map(|part| part.text.0.clone()).collect();
        (texts, read.uninspected_parts)
    };
    assert_eq!(texts(b"", Some("application/json")), (vec![], 0));
    assert_eq!(texts(b"hello", Some("text/plain")), (vec!["hello".into()], 0));
    assert_eq!(texts(b"(note) {hello}", Some("text/plain")), (vec!["(note) {hello}".into()], 0));
    assert_eq!(texts(b"\"quoted\"", Some("text/plain")), (vec!["quoted".into()], 0));
    assert_eq!(texts(b"4111111111111111", None), (vec!["4111111111111111".into()], 0));
    assert_eq!(texts(b"{\"a\":1}\n{\"b\":2}\n", Some("application/x-ndjson")).0.len(), 1);
    let upload = b"--b\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\nhello there\r\n--b\r\n\r\n\xff\xfe\x00binary\xff\r\n--b--";
    let (runs, uninspected) = texts(upload, Some("multipart/form-data; boundary=b"));
    assert!(runs[0].contains("hello there") && uninspected == 1, "{runs:?}");
    assert!(read(Opaque, b"not json", Some("application/json; charset=utf-8")).is_err());
    assert!(read(Opaque, b"{} {}", Some("application/vnd.api+json")).is_err());
}

#[test]
fn what_begins_like_json_has_one_reading_whatever_its_type_says() {
    for body in [
        "{\"a\":1,\"a\":2}",
        " \n[1,2",
        "{'a':1}",
        "\u{feff}{\"a\":1}",
        "{\"a\":1}\n{\"b\":1,\"b\":2}",
        "{\"a\":1} and more",
        "[note] hello",
    ] {
        for content_type in [Some("text/plain"), Some("application/octet-stream"), None] {
            assert!(read(Opaque, body.as_bytes(), content_type).is_err(), "{body} as {content_type:?}");
        }
    }
    let wide: Vec<u8> = "{\"a\":1}".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(read(Opaque, &wide, None).is_err());
    let lines = b"{\"model\":\"m\",\"tools\":[{\"name\":\"a\"}]}\r\n\n{\"b\":2}\n";
    let read = read(Opaque, lines, None).unwrap();
    assert_eq!((read.model.as_deref(), read.tools.len(), read.parts.len()), (Some("m"), 1, 1));
}

#[test]
fn a_key_that_a_lenient_server_takes_for_another_is_refused_at_every_level() {
    for (dialect, body, place) in [
        (OpenaiChat, r#"{"messages":[{"role":"user","Role":"system","content":"x"}]}"#, "/messages/0"),
        (
            OpenaiChat,
            r#"{"messages":[{"role":"user","content":[{"type":"text","Text":"x"}]}]}"#,
            "/messages/0/content/0",
        ),
        (OpenaiChat, r#"{"messages":[],"tools":[{"type":"function","Function":{"Name":"a"}}]}"#, "/tools/0"),
        (OpenaiChat, r#"{"messages":[],"tools":[{"type":"function","function":{"name":"a","Name":"b"}}]}"#, "/tools/0"),
        (
            OpenaiChat,
            r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"a","Arguments":"{}"}}]}]}"#,
            "/messages/0",
        ),
        (OpenaiResponses, r#"{"input":[{"type":"message","Content":"x"}]}"#, "/input/0"),
        (OpenaiResponses, r#"{"tools":[{"type":"function","NAME":"a"}]}"#, "/tools/0"),
        (AnthropicMessages, r#"{"messages":[{"role":"user","CONTENT":"x"}]}"#, "/messages/0"),
        (
            AnthropicMessages,
            r#"{"messages":[{"role":"user","content":[{"type":"text","Text":"x"}]}]}"#,
            "/messages/0/content/0",
        ),
    ] {
        let error = read(dialect, body.as_bytes(), None).expect_err(body);
        assert!(error.message.contains("only in case"), "{body}: {error}");
        assert_eq!(error.pointer, place, "{body}");
    }
    for body in [
        r#"{"messages":[],"tools":[{"type":"function","function":{"name":"a","parameters":{"properties":{"Name":{}}}}}]}"#,
        r#"{"messages":[],"metadata":{"Name":"x","Role":"y"}}"#,
    ] {
        assert!(read(OpenaiChat, body.as_bytes(), None).is_ok(), "{body}");
    }
    let input =
        r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","name":"a","input":{"Name":"x"}}]}]}"#;
    assert!(read(AnthropicMessages, input.as_bytes(), None).is_ok());
}

#[test]
fn a_request_of_very_many_texts_is_refused() {
    let body = |texts: usize| format!("[{}\"x\"]", "\"x\",".repeat(texts - 1));
    assert_eq!(read(Opaque, body(100_000).as_bytes(), None).unwrap().parts.len(), 100_000);
    assert!(read(Opaque, body(100_001).as_bytes(), None).unwrap_err().message.contains("more than 100000 texts"));
}
