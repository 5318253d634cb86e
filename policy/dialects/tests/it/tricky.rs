//! Bodies on which JSON readers are known to differ, and some that only look so. Shared with `tests/e2e/parsers.rs`,
//! which shows the same bodies to readers of other languages.

/// Whether the strict reader must take a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It must be denied: readers differ.
    Denied,
    /// It must be read, and every reader must read the same.
    Read,
}

/// A name, the body, and what must become of it.
pub(crate) type Tricky = (String, Vec<u8>, Fate);

/// A chat request whose only message holds this JSON value.
fn chat(content: &str) -> Vec<u8> {
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":{content}}}]}}"#).into_bytes()
}

/// All bodies.
pub(crate) fn bodies() -> Vec<Tricky> {
    let mut bodies = Vec::new();
    let mut add = |name: &str, fate, body: Vec<u8>| bodies.push((name.to_owned(), body, fate));
    for (name, content) in [
        ("escapes", r#""a\"b\\c\/d\be\ff\ng\rh\ti""#),
        ("unicode escapes", r#""\u0069gnore \u00E9 \ud83d\ude00 \u0000 \uFFFF""#),
        ("mixed case of hexadecimal digits", r#""\uD83D\uDe00\u00eF""#),
        ("invisible characters", "\"a\u{200b}b\u{202e}c\u{feff}d\u{2028}e\u{2029}f\u{7f}\u{85}\""),
        ("a tag character", "\"\u{e0041}\u{e0042}\""),
        ("a noncharacter", "\"\u{ffff}\u{fffe}\u{10ffff}\""),
        ("a quote of another kind", "\"\u{201d}\u{ff02}\""),
        ("JSON within a string", r#""{\"role\":\"system\",\"content\":\"x\"}\",\"role\":\"system""#),
        ("braces in a string", r#""}]}{[""#),
        ("a comment in a string", r#""/* no */ // comment""#),
        ("a slash escaped or not", r#""<\/script></script>""#),
        ("combining marks as they are", "\"e\u{301} \u{e9}\""),
    ] {
        add(name, Fate::Read, chat(content));
    }
    for (name, content) in [
        ("a lone high surrogate", r#""\ud800""#),
        ("a lone low surrogate", r#""\udc00""#),
        ("surrogates the wrong way round", r#""\udc00\ud800""#),
        ("a high surrogate before text", r#""\ud83dx""#),
        ("two high surrogates", r#""\ud83d\ud83d\ude00""#),
        ("an unknown escape", r#""\x41""#),
        ("an escaped apostrophe", r#""\'""#),
        ("a short unicode escape", r#""\u12""#),
        ("a signed unicode escape", r#""\u+123""#),
        ("a raw line break", "\"a\nb\""),
        ("a raw tab", "\"a\tb\""),
        ("a raw zero byte", "\"a\0b\""),
        ("single quotes", "'a'"),
        ("a string without end", "\"a"),
        ("two strings side by side", "\"a\" \"b\""),
    ] {
        add(name, Fate::Denied, chat(content));
    }
    for number in [
        "0",
        "-0",
        "-0.0",
        "1E+2",
        "1e-400",
        "9007199254740993",
        "18446744073709551615",
        "-9223372036854775808",
        "1.7976931348623157e308",
    ] {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"seed":{number}}}"#);
        add(&format!("the number {number}"), Fate::Read, body.into_bytes());
    }
    for number in [
        "1e999",
        "-1e999",
        "18446744073709551616",
        "-9223372036854775809",
        "100000000000000000000000000000000000000000",
        "01",
        "-01",
        "+1",
        ".5",
        "1.",
        "1e",
        "0x10",
        "NaN",
        "Infinity",
        "-Infinity",
        "1_000",
        "--1",
        "1e+",
        "\u{661}",
    ] {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"seed":{number}}}"#);
        add(&format!("the number {number}"), Fate::Denied, body.into_bytes());
    }
    let two = |first: &str, second: &str| {
        format!(r#"{{"model":"m","messages":[{{"role":"user",{first}:"harmless",{second}:"other"}}]}}"#).into_bytes()
    };
    add("a key twice", Fate::Denied, two(r#""content""#, r#""content""#));
    add("a key twice, once escaped", Fate::Denied, two(r#""content""#, r#""c\u006fntent""#));
    add("a key twice, in other case", Fate::Denied, two(r#""content""#, r#""Content""#));
    add(
        "a key with a Kelvin sign",
        Fate::Denied,
        br#"{"model":"m","tool_calls":1,"mess\u0061ges":[],"Model":"x"}"#.to_vec(),
    );
    add("a key that ends invisibly", Fate::Read, two(r#""content""#, "\"content\u{200b}\""));
    add("a key with a zero byte", Fate::Read, two(r#""content""#, r#""content\u0000""#));
    add("an empty key", Fate::Read, two(r#""content""#, r#""""#));
    add("a key that names a prototype", Fate::Read, two(r#""content""#, r#""constructor""#));
    let plain = chat("\"x\"");
    let around = |before: &[u8], after: &[u8]| [before, &plain, after].concat();
    add("white space around", Fate::Read, around(b" \t\r\n", b"\n\r\t "));
    for (name, before, after) in [
        ("a byte order mark", &b"\xEF\xBB\xBF"[..], &b""[..]),
        ("a zero byte behind", b"", b"\0"),
        ("a second document", b"", b"{}"),
        ("a comma behind", b"", b","),
        ("a comment before", b"/* x */", b""),
        ("a line comment behind", b"", b" // x"),
        ("a form feed before", b"\x0c", b""),
        ("a no-break space before", b"\xc2\xa0", b""),
        ("a line separator behind", b"", b"\xe2\x80\xa8"),
        ("a record separator before", b"\x1e", b""),
        ("a prefix against hijacking", b")]}'\n", b""),
    ] {
        add(name, Fate::Denied, around(before, after));
    }
    for (name, bytes) in [
        ("an overlong slash", &b"\xc0\xaf"[..]),
        ("an overlong zero", b"\xc0\x80"),
        ("a surrogate in UTF-8", b"\xed\xa0\x80"),
        ("a code point too high", b"\xf4\x90\x80\x80"),
        ("a cut character", b"\xf0\x9f\x98"),
        ("Latin-1", b"\xe9"),
    ] {
        let body = [&br#"{"model":"m","messages":[{"role":"user","content":""#[..], bytes, br#""}]}"#].concat();
        add(name, Fate::Denied, body);
    }
    add("UTF-16", Fate::Denied, String::from_utf8_lossy(&plain).encode_utf16().flat_map(u16::to_le_bytes).collect());
    for (name, text) in [
        ("a comma before the end", r#"{"model":"m","messages":[],}"#),
        ("a comma in a list", r#"{"model":"m","messages":[{"role":"user","content":"x"},]}"#),
        ("two commas", r#"{"model":"m",,"messages":[]}"#),
        ("a key without quotes", r#"{model:"m","messages":[]}"#),
        ("a missing colon", r#"{"model" "m","messages":[]}"#),
        ("a word in capitals", r#"{"model":"m","messages":[],"stream":True}"#),
        ("a word of another language", r#"{"model":"m","messages":[],"stop":undefined}"#),
        ("an end of the wrong kind", r#"{"model":"m","messages":[}]"#),
        ("nothing", ""),
        ("white space alone", "  "),
    ] {
        add(name, Fate::Denied, text.as_bytes().to_vec());
    }
    let nested = |depth: usize| {
        let extra = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"metadata":{extra}}}"#).into_bytes()
    };
    add("nested as deep as allowed", Fate::Read, nested(63));
    add("nested too deep", Fate::Denied, nested(64));
    add("nested far too deep", Fate::Denied, nested(100_000));
    bodies
}
