//! The outboxes: changes to the evidence log, events to the twin.

use super::{import, seeded};
use crate::databases::Store;
use crate::records::{ORIGIN, admin, at, hold, imported_use, record, service};
use gnomon_inventory::{Decide, ImportBatch, NewKey, TwinEvent};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::CallerKind;
use gnomon_types::ids::{ApprovalId, CallerId};
use gnomon_types::record::RecordBody;
use gnomon_types::sighting::Use;

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
    let appended = record(0, RecordBody::Admin(admin("service.status", "openai", Some(&waiting[1].id))));
    inventory.apply(ORIGIN, &[appended]).await.unwrap();
    let left = inventory.pending_changes(10).await.unwrap();
    assert_eq!(left, waiting[2..], "only what is in no log waits");
}

pub(crate) async fn a_text_that_no_record_can_hold_is_refused(store: &Store) {
    let inventory = seeded(store).await;
    inventory.apply(ORIGIN, &[record(0, RecordBody::Hold(hold("apr_1", "dec_1", 1_000)))]).await.unwrap();
    let id = ApprovalId::new("apr_1").unwrap();
    let long = "\u{fc}".repeat(2_001);
    let refused = inventory.decide_approval("ada", &id, Decide::Approve, &long).await.unwrap_err().to_string();
    assert!(refused.contains("2001 characters, at most 2000"), "{refused}");
    assert!(inventory.set_owner("ada", &service("openai"), Some(&long)).await.is_err());
    assert!(inventory.pending_changes(10).await.unwrap().is_empty(), "what is refused leaves no trace");
    let fits = long.chars().skip(1).collect::<String>();
    inventory.decide_approval("ada", &id, Decide::Approve, &fits).await.unwrap();
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
        let after = followed.last().map_or(0, |event: &TwinEvent| event.sequence);
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

pub(crate) async fn the_twin_outbox_keeps_what_a_sink_has_not_got_and_no_more(store: &Store) {
    let inventory = seeded(store).await;
    let batch = |digest: u8, user: &str| ImportBatch {
        uses: (0..600).map(|n| Use { models: Vec::new(), ..imported_use(&format!("s{n}"), user, n, 1) }).collect(),
        ..import(digest, "access.log")
    };
    inventory.set_sink_cursor("away", 0).await.unwrap();
    inventory.ingest_import(batch(1, "bob")).await.unwrap();
    inventory.ingest_import(batch(2, "eve")).await.unwrap();
    assert_eq!(inventory.twin_events(0, 5_000).await.unwrap().len(), 1_200, "the sink has got nothing yet");
    inventory.set_sink_cursor("away", 1_200).await.unwrap();
    inventory.ingest_import(batch(3, "dan")).await.unwrap();
    inventory.ingest_import(batch(4, "ada")).await.unwrap();
    let events = inventory.twin_events(0, 5_000).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.sequence > 1_200).count(), 1_200, "what the sink has not got stays");
    assert!(events.len() < 1_300, "{} events are kept", events.len());
    assert_eq!(inventory.twin_assets().await.unwrap().len(), 600);
}

pub(crate) async fn a_sink_that_is_silent_for_long_holds_nothing_back(store: &Store) {
    let inventory = seeded(store).await;
    let batch = |digest: u8, user: &str| ImportBatch {
        uses: (0..600).map(|n| Use { models: Vec::new(), ..imported_use(&format!("s{n}"), user, n, 1) }).collect(),
        ..import(digest, "access.log")
    };
    inventory.set_sink_cursor("removed", 5).await.unwrap();
    inventory.note_sink_failure("never there", "connection refused").await.unwrap();
    inventory.ingest_import(batch(1, "bob")).await.unwrap();
    store.clock.advance(31 * 24 * 3_600_000);
    inventory.ingest_import(batch(2, "eve")).await.unwrap();
    let kept = inventory.twin_events(0, 5_000).await.unwrap().len();
    assert!(kept < 1_000, "{kept} events are kept for sinks that are gone");
    assert_eq!(inventory.twin_assets().await.unwrap().len(), 600);
}

pub(crate) async fn what_a_sink_gave_up_can_be_told_again(store: &Store) {
    let inventory = seeded(store).await;
    inventory.set_status("ada", &service("openai"), ServiceStatus::Sanctioned, "", None).await.unwrap();
    let event = inventory.twin_events(0, 10).await.unwrap().remove(0);
    inventory.set_sink_cursor("twin", event.sequence).await.unwrap();
    inventory.add_dead_letter("twin", &event, "HTTP 400").await.unwrap();
    assert_eq!(inventory.redeliver("another").await.unwrap(), 0);
    assert_eq!(inventory.redeliver("twin").await.unwrap(), 1);
    let again = inventory.twin_events(event.sequence, 10).await.unwrap();
    assert_eq!((again.len(), again[0].version, &again[0].data), (1, event.version + 1, &event.data));
    assert!(inventory.dead_letters("twin").await.unwrap().is_empty());
    assert_eq!(inventory.redeliver("twin").await.unwrap(), 0);
}

pub(crate) async fn a_person_has_a_pseudonym_in_the_twin(store: &Store) {
    let inventory = seeded(store).await;
    let key = |name: &str, kind| NewKey { caller: CallerId::new(name).unwrap(), kind, team: None, expires: None };
    inventory.create_key("ada", key("jane.doe", CallerKind::Person)).await.unwrap();
    inventory.create_key("ada", key("billing-bot", CallerKind::Agent)).await.unwrap();
    let (row, _) = inventory.create_key("ada", key("jane.doe", CallerKind::Person)).await.unwrap();
    inventory.revoke_key("ada", &row.id).await.unwrap();
    let told = format!("{:?} {:?}", inventory.twin_events(0, 10).await, inventory.twin_assets().await);
    assert!(!told.contains("jane"), "{told}");
    let assets: Vec<String> = inventory.twin_assets().await.unwrap().into_iter().map(|asset| asset.asset_id).collect();
    assert_eq!(assets.len(), 2, "one person, one pseudonym: {assets:?}");
    assert!(assets[0] == "agent/billing-bot" && assets[1].starts_with("agent/person-"), "{assets:?}");
}
