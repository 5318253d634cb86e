//! Models, callers and keys: what was seen of them, what people decide about them.

use super::{import, seeded};
use crate::databases::Store;
use crate::records::{ORIGIN, actor, at, day, intent, outcome, record, service, target};
use gnomon_inventory::{
    AssetDetail, AssetFacts, AssetFilter, AssetId, AssetKind, Inventory, InventoryError, NewKey, ServiceOrder,
};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::caller::CallerKind;
use gnomon_types::ids::CallerId;
use gnomon_types::record::{Actor, Record, RecordBody};
use gnomon_types::verdict::Verdict;
use std::collections::BTreeSet;

fn asset(text: &str) -> AssetId {
    AssetId::parse(text).unwrap()
}

async fn known(inventory: &Inventory, text: &str) -> AssetDetail {
    inventory.asset(&asset(text)).await.unwrap().unwrap_or_else(|| panic!("no {text}"))
}

async fn ids(inventory: &Inventory, filter: &AssetFilter) -> Vec<String> {
    inventory.assets(filter).await.unwrap().rows.into_iter().map(|row| row.id).collect()
}

pub(crate) async fn models_callers_and_keys_have_use_by_day_and_evidence(store: &Store) {
    let inventory = seeded(store).await;
    inventory.apply(ORIGIN, &day()).await.unwrap();
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    let cases = [
        ("model/openai/gpt-4o", 2, 1, 22, 44, 2),
        ("model/anthropic/claude-sonnet", 1, 1, 11, 22, 1),
        ("model/chatgpt/gpt-4o", 10, 0, 0, 0, 1),
        ("caller/billing-bot", 2, 1, 22, 44, 2),
        ("caller/clinic-agent", 1, 1, 11, 22, 1),
        ("key/gnm_abcdefgh", 3, 2, 33, 66, 2),
    ];
    for (name, requests, refused, input, output, days) in cases {
        let detail = known(&inventory, name).await;
        let row = &detail.row;
        assert_eq!(
            (row.requests, row.refused, row.input_tokens, row.output_tokens),
            (requests, refused, input, output),
            "{name}"
        );
        assert_eq!((row.status, row.owner.as_ref()), (ServiceStatus::UnderReview, None), "{name}");
        assert_eq!(detail.usage_by_day.len(), days, "{name}");
        let sum = |of: fn(&gnomon_inventory::AssetDay) -> u64| detail.usage_by_day.iter().map(of).sum::<u64>();
        assert_eq!((sum(|day| day.requests), sum(|day| day.refused)), (requests, refused), "{name}");
        assert_eq!((sum(|day| day.input_tokens), sum(|day| day.output_tokens)), (input, output), "{name}");
    }
    let model = known(&inventory, "model/openai/gpt-4o").await;
    assert_eq!((model.row.first_seen, model.row.last_seen), (Some(at(1_000)), Some(at(86_400_000))));
    let lines: Vec<(&str, &str, u64)> =
        model.evidence.iter().map(|line| (line.source.as_str(), line.file.as_str(), line.line)).collect();
    assert_eq!(lines, [6, 3, 5, 2, 1].map(|seq| ("gateway", ORIGIN, seq)), "the latest decisions first");
    assert_eq!((model.links[0].caller.as_str(), model.links[0].attempts), ("billing-bot", 3));
    let imported = known(&inventory, "model/chatgpt/gpt-4o").await;
    let lines: BTreeSet<(&str, u64)> = imported.evidence.iter().map(|line| (line.file.as_str(), line.line)).collect();
    assert_eq!(lines, BTreeSet::from([("access.log", 3), ("access.log", 4), ("access.log", 9)]));
    let caller = known(&inventory, "caller/clinic-agent").await;
    let AssetFacts::Caller { caller_kind, team, client, keys } = &caller.row.facts else { panic!("{caller:?}") };
    assert_eq!((caller_kind.as_str(), team.as_deref(), *keys), ("agent", Some("billing"), 0));
    assert_eq!(client.as_deref(), Some("openai-python"));
    assert_eq!(
        (caller.links[0].service.as_str(), caller.links[0].model.as_deref()),
        ("anthropic", Some("claude-sonnet"))
    );
    assert_eq!(known(&inventory, "key/gnm_abcdefgh").await.evidence.len(), 10);
    assert_eq!(inventory.asset(&asset("model/openai/none")).await.unwrap(), None);
}

pub(crate) async fn a_choice_about_an_asset_is_in_force_recorded_and_told_without_names(store: &Store) {
    let (inventory, other) = (seeded(store).await, store.open().await);
    inventory.apply(ORIGIN, &day()).await.unwrap();
    let told = other.twin_events(0, 500).await.unwrap().len();
    for name in ["model/openai/gpt-4o", "caller/billing-bot", "key/gnm_abcdefgh"] {
        let id = asset(name);
        let before = other.revision().await.unwrap();
        let status = ServiceStatus::Unsanctioned;
        let row = inventory.set_asset_status("ada", &id, status, "leaks", Some(at(9_000))).await.unwrap();
        assert_eq!((row.status, row.status_note.as_str(), row.status_expires), (status, "leaks", Some(at(9_000))));
        let row = inventory.set_asset_owner("ada", &id, Some(" Grace Example ")).await.unwrap();
        assert_eq!((row.owner.as_deref(), row.status), (Some("Grace Example"), status), "{name}");
        assert!(other.revision().await.unwrap() > before, "the other process does not see the change");
        assert_eq!(other.asset_statuses().await.unwrap().get(&id), Some(&status));
        let history = known(&other, name).await.history;
        let fields: Vec<(&str, &str)> = history.iter().map(|row| (row.field.as_str(), row.after.as_str())).collect();
        let until = format!("unsanctioned until {}", at(9_000));
        assert_eq!(fields, [("owner", "Grace Example"), ("status", until.as_str())]);
    }
    let changes = other.pending_changes(10).await.unwrap();
    let acts: Vec<(&str, &str)> = changes
        .iter()
        .map(|change| match &change.body {
            RecordBody::Admin(admin) => (admin.action.as_str(), admin.subject.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("model.status", "openai/gpt-4o"),
        ("model.owner", "openai/gpt-4o"),
        ("caller.status", "billing-bot"),
        ("caller.owner", "billing-bot"),
        ("key.status", "gnm_abcdefgh"),
        ("key.owner", "gnm_abcdefgh"),
    ];
    assert_eq!(acts, expected);
    let events = other.twin_events(0, 500).await.unwrap().split_off(told);
    let assets: Vec<&str> = events.iter().map(|event| event.asset_id.as_str()).collect();
    assert_eq!(assets, ["model/openai/gpt-4o", "agent/billing-bot"], "an owner is no news for the twin, a key neither");
    assert!(events.iter().all(|event| event.data["status"] == "unsanctioned"), "{events:?}");
    assert!(!format!("{events:?}").contains("Grace"), "a person is named in the feed");
    let unknown =
        inventory.set_asset_status("ada", &asset("model/openai/none"), ServiceStatus::Sanctioned, "", None).await;
    assert!(matches!(unknown, Err(InventoryError::NotFound { what: "model", .. })), "{unknown:?}");
    let bot = asset("caller/billing-bot");
    let past = inventory.set_asset_status("ada", &bot, ServiceStatus::Sanctioned, "", Some(at(-1)));
    assert!(matches!(past.await, Err(InventoryError::Refused(_))));
}

pub(crate) async fn a_status_of_an_asset_ends_with_its_time(store: &Store) {
    let inventory = seeded(store).await;
    inventory.apply(ORIGIN, &day()).await.unwrap();
    let id = asset("model/openai/gpt-4o");
    inventory.set_asset_status("ada", &id, ServiceStatus::Unsanctioned, "", Some(at(1_000))).await.unwrap();
    let revision = inventory.revision().await.unwrap();
    store.clock.advance(1_000);
    assert!(inventory.asset_statuses().await.unwrap().is_empty());
    let by_status = AssetFilter { statuses: vec![ServiceStatus::Unsanctioned], ..AssetFilter::of(AssetKind::Model) };
    assert!(ids(&inventory, &by_status).await.is_empty());
    assert_eq!(inventory.end_lapsed_statuses().await.unwrap(), ["model/openai/gpt-4o"]);
    assert!(inventory.revision().await.unwrap() > revision, "who polls the revision does not see the lapse");
    let detail = known(&inventory, "model/openai/gpt-4o").await;
    assert_eq!((detail.row.status, detail.row.status_expires), (ServiceStatus::UnderReview, None));
    assert_eq!((detail.history[0].by.as_str(), detail.history[0].after.as_str()), ("system", "under_review"));
    assert!(inventory.end_lapsed_statuses().await.unwrap().is_empty(), "it was ended twice");
}

pub(crate) async fn assets_are_filtered_sorted_and_paged(store: &Store) {
    let inventory = seeded(store).await;
    inventory.apply(ORIGIN, &day()).await.unwrap();
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    inventory.set_asset_owner("ada", &asset("model/openai/gpt-4o"), Some("it")).await.unwrap();
    inventory
        .set_asset_status("ada", &asset("caller/clinic-agent"), ServiceStatus::Sanctioned, "", None)
        .await
        .unwrap();
    let models = AssetFilter { order: ServiceOrder::Name, ..AssetFilter::of(AssetKind::Model) };
    let callers = AssetFilter { order: ServiceOrder::Name, ..AssetFilter::of(AssetKind::Caller) };
    let keys = AssetFilter::of(AssetKind::Key);
    let all = ["anthropic/claude-sonnet", "chatgpt/gpt-4o", "host:10.9.3.4:11434/gpt-4o", "openai/gpt-4o"];
    let sanctioned = vec![ServiceStatus::Sanctioned];
    let cases = [
        (models.clone(), all.to_vec()),
        (AssetFilter { text: Some("CLAUDE".to_owned()), ..models.clone() }, vec!["anthropic/claude-sonnet"]),
        (AssetFilter { text: Some("model".to_owned()), ..models.clone() }, vec![]),
        (AssetFilter { text: Some("%".to_owned()), ..models.clone() }, vec![]),
        (AssetFilter { service: Some(service("openai")), ..models.clone() }, vec!["openai/gpt-4o"]),
        (AssetFilter { service: Some(service("open")), ..models.clone() }, vec![]),
        (AssetFilter { owner: Some("it".to_owned()), ..models.clone() }, vec!["openai/gpt-4o"]),
        (AssetFilter { order: ServiceOrder::Requests, limit: 1, ..models.clone() }, vec!["chatgpt/gpt-4o"]),
        (AssetFilter { order: ServiceOrder::LastSeen, limit: 1, ..models.clone() }, vec!["openai/gpt-4o"]),
        (callers.clone(), vec!["billing-bot", "clinic-agent"]),
        (AssetFilter { caller_kind: Some("agent".to_owned()), limit: 1, ..callers.clone() }, vec!["billing-bot"]),
        (AssetFilter { caller_kind: Some("person".to_owned()), ..callers.clone() }, vec![]),
        (AssetFilter { statuses: sanctioned, ..callers.clone() }, vec!["clinic-agent"]),
        (AssetFilter { text: Some("python".to_owned()), ..callers }, vec!["billing-bot", "clinic-agent"]),
        (keys.clone(), vec!["gnm_abcdefgh"]),
        (AssetFilter { caller: Some("nobody".to_owned()), ..keys }, vec![]),
    ];
    for (filter, expected) in cases {
        assert_eq!(ids(&inventory, &filter).await, expected, "{filter:?}");
    }
    let (mut seen, mut filter) = (Vec::new(), AssetFilter { limit: 3, ..models });
    loop {
        let page = inventory.assets(&filter).await.unwrap();
        assert_eq!(page.total, 4);
        seen.extend(page.rows.into_iter().map(|row| row.id));
        let Some(next) = page.next else { break };
        filter.after = Some(next);
    }
    assert_eq!(seen, all);
}

pub(crate) async fn choices_outlive_a_rebuild_and_sums_come_back(store: &Store) {
    let inventory = seeded(store).await;
    inventory.apply(ORIGIN, &day()[..6]).await.unwrap();
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    inventory.apply(ORIGIN, &day()[6..]).await.unwrap();
    let names = ["model/openai/gpt-4o", "model/chatgpt/gpt-4o", "caller/clinic-agent", "key/gnm_abcdefgh"];
    for name in names {
        inventory.set_asset_status("ada", &asset(name), ServiceStatus::Sanctioned, "fine", None).await.unwrap();
        inventory.set_asset_owner("ada", &asset(name), Some("it")).await.unwrap();
    }
    let rows = inventory.derived_rows().await.unwrap();
    for table in ["asset_totals\t", "asset_days\t"] {
        assert!(rows.iter().filter(|row| row.starts_with(table)).count() >= 7, "{table} is not compared");
    }
    let mut before = Vec::new();
    for name in names {
        before.push(known(&inventory, name).await);
    }
    inventory.reset_derived().await.unwrap();
    assert_eq!(known(&inventory, "key/gnm_abcdefgh").await.row.requests, 0);
    inventory.apply(ORIGIN, &day()).await.unwrap();
    assert_eq!(inventory.derived_rows().await.unwrap(), rows);
    for (name, before) in names.into_iter().zip(before) {
        assert_eq!(known(&inventory, name).await, before);
    }
}

pub(crate) async fn sums_of_assets_agree_with_callers_and_models(store: &Store) {
    let inventory = seeded(store).await;
    inventory.apply(ORIGIN, &day()).await.unwrap();
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    for caller in inventory.callers(None, 100).await.unwrap() {
        let row = known(&inventory, &format!("caller/{}", caller.caller)).await.row;
        let asked = (caller.forwarded, caller.attempts - caller.forwarded, caller.input_tokens, caller.output_tokens);
        assert_eq!((row.requests, row.refused, row.input_tokens, row.output_tokens), asked);
        assert_eq!((row.first_seen, row.last_seen), (Some(caller.first_seen), Some(caller.last_seen)));
    }
    for model in inventory.models(100).await.unwrap() {
        let row = inventory.asset(&AssetId::model(&model.service, &model.model)).await.unwrap().unwrap().row;
        let asked = (model.requests, model.input_tokens, model.output_tokens);
        assert_eq!((row.requests, row.input_tokens, row.output_tokens), asked);
    }
}

pub(crate) async fn a_key_is_listed_before_its_use_and_after_its_end(store: &Store) {
    let inventory = seeded(store).await;
    let new = NewKey {
        caller: CallerId::new("crm").unwrap(),
        kind: CallerKind::Service,
        team: Some("sales".to_owned()),
        expires: Some(at(5_000)),
    };
    let (key, secret) = inventory.create_key("ada", new).await.unwrap();
    let name = format!("key/{}", key.id);
    let row = known(&inventory, &name).await.row;
    assert_eq!((row.first_seen, row.requests), (None, 0));
    let AssetFacts::Key { caller, active, team, .. } = row.facts else { panic!("no key") };
    assert_eq!((caller.as_deref(), team.as_deref(), active), (Some("crm"), Some("sales"), true));
    let AssetFacts::Caller { caller_kind, keys, .. } = known(&inventory, "caller/crm").await.row.facts else {
        panic!()
    };
    assert_eq!((caller_kind.as_str(), keys), ("service", 1));
    let of_caller = AssetFilter { caller: Some("crm".to_owned()), ..AssetFilter::of(AssetKind::Key) };
    assert_eq!(ids(&inventory, &of_caller).await, [key.id.as_str()]);
    inventory.set_asset_status("ada", &asset(&name), ServiceStatus::Sanctioned, "", None).await.unwrap();
    store.clock.advance(5_000);
    let AssetFacts::Key { active, .. } = known(&inventory, &name).await.row.facts else { panic!("no key") };
    assert!(!active);
    let AssetFacts::Caller { keys, .. } = known(&inventory, "caller/crm").await.row.facts else { panic!() };
    assert_eq!(keys, 0);
    let everything = format!("{:?}{:?}", inventory.assets(&of_caller).await, known(&inventory, &name).await);
    assert!(!everything.contains(secret.expose()), "the key itself is shown");
}

pub(crate) async fn a_caller_that_is_a_person_is_listed_and_not_fed(store: &Store) {
    let inventory = seeded(store).await;
    let mut ask = intent("dec_1", 0, Verdict::Allow);
    let person = actor("grace.example");
    ask.actor = Some(Actor { kind: "person".to_owned(), ..person });
    inventory.apply(ORIGIN, &[record(0, RecordBody::Intent(Box::new(ask)))]).await.unwrap();
    let new =
        NewKey { caller: CallerId::new("grace.example").unwrap(), kind: CallerKind::Person, team: None, expires: None };
    inventory.create_key("ada", new).await.unwrap();
    inventory.set_asset_owner("ada", &asset("caller/grace.example"), Some("grace.example")).await.unwrap();
    let people = AssetFilter { caller_kind: Some("person".to_owned()), ..AssetFilter::of(AssetKind::Caller) };
    assert_eq!(ids(&inventory, &people).await, ["grace.example"]);
    let told = format!("{:?}", inventory.twin_events(0, 500).await.unwrap());
    assert!(told.contains("gpt-4o") && !told.contains("grace"), "{told}");
}

/// A name that no compression makes short.
fn long_name() -> String {
    let mut state = 7_u64;
    let letters = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
    });
    letters.take(20_000).collect()
}

pub(crate) async fn odd_names_of_models_stop_nothing(store: &Store) {
    let inventory = seeded(store).await;
    let long = long_name();
    let names = [long.as_str(), "a\0b", "a\u{fffd}b", "meta/llama-3", "", "\u{1f642}"];
    let asks = |name: &str, n: usize| {
        let mut ask = intent(&format!("dec_{n}"), 0, Verdict::Allow);
        ask.actor = Some(actor("billing-bot"));
        ask.target = Some(target("openai", name));
        RecordBody::Intent(Box::new(ask))
    };
    let bodies = names
        .iter()
        .enumerate()
        .flat_map(|(n, name)| [asks(name, n), RecordBody::Outcome(outcome(&format!("dec_{n}")))]);
    let records: Vec<Record> = (0..).zip(bodies).map(|(seq, body)| record(seq, body)).collect();
    inventory.apply(ORIGIN, &records).await.unwrap();
    let models = inventory.assets(&AssetFilter::of(AssetKind::Model)).await.unwrap();
    assert_eq!(models.rows.iter().map(|row| row.requests).sum::<u64>(), 6);
    assert_eq!(models.rows.len(), 5, "two names that the database keeps as one are one");
    assert!(models.rows.iter().all(|row| row.id.chars().count() <= 210));
    for row in models.rows {
        let detail = inventory.asset(&row.asset()).await.unwrap().unwrap();
        assert_eq!(detail.evidence.len() as u64, 2 * row.requests, "{}", row.id);
        inventory.set_asset_owner("ada", &row.asset(), Some("it")).await.unwrap();
    }
}
