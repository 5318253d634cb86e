//! Random strings that everybody may see: hashes, ids, certificates, versions, names of files.

use crate::entropy;
use crate::folded::{Folded, Words};
use crate::names;
use crate::patterns::before;
use std::ops::Range;

/// Whether the value itself or what stands before it says that it is public.
pub(crate) fn is_public(text: &str, span: &Range<usize>, value: &str) -> bool {
    is_version(value)
        || is_public_data(value)
        || is_path(value)
        || is_tail(text, span.start)
        || is_cache_key(text, span.start, value)
        || named_otherwise(text, span.start)
        || is_typed_id(text, span.start, value)
        || is_character_set(value)
        || names::is_public_name(text, span.start, value)
        || names::is_in_a_dashed_name(text, span.start, value)
        || names::is_name_itself(text, span)
}

/// All letters and digits in their order, each once: what a generator or an encoding draws from.
fn is_character_set(value: &str) -> bool {
    let lower = value.contains("abcdefghijklmnopqrstuvwxyz");
    let upper = value.contains("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let digits = value.bytes().any(|byte| byte.is_ascii_digit());
    (lower || upper)
        && (!digits || value.contains("0123456789"))
        && letters == 26 * (usize::from(lower) + usize::from(upper))
        && entropy::distinct(value) as usize == value.len()
}

/// `spotify:track:`: what names a thing of a service, its kind before it.
pub(crate) fn is_urn(text: &str, start: usize) -> bool {
    let left = before(text, start, 32);
    let mut kinds = left.rsplit(':');
    let word = |part: Option<&str>| {
        part.is_some_and(|part| {
            let word = part.get(part.trim_end_matches(|c: char| c.is_ascii_lowercase()).len()..).unwrap_or_default();
            word.len() >= 3 && !["token", "key", "secret", "auth", "bearer"].contains(&word)
        })
    };
    let whole = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
    kinds.next() == Some("") && kinds.next().is_some_and(|kind| word(Some(kind)) && whole(kind)) && word(kinds.next())
}

/// `client_id = `, `"projectId": `: what stands behind it names a thing. Half of a login as `secret_id` is not meant.
pub(crate) fn is_named_id(text: &str, start: usize) -> bool {
    let quotes = [' ', '\t', '"', '\'', '`'];
    let left = before(text, start, 40).trim_end_matches(quotes);
    let name = left.strip_suffix([':', '=', '>']).unwrap_or(left);
    let name = name.trim_end_matches([' ', '\t', '"', '\'', '`', ']', ':', '=']);
    let Some(rest) =
        ["_id", "-id", " id", "Id", "ID", "_ID", "-ID", " ID"].iter().find_map(|end| name.strip_suffix(end))
    else {
        return false;
    };
    let rest = rest.trim_end_matches(['_', '-', ' ']);
    let lower = rest.to_ascii_lowercase();
    rest.ends_with(|c: char| c.is_ascii_alphabetic()) && !["secret", "session"].iter().any(|word| lower.ends_with(word))
}

/// How services begin the ids of things, and keys that are meant to be seen.
const ID_STARTS: [&str; 28] = [
    "acct_",
    "asst_",
    "batch_",
    "call_",
    "ch_",
    "chatcmpl-",
    "cmpl-",
    "cus_",
    "evt_",
    "file-",
    "in_",
    "msg_",
    "org-",
    "pi_",
    "pm_",
    "price_",
    "prod_",
    "re_",
    "req_",
    "resp_",
    "run_",
    "sb_publishable_",
    "seti_",
    "step_",
    "sub_",
    "thread_",
    "toolu_",
    "txn_",
];

/// `cus_NffrFeUfNV2Hib`, or `SM` and 32 hexadecimal digits: an id that says what it is of.
fn is_typed_id(text: &str, start: usize, value: &str) -> bool {
    let hex =
        |digits: &str| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    let kind = |two: &str| two != "SK" && two.bytes().all(|b| b.is_ascii_uppercase());
    let head = before(text, start, 16);
    let typed = head.ends_with(['_', '-']) || value.bytes().take(16).any(|byte| matches!(byte, b'_' | b'-'));
    (typed && ID_STARTS.iter().any(|id| value.starts_with(id) || head.ends_with(id)))
        || (value.is_ascii()
            && value.len() == 34
            && value.split_at_checked(2).is_some_and(|(two, rest)| kind(two) && hex(rest)))
}

/// What base64 of things that are shown to everybody begins with: certificates, public keys, pictures, fonts.
const PUBLIC_STARTS: [&str; 8] =
    ["LS0tLS1CRUdJTi", "AAAAB3NzaC1", "AAAAC3NzaC1", "iVBORw0KGgo", "/9j/4AAQ", "R0lGODlh", "d09GM", "PHN2Zy"];

/// Private keys in base64 have a rule of their own.
fn is_public_data(value: &str) -> bool {
    PUBLIC_STARTS.iter().any(|start| value.starts_with(start))
        || (value.contains('K') && ["PublicKey", "PrivateKey", "SecretKey"].iter().any(|name| value.contains(name)))
}

/// Ends of names of files.
const ENDINGS: [&str; 24] = [
    ".jpg", ".jpeg", ".png", ".gif", ".svg", ".webp", ".pdf", ".txt", ".json", ".yaml", ".yml", ".xml", ".html",
    ".css", ".js", ".ts", ".py", ".pem", ".crt", ".key", ".zip", ".gz", ".log", ".csv",
];

/// `uploads/2026/0535e9cd.png`: a file, or a folder with a name; base64 may hold a slash as well.
fn is_path(value: &str) -> bool {
    let folder = |part: &str| {
        part.len() >= 4
            && part.bytes().all(|b| b.is_ascii_lowercase() || b"-_".contains(&b))
            && part.contains(['a', 'e', 'i', 'o', 'u'])
    };
    (value.contains('.') && ENDINGS.iter().any(|end| value.ends_with(end)))
        || (!value.contains(['+', '=']) && value.split_once('/').is_some_and(|(first, _)| folder(first)))
}

/// `key: deps-0a1b2c...`, as builds name what they keep: nothing but `key` before it, a word and a hash in it.
fn is_cache_key(text: &str, start: usize, value: &str) -> bool {
    let left = before(text, start, 12).trim_end_matches([' ', '"', '\'']);
    let Some(name) = left.strip_suffix([':', '=']) else { return false };
    let Some(rest) = name.trim_end().strip_suffix("key") else { return false };
    let hash = value.rsplit(['-', '_']).next().unwrap_or_default();
    !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
        && value.starts_with(|c: char| c.is_ascii_lowercase())
        && hash.len() < value.len()
        && matches!(hash.len(), 32 | 40 | 64)
        && hash.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `v22.0.0-nightly20240424`, `efdd489..db97eb1`.
fn is_version(value: &str) -> bool {
    let number = value.trim_start_matches(['v', 'V', '=', '^', '~']);
    let mut parts = number.splitn(3, '.');
    let digits = |part: Option<&str>| {
        part.is_some_and(|part| part.len() < 4 && part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty())
    };
    (value.contains('.') && value.contains(".."))
        || (digits(parts.next()) && digits(parts.next()) && parts.next().is_some())
}

/// Whether the value is the rest of a longer one: of a UUID, or of base64 cut at one of its signs.
fn is_tail(text: &str, start: usize) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/');
    let long = before(text, start, 40);
    let run = long.get(long.trim_end_matches(sign).len()..).unwrap_or_default();
    let part = run.rsplit('/').next().unwrap_or_default();
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let mixed = || entropy::is_patchwork(part) || (digits >= 2 && entropy::is_unlike_words(part));
    if (run.len() >= 24 && entropy::is_patchwork(run)) || (part.len() >= 12 && mixed()) {
        return true;
    }
    let head = before(text, start, 5);
    let Some((sign, rest)) = head.as_bytes().split_last() else { return false };
    match sign {
        b'-' => rest.len() == 4 && rest.iter().all(u8::is_ascii_hexdigit) && rest.iter().any(u8::is_ascii_digit),
        b'+' | b'/' => rest.last().is_some_and(u8::is_ascii_alphanumeric),
        _ => false,
    }
}

/// Words that say that a random string is public: a hash, an id, a public key.
const OTHERWISE: Words<36> = Words::new([
    "gist",
    "gpg",
    "pgp",
    "secure",
    "sri",
    "commit",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "hash",
    "digest",
    "checksum",
    "etag",
    "trace",
    "span",
    "revision",
    "rev",
    "order",
    "public",
    "pub",
    "fingerprint",
    "integrity",
    "primary",
    "foreign",
    "cache",
    "partition",
    "thumbprint",
    "idempotency",
    "ssh-rsa",
    "ssh-ed25519",
    "contract",
    "invoice",
    "tracking",
    "ticket",
]);

/// Names of keys that open nothing, their words written together.
const NAMES: Words<22> = Words::new([
    "publickey",
    "objectkey",
    "partitionkey",
    "rowkey",
    "sortkey",
    "cachekey",
    "foreignkey",
    "idempotencykey",
    "publishablekey",
    "publishable_key",
    "nexttoken",
    "next_token",
    "nextpagetoken",
    "next_page_token",
    "continuationtoken",
    "continuation_token",
    "synctoken",
    "sync_token",
    "changetoken",
    "change_token",
    "clientrequesttoken",
    "idempotencytoken",
]);

/// Whether a word shortly before the value names it as something public.
fn named_otherwise(text: &str, start: usize) -> bool {
    let line = Folded::new(before(text, start, 28).rsplit('\n').next().unwrap_or_default());
    let in_words = || {
        let mut words = line.text().split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        words.any(|word| OTHERWISE.has(word) || word.split('-').any(|part| OTHERWISE.has(part)))
    };
    (line.may_contain(&OTHERWISE) && in_words()) || line.contains_any(&NAMES)
}
