//! What stands around a value and says that it is not the password itself.

use crate::patterns::before;

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

/// `the password in Windows11`: behind a preposition a product with its number.
pub(super) fn is_product(text: &str, start: usize, value: &str) -> bool {
    let name = value.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let digits = value.len() - name.len();
    let name = name.trim_end_matches(['-', '_']);
    let name = name.rsplit_once('-').map_or(name, |(_, last)| last);
    let left = before(text, start, 6);
    (1..=5).contains(&digits)
        && PREPOSITIONS.iter().any(|word| left.ends_with(word))
        && PRODUCTS.iter().any(|product| product.eq_ignore_ascii_case(name))
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
