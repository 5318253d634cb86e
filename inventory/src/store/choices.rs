//! What people decide about anything in the record, status and owner, and the history of both. One code for services and
//! for other assets; they stand in tables of the same shape.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::store::counters;
use crate::store::outbox::{Act, push_act};
use crate::store::words::{filled, word};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::time::Timestamp;
use serde::Serialize;

/// One change by a person, or by the end of a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryRow {
    /// When.
    pub at: Timestamp,
    /// Who; `system` for the end of a status.
    pub by: String,
    /// `status` or `owner`.
    pub field: String,
    /// Value before.
    pub before: String,
    /// Value after.
    pub after: String,
    /// What was written with it.
    pub note: String,
}

/// The pair of tables that holds choices, and the column that names what they are about.
#[derive(Debug)]
pub(crate) struct Book {
    choices: &'static str,
    history: &'static str,
    key: &'static str,
}

/// Choices about services.
pub(crate) const SERVICES: Book = Book { choices: "service_choices", history: "service_history", key: "service" };
/// Choices about models, callers and keys.
pub(crate) const ASSETS: Book = Book { choices: "asset_choices", history: "asset_history", key: "asset" };

/// What a choice is about.
pub(crate) struct Subject<'a> {
    pub(crate) book: &'static Book,
    /// Its name in the tables.
    pub(crate) key: &'a str,
    /// What it is, for the record of the change: `service`, `model`, `caller`, `key`.
    pub(crate) kind: &'static str,
    /// Its id, for the record of the change.
    pub(crate) id: &'a str,
}

/// What is to be chosen.
pub(crate) enum Choose<'a> {
    /// A status, perhaps until a moment.
    Status { status: ServiceStatus, note: &'a str, expires: Option<Timestamp> },
    /// Who answers for it; `None` takes the name away.
    Owner(Option<&'a str>),
    /// The time of the status has run out.
    Lapse,
}

#[derive(Clone)]
struct Choice {
    status: ServiceStatus,
    note: String,
    expires: Option<Timestamp>,
    owner: Option<String>,
}

/// Makes a choice: the row, its history, the evidence outbox and the revision. Search and twin are told by the caller.
pub(crate) async fn choose(
    tx: &mut Tx,
    subject: &Subject<'_>,
    by: &str,
    now: Timestamp,
    choose: Choose<'_>,
) -> Result<(), InventoryError> {
    let before = read(tx, subject).await?;
    let mut after = before.clone();
    let (field, note) = match choose {
        Choose::Status { status, note, expires } => {
            after = Choice { status, note: note.to_owned(), expires, owner: after.owner };
            ("status", note)
        }
        Choose::Owner(owner) => {
            after.owner = owner.map(str::trim).filter(|owner| !owner.is_empty()).map(str::to_owned);
            ("owner", "")
        }
        Choose::Lapse => {
            (after.status, after.expires) = (ServiceStatus::UnderReview, None);
            ("status", "the time of the status has run out")
        }
    };
    save(tx, subject, by, now, &after).await?;
    let value = |choice: &Choice| match field {
        "owner" => choice.owner.clone().unwrap_or_default(),
        _ => described(choice.status, choice.expires),
    };
    let change = HistoryRow {
        at: now,
        by: by.to_owned(),
        field: field.to_owned(),
        before: value(&before),
        after: value(&after),
        note: note.to_owned(),
    };
    publish(tx, subject, change).await
}

/// A status cannot end before it begins.
pub(crate) fn check_end(expires: Option<Timestamp>, now: Timestamp) -> Result<(), InventoryError> {
    if expires.is_some_and(|expires| expires <= now) {
        return Err(InventoryError::Refused("a status cannot end in the past".to_owned()));
    }
    Ok(())
}

/// What has a status whose time has run out, sorted.
pub(crate) async fn lapsed(tx: &mut Tx, book: &Book, now: Timestamp) -> Result<Vec<String>, InventoryError> {
    let Book { choices, key, .. } = book;
    let sql = format!("SELECT {key} FROM {choices} WHERE expires <= ? ORDER BY {key}");
    tx.rows(&sql, &values![now]).await?.iter().map(|row| row.text(0)).collect()
}

/// What was changed, newest first, at most 200.
pub(crate) async fn history_of(tx: &mut Tx, book: &Book, key: &str) -> Result<Vec<HistoryRow>, InventoryError> {
    let sql = format!(
        "SELECT changed_at, changed_by, field, before_value, after_value, note FROM {} WHERE {} = ?
        ORDER BY ordinal DESC LIMIT 200",
        book.history, book.key
    );
    let rows = tx.rows(&sql, &values![key]).await?;
    rows.iter()
        .map(|row| {
            Ok(HistoryRow {
                at: row.time(0)?,
                by: row.text(1)?,
                field: row.text(2)?,
                before: row.text(3)?,
                after: row.text(4)?,
                note: row.text(5)?,
            })
        })
        .collect()
}

async fn read(tx: &mut Tx, subject: &Subject<'_>) -> Result<Choice, InventoryError> {
    let Book { choices, key, .. } = subject.book;
    let sql = format!("SELECT status, note, expires, owner FROM {choices} WHERE {key} = ?");
    let Some(row) = tx.row(&sql, &values![subject.key]).await? else {
        return Ok(Choice { status: ServiceStatus::default(), note: String::new(), expires: None, owner: None });
    };
    Ok(Choice {
        status: word("status", row.text(0)?)?,
        note: row.text(1)?,
        expires: row.time_opt(2)?,
        owner: filled(row.text(3)?),
    })
}

async fn save(
    tx: &mut Tx,
    subject: &Subject<'_>,
    by: &str,
    now: Timestamp,
    choice: &Choice,
) -> Result<(), InventoryError> {
    let Book { choices, key, .. } = subject.book;
    let sql = format!(
        "INSERT INTO {choices} ({key}, status, note, expires, owner, decided_by, decided_at)
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT ({key}) DO UPDATE SET status = excluded.status, note = excluded.note,
        expires = excluded.expires, owner = excluded.owner, decided_by = excluded.decided_by,
        decided_at = excluded.decided_at"
    );
    let owner = choice.owner.as_deref().unwrap_or_default();
    let values = values![subject.key, choice.status.as_str(), &choice.note, choice.expires, owner, by, now];
    tx.run(&sql, &values).await.map(drop)
}

async fn publish(tx: &mut Tx, subject: &Subject<'_>, change: HistoryRow) -> Result<(), InventoryError> {
    let ordinal = counters::next(tx, "history").await?;
    let sql = format!(
        "INSERT INTO {} (ordinal, {}, changed_at, changed_by, field, before_value, after_value, note)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        subject.book.history, subject.book.key
    );
    let HistoryRow { at, by, field, before, after, note } = change;
    tx.run(&sql, &values![ordinal, subject.key, at, &by, &field, &before, &after, &note]).await?;
    let action = format!("{}.{field}", subject.kind);
    let (before, after) = (Some(before), Some(after));
    push_act(tx, at, Act { by: &by, action: &action, subject: subject.id, before, after }).await?;
    counters::bump_revision(tx).await.map(drop)
}

fn described(status: ServiceStatus, expires: Option<Timestamp>) -> String {
    expires.map_or_else(|| status.to_string(), |expires| format!("{status} until {expires}"))
}
