//! The command tree, and that every command shown to people exists.

use super::*;
use clap::CommandFactory as _;

#[test]
fn the_command_tree_is_consistent() {
    Cli::command().debug_assert();
}

/// Commands that pages and documents show, and whether an argument may be left out, as in a sentence.
fn shown() -> Vec<(String, bool)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut folders = vec![root.join("console/src"), root.join("compliance/src"), root.join("cli/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // The tree itself is what is compared with.
                folders.extend(Some(path).filter(|path| !path.ends_with("args")));
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("args.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                if path.starts_with(root.join("console")) {
                    found.extend(quoted(&text, '"').into_iter().map(|command| (command, false)));
                }
                found.extend(quoted(&text, '`').into_iter().map(|command| (command, true)));
            }
        }
    }
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let lines = readme.lines().map(|line| line.trim_start_matches("target/release/"));
    let commands = lines.filter(|line| line.starts_with("gnomon ") && !line.starts_with("gnomon is"));
    found.extend(
        commands
            .filter(|line| !line.contains("..."))
            .map(|line| (line.split(" #").next().unwrap().trim_end().to_owned(), false)),
    );
    found.extend(quoted(&readme, '`').into_iter().map(|command| (command.replace("target/release/", ""), true)));
    found
}

/// What stands between two of these marks and begins with our name.
fn quoted(text: &str, mark: char) -> Vec<String> {
    let start = format!("{mark}gnomon ");
    let literal = |rest: &str| format!("gnomon {}", rest.split([mark, '\n']).next().unwrap());
    // A format string and a message that goes on after the command are not commands by themselves.
    let is_command =
        |text: &String| !(text.contains(['{', '\\', ';', ',']) || text.contains("...") || text.contains(" shows "));
    text.split(&start).skip(1).map(literal).filter(is_command).collect()
}

/// Splits as a shell does, as far as our examples need it. What follows at a later time is stood in for.
fn words(command: &str) -> Vec<String> {
    let quoted: String = command
        .split('"')
        .enumerate()
        .map(|(n, part)| if n % 2 == 0 { part.to_owned() } else { part.replace(' ', "_") })
        .collect();
    let mut words: Vec<String> = quoted
        .split_whitespace()
        .map(|word| word.replace("governance|network|auditor|security|executive|admin", "admin"))
        .collect();
    if command.ends_with(' ') {
        words.push("1".to_owned());
    }
    words
}

#[test]
fn every_command_that_is_shown_to_people_exists() {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, MissingRequiredArgument};
    let shown = shown();
    assert!(shown.len() > 20, "{shown:?}");
    for (command, in_a_sentence) in shown {
        let Err(error) = Cli::try_parse_from(words(&command)) else { continue };
        if error.kind() == DisplayHelp {
            continue;
        }
        let incomplete = matches!(error.kind(), MissingRequiredArgument | DisplayHelpOnMissingArgumentOrSubcommand);
        assert!(in_a_sentence && incomplete, "`{command}`: {error}");
    }
}
