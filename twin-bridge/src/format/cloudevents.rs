//! CloudEvents 1.0, structured JSON: one change of one asset.
//!
//! The id is SHA-256 over asset and version, so a repeat carries the same id for ever and not only within a window. The
//! event carries the whole state of the asset. What it cannot carry: users and devices, which the feed never names.

use gnomon_inventory::TwinEvent;
use gnomon_types::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Media type of one event.
pub(crate) const ONE: &str = "application/cloudevents+json; charset=utf-8";
/// Media type of several.
pub(crate) const BATCH: &str = "application/cloudevents-batch+json; charset=utf-8";
/// Names the shape of `data`; see `schema/asset-changed-v1.schema.json`.
const DATA_SCHEMA: &str = "urn:gnomon:schema:asset-changed:v1";

/// One event as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// `1.0`.
    pub specversion: String,
    /// SHA-256 over asset and version, in hex.
    pub id: String,
    /// Which inventory speaks.
    pub source: String,
    /// What happened, such as `io.gnomon.asset.changed.v1`.
    #[serde(rename = "type")]
    pub type_: String,
    /// The asset.
    pub subject: String,
    /// When it happened: data, never order.
    pub time: Timestamp,
    /// `application/json`.
    pub datacontenttype: String,
    /// The shape of `data`.
    pub dataschema: String,
    /// Place among all events of this inventory, padded so that text sorts like numbers.
    pub sequence: String,
    /// The asset: events with the same key stay in order.
    pub partitionkey: String,
    /// Asset, version and state.
    pub data: AssetChanged,
}

/// The data of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssetChanged {
    /// The asset.
    pub asset: String,
    /// Version of its state. A consumer keeps the highest.
    pub version: u64,
    /// The whole state.
    pub state: serde_json::Value,
}

impl CloudEvent {
    /// The event as `source` tells it.
    #[must_use]
    pub fn new(source: &str, event: TwinEvent) -> Self {
        Self {
            specversion: "1.0".to_owned(),
            id: id(&event.asset_id, event.version),
            source: source.to_owned(),
            type_: event.type_,
            subject: event.asset_id.clone(),
            time: event.time,
            datacontenttype: "application/json".to_owned(),
            dataschema: DATA_SCHEMA.to_owned(),
            sequence: format!("{:020}", event.sequence),
            partitionkey: event.asset_id.clone(),
            data: AssetChanged { asset: event.asset_id, version: event.version, state: event.data },
        }
    }
}

fn id(asset: &str, version: u64) -> String {
    // A line feed cannot stand in an asset id, so no two pairs hash the same text.
    let hash = Sha256::digest(format!("{asset}\n{version}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_tells_asset_and_version_and_nothing_else() {
        let event = |sequence, version| TwinEvent {
            sequence,
            asset_id: "service/openai".to_owned(),
            version,
            type_: "io.gnomon.asset.changed.v1".to_owned(),
            time: Timestamp::from_millis(1_795_426_200_000),
            data: serde_json::json!({"kind": "service"}),
        };
        let first = CloudEvent::new("/gnomon", event(7, 1));
        assert_eq!(first.id, CloudEvent::new("/other", event(9, 1)).id);
        assert_ne!(first.id, CloudEvent::new("/gnomon", event(7, 2)).id);
        assert_ne!(id("a", 11), id("a1", 1));
        assert_eq!(first.sequence, "00000000000000000007");
        let json = serde_json::to_string(&first).unwrap();
        assert_eq!(serde_json::from_str::<CloudEvent>(&json).unwrap(), first);
    }
}
