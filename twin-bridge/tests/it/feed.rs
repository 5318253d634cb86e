//! The feed and its failures: whatever happens, a consumer that keeps the highest version ends with the truth.

use crate::story::{Twin, fill, golden, inventory, quick, seed, set, sink_to, state_of, truth};
use gnomon_inventory::Inventory;
use gnomon_twin_bridge::{BridgeError, CloudEvent, Delivery, Sink, SinkTarget, run};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::secret::Secret;
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Running {
    stop: watch::Sender<bool>,
    worker: JoinHandle<Result<(), BridgeError>>,
}

fn start(sink: Sink, inventory: &Inventory) -> Running {
    let (stop, shutdown) = watch::channel(false);
    Running { stop, worker: tokio::spawn(run(sink, inventory.clone(), shutdown)) }
}

impl Running {
    async fn stop(self) {
        self.stop.send(true).unwrap();
        self.worker.await.unwrap().unwrap();
    }
}

async fn changes(inventory: &Inventory, services: usize) -> usize {
    for status in ServiceStatus::ALL {
        for n in 0..services {
            set(inventory, &format!("s{n}"), status).await;
        }
    }
    inventory.twin_events(0, 10_000).await.unwrap().len()
}

fn in_order_per_asset(events: &[CloudEvent]) -> bool {
    let mut newest = std::collections::BTreeMap::new();
    events.iter().all(|event| {
        let before = newest.insert(event.subject.clone(), event.data.version).unwrap_or(0);
        before < event.data.version
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn delivers_everything_in_order_one_by_one_and_in_batches() {
    for batch_max in [1, 3, 100] {
        let dir = tempfile::tempdir().unwrap();
        let inventory = inventory(dir.path()).await;
        seed(&inventory, 5).await;
        let count = changes(&inventory, 5).await;
        let mut twin = Twin::start(Box::new(|_, _| 204)).await;
        let running = start(twin.sink(quick(batch_max)), &inventory);
        twin.answered(count).await;
        set(&inventory, "s0", ServiceStatus::UnderReview).await;
        twin.answered(count + 1).await;
        running.stop().await;
        let events = twin.accepted();
        assert_eq!(events.len(), count + 1);
        assert!(events.is_sorted_by(|a, b| a.sequence < b.sequence));
        assert_eq!(twin.state(), truth(&inventory).await);
        assert_eq!(inventory.sink_cursor("twin").await.unwrap(), u64::try_from(count).unwrap() + 1);
        let media_type =
            if batch_max == 1 { "application/cloudevents+json" } else { "application/cloudevents-batch+json" };
        assert!(twin.headers()[0].0.starts_with(media_type));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loses_nothing_while_the_sink_is_down_and_holds_no_more_than_its_window() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    seed(&inventory, 3).await;
    set(&inventory, "s0", ServiceStatus::Sanctioned).await;
    let mut twin = Twin::start(Box::new(|_, _| 200)).await;
    let delivery = Delivery { window_max: 4, ..quick(1) };
    let running = start(twin.sink(delivery), &inventory);
    twin.answered(1).await;
    let before = twin.accepted();
    let address = twin.stop().await;
    let count = changes(&inventory, 3).await;
    while inventory.sinks().await.unwrap().first().is_none_or(|sink| sink.failures == 0) {
        tokio::task::yield_now().await;
    }
    assert!(inventory.sinks().await.unwrap()[0].last_error.is_some());
    let mut twin = Twin::start_at(address, Box::new(|_, _| 200)).await;
    twin.answered(count - 1).await;
    running.stop().await;
    let mut all = before;
    all.extend(twin.accepted());
    assert!(in_order_per_asset(&all));
    assert_eq!(state_of(&all), truth(&inventory).await);
    assert_eq!(inventory.sinks().await.unwrap()[0].failures, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_refused_for_ever_becomes_one_dead_letter_and_blocks_nobody() {
    for batch_max in [1, 10] {
        let dir = tempfile::tempdir().unwrap();
        let inventory = inventory(dir.path()).await;
        seed(&inventory, 4).await;
        let count = changes(&inventory, 4).await;
        // The twin never takes the first version of s1.
        let mut twin =
            Twin::start(Box::new(
                |event, _| if event.subject == "service/s1" && event.data.version == 1 { 400 } else { 200 },
            ))
            .await;
        let running = start(twin.sink(quick(batch_max)), &inventory);
        while twin.accepted().len() < count - 1 {
            let answered = twin.tries("service/s1");
            twin.answered(answered + 1).await;
            tokio::task::yield_now().await;
        }
        running.stop().await;
        let dead = inventory.dead_letters("twin").await.unwrap();
        assert_eq!(dead.len(), 1);
        assert_eq!(dead[0].asset_id, "service/s1");
        assert_eq!(dead[0].reason, "HTTP 400: so be it");
        assert!(in_order_per_asset(&twin.accepted()));
        assert_eq!(twin.state(), truth(&inventory).await, "later versions of the asset arrive all the same");
        assert_eq!(inventory.sink_cursor("twin").await.unwrap(), u64::try_from(count).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_set_up_wrongly_costs_no_event() {
    for status in [401, 404, 429, 500, 503] {
        let dir = tempfile::tempdir().unwrap();
        let inventory = inventory(dir.path()).await;
        seed(&inventory, 2).await;
        let count = changes(&inventory, 2).await;
        let tries = std::sync::atomic::AtomicUsize::new(0);
        let rule = move |_: &CloudEvent, _| {
            if tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 8 { status } else { 200 }
        };
        let mut twin = Twin::start(Box::new(rule)).await;
        let running = start(twin.sink(quick(1)), &inventory);
        twin.answered(count + 8).await;
        running.stop().await;
        assert!(inventory.dead_letters("twin").await.unwrap().is_empty());
        assert_eq!((twin.accepted().len(), twin.state()), (count, truth(&inventory).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_refuses_everything_for_a_while_costs_no_event() {
    for (status, batch_max) in [(400, 1), (422, 3), (410, 1)] {
        let dir = tempfile::tempdir().unwrap();
        let inventory = inventory(dir.path()).await;
        seed(&inventory, 3).await;
        let count = changes(&inventory, 3).await;
        let well = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let switch = well.clone();
        let rule = move |_: &CloudEvent, _| {
            if switch.load(std::sync::atomic::Ordering::SeqCst) { 200 } else { status }
        };
        let mut twin = Twin::start(Box::new(rule)).await;
        let running = start(twin.sink(quick(batch_max)), &inventory);
        twin.answered(60).await;
        well.store(true, std::sync::atomic::Ordering::SeqCst);
        while twin.accepted().len() < count {
            tokio::task::yield_now().await;
        }
        running.stop().await;
        assert!(inventory.dead_letters("twin").await.unwrap().is_empty(), "{status}");
        assert_eq!(twin.state(), truth(&inventory).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_carries_the_same_id_and_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    seed(&inventory, 2).await;
    let count = changes(&inventory, 2).await;
    let mut twin = Twin::start(Box::new(|_, _| 200)).await;
    let running = start(twin.sink(quick(1)), &inventory);
    twin.answered(count).await;
    running.stop().await;
    // The cursor was lost, as after a restore of an older copy: everything comes again under another sink's name.
    let mut again = twin.sink(quick(1));
    again.name = "twin-restored".to_owned();
    let running = start(again, &inventory);
    twin.answered(2 * count).await;
    running.stop().await;
    let events = twin.accepted();
    let ids = |events: &[CloudEvent]| events.iter().map(|event| event.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&events[..count]), ids(&events[count..]));
    assert_eq!(twin.state(), truth(&inventory).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_again_and_again_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    seed(&inventory, 5).await;
    let mut count = changes(&inventory, 5).await;
    // Every third try of an asset fails in one of three ways.
    let rule = |_: &CloudEvent, tries: usize| [200, 200, 503, 200, 200, 400, 200, 200, 500][tries % 9];
    let mut twin = Twin::start(Box::new(rule)).await;
    for round in 1..=15 {
        let running = start(twin.sink(quick(1 + round % 4)), &inventory);
        twin.answered(round * 5).await;
        running.worker.abort();
        assert!(running.worker.await.unwrap_err().is_cancelled());
        set(&inventory, "s0", ServiceStatus::ALL[round % 4]).await;
    }
    count = count.max(inventory.twin_events(0, 10_000).await.unwrap().len());
    let running = start(twin.sink(quick(1)), &inventory);
    while inventory.sink_cursor("twin").await.unwrap() < u64::try_from(count).unwrap() {
        tokio::task::yield_now().await;
    }
    running.stop().await;
    assert!(inventory.dead_letters("twin").await.unwrap().is_empty());
    let ids: std::collections::BTreeSet<String> = twin.accepted().into_iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), count, "an event never arrived");
    assert_eq!(twin.state(), truth(&inventory).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_hangs_is_left_and_the_worker_stops_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    seed(&inventory, 1).await;
    set(&inventory, "s0", ServiceStatus::Sanctioned).await;
    // Accepts connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let delivery = Delivery { timeout_ms: 20, stop_ms: 1, ..quick(1) };
    let running = start(sink_to(silent.local_addr().unwrap(), delivery), &inventory);
    while inventory.sinks().await.unwrap().first().is_none_or(|sink| sink.failures < 2) {
        tokio::task::yield_now().await;
    }
    assert_eq!(inventory.sinks().await.unwrap()[0].last_error.as_deref(), Some("no answer in time"));
    running.stop().await;
    let endless = Delivery { timeout_ms: 3_600_000, stop_ms: 1, ..quick(1) };
    let running = start(sink_to(silent.local_addr().unwrap(), endless), &inventory);
    let _ = silent.accept().await.unwrap();
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_gets_one_line_for_each_event_and_survives_a_torn_line() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    seed(&inventory, 2).await;
    let count = changes(&inventory, 2).await;
    let path = dir.path().join("feed/events.ndjson");
    std::fs::create_dir(dir.path().join("feed")).unwrap();
    std::fs::write(&path, "{\"specversion\":\"1.0\",\"id\":\"to").unwrap();
    let sink = Sink {
        name: "file".to_owned(),
        target: SinkTarget::File { path: path.clone() },
        source: "/gnomon/test".to_owned(),
        delivery: quick(3),
    };
    let running = start(sink, &inventory);
    while inventory.sink_cursor("file").await.unwrap() < u64::try_from(count).unwrap() {
        tokio::task::yield_now().await;
    }
    running.stop().await;
    let text = std::fs::read_to_string(&path).unwrap();
    let events: Vec<CloudEvent> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), count);
    assert_eq!(state_of(&events), truth(&inventory).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_keep_their_published_shape_and_name_no_person() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    fill(&inventory).await;
    let count = inventory.twin_events(0, 100).await.unwrap().len();
    let mut twin = Twin::start(Box::new(|_, _| 200)).await;
    let mut sink = twin.sink(quick(1));
    if let SinkTarget::Http { bearer, .. } = &mut sink.target {
        *bearer = Some(Secret::new("a-token"));
    }
    let running = start(sink, &inventory);
    twin.answered(count).await;
    running.stop().await;
    assert!(twin.headers().iter().all(|(_, token)| token == "Bearer a-token"));
    let schema = serde_json::from_str(include_str!("../../schema/asset-changed-v1.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let kinds: std::collections::BTreeSet<String> =
        twin.accepted().iter().map(|event| event.subject.split('/').next().unwrap().to_owned()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["agent", "model", "service"]);
    let events: Vec<_> = twin.accepted().iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    golden("events.ndjson", &events);
    for json in events {
        let errors: Vec<String> = validator.iter_errors(&json["data"]).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {json}");
        assert_eq!(json["type"], "io.gnomon.asset.changed.v1");
        let text = json.to_string();
        assert!(!text.contains("eve@") && !text.contains("laptop-17"), "a person is named in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_address_is_an_error_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let inventory = inventory(dir.path()).await;
    let sink = Sink {
        name: "twin".to_owned(),
        target: SinkTarget::Http { url: "twin.example/events".to_owned(), bearer: None, ca: None },
        source: "/gnomon".to_owned(),
        delivery: Delivery::default(),
    };
    let (_stop, shutdown) = watch::channel(false);
    assert!(matches!(run(sink, inventory, shutdown).await, Err(BridgeError::Url { .. })));
}
