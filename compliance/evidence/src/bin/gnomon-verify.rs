//! The verifier alone, for an auditor who wants to compile as little as possible:
//! `gnomon-verify FOLDER [--vkey KEY] [--witness KEY]... [--pinned CHECKPOINT-FILE] [--format json]`.
//!
//! Exit 0: everything holds. 1: a check failed. 2: the folder, a key or an option cannot be used.

use gnomon_evidence::{VerifyOptions, VerifyReport, verify};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str =
    "usage: gnomon-verify FOLDER [--vkey KEY] [--witness KEY]... [--pinned CHECKPOINT-FILE] [--format json]";

fn main() -> ExitCode {
    let outcome = read_arguments(std::env::args().skip(1)).and_then(|(path, options, json)| {
        let report = verify(&path, &options).map_err(|error| error.to_string())?;
        print(&report, json).map_err(|error| error.to_string())?;
        Ok(report.ok)
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            // Nothing is left to tell if even the error cannot be written.
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(2)
        }
    }
}

fn read_arguments(mut arguments: impl Iterator<Item = String>) -> Result<(PathBuf, VerifyOptions, bool), String> {
    let (mut path, mut options, mut json) = (None, VerifyOptions::default(), false);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value\n{USAGE}"));
        match argument.as_str() {
            "--vkey" => options.vkey = Some(value()?),
            "--witness" => options.witnesses.push(value()?),
            "--pinned" => {
                let file = value()?;
                options.pinned =
                    Some(std::fs::read_to_string(&file).map_err(|error| format!("cannot read `{file}`: {error}"))?);
            }
            "--format" => json = value()? == "json",
            _ if path.is_none() && !argument.starts_with("--") => path = Some(PathBuf::from(argument)),
            _ => return Err(format!("cannot use `{argument}`\n{USAGE}")),
        }
    }
    path.map(|path| (path, options, json)).ok_or_else(|| USAGE.to_owned())
}

fn print(report: &VerifyReport, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        return writeln!(out, "{}", serde_json::to_string_pretty(report)?);
    }
    for failure in &report.failures {
        writeln!(out, "{failure}")?;
    }
    if report.failures_omitted > 0 {
        writeln!(out, "and {} more", report.failures_omitted)?;
    }
    let word = if report.ok { "OK" } else { "FAILED" };
    writeln!(
        out,
        "{word}: {} records of {}, {} under the checkpoint, root {}",
        report.records, report.origin, report.size, report.root
    )?;
    if report.key_from_folder {
        writeln!(
            out,
            "note: the public key came from the folder itself; give --vkey to rely on one that you got elsewhere"
        )?;
    }
    Ok(())
}
