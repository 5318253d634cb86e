//! The session cookie, and the person behind a request.

use crate::auth::csrf;
use gnomon_inventory::{Inventory, InventoryError, Role};
use http::{HeaderMap, HeaderValue, header};

/// The cookie's name.
pub(crate) const COOKIE: &str = "gnomon_session";
/// How long a session lasts: a working day.
pub(crate) const LIFETIME_MS: i64 = 10 * 60 * 60 * 1000;

/// The person who asks.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) name: String,
    pub(crate) roles: Vec<Role>,
    /// Token that forms carry.
    pub(crate) csrf: String,
    /// Whether the request names its session by cookie, as browsers do, and not as a bearer token.
    pub(crate) by_cookie: bool,
}

impl Viewer {
    /// Whether one of the person's roles is among these.
    pub(crate) fn may(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }

    /// The role whose view comes first.
    pub(crate) fn first_role(&self) -> Role {
        self.roles.first().copied().unwrap_or(Role::Executive)
    }
}

/// Who asks, if they are signed in.
///
/// # Errors
/// When the record cannot be read.
pub(crate) async fn viewer(inventory: &Inventory, headers: &HeaderMap) -> Result<Option<Viewer>, InventoryError> {
    let Some((token, by_cookie)) = token(headers) else { return Ok(None) };
    let Some(session) = inventory.session(&token).await? else { return Ok(None) };
    Ok(Some(Viewer { name: session.user.name, roles: session.user.roles, csrf: csrf::token(&token), by_cookie }))
}

/// The session's token: a bearer token, else the cookie.
pub(crate) fn token(headers: &HeaderMap) -> Option<(String, bool)> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match bearer {
        Some(token) => Some((token.trim().to_owned(), false)),
        None => cookie(headers, COOKIE).map(|token| (token, true)),
    }
}

/// A cookie by name.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
}

/// The header that sets the session; an empty token ends it.
pub(crate) fn set_cookie(token: &str, secure: bool) -> Option<HeaderValue> {
    let age = if token.is_empty() { 0 } else { LIFETIME_MS / 1000 };
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::try_from(format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_and_bearer_tokens_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; gnomon_session=abc; b=2"));
        assert_eq!(token(&headers), Some(("abc".to_owned(), true)));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer xyz"));
        assert_eq!(token(&headers), Some(("xyz".to_owned(), false)));
    }

    #[test]
    fn the_session_cookie_is_closed_to_scripts_and_other_sites() {
        let value = set_cookie("abc", true).unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(value.to_str().unwrap().contains(part), "{part}");
        }
        assert!(set_cookie("", false).unwrap().to_str().unwrap().contains("Max-Age=0"));
    }
}
