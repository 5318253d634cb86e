//! People and keys: approvals, access keys, accounts.

use super::seeded;
use crate::databases::Store;
use crate::records::{ORIGIN, approval, at, hold, record};
use gnomon_inventory::{ApprovalFilter, ApprovalState, Change, Decide, InventoryError, NewKey, NewUser, Role};
use gnomon_types::caller::CallerKind;
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, CallerId};
use gnomon_types::record::RecordBody;
use gnomon_types::secret::Secret;

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
    inventory.apply(ORIGIN, &[record(4, RecordBody::Hold(hold("apr_3", "dec_3", 2_000)))]).await.unwrap();
    let third = ApprovalId::new("apr_3").unwrap();
    inventory.decide_approval("ada", &third, Decide::Approve, "").await.unwrap();
    inventory.apply(ORIGIN, &[record(5, RecordBody::Approval(approval("apr_3", "expired", "system")))]).await.unwrap();
    assert_eq!(inventory.approval(&third).await.unwrap().unwrap().state, ApprovalState::Expired);
    assert_eq!(inventory.pending_changes(10).await.unwrap().len(), 1, "what the person said still has no record");
    inventory.apply(ORIGIN, &[record(6, RecordBody::Approval(approval("apr_3", "approved", "ada")))]).await.unwrap();
    assert!(inventory.pending_changes(10).await.unwrap().is_empty());
    let expired = ApprovalFilter { state: Some(ApprovalState::Expired), limit: 0 };
    assert_eq!(inventory.approvals(&expired).await.unwrap().len(), 3);
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

fn action(change: Change) -> String {
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
    assert_eq!(other.peek_sign_in(once.expose()).await.unwrap().unwrap().name, "token-only");
    assert_eq!(other.consume_sign_in(once.expose()).await.unwrap().unwrap().name, "token-only");
    assert!(inventory.consume_sign_in(once.expose()).await.unwrap().is_none(), "once only");
    let late = inventory.create_sign_in("eve", 1_000).await.unwrap();
    store.clock.advance(1_000);
    assert!(inventory.consume_sign_in(late.expose()).await.unwrap().is_none());
    store.clock.advance(9_000_000);
    assert!(inventory.create_session("eve", 1).await.is_err(), "an account that has ended signs nobody in");
    assert_eq!(inventory.users().await.unwrap().len(), 2);
}

pub(crate) async fn accounts_are_shut_reopened_and_thrown_out(store: &Store) {
    let (inventory, other) = (seeded(store).await, store.open().await);
    inventory.create_user("system", new_user("eve", Some("a long enough one"))).await.unwrap();
    let admin = |name: &str| NewUser { roles: vec![Role::Admin], expires: None, ..new_user(name, None) };
    inventory.create_user("system", admin("ada")).await.unwrap();
    let opened = || async {
        let session = inventory.create_session("eve", 60_000).await.unwrap();
        (session, inventory.create_sign_in("eve", 60_000).await.unwrap())
    };
    for what in ["sessions", "password", "disable"] {
        let (session, link) = opened().await;
        match what {
            "sessions" => other.end_sessions("ada", "eve").await.unwrap(),
            "password" => other.set_password("ada", "eve", Secret::new("another long one")).await.unwrap(),
            _ => other.disable_user("ada", "eve").await.unwrap(),
        }
        assert!(inventory.session(session.expose()).await.unwrap().is_none(), "{what} left a session open");
        assert!(inventory.peek_sign_in(link.expose()).await.unwrap().is_none(), "{what} left a link good");
    }
    assert!(inventory.create_session("eve", 1).await.is_err());
    assert!(inventory.verify_password("eve", Secret::new("another long one")).await.unwrap().is_none());
    other.enable_user("ada", "eve", None).await.unwrap();
    assert!(inventory.verify_password("eve", Secret::new("another long one")).await.unwrap().is_some());
    assert!(matches!(inventory.disable_user("ada", "ada").await, Err(InventoryError::Refused(_))));
    inventory.create_user("system", admin("bob")).await.unwrap();
    inventory.disable_user("bob", "ada").await.unwrap();
    assert!(matches!(inventory.disable_user("ada", "bob").await, Err(InventoryError::Refused(_))), "the last admin");
    for missing in [
        inventory.disable_user("ada", "nobody").await,
        inventory.enable_user("ada", "nobody", None).await,
        inventory.end_sessions("ada", "nobody").await,
    ] {
        assert!(matches!(missing, Err(InventoryError::NotFound { .. })));
    }
    let actions: Vec<String> = other.pending_changes(100).await.unwrap().into_iter().map(action).collect();
    for expected in ["user.end_sessions", "user.password", "user.disable", "user.enable"] {
        assert!(actions.iter().any(|action| action == expected), "{expected} is not recorded: {actions:?}");
    }
}
