//! Definitions of tools: seen through the log, decided about by people.

use crate::databases::Store;
use crate::records::{ORIGIN, at, record};
use gnomon_inventory::{DecideTool, Inventory, ToolFilter};
use gnomon_types::digest::Digest;
use gnomon_types::ids::{DecisionId, ToolName};
use gnomon_types::record::{Record, RecordBody};
use gnomon_types::tool::{Definition, DefinitionStatus, ToolChange, ToolSource};

fn definition(source: &str, tool: &str, byte: u8) -> Definition {
    let (source, tool) = (ToolSource::parse(source).unwrap(), ToolName::new(tool).unwrap());
    Definition { source, tool, sha256: Digest([byte; 32]) }
}

fn bot(byte: u8) -> Definition {
    definition("caller/bot", "search", byte)
}

fn seen(seq: u64, definition: Definition, status: DefinitionStatus) -> Record {
    let decision = DecisionId::new(format!("dec_{seq}")).unwrap();
    record(seq, RecordBody::ToolChange(ToolChange { definition, status, decision }))
}

async fn statuses(inventory: &Inventory) -> Vec<(u8, DefinitionStatus)> {
    let rows = inventory.tools(&ToolFilter::default()).await.unwrap().rows;
    rows.iter().map(|row| (row.definition.sha256.0[0], row.status)).collect()
}

pub(crate) async fn a_definition_is_known_once_seen_and_stands_by_what_was_decided(store: &Store) {
    use DefinitionStatus::{Approved, Changed, New, Rejected};
    let inventory = store.open().await;
    let before = inventory.revision().await.unwrap();
    inventory.apply(ORIGIN, &[seen(0, bot(1), New)]).await.unwrap();
    assert!(inventory.revision().await.unwrap() > before, "gateways must hear of it");
    inventory.apply(ORIGIN, &[seen(1, bot(1), New), seen(2, bot(2), New)]).await.unwrap();
    inventory.apply(ORIGIN, &[seen(3, definition("caller/other", "search", 1), New)]).await.unwrap();
    assert_eq!(statuses(&inventory).await, [(2, New), (1, New), (1, New)]);
    let before = inventory.revision().await.unwrap();
    let row = inventory.decide_tool("ada", &bot(1), DecideTool::Approve, "read it").await.unwrap();
    assert_eq!((row.status, row.decided_by.as_deref(), row.note.as_str()), (Approved, Some("ada"), "read it"));
    assert_eq!(row.decision.as_ref().map(DecisionId::as_str), Some("dec_0"), "the request that brought it first");
    assert!(inventory.revision().await.unwrap() > before, "gateways must hear of it");
    assert_eq!(statuses(&inventory).await, [(2, Changed), (1, New), (1, Approved)]);
    inventory.decide_tool("ada", &bot(2), DecideTool::Reject, "").await.unwrap();
    assert_eq!(statuses(&inventory).await, [(1, New), (2, Rejected), (1, Approved)]);
    let pins = inventory.tool_pins().await.unwrap();
    assert!(pins.contains(&(bot(1), Approved)) && pins.contains(&(bot(2), Rejected)) && pins.len() == 3, "{pins:?}");
}

pub(crate) async fn the_first_definition_of_a_tool_is_approved_where_it_is_taken_on_trust(store: &Store) {
    use DefinitionStatus::{Approved, Changed, Rejected};
    let inventory = store.open().await;
    // Two gateways may take two on trust before either hears of the other: the log's order decides.
    let records = [seen(0, bot(1), Approved), seen(1, bot(2), Approved), seen(2, bot(3), Changed)];
    inventory.apply(ORIGIN, &records).await.unwrap();
    let row =
        &inventory.tools(&ToolFilter { statuses: vec![Approved], ..ToolFilter::default() }).await.unwrap().rows[0];
    assert_eq!((row.definition.sha256.0[0], row.decided_by.as_deref()), (1, Some("first use")));
    assert_eq!(statuses(&inventory).await, [(3, Changed), (2, Changed), (1, Approved)]);
    inventory.decide_tool("ada", &bot(1), DecideTool::Reject, "").await.unwrap();
    inventory.rebuild_from(ORIGIN, &records).await.unwrap();
    let rejected = inventory.tools(&ToolFilter { statuses: vec![Rejected], ..ToolFilter::default() }).await.unwrap();
    assert_eq!(rejected.rows.len(), 1, "what a person said outlives a rebuild");
    let approved = inventory.tools(&ToolFilter { statuses: vec![Approved], ..ToolFilter::default() }).await.unwrap();
    assert!(approved.rows.is_empty(), "nothing takes the place of what was rejected by itself");
}

pub(crate) async fn decisions_about_tools_outlive_a_rebuild_and_are_recorded(store: &Store) {
    let inventory = store.open().await;
    let records = [seen(0, bot(1), DefinitionStatus::New)];
    inventory.apply(ORIGIN, &records).await.unwrap();
    inventory.decide_tool("ada", &bot(1), DecideTool::Approve, "read it").await.unwrap();
    let rows = inventory.tools(&ToolFilter::default()).await.unwrap();
    let derived = inventory.derived_rows().await.unwrap();
    assert!(derived.iter().any(|line| line.starts_with("tool_definitions\tcaller/bot\tsearch\t")), "{derived:?}");
    inventory.rebuild_from(ORIGIN, &records).await.unwrap();
    assert_eq!(inventory.tools(&ToolFilter::default()).await.unwrap(), rows);
    assert_eq!(inventory.derived_rows().await.unwrap(), derived);
    let changes = inventory.pending_changes(10).await.unwrap();
    let RecordBody::Admin(act) = &changes[0].body else { panic!("{changes:?}") };
    assert_eq!(
        (act.by.as_str(), act.action.as_str(), act.subject.as_str()),
        ("ada", "tool.approve", "caller/bot search")
    );
    assert_eq!((changes.len(), act.before.as_deref()), (1, Some("new")));
    assert!(
        act.after.as_ref().unwrap().ends_with(" approved: read it") && act.after.as_ref().unwrap().starts_with("0101")
    );
    let long = "x".repeat(3_000);
    assert!(inventory.decide_tool("ada", &bot(1), DecideTool::Reject, &long).await.is_err());
    assert_eq!(inventory.tools(&ToolFilter::default()).await.unwrap(), rows, "what cannot be recorded is not done");
}

pub(crate) async fn definitions_are_filtered_and_paged(store: &Store) {
    let inventory = store.open().await;
    let names = ["search", "send_mail", "read-file"];
    let records: Vec<Record> = (0..6)
        .map(|n| {
            let source = if n % 2 == 0 { "caller/bot" } else { "service/crm" };
            let tool = names[usize::try_from(n).unwrap() / 2];
            seen(n, definition(source, tool, u8::try_from(n).unwrap()), DefinitionStatus::New)
        })
        .collect();
    inventory.apply(ORIGIN, &records).await.unwrap();
    let found = |filter: ToolFilter| {
        let inventory = inventory.clone();
        async move { inventory.tools(&filter).await.unwrap() }
    };
    let source = Some(ToolSource::parse("service/crm").unwrap());
    assert_eq!(found(ToolFilter { source, ..ToolFilter::default() }).await.total, 3);
    let tool = Some(ToolName::new("search").unwrap());
    assert_eq!(found(ToolFilter { tool, ..ToolFilter::default() }).await.total, 2);
    for (text, total) in [("MAIL", 2), ("0505", 1), ("crm", 3), ("%", 0)] {
        assert_eq!(
            found(ToolFilter { text: Some(text.to_owned()), ..ToolFilter::default() }).await.total,
            total,
            "{text}"
        );
    }
    let mut filter = ToolFilter { limit: 4, ..ToolFilter::default() };
    let first = found(filter.clone()).await;
    filter.after = first.next.clone();
    let second = found(filter).await;
    assert_eq!((first.rows.len(), second.rows.len(), second.next), (4, 2, None));
    assert!(second.rows.iter().all(|row| !first.rows.contains(row)));
    assert!(first.rows[0].first_seen.unwrap() >= at(0));
}

pub(crate) async fn a_definition_that_nobody_decides_about_is_forgotten_after_a_while(store: &Store) {
    use DefinitionStatus::{Approved, Changed, New};
    let inventory = store.open().await;
    let later = |seq: u64, definition: Definition, days: i64| {
        let record = seen(seq, definition, New);
        Record { at: record.at.plus_millis(days * 24 * 60 * 60 * 1_000), ..record }
    };
    let other = definition("caller/other", "search", 7);
    inventory.apply(ORIGIN, &[later(0, bot(1), 0), later(1, bot(2), 0), later(2, other, 0)]).await.unwrap();
    inventory.decide_tool("ada", &bot(1), DecideTool::Approve, "").await.unwrap();
    inventory.apply(ORIGIN, &[later(3, bot(3), 89)]).await.unwrap();
    assert_eq!(statuses(&inventory).await.len(), 4);
    inventory.apply(ORIGIN, &[later(4, bot(4), 91)]).await.unwrap();
    assert_eq!(statuses(&inventory).await, [(4, Changed), (3, Changed), (7, New), (1, Approved)]);
    inventory.apply(ORIGIN, &[later(5, bot(2), 92)]).await.unwrap();
    assert_eq!(statuses(&inventory).await.len(), 5, "it came again");
}
