//! Services: imports, status, owner, lists.

use super::{import, seeded};
use crate::databases::Store;
use crate::records::{ORIGIN, at, blind_spot, day, imported_use, service};
use gnomon_inventory::{ImportBatch, InventoryError, ServiceFilter, ServiceOrder, UseFilter};
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use gnomon_types::digest::Digest;
use gnomon_types::record::RecordBody;
use gnomon_types::sighting::{BlindSpot, Content, EvidencePointer};
use std::collections::BTreeSet;

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
    assert!(inventory.revision().await.unwrap() > revision, "who polls the revision does not see the lapse");
    assert!(inventory.end_lapsed_statuses().await.unwrap().is_empty(), "it was ended twice");
    assert_eq!(inventory.pending_changes(10).await.unwrap().len(), 2);
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
    let nameless = |device: &str| BlindSpot {
        user: None,
        device: Some(device.to_owned()),
        reason: BlindSpot::NAMELESS.to_owned(),
    };
    let spots = vec![nameless("10.0.0.7"), nameless("10.0.0.8")];
    let dns = ImportBatch { blind_spots: spots, uses: Vec::new(), ..import(3, "queries.log") };
    inventory.ingest_import(dns).await.unwrap();
    assert_eq!(inventory.blind_spots().await.unwrap(), vec![nameless("10.0.0.8"), blind_spot()], "10.0.0.7 has a name");
    let uses = inventory.uses(&UseFilter { user: Some("eve".to_owned()), ..UseFilter::default() }).await.unwrap();
    assert_eq!(uses.len(), 2);
    assert_eq!((uses[0].service_name.as_str(), uses[0].requests), ("ChatGPT", 1));
    let unknown = inventory.service(&service("host:10.9.3.4:11434")).await.unwrap().unwrap();
    assert_eq!((unknown.row.users, unknown.users[0].device.as_deref()), (1, Some("10.0.0.7")));
    assert_eq!(inventory.pending_changes(10).await.unwrap().len(), 3);
}

pub(crate) async fn a_log_that_was_renamed_rotated_compressed_or_has_grown_counts_once(store: &Store) {
    let inventory = seeded(store).await;
    let (first, second) = (Digest([1; 32]), Digest([2; 32]));
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    assert_eq!(inventory.content_lengths().await.unwrap(), [1_000]);
    let packed = ImportBatch { digest: Digest([9; 32]), ..import(1, "access.log.2.gz") };
    for copy in [import(1, "./access.log"), import(1, "access.log.1"), packed] {
        assert!(!inventory.ingest_import(copy).await.unwrap().new);
    }
    let requests = || async { inventory.service(&service("chatgpt")).await.unwrap().unwrap().row.requests };
    assert_eq!(requests().await, 10);
    let mut grown = ImportBatch {
        digest: second,
        content: Content { bytes: 2_000, digest: second, beginnings: vec![(500, second), (1_000, first)] },
        ..import(1, "access.log")
    };
    grown.uses.push(imported_use("chatgpt", "bob", 12, 7));
    let outcome = inventory.ingest_import(grown).await.unwrap();
    assert_eq!((outcome.new, outcome.replaced, outcome.services_new), (true, 1, Vec::new()));
    assert_eq!(requests().await, 17, "what was there before counts twice");
    assert_eq!(inventory.sources().await.unwrap().len(), 1);
    assert_eq!(inventory.blind_spots().await.unwrap(), vec![blind_spot()]);
    assert!(!inventory.ingest_import(import(1, "access.log.1")).await.unwrap().new, "the shorter copy comes back");
    let rows = inventory.derived_rows().await.unwrap();
    inventory.reset_derived().await.unwrap();
    assert_eq!(inventory.derived_rows().await.unwrap(), rows, "a rebuild counts otherwise");
    // A beginning of the same length that is another one is another log.
    let other = Content { bytes: 3_000, digest: Digest([3; 32]), beginnings: vec![(2_000, Digest([8; 32]))] };
    let outcome = inventory.ingest_import(ImportBatch { content: other, ..import(3, "access.log") }).await.unwrap();
    assert_eq!((outcome.new, outcome.replaced, requests().await), (true, 0, 27));
}

pub(crate) async fn files_of_one_name_stay_apart_in_the_evidence(store: &Store) {
    let inventory = seeded(store).await;
    for digest in [1, 2] {
        inventory.ingest_import(import(digest, "access.log")).await.unwrap();
    }
    let sources: BTreeSet<_> = inventory.sources().await.unwrap().into_iter().map(|source| source.digest).collect();
    assert_eq!(sources.len(), 2);
    let uses = inventory.uses(&UseFilter::default()).await.unwrap();
    let detail = inventory.service(&service("chatgpt")).await.unwrap().unwrap();
    let pointed = |pointers: Vec<EvidencePointer>| -> BTreeSet<_> {
        pointers.into_iter().map(|pointer| pointer.digest).collect()
    };
    assert_eq!(pointed(uses.into_iter().flat_map(|item| item.evidence).collect()), sources);
    assert_eq!(pointed(detail.evidence), sources);
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
