//! How `gnomon scan` tells what it found: an object per text for programs, lines for people. Never the text itself.

use super::input::Row;
use crate::args::ScanFormat;
use crate::output;
use gnomon_policy::{Snapshot, TextVerdict};
use gnomon_types::finding::{Finding, View};
use gnomon_types::verdict::{Reason, Verdict};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What was judged in all.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) verdicts: BTreeMap<Verdict, u64>,
    pub(super) failed: u64,
    /// Fields of rows that are not ours.
    pub(super) ignored: BTreeSet<String>,
}

/// Where a text stands.
pub(super) struct Place<'a> {
    pub(super) file: Option<&'a str>,
    pub(super) line: Option<u64>,
}

#[derive(Serialize)]
struct Output<'a> {
    id: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    verdict: &'static str,
    score: f32,
    findings: Vec<OutputFinding>,
    /// The inspection ran out of its budget: there may be more than was found.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    exhausted: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<OutputRule>,
}

/// A finding with offsets in Unicode code points.
#[derive(Serialize)]
struct OutputFinding {
    kind: &'static str,
    #[serde(rename = "type")]
    type_: String,
    start: usize,
    end: usize,
    score: f32,
    rule: String,
    /// Changes whenever the rule or its code changes.
    rule_version: String,
    view: View,
    why: String,
    /// The place in the AI Act that prohibits the purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    article: Option<String>,
}

/// A policy that spoke.
#[derive(Serialize)]
struct OutputRule {
    rule: String,
    reason: String,
    /// It was recorded and does not count.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    observed: bool,
}

#[derive(Serialize)]
struct OutputError<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    error: String,
}

/// Tells the verdict about one text.
pub(super) fn judged(
    format: ScanFormat,
    snapshot: &Snapshot,
    place: &Place<'_>,
    row: &Row,
    judged: TextVerdict,
) -> anyhow::Result<()> {
    let TextVerdict { verdict, score, findings, reasons, exhausted } = judged;
    let output = Output {
        id: &row.id,
        file: place.file,
        verdict: verdict.as_str(),
        score,
        findings: shown(snapshot, &row.text, findings),
        exhausted,
        rules: reasons.into_iter().map(OutputRule::of).collect(),
    };
    match format {
        ScanFormat::Json => output::data_line(&serde_json::to_string(&output)?),
        ScanFormat::Text => output::line(&for_people(place, &row.text, &output)),
    }
}

/// Tells why a line or file is not judged.
pub(super) fn wrong(format: ScanFormat, place: &Place<'_>, error: String) -> anyhow::Result<()> {
    match format {
        ScanFormat::Json => {
            let row = OutputError { file: place.file, line: place.line, error };
            output::data_line(&serde_json::to_string(&row)?)
        }
        ScanFormat::Text => output::line(&format!("{}: error: {error}", named(place, &Value::Null))),
    }
}

impl OutputRule {
    fn of(reason: Reason) -> Self {
        Self { rule: reason.rule, reason: reason.text, observed: reason.observed }
    }
}

impl Sum {
    /// Says on stderr what was left aside, and to people how it went.
    pub(super) fn tell(&self, format: ScanFormat) {
        if !self.ignored.is_empty() {
            let listed: Vec<&str> = self.ignored.iter().map(String::as_str).collect();
            output::message(&format!("note: only id, text and role are read; ignored: {}", listed.join(", ")));
        }
        if format == ScanFormat::Text {
            let counts: Vec<String> =
                self.verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
            let texts: u64 = self.verdicts.values().sum();
            let failed = if self.failed > 0 { format!(", {} not read", self.failed) } else { String::new() };
            output::message(&format!("{texts} texts: {}{failed}", counts.join(", ")));
        }
    }
}

fn shown(snapshot: &Snapshot, text: &str, mut findings: Vec<Finding>) -> Vec<OutputFinding> {
    let mut places = CodePoints::new(text);
    findings.sort_by_key(|finding| (finding.start, finding.end));
    let shown = findings.into_iter().map(|finding| {
        let start = places.of(finding.start);
        let explanation = snapshot.plan().explain(&finding);
        OutputFinding {
            kind: finding.kind.as_str(),
            type_: finding.type_.into_owned(),
            start,
            end: start + places.between(finding.start, finding.end),
            score: finding.score,
            rule: finding.rule.into_owned(),
            rule_version: explanation.version,
            view: finding.view,
            why: explanation.why.into_owned(),
            article: explanation.article.map(Into::into),
        }
    });
    shown.collect()
}

/// `FILE:LINE`, or the text's own id where there is no file.
fn named(place: &Place<'_>, id: &Value) -> String {
    let id = match id {
        Value::Null => String::new(),
        Value::String(id) if Some(id.as_str()) == place.file => String::new(),
        Value::String(id) => format!(" {id}"),
        other => format!(" {other}"),
    };
    match (place.file, place.line) {
        (Some(file), Some(line)) => format!("{file}:{line}{id}"),
        (Some(file), None) => format!("{file}{id}"),
        (None, Some(line)) => format!("line {line}{id}"),
        (None, None) => "stdin".to_owned(),
    }
}

fn for_people(place: &Place<'_>, text: &str, output: &Output<'_>) -> String {
    let mut lines = vec![format!("{}: {} (attack score {:.2})", named(place, output.id), output.verdict, output.score)];
    for found in &output.findings {
        let article = found.article.as_ref().map(|article| format!(", AI Act Art. {article}")).unwrap_or_default();
        let (line, column) = line_and_column(text, found.start);
        let length = found.end - found.start;
        lines.push(format!(
            "  {line}:{column} {}/{} of {length} characters{article}: {} ({})",
            found.kind, found.type_, found.why, found.rule
        ));
    }
    if output.exhausted {
        lines.push("  the inspection ran out of its budget; there may be more".to_owned());
    }
    for rule in &output.rules {
        let observed = if rule.observed { " (observed only)" } else { "" };
        lines.push(format!("  rule {}{observed}: {}", rule.rule, rule.reason));
    }
    lines.join("\n")
}

/// Line and column, from 1, of a code point of a text.
fn line_and_column(text: &str, point: usize) -> (usize, usize) {
    let before = text.chars().take(point);
    before.fold((1, 1), |(line, column), letter| if letter == '\n' { (line + 1, 1) } else { (line, column + 1) })
}

/// Turns rising byte offsets of a text into code point offsets in one pass.
struct CodePoints<'t> {
    text: &'t str,
    byte: usize,
    point: usize,
}

impl<'t> CodePoints<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, byte: 0, point: 0 }
    }

    fn of(&mut self, byte: usize) -> usize {
        self.point += self.between(self.byte, byte);
        self.byte = byte.max(self.byte);
        self.point
    }

    fn between(&self, from: usize, to: usize) -> usize {
        let bytes = self.text.as_bytes().get(from..to).unwrap_or_default();
        bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_code_points() {
        let text = "äö a@b.example";
        let mut places = CodePoints::new(text);
        let start = text.find('a').unwrap();
        assert_eq!(places.of(start), 3);
        assert_eq!(places.between(start, text.len()), 11);
        assert_eq!(line_and_column("ä\nöx", 3), (2, 2));
    }
}
