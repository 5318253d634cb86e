//! The key, the checkpoint, the witnesses, and a proof that lies beside them.

use super::{VerifyOptions, VerifyReport};
use crate::checkpoint::Checkpoint;
use crate::error::VerifyError;
use crate::merkle::leaf_hash;
use crate::note::{Check, NOTE_BYTES_MAX, Note, VerifierKey};
use crate::proof::{self, TlogProof};
use crate::record::RECORD_BYTES_MAX;
use crate::tiles::TileDir;
use crate::{files, layout};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::path::Path;

const KEY_BYTES_MAX: usize = 16 * 1024;
const PROOF: &str = "proof.tlog-proof";
const PROOF_RECORD: &str = "record.json";

/// What the signatures say.
pub(super) struct Head {
    key: VerifierKey,
    /// The tree head, if its signature holds.
    pub(super) trusted: Option<Checkpoint>,
}

impl Head {
    pub(super) fn read(dir: &Path, options: &VerifyOptions, report: &mut VerifyReport) -> Result<Self, VerifyError> {
        let key = read_key(dir, options, report)?;
        report.origin = key.name().to_owned();
        let mut head = Self { key, trusted: None };
        head.trusted = head.read_checkpoint(dir, options, report)?;
        if let Some(checkpoint) = &head.trusted {
            report.size = checkpoint.size;
            report.root = BASE64.encode(checkpoint.root);
        }
        head.check_proof(dir, report)?;
        Ok(head)
    }

    fn read_checkpoint(
        &self,
        dir: &Path,
        options: &VerifyOptions,
        report: &mut VerifyReport,
    ) -> Result<Option<Checkpoint>, VerifyError> {
        let path = dir.join(layout::CHECKPOINT);
        if std::fs::metadata(&path).is_ok_and(|file| file.len() > NOTE_BYTES_MAX as u64) {
            report.fail("CHECKPOINT_MALFORMED", None, "too large");
            return Ok(None);
        }
        let Some(bytes) = files::read_bounded(&path, NOTE_BYTES_MAX).map_err(VerifyError::io(&path))? else {
            report.fail("CHECKPOINT_MISSING", None, "");
            return Ok(None);
        };
        let (note, checkpoint) = match parse(&bytes) {
            Ok(parsed) => parsed,
            Err(why) => {
                report.fail("CHECKPOINT_MALFORMED", None, why);
                return Ok(None);
            }
        };
        if checkpoint.origin != self.key.name() {
            report.fail("ORIGIN_MISMATCH", None, format!("have={} wanted={}", checkpoint.origin, self.key.name()));
            return Ok(None);
        }
        let signed = matches!(self.key.check(&note), Check::Valid { .. });
        if !signed {
            report.fail("CHECKPOINT_SIGNATURE_INVALID", None, format!("size={}", checkpoint.size));
        }
        check_witnesses(dir, options, &note, signed, report)?;
        Ok(signed.then_some(checkpoint))
    }

    /// A single proof with its record, as an auditor may get it beside a log.
    fn check_proof(&self, dir: &Path, report: &mut VerifyReport) -> Result<(), VerifyError> {
        let path = dir.join(PROOF);
        let Some(bytes) = read_small(&path, NOTE_BYTES_MAX)? else { return Ok(()) };
        let record_path = dir.join(PROOF_RECORD);
        let record = read_small(&record_path, RECORD_BYTES_MAX)?;
        let failures = self.proof_failure(&bytes, record.as_deref());
        failures.into_iter().for_each(|(code, seq, detail)| report.fail(code, seq, detail));
        Ok(())
    }

    fn proof_failure(&self, bytes: &[u8], record: Option<&[u8]>) -> Option<(&'static str, Option<u64>, String)> {
        let malformed = Some(("PROOF_MALFORMED", None, PROOF.to_owned()));
        let Some(found) = std::str::from_utf8(bytes).ok().and_then(TlogProof::parse) else { return malformed };
        let Ok((note, checkpoint)) = parse(found.checkpoint.as_bytes()) else { return malformed };
        let seq = Some(found.index);
        if checkpoint.origin != self.key.name() {
            return Some((
                "ORIGIN_MISMATCH",
                seq,
                format!("have={} wanted={} in={PROOF}", checkpoint.origin, self.key.name()),
            ));
        }
        if !matches!(self.key.check(&note), Check::Valid { .. }) {
            return Some(("CHECKPOINT_SIGNATURE_INVALID", seq, format!("in={PROOF}")));
        }
        if let Some(fork) =
            self.trusted.as_ref().filter(|own| own.size == checkpoint.size && own.root != checkpoint.root)
        {
            return Some(("FORK", None, fork_detail(fork, &checkpoint)));
        }
        let leaf = leaf_hash(record?.strip_suffix(b"\n").or(record)?);
        let holds = proof::verify_inclusion(&leaf, found.index, checkpoint.size, &found.path, &checkpoint.root);
        (!holds).then(|| ("PROOF_MISMATCH", seq, format!("seq={}", found.index)))
    }

    /// Whether the log goes on from a checkpoint that the auditor saw before.
    pub(super) fn check_pinned(&self, dir: &Path, options: &VerifyOptions, report: &mut VerifyReport) {
        let (Some(pinned), Some(own)) = (&options.pinned, &self.trusted) else { return };
        let Ok((note, pinned)) = parse(pinned.as_bytes()) else {
            return report.fail("PINNED_CHECKPOINT_INVALID", None, "malformed");
        };
        if pinned.origin != own.origin {
            return report.fail("ORIGIN_MISMATCH", None, format!("have={} wanted={}", own.origin, pinned.origin));
        }
        if !matches!(self.key.check(&note), Check::Valid { .. }) {
            return report.fail("PINNED_CHECKPOINT_INVALID", None, "signature");
        }
        if pinned.size > own.size {
            return report.fail("STALE_CHECKPOINT", None, format!("have={} pinned={}", own.size, pinned.size));
        }
        match proof::root(&TileDir::new(dir, pinned.size)) {
            Ok(root) if root == pinned.root => {}
            _ => report.fail("FORK", None, fork_detail(own, &pinned)),
        }
    }
}

fn fork_detail(own: &Checkpoint, other: &Checkpoint) -> String {
    format!(
        "size={} root={} other_size={} other_root={}",
        own.size,
        BASE64.encode(own.root),
        other.size,
        BASE64.encode(other.root)
    )
}

fn parse(bytes: &[u8]) -> Result<(Note, Checkpoint), String> {
    let note = Note::parse(bytes).map_err(|error| error.to_string())?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|error| error.to_string())?;
    Ok((note, checkpoint))
}

fn read_key(dir: &Path, options: &VerifyOptions, report: &mut VerifyReport) -> Result<VerifierKey, VerifyError> {
    let (name, text) = match &options.vkey {
        Some(text) => ("the given key".to_owned(), text.clone()),
        None => {
            report.key_from_folder = true;
            let path = dir.join(layout::VKEY);
            let text = read_small(&path, KEY_BYTES_MAX)?;
            let text =
                text.ok_or_else(|| VerifyError::NotALog { path: dir.to_owned(), missing: "the public key `vkey`" })?;
            (path.display().to_string(), String::from_utf8_lossy(&text).into_owned())
        }
    };
    VerifierKey::parse(text.trim()).map_err(|source| VerifyError::Key { source_name: name, source })
}

fn check_witnesses(
    dir: &Path,
    options: &VerifyOptions,
    note: &Note,
    signed: bool,
    report: &mut VerifyReport,
) -> Result<(), VerifyError> {
    let mut required = options.witnesses.clone();
    let path = dir.join(layout::WITNESS_VKEY);
    if required.is_empty()
        && let Some(text) = read_small(&path, KEY_BYTES_MAX)?
    {
        required =
            String::from_utf8_lossy(&text).lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    }
    for text in required {
        let witness = VerifierKey::parse(text.trim());
        let witness = witness.map_err(|source| VerifyError::Key { source_name: path.display().to_string(), source })?;
        match witness.check(note) {
            Check::Valid { time } => report.witnessed.extend(time),
            Check::Absent => report.fail("WITNESS_POLICY_NOT_MET", None, format!("witness={}", witness.name())),
            // An edited checkpoint spoils every signature on it: that is one fault, named already.
            Check::Invalid if signed => {
                report.fail("WITNESS_SIGNATURE_INVALID", None, format!("witness={}", witness.name()))
            }
            Check::Invalid => {}
        }
    }
    Ok(())
}

fn read_small(path: &Path, max: usize) -> Result<Option<Vec<u8>>, VerifyError> {
    files::read_bounded(path, max).map_err(VerifyError::io(path))
}
