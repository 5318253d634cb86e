//! Values that stand beside the name of a service whose keys have one form only, and have another: cut, padded, made up.
//!
//! Only forms that their service publishes and that no other service shares by the same name are listed. What fits none
//! of the names and marks here is judged by how it looks.

use crate::names;
use crate::patterns::{after, before};

/// Whether a value has the mark of a service, or stands beside its name, and not the form of its keys. Where it begins
/// at a dash of a longer one, that is judged.
pub(crate) fn is_malformed(text: &str, start: usize, value: &str) -> bool {
    let (left, right) = (before(text, start, NEAR_BYTES), after(text, start, value.len() + NEAR_BYTES));
    if !left.contains(EMPHASIS) && !right.contains(EMPHASIS) {
        return is_misspelled(text, start, value);
    }
    // Marks of emphasis within a name or a value hide what they are.
    let left = left.replace(EMPHASIS, "");
    let text = format!("{left}{}", right.replace(EMPHASIS, ""));
    let value = text.get(left.len()..).unwrap_or_default();
    is_misspelled(&text, left.len(), value.get(..value_end(value)).unwrap_or_default())
}

fn is_misspelled(text: &str, start: usize, value: &str) -> bool {
    let left = before(text, start, RUN_BYTES);
    let begun = start - (left.len() - left.trim_end_matches(is_sign).len());
    let whole = text.get(begun..start + value.len()).unwrap_or(value);
    is_misspelled_licence(value) || is_misspelled_pixie_key(text.get(begun..).unwrap_or_default()) || {
        let name = names::assigned_name(text, begun).to_ascii_lowercase();
        (name.contains("okta") && OKTA_STARTS.iter().any(|start| whole.starts_with(start)) && !is_as_of_okta(whole))
            || (name.contains("aws") && name.contains("secret") && is_near_aws_length(value))
            || (name.contains("twitch") && name.contains("stream") && !whole.starts_with("live_"))
    }
}

/// Around letters of a name it changes how they look in Markdown.
const EMPHASIS: &str = "**";
/// How far around a value its name and the rest of it are looked for.
const NEAR_BYTES: usize = 96;

fn is_sign(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Where a value ends that goes on behind what was found of it.
fn value_end(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || "\"'`,;&<>()".contains(c)).unwrap_or(text.len())
}

/// How far back the beginning of a value is looked for.
const RUN_BYTES: usize = 48;

/// With this a token of Okta begins, and with letters where its digits are read as such.
const OKTA_STARTS: [&str; 2] = ["00", "oo"];
const OKTA_BYTES: usize = 42;

/// As the rule of the family has it: 42 signs, the last one no dash.
fn is_as_of_okta(value: &str) -> bool {
    value.len() == OKTA_BYTES && !value.ends_with('-')
}

/// A secret of AWS has 40 letters. Other stores that speak its protocol give out secrets under the same name, but none
/// so close to it.
fn is_near_aws_length(value: &str) -> bool {
    (36..=42).contains(&value.len())
        && value.len() != 40
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// Before a key of Pixie, which is a UUID.
const PIXIE_MARKS: [&str; 2] = ["px-api-", "px-dep-"];

/// The mark and no UUID behind it.
fn is_misspelled_pixie_key(value: &str) -> bool {
    let key = PIXIE_MARKS.iter().find_map(|mark| value.strip_prefix(mark));
    let sign = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    key.and_then(|key| key.split(sign).next()).is_some_and(|id| !is_hexadecimal(&id.replace('-', "")))
}

/// `NRAL` of New Relic, and other digits than hexadecimal ones before it.
fn is_misspelled_licence(value: &str) -> bool {
    let licence = value.strip_suffix("NRAL").filter(|head| head.len() == LICENCE_BYTES);
    licence.and_then(|head| head.get(LICENCE_HEAD_BYTES..)).is_some_and(|digits| !is_hexadecimal(digits))
}

/// Before the mark; the first of them name region and account.
const LICENCE_BYTES: usize = 36;
const LICENCE_HEAD_BYTES: usize = 6;

fn is_hexadecimal(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
