//! From configuration and record to the snapshot that the gateway works on.

use crate::config::{Config, JudgeConfig, KeyHeader, RouteConfig, UpstreamConfig};
use gnomon_discovery::Catalogue;
use gnomon_gateway::{
    JudgeModel, KeyEntry, Limits, Live, OnEvidenceFailure, Route, Timeouts, Tools, Upstream, UpstreamAuth,
};
use gnomon_inventory::Inventory;
use gnomon_policy::{Pin, PinBook, Snapshot};
use gnomon_types::caller::{Caller, CallerKind};
use gnomon_types::ids::{CallerId, KeyId, ServiceId, UpstreamName};
use gnomon_types::secret::Secret;
use gnomon_types::tool::DefinitionStatus;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Builds a complete snapshot.
///
/// # Errors
/// When the record cannot be read.
pub(crate) async fn build(
    config: &Config,
    policy: &Snapshot,
    catalogue: &Catalogue,
    inventory: &Inventory,
) -> anyhow::Result<Live> {
    let keys = inventory.active_keys().await?;
    let entries = keys.into_iter().map(|key| (key.hash.0, KeyEntry { caller: key.caller, expires: key.expires }));
    let upstreams = config.upstreams.iter().map(|config| upstream(config, catalogue));
    Ok(Live {
        routes: config.routes.iter().map(|route_config| route(route_config, config)).collect(),
        upstreams: upstreams.map(|upstream| (upstream.name.clone(), upstream)).collect(),
        keys: entries.collect::<HashMap<_, _>>(),
        statuses: inventory.statuses().await?,
        policy: policy.clone(),
        judge: config.judge.as_ref().map(|config| Arc::new(judge(config))),
        tools: Tools { pins: Arc::new(pins(inventory).await?), first_use: config.tools.first_use },
        limits: Limits::default(),
        config_digest: Some(config.digest),
    })
}

/// What the record says about definitions of tools.
async fn pins(inventory: &Inventory) -> anyhow::Result<PinBook> {
    let pin = |status| match status {
        DefinitionStatus::Approved => Pin::Approved,
        DefinitionStatus::Rejected => Pin::Rejected,
        DefinitionStatus::New | DefinitionStatus::Changed => Pin::Undecided,
    };
    Ok(inventory.tool_pins().await?.into_iter().map(|(definition, status)| (definition, pin(status))).collect())
}

fn upstream(config: &UpstreamConfig, catalogue: &Catalogue) -> Upstream {
    let (service, service_name) = service_of(config, catalogue);
    let mut upstream = Upstream::new(config.name.clone(), config.origin.clone(), service, service_name);
    upstream.auth = auth(config.key.as_ref(), config.key_header);
    upstream.timeouts = Timeouts {
        connect_ms: millis(config.connect),
        first_byte_ms: millis(config.first_byte),
        idle_ms: millis(config.idle),
        total_ms: millis(config.total),
    };
    upstream.receipts = config.receipts;
    upstream.ca_file = config.ca_file.clone();
    upstream
}

fn auth(key: Option<&Secret>, header: KeyHeader) -> UpstreamAuth {
    match (key, header) {
        (None, _) => UpstreamAuth::None,
        (Some(key), KeyHeader::Bearer) => UpstreamAuth::Bearer(key.clone()),
        (Some(key), KeyHeader::XApiKey) => UpstreamAuth::XApiKey(key.clone()),
        (Some(key), KeyHeader::ApiKey) => UpstreamAuth::ApiKey(key.clone()),
    }
}

fn judge(config: &JudgeConfig) -> JudgeModel {
    // Not an upstream of any route: no request is forwarded there, and it is no service of the inventory.
    let (name, service) = (UpstreamName::sanitised("judge"), ServiceId::sanitised("judge"));
    let mut upstream = Upstream::new(name, config.origin.clone(), service, "judge model");
    upstream.auth = auth(config.key.as_ref(), config.key_header);
    upstream.ca_file = config.ca_file.clone();
    let time_limit_ms = millis(config.time_limit);
    upstream.timeouts = Timeouts {
        connect_ms: millis(config.connect).min(time_limit_ms),
        first_byte_ms: time_limit_ms,
        idle_ms: time_limit_ms,
        total_ms: time_limit_ms,
    };
    JudgeModel {
        upstream,
        prompt: config.prompt.clone(),
        terms: config.terms,
        time_limit_ms,
        concurrent_max: config.concurrent_max,
        remembered_max: config.remembered_max,
    }
}

/// The AI service behind an upstream: the configured one, the catalogue's for its host, or one named after its host.
pub(crate) fn service_of(config: &UpstreamConfig, catalogue: &Catalogue) -> (ServiceId, String) {
    let host = config.origin.host.as_str();
    let known = catalogue.recognise_host(host, None);
    match (&config.service, known) {
        (Some(service), known) => {
            let named = known.filter(|known| known.id == *service).map(|known| known.name.to_owned());
            let listed =
                || catalogue.entries().iter().find(|entry| entry.id == *service).map(|entry| entry.name.clone());
            (service.clone(), named.or_else(listed).unwrap_or_else(|| service.to_string()))
        }
        (None, Some(known)) => (known.id.clone(), known.name.to_owned()),
        (None, None) => {
            let authority = config.origin.authority();
            (ServiceId::sanitised(&format!("host:{authority}")), authority)
        }
    }
}

fn route(route: &RouteConfig, config: &Config) -> Route {
    let mut live = Route::new(route.name.clone(), route.path.clone(), route.upstream.clone());
    live.models = route.models.clone();
    live.body_bytes_max = route.body_bytes_max;
    live.hold_wait_ms = millis(config.approvals.hold_wait);
    live.approval_ttl_ms = millis(config.approvals.good_for);
    if config.evidence.hold_on_failure {
        live.on_evidence_failure = OnEvidenceFailure::Hold;
    }
    live.allow_anonymous = route.anonymous.then(|| Caller {
        id: CallerId::sanitised("anonymous"),
        kind: CallerKind::Service,
        team: None,
        key: KeyId::sanitised("none"),
    });
    live
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
