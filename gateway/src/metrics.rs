//! What is counted, and its Prometheus text. One enum names every metric; labels are closed sets.

use crate::opinion::Cause;
use gnomon_policy::Opinion;
use gnomon_types::code::Code;
use gnomon_types::verdict::Verdict;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Counters since the start of the process.
#[derive(Debug, Default)]
pub struct Counters {
    accepted: AtomicU64,
    intents: AtomicU64,
    forwarded: AtomicU64,
    outcomes: AtomicU64,
    refused: AtomicU64,
    evidence_failures: AtomicU64,
    outcomes_lost: AtomicU64,
    client_gone: AtomicU64,
    panics: AtomicU64,
    connections: AtomicI64,
    in_flight: AtomicI64,
    held: AtomicI64,
    by_verdict: [AtomicU64; 4],
    by_answer_verdict: [AtomicU64; 4],
    by_code: [AtomicU64; Code::ALL.len()],
    judge_answers: [AtomicU64; 3],
    judge_failures: [AtomicU64; Cause::ALL.len()],
    judge_remembered: AtomicU64,
    judge: Histogram,
    validation: Histogram,
    evidence: Histogram,
    first_byte: Histogram,
}

/// Things that are counted one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    /// A request was accepted.
    Accepted,
    /// An intent became durable.
    Intent,
    /// A request was forwarded.
    Forwarded,
    /// An outcome became durable.
    Outcome,
    /// An append to the evidence log failed.
    EvidenceFailure,
    /// An outcome could not be written at all.
    OutcomeLost,
    /// A client left before its answer was complete.
    ClientGone,
    /// A request ended in a panic of ours.
    Panic,
}

/// Things that go up and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gauge {
    /// Open client connections.
    Connections,
    /// Requests being served.
    InFlight,
    /// Requests waiting for a person on an open connection.
    Held,
}

/// Things that take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Took {
    /// Both passes.
    Validation,
    /// Waiting for an intent to be durable.
    Evidence,
    /// From forwarding to the answer's head.
    FirstByte,
    /// Asking a judge model, for one request.
    Judge,
}

/// The figures that a heartbeat record carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Requests accepted.
    pub accepted: u64,
    /// Intents written.
    pub intents: u64,
    /// Requests forwarded.
    pub forwarded: u64,
    /// Outcomes written.
    pub outcomes: u64,
    /// Requests not forwarded.
    pub refused: u64,
}

impl Counters {
    /// The figures of a heartbeat.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals {
            accepted: get(&self.accepted),
            intents: get(&self.intents),
            forwarded: get(&self.forwarded),
            outcomes: get(&self.outcomes),
            refused: get(&self.refused),
        }
    }

    /// Requests being served at this moment.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        u64::try_from(self.in_flight.load(Ordering::Relaxed)).unwrap_or(0)
    }

    pub(crate) fn count(&self, what: Count) {
        let counter = match what {
            Count::Accepted => &self.accepted,
            Count::Intent => &self.intents,
            Count::Forwarded => &self.forwarded,
            Count::Outcome => &self.outcomes,
            Count::EvidenceFailure => &self.evidence_failures,
            Count::OutcomeLost => &self.outcomes_lost,
            Count::ClientGone => &self.client_gone,
            Count::Panic => &self.panics,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// A request is not forwarded.
    pub(crate) fn refused(&self, code: Code) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.told(code);
    }

    /// A client is told why it gets no answer, or no more of it.
    pub(crate) fn told(&self, code: Code) {
        let index = Code::ALL.iter().position(|&known| known == code).unwrap_or_default();
        add(&self.by_code, index);
    }

    /// A decision fell.
    pub(crate) fn verdict(&self, verdict: Verdict) {
        add(&self.by_verdict, index(verdict));
    }

    /// An answer ended.
    pub(crate) fn answer_verdict(&self, verdict: Verdict) {
        add(&self.by_answer_verdict, index(verdict));
    }

    /// The judge model was asked; why there is no opinion, if there is none.
    pub(crate) fn judge_answer(&self, opinion: Opinion, cause: Option<Cause>) {
        add(&self.judge_answers, opinion as usize);
        if let Some(cause) = cause {
            add(&self.judge_failures, cause as usize);
        }
    }

    /// The judge model need not be asked, since its opinion is known.
    pub(crate) fn judge_remembered(&self) {
        self.judge_remembered.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn took(&self, what: Took, time: Duration) {
        match what {
            Took::Validation => self.validation.observe(time),
            Took::Evidence => self.evidence.observe(time),
            Took::FirstByte => self.first_byte.observe(time),
            Took::Judge => self.judge.observe(time),
        }
    }

    /// Raises a gauge until the returned guard is dropped.
    pub(crate) fn raise(self: &std::sync::Arc<Self>, gauge: Gauge) -> Raised {
        self.gauge(gauge).fetch_add(1, Ordering::Relaxed);
        Raised { counters: self.clone(), gauge }
    }

    fn gauge(&self, gauge: Gauge) -> &AtomicI64 {
        match gauge {
            Gauge::Connections => &self.connections,
            Gauge::InFlight => &self.in_flight,
            Gauge::Held => &self.held,
        }
    }
}

/// A raised gauge; dropping it lowers the gauge.
#[derive(Debug)]
pub(crate) struct Raised {
    counters: std::sync::Arc<Counters>,
    gauge: Gauge,
}

impl Drop for Raised {
    fn drop(&mut self) {
        self.counters.gauge(self.gauge).fetch_sub(1, Ordering::Relaxed);
    }
}

/// Renders all counters as Prometheus text.
#[must_use]
pub fn render_metrics(counters: &Counters) -> String {
    let mut text = String::new();
    for (name, help, counter) in [
        ("gnomon_requests_total", "Requests accepted.", &counters.accepted),
        ("gnomon_intents_total", "Intent records made durable.", &counters.intents),
        ("gnomon_forwarded_total", "Requests forwarded to an upstream.", &counters.forwarded),
        ("gnomon_outcomes_total", "Outcome records made durable.", &counters.outcomes),
        ("gnomon_refused_total", "Requests not forwarded.", &counters.refused),
        ("gnomon_evidence_failures_total", "Failed appends to the evidence log.", &counters.evidence_failures),
        ("gnomon_outcomes_lost_total", "Outcomes that could not be written.", &counters.outcomes_lost),
        ("gnomon_client_gone_total", "Requests whose client left early.", &counters.client_gone),
        ("gnomon_panics_total", "Requests that ended in a failure of the gateway.", &counters.panics),
    ] {
        head(&mut text, name, help, "counter");
        line(&mut text, name, "", get(counter));
    }
    for (name, help, gauge) in [
        ("gnomon_connections", "Open client connections.", &counters.connections),
        ("gnomon_in_flight", "Requests being served.", &counters.in_flight),
        ("gnomon_held", "Requests waiting for a person on an open connection.", &counters.held),
    ] {
        head(&mut text, name, help, "gauge");
        line(&mut text, name, "", u64::try_from(gauge.load(Ordering::Relaxed)).unwrap_or(0));
    }
    verdicts(&mut text, "gnomon_decisions_total", "Decisions by verdict.", &counters.by_verdict);
    verdicts(&mut text, "gnomon_answers_total", "Answers by what was done to them.", &counters.by_answer_verdict);
    head(&mut text, "gnomon_refusals_total", "Denials and errors told to clients, by public code.", "counter");
    for (code, counter) in Code::ALL.iter().zip(&counters.by_code) {
        line(&mut text, "gnomon_refusals_total", &format!("{{code=\"{}\"}}", code.as_str()), get(counter));
    }
    judge(&mut text, counters);
    counters.validation.render(&mut text, "gnomon_validation_seconds", "Time of both passes.");
    counters.evidence.render(&mut text, "gnomon_evidence_seconds", "Time until an intent was durable.");
    counters.first_byte.render(
        &mut text,
        "gnomon_first_byte_seconds",
        "Time from forwarding to the head of the answer.",
    );
    text
}

fn judge(text: &mut String, counters: &Counters) {
    let name = "gnomon_judge_answers_total";
    head(text, name, "Texts that the judge model was asked about, by its opinion.", "counter");
    for opinion in [Opinion::Safe, Opinion::Failed, Opinion::Unsafe] {
        let counter = counters.judge_answers.get(opinion as usize).map_or(0, get);
        line(text, name, &format!("{{opinion=\"{}\"}}", opinion.as_str()), counter);
    }
    let name = "gnomon_judge_failures_total";
    head(text, name, "Texts without an opinion of the judge model, by cause.", "counter");
    for (cause, counter) in Cause::ALL.iter().zip(&counters.judge_failures) {
        line(text, name, &format!("{{cause=\"{}\"}}", cause.as_str()), get(counter));
    }
    let name = "gnomon_judge_remembered_total";
    head(text, name, "Texts on which the judge model's opinion was known.", "counter");
    line(text, name, "", get(&counters.judge_remembered));
    counters.judge.render(text, "gnomon_judge_seconds", "Time of asking the judge model, for one request.");
}

fn verdicts(text: &mut String, name: &str, help: &str, counters: &[AtomicU64; 4]) {
    head(text, name, help, "counter");
    for (verdict, counter) in [Verdict::Allow, Verdict::Redact, Verdict::Hold, Verdict::Deny].iter().zip(counters) {
        line(text, name, &format!("{{verdict=\"{verdict}\"}}"), get(counter));
    }
}

fn head(text: &mut String, name: &str, help: &str, kind: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &str, value: u64) {
    let _ = writeln!(text, "{name}{labels} {value}");
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn add(counters: &[AtomicU64], index: usize) {
    if let Some(counter) = counters.get(index) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

fn index(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Allow => 0,
        Verdict::Redact => 1,
        Verdict::Hold => 2,
        Verdict::Deny => 3,
    }
}

/// Upper bounds in microseconds; one more bucket holds the rest.
const BOUNDS_MICROS: [u64; 12] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000, 10_000_000];

#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BOUNDS_MICROS.len() + 1],
    sum_micros: AtomicU64,
}

impl Histogram {
    fn observe(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        add(&self.buckets, BOUNDS_MICROS.partition_point(|&bound| bound < micros));
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds are shown as a float")]
    fn render(&self, text: &mut String, name: &str, help: &str) {
        head(text, name, help, "histogram");
        let mut total = 0;
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS_MICROS) {
            total += get(bucket);
            line(text, name, &format!("_bucket{{le=\"{}\"}}", bound as f64 / 1e6), total);
        }
        total += self.buckets.last().map_or(0, get);
        line(text, name, "_bucket{le=\"+Inf\"}", total);
        let _ = writeln!(text, "{name}_sum {}", get(&self.sum_micros) as f64 / 1e6);
        line(text, name, "_count", total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn renders_every_counter_with_help_and_type() {
        let counters = Arc::new(Counters::default());
        counters.count(Count::Accepted);
        counters.refused(Code::Denied);
        counters.verdict(Verdict::Deny);
        counters.took(Took::Validation, Duration::from_micros(300));
        let raised = counters.raise(Gauge::Held);
        let text = render_metrics(&counters);
        for wanted in [
            "gnomon_requests_total 1\n",
            "gnomon_refusals_total{code=\"denied\"} 1\n",
            "gnomon_decisions_total{verdict=\"deny\"} 1\n",
            "gnomon_validation_seconds_bucket{le=\"0.00025\"} 0\n",
            "gnomon_validation_seconds_bucket{le=\"0.0005\"} 1\n",
            "gnomon_validation_seconds_bucket{le=\"+Inf\"} 1\n",
            "gnomon_validation_seconds_count 1\n",
            "gnomon_held 1\n",
        ] {
            assert!(text.contains(wanted), "{wanted} missing in\n{text}");
        }
        drop(raised);
        assert!(render_metrics(&counters).contains("gnomon_held 0\n"));
        let types = text.lines().filter(|line| line.starts_with("# TYPE")).count();
        assert_eq!(types, text.lines().filter(|line| line.starts_with("# HELP")).count());
    }
}
