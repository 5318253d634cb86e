//! Models, callers and keys as pages and commands see them, and what people decide about them.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::inventory::{Inventory, Page};
use crate::store::asset_evidence::{self, AssetLink};
use crate::store::asset_id::{AssetId, AssetKind};
use crate::store::asset_list;
use crate::store::choices::{self, ASSETS, Choose, HistoryRow, Subject, check_end};
use crate::store::services::ServiceOrder;
use crate::store::tallies::{self, AssetDay};
use crate::store::twin_assets;
use crate::store::words::word;
use gnomon_types::asset::ServiceStatus;
use gnomon_types::ids::ServiceId;
use gnomon_types::sighting::EvidencePointer;
use gnomon_types::time::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// One model, caller or key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssetRow {
    /// Its id among its kind: `SERVICE/MODEL`, the name of a caller, the public part of a key.
    pub id: String,
    /// What is known of it by its kind.
    #[serde(flatten)]
    pub facts: AssetFacts,
    /// The status in force. A status whose time has run out counts as under review.
    pub status: ServiceStatus,
    /// When the status ends.
    pub status_expires: Option<Timestamp>,
    /// What was written when the status was set.
    pub status_note: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// First seen; `None` when it was never used.
    pub first_seen: Option<Timestamp>,
    /// Last seen.
    pub last_seen: Option<Timestamp>,
    /// Requests seen in logs or forwarded by the gateway.
    pub requests: u64,
    /// Requests that the gateway did not forward.
    pub refused: u64,
    /// Tokens read, as far as upstreams told.
    pub input_tokens: u64,
    /// Tokens written, as far as upstreams told.
    pub output_tokens: u64,
}

/// What is known of an asset by its kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum AssetFacts {
    /// A model.
    Model {
        /// The service it was asked for on.
        service: ServiceId,
        /// Its name as asked for.
        model: String,
    },
    /// A caller.
    Caller {
        /// `service`, `agent` or `person`; empty when not known.
        caller_kind: String,
        /// Team, if its key names one.
        team: Option<String>,
        /// Client program as it last named itself.
        client: Option<String>,
        /// Keys that open the gateway at this moment.
        keys: u64,
    },
    /// A key.
    Key {
        /// Whose it is; `None` for a key that only the evidence log knows.
        caller: Option<String>,
        /// What holds it: `service`, `agent` or `person`; empty when not known.
        caller_kind: String,
        /// Team, if it names one.
        team: Option<String>,
        /// When it was made.
        created: Option<Timestamp>,
        /// When it ends.
        expires: Option<Timestamp>,
        /// When it was revoked.
        revoked: Option<Timestamp>,
        /// Whether it opens the gateway at this moment.
        active: bool,
    },
}

impl AssetRow {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> AssetKind {
        match self.facts {
            AssetFacts::Model { .. } => AssetKind::Model,
            AssetFacts::Caller { .. } => AssetKind::Caller,
            AssetFacts::Key { .. } => AssetKind::Key,
        }
    }

    /// Its kind and id.
    #[must_use]
    pub fn asset(&self) -> AssetId {
        AssetId::new(self.kind(), &self.id)
    }
}

/// Which assets of a kind to list.
#[derive(Debug, Clone)]
pub struct AssetFilter {
    /// Of this kind.
    pub kind: AssetKind,
    /// Only with one of these statuses; empty means all.
    pub statuses: Vec<ServiceStatus>,
    /// Only of this owner.
    pub owner: Option<String>,
    /// Only with this text in id, team, client or whose it is.
    pub text: Option<String>,
    /// Only models of this service.
    pub service: Option<ServiceId>,
    /// Only callers, or keys of callers, of this kind: `service`, `agent`, `person`.
    pub caller_kind: Option<String>,
    /// Only keys of this caller.
    pub caller: Option<String>,
    /// How to sort.
    pub order: ServiceOrder,
    /// Rows of a page; 0 means 50.
    pub limit: usize,
    /// [`Page::next`] of the page before.
    pub after: Option<String>,
}

impl AssetFilter {
    /// Everything of a kind.
    #[must_use]
    pub fn of(kind: AssetKind) -> Self {
        Self {
            kind,
            statuses: Vec::new(),
            owner: None,
            text: None,
            service: None,
            caller_kind: None,
            caller: None,
            order: ServiceOrder::default(),
            limit: 0,
            after: None,
        }
    }
}

/// One asset with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssetDetail {
    /// The asset.
    pub row: AssetRow,
    /// Requests and tokens per UTC day, oldest first.
    pub usage_by_day: Vec<AssetDay>,
    /// Who asked for the model, or what the caller asked for, most requests first, at most 100. Empty for keys.
    pub links: Vec<AssetLink>,
    /// The latest records about it, and lines of logs that name it, at most 50. For the gateway the line is the record's
    /// number in the evidence log.
    pub evidence: Vec<EvidencePointer>,
    /// What people changed, newest first.
    pub history: Vec<HistoryRow>,
}

async fn existing(tx: &mut Tx, asset: &AssetId, now: Timestamp) -> Result<AssetRow, InventoryError> {
    let missing = || InventoryError::not_found(asset.kind().as_str(), asset.id());
    asset_list::one(tx, asset, now).await?.ok_or_else(missing)
}

async fn choose(
    tx: &mut Tx,
    by: &str,
    asset: &AssetId,
    now: Timestamp,
    choice: Choose<'_>,
) -> Result<(), InventoryError> {
    let key = asset.to_string();
    let subject = Subject { book: &ASSETS, key: &key, kind: asset.kind().as_str(), id: asset.id() };
    choices::choose(tx, &subject, by, now, choice).await?;
    tallies::changed(tx, &key).await?;
    match (asset.kind(), asset.as_model()) {
        (AssetKind::Model, Some((service, model))) => twin_assets::touch_model(tx, &service, model, now).await,
        (AssetKind::Caller, _) => twin_assets::touch_caller(tx, asset.id(), now).await,
        (AssetKind::Model | AssetKind::Key, _) => Ok(()),
    }
}

/// Puts assets whose status has run out back under review; gives their names.
pub(crate) async fn end_lapsed(tx: &mut Tx, now: Timestamp) -> Result<Vec<String>, InventoryError> {
    let lapsed = choices::lapsed(tx, &ASSETS, now).await?;
    for name in &lapsed {
        let asset = AssetId::parse(name).ok_or_else(|| InventoryError::Damaged(format!("`{name}` names no asset")))?;
        choose(tx, "system", &asset, now, Choose::Lapse).await?;
    }
    Ok(lapsed)
}

/// The status of an asset that is in force.
pub(crate) async fn status(tx: &mut Tx, asset: &AssetId, now: Timestamp) -> Result<ServiceStatus, InventoryError> {
    let sql = "SELECT status FROM asset_choices WHERE asset = ? AND (expires IS NULL OR expires > ?)";
    let row = tx.row(sql, &values![asset.to_string(), now]).await?;
    row.map_or(Ok(ServiceStatus::default()), |row| word("asset_choices.status", row.text(0)?))
}

impl Inventory {
    /// Assets of a kind under a filter, a page at a time.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn assets(&self, filter: &AssetFilter) -> Result<Page<AssetRow>, InventoryError> {
        asset_list::list(&mut self.db.read().await?, filter, self.now()).await
    }

    /// One asset with everything that is known about it.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn asset(&self, asset: &AssetId) -> Result<Option<AssetDetail>, InventoryError> {
        let mut tx = self.db.read().await?;
        let Some(row) = asset_list::one(&mut tx, asset, self.now()).await? else {
            return Ok(None);
        };
        Ok(Some(AssetDetail {
            usage_by_day: tallies::days_of(&mut tx, asset).await?,
            links: asset_evidence::links(&mut tx, asset, 100).await?,
            evidence: asset_evidence::evidence(&mut tx, asset, 50).await?,
            history: choices::history_of(&mut tx, &ASSETS, &asset.to_string()).await?,
            row,
        }))
    }

    /// Sets the status of an asset, perhaps until a moment.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`] for an asset that nobody asked with or for, [`InventoryError::Refused`] when the end
    /// lies in the past.
    pub async fn set_asset_status(
        &self,
        by: &str,
        asset: &AssetId,
        status: ServiceStatus,
        note: &str,
        expires: Option<Timestamp>,
    ) -> Result<AssetRow, InventoryError> {
        check_end(expires, self.now())?;
        self.choose_asset(by, asset, Choose::Status { status, note, expires }).await
    }

    /// Names who answers for an asset; `None` takes the name away.
    ///
    /// # Errors
    /// [`InventoryError::NotFound`] for an asset that nobody asked with or for.
    pub async fn set_asset_owner(
        &self,
        by: &str,
        asset: &AssetId,
        owner: Option<&str>,
    ) -> Result<AssetRow, InventoryError> {
        self.choose_asset(by, asset, Choose::Owner(owner)).await
    }

    async fn choose_asset(&self, by: &str, asset: &AssetId, choice: Choose<'_>) -> Result<AssetRow, InventoryError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        existing(&mut tx, asset, now).await?;
        choose(&mut tx, by, asset, now, choice).await?;
        let row = existing(&mut tx, asset, now).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Every status in force of a model, caller or key that is not `under review`.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn asset_statuses(&self) -> Result<HashMap<AssetId, ServiceStatus>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql = "SELECT asset, status FROM asset_choices
            WHERE status <> 'under_review' AND (expires IS NULL OR expires > ?)";
        let mut statuses = HashMap::new();
        for row in tx.rows(sql, &values![self.now()]).await? {
            if let Some(asset) = AssetId::parse(&row.text(0)?) {
                statuses.insert(asset, word("asset_choices.status", row.text(1)?)?);
            }
        }
        Ok(statuses)
    }
}
