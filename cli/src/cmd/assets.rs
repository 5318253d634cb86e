//! Models, callers and keys of the inventory: what `gnomon inventory` does with them.

use super::inventory::status;
use crate::args::{InventoryListArgs, InventorySetArgs, ListArgs};
use crate::failure::{Outcome, Usage};
use crate::output::{self, Column};
use crate::wire::state::State;
use gnomon_inventory::{AssetFacts, AssetFilter, AssetId, AssetKind, AssetRow};
use gnomon_types::limits::PAGE_ROWS_MAX;

pub(super) async fn list(kind: AssetKind, args: &InventoryListArgs) -> anyhow::Result<Outcome> {
    let statuses = args.status.as_deref().map(status).transpose()?.into_iter().collect();
    let inventory = State::of_args(&args.list.state)?.inventory().await?;
    let (owner, text) = (args.owner.clone(), args.text.clone());
    let mut filter = AssetFilter { statuses, owner, text, limit: PAGE_ROWS_MAX, ..AssetFilter::of(kind) };
    let mut rows = Vec::new();
    loop {
        let page = inventory.assets(&filter).await?;
        rows.extend(page.rows);
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    let columns = [
        Column::<AssetRow> { heading: "id", cell: |row| row.id.clone() },
        Column { heading: "about", cell: about },
        Column { heading: "status", cell: |row| row.status.to_string() },
        Column { heading: "owner", cell: |row| row.owner.clone().unwrap_or_default() },
        Column { heading: "requests", cell: |row| row.requests.to_string() },
        Column { heading: "refused", cell: |row| row.refused.to_string() },
        Column { heading: "tokens", cell: |row| (row.input_tokens + row.output_tokens).to_string() },
        Column { heading: "first seen", cell: |row| row.first_seen.map(|at| at.day()).unwrap_or_default() },
        Column { heading: "last seen", cell: |row| row.last_seen.map(|at| at.day()).unwrap_or_default() },
    ];
    output::rows(args.list.format, &rows, &columns)?;
    Ok(Outcome::Fine)
}

/// What is known of it by its kind, in a few words.
fn about(row: &AssetRow) -> String {
    let words = match &row.facts {
        AssetFacts::Model { service, .. } => vec![format!("on {service}")],
        AssetFacts::Caller { caller_kind, team, keys, .. } => {
            let keys = if *keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") };
            vec![caller_kind.clone(), team.clone().unwrap_or_default(), keys]
        }
        AssetFacts::Key { caller, active, .. } => {
            let state = if *active { "active" } else { "not active" };
            vec![caller.clone().unwrap_or_default(), state.to_owned()]
        }
    };
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
}

pub(super) async fn show(asset: &AssetId, args: &ListArgs) -> anyhow::Result<Outcome> {
    let inventory = State::of_args(&args.state)?.inventory().await?;
    let Some(detail) = inventory.asset(asset).await? else { return Err(unknown(asset)) };
    output::object(args.format, &detail)?;
    Ok(Outcome::Fine)
}

pub(super) async fn set(asset: &AssetId, args: &InventorySetArgs) -> anyhow::Result<Outcome> {
    let new_status = args.status.as_deref().map(status).transpose()?;
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    if inventory.asset(asset).await?.is_none() {
        return Err(unknown(asset));
    }
    let by = super::acting();
    if let Some(status) = new_status {
        inventory.set_asset_status(&by, asset, status, &args.note, None).await?;
        output::message(&format!("{asset} is {status}"));
    }
    if let Some(owner) = &args.owner {
        inventory.set_asset_owner(&by, asset, Some(owner.as_str())).await?;
        output::message(&format!("{asset} belongs to {owner}"));
    }
    state.flush_changes(&inventory).await;
    Ok(Outcome::Fine)
}

fn unknown(asset: &AssetId) -> anyhow::Error {
    let (kind, id) = (asset.kind(), asset.id());
    Usage::new(
        format!("no {kind} `{id}` in the inventory"),
        format!("gnomon inventory list --kind {kind} shows the known ones"),
    )
    .into()
}
