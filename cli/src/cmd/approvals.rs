//! `gnomon approvals`: requests that wait for a person.

use crate::args::{ApprovalDecideArgs, ApprovalShowArgs, ApprovalsCommand, ListArgs};
use crate::failure::{Outcome, Usage};
use crate::output::{self, Column};
use crate::wire::state::State;
use gnomon_inventory::{ApprovalFilter, ApprovalRow, ApprovalState, Decide, InventoryError};
use gnomon_types::ids::ApprovalId;
use gnomon_types::limits::PAGE_ROWS_MAX;
use std::cmp::Reverse;

pub(super) async fn run(command: ApprovalsCommand) -> anyhow::Result<Outcome> {
    match command {
        ApprovalsCommand::List(args) => list(&args).await,
        ApprovalsCommand::Show(args) => show(&args).await,
        ApprovalsCommand::Approve(args) => decide(&args, Decide::Approve).await,
        ApprovalsCommand::Reject(args) => decide(&args, Decide::Reject).await,
    }
}

async fn list(args: &ListArgs) -> anyhow::Result<Outcome> {
    let inventory = State::of_args(&args.state)?.inventory().await?;
    let (mut rows, mut cut) = (Vec::new(), Vec::new());
    // Asked for state by state: many lapsed ones must not push out those that wait.
    for state in ApprovalState::ALL {
        let found = inventory.approvals(&ApprovalFilter { state: Some(state), limit: PAGE_ROWS_MAX }).await?;
        if found.len() >= PAGE_ROWS_MAX {
            cut.push(state.as_str());
        }
        rows.extend(found);
    }
    rows.sort_by_key(|row| (row.state != ApprovalState::Waiting, Reverse(row.asked)));
    let columns = [
        Column::<ApprovalRow> { heading: "id", cell: |row| row.id.to_string() },
        Column { heading: "state", cell: |row| row.state.as_str().to_owned() },
        Column { heading: "asked", cell: |row| row.asked.to_string() },
        Column { heading: "caller", cell: |row| row.caller.clone() },
        Column { heading: "service", cell: |row| row.service.to_string() },
        Column { heading: "why", cell: |row| row.reasons.first().map(|why| why.text.clone()).unwrap_or_default() },
        Column { heading: "by", cell: |row| row.by.clone().unwrap_or_default() },
    ];
    output::rows(args.format, &rows, &columns)?;
    if !cut.is_empty() {
        output::message(&format!("the newest {PAGE_ROWS_MAX} are listed of {}; more are not shown", cut.join(", ")));
    }
    Ok(Outcome::Fine)
}

async fn show(args: &ApprovalShowArgs) -> anyhow::Result<Outcome> {
    let id = super::identifier(&args.approval, ApprovalId::new)?;
    let inventory = State::of_args(&args.list.state)?.inventory().await?;
    let Some(row) = inventory.approval(&id).await? else { return Err(unknown(&id)) };
    output::object(args.list.format, &row)?;
    Ok(Outcome::Fine)
}

fn unknown(id: &ApprovalId) -> anyhow::Error {
    Usage::new(format!("no approval `{id}`"), "gnomon approvals list shows the known ones").into()
}

async fn decide(args: &ApprovalDecideArgs, decide: Decide) -> anyhow::Result<Outcome> {
    let id = super::identifier(&args.approval, ApprovalId::new)?;
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    match inventory.decide_approval(&super::acting(), &id, decide, &args.note).await {
        Ok(row) => output::message(&format!("{id} is {}", row.state.as_str())),
        Err(InventoryError::NotFound { .. }) => return Err(unknown(&id)),
        Err(InventoryError::Refused(why)) => {
            output::message(&format!("error: {why}"));
            return Ok(Outcome::Findings);
        }
        Err(error) => return Err(error.into()),
    }
    state.flush_changes(&inventory).await;
    Ok(Outcome::Fine)
}
