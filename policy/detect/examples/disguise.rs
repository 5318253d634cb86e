//! Measures what each disguise costs: `cargo run --release -p gnomon-detect --example disguise -- DATA_DIR [DISGUISE]`.
//!
//! DATA_DIR holds `injection.jsonl`, `secret.jsonl` and `pii.jsonl` as `evaluate` reads them. For each kind of finding it
//! prints how much of what is found plainly is still found behind the disguise, and how many more of the harmless rows
//! raise an alarm when they wear it, in points. With the name of a disguise it prints the rows that were lost or that
//! raised an alarm.

#[path = "../tests/it/disguises.rs"]
mod disguises;

use gnomon_detect::Plan;
use gnomon_types::conversation::Role;
use gnomon_types::finding::FindingKind;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;
use std::path::Path;

#[derive(Deserialize)]
struct Row {
    text: String,
    label: String,
    kind: String,
    #[serde(default)]
    strict: Option<bool>,
}

/// A row with what is found in it plainly.
struct Known {
    text: String,
    role: Role,
    harmless: bool,
    plain: BTreeSet<String>,
}

#[derive(Default)]
struct Tally {
    wanted: usize,
    kept: usize,
    harmless: usize,
    alarms_plain: usize,
    alarms: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().ok_or("usage: disguise DATA_DIR [DISGUISE]")?;
    let shown = args.next();
    if let Some(name) = shown.as_deref().filter(|name| disguises::named(name).is_none()) {
        return Err(format!("no disguise is called `{name}`: run without a name to see all").into());
    }
    let plan = Plan::shipped()?;
    let mut out = std::io::stdout().lock();
    let mut sets = Vec::new();
    for (file, kind) in
        [("injection", FindingKind::Injection), ("secret", FindingKind::Secret), ("pii", FindingKind::Pii)]
    {
        sets.push((kind, rows(&plan, &Path::new(&dir).join(format!("{file}.jsonl")), kind)?));
    }
    writeln!(
        out,
        "{:42} {:>22} {:>22} {:>22}",
        "recall kept, extra alarms in points", "attacks", "secrets", "personal data"
    )?;
    for (name, disguise) in disguises::ALL {
        if shown.as_ref().is_some_and(|shown| shown != name) {
            continue;
        }
        write!(out, "{name:42}")?;
        for (kind, rows) in &sets {
            let mut tally = Tally::default();
            for row in rows {
                count(&plan, row, &disguise(&row.text), *kind, &mut tally, shown.is_some().then_some(&mut out))?;
            }
            let points = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
            let more = points(tally.alarms, tally.harmless) - points(tally.alarms_plain, tally.harmless);
            write!(out, "   {:6.2} %  {more:+6.2}    ", points(tally.kept, tally.wanted))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn rows(plan: &Plan, path: &Path, kind: FindingKind) -> Result<Vec<Known>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let row: Row = serde_json::from_str(line)?;
        if !row.strict.unwrap_or(true) {
            continue;
        }
        let role = match row.kind.as_str() {
            "indirect_injection" | "tool_output" | "task_hijack" => Role::Tool,
            _ => Role::User,
        };
        let plain = found(plan, &row.text, role, kind);
        rows.push(Known { role, harmless: row.label == "benign", plain, text: row.text });
    }
    Ok(rows)
}

fn found(plan: &Plan, text: &str, role: Role, kind: FindingKind) -> BTreeSet<String> {
    let findings = plan.scan(text, role).findings.into_iter().filter(|finding| finding.kind == kind);
    // Which signal of an attack fires matters less than that one does.
    let name = |type_: std::borrow::Cow<'_, str>| match kind {
        FindingKind::Injection => "attack".to_owned(),
        _ => type_.into_owned(),
    };
    findings.map(|finding| name(finding.type_)).collect()
}

fn count(
    plan: &Plan,
    row: &Known,
    disguised: &str,
    kind: FindingKind,
    tally: &mut Tally,
    shown: Option<&mut impl Write>,
) -> Result<(), Box<dyn Error>> {
    let found = found(plan, disguised, row.role, kind);
    let short: String = disguised.chars().take(160).collect();
    if row.harmless {
        tally.harmless += 1;
        tally.alarms_plain += usize::from(!row.plain.is_empty());
        tally.alarms += usize::from(!found.is_empty());
        if let (true, true, Some(out)) = (row.plain.is_empty(), !found.is_empty(), shown) {
            writeln!(out, "  alarm {found:?}: {short:?}")?;
        }
        return Ok(());
    }
    let kept = row.plain.intersection(&found).count();
    tally.wanted += row.plain.len();
    tally.kept += kept;
    if let (true, Some(out)) = (kept < row.plain.len(), shown) {
        let lost: Vec<&String> = row.plain.difference(&found).collect();
        writeln!(out, "  lost {lost:?}: {short:?}")?;
    }
    Ok(())
}
