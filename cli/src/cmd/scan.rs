//! `gnomon scan`: judges texts with the code of the gateway's passes. Texts come as JSON Lines or, with `--text`, as whole
//! files; verdicts leave as JSON Lines or, on a terminal, for people.

mod input;
mod report;

use crate::args::{RoleArg, ScanArgs, ScanFormat};
use crate::failure::{Outcome, unreadable};
use crate::output;
use crate::wire::policies;
use gnomon_policy::Snapshot;
use gnomon_types::conversation::Role;
use gnomon_types::verdict::Verdict;
use input::{Line, Row, read_line, read_text};
use report::{Place, Sum};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _};
use std::path::Path;

/// Longest line or text that is read: a request body with room for escapes.
const TEXT_BYTES_MAX: u64 = 64 << 20;

pub(super) fn run(args: &ScanArgs) -> anyhow::Result<Outcome> {
    let snapshot = policies::chosen(&args.rules)?.load(None)?;
    let terminal = io::stdout().is_terminal();
    let format = args.format.unwrap_or(if terminal { ScanFormat::Text } else { ScanFormat::Json });
    let mut scan = Scan { snapshot, format, role: role(args.role), sum: Sum::default() };
    let from_stdin = args.files.is_empty();
    for file in &args.files {
        match file.to_str() {
            Some("-") => scan.all(&mut io::stdin().lock(), Some("-"), args.text)?,
            _ => scan.file(file, args.text)?,
        }
    }
    if from_stdin {
        if io::stdin().is_terminal() {
            output::message("reading from the terminal; end with Ctrl-D, or name files: gnomon scan --help");
        }
        scan.all(&mut io::stdin().lock(), None, args.text)?;
    }
    scan.sum.tell(format);
    let refused = args.exit_code && scan.sum.of_concern() > 0;
    Ok(if refused || scan.sum.failed > 0 { Outcome::Findings } else { Outcome::Fine })
}

fn role(arg: RoleArg) -> Role {
    match arg {
        RoleArg::System => Role::System,
        RoleArg::User => Role::User,
        RoleArg::Assistant => Role::Assistant,
        RoleArg::Tool => Role::Tool,
    }
}

/// One run over all its inputs.
struct Scan {
    snapshot: Snapshot,
    format: ScanFormat,
    /// Whose words a text is when it does not say.
    role: Role,
    sum: Sum,
}

impl Scan {
    fn file(&mut self, path: &Path, whole: bool) -> anyhow::Result<()> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(unreadable(path, &io::Error::from(io::ErrorKind::IsADirectory)).into());
        }
        self.all(&mut BufReader::new(file), Some(&name), whole)
    }

    fn all(&mut self, input: &mut impl BufRead, file: Option<&str>, whole: bool) -> anyhow::Result<()> {
        if whole { self.text(input, file) } else { self.lines(input, file) }
    }

    /// The input is one text.
    fn text(&mut self, input: &mut impl BufRead, file: Option<&str>) -> anyhow::Result<()> {
        let place = Place { file, line: None };
        match read_text(input, TEXT_BYTES_MAX)? {
            Err(wrong) => self.wrong(&place, wrong),
            Ok(text) => {
                let id = Value::from(file.unwrap_or("-"));
                self.judge(&place, Row { id, text, role: None })
            }
        }
    }

    /// Each line of the input is a JSON object with a text.
    fn lines(&mut self, input: &mut impl BufRead, file: Option<&str>) -> anyhow::Result<()> {
        let mut line = Vec::new();
        for number in 1_u64.. {
            let place = Place { file, line: Some(number) };
            match read_line(input, &mut line, TEXT_BYTES_MAX)? {
                Line::End => break,
                Line::TooLong => self.wrong(&place, format!("the line is over {} MiB", TEXT_BYTES_MAX >> 20))?,
                Line::Whole if line.trim_ascii().is_empty() => {}
                Line::Whole => {
                    let bytes = if number == 1 { input::without_mark(&line) } else { &line };
                    match Row::read(bytes, &mut self.sum.ignored) {
                        Ok(row) => self.judge(&place, row)?,
                        Err(wrong) => self.wrong(&place, wrong)?,
                    }
                }
            }
        }
        Ok(())
    }

    fn judge(&mut self, place: &Place<'_>, row: Row) -> anyhow::Result<()> {
        let judged = gnomon_policy::scan_text(&self.snapshot, &row.text, row.role.unwrap_or(self.role));
        self.sum.count(judged.verdict);
        report::judged(self.format, &self.snapshot, place, &row, judged)
    }

    fn wrong(&mut self, place: &Place<'_>, wrong: String) -> anyhow::Result<()> {
        self.sum.failed += 1;
        report::wrong(self.format, place, wrong)
    }
}

impl Sum {
    fn count(&mut self, verdict: Verdict) {
        *self.verdicts.entry(verdict).or_default() += 1;
    }

    /// How many texts would not go through as they are.
    fn of_concern(&self) -> u64 {
        self.verdicts.iter().filter(|(verdict, _)| **verdict != Verdict::Allow).map(|(_, count)| count).sum()
    }
}
