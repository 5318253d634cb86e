//! The login of a user who may be anybody: servers of files take any word for its password, by custom an address (RFC 1635).

use crate::patterns::before;

/// How far before a password its user is looked for.
const USER_BYTES: usize = 96;
const NAME: &str = "anonymous";
/// What says that the name behind it is that of a user.
const LABELS: [&str; 5] = ["user", "login", "uid", "name", "://"];

/// Whether the password here is that of the user `anonymous`: `ftp://anonymous:`, `user = "anonymous"; password = `.
pub(crate) fn is_anonymous(text: &str, start: usize) -> bool {
    let left = before(text, start, USER_BYTES);
    // Most passwords have no such user: no letters are folded for them.
    if !left.contains("nonymous") && !left.contains("NONYMOUS") {
        return false;
    }
    let left = left.to_ascii_lowercase();
    let Some((head, tail)) = left.rsplit_once(NAME) else { return false };
    let head = head.trim_end_matches([' ', '"', '\'', '=', ':', '\t', '*']);
    let goes_on = tail.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
    !goes_on && LABELS.iter().any(|label| head.ends_with(label)) && !LABELS.iter().any(|label| tail.contains(label))
}
