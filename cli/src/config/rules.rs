//! What the rules work with: policies, dictionaries, and what is taken on trust about tools.

use super::reader::{Reader, Section};
use super::values::existing_file;
use gnomon_policy::FirstUse;
use std::path::PathBuf;

/// Which policies are in force.
#[derive(Debug, Clone)]
pub(crate) struct PolicyConfig {
    /// Folder of `*.cedar` files; absent: the shipped starter set.
    pub(crate) dir: Option<PathBuf>,
}

/// A list of terms that are looked for. Its file is read with the policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DictionaryConfig {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) case_sensitive: bool,
    pub(crate) whole_words: bool,
}

/// What is taken on trust about tools.
#[derive(Debug, Clone)]
pub(crate) struct ToolsConfig {
    pub(crate) first_use: FirstUse,
}

pub(super) fn read_policy(section: Section<'_>, reader: &Reader) -> Option<PolicyConfig> {
    let found = section.text("dir");
    section.finish();
    let Some(found) = found else { return Some(PolicyConfig { dir: None }) };
    let dir = PathBuf::from(&found.value);
    if !dir.is_dir() {
        let help = Some("leave `dir` out to use the shipped starter set".to_owned());
        reader.problem(&found.place, format!("policy folder `{}` does not exist", found.value), help);
        return None;
    }
    Some(PolicyConfig { dir: Some(dir) })
}

pub(super) fn read_dictionary(section: Section<'_>, reader: &Reader) -> Option<DictionaryConfig> {
    let name = section.required("name", "\"code-names\"");
    let path = section.required("path", "\"code-names.txt\"");
    let case_sensitive = section.flag("case_sensitive").unwrap_or(false);
    let whole_words = section.flag("whole_words").unwrap_or(true);
    section.finish();
    // Both are looked at before either ends it, so that one reading names both mistakes.
    let path = path.and_then(|path| existing_file(reader, &path));
    let name = name?;
    if let Err(message) = gnomon_detect::Dictionary::check_name(&name.value) {
        let help = "findings carry it in capitals: `code-names` finds `data/CODE_NAMES`".to_owned();
        reader.problem(&name.place, message, Some(help));
        return None;
    }
    Some(DictionaryConfig { name: name.value, path: path?, case_sensitive, whole_words })
}

pub(super) fn read_tools(section: Section<'_>, reader: &Reader) -> Option<ToolsConfig> {
    let found = section.text("first_use");
    section.finish();
    let first_use = match found {
        None => FirstUse::Review,
        Some(found) => match found.value.as_str() {
            "review" => FirstUse::Review,
            "trust" => FirstUse::Trust,
            _ => {
                reader.problem(&found.place, format!("`{}` is not `review` or `trust`", found.value), None);
                return None;
            }
        },
    };
    Some(ToolsConfig { first_use })
}
