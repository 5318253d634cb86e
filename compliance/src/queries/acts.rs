//! Queries over what people did: approvals, decisions about services, keys, policies.

use super::Facts;
use gnomon_types::asset::ServiceStatus;
use gnomon_types::record::{Admin, Record, RecordBody};

fn admin(record: &Record) -> Option<&Admin> {
    if let RecordBody::Admin(admin) = &record.body { Some(admin) } else { None }
}

/// Whether the record is one of these acts; counts them and the people behind them.
fn is_act(record: &Record, actions: &[&str], facts: &mut Facts) -> bool {
    let Some(admin) = admin(record).filter(|admin| actions.contains(&admin.action.as_str())) else { return false };
    note(admin, facts);
    true
}

fn note(admin: &Admin, facts: &mut Facts) {
    facts.tally("act", &admin.action);
    facts.distinct("people", &admin.by);
}

fn sets(admin: &Admin, status: ServiceStatus) -> bool {
    admin.action == "service.status" && status_after(admin) == Some(status)
}

/// The status that was set; one with an end says it too: `unsanctioned until 2026-12-31T00:00:00.000Z`.
fn status_after(admin: &Admin) -> Option<ServiceStatus> {
    let after = admin.after.as_deref()?;
    ServiceStatus::from_word(after.split_once(" until ").map_or(after, |(status, _end)| status))
}

pub(super) fn alerts(record: &Record, facts: &mut Facts) -> bool {
    match &record.body {
        RecordBody::Hold(_) => facts.add("asked", 1),
        RecordBody::Approval(approval) => facts.tally("answered", &approval.outcome),
        _ => return false,
    }
    true
}

pub(super) fn approvals(record: &Record, facts: &mut Facts) -> bool {
    let RecordBody::Approval(approval) = &record.body else { return false };
    // A lapse is nobody's decision.
    if approval.outcome == "expired" {
        facts.add("lapsed without a decision", 1);
        return false;
    }
    facts.tally("outcome", &approval.outcome);
    facts.distinct("people", &approval.by);
    true
}

pub(super) fn overrides(record: &Record, facts: &mut Facts) -> bool {
    let RecordBody::Intent(intent) = &record.body else { return false };
    let found = intent.approval.is_some() && intent.sent_sha256.is_some();
    if found {
        intent.target.iter().for_each(|target| facts.tally("service", target.service.as_str()));
    }
    found
}

pub(super) fn suspensions(record: &Record, facts: &mut Facts) -> bool {
    let closes = |admin: &&Admin| admin.action == "key.revoke" || sets(admin, ServiceStatus::Unsanctioned);
    let Some(admin) = admin(record).filter(closes) else { return false };
    note(admin, facts);
    true
}

pub(super) fn inventory(record: &Record, facts: &mut Facts) -> bool {
    match &record.body {
        RecordBody::Admin(admin) if admin.action.starts_with("service.") || admin.action == "log.import" => {
            facts.distinct("subjects", &admin.subject);
            note(admin, facts);
        }
        RecordBody::ModelChange(change) => {
            facts.add("models first seen", 1);
            facts.distinct("services with new models", change.service.as_str());
        }
        _ => return false,
    }
    true
}

pub(super) fn status_history(record: &Record, facts: &mut Facts) -> bool {
    let Some(admin) = admin(record).filter(|admin| admin.action == "service.status") else { return false };
    facts.tally("to", status_after(admin).map_or("another word", ServiceStatus::as_str));
    facts.distinct("services", &admin.subject);
    facts.distinct("people", &admin.by);
    true
}

pub(super) fn exceptions(record: &Record, facts: &mut Facts) -> bool {
    match &record.body {
        RecordBody::Admin(admin) if sets(admin, ServiceStatus::SanctionedWithConditions) => {
            facts.add("services with conditions", 1);
        }
        RecordBody::Approval(approval) if approval.outcome == "approved" => facts.add("approvals", 1),
        _ => return false,
    }
    true
}

pub(super) fn access_keys(record: &Record, facts: &mut Facts) -> bool {
    is_act(record, &["key.create", "key.revoke"], facts)
}

pub(super) fn admin_acts(record: &Record, facts: &mut Facts) -> bool {
    let Some(admin) = admin(record) else { return false };
    note(admin, facts);
    true
}

pub(super) fn policies(record: &Record, facts: &mut Facts) -> bool {
    is_act(record, &["policy.load"], facts)
}

pub(super) fn config_changes(record: &Record, facts: &mut Facts) -> bool {
    is_act(record, &["config.load", "policy.load"], facts)
}

pub(super) fn handover(record: &Record, facts: &mut Facts) -> bool {
    is_act(record, &["evidence.export"], facts)
}

pub(super) fn incidents(record: &Record, facts: &mut Facts) -> bool {
    let RecordBody::Incident(notice) = &record.body else { return false };
    facts.distinct("incidents", &notice.subject);
    true
}

pub(super) fn model_changes(record: &Record, facts: &mut Facts) -> bool {
    let RecordBody::ModelChange(change) = &record.body else { return false };
    facts.distinct("models", &change.model);
    facts.distinct("services", change.service.as_str());
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_with_an_end_counts_as_the_status() {
        let act = |after: &str| Admin {
            by: "ada".to_owned(),
            action: "service.status".to_owned(),
            subject: "chatgpt".to_owned(),
            before: None,
            after: Some(after.to_owned()),
            change: None,
        };
        for (after, status) in [
            ("unsanctioned", Some(ServiceStatus::Unsanctioned)),
            ("unsanctioned until 2026-12-31T00:00:00.000Z", Some(ServiceStatus::Unsanctioned)),
            (
                "sanctioned_with_conditions until 2027-01-31T00:00:00.000Z",
                Some(ServiceStatus::SanctionedWithConditions),
            ),
            ("banned until 2026-12-31T00:00:00.000Z", None),
        ] {
            assert_eq!(status_after(&act(after)), status, "{after}");
        }
        assert!(sets(&act("unsanctioned until 2026-12-31T00:00:00.000Z"), ServiceStatus::Unsanctioned));
    }
}
