//! `gnomon twin`: the feed to the security twin.

use crate::args::{ListArgs, TwinCommand, TwinExportArgs, TwinFormat, TwinRedeliverArgs};
use crate::failure::{Outcome, Usage};
use crate::output::{self, Column};
use crate::wire::sinks::source;
use crate::wire::state::State;
use gnomon_inventory::SinkRow;
use gnomon_twin_bridge::CloudEvent;

/// Events read in one step.
const BATCH: usize = 500;

pub(super) async fn run(command: TwinCommand) -> anyhow::Result<Outcome> {
    match command {
        TwinCommand::Export(args) => export(&args).await,
        TwinCommand::Status(args) => status(&args).await,
        TwinCommand::Redeliver(args) => redeliver(&args).await,
    }
}

async fn export(args: &TwinExportArgs) -> anyhow::Result<Outcome> {
    let inventory = State::of_args(&args.state)?.inventory().await?;
    match args.format {
        TwinFormat::Cyclonedx => {
            output::document(&gnomon_twin_bridge::cyclonedx(&inventory.twin_assets().await?))?;
        }
        TwinFormat::Cloudevents => {
            let source = source(&args.node);
            let mut after = 0;
            loop {
                let events = inventory.twin_events(after, BATCH).await?;
                let Some(last) = events.last() else { break };
                after = last.sequence;
                for event in events {
                    output::data_line(&serde_json::to_string(&CloudEvent::new(&source, event))?)?;
                }
            }
        }
    }
    Ok(Outcome::Fine)
}

async fn redeliver(args: &TwinRedeliverArgs) -> anyhow::Result<Outcome> {
    let inventory = State::of_args(&args.state)?.inventory().await?;
    if !inventory.sinks().await?.iter().any(|row| row.sink == args.sink) {
        return Err(Usage::new(format!("no sink `{}`", args.sink), "run `gnomon twin status` to see the sinks").into());
    }
    let told = inventory.redeliver(&args.sink).await?;
    output::message(&format!("{told} assets are sent again"));
    Ok(Outcome::Fine)
}

async fn status(args: &ListArgs) -> anyhow::Result<Outcome> {
    let rows = State::of_args(&args.state)?.inventory().await?.sinks().await?;
    let columns = [
        Column::<SinkRow> { heading: "sink", cell: |row| row.sink.clone() },
        Column { heading: "delivered up to", cell: |row| row.sequence.to_string() },
        Column { heading: "behind", cell: |row| row.waiting.to_string() },
        Column { heading: "dead letters", cell: |row| row.dead_letters.to_string() },
        Column { heading: "last error", cell: |row| row.last_error.clone().unwrap_or_default() },
    ];
    output::rows(args.format, &rows, &columns)?;
    Ok(Outcome::Fine)
}
