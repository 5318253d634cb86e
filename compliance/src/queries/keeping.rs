//! Queries over the log itself: what is kept, what was removed, when it stood still.

use super::Facts;
use gnomon_types::record::{Record, RecordBody};

pub(super) fn records(record: &Record, facts: &mut Facts) -> bool {
    facts.tally("kind", record.body.kind());
    facts.distinct("nodes", &record.node);
    true
}

pub(super) fn retention(record: &Record, facts: &mut Facts) -> bool {
    facts.day(record.at);
    true
}

pub(super) fn removals(record: &Record, facts: &mut Facts) -> bool {
    match &record.body {
        RecordBody::Erase(_) => facts.add("erasures", 1),
        RecordBody::Prune(_) => facts.add("prunings", 1),
        _ => return false,
    }
    true
}

pub(super) fn gaps(record: &Record, facts: &mut Facts) -> bool {
    let RecordBody::Gap(gap) = &record.body else { return false };
    facts.tally("cause", &gap.cause);
    facts.add("requests refused meanwhile", gap.refused);
    let length = gap.until.as_millis().saturating_sub(gap.from.as_millis());
    facts.add("milliseconds", u64::try_from(length).unwrap_or(0));
    true
}

pub(super) fn heartbeats(record: &Record, facts: &mut Facts) -> bool {
    let RecordBody::Heartbeat(beat) = &record.body else { return false };
    facts.tally("phase", &beat.phase);
    facts.distinct("nodes", &record.node);
    true
}

pub(super) fn versions(record: &Record, facts: &mut Facts) -> bool {
    match &record.body {
        RecordBody::Heartbeat(beat) => {
            facts.distinct("program versions", &beat.version);
            beat.config.iter().for_each(|config| facts.distinct("configurations", &config.to_string()));
        }
        RecordBody::Admin(admin) if admin.action == "policy.load" || admin.action == "config.load" => {
            facts.tally("act", &admin.action);
        }
        _ => return false,
    }
    true
}
