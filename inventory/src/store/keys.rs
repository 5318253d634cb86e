//! Access keys. The key itself is shown once, when it is made; the record holds its SHA-256. A key has 160 random bits,
//! so a fast hash is enough: there is nothing to guess.

use crate::db::{Row, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::counters;
use crate::store::outbox::{Act, push_act};
use crate::store::twin_assets;
use crate::store::words::{filled, word};
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::digest::Digest;
use gnomon_types::ids::{CallerId, KeyId};
use gnomon_types::secret::Secret;
use gnomon_types::time::Timestamp;
use serde::Serialize;
use sha2::Digest as _;

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose key: the name under which its requests appear.
    pub caller: CallerId,
    /// What holds it.
    pub kind: CallerKind,
    /// Team or department.
    pub team: Option<String>,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

/// A key as pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    /// Its public part.
    pub id: KeyId,
    /// Whose key.
    pub caller: CallerId,
    /// What holds it.
    pub kind: CallerKind,
    /// Team or department.
    pub team: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// Whether it opens the gateway at this moment.
    pub active: bool,
}

/// What a gateway needs to know a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveKey {
    /// SHA-256 of the key as callers send it.
    pub hash: Digest,
    /// Who asks with it.
    pub caller: Caller,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

const PUBLIC_CHARS: usize = 8;
const SECRET_CHARS: usize = 32;

/// SHA-256, in this crate's digest type.
pub(crate) fn sha256(text: &str) -> Digest {
    Digest(sha2::Sha256::digest(text.as_bytes()).into())
}

/// Lower-case base 32 without letters that look alike: five random bits a character.
pub(crate) fn random_text(chars: usize) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random: Vec<u8> = std::iter::repeat_with(rand::random::<u8>).take(chars).collect();
    random.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32))).map(|byte| char::from(*byte)).collect()
}

const COLUMNS: &str =
    "k.id, k.caller, k.kind, k.team, k.created_at, k.created_by, k.expires, k.revoked_at, u.last_used";

fn key_row(row: &Row, now: Timestamp) -> Result<KeyRow, InventoryError> {
    let (expires, revoked) = (row.time_opt(6)?, row.time_opt(7)?);
    Ok(KeyRow {
        id: word("access_keys.id", row.text(0)?)?,
        caller: word("access_keys.caller", row.text(1)?)?,
        kind: word("access_keys.kind", row.text(2)?)?,
        team: filled(row.text(3)?),
        created: row.time(4)?,
        created_by: row.text(5)?,
        expires,
        revoked,
        last_used: row.time_opt(8)?,
        active: revoked.is_none() && expires.is_none_or(|expires| expires > now),
    })
}

impl Inventory {
    /// Makes an access key. The second value is the key: the only time that it is shown.
    ///
    /// # Errors
    /// [`InventoryError::Refused`] when its end lies in the past.
    pub async fn create_key(&self, by: &str, new: NewKey) -> Result<(KeyRow, Secret), InventoryError> {
        let now = self.now();
        if new.expires.is_some_and(|expires| expires <= now) {
            return Err(InventoryError::Refused("a key cannot end in the past".to_owned()));
        }
        let public = format!("gnm_{}", random_text(PUBLIC_CHARS));
        let text = format!("{public}_{}", random_text(SECRET_CHARS));
        let mut tx = self.db.write().await?;
        let sql = "INSERT INTO access_keys (id, hash, caller, kind, team, created_at, created_by, expires)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let team = new.team.clone().unwrap_or_default();
        let values = values![
            &public,
            sha256(&text).to_string(),
            new.caller.as_str(),
            new.kind.as_str(),
            team,
            now,
            by,
            new.expires
        ];
        tx.run(sql, &values).await?;
        let after = Some(format!("{} {}", new.kind.as_str(), new.caller));
        push_act(&mut tx, now, Act { by, action: "key.create", subject: &public, before: None, after }).await?;
        counters::bump_revision(&mut tx).await?;
        twin_assets::touch_caller(&mut tx, new.caller.as_str(), now).await?;
        tx.commit().await?;
        let row = KeyRow {
            id: word("access_keys.id", public)?,
            caller: new.caller,
            kind: new.kind,
            team: new.team,
            created: now,
            created_by: by.to_owned(),
            expires: new.expires,
            revoked: None,
            last_used: None,
            active: true,
        };
        Ok((row, Secret::new(text)))
    }

    /// Ends a key at once. A second time changes nothing.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`].
    pub async fn revoke_key(&self, by: &str, id: &KeyId) -> Result<KeyRow, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let sql = "UPDATE access_keys SET revoked_at = ?, revoked_by = ? WHERE id = ? AND revoked_at IS NULL";
        let changed = tx.run(sql, &values![now, by, id.as_str()]).await?;
        let sql = format!("SELECT {COLUMNS} FROM access_keys k LEFT JOIN key_uses u ON u.key_id = k.id WHERE k.id = ?");
        let row = tx.row(&sql, &values![id.as_str()]).await?;
        let row = key_row(&row.ok_or_else(|| InventoryError::not_found("access key", id.as_str()))?, now)?;
        if changed > 0 {
            let after = Some("revoked".to_owned());
            push_act(&mut tx, now, Act { by, action: "key.revoke", subject: id.as_str(), before: None, after }).await?;
            counters::bump_revision(&mut tx).await?;
            twin_assets::touch_caller(&mut tx, row.caller.as_str(), now).await?;
            tx.commit().await?;
        }
        Ok(row)
    }

    /// Every key, the newest first.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn keys(&self) -> Result<Vec<KeyRow>, InventoryError> {
        let now = self.now();
        let sql = format!(
            "SELECT {COLUMNS} FROM access_keys k LEFT JOIN key_uses u ON u.key_id = k.id ORDER BY k.created_at DESC, k.id"
        );
        let mut tx = self.db.read().await?;
        tx.rows(&sql, &[]).await?.iter().map(|row| key_row(row, now)).collect()
    }

    /// The keys that open the gateway, neither revoked nor ended.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn active_keys(&self) -> Result<Vec<ActiveKey>, InventoryError> {
        let sql = "SELECT id, caller, kind, team, expires, hash FROM access_keys
            WHERE revoked_at IS NULL AND (expires IS NULL OR expires > ?) ORDER BY id";
        let mut tx = self.db.read().await?;
        let rows = tx.rows(sql, &values![self.now()]).await?;
        rows.iter()
            .map(|row| {
                let caller = Caller {
                    id: word("access_keys.caller", row.text(1)?)?,
                    kind: word("access_keys.kind", row.text(2)?)?,
                    team: filled(row.text(3)?),
                    key: word("access_keys.id", row.text(0)?)?,
                };
                Ok(ActiveKey { hash: word("access_keys.hash", row.text(5)?)?, caller, expires: row.time_opt(4)? })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_has_the_length_asked_for_and_does_not_repeat() {
        let texts: std::collections::BTreeSet<String> = (0..100).map(|_| random_text(32)).collect();
        assert_eq!(texts.len(), 100);
        assert!(texts.iter().all(|text| text.len() == 32 && text.bytes().all(|b| b.is_ascii_alphanumeric())));
    }
}
