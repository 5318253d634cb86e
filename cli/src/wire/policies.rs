//! Loads policies: the shipped starter set, or a folder of `*.cedar` files.

use crate::failure::{Usage, unreadable};
use anyhow::Context as _;
use gnomon_policy::{PolicyFile, Snapshot};
use std::path::Path;

/// Loads and compiles the policies of a folder, or the shipped ones.
///
/// # Errors
/// When the folder cannot be read or holds no policy; `LoadErrors` with every mistake in the policies.
pub(crate) fn load(dir: Option<&Path>) -> anyhow::Result<Snapshot> {
    let Some(dir) = dir else { return Ok(Snapshot::shipped()?) };
    let files = read_folder(dir)?;
    if files.is_empty() {
        let message = format!("policy folder `{}` holds no *.cedar file", dir.display());
        return Err(Usage::new(message, format!("write the starter set: gnomon policy init {}", dir.display())).into());
    }
    Ok(Snapshot::load(&files, &gnomon_detect::Config::default())?)
}

/// The policy files of a folder, in the order of their names.
fn read_folder(dir: &Path) -> anyhow::Result<Vec<PolicyFile>> {
    let failed =
        |error: std::io::Error| Usage::plain(format!("cannot read policy folder `{}`: {error}", dir.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "cedar") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        Ok(PolicyFile { name: path.display().to_string(), text })
    };
    paths.into_iter().map(read).collect()
}

/// Makes the policies of `dir` those of `new`. Each file is swapped in whole; files that `new` has not are removed last,
/// so that a reload in between sees too many rules rather than too few.
///
/// # Errors
/// When a file cannot be read, written or removed.
pub(crate) fn replace(dir: &Path, new: &Path) -> anyhow::Result<()> {
    let files = read_folder(new)?;
    let file_name = |name: &str| Path::new(name).file_name().map(ToOwned::to_owned).unwrap_or_default();
    for file in &files {
        let (path, fresh) = (dir.join(file_name(&file.name)), dir.join(".new-policy"));
        std::fs::write(&fresh, &file.text)
            .and_then(|()| std::fs::rename(&fresh, &path))
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let kept: Vec<_> = files.iter().map(|file| file_name(&file.name)).collect();
    for old in read_folder(dir)? {
        if !kept.contains(&file_name(&old.name)) {
            std::fs::remove_file(&old.name).with_context(|| format!("cannot remove `{}`", old.name))?;
        }
    }
    Ok(())
}
