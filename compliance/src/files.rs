//! The folder of a pack: what lies in it, and writing into it.

use crate::error::ComplianceError;
use std::path::Path;

/// Files of a pack at most: hash tiles of four thousand million records.
pub(crate) const FILES_MAX: usize = 200_000;
const DEPTH_MAX: usize = 12;

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), ComplianceError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(ComplianceError::io(parent))?;
    }
    std::fs::write(path, bytes).map_err(ComplianceError::io(path))
}

/// The files below a folder by path with `/`, sorted. Links and special files are refused: what they lead to is not
/// part of the pack.
pub(crate) fn list(folder: &Path) -> Result<Vec<String>, ComplianceError> {
    let mut found = Vec::new();
    walk(folder, "", 0, &mut found)?;
    found.sort_unstable();
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, depth: usize, found: &mut Vec<String>) -> Result<(), ComplianceError> {
    let refused = |what: String| Err(ComplianceError::Refused(what));
    for entry in std::fs::read_dir(folder).map_err(ComplianceError::io(folder))? {
        let entry = entry.map_err(ComplianceError::io(folder))?;
        let Ok(name) = entry.file_name().into_string() else {
            return refused(format!("a file name below `{prefix}` is not UTF-8"));
        };
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(ComplianceError::io(folder))?;
        if kind.is_dir() {
            if depth == DEPTH_MAX {
                return refused(format!("`{path}` lies too deep"));
            }
            walk(&entry.path(), &format!("{path}/"), depth + 1, found)?;
        } else if !kind.is_file() {
            return refused(format!("`{path}` is a link or a special file"));
        } else if found.len() == FILES_MAX {
            return refused(format!("it holds more than {FILES_MAX} files"));
        } else {
            found.push(path);
        }
    }
    Ok(())
}
