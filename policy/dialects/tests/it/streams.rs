//! Streams cut anywhere, ended early, and made wrong.

use crate::corpus;
use gnomon_dialects::{Edit, Event, EventError, EventReader, rewrite_event};
use gnomon_types::conversation::DialectName;
use proptest::prelude::*;

fn read_in(dialect: DialectName, pieces: &[&[u8]]) -> Result<Vec<Event>, EventError> {
    let mut reader = EventReader::new(dialect);
    let mut events = Vec::new();
    for piece in pieces {
        events.extend(reader.push(piece)?);
    }
    events.extend(reader.finish());
    Ok(events)
}

proptest! {
    #[test]
    fn the_same_events_come_out_however_the_stream_is_cut(cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        for case in corpus(".stream.sse").unwrap() {
            let whole = read_in(case.dialect, &[&case.bytes]).unwrap();
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(case.bytes.len() + 1)).collect();
            places.extend([0, case.bytes.len()]);
            places.sort_unstable();
            let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &case.bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read_in(case.dialect, &pieces).unwrap(), whole);
        }
    }

    #[test]
    fn never_panics_on_any_bytes(bytes in prop::collection::vec(prop::sample::select(b"data: {}[]\"\\\r\n,:1a\xff".to_vec()), 0..80)) {
        for dialect in crate::DIALECTS {
            let _ = read_in(dialect, &[&bytes]);
        }
    }
}

#[test]
fn the_raw_events_together_are_the_stream() {
    for case in corpus(".stream.sse").unwrap() {
        for bytes in [case.bytes.clone(), String::from_utf8(case.bytes).unwrap().replace('\n', "\r\n").into_bytes()] {
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            let events = read_in(case.dialect, &single).unwrap();
            let raw: Vec<u8> = events.iter().flat_map(|event| event.raw.clone()).collect();
            assert_eq!(raw, bytes, "{}", case.path.display());
        }
    }
}

#[test]
fn a_delta_is_rewritten_in_place() {
    let raw = b"event: x\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"mail \\u0062ob\"}}],\ndata: \"n\":1}\r\n\r\n";
    let event = EventReader::new(DialectName::OpenaiChat).push(raw).unwrap().remove(0);
    assert_eq!(&*event.deltas[0].text, "mail bob");
    let edit = Edit { span: event.deltas[0].span.clone(), text: "mail <\"NAME_1\">\n".to_owned() };
    let written = rewrite_event(&event.raw, &[edit]);
    let expected = b"event: x\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"mail <\\\"NAME_1\\\">\\n\"}}],\ndata: \"n\":1}\r\n\r\n";
    assert_eq!(written, expected);
}

#[test]
fn what_cannot_be_inspected_is_an_error() {
    let table: [(DialectName, &str, &str); 6] = [
        (DialectName::OpenaiChat, "data: hello\n\n", "cannot be read"),
        (DialectName::OpenaiChat, "data: {\"a\":1,\"a\":2}\n\n", "appears twice"),
        (DialectName::OpenaiChat, "data: [DONE] and more\n\n", "cannot be read"),
        (DialectName::AnthropicMessages, "data: {}{}\n\n", "after the JSON document"),
        (
            DialectName::AnthropicMessages,
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n\
             data: {\"type\":\"content_block_stop\",\"index\":0}\n\n\
             data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"b\"}}\n\n",
            "after its end",
        ),
        (
            DialectName::OpenaiResponses,
            "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":1,\"delta\":\"a\"}\n\n\
             data: {\"type\":\"response.output_text.done\",\"output_index\":0,\"content_index\":1,\"text\":\"a\"}\n\n\
             data: {\"type\":\"response.output_text.delta\",\"content_index\":1,\"output_index\":0,\"delta\":\"b\"}\n\n",
            "after its end",
        ),
    ];
    for (dialect, stream, message) in table {
        let error = EventReader::new(dialect).push(stream.as_bytes()).expect_err(stream);
        assert!(error.to_string().contains(message), "{stream}: {error}");
    }
}

#[test]
fn a_block_that_ends_does_not_end_the_tenth_after_it() {
    let stream = "data: {\"type\":\"content_block_delta\",\"index\":10,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n\
                  data: {\"type\":\"content_block_stop\",\"index\":1}\n\n\
                  data: {\"type\":\"content_block_delta\",\"index\":10,\"delta\":{\"type\":\"text_delta\",\"text\":\"b\"}}\n\n";
    let events = EventReader::new(DialectName::AnthropicMessages).push(stream.as_bytes()).unwrap();
    assert_eq!(events[0].deltas[0].channel, events[2].deltas[0].channel);
}

#[test]
fn an_unfinished_event_is_returned_only_if_it_can_be_inspected() {
    let mut reader = EventReader::new(DialectName::OpenaiChat);
    assert!(reader.push(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n").unwrap().is_empty());
    assert_eq!(reader.finish().len(), 1);
    assert!(reader.push(b"data: {\"choices\":[{\"ind").unwrap().is_empty());
    assert!(reader.finish().is_empty());
}

#[test]
fn lines_of_json_are_events_with_channels() {
    let stream = b"{\"message\":{\"content\":\"AK\"}}\n{\"message\":{\"content\":\"IA\"}}\r\n\n{\"done\":true}";
    for size in [1, 5, stream.len()] {
        let mut reader = EventReader::lines(DialectName::Opaque);
        let mut events: Vec<Event> = stream.chunks(size).flat_map(|piece| reader.push(piece).unwrap()).collect();
        events.extend(reader.finish());
        let raw: Vec<u8> = events.iter().flat_map(|event| event.raw.clone()).collect();
        assert_eq!(raw, stream);
        let deltas: Vec<_> = events.iter().flat_map(|event| &event.deltas).collect();
        assert_eq!(deltas.iter().map(|delta| &*delta.text).collect::<String>(), "AKIA");
        assert_eq!(deltas[0].channel, deltas[1].channel);
        let edit = Edit { span: deltas[1].span.clone(), text: "<X>".to_owned() };
        assert_eq!(rewrite_event(&events[1].raw, &[edit]), b"{\"message\":{\"content\":\"<X>\"}}\r\n");
    }
}
