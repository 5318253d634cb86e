//! `gnomon inventory`: the AI services on record.

use crate::args::{InventoryCommand, InventoryListArgs, InventorySearchArgs, InventorySetArgs, InventoryShowArgs};
use crate::failure::{Outcome, Usage};
use crate::output::{self, Column};
use crate::wire::state::State;
use gnomon_inventory::{Hit, Search, ServiceFilter, ServiceRow};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::limits::PAGE_ROWS_MAX;

pub(super) async fn run(command: InventoryCommand) -> anyhow::Result<Outcome> {
    match command {
        InventoryCommand::List(args) => list(&args).await,
        InventoryCommand::Show(args) => show(&args).await,
        InventoryCommand::Set(args) => set(&args).await,
        InventoryCommand::Search(args) => search(&args).await,
    }
}

fn status(word: &str) -> anyhow::Result<ServiceStatus> {
    let known: Vec<&str> = ServiceStatus::ALL.iter().map(|status| status.as_str()).collect();
    let found = ServiceStatus::from_word(word);
    found.ok_or_else(|| Usage::new(format!("`{word}` is not a status"), format!("use {}", known.join(", "))).into())
}

async fn list(args: &InventoryListArgs) -> anyhow::Result<Outcome> {
    let statuses = args.status.as_deref().map(status).transpose()?.into_iter().collect();
    let inventory = State::of_args(&args.list.state)?.inventory().await?;
    let mut filter =
        ServiceFilter { statuses, text: args.text.clone(), limit: PAGE_ROWS_MAX, ..ServiceFilter::default() };
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

async fn show(args: &InventoryShowArgs) -> anyhow::Result<Outcome> {
    let id = super::identifier(&args.service, ServiceId::new)?;
    let inventory = State::of_args(&args.list.state)?.inventory().await?;
    let Some(detail) = inventory.service(&id).await? else { return Err(unknown(&id)) };
    output::object(args.list.format, &detail)?;
    Ok(Outcome::Fine)
}

fn unknown(id: &ServiceId) -> anyhow::Error {
    Usage::new(format!("no service `{id}` in the inventory"), "gnomon inventory list shows the known ones").into()
}

async fn set(args: &InventorySetArgs) -> anyhow::Result<Outcome> {
    let id = super::identifier(&args.service, ServiceId::new)?;
    let new_status = args.status.as_deref().map(status).transpose()?;
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    if inventory.service(&id).await?.is_none() {
        return Err(unknown(&id));
    }
    let by = super::acting();
    if let Some(status) = new_status {
        inventory.set_status(&by, &id, status, &args.note, None).await?;
        output::message(&format!("{id} is {status}; gateways obey within a second"));
    }
    if let Some(owner) = &args.owner {
        inventory.set_owner(&by, &id, Some(owner.as_str()).filter(|owner| !owner.is_empty())).await?;
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
