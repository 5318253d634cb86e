//! What the evidence log tells: decisions, callers, models, uses; and making it again.

use super::{import, seeded};
use crate::databases::Store;
use crate::records::{ORIGIN, at, day, intent, record, service, target};
use gnomon_inventory::{ApprovalState, Decide, DecisionFilter, EventFilter, InventoryError};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::conversation::Usage;
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, DecisionId};
use gnomon_types::record::{Outcome, RecordBody};
use gnomon_types::verdict::Verdict;
use std::collections::BTreeMap;

pub(crate) async fn records_become_decisions_callers_models_and_uses(store: &Store) {
    let inventory = seeded(store).await;
    let next = inventory.apply(ORIGIN, &day()).await.unwrap();
    assert_eq!((next, inventory.cursor(ORIGIN).await.unwrap()), (15, 15));
    let detail = inventory.decision(&DecisionId::new("dec_hold").unwrap()).await.unwrap().unwrap();
    assert!(detail.intent.is_some() && detail.outcome.is_some() && detail.hold.is_some() && detail.approval.is_some());
    assert_eq!(detail.seqs.iter().map(|place| place.seq).collect::<Vec<_>>(), [4, 8, 9, 10]);
    assert_eq!((detail.row.verdict, detail.row.output_tokens), (Verdict::Redact, Some(22)));
    let used = detail.approval_row.unwrap();
    assert_eq!(
        (used.state, used.used_by.as_ref().map(DecisionId::as_str)),
        (ApprovalState::Approved, Some("dec_hold"))
    );
    let callers = inventory.callers(Some("agent"), 10).await.unwrap();
    let figures: Vec<(&str, u64, u64, u64)> =
        callers.iter().map(|row| (row.caller.as_str(), row.attempts, row.forwarded, row.output_tokens)).collect();
    assert_eq!(figures, [("billing-bot", 3, 2, 44), ("clinic-agent", 2, 1, 22)]);
    assert_eq!(callers[1].targets[0].attempts, 2);
    let row = inventory.service(&service("openai")).await.unwrap().unwrap();
    assert_eq!((row.row.requests, row.row.refused, row.row.bytes_up, row.row.bytes_down), (2, 1, 200, 800));
    assert_eq!((row.models[0].model.as_str(), row.models[0].requests, row.models[0].input_tokens), ("gpt-4o", 2, 22));
    assert_eq!(row.usage_by_day.len(), 2);
    assert_eq!((row.evidence[0].source.as_str(), row.evidence[0].file.as_str()), ("gateway", ORIGIN));
    assert_eq!(inventory.events(&EventFilter::default()).await.unwrap().total, 3);
    assert_eq!(inventory.nodes().await.unwrap()[0].heartbeat.accepted, 9);
    assert_eq!(inventory.sources().await.unwrap()[0].summary.format, "gateway");
}

pub(crate) async fn taking_in_records_twice_or_in_other_batches_changes_nothing(store: &Store) {
    let inventory = seeded(store).await;
    for record in day() {
        inventory.apply(ORIGIN, std::slice::from_ref(&record)).await.unwrap();
        inventory.apply(ORIGIN, &[record]).await.unwrap();
    }
    let one_by_one = inventory.derived_rows().await.unwrap();
    inventory.apply(ORIGIN, &day()).await.unwrap();
    assert_eq!(inventory.derived_rows().await.unwrap(), one_by_one);
    inventory.rebuild_from(ORIGIN, &day()).await.unwrap();
    assert_eq!(inventory.derived_rows().await.unwrap(), one_by_one);
}

pub(crate) async fn a_rebuild_ends_with_the_same_rows_and_tells_the_twin_nothing(store: &Store) {
    let inventory = seeded(store).await;
    inventory.apply(ORIGIN, &day()[..8]).await.unwrap();
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    inventory.apply("gnomon.example/gateway-2", &[record(0, other_gateway())]).await.unwrap();
    inventory.apply(ORIGIN, &day()[8..]).await.unwrap();
    inventory.set_status("ada", &service("openai"), ServiceStatus::Sanctioned, "", None).await.unwrap();
    let apr = ApprovalId::new("apr_2").unwrap();
    inventory.decide_approval("ada", &apr, Decide::Approve, "fine").await.unwrap();
    let (rows, events) = (inventory.derived_rows().await.unwrap(), inventory.twin_events(0, 500).await.unwrap());
    let people = (inventory.statuses().await.unwrap(), inventory.approval(&apr).await.unwrap());
    inventory.reset_derived().await.unwrap();
    assert_eq!(inventory.cursor(ORIGIN).await.unwrap(), 0);
    assert_eq!(inventory.decisions(&DecisionFilter::default()).await.unwrap().total, 0);
    inventory.apply(ORIGIN, &day()).await.unwrap();
    inventory.apply("gnomon.example/gateway-2", &[record(0, other_gateway())]).await.unwrap();
    assert_eq!(inventory.derived_rows().await.unwrap(), rows);
    assert_eq!((inventory.statuses().await.unwrap(), inventory.approval(&apr).await.unwrap()), people);
    assert_eq!(inventory.twin_events(0, 500).await.unwrap(), events, "a rebuild is no change");
    let mut later = intent("dec_later", 9_000, Verdict::Allow);
    later.target = Some(target("mistral", "large"));
    inventory.apply(ORIGIN, &[record(15, RecordBody::Intent(Box::new(later)))]).await.unwrap();
    assert!(inventory.twin_events(0, 500).await.unwrap().len() > events.len(), "the twin is told again afterwards");
}

fn other_gateway() -> RecordBody {
    RecordBody::Intent(Box::new(intent("dec_other", 2_000, Verdict::Allow)))
}

pub(crate) async fn records_out_of_order_leave_no_trace(store: &Store) {
    let inventory = seeded(store).await;
    let mut records = day();
    records.swap(3, 5);
    let refused = inventory.apply(ORIGIN, &records).await;
    assert!(matches!(refused, Err(InventoryError::Refused(_))), "{refused:?}");
    assert!(inventory.derived_rows().await.unwrap().is_empty());
    assert!(inventory.twin_events(0, 10).await.unwrap().is_empty());
}

pub(crate) async fn what_cannot_be_read_is_passed_over_and_the_rest_is_taken_in(store: &Store) {
    let inventory = seeded(store).await;
    inventory.apply(ORIGIN, &day()[..3]).await.unwrap();
    assert_eq!(inventory.pass_over(ORIGIN, 3).await.unwrap(), 4);
    assert_eq!(inventory.pass_over(ORIGIN, 1).await.unwrap(), 4, "what was taken in stays so");
    assert_eq!(inventory.apply(ORIGIN, &day()[4..]).await.unwrap(), 15);
}

pub(crate) async fn counts_of_any_size_are_summed_without_end(store: &Store) {
    let inventory = seeded(store).await;
    let mut records = Vec::new();
    for name in ["dec_a", "dec_b", "dec_c"] {
        let huge = outcome(name, Usage { input_tokens: u64::MAX, output_tokens: u64::MAX });
        for body in [RecordBody::Intent(Box::new(intent(name, 0, Verdict::Allow))), RecordBody::Outcome(huge)] {
            records.push(record(records.len() as u64, body));
        }
    }
    assert_eq!(inventory.apply(ORIGIN, &records).await.unwrap(), 6);
    assert!(inventory.callers(None, 10).await.unwrap()[0].input_tokens > 1 << 60);
}

fn outcome(decision: &str, usage: Usage) -> Outcome {
    Outcome {
        decision: DecisionId::new(decision).unwrap(),
        status: 200,
        end: "complete".to_owned(),
        answer_bytes: u64::MAX,
        answer_sha256: Digest([1; 32]),
        duration_ms: 1,
        first_byte_ms: None,
        model: None,
        usage: Some(usage),
        findings: BTreeMap::new(),
        found: Vec::new(),
        restored: 0,
        verdict: Verdict::Allow,
        reasons: Vec::new(),
        tools: Vec::new(),
    }
}

pub(crate) async fn decisions_are_paged_without_losing_or_doubling_any(store: &Store) {
    let inventory = seeded(store).await;
    // Several at the same millisecond, so that a page ends between equals.
    let intents = (0..25).map(|n| {
        let verdict = if n % 3 == 0 { Verdict::Deny } else { Verdict::Allow };
        record(n, RecordBody::Intent(Box::new(intent(&format!("dec_{n:02}"), i64::try_from(n / 6).unwrap(), verdict))))
    });
    inventory.apply(ORIGIN, &intents.collect::<Vec<_>>()).await.unwrap();
    let denied = vec![Verdict::Deny];
    let none = DecisionFilter::default;
    let cases = [
        (none(), 25),
        (DecisionFilter { verdicts: denied.clone(), ..none() }, 9),
        (DecisionFilter { finding: Some("secret/AWS_ACCESS_KEY".to_owned()), ..none() }, 9),
        (DecisionFilter { finding: Some("secret".to_owned()), ..none() }, 9),
        (DecisionFilter { finding: Some("pii".to_owned()), ..none() }, 0),
        (DecisionFilter { caller: Some("billing-bot".to_owned()), verdicts: denied, ..none() }, 9),
        (DecisionFilter { service: Some(service("chatgpt")), ..none() }, 0),
        (
            DecisionFilter { model: Some("gpt-4o".to_owned()), rule: Some("secrets-never-leave".to_owned()), ..none() },
            25,
        ),
        (DecisionFilter { from: Some(at(1)), until: Some(at(2)), ..none() }, 6),
    ];
    for (mut filter, expected) in cases {
        filter.limit = 4;
        let mut seen = Vec::new();
        loop {
            let page = inventory.decisions(&filter).await.unwrap();
            assert_eq!(page.total, expected, "{filter:?}");
            seen.extend(page.rows.into_iter().map(|row| (row.at, row.id)));
            let Some(next) = page.next else { break };
            filter.after = Some(next);
        }
        assert_eq!(seen.len(), usize::try_from(expected).unwrap());
        assert!(seen.is_sorted_by(|a, b| a > b), "not newest first, or one twice: {seen:?}");
    }
    let odd = DecisionFilter { after: Some("odd".to_owned()), ..none() };
    assert!(matches!(inventory.decisions(&odd).await, Err(InventoryError::Refused(_))));
}

pub(crate) async fn the_overview_counts_what_is_there(store: &Store) {
    let inventory = seeded(store).await;
    let empty = inventory.overview(at(-1), at(1)).await.unwrap();
    assert_eq!((empty.users, empty.decisions["deny"], empty.days.len()), (0, 0, 0));
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    inventory.apply(ORIGIN, &day()).await.unwrap();
    let all = inventory.overview(at(-1_000_000_000), at(1_000_000_000)).await.unwrap();
    assert_eq!(all.services["under_review"], 4);
    assert_eq!(all.decisions.values().sum::<u64>(), 6);
    assert_eq!(
        (all.decisions["allow"], all.decisions["redact"], all.decisions["deny"], all.decisions["hold"]),
        (1, 2, 2, 1)
    );
    assert_eq!(all.findings["secret/AWS_ACCESS_KEY"], 2);
    assert_eq!(all.answer_findings["pii/IBAN"], 3);
    assert_eq!((all.approvals_waiting, all.gaps, all.changes_pending, all.callers), (1, 1, 1, 2));
    assert_eq!((all.input_tokens, all.output_tokens, all.services_new), (33, 66, 4));
    assert_eq!(all.days.len(), 2);
}
