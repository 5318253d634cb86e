//! Single values of a configuration: identifiers, files, secrets by reference.

use super::reader::{Located, Reader};
use gnomon_types::secret::Secret;
use std::path::PathBuf;

/// `None` when a value was given and is wrong; `Some(None)` when none was given.
pub(super) fn flatten<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(None) => None,
        Some(found) => Some(found),
    }
}

pub(super) fn checked_id<T, E: std::fmt::Display>(
    reader: &Reader,
    found: &Located<String>,
    make: impl FnOnce(String) -> Result<T, E>,
) -> Option<T> {
    match make(found.value.clone()) {
        Ok(id) => Some(id),
        Err(error) => {
            reader.problem(&found.place, error.to_string(), None);
            None
        }
    }
}

pub(super) fn existing_file(reader: &Reader, found: &Located<String>) -> Option<PathBuf> {
    let path = PathBuf::from(&found.value);
    if !path.is_file() {
        reader.problem(&found.place, format!("file `{}` does not exist", found.value), None);
        return None;
    }
    Some(path)
}

/// A secret is written as a reference, `env:NAME` or `file:PATH`; a literal one is refused so that it stays out of the file.
pub(super) fn secret(reader: &Reader, found: &Located<String>) -> Option<Secret> {
    let text = found.value.as_str();
    let resolved = if let Some(name) = text.strip_prefix("env:") {
        std::env::var(name).map_err(|_| format!("environment variable `{name}` is not set"))
    } else if let Some(path) = text.strip_prefix("file:") {
        std::fs::read_to_string(path).map_err(|error| format!("cannot read `{path}`: {error}"))
    } else if text.starts_with("sqlite:") {
        Ok(text.to_owned())
    } else {
        Err("a secret must be a reference".to_owned())
    };
    match resolved {
        Ok(value) => Some(Secret::new(value.trim())),
        Err(message) => {
            let help = Some("write `env:NAME` or `file:PATH`".to_owned());
            reader.problem(&found.place, message, help);
            None
        }
    }
}
