//! The parts of a configuration that say where things go: upstreams, routes, sinks.

use super::problem::Place;
use super::reader::{Located, Reader, Section};
use super::values::{checked_id, existing_file, flatten, secret};
use gnomon_gateway::Origin;
use gnomon_types::ids::{RouteName, ServiceId, UpstreamName};
use gnomon_types::limits::BODY_BYTES_MAX;
use gnomon_types::secret::Secret;
use std::path::PathBuf;
use std::time::Duration;

/// Where requests are forwarded.
#[derive(Debug, Clone)]
pub(crate) struct UpstreamConfig {
    pub(crate) name: UpstreamName,
    pub(crate) origin: Origin,
    pub(crate) service: Option<ServiceId>,
    pub(crate) key: Option<Secret>,
    pub(crate) key_header: KeyHeader,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) receipts: bool,
    pub(crate) connect: Duration,
    pub(crate) first_byte: Duration,
    pub(crate) idle: Duration,
    pub(crate) total: Duration,
}

/// In which header an upstream takes its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyHeader {
    Bearer,
    XApiKey,
    ApiKey,
}

/// Which requests go where.
#[derive(Debug, Clone)]
pub(crate) struct RouteConfig {
    pub(crate) name: RouteName,
    pub(crate) path: String,
    pub(crate) models: Vec<String>,
    pub(crate) upstream: UpstreamName,
    pub(crate) body_bytes_max: usize,
    pub(crate) anonymous: bool,
}

/// Where asset changes are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SinkConfig {
    pub(crate) name: String,
    pub(crate) kind: SinkKind,
}

/// The kinds of sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SinkKind {
    Http { url: String, token: Option<Secret>, ca: Option<PathBuf> },
    File { path: PathBuf },
}

pub(super) fn read_upstream(section: Section<'_>, reader: &Reader) -> Option<UpstreamConfig> {
    let name = section.required("name", "\"openai\"").and_then(|found| checked_id(reader, &found, UpstreamName::new));
    let origin = section
        .required("url", "\"https://api.openai.com\"")
        .and_then(|found| checked_id(reader, &found, |url| Origin::parse(&url)));
    let service = section.text("service").map(|found| checked_id(reader, &found, ServiceId::new));
    let key = section.text("key").map(|found| secret(reader, &found));
    let key_header = section.text("key_header").map(|found| key_header(&section, &found));
    let ca_file = section.text("ca_file").map(|found| existing_file(reader, &found));
    let receipts = section.flag("receipts").unwrap_or(true);
    let span = |key, default| section.duration(key).unwrap_or(Duration::from_secs(default));
    // Reasoning models think for minutes before their first byte; the official SDKs wait ten.
    let (connect, first_byte) = (span("connect_timeout", 10), span("first_byte_timeout", 600));
    let (idle, total) = (span("idle_timeout", 120), span("total_timeout", 900));
    section.finish();
    Some(UpstreamConfig {
        name: name?,
        origin: origin?,
        service: flatten(service)?,
        key: flatten(key)?,
        key_header: flatten(key_header)?.unwrap_or(KeyHeader::Bearer),
        ca_file: flatten(ca_file)?,
        receipts,
        connect,
        first_byte,
        idle,
        total,
    })
}

pub(super) fn key_header(section: &Section<'_>, found: &Located<String>) -> Option<KeyHeader> {
    section.parsed(found, "`bearer`, `x-api-key` or `api-key`", |text| match text {
        "bearer" => Some(KeyHeader::Bearer),
        "x-api-key" => Some(KeyHeader::XApiKey),
        "api-key" => Some(KeyHeader::ApiKey),
        _ => None,
    })
}

pub(super) fn read_route(
    section: Section<'_>,
    reader: &Reader,
    upstreams: &[(UpstreamConfig, Place)],
) -> Option<RouteConfig> {
    let name = section.required("name", "\"openai\"").and_then(|found| checked_id(reader, &found, RouteName::new));
    let path = match section.text("path") {
        None => Some("/".to_owned()),
        Some(found) => {
            section.parsed(&found, "a path that begins with `/`", |text| text.starts_with('/').then(|| text.to_owned()))
        }
    };
    let models = section.texts("models").unwrap_or_default().into_iter().map(|found| found.value).collect();
    let upstream = section.required("upstream", "\"openai\"").and_then(|found| {
        let known: Vec<&str> = upstreams.iter().map(|(upstream, _)| upstream.name.as_str()).collect();
        if !known.contains(&found.value.as_str()) {
            let help = Some(format!("defined upstreams: {}", known.join(", ")));
            reader.problem(&found.place, format!("upstream `{}` is not defined", found.value), help);
            return None;
        }
        checked_id(reader, &found, UpstreamName::new)
    });
    let body_bytes_max = section.size("body_max").unwrap_or(BODY_BYTES_MAX);
    let anonymous = section.flag("anonymous").unwrap_or(false);
    section.finish();
    Some(RouteConfig { name: name?, path: path?, models, upstream: upstream?, body_bytes_max, anonymous })
}

pub(super) fn read_sink(section: Section<'_>, reader: &Reader) -> Option<SinkConfig> {
    let name = section.required("name", "\"twin\"");
    let url = section.text("url");
    let path = section.text("path");
    let token = section.text("token").map(|found| secret(reader, &found));
    let ca = section.text("ca_file").map(|found| existing_file(reader, &found));
    let place = section.place();
    section.finish();
    let kind = match (url, path) {
        (Some(url), None) => SinkKind::Http { url: url.value, token: flatten(token)?, ca: flatten(ca)? },
        (None, Some(path)) => SinkKind::File { path: PathBuf::from(path.value) },
        _ => {
            reader.problem(&place, "[[sink]] needs either `url` (HTTP) or `path` (file)", None);
            return None;
        }
    };
    Some(SinkConfig { name: name?.value, kind })
}
