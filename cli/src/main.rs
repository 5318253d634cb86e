//! The binary `gnomon`: reads the command line, wires every part, prints errors, chooses the exit code.
//!
//! Nobody imports this crate. It is the only one that knows all others.

mod args;
mod clock;
mod cmd;
mod config;
mod demo;
mod failure;
mod output;
mod telemetry;
mod wire;

use clap::Parser as _;
use failure::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    telemetry::start(cli.verbose);
    match cmd::run(cli.command) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(error) if failure::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::message(&failure::describe(&error));
            ExitCode::from(failure::exit_code(&error))
        }
    }
}
