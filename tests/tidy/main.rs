//! The repository's own rules as tests: the arrows between crates, the heads and lengths of files, the two commands.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Longest product file in lines. Think at 300, split at 400.
const LINES_MAX: usize = 400;

/// Who may import whom, as ARCHITECTURE.md draws it.
const ARROWS: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("policy/detect", &["types"]),
    ("policy/dialects", &["types"]),
    ("policy", &["detect", "dialects", "types"]),
    ("compliance/evidence", &["types"]),
    ("discovery", &["types"]),
    ("inventory", &["types"]),
    ("compliance", &["evidence", "inventory", "types"]),
    ("twin-bridge", &["inventory", "policy", "types"]),
    ("gateway", &["dialects", "evidence", "policy", "types"]),
    ("console", &["compliance", "evidence", "inventory", "policy", "twin-bridge", "types"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below `folder` with this ending, build output left out.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", "node_modules", ".git"].contains(&name.as_str()) {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&root(), ".rs", &mut found);
    found.sort();
    found
}

fn is_product(path: &Path) -> bool {
    let outside = ["tests", "benches", "examples"];
    !path
        .strip_prefix(root())
        .unwrap()
        .components()
        .any(|part| outside.contains(&part.as_os_str().to_string_lossy().as_ref()))
}

#[test]
fn crates_import_only_along_the_drawn_arrows() {
    for (folder, allowed) in ARROWS {
        let manifest = read(format!("{folder}/Cargo.toml"));
        let product = manifest.split("[dev-dependencies]").next().unwrap();
        for line in product.lines().filter(|line| line.starts_with("gnomon-")) {
            let name = line.trim_start_matches("gnomon-").split(['.', ' ', '=']).next().unwrap();
            assert!(allowed.contains(&name), "{folder} imports {name}, which ARCHITECTURE.md does not draw");
        }
    }
}

#[test]
fn every_product_file_says_what_it_is_for() {
    for path in rust_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} has no `//!` head", path.display());
    }
}

#[test]
fn no_product_file_is_longer_than_one_sitting() {
    let mut long = BTreeMap::new();
    for path in rust_files().into_iter().filter(|path| is_product(path)) {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        if lines > LINES_MAX {
            long.insert(path, lines);
        }
    }
    assert!(long.is_empty(), "over {LINES_MAX} lines: {long:#?}");
}

#[test]
fn nothing_unfinished_is_in_the_product() {
    let marks: Vec<String> =
        ["to", "unimple"].iter().zip(["do!(", "mented!("]).map(|(a, b)| format!("{a}{b}")).collect();
    for path in rust_files().into_iter().filter(|path| is_product(path)) {
        let text = std::fs::read_to_string(&path).unwrap();
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{} holds {mark}", path.display());
        }
    }
}

#[test]
fn the_readme_names_the_two_commands_and_the_makefile_has_them() {
    let (readme, makefile) = (read("README.md"), read("Makefile"));
    for target in ["demo", "test"] {
        assert!(readme.contains(&format!("make {target}")), "README.md does not name `make {target}`");
        assert!(makefile.contains(&format!("\n{target}:")), "the Makefile has no target `{target}`");
    }
}

#[test]
fn every_path_that_the_architecture_names_exists() {
    let text = read("ARCHITECTURE.md");
    let table = text.split("## Where to find things").nth(1).unwrap().split("## Glossary").next().unwrap();
    let named = table.split('`').skip(1).step_by(2).filter(|word| word.contains('/') && !word.contains('*'));
    for path in named {
        assert!(root().join(path).exists(), "ARCHITECTURE.md names `{path}`, which does not exist");
    }
}
