//! What the record promises, written against the public face only.

pub(crate) mod assets;
pub(crate) mod log;
pub(crate) mod outboxes;
pub(crate) mod people;
pub(crate) mod services;
pub(crate) mod tools;

use crate::databases::Store;
use crate::records::{ORIGIN, at, blind_spot, day, imported_use, service, source};
use gnomon_inventory::{
    ApprovalFilter, AssetFilter, AssetKind, DecisionFilter, ImportBatch, Inventory, ServiceFilter, ServiceSeed,
    UseFilter,
};
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use gnomon_types::digest::Digest;
use gnomon_types::sighting::Content;

pub(crate) fn seed(id: &str, name: &str) -> ServiceSeed {
    let (vendor, category) = (format!("Vendor of {name}"), "assistant".to_owned());
    ServiceSeed { id: service(id), name: name.to_owned(), kind: ServiceKind::Known, vendor, category }
}

pub(crate) async fn seeded(store: &Store) -> Inventory {
    let inventory = store.open().await;
    inventory.seed_catalogue(&[seed("openai", "OpenAI API"), seed("chatgpt", "ChatGPT")]).await.unwrap();
    inventory
}

pub(crate) fn import(digest: u8, file: &str) -> ImportBatch {
    ImportBatch {
        digest: Digest([digest; 32]),
        content: Content::new(1_000, Digest([digest; 32])),
        source: source(file),
        uses: vec![
            imported_use("chatgpt", "bob", 3, 4),
            imported_use("chatgpt", "bob", 9, 5),
            imported_use("chatgpt", "eve", 4, 1),
            imported_use("host:10.9.3.4:11434", "", 5, 2),
        ],
        blind_spots: vec![blind_spot(), blind_spot()],
        by: "ada".to_owned(),
    }
}

/// Everything that pages show after one story, as text: equal whatever the database.
pub(crate) async fn told(store: &Store) -> String {
    let inventory = seeded(store).await;
    inventory.ingest_import(import(1, "access.log")).await.unwrap();
    inventory.apply(ORIGIN, &day()).await.unwrap();
    inventory.set_status("ada", &service("openai"), ServiceStatus::Sanctioned, "fine", None).await.unwrap();
    let mut text = Vec::new();
    let services = inventory.services(&ServiceFilter { unseen_too: true, ..ServiceFilter::default() }).await.unwrap();
    for row in &services.rows {
        text.push(serde_json::to_string_pretty(&inventory.service(&row.id).await.unwrap()).unwrap());
    }
    text.push(serde_json::to_string_pretty(&inventory.decisions(&DecisionFilter::default()).await.unwrap()).unwrap());
    text.push(
        serde_json::to_string_pretty(&inventory.overview(at(-1_000_000_000), at(1_000_000_000)).await.unwrap())
            .unwrap(),
    );
    for kind in AssetKind::ALL {
        for row in inventory.assets(&AssetFilter::of(kind)).await.unwrap().rows {
            text.push(serde_json::to_string_pretty(&inventory.asset(&row.asset()).await.unwrap()).unwrap());
        }
    }
    text.push(serde_json::to_string_pretty(&inventory.callers(None, 10).await.unwrap()).unwrap());
    text.push(serde_json::to_string_pretty(&inventory.approvals(&ApprovalFilter::default()).await.unwrap()).unwrap());
    text.push(format!("{:#?}", inventory.twin_events(0, 100).await.unwrap()));
    text.push(serde_json::to_string_pretty(&inventory.uses(&UseFilter::default()).await.unwrap()).unwrap());
    text.join("\n")
}
