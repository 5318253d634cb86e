//! The files that browsers load: compiled in, under addresses that hold their digest, so that they never go stale.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// One file.
struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    digest: String,
}

impl Asset {
    fn new(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        Self { stem, extension, content_type, bytes, digest: short_digest(bytes) }
    }

    fn file_name(&self) -> String {
        format!("{}.{}.{}", self.stem, self.digest, self.extension)
    }
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        Asset::new("app.css", "text/css; charset=utf-8", include_bytes!("../assets/app.css")),
        Asset::new("app.js", "text/javascript; charset=utf-8", include_bytes!("../assets/app.js")),
        Asset::new("events.js", "text/javascript; charset=utf-8", include_bytes!("../assets/events.js")),
        Asset::new("htmx.js", "text/javascript; charset=utf-8", include_bytes!("../assets/vendor/htmx.min.js")),
        Asset::new("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
    ]
});

/// The first half of the SHA-256, in hex.
fn short_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The address of a file by its plain name.
pub(crate) fn url(name: &str) -> String {
    let found = ASSETS.iter().find(|asset| name == format!("{}.{}", asset.stem, asset.extension));
    debug_assert!(found.is_some(), "no asset `{name}`");
    found.map(|asset| format!("/assets/{}", asset.file_name())).unwrap_or_default()
}

/// Serves a file by the name with its digest.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.file_name() == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_files_are_exactly_what_was_published() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/");
        let list: toml::Table = std::fs::read_to_string(format!("{root}VENDORED.toml")).unwrap().parse().unwrap();
        let files = list["file"].as_array().unwrap();
        assert!(!files.is_empty());
        for file in files {
            let bytes = std::fs::read(format!("{root}{}", file["path"].as_str().unwrap())).unwrap();
            let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            assert_eq!(digest, file["sha256"].as_str().unwrap(), "{}", file["path"]);
            let licence = std::fs::read_to_string(format!("{root}{}", file["licence_file"].as_str().unwrap())).unwrap();
            assert!(licence.len() > 100);
            assert!(!file["version"].as_str().unwrap().is_empty() && !file["licence"].as_str().unwrap().is_empty());
        }
    }

    #[test]
    fn every_file_in_the_vendor_folder_is_listed() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/");
        let list = std::fs::read_to_string(format!("{root}VENDORED.toml")).unwrap();
        for entry in std::fs::read_dir(format!("{root}vendor")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(list.contains(&format!("vendor/{name}")), "`{name}` is not in VENDORED.toml");
        }
    }

    #[test]
    fn addresses_change_with_the_content() {
        assert_ne!(short_digest(b"a"), short_digest(b"b"));
        assert!(url("app.css").starts_with("/assets/app.") && url("app.css").ends_with(".css"));
    }
}
