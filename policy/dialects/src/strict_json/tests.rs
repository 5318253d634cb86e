//! What is accepted, what is refused, and that we read the same values as `serde_json`.

use super::*;
use proptest::prelude::*;
use serde_json::Value as Reference;

/// The tree as the reference has it. Runs of numbers are read from the source.
fn reference(value: Value<'_>) -> Reference {
    match value.kind() {
        Kind::Null => Reference::Null,
        Kind::False => Reference::Bool(false),
        Kind::True => Reference::Bool(true),
        Kind::Number | Kind::Numbers => serde_json::from_str(value.raw()).unwrap(),
        Kind::String => Reference::String(value.text().unwrap().to_owned()),
        Kind::Object => value.fields().map(|field| (field.key.to_owned(), reference(field.value))).collect(),
        Kind::Array => {
            let mut all = Vec::new();
            for (position, item) in value.items() {
                assert_eq!(position, all.len(), "positions count every number of a run");
                if item.kind() == Kind::Numbers {
                    let run: Vec<Reference> = serde_json::from_str(&format!("[{}]", item.raw())).unwrap();
                    all.extend(run);
                } else {
                    all.push(reference(item));
                }
            }
            Reference::Array(all)
        }
    }
}

fn check(bytes: &[u8]) {
    let ours = parse(bytes);
    let theirs = serde_json::from_slice::<Reference>(bytes);
    match (&ours, &theirs) {
        (Ok(tree), Ok(value)) => assert_eq!(&reference(tree.root()), value),
        (Ok(_), Err(error)) => panic!("accepted what serde_json refuses: {error}"),
        (Err(error), _) => assert!(error.offset <= bytes.len()),
    }
}

#[test]
fn accepts_every_kind_of_value() {
    let table = [
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "-0.5e-3",
        "1E+2",
        "9223372036854775807",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u00e9\\uD83D\\uDE00 é😀\\u0000\"",
        "[]",
        "{}",
        "[1,2 ,3.5,\"x\",4,[5,6],{},null,7,8]",
        "[123456789012,1,2,4111111111111111]",
        "{\"a\":{\"b\":[{\"c\":[]}]},\"\":1,\"\\u0061b\":2}",
    ];
    for text in table {
        assert!(parse(text.as_bytes()).is_ok(), "{text}: {:?}", parse(text.as_bytes()));
        check(text.as_bytes());
    }
}

#[test]
fn refuses_what_parsers_read_differently() {
    let table: [(&[u8], usize, &str, &str); 42] = [
        (b"", 0, "", "empty"),
        (b"  ", 2, "", "empty"),
        (b"{\"a\":1,\"a\":2}", 7, "", "`a` appears twice"),
        (b"{\"b\":{\"a\":1,\"\\u0061\":2}}", 12, "/b", "`a` appears twice"),
        (b"{\"b c\":1,\"b c\":2}", 9, "", "a key appears twice"),
        (b"{} {}", 3, "", "after the JSON document"),
        (b"1 x", 2, "", "after the JSON document"),
        (b"{}\0", 2, "", "after the JSON document"),
        (b"\xEF\xBB\xBF{}", 0, "", "byte order mark"),
        (b"[\"\xff\"]", 2, "", "not UTF-8"),
        (b"[\"\xed\xa0\x80\"]", 2, "", "not UTF-8"),
        (b"[\"\\ud800\"]", 2, "/0", "surrogate"),
        (b"[\"\\udc00\"]", 2, "/0", "surrogate"),
        (b"[\"\\ud800\\u0041\"]", 2, "/0", "surrogate"),
        (b"[\"\\ud800x\\udc00\"]", 2, "/0", "surrogate"),
        (b"[\"a\nb\"]", 3, "/0", "control character"),
        (b"[\"a\0b\"]", 3, "/0", "control character"),
        (b"[\"\\x41\"]", 2, "/0", "unknown escape"),
        (b"[\"\\u12\"]", 2, "/0", "four hexadecimal"),
        (b"[\"\\u+123\"]", 2, "/0", "four hexadecimal"),
        (b"[\"abc", 5, "/0", "no closing quote"),
        (b"[\"abc\\\"", 7, "/0", "no closing quote"),
        (b"['a']", 1, "/0", "expected a JSON value"),
        (b"[1e999]", 1, "/0", "too large"),
        (b"[-1e999]", 1, "/0", "too large"),
        (b"[01]", 1, "/0", "leading zeros"),
        (b"[-]", 1, "/0", "digits"),
        (b"[1.]", 3, "/0", "decimal point"),
        (b"[1e]", 3, "/0", "exponent"),
        (b"[+1]", 1, "/0", "expected a JSON value"),
        (b"[.5]", 1, "/0", "expected a JSON value"),
        (b"[NaN]", 1, "/0", "expected a JSON value"),
        (b"[Infinity]", 1, "/0", "expected a JSON value"),
        (b"[0x10]", 2, "/0", "expected `,` or `]`"),
        (b"[1,]", 3, "/1", "expected a JSON value"),
        (b"[1 2]", 3, "/0", "expected `,` or `]`"),
        (b"{\"a\":1,}", 7, "/a", "expected a key"),
        (b"{a:1}", 1, "", "expected a key"),
        (b"{\"a\" 1}", 5, "/a", "expected `:`"),
        (b"{\"a\":[1,{\"b\":tru}]}", 13, "/a/1/b", "expected a JSON value"),
        (b"[1}", 2, "/0", "expected `,` or `]`"),
        (b"{\"a\":// x\n1}", 5, "/a", "expected a JSON value"),
    ];
    for (bytes, offset, pointer, message) in table {
        let error = parse(bytes).expect_err(&String::from_utf8_lossy(bytes));
        assert!(error.message.contains(message), "{}: {error}", String::from_utf8_lossy(bytes));
        assert_eq!((error.offset, error.pointer.as_str()), (offset, pointer), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn bombs_are_refused_at_their_limits() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let limit = gnomon_types::limits::JSON_DEPTH_MAX;
    assert!(parse(nested(limit).as_bytes()).is_ok());
    assert!(parse(nested(limit + 1).as_bytes()).unwrap_err().message.contains("deeper"));
    assert!(parse("[".repeat(1_000_000).as_bytes()).unwrap_err().message.contains("deeper"));
    assert!(parse(format!("0.{}", "1".repeat(62)).as_bytes()).is_ok());
    assert!(parse(format!("0.{}", "1".repeat(63)).as_bytes()).unwrap_err().message.contains("longer than 64"));
    let values = format!("[{}null]", "null,".repeat(NODES_MAX));
    assert!(parse(values.as_bytes()).unwrap_err().message.contains("more than"));
}

#[test]
fn a_vector_of_numbers_takes_one_node() {
    let vector = format!("[{}0.5]", "-0.0123,".repeat(100_000));
    assert_eq!(parse(vector.as_bytes()).unwrap().nodes.len(), 2);
}

#[test]
fn duplicates_are_found_among_many_keys() {
    let keys: Vec<String> = (0..20_000).map(|i| format!("\"k{i}\":{i}")).collect();
    let fine = format!("{{{}}}", keys.join(","));
    assert!(parse(fine.as_bytes()).is_ok());
    let double = format!("{{{},\"k77\":0}}", keys.join(","));
    let error = parse(double.as_bytes()).unwrap_err();
    assert_eq!(error.offset, double.len() - "\"k77\":0}".len());
}

#[test]
fn spans_hold_the_value_as_written() {
    let source = r#" {"a": "x\u0041", "b":[ -1.5 , 2,"y"] } "#;
    let tree = parse(source.as_bytes()).unwrap();
    let root = tree.root();
    assert_eq!(root.raw(), source.trim());
    assert_eq!(root.get("a").unwrap().raw(), r#""x\u0041""#);
    assert_eq!(root.get_text("a"), Some("xA"));
    let items: Vec<(usize, &str)> = root.get("b").unwrap().items().map(|(i, item)| (i, item.raw())).collect();
    assert_eq!(items, [(0, "-1.5 , 2"), (2, "\"y\"")]);
}

fn json() -> impl Strategy<Value = Reference> {
    let leaf = prop_oneof![
        Just(Reference::Null),
        any::<bool>().prop_map(Reference::from),
        any::<i64>().prop_map(Reference::from),
        any::<f64>().prop_map(Reference::from),
        ".*".prop_map(Reference::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Reference::from),
            prop::collection::btree_map(".{0,4}", inner, 0..8).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Pieces of JSON in any order: nearly right documents find more than random bytes do.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"a\":", "\\", "\\u", "\\ud83d", "\\ude00", "00e9", "1", "-",
        "0", ".5", "e9", "e999", "true", "null", " ", "\n", "\u{feff}", "é", "\u{0}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn reads_what_serde_json_writes(value in json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert!(parse(text.as_bytes()).is_ok());
            check(text.as_bytes());
        }
    }

    #[test]
    fn never_accepts_what_serde_json_refuses(bytes in nearly_json()) {
        check(&bytes);
    }

    #[test]
    fn never_panics_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        check(&bytes);
    }

    #[test]
    fn a_damaged_document_is_read_alike_or_refused(value in json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = value.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        check(&bytes);
    }
}
