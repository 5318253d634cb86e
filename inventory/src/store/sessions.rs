//! Sessions of the console and one-time sign-in tokens. The record holds hashes of both: who reads it cannot sign in.

use crate::db::values;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::keys::{random_text, sha256};
use crate::store::outbox::{Act, push_act};
use crate::store::users::{self, User};
use gnomon_types::secret::Secret;
use gnomon_types::time::Timestamp;

/// A person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub user: User,
    /// Since when.
    pub created: Timestamp,
    /// Until when.
    pub expires: Timestamp,
}

const TOKEN_CHARS: usize = 40;

impl Inventory {
    /// Signs a person in for a time. The token is the only thing that opens the session.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`] when there is no such account or it has ended.
    pub async fn create_session(&self, user: &str, lifetime_ms: i64) -> Result<Secret, InventoryError> {
        let now = self.now();
        let token = random_text(TOKEN_CHARS);
        let mut tx = self.db.write().await?;
        let account = users::living(&mut tx, user, now).await?;
        let account = account.ok_or_else(|| InventoryError::not_found("user", user))?;
        tx.run("DELETE FROM sessions WHERE expires <= ?", &values![now]).await?;
        let mut expires = now.plus_millis(lifetime_ms);
        expires = account.expires.map_or(expires, |end| end.min(expires));
        let sql = "INSERT INTO sessions (token_hash, user_name, created_at, expires) VALUES (?, ?, ?, ?)";
        tx.run(sql, &values![sha256(&token).to_string(), user, now, expires]).await?;
        let act = Act { by: user, action: "user.sign_in", subject: user, before: None, after: None };
        push_act(&mut tx, now, act).await?;
        tx.commit().await?;
        Ok(Secret::new(token))
    }

    /// Who is signed in with a token; `None` when the session has ended or never was.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn session(&self, token: &str) -> Result<Option<Session>, InventoryError> {
        let now = self.now();
        let mut tx = self.db.read().await?;
        let sql = "SELECT user_name, created_at, expires FROM sessions WHERE token_hash = ? AND expires > ?";
        let row = tx.row(sql, &values![sha256(token).to_string(), now]).await?;
        let Some(row) = row else { return Ok(None) };
        let user = users::living(&mut tx, &row.text(0)?, now).await?;
        let (created, expires) = (row.time(1)?, row.time(2)?);
        Ok(user.map(|user| Session { user, created, expires }))
    }

    /// Signs out.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn delete_session(&self, token: &str) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        tx.run("DELETE FROM sessions WHERE token_hash = ?", &values![sha256(token).to_string()]).await?;
        tx.commit().await
    }

    /// Makes a token that signs an account in once, within a time.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`] when there is no such account or it has ended.
    pub async fn create_sign_in(&self, user: &str, lifetime_ms: i64) -> Result<Secret, InventoryError> {
        let now = self.now();
        let token = random_text(TOKEN_CHARS);
        let mut tx = self.db.write().await?;
        if users::living(&mut tx, user, now).await?.is_none() {
            return Err(InventoryError::not_found("user", user));
        }
        tx.run("DELETE FROM sign_in_tokens WHERE expires <= ?", &values![now]).await?;
        let sql = "INSERT INTO sign_in_tokens (token_hash, user_name, expires) VALUES (?, ?, ?)";
        tx.run(sql, &values![sha256(&token).to_string(), user, now.plus_millis(lifetime_ms)]).await?;
        tx.commit().await?;
        Ok(Secret::new(token))
    }

    /// The account of a one-time token, which stays good; `None` when it was taken or has ended.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn peek_sign_in(&self, token: &str) -> Result<Option<User>, InventoryError> {
        let now = self.now();
        let mut tx = self.db.read().await?;
        let sql = "SELECT user_name FROM sign_in_tokens WHERE token_hash = ? AND expires > ?";
        let Some(row) = tx.row(sql, &values![sha256(token).to_string(), now]).await? else { return Ok(None) };
        users::living(&mut tx, &row.text(0)?, now).await
    }

    /// Takes a one-time token; gives its account. Of two at the same time, one gets it.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn consume_sign_in(&self, token: &str) -> Result<Option<User>, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let sql = "DELETE FROM sign_in_tokens WHERE token_hash = ? AND expires > ? RETURNING user_name";
        let row = tx.row(sql, &values![sha256(token).to_string(), now]).await?;
        let Some(row) = row else { return Ok(None) };
        let user = users::living(&mut tx, &row.text(0)?, now).await?;
        tx.commit().await?;
        Ok(user)
    }
}
