//! `gnomon scan`: judges texts with the code of the gateway's passes, one JSON object per line in and out.

use crate::args::ScanArgs;
use crate::failure::Outcome;
use crate::output;
use crate::wire::policies;
use gnomon_policy::Snapshot;
use gnomon_types::conversation::Role;
use gnomon_types::finding::View;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{self, BufRead};

/// Longest line that is read: a request body with room for escapes.
const LINE_BYTES_MAX: u64 = 64 << 20;

#[derive(Deserialize)]
struct Input {
    #[serde(default)]
    id: Value,
    text: String,
    #[serde(default)]
    role: Option<String>,
}

#[derive(Serialize)]
struct Output {
    id: Value,
    verdict: &'static str,
    score: f32,
    findings: Vec<OutputFinding>,
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

#[derive(Serialize)]
struct OutputError {
    line: u64,
    error: String,
}

pub(super) fn run(args: &ScanArgs) -> anyhow::Result<Outcome> {
    let snapshot = policies::chosen(&args.rules)?.load(None)?;
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    let mut failed = false;
    for number in 1_u64.. {
        line.clear();
        if io::Read::take(&mut input, LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Input>(&line) {
            Ok(input) => output::data_line(&serde_json::to_string(&judge(&snapshot, input))?)?,
            Err(error) => {
                failed = true;
                let error = format!("not a JSON object {{\"id\",\"text\",\"role\"?}}: {error}");
                output::data_line(&serde_json::to_string(&OutputError { line: number, error })?)?;
            }
        }
    }
    Ok(if failed { Outcome::Findings } else { Outcome::Fine })
}

fn judge(snapshot: &Snapshot, input: Input) -> Output {
    let role = input.role.as_deref().map_or(Role::User, Role::from_word);
    let judged = gnomon_policy::scan_text(snapshot, &input.text, role);
    let mut places = CodePoints::new(&input.text);
    let mut findings = judged.findings;
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
    Output { id: input.id, verdict: judged.verdict.as_str(), score: judged.score, findings: shown.collect() }
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
    }
}
