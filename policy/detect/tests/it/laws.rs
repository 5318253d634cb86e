//! Laws: chunks find what the whole finds; after redaction nothing is found; nothing panics.

use crate::samples::{credentials, families, passwords, personal, plan, private_key, random};
use gnomon_detect::{StreamScanner, Tokens, redact};
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind};
use proptest::prelude::*;

/// What a stream is scanned for: things, and not what a text as a whole wants or is about.
fn whole(text: &str) -> Vec<Finding> {
    let mut findings = plan().scan_plain(text);
    findings.retain(|finding| matches!(finding.kind, FindingKind::Secret | FindingKind::Pii));
    findings
}

pub(crate) fn chunked(chunks: &[&str]) -> Vec<Finding> {
    let mut scanner = StreamScanner::new(plan());
    let mut findings = Vec::new();
    let (mut safe, mut total) = (0, 0);
    for chunk in chunks {
        let step = scanner.push(chunk);
        total += chunk.len();
        assert!(safe <= step.safe_to && step.safe_to <= total, "the safe place only grows");
        for finding in &step.findings {
            assert!(finding.start >= safe, "a finding reaches into released text: {finding:?}");
            assert!(finding.end <= step.safe_to, "a finding is not final: {finding:?}");
        }
        safe = step.safe_to;
        findings.extend(step.findings);
    }
    let step = scanner.finish();
    assert_eq!(step.safe_to, total);
    assert!(step.findings.iter().all(|finding| finding.start >= safe));
    findings.extend(step.findings);
    findings.sort_by_key(|finding| (finding.start, finding.end));
    findings
}

fn texts() -> Vec<String> {
    let mut texts: Vec<String> = personal().into_iter().map(|(_, text, _)| text).collect();
    texts.extend(passwords().into_iter().map(|(text, _)| text));
    texts.extend(credentials().into_iter().map(|(_, value)| format!("use {value}, then go on.")));
    texts.extend(families().into_iter().step_by(5).map(|(_, value)| format!("key {value}, then go on.")));
    texts.push(format!("here it is: {} and more text", private_key("RSA PRIVATE KEY")));
    texts.push("Write to John Smith, 12 High Street, and Anna van der Berg at +31 20 123 4567.".to_owned());
    texts.push(
        "Kunde Thibaut Roy, 50, boulevard Nicolas, 02231 Verdier, Tel. 02 28 95 75 42, geboren am 3. Mai 1980"
            .to_owned(),
    );
    texts.push("Write a letter to Amina Feenstra, Jenniferpad 26, 5825 RK, Heemstede. Then send it.".to_owned());
    texts.push("El cliente Juan Carlos de la Vega vive en Calle de Alcalá 12 Piso 3, 28001 Madrid.".to_owned());
    texts
}

#[test]
fn every_split_in_two_finds_what_the_whole_finds() {
    for text in texts() {
        let expected = whole(&text);
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            assert_eq!(chunked(&[head, tail]), expected, "split at {at} of {text}");
        }
    }
}

#[test]
fn a_value_in_groups_is_held_back_from_the_sign_that_it_begins_behind() {
    let iban = ["DE89", "3704", "0044", "0532", "0130", "00"].join(" ");
    let long = "abcdefg1/".repeat(30);
    for before in ["iban=", "(account:", "x|", "konto\0", "l'", &long] {
        let text = format!("my {before}{iban} is new");
        let found = chunked(&text.split_inclusive(' ').collect::<Vec<_>>());
        assert_eq!(found, whole(&text), "{text:?}");
        assert_eq!(found.len(), 1, "{text:?}");
    }
}

#[test]
fn a_hash_is_held_back_with_the_name_of_its_scheme() {
    let text = format!("userPassword: {{SSHA}}{} ok", random(32));
    let expected = whole(&text);
    let begins = |finding: &Finding| text.get(finding.start..).unwrap().starts_with("{SSHA}");
    assert!(expected.iter().any(begins), "{expected:?} in {text}");
    for at in 0..=text.len() {
        let (head, tail) = text.split_at(at);
        assert_eq!(chunked(&[head, tail]), expected, "split at {at} of {text}");
    }
    assert_eq!(chunked(&text.split("").collect::<Vec<_>>()), expected);
}

#[test]
fn a_name_is_held_back_until_the_bracket_behind_it_holds_an_address_or_not() {
    for text in
        ["Write to Zorka Blavat <zb@example.org> today.", "Ba Ac<=A'@", "ask Zorka Blavat<{zb@x> now", "A <b> Zo"]
    {
        let expected = whole(text);
        for at in 0..=text.len() {
            let (head, tail) = text.split_at(at);
            assert_eq!(chunked(&[head, tail]), expected, "split at {at} of {text}");
        }
        assert_eq!(chunked(&text.split("").collect::<Vec<_>>()), expected, "{text}");
    }
    assert!(whole("Write to Zorka Blavat <zb@example.org> today.").iter().any(|finding| finding.type_ == "PERSON"));
}

#[test]
fn a_named_value_is_held_back_whatever_its_script() {
    for text in
        ["password: Cvq王kpUw-05-Zb now", "the password=王b1-Müller0, no more", "密码：王fDr8x-9", "k: \"王b1\" {x}"]
    {
        let expected = whole(text);
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            assert_eq!(chunked(&[head, tail]), expected, "split at {at} of {text}");
        }
    }
    assert_eq!(whole("password: Cvq王kpUw-05-Zb now").len(), 1);
}

#[test]
fn a_value_in_groups_is_held_back_however_long_its_disguise_makes_it() {
    let iban = ["DE89", "3704", "0044", "0532", "0130", "00"].join(" ");
    let wide: String = iban.chars().flat_map(|c| [c, '\u{200b}']).collect();
    let entities: String =
        iban.chars().map(|c| if c == ' ' { " ".to_owned() } else { format!("&#{};", c as u32) }).collect();
    for dressed in [wide, entities.clone(), entities.replace('&', "&amp;")] {
        let text = format!("the new account is {dressed} from now on");
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            let found = chunked(&[head, tail]);
            let reaches = |finding: &Finding| finding.end - finding.start + 4 > dressed.len();
            assert!(found.iter().any(reaches), "split at {at} of {text:?}: {found:?}");
        }
    }
}

/// The second pass sees the same whether it begins with what the first saw or anew.
#[test]
fn a_closer_look_sees_what_a_new_one_sees() {
    let rows = include_str!("../corpus/attacks.jsonl").lines();
    let attacks =
        rows.map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap()["text"].as_str().unwrap().to_owned());
    let spelled = |text: &String| text.chars().flat_map(|c| [c, ' ']).collect();
    let plain: Vec<String> = texts().into_iter().chain(attacks.step_by(7)).collect();
    let wide = |text: &String| text.replace('a', "ａ").replace('e', "é");
    let texts: Vec<String> =
        plain.iter().map(spelled).chain(plain.iter().map(wide)).chain(plain.iter().cloned()).collect();
    let (mut found, mut attacks) = (0, 0);
    for text in &texts {
        for role in [Role::System, Role::User, Role::Assistant, Role::Tool] {
            let scan = plan().scan_closer(plan().glance(text), role);
            assert_eq!(scan, plan().scan(text, role), "{role:?} {text}");
            found += scan.findings.len();
            attacks += usize::from(scan.attack_score > 0.5);
        }
    }
    assert!(found > 100 && attacks > 100, "{found} findings and {attacks} attacks are too few to tell");
}

/// A finding behind a disguise must not be released in parts either, wherever the stream is cut.
#[test]
fn no_split_releases_a_disguised_secret() {
    let secret = credentials().into_iter().map(|(_, value)| value).find(|value| value.starts_with("AKIA")).unwrap();
    let zero_width: String = secret.chars().flat_map(|c| [c, '\u{200b}']).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let entities: String = secret.bytes().map(|byte| format!("&#{byte};")).collect();
    let wide: String = secret.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect();
    for disguised in [zero_width, percent, entities, wide] {
        let text = format!("the key is {disguised} for the store");
        let (start, end) = (11, 11 + disguised.trim_end_matches('\u{200b}').len());
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            let found = chunked(&[head, tail]);
            let covers = |finding: &Finding| finding.start <= start && end <= finding.end;
            assert!(found.iter().any(covers), "split at {at} of {text}: {found:?}");
        }
    }
}

/// What is written out byte by byte is held back to its end, however long.
#[test]
fn no_split_releases_part_of_a_value_in_written_out_bytes() {
    let secret = credentials().into_iter().map(|(_, value)| value).find(|value| value.len() > 90).unwrap();
    let written = |form: fn(u8) -> String, gap: &str| secret.bytes().map(form).collect::<Vec<_>>().join(gap);
    for form in [
        written(|byte| format!("{byte:02x}"), " "),
        written(|byte| format!("0x{byte:02x}"), ", "),
        written(|byte| format!("{byte:08b}"), " "),
    ] {
        let text = format!("it reads {form}. So be it");
        let (start, end) = (9, 9 + form.len());
        let pieces: Vec<&str> = text.split("").collect();
        let halves = (0..=text.len()).step_by(41).map(|at| <[&str; 2]>::from(text.split_at(at)).to_vec());
        for chunks in halves.chain([pieces]) {
            let found = chunked(&chunks);
            let covers = |finding: &Finding| finding.start <= start && end <= finding.end;
            assert!(found.iter().any(covers), "{} in {text}: {found:?}", chunks[0]);
        }
    }
}

/// The last gap that is counted may be longer than what is left to count.
#[test]
fn bytes_written_out_for_longer_than_is_held_back_flow_on() {
    for singles in 0..4 {
        let text = format!("{}{}6b", "6b  ".repeat(2000), "6b ".repeat(singles));
        let mut scanner = StreamScanner::new(plan());
        let step = scanner.push(&text);
        assert!((1000..6000).contains(&(text.len() - step.safe_to)), "{} of {} released", step.safe_to, text.len());
    }
    let numbers = "12 34 56 78 90 ".repeat(500);
    let step = StreamScanner::new(plan()).push(&numbers);
    assert!(numbers.len() - step.safe_to < 400, "small numbers flow: {} of {}", step.safe_to, numbers.len());
}

/// Small words as any others: only the name before them tells.
#[test]
fn no_split_releases_part_of_a_recovery_phrase() {
    let phrase = "winner zoo thank sausage ability legal year abandon worth able above wave";
    let zero_width = |text: &str| text.chars().flat_map(|c| [c, '\u{200b}']).collect::<String>();
    for text in [
        format!("my seed phrase: {phrase}"),
        format!("<value>seed phrase: {phrase}</value>"),
        format!("key:\n  value: seed phrase: {phrase}\n"),
        format!("a\tseed phrase: {phrase}\tb"),
        format!("Mnemonic is \"{phrase}\" as you asked"),
        format!("recovery phrase: {}", phrase.replace(' ', ", ")),
        zero_width(&format!("seed phrase: {phrase}")),
    ] {
        let expected = chunked(&[&text]);
        assert_eq!(expected.len(), 1, "{text}");
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            assert_eq!(chunked(&[head, tail]), expected, "split at {at} of {text}");
        }
        assert_eq!(chunked(&text.split("").collect::<Vec<_>>()), expected, "{text}");
    }
}

/// Scripts without blanks between words put the next one right behind a value.
#[test]
fn a_value_ends_where_a_word_of_another_script_begins() {
    let value = "Fw152!cTe8r7";
    for (before, behind) in [("password: ", "です"), ("password=", "谢谢"), ("password is ", "입니다")] {
        let text = format!("{before}{value}{behind}");
        let expected = whole(&text);
        let found = expected.iter().filter_map(|finding| text.get(finding.start..finding.end));
        assert_eq!(found.collect::<Vec<_>>(), [value], "{text}");
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            assert_eq!(chunked(&[head, tail]), expected, "split at {at} of {text}");
        }
    }
}

/// Full-width signs are no letters, and still stand within an address.
#[test]
fn no_split_releases_part_of_an_address_in_full_width() {
    let wide: String = "nora.lind@example.org".chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect();
    let text = format!("write to {wide} now");
    for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
        let (head, tail) = text.split_at(at);
        let found = chunked(&[head, tail]);
        assert!(found.iter().any(|finding| (finding.start, finding.end) == (9, 9 + wide.len())), "{at}: {found:?}");
    }
}

/// A private key and a name run over several words: a disguise of their letters must not part them.
#[test]
fn no_split_releases_part_of_a_disguised_key_or_name() {
    let marked = |text: &str| text.replace('I', "I\u{301}").replace('E', "E\u{200b}");
    let key = marked(&private_key("RSA PRIVATE KEY"));
    let name = "Write to Mrs Anna v\u{200b}an der B\u{200b}erg, please.".to_owned();
    for text in [format!("here it is: {key} and more text"), name] {
        let covered = |found: Vec<Finding>| found.iter().map(|finding| finding.end - finding.start).max();
        let expected = covered(chunked(&[&text]));
        assert!(expected > Some(8), "{text}");
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (head, tail) = text.split_at(at);
            assert_eq!(covered(chunked(&[head, tail])), expected, "split at {at} of {text}");
        }
    }
}

#[test]
fn a_long_token_is_found_and_never_released_in_parts() {
    let claims = "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0".trim_end_matches('0');
    let body: String = claims.chars().cycle().take(6000).collect();
    let token = ["eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9", &body, &"Qx7_tR9".repeat(60)].join(".");
    let text = format!("Authorization: Bearer {token} and more");
    assert!(whole(&text).iter().any(|finding| finding.end - finding.start >= token.len()), "{:?}", whole(&text));
    for at in (0..text.len()).step_by(97) {
        let (head, tail) = text.split_at(at);
        assert_eq!(chunked(&[head, tail]), whole(&text), "split at {at}");
    }
}

#[test]
fn single_characters_find_what_the_whole_finds() {
    for text in texts() {
        let pieces: Vec<String> = text.chars().map(String::from).collect();
        let chunks: Vec<&str> = pieces.iter().map(String::as_str).collect();
        assert_eq!(chunked(&chunks), whole(&text), "{text}");
    }
}

#[test]
fn a_long_answer_finds_what_the_whole_finds() {
    let filler = "The quick brown fox jumps over the lazy dog while nobody looks. ";
    let text: String = texts().iter().map(|text| format!("{}{text}\n", filler.repeat(12))).collect();
    let expected: Vec<(String, usize)> = whole(&text).into_iter().map(|f| (f.rule.to_string(), f.start)).collect();
    let chunks: Vec<&str> = text.split_inclusive(' ').collect();
    let seen: Vec<(String, usize)> = chunked(&chunks).into_iter().map(|f| (f.rule.to_string(), f.start)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn prose_flows_and_what_is_held_is_bounded() {
    let mut scanner = StreamScanner::new(plan());
    let prose = "The report explains how the new process works and why it takes longer than planned. ".repeat(20);
    let mut sent = 0;
    for piece in prose.split_inclusive(' ') {
        sent += piece.len();
        let step = scanner.push(piece);
        assert!(sent - step.safe_to <= 48, "{} bytes held at {sent}", sent - step.safe_to);
    }
    let mut scanner = StreamScanner::new(plan());
    let endless = "a1".repeat(20_000);
    let step = scanner.push(&endless);
    assert!(endless.len() - step.safe_to <= 16 * 1024 + 100);
    let mut scanner = StreamScanner::new(plan());
    let chinese = "今天天气很好我们一起去公园散步吧".repeat(30);
    let step = scanner.push(&chinese);
    assert!(chinese.len() - step.safe_to <= 48);
}

#[test]
fn an_endless_private_key_is_cut_in_parts_and_leaks_nothing() {
    let key = private_key("RSA PRIVATE KEY");
    let (head, _) = key.split_at(key.len() - 30);
    let body = "MIIEpAIBAAKCAQEA7bq3Zk0yXw9TnVtU5sPq2Lr8MIIEpAIBAAKCAQEA7bq3Zk0y\n".repeat(600);
    let text = format!("{head}\n{body}");
    let mut scanner = StreamScanner::new(plan());
    let mut covered = 0;
    for chunk in text.as_bytes().chunks(1000) {
        for finding in scanner.push(std::str::from_utf8(chunk).unwrap()).findings {
            assert_eq!((finding.type_.as_ref(), finding.start), ("PRIVATE_KEY", covered));
            covered = finding.end;
        }
    }
    scanner.finish();
    assert!(covered > 16 * 1024);
}

#[test]
fn after_redaction_nothing_is_found_and_tokens_repeat() {
    for text in texts() {
        let mut tokens = Tokens::default();
        let findings = whole(&text);
        let clean = redact(&text, &findings, &mut tokens);
        assert_eq!(whole(&clean), [], "{text} -> {clean}");
    }
    let text = "a@example.org wrote to b@example.org and a@example.org";
    let clean = redact(text, &whole(text), &mut Tokens::default());
    assert_eq!(clean, "<EMAIL_1> wrote to <EMAIL_2> and <EMAIL_1>");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_scanned_without_panic_and_spans_lie_on_characters(text in "\\PC{0,200}") {
        let scan = plan().scan(&text, Role::Tool);
        prop_assert!(scan.attack_score >= 0.0 && scan.attack_score <= 1.0);
        for finding in &scan.findings {
            prop_assert!(text.get(finding.start..finding.end).is_some(), "{:?}", finding);
        }
    }

    #[test]
    fn any_text_of_a_hostile_alphabet_in_any_chunks_equals_the_whole(
        text in "[A-Za-z0-9 @.:/+=\"'<>\n-]{0,160}", cuts in proptest::collection::vec(0_usize..160, 0..6)
    ) {
        let mut places: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        places.sort_unstable();
        let mut chunks = Vec::new();
        let mut at = 0;
        for place in places {
            chunks.push(&text[at..place]);
            at = place;
        }
        chunks.push(&text[at..]);
        prop_assert_eq!(chunked(&chunks), whole(&text));
    }
}
