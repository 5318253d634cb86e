//! The list of a pack's files with size and digest, and the DSSE envelope around it.

use crate::error::ComplianceError;
use crate::json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gnomon_evidence::NoteSigner;
use gnomon_evidence::note::VerifierKey;
use gnomon_types::digest::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Name of the list.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Name of the signed list.
pub(crate) const ENVELOPE: &str = "manifest.dsse.json";
const FORMAT: &str = "gnomon-evidence-manifest/1";
const PAYLOAD_TYPE: &str = "application/vnd.gnomon.evidence-manifest+json";

/// Size and digest of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileFacts {
    pub(crate) bytes: u64,
    pub(crate) sha256: Digest,
}

impl FileFacts {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: Digest(Sha256::digest(bytes).into()) }
    }

    /// Reads a file of any size in pieces.
    pub(crate) fn read(path: &Path) -> Result<Self, ComplianceError> {
        let mut file = File::open(path).map_err(ComplianceError::io(path))?;
        let (mut hasher, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; 256 * 1024]);
        loop {
            let read = file.read(&mut piece).map_err(ComplianceError::io(path))?;
            let Some(part) = piece.get(..read).filter(|part| !part.is_empty()) else { break };
            hasher.update(part);
            bytes += read as u64;
        }
        Ok(Self { bytes, sha256: Digest(hasher.finalize().into()) })
    }
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: String,
    /// By path with `/`, without the list itself and its envelope.
    pub(crate) files: BTreeMap<String, FileFacts>,
}

impl Manifest {
    pub(crate) fn new(files: BTreeMap<String, FileFacts>) -> Self {
        Self { format: FORMAT.to_owned(), files }
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, ComplianceError> {
        json::encode(self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(bytes).ok().filter(|manifest| manifest.format == FORMAT)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Envelope {
    payload_type: String,
    payload: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeSignature {
    keyid: String,
    sig: String,
}

/// Signs the list with the log's key.
pub(crate) fn seal(manifest: &[u8], signer: &NoteSigner) -> Result<Vec<u8>, ComplianceError> {
    let signature = signer.sign_bytes(&pre_authentication_encoding(manifest));
    json::encode(&Envelope {
        payload_type: PAYLOAD_TYPE.to_owned(),
        payload: BASE64.encode(manifest),
        signatures: vec![EnvelopeSignature { keyid: signer.vkey(), sig: BASE64.encode(signature) }],
    })
}

/// Why an envelope does not stand for this list under this key, if it does not.
pub(crate) fn seal_fault(envelope: &[u8], manifest: &[u8], key: &VerifierKey) -> Option<&'static str> {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(envelope) else { return Some("malformed") };
    if envelope.payload_type != PAYLOAD_TYPE {
        return Some("another payload type");
    }
    if BASE64.decode(&envelope.payload).ok().as_deref() != Some(manifest) {
        return Some("another manifest");
    }
    let message = pre_authentication_encoding(manifest);
    let mut signatures = envelope.signatures.iter().filter_map(|line| BASE64.decode(&line.sig).ok());
    let signed = signatures.any(|signature| key.verifies(&message, &signature));
    (!signed).then_some("no valid signature of the log's key")
}

/// What DSSE signs: type and payload with their lengths.
fn pre_authentication_encoding(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_holds_for_its_list_and_its_key_only() {
        let signer = NoteSigner::from_seed("gw.example/evidence", [5; 32]).unwrap();
        let other = NoteSigner::from_seed("gw.example/evidence", [6; 32]).unwrap();
        let envelope = seal(b"{}", &signer).unwrap();
        let key = VerifierKey::parse(&signer.vkey()).unwrap();
        assert_eq!(seal_fault(&envelope, b"{}", &key), None);
        assert_eq!(seal_fault(&envelope, b"{ }", &key), Some("another manifest"));
        let stranger = VerifierKey::parse(&other.vkey()).unwrap();
        assert_eq!(seal_fault(&envelope, b"{}", &stranger), Some("no valid signature of the log's key"));
        assert_eq!(seal_fault(b"[[[[", b"{}", &key), Some("malformed"));
    }
}
