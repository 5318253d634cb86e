//! What stands around a value and says that it is not the password itself.

use crate::patterns::{after, before, is_uncased};
use std::ops::Range;

/// `id/pw: bob/Falcon77`: two values for two names; a rule of its own takes the second.
pub(super) fn is_login_pair(text: &str, start: usize, value: &str) -> bool {
    let names = ["id/", "id / ", "id:", "user/", "username/", "login/", "아이디/", "계정/"];
    if !value.contains(['/', ':', ',']) {
        return false;
    }
    let left = before(text, start, 28).to_lowercase();
    // The name itself has two parts; another value before it (`id: bob, password:`) is none of them.
    let name = left.rsplit(['\n', ',', ';', '|', '"', '\'', '(']).next().unwrap_or_default();
    let name = name.trim_end_matches([' ', ':', '=', '：']);
    !name.contains(": ") && names.iter().any(|pair| name.contains(pair))
}

/// `${DB_PASSWORD:?is not set}`: what a shell says where the variable is empty.
pub(super) fn is_shell_message(text: &str, start: usize, value: &str) -> bool {
    let named = |name: &str| {
        name.strip_suffix(':').is_some_and(|name| name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()))
    };
    value.starts_with('?') && before(text, start, 80).rsplit_once("${").is_some_and(|(_, name)| named(name))
}

/// Names of products, machines and techniques that people write with a number behind them.
const PRODUCTS: [&str; 40] = [
    "windows",
    "office",
    "server",
    "sql",
    "sqlserver",
    "mysql",
    "oracle",
    "sap",
    "iphone",
    "ipad",
    "macos",
    "macbook",
    "android",
    "chrome",
    "firefox",
    "safari",
    "edge",
    "python",
    "java",
    "node",
    "router",
    "switch",
    "printer",
    "intranet",
    "sharepoint",
    "outlook",
    "exchange",
    "bitwarden",
    "keepass",
    "keepassxc",
    "lastpass",
    "platform",
    "ubuntu",
    "debian",
    "db",
    "prod",
    "wpa",
    "portal",
    "typo",
    "drupal",
];

/// Words between one for passwords and where it is used.
const PREPOSITIONS: [&str; 14] = [
    " to ", " in ", " on ", " for ", " auf ", " en ", " a ", " na ", " на ", " für ", " pour ", " para ", " di ", "を",
];

/// The same words with the verbs before them that give a password: `changed the password to`.
const SETTERS: [(&str, &[&str]); 6] = [
    (" to ", &["chang", "reset", "set ", "setting", "updat", "rotat", "switch"]),
    (" en ", &["chang", "modifi", "mis ", "mets", "mettre"]),
    (" a ", &["cambi", "modific", "puse", "pon", "establec", "actualiz"]),
    (" para ", &["mud", "alter", "troc", "troqu", "redefin", "atualiz", "cambi"]),
    (" na ", &["zmien", "zmień", "ustaw", "změn", "nastav", "zmen"]),
    (" на ", &["смен", "помен", "измен", "постав", "установ"]),
];

/// Where the verb stands behind the password: `auf Falcon77 geändert`, `をFalcon77に変更`.
const SETTERS_BEHIND: [(&str, &[&str]); 2] =
    [(" auf ", &["geändert", "gesetzt", "ändern", "umgestellt", "abgeändert", "setzen"]), ("を", &["に"])];

/// How far before a value the verb stands.
const SETTER_BYTES: usize = 64;

/// Whether the words around the value give it to a password.
fn is_set(text: &str, span: &Range<usize>) -> bool {
    let clause = before(text, span.start, SETTER_BYTES).to_lowercase();
    let clause = clause.rsplit(['\n', '.', ';', '!', '?']).next().unwrap_or_default();
    let behind = after(text, span.end, 16).trim_start_matches(['"', '\'', '`', '“', '»', ' ']);
    SETTERS.iter().any(|(word, verbs)| clause.ends_with(word) && verbs.iter().any(|verb| clause.contains(verb)))
        || SETTERS_BEHIND
            .iter()
            .any(|(word, verbs)| clause.ends_with(word) && verbs.iter().any(|verb| behind.starts_with(verb)))
}

/// `the password in Windows11`: behind a preposition a product with its number, and no verb that sets one.
pub(super) fn is_product(text: &str, span: &Range<usize>, value: &str) -> bool {
    let name = value.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let digits = value.len() - name.len();
    let name = name.trim_end_matches(['-', '_']);
    let name = name.rsplit_once('-').map_or(name, |(_, last)| last);
    let left = before(text, span.start, 6);
    (1..=5).contains(&digits)
        && PREPOSITIONS.iter().any(|word| left.ends_with(word))
        && PRODUCTS.iter().any(|product| product.eq_ignore_ascii_case(name))
        && !is_set(text, span)
}

/// Words for passwords in scripts where another word may stand between one of them and its sign.
const WORDS_EAST: [&str; 16] = [
    "パスワード",
    "暗証番号",
    "密码",
    "密碼",
    "口令",
    "비밀번호",
    "비번",
    "패스워드",
    "암호",
    "المرور",
    "السر",
    "مرور",
    "سر",
    "סיסמה",
    "पासवर्ड",
    "รหัสผ่าน",
];

/// What joins such a word to the password.
const JOINTS_EAST: [&str; 17] =
    ["とは", "は", "が", "を", "现在是", "是", "为", "為", "는", "은", "가", "이", "를", "을", "هي", "है", "คือ"];

/// `비밀번호 만료일: 2026-05-12`, `on 12.05.2026`: a word between says of what the date is, not the password.
pub(super) fn is_spoken_of(text: &str, start: usize) -> bool {
    let left = before(text, start, 48).trim_end_matches([' ', '\t', ':', '：', '=', '(', '（']);
    if left.ends_with(" on") {
        return true;
    }
    let name = JOINTS_EAST.iter().find_map(|joint| left.strip_suffix(joint)).unwrap_or(left).trim_end();
    name.chars().next_back().is_some_and(is_uncased) && !WORDS_EAST.iter().any(|word| name.ends_with(word))
}

/// How far before a value the address is looked for that it may stand in.
const QUERY_BYTES: usize = 200;

/// `Falcon77&page=2`: the rest of an address stands in it; rules of addresses take the value.
pub(super) fn is_query(text: &str, start: usize, value: &str) -> bool {
    let line = before(text, start, QUERY_BYTES).rsplit('\n').next().unwrap_or_default();
    // Others have these signs in passwords.
    if !line.contains(['?', '&']) || line.ends_with(['"', '\'', '`']) {
        return false;
    }
    let named = |rest: &str| {
        rest.split_once('=').is_some_and(|(name, _)| {
            name.len() >= 2 && name.bytes().all(|b| b.is_ascii_lowercase() || b"_-.".contains(&b))
        })
    };
    value.split('&').skip(1).any(named)
}
