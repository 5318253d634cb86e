//! What the record promises, written against the public face only.

use crate::databases::Store;
use crate::records::{
    self, ORIGIN, approval, at, blind_spot, day, hold, imported_use, intent, record, service, source,
};
use gnomon_inventory::{
    ApprovalFilter, ApprovalState, Decide, DecisionFilter, EventFilter, ImportBatch, Inventory, InventoryError, NewKey,
    NewUser, Role, ServiceFilter, ServiceOrder, ServiceSeed, UseFilter,
};
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use gnomon_types::caller::CallerKind;
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, CallerId, DecisionId};
use gnomon_types::record::RecordBody;
use gnomon_types::secret::Secret;
use gnomon_types::verdict::Verdict;
use std::collections::BTreeSet;

pub(crate) fn seed(id: &str, name: &str) -> ServiceSeed {
    let (vendor, category) = (format!("Vendor of {name}"), "assistant".to_owned());
    ServiceSeed { id: service(id), name: name.to_owned(), kind: ServiceKind::Known, vendor, category }
}

pub(crate) async fn seeded(store: &Store) -> Inventory {
    let inventory = store.open().await;
    inventory.seed_catalogue(&[seed("openai", "OpenAI API"), seed("chatgpt", "ChatGPT")]).await.unwrap();
    inventory
}

pub(crate) fn import(digest: u8, file: &str) -> ImportBatch {
    ImportBatch {
        digest: Digest([digest; 32]),
        source: source(file),
        uses: vec![
            imported_use("chatgpt", "bob", 3, 4),
            imported_use("chatgpt", "bob", 9, 5),
            imported_use("chatgpt", "eve", 4, 1),
            imported_use("host:10.9.3.4:11434", "", 5, 2),
        ],
        blind_spots: vec![blind_spot(), blind_spot()],
        by: "ada".to_owned(),
    }
}

pub(crate) async fn a_status_is_in_force_at_once_recorded_and_told_to_the_twin(store: &Store) {
    let (inventory, other) = (seeded(store).await, store.open().await);
    let before = other.revision().await.unwrap();
    let (id, status) = (service("openai"), ServiceStatus::SanctionedWithConditions);
    let row = inventory.set_status("ada", &id, status, "no personal data", Some(at(60_000))).await.unwrap();
    assert_eq!((row.status, row.name.as_str()), (status, "OpenAI API"));
    assert!(other.revision().await.unwrap() > before, "the other process does not see the change");
    assert_eq!(other.statuses().await.unwrap().get(&id), Some(&status));
    let detail = other.service(&id).await.unwrap().unwrap();
    assert_eq!(detail.history.len(), 1);
    assert_eq!(detail.history[0].after, format!("sanctioned_with_conditions until {}", at(60_000)));
    let changes = other.pending_changes(10).await.unwrap();
    let RecordBody::Admin(admin) = &changes[0].body else { panic!("{changes:?}") };
    assert_eq!((admin.action.as_str(), admin.subject.as_str(), admin.by.as_str()), ("service.status", "openai", "ada"));
    assert_eq!(admin.change.as_deref(), Some(changes[0].id.as_str()));
    let events = other.twin_events(0, 10).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].asset_id.as_str(), events[0].version), ("service/openai", 1));
    assert_eq!(events[0].data["status"], "sanctioned_with_conditions");
    let unknown = inventory.set_status("ada", &service("nobody"), status, "", None).await;
    assert!(matches!(unknown, Err(InventoryError::NotFound { .. })), "{unknown:?}");
    let past = inventory.set_status("ada", &id, status, "", Some(at(-1))).await;
    assert!(matches!(past, Err(InventoryError::Refused(_))), "{past:?}");
}

pub(crate) async fn a_status_ends_with_its_time(store: &Store) {
    let inventory = seeded(store).await;
    let id = service("openai");
    inventory.set_status("ada", &id, ServiceStatus::Sanctioned, "", Some(at(1_000))).await.unwrap();
    assert!(inventory.end_lapsed_statuses().await.unwrap().is_empty());
    let revision = inventory.revision().await.unwrap();
    store.clock.advance(1_000);
    assert!(inventory.statuses().await.unwrap().is_empty());
    let row = inventory.service(&id).await.unwrap().unwrap().row;
    assert_eq!(row.status, ServiceStatus::UnderReview);
    assert_eq!(inventory.end_lapsed_statuses().await.unwrap(), vec![id.clone()]);
    assert!(inventory.end_lapsed_statuses().await.unwrap().is_empty());
    assert!(inventory.revision().await.unwrap() > revision);
    let history = inventory.service(&id).await.unwrap().unwrap().history;
    assert_eq!((history[0].by.as_str(), history[0].after.as_str()), ("system", "under_review"));
}

pub(crate) async fn an_owner_is_named_and_taken_away(store: &Store) {
    let inventory = seeded(store).await;
    let id = service("openai");
    inventory.set_status("ada", &id, ServiceStatus::Sanctioned, "fine", None).await.unwrap();
    let row = inventory.set_owner("ada", &id, Some(" platform team ")).await.unwrap();
    assert_eq!((row.owner.as_deref(), row.status), (Some("platform team"), ServiceStatus::Sanctioned));
    let row = inventory.set_status("bob", &id, ServiceStatus::Unsanctioned, "", None).await.unwrap();
    assert_eq!(row.owner.as_deref(), Some("platform team"), "a new status must not take the owner away");
    assert_eq!(inventory.set_owner("ada", &id, None).await.unwrap().owner, None);
    assert_eq!(inventory.pending_changes(10).await.unwrap().len(), 4);
}

pub(crate) async fn a_file_is_taken_in_once(store: &Store) {
    let inventory = seeded(store).await;
    let outcome = inventory.ingest_import(import(1, "access.log")).await.unwrap();
    assert!(outcome.new);
    assert_eq!((outcome.services, outcome.uses, outcome.services_new.len()), (2, 3, 2));
    let again = inventory.ingest_import(import(1, "access.log")).await.unwrap();
    assert!(!again.new);
    let other = inventory.ingest_import(import(2, "access.log")).await.unwrap();
    assert!(other.new && other.services_new.is_empty());
    let detail = inventory.service(&service("chatgpt")).await.unwrap().unwrap();
    assert_eq!((detail.row.requests, detail.row.users, detail.row.name.as_str()), (20, 2, "ChatGPT"));
    assert_eq!((detail.users[0].user.as_deref(), detail.users[0].requests), (Some("bob"), 18));
    assert_eq!(detail.users[0].source, "squid");
    assert_eq!(detail.hosts, ["chatgpt.example"]);
    assert_eq!(detail.row.sources, ["squid"]);
    assert_eq!(detail.usage_by_day.len(), 1);
    let lines: BTreeSet<u64> = detail.evidence.iter().map(|pointer| pointer.line).collect();
    assert_eq!(lines, BTreeSet::from([3, 4, 9]));
    assert_eq!(inventory.sources().await.unwrap().len(), 2);
    assert_eq!(inventory.blind_spots().await.unwrap(), vec![blind_spot()]);
    let uses = inventory.uses(&UseFilter { user: Some("eve".to_owned()), ..UseFilter::default() }).await.unwrap();
    assert_eq!(uses.len(), 2);
    assert_eq!((uses[0].service_name.as_str(), uses[0].requests), ("ChatGPT", 1));
    let unknown = inventory.service(&service("host:10.9.3.4:11434")).await.unwrap().unwrap();
    assert_eq!((unknown.row.users, unknown.users[0].device.as_deref()), (1, Some("10.0.0.7")));
    assert_eq!(inventory.pending_changes(10).await.unwrap().len(), 2);
}

pub(crate) async fn services_are_filtered_sorted_and_paged(store: &Store) {
    let inventory = seeded(store).await;
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    inventory.apply(ORIGIN, &day()).await.unwrap();
    inventory.set_status("ada", &service("openai"), ServiceStatus::Sanctioned, "", None).await.unwrap();
    inventory.set_owner("ada", &service("openai"), Some("it")).await.unwrap();
    let all = ServiceFilter { order: ServiceOrder::Name, ..ServiceFilter::default() };
    let cases = [
        (all.clone(), vec!["anthropic", "chatgpt", "host:10.9.3.4:11434", "openai"]),
        (ServiceFilter { text: Some("CHATG".to_owned()), ..all.clone() }, vec!["chatgpt"]),
        (ServiceFilter { text: Some("%".to_owned()), ..all.clone() }, vec![]),
        (ServiceFilter { statuses: vec![ServiceStatus::Sanctioned], ..all.clone() }, vec!["openai"]),
        (ServiceFilter { owner: Some("it".to_owned()), ..all.clone() }, vec!["openai"]),
        (ServiceFilter { user: Some("eve".to_owned()), ..all.clone() }, vec!["chatgpt"]),
        (ServiceFilter { user: Some("10.0.0.7".to_owned()), ..all.clone() }, vec!["host:10.9.3.4:11434"]),
        (ServiceFilter { first_seen_since: Some(at(0)), ..all.clone() }, vec!["anthropic", "openai"]),
        (ServiceFilter { kind: Some(ServiceKind::Unknown), ..all.clone() }, vec!["anthropic"]),
        (ServiceFilter { order: ServiceOrder::Requests, limit: 1, ..all.clone() }, vec!["chatgpt"]),
    ];
    for (filter, expected) in cases {
        let page = inventory.services(&filter).await.unwrap();
        let ids: Vec<&str> = page.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
    let mut seen = Vec::new();
    let mut filter = ServiceFilter { limit: 3, ..all };
    loop {
        let page = inventory.services(&filter).await.unwrap();
        assert_eq!(page.total, 4);
        seen.extend(page.rows.into_iter().map(|row| row.id));
        let Some(next) = page.next else { break };
        filter.after = Some(next);
    }
    assert_eq!(seen.len(), 4);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), 4);
}

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
    later.target = Some(records::target("mistral", "large"));
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

pub(crate) async fn an_approval_is_decided_at_most_once(store: &Store) {
    let (inventory, other) = (seeded(store).await, store.open().await);
    inventory.apply(ORIGIN, &[record(0, RecordBody::Hold(hold("apr_1", "dec_1", 1_000)))]).await.unwrap();
    let id = ApprovalId::new("apr_1").unwrap();
    let waiting = ApprovalFilter { state: Some(ApprovalState::Waiting), limit: 0 };
    assert_eq!(other.approvals(&waiting).await.unwrap().len(), 1);
    assert_eq!(other.open_approvals().await.unwrap().len(), 1);
    let since = other.revision().await.unwrap();
    let people = ["ada", "bob", "eve", "dan"];
    let mut tries = Vec::new();
    for (n, by) in people.into_iter().enumerate() {
        let (inventory, id) = (if n % 2 == 0 { inventory.clone() } else { other.clone() }, id.clone());
        let decide = if n < 2 { Decide::Approve } else { Decide::Reject };
        tries.push(tokio::spawn(async move { inventory.decide_approval(by, &id, decide, "").await }));
    }
    let mut won = Vec::new();
    for task in tries {
        match task.await.unwrap() {
            Ok(row) => won.push(row),
            Err(error) => assert!(error.to_string().contains("is already"), "{error}"),
        }
    }
    assert_eq!(won.len(), 1);
    let row = other.approval(&id).await.unwrap().unwrap();
    assert_eq!(row, won[0]);
    assert!(other.approvals(&waiting).await.unwrap().is_empty());
    assert_eq!(other.approvals_changed_since(since).await.unwrap(), won);
    let changes = other.pending_changes(10).await.unwrap();
    assert_eq!(changes.len(), 1, "one decision, one record");
    assert!(matches!(&changes[0].body, RecordBody::Approval(approval) if approval.approval == id));
    let missing = other.decide_approval("ada", &ApprovalId::new("apr_9").unwrap(), Decide::Reject, "").await;
    assert!(matches!(missing, Err(InventoryError::NotFound { .. })));
}

pub(crate) async fn what_the_log_says_about_an_approval_comes_first(store: &Store) {
    let inventory = seeded(store).await;
    let bodies = [
        RecordBody::Hold(hold("apr_1", "dec_1", 1_000)),
        RecordBody::Hold(hold("apr_2", "dec_2", 1_000)),
        RecordBody::Approval(approval("apr_1", "expired", "system")),
        RecordBody::Approval(approval("apr_1", "approved", "ada")),
    ];
    let records: Vec<_> = (0..).zip(bodies).map(|(seq, body)| record(seq, body)).collect();
    inventory.apply(ORIGIN, &records).await.unwrap();
    let first = ApprovalId::new("apr_1").unwrap();
    assert_eq!(inventory.approval(&first).await.unwrap().unwrap().state, ApprovalState::Expired);
    store.clock.advance(1_000);
    for id in [first, ApprovalId::new("apr_2").unwrap()] {
        let late = inventory.decide_approval("ada", &id, Decide::Approve, "").await;
        assert!(matches!(late, Err(InventoryError::Refused(_))), "{late:?}");
    }
    let expired = ApprovalFilter { state: Some(ApprovalState::Expired), limit: 0 };
    assert_eq!(inventory.approvals(&expired).await.unwrap().len(), 2);
    assert!(inventory.open_approvals().await.unwrap().is_empty());
}

pub(crate) async fn a_key_opens_until_revoked_and_is_stored_as_a_hash(store: &Store) {
    let (inventory, other) = (seeded(store).await, store.open().await);
    let new = NewKey {
        caller: CallerId::new("billing-bot").unwrap(),
        kind: CallerKind::Agent,
        team: Some("billing".to_owned()),
        expires: Some(at(5_000)),
    };
    let (row, secret) = inventory.create_key("ada", new.clone()).await.unwrap();
    assert!(secret.expose().starts_with(&format!("{}_", row.id)) && secret.expose().len() == 4 + 8 + 1 + 32);
    let active = other.active_keys().await.unwrap();
    assert_eq!(active.len(), 1);
    assert_eq!(active[0].hash, Digest(<sha2::Sha256 as sha2::Digest>::digest(secret.expose()).into()));
    assert_eq!((&active[0].caller.id, &active[0].caller.key), (&new.caller, &row.id));
    let revision = other.revision().await.unwrap();
    assert!(inventory.revoke_key("ada", &row.id).await.unwrap().revoked.is_some());
    assert!(other.active_keys().await.unwrap().is_empty());
    assert!(other.revision().await.unwrap() > revision);
    inventory.revoke_key("bob", &row.id).await.unwrap();
    let actions: Vec<String> = other.pending_changes(10).await.unwrap().into_iter().map(action).collect();
    assert_eq!(actions, ["key.create", "key.revoke"]);
    inventory.create_key("ada", new).await.unwrap();
    store.clock.advance(5_000);
    assert!(other.active_keys().await.unwrap().is_empty(), "an ended key opens nothing");
    assert_eq!(other.keys().await.unwrap().iter().filter(|key| key.active).count(), 0);
    let told = other.twin_events(0, 10).await.unwrap();
    assert_eq!(told.last().unwrap().asset_id, "agent/billing-bot");
    let everything = format!("{:?}{:?}", other.pending_changes(10).await, other.twin_events(0, 10).await);
    assert!(!everything.contains(secret.expose()), "the key itself was written somewhere");
}

fn action(change: gnomon_inventory::Change) -> String {
    let RecordBody::Admin(admin) = change.body else { panic!("not an act: {change:?}") };
    admin.action
}

fn new_user(name: &str, password: Option<&str>) -> NewUser {
    NewUser {
        name: name.to_owned(),
        password: password.map(Secret::new),
        roles: vec![Role::Auditor],
        expires: Some(at(9_000_000)),
    }
}

pub(crate) async fn people_sign_in_with_password_session_and_one_time_token(store: &Store) {
    let (inventory, other) = (seeded(store).await, store.open().await);
    inventory.create_user("system", new_user("eve", Some("a long enough one"))).await.unwrap();
    for bad in [new_user("eve", None), new_user("", None), new_user("a b", None), new_user("bob", Some("short"))] {
        assert!(matches!(inventory.create_user("system", bad).await, Err(InventoryError::Refused(_))));
    }
    inventory.create_user("system", new_user("token-only", None)).await.unwrap();
    let cases = [
        ("eve", "a long enough one", true),
        ("eve", "wrong", false),
        ("nobody", "x", false),
        ("token-only", "", false),
    ];
    for (name, password, right) in cases {
        let user = other.verify_password(name, Secret::new(password)).await.unwrap();
        assert_eq!(user.is_some(), right, "{name}");
    }
    let token = inventory.create_session("eve", 60_000).await.unwrap();
    let session = other.session(token.expose()).await.unwrap().unwrap();
    assert_eq!((session.user.name.as_str(), session.user.roles.as_slice()), ("eve", &[Role::Auditor][..]));
    assert!(other.session("guess").await.unwrap().is_none());
    store.clock.advance(60_000);
    assert!(other.session(token.expose()).await.unwrap().is_none(), "a session ends");
    let token = inventory.create_session("eve", 60_000).await.unwrap();
    inventory.delete_session(token.expose()).await.unwrap();
    assert!(other.session(token.expose()).await.unwrap().is_none());
    let once = inventory.create_sign_in("token-only", 60_000).await.unwrap();
    assert_eq!(other.consume_sign_in(once.expose()).await.unwrap().unwrap().name, "token-only");
    assert!(inventory.consume_sign_in(once.expose()).await.unwrap().is_none(), "once only");
    let late = inventory.create_sign_in("eve", 1_000).await.unwrap();
    store.clock.advance(1_000);
    assert!(inventory.consume_sign_in(late.expose()).await.unwrap().is_none());
    store.clock.advance(9_000_000);
    assert!(inventory.create_session("eve", 1).await.is_err(), "an account that has ended signs nobody in");
    assert_eq!(inventory.users().await.unwrap().len(), 2);
}

pub(crate) async fn changes_wait_until_they_are_in_the_log(store: &Store) {
    let inventory = seeded(store).await;
    for status in [ServiceStatus::Sanctioned, ServiceStatus::Unsanctioned] {
        inventory.set_status("ada", &service("openai"), status, "", None).await.unwrap();
    }
    inventory.note_act("ada", "evidence.export", "pack.zip", None).await.unwrap();
    let waiting = inventory.pending_changes(10).await.unwrap();
    assert_eq!(waiting.len(), 3);
    inventory.mark_written(&[(waiting[0].id.clone(), 0)]).await.unwrap();
    // The program stopped between appending and marking: the record comes back from the log.
    let appended = record(0, RecordBody::Admin(records::admin("service.status", "openai", Some(&waiting[1].id))));
    inventory.apply(ORIGIN, &[appended]).await.unwrap();
    let left = inventory.pending_changes(10).await.unwrap();
    assert_eq!(left, waiting[2..], "only what is in no log waits");
}

pub(crate) async fn writers_of_several_processes_keep_sequences_without_gaps(store: &Store) {
    let inventory = seeded(store).await;
    let mut writers = Vec::new();
    for writer in 0..4 {
        let inventory = store.open().await;
        writers.push(tokio::spawn(async move {
            for n in 0..8 {
                let status = ServiceStatus::ALL[(writer + n) % 4];
                inventory
                    .set_status(
                        "ada",
                        &service("openai"),
                        status,
                        "",
                        Some(at(9_000 + i64::try_from(writer * 100 + n).unwrap())),
                    )
                    .await
                    .unwrap();
            }
        }));
    }
    let mut followed = Vec::new();
    let mut done = false;
    while !done {
        done = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let after = followed.last().map_or(0, |event: &gnomon_inventory::TwinEvent| event.sequence);
        followed.extend(inventory.twin_events(after, 3).await.unwrap());
        done = done
            && inventory.twin_events(followed.last().map_or(0, |event| event.sequence), 1).await.unwrap().is_empty();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(inventory.pending_changes(100).await.unwrap().len(), 32);
    assert_eq!(inventory.revision().await.unwrap(), 32);
    let sequences: Vec<u64> = followed.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, (1..=u64::try_from(sequences.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(followed, inventory.twin_events(0, 100).await.unwrap(), "a follower missed what was committed late");
    let versions: Vec<u64> = followed.iter().map(|event| event.version).collect();
    assert_eq!(versions, sequences, "one asset: versions without gaps");
}

pub(crate) async fn sinks_keep_their_place_and_compaction_keeps_the_newest_state(store: &Store) {
    let inventory = seeded(store).await;
    for status in ServiceStatus::ALL {
        inventory.set_status("ada", &service("openai"), status, "", None).await.unwrap();
        inventory.set_status("ada", &service("chatgpt"), status, "", None).await.unwrap();
    }
    let events = inventory.twin_events(0, 100).await.unwrap();
    assert_eq!(events.len(), 8);
    inventory.set_sink_cursor("twin", 3).await.unwrap();
    inventory.set_sink_cursor("twin", 2).await.unwrap();
    inventory.note_sink_failure("twin", "connection refused").await.unwrap();
    inventory.add_dead_letter("twin", &events[0], "HTTP 400").await.unwrap();
    let sink = inventory.sinks().await.unwrap().remove(0);
    assert_eq!((sink.sequence, sink.waiting, sink.failures, sink.dead_letters), (3, 5, 1, 1));
    assert_eq!(sink.last_error.as_deref(), Some("connection refused"));
    assert_eq!(inventory.dead_letters("twin").await.unwrap()[0].asset_id, "service/openai");
    assert_eq!(inventory.compact_twin_events().await.unwrap(), 6);
    let left = inventory.twin_events(0, 100).await.unwrap();
    assert_eq!(left, events[6..], "the newest of each asset, in their order");
    assert_eq!(inventory.twin_assets().await.unwrap().len(), 2);
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

/// Everything that pages show after one story, as text: equal whatever the database.
pub(crate) async fn told(store: &Store) -> String {
    let inventory = seeded(store).await;
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    inventory.apply(ORIGIN, &day()).await.unwrap();
    inventory.set_status("ada", &service("openai"), ServiceStatus::Sanctioned, "fine", None).await.unwrap();
    let mut text = Vec::new();
    let services = inventory.services(&ServiceFilter { unseen_too: true, ..ServiceFilter::default() }).await.unwrap();
    for row in &services.rows {
        text.push(serde_json::to_string_pretty(&inventory.service(&row.id).await.unwrap()).unwrap());
    }
    text.push(serde_json::to_string_pretty(&inventory.decisions(&DecisionFilter::default()).await.unwrap()).unwrap());
    text.push(
        serde_json::to_string_pretty(&inventory.overview(at(-1_000_000_000), at(1_000_000_000)).await.unwrap())
            .unwrap(),
    );
    text.push(serde_json::to_string_pretty(&inventory.callers(None, 10).await.unwrap()).unwrap());
    text.push(serde_json::to_string_pretty(&inventory.approvals(&ApprovalFilter::default()).await.unwrap()).unwrap());
    text.push(format!("{:#?}", inventory.twin_events(0, 100).await.unwrap()));
    text.push(serde_json::to_string_pretty(&inventory.uses(&UseFilter::default()).await.unwrap()).unwrap());
    text.join("\n")
}
