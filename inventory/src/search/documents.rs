//! What of the record is searched: names, hosts, models, callers, rules, types of findings. No user and no device; nor is
//! a caller that is a person found by name.

use super::HitKind;
use crate::db::values;
use crate::error::InventoryError;
use crate::inventory::Inventory;
use crate::store::asset_id::AssetId;
use crate::store::asset_list;
use crate::store::assets::{AssetFacts, AssetRow};
use crate::store::decisions::DecisionRow;
use crate::store::services::{self, ServiceRow};
use crate::store::words::word;
use crate::store::{models, uses};
use gnomon_types::caller::CallerKind;
use gnomon_types::ids::ServiceId;
use std::collections::BTreeSet;

/// One document of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) body: String,
}

/// Documents that changed, up to and with an ordinal.
pub(super) struct ChangedPage {
    pub(super) documents: Vec<Document>,
    pub(super) cursor: i64,
}

/// An ordinal, and what is to be found of the row that changed under it.
type Changed = (i64, Option<Document>);

/// What changed after an ordinal; `None` when nothing did.
pub(super) async fn changed(
    inventory: &Inventory,
    after: i64,
    limit: usize,
) -> Result<Option<ChangedPage>, InventoryError> {
    let decisions = inventory.decisions_changed(after, limit).await?;
    let services = inventory.services_changed(after, limit).await?;
    let assets = inventory.assets_changed(after, limit).await?;
    // Three tables share one line of ordinals: go no further than every page is complete.
    let end = |full: bool, last: Option<i64>| if full { last } else { None };
    let complete = [
        end(decisions.len() >= limit, decisions.last().map(|(changed, _)| *changed)),
        end(services.len() >= limit, services.last().map(|(changed, _)| *changed)),
        end(assets.len() >= limit, assets.last().map(|(changed, _)| *changed)),
    ];
    let bound = complete.into_iter().flatten().min().unwrap_or(i64::MAX);
    let mut page = ChangedPage { documents: Vec::new(), cursor: after };
    let mut findings = BTreeSet::new();
    for (changed, row) in decisions.into_iter().filter(|(changed, _)| *changed <= bound) {
        page.cursor = page.cursor.max(changed);
        findings.extend(row.findings.iter().chain(&row.answer_findings).cloned());
        page.documents.push(of_decision(row));
    }
    for (changed, document) in services.into_iter().chain(assets).filter(|(changed, _)| *changed <= bound) {
        page.cursor = page.cursor.max(changed);
        page.documents.extend(document);
    }
    page.documents.extend(findings.into_iter().map(of_finding));
    Ok((page.cursor > after).then_some(page))
}

fn of_decision(row: DecisionRow) -> Document {
    let texts = [
        Some(row.verdict.as_str().to_owned()),
        row.reason,
        row.rule,
        row.caller.clone(),
        row.team,
        row.service,
        row.model,
        row.route,
        row.upstream,
        row.client,
        row.code,
        row.answer_end,
    ];
    let mut words: Vec<String> = texts.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    words.extend(row.findings);
    words.extend(row.answer_findings);
    let caller = row.caller.as_deref().unwrap_or("unknown caller").to_owned();
    let title = format!("{} {caller} {}", row.verdict, row.at);
    Document { kind: HitKind::Decision.as_str(), id: row.id.to_string(), title, body: words.join(" · ") }
}

fn of_service(row: ServiceRow, hosts: Vec<String>, models: Vec<String>) -> Document {
    let texts = [
        row.status.label().to_owned(),
        row.vendor,
        row.category,
        row.kind.as_str().to_owned(),
        row.owner.unwrap_or_default(),
        row.status_note,
    ];
    let words: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).chain(hosts).chain(models).collect();
    Document { kind: HitKind::Service.as_str(), id: row.id.to_string(), title: row.name, body: words.join(" · ") }
}

/// A model, or a caller that is no person. Keys are found through their callers.
fn of_asset(row: AssetRow) -> Option<Document> {
    let (kind, title, known) = match row.facts {
        AssetFacts::Model { service, model } => (HitKind::Model, model, vec![service.to_string()]),
        AssetFacts::Caller { caller_kind, team, client, .. } if caller_kind != CallerKind::Person.as_str() => {
            let known = [Some(caller_kind), team, client].into_iter().flatten().collect();
            (HitKind::Caller, row.id.clone(), known)
        }
        AssetFacts::Caller { .. } | AssetFacts::Key { .. } => return None,
    };
    let texts = [row.status.label().to_owned(), row.owner.unwrap_or_default(), row.status_note];
    let words: Vec<String> = texts.into_iter().chain(known).filter(|text| !text.is_empty()).collect();
    Some(Document { kind: kind.as_str(), id: row.id, title, body: words.join(" · ") })
}

fn of_finding(finding: String) -> Document {
    let family = finding.split('/').next().unwrap_or_default().to_owned();
    let kind = match family.as_str() {
        "secret" => "a credential",
        "pii" => "personal data",
        "data" => "data that needs care",
        "injection" => "a prompt attack",
        "hazard" => "a prohibited purpose",
        _ => "a finding",
    };
    let title = finding.replace(['/', '_'], " ");
    Document { kind: HitKind::Finding.as_str(), id: finding, title, body: format!("{kind} was found") }
}

impl Inventory {
    pub(super) async fn newest_change(&self) -> Result<i64, InventoryError> {
        self.db.read().await?.number("SELECT value FROM counters WHERE name = 'changed'", &[]).await
    }

    /// Services that changed after an ordinal, with the ordinal of each; without a document when there is nothing to find.
    async fn services_changed(&self, after: i64, limit: usize) -> Result<Vec<Changed>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql =
            format!("SELECT service, changed FROM service_changes WHERE changed > ? ORDER BY changed LIMIT {limit}");
        let mut documents = Vec::new();
        for row in tx.rows(&sql, &values![after]).await? {
            let id: ServiceId = word("service_changes.service", row.text(0)?)?;
            let mut document = None;
            if let Some(service) = services::one(&mut tx, &id, self.now()).await? {
                let models = models::of_service(&mut tx, &id).await?.into_iter().map(|row| row.model).collect();
                document = Some(of_service(service, uses::hosts(&mut tx, &id).await?, models));
            }
            documents.push((row.int(1)?, document));
        }
        Ok(documents)
    }

    /// The same of models, callers and keys.
    async fn assets_changed(&self, after: i64, limit: usize) -> Result<Vec<Changed>, InventoryError> {
        let mut tx = self.db.read().await?;
        let sql = format!("SELECT asset, changed FROM asset_changes WHERE changed > ? ORDER BY changed LIMIT {limit}");
        let mut documents = Vec::new();
        for row in tx.rows(&sql, &values![after]).await? {
            let asset = AssetId::parse(&row.text(0)?);
            let found = match asset {
                Some(asset) => asset_list::one(&mut tx, &asset, self.now()).await?,
                None => None,
            };
            documents.push((row.int(1)?, found.and_then(of_asset)));
        }
        Ok(documents)
    }
}
