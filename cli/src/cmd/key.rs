//! `gnomon key`: access keys of callers.

use crate::args::{CallerKindArg, KeyCommand, KeyCreateArgs, KeyRevokeArgs, ListArgs};
use crate::clock::SystemClock;
use crate::failure::Outcome;
use crate::output::{self, Column};
use crate::wire::state::State;
use gnomon_inventory::{KeyRow, NewKey};
use gnomon_types::caller::CallerKind;
use gnomon_types::ids::{CallerId, KeyId};
use gnomon_types::time::Clock as _;
use serde::Serialize;

pub(super) async fn run(command: KeyCommand) -> anyhow::Result<Outcome> {
    match command {
        KeyCommand::Create(args) => create(&args).await,
        KeyCommand::List(args) => list(&args).await,
        KeyCommand::Revoke(args) => revoke(&args).await,
    }
}

/// A new key, printed once.
#[derive(Serialize)]
struct Created {
    id: KeyId,
    caller: CallerId,
    key: String,
}

async fn create(args: &KeyCreateArgs) -> anyhow::Result<Outcome> {
    let new = NewKey {
        caller: super::identifier(&args.caller, CallerId::new)?,
        kind: match args.kind {
            CallerKindArg::Service => CallerKind::Service,
            CallerKindArg::Agent => CallerKind::Agent,
            CallerKindArg::Person => CallerKind::Person,
        },
        team: args.team.clone(),
        expires: args.expires_days.map(|days| SystemClock.now().plus_millis(i64::from(days) * super::DAY_MS)),
    };
    let state = State::of_args(&args.list.state)?;
    let inventory = state.inventory().await?;
    let (row, key) = inventory.create_key(&super::acting(), new).await?;
    state.flush_changes(&inventory).await;
    let created = Created { id: row.id, caller: row.caller, key: key.expose().to_owned() };
    output::object(args.list.format, &created)?;
    output::message("the key is shown this once; the record holds only its hash");
    Ok(Outcome::Fine)
}

async fn list(args: &ListArgs) -> anyhow::Result<Outcome> {
    let rows = State::of_args(&args.state)?.inventory().await?.keys().await?;
    let columns = [
        Column::<KeyRow> { heading: "id", cell: |row| row.id.to_string() },
        Column { heading: "caller", cell: |row| row.caller.to_string() },
        Column { heading: "kind", cell: |row| row.kind.as_str().to_owned() },
        Column { heading: "team", cell: |row| row.team.clone().unwrap_or_default() },
        Column { heading: "active", cell: |row| if row.active { "yes".to_owned() } else { "no".to_owned() } },
        Column { heading: "created", cell: |row| row.created.to_string() },
        Column { heading: "last used", cell: |row| row.last_used.map(|at| at.to_string()).unwrap_or_default() },
    ];
    output::rows(args.format, &rows, &columns)?;
    Ok(Outcome::Fine)
}

async fn revoke(args: &KeyRevokeArgs) -> anyhow::Result<Outcome> {
    let id = super::identifier(&args.key, KeyId::new)?;
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    inventory.revoke_key(&super::acting(), &id).await?;
    state.flush_changes(&inventory).await;
    output::message(&format!("{id} is revoked; gateways refuse it within a second"));
    Ok(Outcome::Fine)
}
