//! CycloneDX 1.7: the inventory as a bill of materials. Services are services, models are machine-learning-model
//! components with a minimal model card, callers are applications that depend on both.
//!
//! The same assets give the same bytes: the serial number comes from the content, the time from the newest change.
//! What the format cannot carry is in `properties` under `gnomon:`; what we do not know (how a model was trained, which
//! data classes flow) is left out or called unclassified, never guessed.

use gnomon_inventory::TwinAsset;
use gnomon_types::time::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use uuid::Uuid;

#[derive(Serialize)]
struct Bom {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(rename = "bomFormat")]
    bom_format: &'static str,
    #[serde(rename = "specVersion")]
    spec_version: &'static str,
    #[serde(rename = "serialNumber")]
    serial_number: String,
    version: u32,
    metadata: Metadata,
    components: Vec<Component>,
    services: Vec<Service>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata {
    timestamp: Timestamp,
    lifecycles: [Lifecycle; 2],
    tools: Tools,
}

#[derive(Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Serialize)]
struct Tools {
    components: [Component; 1],
}

#[derive(Serialize)]
struct Component {
    #[serde(rename = "type")]
    type_: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    bom_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier: Option<Organisation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    #[serde(rename = "modelCard", skip_serializing_if = "Option::is_none")]
    model_card: Option<ModelCard>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct ModelCard {
    #[serde(rename = "bom-ref")]
    bom_ref: String,
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct Organisation {
    name: String,
}

#[derive(Serialize)]
struct Service {
    #[serde(rename = "bom-ref")]
    bom_ref: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<Organisation>,
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    endpoints: Vec<String>,
    #[serde(rename = "x-trust-boundary", skip_serializing_if = "Option::is_none")]
    x_trust_boundary: Option<bool>,
    data: [DataFlow; 1],
    properties: Vec<Property>,
}

#[derive(Serialize)]
struct DataFlow {
    flow: &'static str,
    classification: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct Property {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(rename = "dependsOn", skip_serializing_if = "BTreeSet::is_empty")]
    depends_on: BTreeSet<String>,
}

/// Everything that the inventory knows, as a CycloneDX 1.7 document. Assets of a kind that it does not know are left out.
#[must_use]
pub fn cyclonedx(assets: &[TwinAsset]) -> Json {
    let assets: BTreeMap<&str, &TwinAsset> = assets.iter().map(|asset| (asset.asset_id.as_str(), asset)).collect();
    let vendors = vendors(&assets);
    let mut components = Vec::new();
    let mut services = Vec::new();
    let mut links: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, asset) in &assets {
        let targets = match asset.kind.as_str() {
            "service" => {
                services.push(service(id, asset));
                models_of(id, asset)
            }
            "model" => {
                components.push(model(id, asset, &vendors));
                Vec::new()
            }
            "agent" => {
                components.push(caller(id, asset));
                targets_of(asset)
            }
            _ => continue,
        };
        // A reference to nothing is an error: what is not in the document is not depended on.
        let known = targets.into_iter().filter(|target| assets.contains_key(target.as_str()));
        links.insert((*id).to_owned(), known.collect());
    }
    let dependencies = links.into_iter().map(|(reference, depends_on)| Dependency { reference, depends_on }).collect();
    document(&assets, components, services, dependencies)
}

fn document(
    assets: &BTreeMap<&str, &TwinAsset>,
    components: Vec<Component>,
    services: Vec<Service>,
    dependencies: Vec<Dependency>,
) -> Json {
    let newest = assets.values().map(|asset| asset.changed).max().unwrap_or_default();
    let mut bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.7.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.7",
        serial_number: String::new(),
        version: 1,
        metadata: Metadata {
            timestamp: newest,
            lifecycles: [Lifecycle { phase: "discovery" }, Lifecycle { phase: "operations" }],
            tools: Tools { components: [tool()] },
        },
        components,
        services,
        dependencies,
    };
    let content = serde_json::to_string(&bom).unwrap_or_default();
    bom.serial_number = format!("urn:uuid:{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, content.as_bytes()));
    serde_json::to_value(bom).unwrap_or_default()
}

fn tool() -> Component {
    Component { version: Some(env!("CARGO_PKG_VERSION")), ..component("application", None, "gnomon") }
}

fn component(type_: &'static str, bom_ref: Option<&str>, name: &str) -> Component {
    Component {
        type_,
        bom_ref: bom_ref.map(str::to_owned),
        supplier: None,
        group: None,
        name: name.to_owned(),
        version: None,
        model_card: None,
        properties: Vec::new(),
    }
}

fn text<'a>(asset: &'a TwinAsset, field: &str) -> &'a str {
    asset.data.get(field).and_then(Json::as_str).unwrap_or_default()
}

fn texts<'a>(asset: &'a TwinAsset, field: &str) -> impl Iterator<Item = &'a str> {
    asset.data.get(field).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}

/// Fields that stand as they are under `gnomon:`, when they hold something.
fn properties(asset: &TwinAsset, fields: &[&str]) -> Vec<Property> {
    let property = |field: &&str| {
        let value = match asset.data.get(*field)? {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            _ => return None,
        };
        (!value.is_empty()).then(|| Property { name: format!("gnomon:{field}"), value })
    };
    let mut properties: Vec<Property> = fields.iter().filter_map(property).collect();
    properties.push(Property { name: "gnomon:asset_version".to_owned(), value: asset.version.to_string() });
    properties
}

fn organisation(name: &str) -> Option<Organisation> {
    (!name.is_empty()).then(|| Organisation { name: name.to_owned() })
}

fn vendors<'a>(assets: &BTreeMap<&str, &'a TwinAsset>) -> BTreeMap<&'a str, &'a str> {
    let services = assets.values().filter(|asset| asset.kind == "service");
    services.map(|asset| (text(asset, "id"), text(asset, "vendor"))).collect()
}

fn service(id: &str, asset: &TwinAsset) -> Service {
    let hosts: Vec<&str> = texts(asset, "hosts").collect();
    let name = Some(text(asset, "name")).filter(|name| !name.is_empty()).unwrap_or(id);
    let mut properties = properties(
        asset,
        &["status", "status_expires", "owner", "category", "service_kind", "users", "first_seen", "last_seen"],
    );
    properties.extend(
        texts(asset, "sources").map(|source| Property { name: "gnomon:source".to_owned(), value: source.to_owned() }),
    );
    Service {
        bom_ref: id.to_owned(),
        provider: organisation(text(asset, "vendor")),
        name: name.to_owned(),
        endpoints: hosts.iter().filter_map(|host| endpoint(host)).collect(),
        x_trust_boundary: crosses_boundary(&hosts),
        data: [DataFlow { flow: "bi-directional", classification: "unclassified", name: "prompts and answers" }],
        properties,
    }
}

/// A host of a log, taken apart.
struct Host<'a> {
    name: &'a str,
    address: Option<IpAddr>,
    port: Option<&'a str>,
}

/// `name`, `name:port`, an address, `[v6]` or `[v6]:port`. Names of upstreams have neither dot nor port: they are no hosts.
fn host(text: &str) -> Option<Host<'_>> {
    if let Ok(address) = text.parse() {
        return Some(Host { name: text, address: Some(address), port: None });
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (name, after) = rest.split_once(']')?;
        let port = if after.is_empty() { None } else { Some(after.strip_prefix(':')?) };
        let address = IpAddr::V6(name.parse().ok()?);
        return Some(Host { name, address: Some(address), port }).filter(|host| host.port.is_none_or(is_port));
    }
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let plausible = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if name.is_empty() || !name.chars().all(plausible) || !port.is_none_or(is_port) {
        return None;
    }
    (name.contains('.') || port.is_some()).then_some(Host { name, address: name.parse().ok(), port })
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// A host of a log as an address.
fn endpoint(text: &str) -> Option<String> {
    let host = host(text)?;
    let name = match host.address {
        Some(IpAddr::V6(address)) => uncompressed(address),
        _ => host.name.to_owned(),
    };
    // With a port of its own nobody knows the scheme.
    Some(host.port.map_or_else(|| format!("https://{name}"), |port| format!("//{name}:{port}")))
}

/// `[fd00:0:0:0:0:0:0:1]`. Validators of `iri-reference` exist that refuse `::`; this form all of them take.
fn uncompressed(address: Ipv6Addr) -> String {
    format!("[{}]", address.segments().map(|segment| format!("{segment:x}")).join(":"))
}

/// Whether data leaves the organisation: `false` when every address is private, unknown without an address.
fn crosses_boundary(hosts: &[&str]) -> Option<bool> {
    let hosts: Vec<Host<'_>> = hosts.iter().filter_map(|text| host(text)).collect();
    if hosts.is_empty() { None } else { Some(!hosts.iter().all(is_private)) }
}

fn is_private(host: &Host<'_>) -> bool {
    match host.address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.is_private() || address.is_loopback() || address.is_link_local(),
        Some(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        None => {
            let name = host.name;
            name == "localhost" || [".internal", ".local", ".lan"].iter().any(|end| name.ends_with(end))
        }
    }
}

fn model(id: &str, asset: &TwinAsset, vendors: &BTreeMap<&str, &str>) -> Component {
    let service = text(asset, "service");
    let observed = properties(asset, &["first_seen", "last_seen"]);
    Component {
        // The service says whose model it offers, which is what the organisation contracts with.
        supplier: organisation(vendors.get(service).copied().unwrap_or_default()),
        group: Some(service.to_owned()).filter(|service| !service.is_empty()),
        model_card: Some(ModelCard { bom_ref: format!("{id}#card"), properties: observed }),
        properties: properties(asset, &["service", "status"]),
        ..component("machine-learning-model", Some(id), text(asset, "name"))
    }
}

fn caller(id: &str, asset: &TwinAsset) -> Component {
    let fields = ["status", "caller_kind", "team", "keys", "first_seen", "last_seen"];
    Component { properties: properties(asset, &fields), ..component("application", Some(id), text(asset, "name")) }
}

fn models_of(id: &str, asset: &TwinAsset) -> Vec<String> {
    let service = id.strip_prefix("service/").unwrap_or(id);
    texts(asset, "models").map(|model| format!("model/{service}/{model}")).collect()
}

fn targets_of(asset: &TwinAsset) -> Vec<String> {
    let mut targets = Vec::new();
    for target in asset.data.get("targets").and_then(Json::as_array).into_iter().flatten() {
        let field = |name: &str| target.get(name).and_then(Json::as_str);
        if let Some(service) = field("service") {
            targets.push(format!("service/{service}"));
            targets.extend(field("model").map(|model| format!("model/{service}/{model}")));
        }
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_become_addresses_only_when_they_are_some() {
        let cases = [
            ("chatgpt.com", Some("https://chatgpt.com")),
            ("10.9.3.4:11434", Some("//10.9.3.4:11434")),
            ("[fd00::1]:8000", Some("//[fd00:0:0:0:0:0:0:1]:8000")),
            ("[fd00::1]", Some("https://[fd00:0:0:0:0:0:0:1]")),
            ("fd00::9", Some("https://[fd00:0:0:0:0:0:0:9]")),
            ("::ffff:10.0.0.1", Some("https://[0:0:0:0:0:ffff:a00:1]")),
            ("fe80::1%eth0", None),
            ("[fd00::1]:x", None),
            ("[fd00::1", None),
            ("chatgpt.com:99999", None),
            ("", None),
            ("openai-upstream", None),
            ("bad host.com", None),
            ("ü.example", None),
        ];
        for (host, expected) in cases {
            assert_eq!(endpoint(host).as_deref(), expected);
        }
    }

    #[test]
    fn the_boundary_is_crossed_unless_every_address_is_private() {
        let cases: [(&[&str], Option<bool>); 9] = [
            (&["fd00::9"], Some(false)),
            (&["::ffff:10.0.0.1", "localhost:11434"], Some(false)),
            (&["2001:db8::9"], Some(true)),
            (&["chatgpt.com"], Some(true)),
            (&["10.9.3.4:11434"], Some(false)),
            (&["10.9.3.4:11434", "models.internal"], Some(false)),
            (&["10.9.3.4", "api.openai.com"], Some(true)),
            (&["vllm-upstream"], None),
            (&["[fd00::1]:8000", "127.0.0.1:80"], Some(false)),
        ];
        for (hosts, expected) in cases {
            assert_eq!(crosses_boundary(hosts), expected, "{hosts:?}");
        }
    }
}
