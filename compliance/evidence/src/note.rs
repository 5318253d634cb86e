//! C2SP signed notes: parse, sign with Ed25519, verify signatures of logs and cosignatures of witnesses.
//!
//! Signature lines of unknown keys are ignored, as the specification asks; a line that names a known key and does not
//! verify spoils the note.

use crate::error::LogError;
use crate::files;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::path::Path;

/// Bytes of the largest note that is read: room for 16 post-quantum signatures and more.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;
const SIGNATURES_MAX: usize = 100;
const ED25519: u8 = 0x01;
const COSIGNATURE: u8 = 0x04;

/// Why something is not a note or not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a signed note.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// Not a verifier key.
    #[error("not a verifier key: {0}")]
    Key(&'static str),
}

/// A text and its signatures, none of them checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The signed text, final newline included.
    pub text: String,
    /// The signature lines.
    pub signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key.
    pub name: String,
    /// Its id.
    pub key_id: u32,
    /// The signature, by the key's own algorithm.
    pub signature: Vec<u8>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] for text that is not a note by the specification.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed;
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(malformed("too large"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(malformed("holds a control character"));
        }
        let (body, lines) = note.rsplit_once("\n\n").ok_or(malformed("no blank line before the signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or(malformed("does not end with a newline"))?;
        if lines.split('\n').count() > SIGNATURES_MAX {
            return Err(malformed("too many signatures"));
        }
        let signatures = lines.split('\n').map(read_signature).collect::<Option<Vec<_>>>();
        Ok(Self { text: format!("{body}\n"), signatures: signatures.ok_or(malformed("a signature line is broken"))? })
    }
}

fn read_signature(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = BASE64.decode(encoded).ok()?;
    let (key_id, signature) = bytes.split_first_chunk::<4>()?;
    if !is_key_name(name) || signature.is_empty() {
        return None;
    }
    Some(NoteSignature { name: name.to_owned(), key_id: u32::from_be_bytes(*key_id), signature: signature.to_vec() })
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+' || c.is_control())
}

/// What a key has to say about a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// No line is by this key.
    Absent,
    /// Signed; a cosignature carries its time in seconds since 1970.
    Valid {
        /// Time of a cosignature.
        time: Option<u64>,
    },
    /// A line claims this key and does not verify.
    Invalid,
}

/// A public key that signs notes: `name+id+key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key_id: u32,
    kind: u8,
    key: VerifyingKey,
}

impl VerifierKey {
    /// Reads a verifier key of type Ed25519 (`0x01`) or Ed25519 cosignature (`0x04`).
    ///
    /// # Errors
    /// [`NoteError::Key`] for another form, another algorithm or an id that does not fit.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let form = NoteError::Key("expected name+id+key");
        let mut parts = text.trim_end_matches(['\n', '\r']).splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(form);
        };
        let material = BASE64.decode(key).map_err(|_| NoteError::Key("the key is not base64"))?;
        let Some((&kind @ (ED25519 | COSIGNATURE), key)) = material.split_first() else {
            return Err(NoteError::Key("the algorithm is not known here"));
        };
        let key: &[u8; 32] = key.try_into().map_err(|_| NoteError::Key("the key has a wrong length"))?;
        if !is_key_name(name) || id != format!("{:08x}", key_id(name, kind, key)) {
            return Err(NoteError::Key("the id does not fit name and key"));
        }
        let key = VerifyingKey::from_bytes(key).map_err(|_| NoteError::Key("the key is not a point of the curve"))?;
        Ok(Self { name: name.to_owned(), key_id: key_id(name, kind, key.as_bytes()), kind, key })
    }

    /// Name of the key; for a log its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes of the Ed25519 key.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Whether this key cosigns (a witness) rather than signs (a log).
    #[must_use]
    pub fn is_witness(&self) -> bool {
        self.kind == COSIGNATURE
    }

    /// Looks for this key's lines in a note and verifies them.
    #[must_use]
    pub fn check(&self, note: &Note) -> Check {
        let mut found = Check::Absent;
        for line in note.signatures.iter().filter(|line| line.name == self.name && line.key_id == self.key_id) {
            match self.verify_line(&note.text, &line.signature) {
                Some(time) => found = Check::Valid { time },
                None => return Check::Invalid,
            }
        }
        found
    }

    /// Verifies a bare Ed25519 signature over a message, for statements that are not notes.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }

    fn verify_line(&self, text: &str, signature: &[u8]) -> Option<Option<u64>> {
        if self.kind == ED25519 {
            return self.verifies(text.as_bytes(), signature).then_some(None);
        }
        let (time, signature) = signature.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        let message = cosigned_message(time, text);
        (i64::try_from(time).is_ok() && self.verifies(message.as_bytes(), signature)).then_some(Some(time))
    }
}

fn cosigned_message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

fn key_id(name: &str, kind: u8, key: &[u8; 32]) -> u32 {
    let digest = Sha256::new().chain_update(name).chain_update([b'\n', kind]).chain_update(key).finalize();
    digest.first_chunk::<4>().map_or(0, |id| u32::from_be_bytes(*id))
}

/// A private key that signs notes under a name.
#[derive(Clone)]
pub struct NoteSigner {
    name: String,
    kind: u8,
    key: SigningKey,
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.name)
    }
}

impl NoteSigner {
    /// A fresh random key.
    ///
    /// # Errors
    /// [`NoteError::Key`] when the name is empty or holds a space or `+`.
    pub fn generate(name: &str) -> Result<Self, NoteError> {
        Self::from_seed(name, rand::random())
    }

    /// The key of a seed.
    ///
    /// # Errors
    /// [`NoteError::Key`] when the name is empty or holds a space or `+`.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::Key("a name must not be empty and must not hold a space or +"));
        }
        Ok(Self { name: name.to_owned(), kind: ED25519, key: SigningKey::from_bytes(&seed) })
    }

    /// The same as a witness: its lines are cosignatures with a time.
    #[must_use]
    pub fn into_witness(self) -> Self {
        Self { kind: COSIGNATURE, ..self }
    }

    /// Reads the key file, or makes a key and writes it, readable for the owner only.
    ///
    /// # Errors
    /// [`LogError`] when the file cannot be read or written, is not a key, or belongs to another origin.
    pub fn load_or_create(path: &Path, origin: &str) -> Result<Self, LogError> {
        let io = |source| LogError::Io { path: path.to_owned(), source };
        if !path.try_exists().map_err(io)? {
            let signer = Self::generate(origin)?;
            files::write_private(path, signer.encode().as_bytes())?;
            return Ok(signer);
        }
        let signer = Self::decode(&std::fs::read_to_string(path).map_err(io)?)?;
        if signer.name == origin {
            Ok(signer)
        } else {
            Err(LogError::OtherOrigin { found: signer.name, wanted: origin.to_owned() })
        }
    }

    /// Name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key as a verifier key line, without newline.
    #[must_use]
    pub fn vkey(&self) -> String {
        let public = self.key.verifying_key().to_bytes();
        let mut material = vec![self.kind];
        material.extend_from_slice(&public);
        format!("{}+{:08x}+{}", self.name, key_id(&self.name, self.kind, &public), BASE64.encode(material))
    }

    /// Signs a text that ends with a newline and returns the whole note.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        format!("{text}\n{}", self.line(&self.key.sign(text.as_bytes()).to_bytes()))
    }

    /// The cosignature line of a witness over a checkpoint's text, at a time in seconds since 1970.
    #[must_use]
    pub fn cosign(&self, text: &str, time: u64) -> String {
        let signature = self.key.sign(cosigned_message(time, text).as_bytes()).to_bytes();
        self.line(&[time.to_be_bytes().as_slice(), signature.as_slice()].concat())
    }

    /// A bare Ed25519 signature over a message, for statements that are not notes.
    #[must_use]
    pub fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    fn line(&self, signature: &[u8]) -> String {
        let id = key_id(&self.name, self.kind, &self.key.verifying_key().to_bytes());
        let bytes = [id.to_be_bytes().as_slice(), signature].concat();
        format!("— {} {}\n", self.name, BASE64.encode(bytes))
    }

    /// The form of the Go tools: `PRIVATE+KEY+name+id+key`.
    fn encode(&self) -> String {
        let id = key_id(&self.name, self.kind, &self.key.verifying_key().to_bytes());
        let material = [&[self.kind], self.key.as_bytes().as_slice()].concat();
        format!("PRIVATE+KEY+{}+{id:08x}+{}\n", self.name, BASE64.encode(material))
    }

    fn decode(text: &str) -> Result<Self, NoteError> {
        let form = NoteError::Key("expected PRIVATE+KEY+name+id+key");
        let parts: Vec<&str> = text.trim_end().splitn(5, '+').collect();
        let ["PRIVATE", "KEY", name, id, key] = parts.as_slice() else {
            return Err(form);
        };
        let material = BASE64.decode(key).map_err(|_| NoteError::Key("the key is not base64"))?;
        let Some((&ED25519, seed)) = material.split_first() else {
            return Err(NoteError::Key("not an Ed25519 key"));
        };
        let seed = seed.try_into().map_err(|_| NoteError::Key("the key has a wrong length"))?;
        let signer = Self::from_seed(name, seed)?;
        if signer.vkey().split('+').nth(1) == Some(*id) {
            Ok(signer)
        } else {
            Err(NoteError::Key("the id does not fit name and key"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn verifies_the_example_of_the_specification() {
        let key = VerifierKey::parse(EXAMPLE_KEY).unwrap();
        assert_eq!(key.check(&Note::parse(EXAMPLE.as_bytes()).unwrap()), Check::Valid { time: None });
        let changed = EXAMPLE.replace("example message", "exemple message");
        assert_eq!(key.check(&Note::parse(changed.as_bytes()).unwrap()), Check::Invalid);
    }

    #[test]
    fn ignores_lines_of_unknown_keys_and_rejects_broken_notes() {
        let key = VerifierKey::parse(EXAMPLE_KEY).unwrap();
        let stranger =
            NoteSigner::from_seed("stranger.example", [7; 32]).unwrap().sign("This is an example message.\n");
        let line = stranger.rsplit_once("\n\n").unwrap().1;
        assert_eq!(
            key.check(&Note::parse(format!("{EXAMPLE}{line}").as_bytes()).unwrap()),
            Check::Valid { time: None }
        );
        assert_eq!(key.check(&Note::parse(stranger.as_bytes()).unwrap()), Check::Absent);
        for broken in
            ["", "text\n", "text\n\n", "text\n\nno dash\n", "te\txt\n\n— a AAAAAAA=\n", "text\n\n— a AAAAAAA="]
        {
            assert!(Note::parse(broken.as_bytes()).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn a_witness_signs_with_its_time() {
        let witness = NoteSigner::from_seed("witness.example", [3; 32]).unwrap().into_witness();
        let note = format!("origin\n0\nAAAA\n\n{}", witness.cosign("origin\n0\nAAAA\n", 1_795_312_712));
        let key = VerifierKey::parse(&witness.vkey()).unwrap();
        assert_eq!(key.check(&Note::parse(note.as_bytes()).unwrap()), Check::Valid { time: Some(1_795_312_712) });
    }

    #[test]
    fn a_key_file_is_made_once_and_belongs_to_one_origin() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys/note.key");
        let made = NoteSigner::load_or_create(&path, "gw.example/a").unwrap();
        assert_eq!(NoteSigner::load_or_create(&path, "gw.example/a").unwrap().vkey(), made.vkey());
        assert!(NoteSigner::load_or_create(&path, "gw.example/b").is_err());
        assert!(NoteSigner::generate("two words").is_err());
    }

    #[test]
    fn refuses_keys_whose_id_does_not_fit() {
        for bad in
            ["", "a+b", "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "x+00000000+AA=="]
        {
            assert!(VerifierKey::parse(bad).is_err(), "{bad}");
        }
    }
}
