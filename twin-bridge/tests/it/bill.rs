//! The bill of materials. `tests/golden/inventory.cdx.json` is what foreign validators are shown.

use crate::story::{self, fill, inventory};
use gnomon_inventory::NewKey;
use gnomon_twin_bridge::cyclonedx;
use gnomon_types::caller::CallerKind;
use gnomon_types::ids::CallerId;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn the_bill_of_an_inventory_is_the_golden_one() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    fill(&inventory).await;
    let mut assets = inventory.twin_assets().await.unwrap();
    let bill = cyclonedx(&assets);
    story::golden("inventory.cdx.json", std::slice::from_ref(&bill));
    assets.reverse();
    assert_eq!(cyclonedx(&assets), bill, "the order of assets counts");
    for asset in &mut assets {
        asset.version += 1;
    }
    assert_ne!(cyclonedx(&assets)["serialNumber"], bill["serialNumber"], "another content, the same serial number");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reference_of_the_bill_points_at_something_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    fill(&inventory).await;
    let bill = cyclonedx(&inventory.twin_assets().await.unwrap());
    let list = |field: &str| bill[field].as_array().unwrap().clone();
    let refs: Vec<String> = list("components")
        .iter()
        .chain(&list("services"))
        .map(|item| item["bom-ref"].as_str().unwrap().to_owned())
        .collect();
    let unique: BTreeSet<&String> = refs.iter().collect();
    assert_eq!(unique.len(), refs.len());
    for dependency in list("dependencies") {
        let targets = dependency["dependsOn"].as_array().cloned().unwrap_or_default();
        for reference in targets.iter().chain([&dependency["ref"]]) {
            assert!(unique.contains(&reference.as_str().unwrap().to_owned()), "{reference}");
        }
    }
}

#[test]
fn an_empty_inventory_has_a_bill_too() {
    let bill = cyclonedx(&[]);
    assert_eq!((bill["specVersion"].as_str(), bill["components"].as_array().map(Vec::len)), (Some("1.7"), Some(0)));
    assert_eq!(bill, cyclonedx(&[]));
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_bill_nor_the_feed_names_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    fill(&inventory).await;
    let caller = CallerId::new("canary.jane").unwrap();
    inventory.create_key("ada", NewKey { caller, kind: CallerKind::Person, team: None, expires: None }).await.unwrap();
    let bill = cyclonedx(&inventory.twin_assets().await.unwrap()).to_string();
    let feed = format!("{:?}", inventory.twin_events(0, 100).await.unwrap());
    for told in [bill, feed] {
        assert!(told.contains("person-"), "{told}");
        for name in ["canary", "eve@", "laptop-17"] {
            assert!(!told.contains(name), "{name} in {told}");
        }
    }
}
