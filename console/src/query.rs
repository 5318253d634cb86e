//! Addresses with parameters: reading them from a request, writing them into links.

use std::fmt::Write as _;

/// Percent-encodes what is not unreserved, for use as one parameter or one path segment.
pub(crate) fn escape(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// An address with those parameters that are not empty.
pub(crate) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        out = crate::components::list::with(&out, name, value);
    }
    out
}

/// Address of a service's page.
pub(crate) fn service(id: &str) -> String {
    format!("/services/{}", escape(id))
}

/// Address of a decision's page.
pub(crate) fn decision(id: &str) -> String {
    format!("/activity/{}", escape(id))
}

/// Address of an approval's page.
pub(crate) fn approval(id: &str) -> String {
    format!("/approvals/{}", escape(id))
}

/// A local address to return to: a path of this console, or the fallback. Nothing that a browser reads as another host.
pub(crate) fn local_or<'a>(address: Option<&'a str>, fallback: &'a str) -> &'a str {
    address
        .filter(|address| address.starts_with('/') && !address.starts_with("//"))
        .filter(|address| address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'))
        .unwrap_or(fallback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_with_colons_and_slashes_are_one_segment() {
        assert_eq!(service("host:10.9.3.4:11434"), "/services/host%3A10.9.3.4%3A11434");
        assert_eq!(service("a/b"), "/services/a%2Fb");
        assert_eq!(address("/services", &[("status", ""), ("text", "gpt 4")]), "/services?text=gpt%204");
    }

    #[test]
    fn returning_never_leads_to_another_host() {
        for bad in ["https://evil.example", "//evil.example", "/\\evil.example", "/a\nb", ""] {
            assert_eq!(local_or(Some(bad), "/"), "/", "{bad:?}");
        }
        assert_eq!(local_or(Some("/services?x=1"), "/"), "/services?x=1");
    }
}
