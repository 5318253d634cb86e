//! The character set that a content type names. A server that honours it reads other text out of the same bytes.

use crate::error::ReadError;

/// Character sets in which the bytes of ASCII text mean that text. JSON is UTF-8 whatever is said (RFC 8259).
const LIKE_ASCII: &[&str] = &["ascii", "latin1", "us-ascii", "utf-8", "utf8"];
const LIKE_ASCII_PREFIXES: &[&str] = &["iso-8859-", "iso8859-", "windows-125", "cp125"];

/// Refuses a content type that names a character set in which ASCII is written otherwise: UTF-7, UTF-16, EBCDIC.
pub(crate) fn check(content_type: Option<&str>) -> Result<(), ReadError> {
    let parameters = content_type.unwrap_or_default().split(';').skip(1);
    let named = parameters.filter_map(|parameter| parameter.split_once('='));
    let mut charsets = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    if charsets.all(|(_, value)| is_like_ascii(value)) {
        return Ok(());
    }
    let message = "the content type names a character set other than UTF-8: encode the body as UTF-8".to_owned();
    Err(ReadError::reading(0, String::new(), message))
}

fn is_like_ascii(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    value.is_empty()
        || LIKE_ASCII.contains(&value.as_str())
        || LIKE_ASCII_PREFIXES.iter().any(|prefix| value.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_character_sets_that_hold_ascii_are_taken() {
        for good in [
            None,
            Some("application/json"),
            Some("application/json; charset=utf-8"),
            Some("application/json;charset=\"UTF-8\""),
            Some("text/plain; Charset=ISO-8859-1; x=y"),
            Some("multipart/form-data; boundary=charset"),
        ] {
            assert!(check(good).is_ok(), "{good:?}");
        }
        for bad in ["utf-16", "utf-7", "UTF-16LE", "cp037", "utf-32", "x-user-defined", "hz-gb-2312"] {
            assert!(check(Some(&format!("application/json; charset={bad}"))).is_err(), "{bad}");
        }
        assert!(check(Some("text/plain; charset=utf-8; charset=utf-16")).is_err());
    }
}
