//! Runs every query over the records, one at a time, and says how each obligation stands. Pure, in bounded memory.

use crate::catalogue::{Evidence, Law, Obligation};
use crate::completeness::Ledger;
use crate::framework::{Framework, Window};
use crate::queries::{self, Ask, Facts, Matches, Query};
use crate::statement::{Completeness, QueryResult, Row, Span, Status};
use gnomon_types::record::{Record, RecordBody};
use gnomon_types::time::Timestamp;
use gnomon_types::verdict::Reason;

/// A run over a log.
pub(crate) struct Assessment {
    window: Window,
    root: Option<String>,
    running: Vec<Running>,
    rows: Vec<RunningRow>,
    ledger: Ledger,
    span: Span,
}

/// What the run found.
pub(crate) struct Assessed {
    pub(crate) span: Span,
    pub(crate) rows: Vec<Row>,
    pub(crate) queries: Vec<QueryResult>,
    /// Query, place and key of each record that was drawn.
    pub(crate) drawn: Vec<(String, u64, String)>,
    pub(crate) completeness: Completeness,
}

struct Running {
    query: &'static Query,
    facts: Facts,
    matches: Matches,
    /// Whether the record at hand matched.
    hit: bool,
}

struct RunningRow {
    framework: Framework,
    obligation: &'static Obligation,
    /// Places of its queries in `running`.
    queries: Vec<usize>,
    count: u64,
    named: u64,
}

impl Assessment {
    /// A run of the queries of these laws. With a root, samples are drawn.
    pub(crate) fn new(laws: &[&'static Law], window: Window, root: Option<String>) -> Self {
        let wanted = |query: &&Query| laws.iter().flat_map(|law| &law.obligations).any(|row| asks(row, query.id));
        let running: Vec<Running> = queries::TABLE.iter().filter(wanted).map(Running::new).collect();
        let mut rows = Vec::new();
        for law in laws {
            for obligation in &law.obligations {
                let places = running.iter().enumerate().filter(|(_, running)| asks(obligation, running.query.id));
                let queries = places.map(|(place, _)| place).collect();
                rows.push(RunningRow { framework: law.id, obligation, queries, count: 0, named: 0 });
            }
        }
        Self { window, root, running, rows, ledger: Ledger::default(), span: Span::default() }
    }

    /// The next record of the log.
    pub(crate) fn push(&mut self, seq: u64, bytes: &[u8]) {
        let Ok(record) = serde_json::from_slice::<Record>(bytes) else {
            self.ledger.unreadable();
            return;
        };
        self.span.oldest = self.span.oldest.or(Some(record.at));
        self.span.newest = Some(record.at);
        let in_window = self.window.contains(record.at);
        self.ledger.push(seq, &record, in_window);
        if !in_window {
            return;
        }
        self.span.window_first = self.span.window_first.or(Some(seq));
        self.span.window_last = Some(seq);
        self.span.window_records += 1;
        for running in &mut self.running {
            running.push(seq, &record, self.root.as_deref());
        }
        let reasons = reasons(&record);
        for row in &mut self.rows {
            let named = reasons.iter().any(|reason| names(reason, row.obligation));
            row.named += u64::from(named);
            let hit = row.queries.iter().any(|place| self.running.get(*place).is_some_and(|running| running.hit));
            row.count += u64::from(hit || named);
        }
    }

    /// How everything stands on a day.
    pub(crate) fn finish(self, today: Timestamp) -> Assessed {
        let completeness = self.ledger.finish();
        let removals = self.running.iter().find(|running| running.query.id == "q.removals");
        let view = View {
            today,
            span: &self.span,
            gaps: completeness.gap_count,
            missing: completeness.runs.iter().map(|run| run.missing).sum(),
            removals: removals.map_or(0, |running| running.matches.count()),
        };
        let rows = self.rows.iter().map(|row| row.judge(&view)).collect();
        let mut drawn = Vec::new();
        for running in &self.running {
            let sample = running.matches.sample();
            drawn.extend(sample.map(|(seq, key)| (running.query.id.to_owned(), seq, key)));
        }
        let queries = self.running.into_iter().map(Running::finish).collect();
        Assessed { span: self.span, rows, queries, drawn, completeness }
    }
}

fn asks(obligation: &Obligation, query: &str) -> bool {
    obligation.queries.iter().any(|id| id == query)
}

fn reasons(record: &Record) -> &[Reason] {
    match &record.body {
        RecordBody::Intent(intent) => &intent.reasons,
        RecordBody::Outcome(outcome) => &outcome.reasons,
        RecordBody::Hold(hold) => &hold.reasons,
        _ => &[],
    }
}

fn names(reason: &Reason, obligation: &Obligation) -> bool {
    reason.control.as_deref().is_some_and(|control| obligation.is_named_by(control))
}

impl Running {
    fn new(query: &'static Query) -> Self {
        Self { query, facts: Facts::default(), matches: Matches::default(), hit: false }
    }

    fn push(&mut self, seq: u64, record: &Record, root: Option<&str>) {
        let Ask::Record(found) = self.query.ask else { return };
        self.hit = found(record, &mut self.facts);
        if self.hit {
            self.matches.push(seq, self.query.id, root);
        }
    }

    fn finish(self) -> QueryResult {
        let mut result = QueryResult {
            id: self.query.id.to_owned(),
            text: self.query.text.to_owned(),
            answerable: self.query.is_answerable(),
            facts: self.facts.finish(),
            ..QueryResult::default()
        };
        match self.query.ask {
            Ask::Record(_) => self.matches.report(&mut result),
            Ask::Never(why) => why.clone_into(&mut result.why_not),
        }
        result
    }
}

/// What judging looks at besides the row.
struct View<'a> {
    today: Timestamp,
    span: &'a Span,
    gaps: u64,
    /// Records that gateways counted and the log does not hold.
    missing: u64,
    removals: u64,
}

impl RunningRow {
    fn judge(&self, view: &View<'_>) -> Row {
        let obligation = self.obligation;
        let (status, remark) = match obligation.evidence {
            Evidence::Records => judge_records(self.count, view),
            Evidence::Retention => judge_retention(view),
            Evidence::Person => (Status::NeedsAPerson, format!("{} a person decides", support(self.count))),
            Evidence::None => (Status::CannotBeEvidencedHere, nothing(obligation, self.named)),
        };
        Row {
            id: obligation.id.clone(),
            control: obligation.control(),
            source: obligation.source.clone(),
            framework: self.framework,
            reference: obligation.reference.clone(),
            requirement: obligation.requirement.clone(),
            who: obligation.who.clone(),
            applies_from: obligation.applies_from.clone(),
            applies_note: obligation.applies_note.clone(),
            applies: obligation.applies_from <= view.today.day(),
            status,
            count: self.count,
            queries: obligation.queries.clone(),
            named_by_rules: self.named,
            remark,
            person: obligation.person.clone(),
            limits: obligation.limits.clone(),
        }
    }
}

fn support(count: u64) -> String {
    match count {
        0 => "no record in the window supports it;".to_owned(),
        1 => "1 record supports it;".to_owned(),
        n => format!("{n} records support it;"),
    }
}

fn judge_records(count: u64, view: &View<'_>) -> (Status, String) {
    if count == 0 {
        return (Status::EvidenceMissing, "no matching record in the window".to_owned());
    }
    let records = if count == 1 { "1 record".to_owned() } else { format!("{count} records") };
    let gaps = match view.gaps {
        0 => "no gap is recorded".to_owned(),
        1 => "1 gap is recorded".to_owned(),
        n => format!("{n} gaps are recorded"),
    };
    let missing = match view.missing {
        0 => String::new(),
        n => format!("; {n} records that the gateway counted are not there"),
    };
    (Status::EvidencePresent, format!("{records} under the signed checkpoint; {gaps}{missing}"))
}

/// Six calendar months are 181 to 184 days, so months are counted, not days. They end with the newest record: a day that
/// somebody wrote into a pack keeps no record for longer.
fn judge_retention(view: &View<'_>) -> (Status, String) {
    let Some(oldest) = view.span.oldest else {
        return (Status::EvidenceMissing, "the log holds no record".to_owned());
    };
    let reached = six_months_after(oldest).unwrap_or_default();
    let removed = if view.removals > 0 { format!("; {} removals are recorded", view.removals) } else { String::new() };
    let since = oldest.day();
    let until = view.span.newest.map_or(view.today, |newest| newest.min(view.today));
    if reached <= until.day() {
        let last = until.day();
        let remark = format!("records reach from {since} to {last}, at least six calendar months{removed}");
        (Status::EvidencePresent, remark)
    } else {
        let remark = format!("records reach back to {since} only; six calendar months can be shown from {reached} on");
        (Status::EvidenceMissing, format!("{remark}{removed}"))
    }
}

fn six_months_after(moment: Timestamp) -> Option<String> {
    let day: jiff::civil::Date = moment.day().parse().ok()?;
    let after = day.checked_add(jiff::Span::new().try_months(6).ok()?).ok()?;
    Some(after.to_string())
}

fn nothing(obligation: &Obligation, named: u64) -> String {
    let whys: Vec<&str> = obligation.queries.iter().filter_map(|id| queries::find(id)).filter_map(why_not).collect();
    let why = if whys.is_empty() { "these records hold nothing on it".to_owned() } else { whys.join("; ") };
    if named > 0 { format!("{why}; {named} records name a rule for it") } else { why }
}

fn why_not(query: &Query) -> Option<&'static str> {
    if let Ask::Never(why) = query.ask { Some(why) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_months_are_calendar_months() {
        for (from, after) in [("2026-08-31", "2027-02-28"), ("2026-05-22", "2026-11-22"), ("2024-02-29", "2024-08-29")]
        {
            let moment = Timestamp::parse(&format!("{from}T12:00:00Z")).unwrap();
            assert_eq!(six_months_after(moment).as_deref(), Some(after));
        }
    }

    #[test]
    fn keeping_logs_is_evidenced_only_once_they_reach_back_six_months() {
        let day = |day: &str| Timestamp::parse(&format!("{day}T10:00:00Z")).unwrap();
        for (newest, today, status) in [
            ("2026-11-21", "2026-11-21", Status::EvidenceMissing),
            ("2026-11-22", "2026-11-22", Status::EvidencePresent),
            ("2026-11-22", "2026-11-21", Status::EvidenceMissing),
            ("2026-05-23", "2030-01-01", Status::EvidenceMissing),
        ] {
            let span = Span { oldest: Some(day("2026-05-22")), newest: Some(day(newest)), ..Span::default() };
            let today = day(today);
            let view = View { today, span: &span, gaps: 0, missing: 0, removals: 0 };
            assert_eq!(judge_retention(&view).0, status);
        }
    }
}
