//! `gnomon evidence`: packs out, logs and packs verified, records read.

use crate::args::{EvidenceCommand, EvidenceExportArgs, EvidenceTailArgs, EvidenceVerifyArgs, Format, StateArgs};
use crate::clock::SystemClock;
use crate::failure::{Outcome, Usage};
use crate::output;
use crate::wire::state::State;
use anyhow::Context as _;
use gnomon_compliance::{ExportRequest, Framework, Window};
use gnomon_evidence::{Failure, Reader, VerifyOptions, VerifyReport};
use gnomon_policy::ReceiptSigner;
use gnomon_types::time::{Clock as _, Timestamp};
use std::path::Path;
use std::time::Duration;

/// How often a followed log is looked at.
const FOLLOW_PERIOD: Duration = Duration::from_millis(300);

pub(super) fn run(command: EvidenceCommand) -> anyhow::Result<Outcome> {
    match command {
        EvidenceCommand::Export(args) => super::block_on(export(&args)),
        EvidenceCommand::Verify(args) => verify(&args),
        EvidenceCommand::Tail(args) => tail(&args),
        EvidenceCommand::ReceiptKey(args) => receipt_key(&args),
    }
}

/// A JWK set (RFC 7517), as every JOSE library reads it.
fn receipt_key(args: &StateArgs) -> anyhow::Result<Outcome> {
    let signer = ReceiptSigner::new(State::of_args(args)?.key("receipts.key")?, String::new());
    output::line(&serde_json::json!({ "keys": [signer.public_jwk()] }).to_string())?;
    Ok(Outcome::Fine)
}

pub(super) async fn export(args: &EvidenceExportArgs) -> anyhow::Result<Outcome> {
    let state = State::of_args(&args.list.state)?;
    if args.out.exists() {
        return Err(Usage::new(format!("`{}` exists already", args.out.display()), "name another --out").into());
    }
    let now = SystemClock.now();
    let window = window(args, now)?;
    let frameworks = frameworks(&args.framework)?;
    let request = ExportRequest { log_dir: state.evidence(), window, frameworks, out: args.out.clone(), now };
    let summary = gnomon_compliance::export(&request)?;
    note_export(&state, args, &request).await?;
    output::object(args.list.format, &summary)?;
    if args.list.format == Format::Table {
        output::message(&format!("verify it with: gnomon evidence verify {}", args.out.display()));
    }
    Ok(Outcome::Fine)
}

/// Who took evidence out is evidence too.
async fn note_export(state: &State, args: &EvidenceExportArgs, request: &ExportRequest) -> anyhow::Result<()> {
    let noting = async {
        let inventory = state.inventory().await?;
        let span = format!("{} to {}", request.window.from, request.window.until);
        inventory.note_act(&super::acting(), "evidence.export", &args.framework.join("-"), Some(span)).await?;
        state.flush_changes(&inventory).await;
        anyhow::Ok(())
    };
    noting.await.with_context(|| format!("`{}` is made, but its export is not on record", args.out.display()))
}

fn window(args: &EvidenceExportArgs, now: Timestamp) -> anyhow::Result<Window> {
    let from = args.from.as_deref().map(|text| moment(text, 0)).transpose()?;
    // The window ends before its `until`, so a day is in it when the next one's first moment is the end.
    let until = args.until.as_deref().map(|text| moment(text, super::DAY_MS)).transpose()?;
    let window = Window { from: from.unwrap_or_else(|| Timestamp::from_millis(0)), until: until.unwrap_or(now) };
    if window.from >= window.until {
        let message = format!("the window from {} until {} holds no moment", window.from, window.until);
        return Err(Usage::new(message, "--until lies after --from; a day as --until is in the window").into());
    }
    Ok(window)
}

/// RFC 3339, or a day: its first moment, and so many milliseconds on.
fn moment(text: &str, after_ms: i64) -> anyhow::Result<Timestamp> {
    let usage = |error: gnomon_types::time::InvalidTimestamp| Usage::plain(error.to_string());
    if text.len() == 10 {
        return Ok(Timestamp::parse(&format!("{text}T00:00:00.000Z")).map_err(usage)?.plus_millis(after_ms));
    }
    Ok(Timestamp::parse(text).map_err(usage)?)
}

pub(super) fn frameworks(words: &[String]) -> anyhow::Result<Vec<Framework>> {
    let read = |word: &String| {
        Framework::from_word(word)
            .ok_or_else(|| Usage::new(format!("`{word}` is not a known law"), "use ai-act, nis2").into())
    };
    words.iter().map(read).collect()
}

fn verify(args: &EvidenceVerifyArgs) -> anyhow::Result<Outcome> {
    if !args.path.exists() {
        return Err(Usage::plain(format!("`{}` does not exist", args.path.display())).into());
    }
    let mut report = match verify_path(&args.path, args.vkey.clone()) {
        Ok(report) => report,
        Err(error) => return Err(Usage::plain(format!("cannot verify `{}`: {error:#}", args.path.display())).into()),
    };
    if args.require_seal && report.manifest_signed != Some(true) {
        let detail = "file=manifest.dsse.json why=no valid signature of the log's key";
        report.push(Failure::new("MANIFEST_NOT_SIGNED", None, detail));
    }
    if args.format == Format::Table {
        print_report(&args.path, &report)?;
    } else {
        output::object(args.format, &report)?;
    }
    Ok(if report.ok { Outcome::Fine } else { Outcome::Findings })
}

/// Verifies a pack (a .zip file, or a folder with any part of one) or a bare log.
///
/// # Errors
/// When the input cannot be read at all; what is wrong with its contents is in the report.
pub(crate) fn verify_path(path: &Path, vkey: Option<String>) -> anyhow::Result<VerifyReport> {
    if path.is_file() || gnomon_compliance::is_pack(path) {
        return Ok(gnomon_compliance::verify_pack(path, &VerifyOptions { vkey, ..VerifyOptions::default() })?);
    }
    Ok(gnomon_evidence::verify(path, &VerifyOptions { vkey, ..VerifyOptions::default() })?)
}

fn print_report(path: &Path, report: &VerifyReport) -> anyhow::Result<()> {
    if report.ok {
        output::line(&format!("OK: {}: {} records, root {}", path.display(), report.size, report.root))?;
        output::line(&format!("log {}", report.origin))?;
        return print_limits(report);
    }
    for failure in &report.failures {
        let place = failure.seq.map(|seq| format!(" seq={seq}")).unwrap_or_default();
        output::line(&format!("{}{place}: {}", failure.code, failure.detail))?;
    }
    output::line(&format!("FAILED: {}: {} failures", path.display(), report.failures.len()))
}

/// What a good result does not show.
fn print_limits(report: &VerifyReport) -> anyhow::Result<()> {
    if report.key_from_folder {
        output::line("note: the key came from the folder itself; give --vkey with a key from elsewhere")?;
    }
    if report.manifest_signed == Some(false) {
        output::line("note: the list of files is not signed (manifest_signed: false)")?;
    }
    report.notes.iter().try_for_each(|note| output::line(&format!("note: {note}")))
}

fn tail(args: &EvidenceTailArgs) -> anyhow::Result<Outcome> {
    let folder = State::of_args(&args.state)?.evidence();
    let reader = Reader::open(&folder)?;
    let mut next = args.from.map_or_else(|| Ok(reader.count()?.saturating_sub(args.lines)), anyhow::Ok)?;
    // From a place on, as many as were asked for; from the end, all that there are.
    let mut left = if args.from.is_some() && !args.follow { args.lines } else { u64::MAX };
    loop {
        let stored = reader.read(next, usize::try_from(left.min(500)).unwrap_or(500))?;
        left -= u64::try_from(stored.len()).unwrap_or(u64::MAX).min(left);
        for record in &stored {
            output::data_line(&String::from_utf8_lossy(&record.bytes))?;
            next = record.seq + 1;
        }
        if stored.is_empty() || left == 0 {
            if !args.follow {
                return Ok(Outcome::Fine);
            }
            std::thread::sleep(FOLLOW_PERIOD);
        }
    }
}
