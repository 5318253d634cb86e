//! Measures the shipped plan on labelled text: `cargo run -p gnomon-detect --example evaluate -- DATA_DIR [misses]`.
//!
//! DATA_DIR holds `injection.jsonl`, `secret.jsonl`, `pii.jsonl`, `hazard.jsonl` as JSON Lines with `text`, `label`, `kind`,
//! `source` and `spans` in code points. Prints figures per source, so that progress is measured and not believed.
//! With `misses` it prints what was missed and what was found in vain.

mod shared;

use gnomon_detect::Plan;
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind};
use serde::Deserialize;
use shared::{auc, read};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;

#[derive(Deserialize)]
struct Row {
    text: String,
    label: String,
    kind: String,
    source: String,
    #[serde(default)]
    spans: Vec<Span>,
    #[serde(default)]
    strict: Option<bool>,
    #[serde(default)]
    rule: Option<String>,
}

#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    type_: String,
    #[serde(default)]
    subtype: Option<String>,
}

#[derive(Default)]
struct Tally {
    rows: usize,
    hit: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().ok_or("usage: evaluate DATA_DIR [misses]")?;
    let what = args.next().unwrap_or_default();
    let plan = Plan::shipped()?;
    let dir = Path::new(&dir);
    let mut out = std::io::stdout().lock();
    injection(&plan, &rows(&dir.join("injection.jsonl"))?, &what, &mut out)?;
    secrets(&plan, &rows(&dir.join("secret.jsonl"))?, &what, &mut out)?;
    personal(&plan, &rows(&dir.join("pii.jsonl"))?, &what, &mut out)?;
    hazards(&plan, &rows(&dir.join("hazard.jsonl"))?, &what, &mut out)?;
    for file in ["injection", "secret", "pii", "hazard"] {
        stray(&plan, file, &rows(&dir.join(format!("{file}.jsonl")))?, &what, &mut out)?;
    }
    Ok(())
}

fn rows(path: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let Ok(text) = read(path) else {
        return Ok(Vec::new());
    };
    let mut rows = Vec::new();
    for line in text.lines() {
        rows.push(serde_json::from_str(line)?);
    }
    Ok(rows)
}

fn role(row: &Row) -> Role {
    match row.kind.as_str() {
        "indirect_injection" | "tool_output" | "task_hijack" => Role::Tool,
        _ => Role::User,
    }
}

fn injection(plan: &Plan, rows: &[Row], what: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut by_source: BTreeMap<(String, String, String), Tally> = BTreeMap::new();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for row in rows {
        let scan = plan.scan(&row.text, role(row));
        let caught = scan.findings.iter().any(|finding| finding.kind == FindingKind::Injection);
        let strict = row.strict.unwrap_or(true);
        let key =
            (row.label.clone(), format!("{}{}", row.kind, if strict { "" } else { " (lax)" }), row.source.clone());
        let tally = by_source.entry(key).or_default();
        tally.rows += 1;
        tally.hit += usize::from(caught);
        if strict {
            if row.label == "attack" { bad.push(scan.attack_score) } else { good.push(scan.attack_score) }
        }
        if what == "injection" && strict && caught != (row.label == "attack") {
            writeln!(out, "  {} {:.2} [{}] {}", row.label, scan.attack_score, row.kind, short(&row.text))?;
        }
    }
    writeln!(out, "injection")?;
    for ((label, kind, source), tally) in &by_source {
        writeln!(out, "  {label:7} {kind:26} {:4}/{:4} {:5.1}%  {source}", tally.hit, tally.rows, percent(tally))?;
    }
    writeln!(out, "  AUC {:.4}", auc(&bad, &good))?;
    Ok(())
}

fn secrets(plan: &Plan, rows: &[Row], what: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut by_source: BTreeMap<(String, String), Tally> = BTreeMap::new();
    let mut exact = Tally::default();
    let (mut true_hits, mut false_hits) = (0, 0);
    for row in rows {
        let found = of_kind(plan, row, FindingKind::Secret);
        let wanted: Vec<(usize, usize)> = row.spans.iter().map(|span| bytes(&row.text, span)).collect();
        let positive = row.label == "secret";
        let caught = if wanted.is_empty() {
            !found.is_empty()
        } else {
            found.iter().any(|f| wanted.iter().any(|w| overlaps(f, *w)))
        };
        for want in &wanted {
            exact.rows += 1;
            exact.hit += usize::from(found.iter().any(|f| (f.start, f.end) == *want));
        }
        let tally = by_source.entry((row.label.clone(), row.source.clone())).or_default();
        tally.rows += 1;
        tally.hit += usize::from(caught);
        true_hits += usize::from(positive && caught);
        false_hits += usize::from(!positive && caught);
        if what == "secret" && caught != positive {
            writeln!(
                out,
                "  {} {} {} {:?}",
                row.label,
                row.rule.as_deref().unwrap_or("-"),
                short(&row.text),
                matches(&row.text, &found)
            )?;
        }
    }
    writeln!(out, "secrets")?;
    for ((label, source), tally) in &by_source {
        writeln!(out, "  {label:7} {:4}/{:4} {:5.1}%  {source}", tally.hit, tally.rows, percent(tally))?;
    }
    writeln!(
        out,
        "  rows: precision {:.4}; exact spans {:.3}",
        true_hits as f64 / (true_hits + false_hits).max(1) as f64,
        percent(&exact)
    )?;
    Ok(())
}

fn personal(plan: &Plan, rows: &[Row], what: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut wanted_by: BTreeMap<String, Tally> = BTreeMap::new();
    let mut found_by: BTreeMap<String, Tally> = BTreeMap::new();
    for row in rows {
        let found = of_kind(plan, row, FindingKind::Pii);
        let wanted: Vec<(usize, usize, &Span)> = row
            .spans
            .iter()
            .map(|span| {
                let (a, b) = bytes(&row.text, span);
                (a, b, span)
            })
            .collect();
        for (start, end, span) in &wanted {
            let hit = found.iter().any(|f| f.start == *start && f.end == *end && f.type_ == span.type_);
            let name = span.subtype.as_ref().map_or(span.type_.clone(), |sub| format!("{}:{sub}", span.type_));
            let tally = wanted_by.entry(name.clone()).or_default();
            tally.rows += 1;
            tally.hit += usize::from(hit);
            if !hit && (what == "pii" || what == span.type_) {
                writeln!(
                    out,
                    "  missed {name} `{}` in {}",
                    row.text.get(*start..*end).unwrap_or_default(),
                    short(&row.text)
                )?;
            }
        }
        for f in &found {
            let hit =
                wanted.iter().any(|(start, end, span)| f.start == *start && f.end == *end && f.type_ == span.type_);
            let tally = found_by.entry(f.type_.to_string()).or_default();
            tally.rows += 1;
            tally.hit += usize::from(hit);
            if !hit && (what == "pii" || what == f.type_) {
                writeln!(
                    out,
                    "  wrong {} `{}` in {}",
                    f.rule,
                    row.text.get(f.start..f.end).unwrap_or_default(),
                    short(&row.text)
                )?;
            }
        }
    }
    writeln!(out, "personal data, exact spans")?;
    for (name, tally) in &wanted_by {
        writeln!(out, "  recall    {name:28} {:4}/{:4} {:5.1}%", tally.hit, tally.rows, percent(tally))?;
    }
    for (name, tally) in &found_by {
        writeln!(out, "  precision {name:28} {:4}/{:4} {:5.1}%", tally.hit, tally.rows, percent(tally))?;
    }
    Ok(())
}

fn hazards(plan: &Plan, rows: &[Row], what: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut by_source: BTreeMap<(String, String), Tally> = BTreeMap::new();
    for row in rows {
        let caught = !of_kind(plan, row, FindingKind::Hazard).is_empty();
        let tally = by_source.entry((row.label.clone(), row.source.clone())).or_default();
        tally.rows += 1;
        tally.hit += usize::from(caught);
        if what == "hazard" && caught != (row.label == "attack") {
            writeln!(out, "  {} {}", row.label, short(&row.text))?;
        }
    }
    writeln!(out, "hazards")?;
    for ((label, source), tally) in &by_source {
        writeln!(out, "  {label:7} {:4}/{:4} {:5.1}%  {source}", tally.hit, tally.rows, percent(tally))?;
    }
    Ok(())
}

/// Findings of kinds that the file is not about: false alarms, mostly.
fn stray(plan: &Plan, file: &str, rows: &[Row], what: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in rows {
        for f in plan.scan(&row.text, role(row)).findings {
            let own = match file {
                "injection" => f.kind == FindingKind::Injection,
                "secret" => f.kind == FindingKind::Secret,
                "pii" => f.kind == FindingKind::Pii,
                _ => f.kind == FindingKind::Hazard,
            };
            if own {
                continue;
            }
            *counts.entry((row.source.clone(), f.rule.to_string())).or_default() += 1;
            if what == "stray" {
                writeln!(
                    out,
                    "  {} `{}` in {}",
                    f.rule,
                    row.text.get(f.start..f.end).map(short).unwrap_or_default(),
                    short(&row.text)
                )?;
            }
        }
    }
    writeln!(out, "stray findings in {file}")?;
    for ((source, rule), count) in counts {
        writeln!(out, "  {count:4} {rule:32} {source}")?;
    }
    Ok(())
}

fn of_kind(plan: &Plan, row: &Row, kind: FindingKind) -> Vec<Finding> {
    plan.scan(&row.text, Role::User).findings.into_iter().filter(|finding| finding.kind == kind).collect()
}

/// Rule and matched text of each finding.
fn matches(text: &str, found: &[Finding]) -> Vec<String> {
    found.iter().map(|f| format!("{} {}", f.rule, text.get(f.start..f.end).map(short).unwrap_or_default())).collect()
}

fn overlaps(finding: &Finding, wanted: (usize, usize)) -> bool {
    finding.start < wanted.1 && wanted.0 < finding.end
}

/// Byte range of a span in code points.
fn bytes(text: &str, span: &Span) -> (usize, usize) {
    let place = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    (place(span.start), place(span.end))
}

fn percent(tally: &Tally) -> f64 {
    100.0 * tally.hit as f64 / tally.rows.max(1) as f64
}

fn short(text: &str) -> String {
    text.chars().take(220).collect::<String>().replace('\n', "\\n")
}
