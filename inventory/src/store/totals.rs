//! Sums per service and model, and what is to be added to those of other assets, kept beside the uses so that a list needs no grouping of all of them.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use crate::store::asset_id::AssetId;
use crate::store::models::{self, ModelRow};
use crate::store::tallies::{self, Tallies, Tally};
use crate::store::words::{filled, model_name, word};
use gnomon_types::asset::ServiceKind;
use gnomon_types::ids::ServiceId;
use gnomon_types::sighting::Use;
use gnomon_types::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be added to services and models. Adding is commutative: the order of files and records does not count.
#[derive(Default)]
pub(crate) struct Totals {
    services: BTreeMap<ServiceId, Seen>,
    models: BTreeMap<(ServiceId, String), ModelRow>,
    pub(crate) assets: Tallies,
}

/// What was seen of one service.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) kind: Option<ServiceKind>,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) requests: u64,
    pub(crate) attempts: u64,
    pub(crate) forwarded: u64,
    pub(crate) bytes_up: u64,
    pub(crate) bytes_down: u64,
    pub(crate) confidence: f64,
}

impl Seen {
    pub(crate) fn at(moment: Timestamp) -> Self {
        Self {
            name: String::new(),
            kind: None,
            first: moment,
            last: moment,
            requests: 0,
            attempts: 0,
            forwarded: 0,
            bytes_up: 0,
            bytes_down: 0,
            confidence: 0.0,
        }
    }

    fn add(&mut self, other: &Self) {
        if other.name > self.name {
            self.name.clone_from(&other.name);
        }
        self.kind = [self.kind, other.kind].into_iter().flatten().min();
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.requests = self.requests.saturating_add(other.requests);
        self.attempts = self.attempts.saturating_add(other.attempts);
        self.forwarded = self.forwarded.saturating_add(other.forwarded);
        self.bytes_up = self.bytes_up.saturating_add(other.bytes_up);
        self.bytes_down = self.bytes_down.saturating_add(other.bytes_down);
        self.confidence = self.confidence.max(other.confidence);
    }
}

impl Totals {
    pub(crate) fn service(&mut self, id: &ServiceId, seen: &Seen) {
        match self.services.get_mut(id) {
            Some(total) => total.add(seen),
            None => {
                self.services.insert(id.clone(), seen.clone());
            }
        }
    }

    pub(crate) fn model(&mut self, row: ModelRow) {
        match self.models.get_mut(&(row.service.clone(), row.model.clone())) {
            Some(total) => add_model(total, &row),
            None => {
                self.models.insert((row.service.clone(), row.model.clone()), row);
            }
        }
    }

    /// Adds one use of an imported file.
    pub(crate) fn imported(&mut self, item: &Use) {
        let seen = Seen {
            name: item.service_name.clone(),
            kind: Some(item.kind),
            last: item.last_seen,
            requests: item.requests,
            bytes_up: item.bytes_up,
            bytes_down: item.bytes_down,
            confidence: f64::from(item.confidence),
            ..Seen::at(item.first_seen)
        };
        self.service(&item.service, &seen);
        // With several models in one use nobody can say how many requests were for which.
        let requests = if item.models.len() == 1 { item.requests } else { 0 };
        for model in item.models.iter().map(|model| model_name(model)) {
            let tally = Tally { last: item.last_seen, requests, ..Tally::at(item.first_seen) };
            self.assets.add(AssetId::model(&item.service, &model), item.day.clone(), tally);
            self.model(ModelRow {
                service: item.service.clone(),
                model,
                first_seen: item.first_seen,
                last_seen: item.last_seen,
                requests,
                input_tokens: 0,
                output_tokens: 0,
            });
        }
    }

    /// Adds everything to the tables. Gives what is new, or seen on a new day: counters alone concern nobody else.
    pub(crate) async fn save(self, tx: &mut Tx) -> Result<Touched, InventoryError> {
        let mut touched = Touched::default();
        self.assets.save(tx).await?;
        for (id, mut seen) in self.services {
            let before = stored(tx, &id).await?;
            if let Some(before) = &before {
                seen.add(before);
            }
            put(tx, &id, &seen).await?;
            if before.as_ref().is_none_or(|before| other_days((before.first, before.last), (seen.first, seen.last))) {
                touched.services.insert(id.clone());
            }
            if before.is_none() {
                touched.new.push(id);
            }
        }
        for ((service, model), mut row) in self.models {
            let before = models::get(tx, service.as_str(), &model).await?;
            if let Some(before) = &before {
                add_model(&mut row, before);
            }
            models::put(tx, &row).await?;
            let days = |row: &ModelRow| (row.first_seen, row.last_seen);
            if before.as_ref().is_none_or(|before| other_days(days(before), days(&row))) {
                touched.services.insert(service.clone());
                touched.models.push((service, model));
            }
        }
        Ok(touched)
    }
}

/// Whether two spans of time begin or end on different UTC days.
pub(crate) fn other_days(before: (Timestamp, Timestamp), after: (Timestamp, Timestamp)) -> bool {
    before.0.day() != after.0.day() || before.1.day() != after.1.day()
}

/// What a [`Totals::save`] changed that others are told of.
#[derive(Default)]
pub(crate) struct Touched {
    pub(crate) services: BTreeSet<ServiceId>,
    pub(crate) new: Vec<ServiceId>,
    pub(crate) models: Vec<(ServiceId, String)>,
}

fn add_model(into: &mut ModelRow, other: &ModelRow) {
    into.first_seen = into.first_seen.min(other.first_seen);
    into.last_seen = into.last_seen.max(other.last_seen);
    into.requests = into.requests.saturating_add(other.requests);
    into.input_tokens = into.input_tokens.saturating_add(other.input_tokens);
    into.output_tokens = into.output_tokens.saturating_add(other.output_tokens);
}

/// Subtracts uses that another file's uses replace. Names and spans of time stay: the file that takes their place
/// begins with the same lines.
pub(crate) async fn take_back(tx: &mut Tx, items: &[Use]) -> Result<(), InventoryError> {
    let mut services: BTreeMap<&ServiceId, [u64; 3]> = BTreeMap::new();
    let mut models: BTreeMap<(&ServiceId, String), u64> = BTreeMap::new();
    let mut days: BTreeMap<(AssetId, &str), u64> = BTreeMap::new();
    for item in items {
        let [requests, bytes_up, bytes_down] = services.entry(&item.service).or_default();
        *requests += item.requests;
        *bytes_up += item.bytes_up;
        *bytes_down += item.bytes_down;
        if let [model] = item.models.as_slice() {
            let model = model_name(model);
            *days.entry((AssetId::model(&item.service, &model), &item.day)).or_default() += item.requests;
            *models.entry((&item.service, model)).or_default() += item.requests;
        }
    }
    for (service, [requests, bytes_up, bytes_down]) in services {
        let sql = "UPDATE services SET requests = requests - ?, bytes_up = bytes_up - ?, bytes_down = bytes_down - ?
            WHERE service = ?";
        tx.run(sql, &values![requests, bytes_up, bytes_down, service.as_str()]).await?;
    }
    for ((service, model), requests) in models {
        let sql = "UPDATE models SET requests = requests - ? WHERE service = ? AND model = ?";
        tx.run(sql, &values![requests, service.as_str(), model]).await?;
    }
    tallies::subtract(tx, &days).await
}

/// Forgets services of these uses that nothing shows any more: a newer catalogue may read the same lines otherwise.
pub(crate) async fn drop_unseen(tx: &mut Tx, items: &[Use]) -> Result<(), InventoryError> {
    let services: BTreeSet<&ServiceId> = items.iter().map(|item| &item.service).collect();
    for service in services {
        let sql = "DELETE FROM services WHERE service = ? AND attempts = 0
            AND NOT EXISTS (SELECT 1 FROM uses u WHERE u.service = services.service)";
        tx.run(sql, &values![service.as_str()]).await?;
    }
    Ok(())
}

const COLUMNS: &str =
    "name_seen, kind_seen, first_seen, last_seen, requests, attempts, forwarded, bytes_up, bytes_down,
    confidence";

async fn stored(tx: &mut Tx, id: &ServiceId) -> Result<Option<Seen>, InventoryError> {
    let sql = format!("SELECT {COLUMNS} FROM services WHERE service = ?");
    let Some(row) = tx.row(&sql, &values![id.as_str()]).await? else {
        return Ok(None);
    };
    Ok(Some(Seen {
        name: row.text(0)?,
        kind: filled(row.text(1)?).map(|kind| word("kind_seen", kind)).transpose()?,
        first: row.time(2)?,
        last: row.time(3)?,
        requests: row.count(4)?,
        attempts: row.count(5)?,
        forwarded: row.count(6)?,
        bytes_up: row.count(7)?,
        bytes_down: row.count(8)?,
        confidence: row.real(9)?,
    }))
}

async fn put(tx: &mut Tx, id: &ServiceId, seen: &Seen) -> Result<(), InventoryError> {
    let sql = format!(
        "INSERT INTO services (service, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (service) DO UPDATE SET name_seen = excluded.name_seen, kind_seen = excluded.kind_seen,
        first_seen = excluded.first_seen, last_seen = excluded.last_seen, requests = excluded.requests,
        attempts = excluded.attempts, forwarded = excluded.forwarded, bytes_up = excluded.bytes_up,
        bytes_down = excluded.bytes_down, confidence = excluded.confidence"
    );
    let kind = seen.kind.map(ServiceKind::as_str).unwrap_or_default();
    let values = values![
        id.as_str(),
        &seen.name,
        kind,
        seen.first,
        seen.last,
        seen.requests,
        seen.attempts,
        seen.forwarded,
        seen.bytes_up,
        seen.bytes_down,
        seen.confidence
    ];
    tx.run(&sql, &values).await.map(drop)
}
