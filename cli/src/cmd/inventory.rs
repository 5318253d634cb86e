//! `gnomon inventory`: the AI services on record; what is done with models, callers and keys stands in `assets.rs`.

use super::assets;
use crate::args::{
    InventoryCommand, InventoryKind, InventoryListArgs, InventorySearchArgs, InventorySetArgs, ListArgs,
};
use crate::failure::{Outcome, Usage};
use crate::output::{self, Column};
use crate::wire::state::State;
use gnomon_inventory::{AssetId, AssetKind, Hit, Search, ServiceFilter, ServiceRow};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::limits::PAGE_ROWS_MAX;

pub(super) async fn run(command: InventoryCommand) -> anyhow::Result<Outcome> {
    match command {
        InventoryCommand::List(args) => match asset_kind(args.kind) {
            None => list(&args).await,
            Some(kind) => assets::list(kind, &args).await,
        },
        InventoryCommand::Show(args) => match named(args.kind, &args.asset)? {
            Named::Service(id) => show(&id, &args.list).await,
            Named::Asset(asset) => assets::show(&asset, &args.list).await,
        },
        InventoryCommand::Set(args) => match named(args.kind, &args.asset)? {
            Named::Service(id) => set(&id, &args).await,
            Named::Asset(asset) => assets::set(&asset, &args).await,
        },
        InventoryCommand::Search(args) => search(&args).await,
    }
}

/// What a command is about.
#[derive(Debug, PartialEq)]
enum Named {
    Service(ServiceId),
    Asset(AssetId),
}

/// Reads `ID` with a kind, or `KIND/ID`; what has neither is a service.
fn named(kind: Option<InventoryKind>, text: &str) -> anyhow::Result<Named> {
    let asset = match kind {
        Some(kind) => asset_kind(kind).map(|kind| AssetId::new(kind, text)),
        None => AssetId::parse(text),
    };
    let service = || text.strip_prefix("service/").filter(|_| kind.is_none()).unwrap_or(text);
    asset.map_or_else(
        || super::identifier(service(), ServiceId::new).map(Named::Service),
        |asset| Ok(Named::Asset(asset)),
    )
}

fn asset_kind(kind: InventoryKind) -> Option<AssetKind> {
    match kind {
        InventoryKind::Service => None,
        InventoryKind::Model => Some(AssetKind::Model),
        InventoryKind::Caller => Some(AssetKind::Caller),
        InventoryKind::Key => Some(AssetKind::Key),
    }
}

pub(super) fn status(word: &str) -> anyhow::Result<ServiceStatus> {
    let known: Vec<&str> = ServiceStatus::ALL.iter().map(|status| status.as_str()).collect();
    let found = ServiceStatus::from_word(word);
    found.ok_or_else(|| Usage::new(format!("`{word}` is not a status"), format!("use {}", known.join(", "))).into())
}

async fn list(args: &InventoryListArgs) -> anyhow::Result<Outcome> {
    let statuses = args.status.as_deref().map(status).transpose()?.into_iter().collect();
    let inventory = State::of_args(&args.list.state)?.inventory().await?;
    let mut filter = ServiceFilter {
        statuses,
        owner: args.owner.clone(),
        text: args.text.clone(),
        limit: PAGE_ROWS_MAX,
        ..ServiceFilter::default()
    };
    let mut rows = Vec::new();
    loop {
        let page = inventory.services(&filter).await?;
        rows.extend(page.rows);
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    let columns = [
        Column::<ServiceRow> { heading: "id", cell: |row| row.id.to_string() },
        Column { heading: "name", cell: |row| row.name.clone() },
        Column { heading: "status", cell: |row| row.status.to_string() },
        Column { heading: "kind", cell: |row| row.kind.as_str().to_owned() },
        Column { heading: "owner", cell: |row| row.owner.clone().unwrap_or_default() },
        Column { heading: "requests", cell: |row| row.requests.to_string() },
        Column { heading: "first seen", cell: |row| row.first_seen.map(|at| at.day()).unwrap_or_default() },
        Column { heading: "last seen", cell: |row| row.last_seen.map(|at| at.day()).unwrap_or_default() },
    ];
    output::rows(args.list.format, &rows, &columns)?;
    Ok(Outcome::Fine)
}

async fn show(id: &ServiceId, args: &ListArgs) -> anyhow::Result<Outcome> {
    let inventory = State::of_args(&args.state)?.inventory().await?;
    let Some(detail) = inventory.service(id).await? else { return Err(unknown(id)) };
    output::object(args.format, &detail)?;
    Ok(Outcome::Fine)
}

fn unknown(id: &ServiceId) -> anyhow::Error {
    Usage::new(format!("no service `{id}` in the inventory"), "gnomon inventory list shows the known ones").into()
}

async fn set(id: &ServiceId, args: &InventorySetArgs) -> anyhow::Result<Outcome> {
    let new_status = args.status.as_deref().map(status).transpose()?;
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    if inventory.service(id).await?.is_none() {
        return Err(unknown(id));
    }
    let by = super::acting();
    if let Some(status) = new_status {
        inventory.set_status(&by, id, status, &args.note, None).await?;
        output::message(&format!("{id} is {status}; gateways obey within a second"));
    }
    if let Some(owner) = &args.owner {
        inventory.set_owner(&by, id, Some(owner.as_str()).filter(|owner| !owner.is_empty())).await?;
        output::message(&format!("{id} belongs to {owner}"));
    }
    state.flush_changes(&inventory).await;
    Ok(Outcome::Fine)
}

async fn search(args: &InventorySearchArgs) -> anyhow::Result<Outcome> {
    let state = State::of_args(&args.list.state)?;
    let inventory = state.inventory().await?;
    // A folder of its own: the running gateway holds the writer of the installation's index.
    let folder = tempfile::tempdir()?;
    let search = Search::open(folder.path())?;
    search.update(&inventory).await?;
    let hits = search.query(&args.query, 50)?;
    let columns = [
        Column::<Hit> { heading: "kind", cell: |hit| format!("{:?}", hit.kind).to_lowercase() },
        Column { heading: "id", cell: |hit| hit.id.clone() },
        Column { heading: "title", cell: |hit| hit.title.clone() },
        Column { heading: "text", cell: |hit| hit.snippet.clone() },
    ];
    output::rows(args.list.format, &hits, &columns)?;
    Ok(Outcome::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_named_by_its_kind_or_by_what_it_begins_with() {
        let service = |id: &str| Named::Service(ServiceId::new(id).unwrap());
        let asset = |text: &str| Named::Asset(AssetId::parse(text).unwrap());
        let cases = [
            (None, "openai", service("openai")),
            (None, "service/openai", service("openai")),
            (None, "host:10.9.3.4:11434", service("host:10.9.3.4:11434")),
            (None, "model/openai/gpt-4o", asset("model/openai/gpt-4o")),
            (Some(InventoryKind::Model), "openai/gpt-4o", asset("model/openai/gpt-4o")),
            (Some(InventoryKind::Caller), "crm", asset("caller/crm")),
            (None, "key/gnm_x", asset("key/gnm_x")),
            (Some(InventoryKind::Service), "model/x", service("model/x")),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(named(kind, text).unwrap(), expected, "{text}");
        }
        assert!(named(None, "a b").is_err());
    }
}
