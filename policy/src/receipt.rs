//! The signed statement about the bytes that left: a compact JWS (RFC 7515) with EdDSA (RFC 8037), so that a model
//! server can check with any JOSE library that a request passed the gateway unchanged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use gnomon_types::digest::Digest;
use gnomon_types::ids::{DecisionId, UpstreamName};
use gnomon_types::time::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptClaims<'a> {
    /// When the decision fell (`iat`).
    pub issued: Timestamp,
    /// The decision (`jti`).
    pub decision: &'a DecisionId,
    /// The upstream that it was sent to (`upstream`), by its name in the configuration.
    pub upstream: &'a UpstreamName,
    /// The method (`method`).
    pub method: &'a str,
    /// Path and query as they left (`path`).
    pub path: &'a str,
    /// SHA-256 of the exact body that left (`sha256`).
    pub sha256: Digest,
    /// SHA-256 of the policy bundle in force (`policy`).
    pub policy: Digest,
}

/// Signs receipts.
pub struct ReceiptSigner {
    key: SigningKey,
    issuer: String,
    /// RFC 7638 thumbprint of the public key.
    key_id: String,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'static str,
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    iat: i64,
    jti: &'a str,
    upstream: &'a str,
    method: &'a str,
    path: &'a str,
    sha256: Digest,
    policy: Digest,
}

impl ReceiptSigner {
    /// A signer from its 32 secret bytes and the name that stands as `iss`.
    #[must_use]
    pub fn new(seed: [u8; 32], issuer: String) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let key_id = thumbprint(&public_x(&key));
        Self { key, issuer, key_id }
    }

    /// The receipt as a compact JWS.
    #[must_use]
    pub fn sign(&self, claims: &ReceiptClaims<'_>) -> String {
        let header = Header { alg: "EdDSA", kid: &self.key_id, typ: "gnomon-receipt+jwt" };
        let payload = Payload {
            iss: &self.issuer,
            iat: claims.issued.as_seconds(),
            jti: claims.decision.as_str(),
            upstream: claims.upstream.as_str(),
            method: claims.method,
            path: claims.path,
            sha256: claims.sha256,
            policy: claims.policy,
        };
        let signed = format!("{}.{}", encode(&header), encode(&payload));
        let signature = self.key.sign(signed.as_bytes()).to_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The public key as a JWK (RFC 8037), for model servers that check receipts.
    #[must_use]
    pub fn public_jwk(&self) -> serde_json::Value {
        serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "x": public_x(&self.key), "kid": self.key_id, "alg": "EdDSA", "use": "sig",
        })
    }
}

impl fmt::Debug for ReceiptSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceiptSigner({}, {})", self.issuer, self.key_id)
    }
}

fn public_x(key: &SigningKey) -> String {
    URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes())
}

/// RFC 7638: SHA-256 over the required members in alphabetical order.
fn thumbprint(x: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()))
}

/// Structs of strings and numbers always serialise.
fn encode(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signature, VerifyingKey};

    /// Seed, public key and thumbprint of RFC 8037, appendix A.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";

    fn signer() -> ReceiptSigner {
        ReceiptSigner::new(URL_SAFE_NO_PAD.decode(SEED).unwrap().try_into().unwrap(), "gateway-1".to_owned())
    }

    #[test]
    fn key_and_thumbprint_are_those_of_rfc_8037() {
        let jwk = signer().public_jwk();
        assert_eq!(jwk["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(jwk["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_receipt_verifies_and_says_what_left() {
        let decision = DecisionId::new("dec_01").unwrap();
        let upstream = UpstreamName::new("model-server").unwrap();
        let claims = ReceiptClaims {
            issued: Timestamp::from_millis(1_795_000_000_999),
            decision: &decision,
            upstream: &upstream,
            method: "POST",
            path: "/v1/chat/completions?a=b",
            sha256: Digest([7; 32]),
            policy: Digest([9; 32]),
        };
        let receipt = signer().sign(&claims);
        let parts: Vec<&str> = receipt.split('.').collect();
        let signed = format!("{}.{}", parts[0], parts[1]);
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(parts[2]).unwrap()).unwrap();
        let key: VerifyingKey = signer().key.verifying_key();
        key.verify_strict(signed.as_bytes(), &signature).unwrap();
        let payload: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        assert_eq!(payload["iat"], 1_795_000_000);
        assert_eq!(payload["jti"], "dec_01");
        assert_eq!((&payload["upstream"], &payload["method"]), (&"model-server".into(), &"POST".into()));
        assert_eq!(payload["path"], "/v1/chat/completions?a=b");
        assert_eq!(payload["sha256"], "07".repeat(32));
    }

    #[test]
    fn debug_output_does_not_hold_the_key() {
        assert!(!format!("{:?}", signer()).contains(SEED));
    }
}
