//! `gnomon compliance`: obligations and the evidence for them.

use crate::args::{ComplianceCommand, ComplianceStatusArgs};
use crate::clock::SystemClock;
use crate::failure::Outcome;
use crate::output::{self, Column};
use crate::wire::state::State;
use gnomon_compliance::{StatusRow, Window};
use gnomon_types::time::{Clock as _, Timestamp};

pub(super) fn run(command: ComplianceCommand) -> anyhow::Result<Outcome> {
    match command {
        ComplianceCommand::Status(args) => status(&args),
        ComplianceCommand::Export(args) => super::block_on(super::evidence::export(&args)),
    }
}

fn status(args: &ComplianceStatusArgs) -> anyhow::Result<Outcome> {
    let state = State::of_args(&args.list.state)?;
    let window = Window { from: Timestamp::from_millis(0), until: SystemClock.now() };
    let frameworks = super::evidence::frameworks(&args.framework)?;
    let rows = gnomon_compliance::status(&state.evidence(), &window, &frameworks)?;
    let columns = [
        Column::<StatusRow> { heading: "obligation", cell: |row| row.reference.clone() },
        Column { heading: "status", cell: |row| row.status.label().to_owned() },
        Column { heading: "records", cell: |row| row.count.to_string() },
        Column { heading: "applies from", cell: |row| row.applies_from.clone() },
        Column { heading: "what", cell: |row| row.requirement.clone() },
    ];
    output::rows(args.list.format, &rows, &columns)?;
    Ok(Outcome::Fine)
}
