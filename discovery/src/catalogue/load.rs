//! Reads catalogue files, checks them and turns them into rules. All mistakes are reported at once.

use super::entry::{Document, Entry, Service};
use super::matcher::{Hosts, Rule};
use crate::error::CatalogueError;
use gnomon_types::ids::ServiceId;
use std::collections::BTreeMap;

/// The files that ship with Gnomon.
pub(super) const SHIPPED: [(&str, &str); 7] = [
    ("assistants.toml", include_str!("data/assistants.toml")),
    ("apis.toml", include_str!("data/apis.toml")),
    ("coding.toml", include_str!("data/coding.toml")),
    ("media.toml", include_str!("data/media.toml")),
    ("work.toml", include_str!("data/work.toml")),
    ("embedded.toml", include_str!("data/embedded.toml")),
    ("mcp.toml", include_str!("data/mcp.toml")),
];

/// The services sorted by id, and the rules that point at them.
pub(super) fn read(documents: &[(&str, &str)]) -> Result<(Vec<Service>, Vec<Rule>), CatalogueError> {
    let mut mistakes = Vec::new();
    let mut entries = BTreeMap::new();
    for (file, text) in documents {
        match toml::from_str::<Document>(text) {
            Ok(document) => collect(file, document, &mut entries, &mut mistakes),
            Err(cause) => mistakes.push(format!("{file}: {}", cause.message())),
        }
    }
    let mut services = Vec::new();
    let mut rules = Vec::new();
    for (id, entry) in entries {
        let before = rules.len();
        add_rules(&entry, services.len(), &mut rules, &mut mistakes);
        if rules.len() == before {
            mistakes.push(format!("`{id}` has no host"));
        }
        services.push(service(id, entry));
    }
    check_unique(&services, &rules, &mut mistakes);
    if mistakes.is_empty() { Ok((services, rules)) } else { Err(CatalogueError(mistakes)) }
}

fn collect(file: &str, document: Document, entries: &mut BTreeMap<ServiceId, Entry>, mistakes: &mut Vec<String>) {
    for entry in document.service {
        match ServiceId::new(entry.id.clone()) {
            Ok(id) => {
                if entries.insert(id, entry).is_some_and(|_| true) {
                    mistakes.push(format!("{file}: a service id is used twice"));
                }
            }
            Err(cause) => mistakes.push(format!("{file}: {cause}")),
        }
    }
}

fn service(id: ServiceId, entry: Entry) -> Service {
    let Entry { name, vendor, category, kind, hosts, support, on, .. } = entry;
    let mut hosts: Vec<String> = hosts.into_iter().chain(support).chain(on.into_iter().map(|on| on.host)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    Service { id, name, vendor, category, kind, hosts }
}

fn add_rules(entry: &Entry, service: usize, rules: &mut Vec<Rule>, mistakes: &mut Vec<String>) {
    let confidence = entry.confidence.unwrap_or(Entry::CONFIDENCE);
    if !(0.0..=1.0).contains(&confidence) {
        mistakes.push(format!("`{}` has a confidence outside 0 to 1", entry.id));
    }
    check_paths(entry, mistakes);
    let mut add = |host: &str, paths: &[String], confidence: Option<f32>| match Hosts::parse(host) {
        Ok(hosts) => rules.push(Rule { hosts, paths: paths.to_vec(), service, confidence }),
        Err(why) => mistakes.push(format!("`{}`: host `{host}` {why}", entry.id)),
    };
    for host in &entry.hosts {
        add(host, &[], Some(confidence));
    }
    for host in &entry.support {
        add(host, &[], Some(Entry::SUPPORT_CONFIDENCE.min(confidence)));
    }
    for host in &entry.except {
        add(host, &[], None);
    }
    for on in &entry.on {
        add(&on.host, &on.paths, Some(confidence));
    }
}

fn check_paths(entry: &Entry, mistakes: &mut Vec<String>) {
    for on in &entry.on {
        if on.paths.is_empty() || on.paths.iter().any(|path| !path.starts_with(['/', '*'])) {
            mistakes.push(format!("`{}`: host `{}` needs paths that begin with `/` or `*`", entry.id, on.host));
        }
    }
}

/// No host may belong to two services; the same host with different paths may.
fn check_unique(services: &[Service], rules: &[Rule], mistakes: &mut Vec<String>) {
    let mut seen = BTreeMap::new();
    for rule in rules {
        let name = |index: usize| services.get(index).map_or("?", |service| service.id.as_str());
        if let Some(other) = seen.insert((&rule.hosts, &rule.paths), rule.service) {
            let (host, other, service) = (rule.hosts.to_string(), name(other), name(rule.service));
            mistakes.push(format!("host `{host}` belongs to `{other}` and to `{service}`"));
        }
    }
}
