//! The table of queries: what is counted in the records, and what these records cannot answer.
//!
//! A query is a pure function of one record: does it match, and which numbers does it add. Running all of them over the
//! records of a pack gives the pack's figures again, on any machine.

mod acts;
mod facts;
mod keeping;
mod matches;
mod traffic;

pub(crate) use facts::Facts;
pub(crate) use matches::{Matches, SAMPLE_SIZE};

use gnomon_types::record::Record;

/// How a query is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask {
    /// Whether a record matches; the numbers go along.
    Record(fn(&Record, &mut Facts) -> bool),
    /// This log cannot tell, and why.
    Never(&'static str),
}

/// One query.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) id: &'static str,
    /// What it finds, in words.
    pub(crate) text: &'static str,
    pub(crate) ask: Ask,
}

impl Query {
    pub(crate) fn is_answerable(&self) -> bool {
        matches!(self.ask, Ask::Record(_))
    }
}

const fn ask(id: &'static str, text: &'static str, found: fn(&Record, &mut Facts) -> bool) -> Query {
    Query { id, text, ask: Ask::Record(found) }
}

const fn never(id: &'static str, text: &'static str, why: &'static str) -> Query {
    Query { id, text, ask: Ask::Never(why) }
}

/// Every query, by theme.
pub(crate) const TABLE: &[Query] = &[
    ask("q.decisions", "decisions about requests, by verdict", traffic::decisions),
    ask("q.outcomes", "what came of forwarded requests, by end of the answer", traffic::outcomes),
    ask("q.users_by_tool", "decisions with a known caller and service", traffic::users_by_tool),
    ask(
        "q.blocks_by_rule",
        "requests denied, held or redacted by a rule, and answers cut or redacted",
        traffic::blocks,
    ),
    ask("q.violations", "requests that a policy denied or held", traffic::violations),
    ask("q.risk_signals", "requests with injection or hazard findings, and answers stopped by policy", traffic::risks),
    ask("q.hazards", "requests with signs of a prohibited or unacceptable purpose, by verdict", traffic::hazards),
    ask("q.security_events", "attack and secret findings, refused callers, answers cut by policy", traffic::security),
    ask("q.secrets_stopped", "requests with credentials found in them", traffic::secrets),
    ask("q.availability", "forwarded requests without a complete answer", traffic::unavailable),
    ask("q.input_classes", "requests with classified content, by class", traffic::input_classes),
    ask("q.suppliers", "decisions that name a service, with its upstreams and models", traffic::suppliers),
    ask("q.use_pattern", "use of services, by service and day", traffic::use_pattern),
    ask("q.cases", "records that belong to one decision and can be fetched by its id", traffic::cases),
    ask("q.access", "decisions by whether the caller was identified", traffic::access),
    ask("q.alerts", "requests that were put before a person, and what became of them", acts::alerts),
    ask("q.approvals", "decisions of people about held requests", acts::approvals),
    ask("q.overrides", "requests that went out on a person's approval", acts::overrides),
    ask("q.suspensions", "services closed and access keys revoked", acts::suspensions),
    ask("q.inventory", "changes to services in the inventory, and models seen for the first time", acts::inventory),
    ask("q.status_history", "status decisions about services", acts::status_history),
    ask("q.exceptions", "services allowed with conditions, and approvals given", acts::exceptions),
    ask("q.access_keys", "access keys created and revoked", acts::access_keys),
    ask("q.admin_acts", "changes made by people, by act", acts::admin_acts),
    ask("q.policies", "policy bundles put in force, and by whom", acts::policies),
    ask("q.config_changes", "configurations and policies put in force", acts::config_changes),
    ask("q.handover", "evidence exports", acts::handover),
    ask("q.incidents", "incident records", acts::incidents),
    ask("q.model_changes", "models seen for the first time on an upstream", acts::model_changes),
    ask("q.records", "all records", keeping::records),
    ask("q.retention", "records that are kept, by day", keeping::retention),
    ask("q.removals", "erasures and prunings", keeping::removals),
    ask("q.gaps", "times during which records may be missing", keeping::gaps),
    ask("q.heartbeats", "starts, stops and counters of the gateway", keeping::heartbeats),
    ask("q.versions", "versions of program, configuration and policy in use", keeping::versions),
    never("q.backup", "backups and restore tests", "the log does not know of copies made of it"),
    never("q.biometric_matches", "biometric matches", "match data stays inside the biometric system"),
    never("q.disclosures", "notices that people deal with an AI", "no notice is put into answers"),
    never("q.documents", "documents of suppliers", "no document store is connected"),
    never("q.finetune_uploads", "company data sent for training", "uploads are not told apart from other requests"),
    never("q.iocs", "indicators shared with others", "nothing is shared from here"),
    never("q.legal_holds", "records kept for an investigation", "no legal hold is kept in this log"),
    never("q.media_marks", "marks in generated media", "media are counted, not inspected"),
    never("q.notices", "notices shown to and acknowledged by people", "no notice is shown by the gateway"),
    never("q.registration", "entries in the EU database", "registration happens elsewhere"),
    never("q.timesync", "offset of the clock", "the clock is not compared with an outside source"),
];

/// The query of an id.
pub(crate) fn find(id: &str) -> Option<&'static Query> {
    TABLE.iter().find(|query| query.id == id)
}
