//! Accounts of people who use the console. Passwords are stretched with Argon2id, away from the async threads.

use crate::db::{Row, Tx, values};
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::outbox::{Act, push_act};
use crate::store::words::{from_json, to_json};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use gnomon_types::secret::Secret;
use gnomon_types::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a person comes for, and so what the person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The AI inventory: status, owner, approvals.
    Governance,
    /// Routes, keys, upstreams.
    Network,
    /// Evidence: reading and exporting, changing nothing.
    Auditor,
    /// Detections and policy.
    Security,
    /// Posture and exposure.
    Executive,
    /// Everything, accounts included.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Governance, Self::Network, Self::Auditor, Self::Security, Self::Executive, Self::Admin];

    /// The word used in JSON and on pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Governance => "governance",
            Self::Network => "network",
            Self::Auditor => "auditor",
            Self::Security => "security",
            Self::Executive => "executive",
            Self::Admin => "admin",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends, as an auditor's does.
    pub expires: Option<Timestamp>,
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its name: 1 to 100 characters without white space.
    pub name: String,
    /// Its password; `None` for an account that signs in by one-time tokens only.
    pub password: Option<Secret>,
    /// What it may do.
    pub roles: Vec<Role>,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

const PASSWORD_CHARS_MIN: usize = 12;
/// Wrong passwords in a row before an account is shut for a while.
const FAILURES_MAX: i64 = 10;
const LOCKED_MS: i64 = 15 * 60 * 1000;
/// What an account without password holds: no password verifies against it.
const NO_PASSWORD: &str = "";

fn user(row: &Row) -> Result<User, InventoryError> {
    Ok(User {
        name: row.text(0)?,
        roles: from_json("users.roles", &row.text(1)?)?,
        created: row.time(2)?,
        expires: row.time_opt(3)?,
    })
}

const COLUMNS: &str = "name, roles, created_at, expires";

/// The account, unless it has ended.
pub(crate) async fn living(tx: &mut Tx, name: &str, now: Timestamp) -> Result<Option<User>, InventoryError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE name = ? AND (expires IS NULL OR expires > ?)");
    tx.row(&sql, &values![name, now]).await?.as_ref().map(user).transpose()
}

async fn hashed(password: Option<Secret>) -> Result<String, InventoryError> {
    let Some(password) = password else {
        return Ok(NO_PASSWORD.to_owned());
    };
    if password.expose().chars().count() < PASSWORD_CHARS_MIN {
        let message = format!("a password has at least {PASSWORD_CHARS_MIN} characters");
        return Err(InventoryError::Refused(message));
    }
    let work = move || Argon2::default().hash_password(password.expose().as_bytes()).map(|hash| hash.to_string());
    let hash = tokio::task::spawn_blocking(work).await.map_err(|error| InventoryError::Password(error.to_string()))?;
    hash.map_err(|error| InventoryError::Password(error.to_string()))
}

async fn matches(password: Secret, hash: String) -> Result<bool, InventoryError> {
    let work = move || {
        let Ok(hash) = PasswordHash::new(&hash) else {
            // An unknown name must take as long as a wrong password, or the time would tell which names exist.
            let _ = Argon2::default().hash_password(password.expose().as_bytes());
            return false;
        };
        Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| InventoryError::Password(error.to_string()))
}

async fn set_end(tx: &mut Tx, name: &str, expires: Option<Timestamp>) -> Result<(), InventoryError> {
    let sql = "UPDATE users SET expires = ?, failures = 0, locked_until = 0 WHERE name = ?";
    if tx.run(sql, &values![expires, name]).await? == 0 {
        return Err(InventoryError::not_found("user", name));
    }
    Ok(())
}

/// Nobody goes on with what was handed out for this account before.
async fn end_access(tx: &mut Tx, name: &str) -> Result<(), InventoryError> {
    tx.run("DELETE FROM sessions WHERE user_name = ?", &values![name]).await?;
    tx.run("DELETE FROM sign_in_tokens WHERE user_name = ?", &values![name]).await.map(drop)
}

/// Whether the account may manage accounts and no other open one may.
async fn is_last_admin(tx: &mut Tx, name: &str, now: Timestamp) -> Result<bool, InventoryError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE expires IS NULL OR expires > ?");
    let open: Vec<User> = tx.rows(&sql, &values![now]).await?.iter().map(user).collect::<Result<_, _>>()?;
    let mut admins = open.iter().filter(|user| user.roles.contains(&Role::Admin));
    Ok(admins.next().is_some_and(|user| user.name == name) && admins.next().is_none())
}

impl Inventory {
    /// Makes an account.
    ///
    /// # Errors
    /// [`InventoryError::Refused`] when the name is taken or odd, no role is given, or the password is short.
    pub async fn create_user(&self, by: &str, new: NewUser) -> Result<User, InventoryError> {
        let chars = new.name.chars().count();
        if chars == 0 || chars > 100 || new.name.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(InventoryError::Refused("a user name has 1 to 100 characters and no white space".to_owned()));
        }
        if new.roles.is_empty() {
            return Err(InventoryError::Refused("a user needs at least one role".to_owned()));
        }
        let now = self.now();
        let hash = hashed(new.password).await?;
        let mut tx = self.db.write().await?;
        let sql = "INSERT INTO users (name, password, roles, created_at, expires, failures, locked_until)
            VALUES (?, ?, ?, ?, ?, 0, 0) ON CONFLICT (name) DO NOTHING";
        if tx.run(sql, &values![&new.name, hash, to_json(&new.roles)?, now, new.expires]).await? == 0 {
            return Err(InventoryError::Refused(format!("there is already a user `{}`", new.name)));
        }
        let roles: Vec<&str> = new.roles.iter().map(|role| role.as_str()).collect();
        let act = Act { by, action: "user.create", subject: &new.name, before: None, after: Some(roles.join(" ")) };
        push_act(&mut tx, now, act).await?;
        tx.commit().await?;
        Ok(User { name: new.name, roles: new.roles, created: now, expires: new.expires })
    }

    /// Every account, by name.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn users(&self) -> Result<Vec<User>, InventoryError> {
        let mut tx = self.db.read().await?;
        tx.rows(&format!("SELECT {COLUMNS} FROM users ORDER BY name"), &[]).await?.iter().map(user).collect()
    }

    /// The account of a name and password; `None` when one of them is wrong, the account has ended, or it is shut for
    /// a quarter of an hour after ten wrong passwords in a row.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn verify_password(&self, name: &str, password: Secret) -> Result<Option<User>, InventoryError> {
        let now = self.now();
        let sql = "SELECT password FROM users WHERE name = ? AND locked_until <= ?";
        let hash = self.db.read().await?.row(sql, &values![name, now]).await?.map(|row| row.text(0)).transpose()?;
        let right = matches(password, hash.unwrap_or_default()).await?;
        let mut tx = self.db.write().await?;
        // Judged again inside the transaction: meanwhile another try may have shut the account.
        let open = "name = ? AND locked_until <= ?";
        if !right {
            let sql = format!(
                "UPDATE users SET locked_until = CASE WHEN failures + 1 >= ? THEN ? ELSE locked_until END,
                failures = CASE WHEN failures + 1 >= ? THEN 0 ELSE failures + 1 END WHERE {open}"
            );
            tx.run(&sql, &values![FAILURES_MAX, now.plus_millis(LOCKED_MS), FAILURES_MAX, name, now]).await?;
            tx.commit().await?;
            return Ok(None);
        }
        let sql = format!("UPDATE users SET failures = 0 WHERE {open}");
        let user = if tx.run(&sql, &values![name, now]).await? > 0 { living(&mut tx, name, now).await? } else { None };
        tx.commit().await?;
        Ok(user)
    }

    /// Changes a password and ends every session of the account.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`]; [`InventoryError::Refused`] for a short password.
    pub async fn set_password(&self, by: &str, name: &str, password: Secret) -> Result<(), InventoryError> {
        let hash = hashed(Some(password)).await?;
        let mut tx = self.db.write().await?;
        let sql = "UPDATE users SET password = ?, failures = 0, locked_until = 0 WHERE name = ?";
        if tx.run(sql, &values![hash, name]).await? == 0 {
            return Err(InventoryError::not_found("user", name));
        }
        end_access(&mut tx, name).await?;
        let act = Act { by, action: "user.password", subject: name, before: None, after: None };
        push_act(&mut tx, self.now(), act).await?;
        tx.commit().await
    }

    /// Shuts an account at once and ends every session of it. What it did stays on record.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`]; [`InventoryError::Refused`] when it is the last open account that manages accounts.
    pub async fn disable_user(&self, by: &str, name: &str) -> Result<(), InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        if is_last_admin(&mut tx, name, now).await? {
            let message = format!("`{name}` is the last open account with the role admin: make another one first");
            return Err(InventoryError::Refused(message));
        }
        set_end(&mut tx, name, Some(now)).await?;
        end_access(&mut tx, name).await?;
        let act = Act { by, action: "user.disable", subject: name, before: None, after: None };
        push_act(&mut tx, now, act).await?;
        tx.commit().await
    }

    /// Opens an account again, without end or until a moment. Old sessions do not come back.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`].
    pub async fn enable_user(&self, by: &str, name: &str, expires: Option<Timestamp>) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        set_end(&mut tx, name, expires).await?;
        let after = expires.map(|end| format!("until {end}"));
        push_act(&mut tx, self.now(), Act { by, action: "user.enable", subject: name, before: None, after }).await?;
        tx.commit().await
    }

    /// Ends every session of an account and takes back its sign-in links. The account can sign in again.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`].
    pub async fn end_sessions(&self, by: &str, name: &str) -> Result<(), InventoryError> {
        let mut tx = self.db.write().await?;
        if tx.row("SELECT name FROM users WHERE name = ?", &values![name]).await?.is_none() {
            return Err(InventoryError::not_found("user", name));
        }
        end_access(&mut tx, name).await?;
        let act = Act { by, action: "user.end_sessions", subject: name, before: None, after: None };
        push_act(&mut tx, self.now(), act).await?;
        tx.commit().await
    }
}
