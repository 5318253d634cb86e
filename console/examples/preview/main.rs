//! Serves the console on a fresh SQLite file with made-up data, for looking at pages.
//!
//! `cargo run -p gnomon-console --example preview -- 127.0.0.1:8090 FOLDER` prints the address, a one-time sign-in link
//! and one account for each role. `POST /preview/hold` makes one more request wait for a person.

mod parts;
mod seed;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use gnomon_console::{ConsoleEvent, router};
use gnomon_inventory::{Inventory, Role, Search};
use gnomon_types::secret::Secret;
use gnomon_types::time::{Clock, Timestamp};
use parts::{Fixed, Followed};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::broadcast;

/// What went wrong, for the terminal.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "an example is a program of its own")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap_or(0))
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8090".to_owned());
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("gnomon-preview"), PathBuf::from);
    let empty = arguments.next().as_deref() == Some("--empty");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("evidence"))?;
    let clock = Arc::new(SystemClock);
    let url = format!("sqlite:{}", folder.join("preview.db").display());
    let inventory = Inventory::open(&url, Arc::<SystemClock>::clone(&clock)).await?;
    let password = accounts(&inventory).await?;
    if !empty {
        seed::fill(&inventory, clock.now()).await?;
    }
    let (events, _) = broadcast::channel(256);
    let followed = Arc::new(Followed::new(inventory.clone(), seed::RECORDS_RESERVED));
    let fixed = Fixed {
        inventory: inventory.clone(),
        search: Search::open(&folder.join("search"))?,
        events: events.clone(),
        folder,
        clock: clock.clone(),
        empty,
    };
    let console = router(fixed.parts(Arc::clone(&followed)));
    let preview = Router::new().route("/preview/hold", post(hold)).with_state(Preview {
        inventory: inventory.clone(),
        events,
        clock,
        followed: Arc::clone(&followed),
    });
    let follower = tokio::spawn(async move { followed.run().await });
    let link = inventory.create_sign_in("ada", 3_600_000).await?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "console   http://{address}/\nlink      http://{address}/sign-in/once?token={}\npassword  {password}",
        link.expose()
    )?;
    drop(out);
    let listener = tokio::net::TcpListener::bind(&address).await?;
    axum::serve(listener, console.merge(preview)).await?;
    follower.abort();
    Ok(())
}

/// `ada` is the admin; the others are named for their role. All have the same password, made up here.
async fn accounts(inventory: &Inventory) -> Result<String, Failure> {
    let password = ["a", "sundial", "needs", "the", "sun"].join("-");
    for role in Role::ALL {
        let name = if role == Role::Admin { "ada" } else { role.as_str() };
        let new = gnomon_inventory::NewUser {
            name: name.to_owned(),
            password: Some(Secret::new(password.clone())),
            roles: vec![role],
            expires: None,
        };
        inventory.create_user("system", new).await?;
    }
    Ok(password)
}

#[derive(Clone)]
struct Preview {
    inventory: Inventory,
    events: broadcast::Sender<ConsoleEvent>,
    clock: Arc<SystemClock>,
    followed: Arc<Followed>,
}

async fn hold(State(preview): State<Preview>) -> Result<String, String> {
    let seq = preview.followed.take();
    let (record, approval) = seed::held(seq, preview.clock.now()).map_err(|error| error.to_string())?;
    preview.inventory.apply(seed::ORIGIN, &[record]).await.map_err(|error| error.to_string())?;
    let event = ConsoleEvent::Approval { id: approval.clone(), state: "waiting".to_owned() };
    let _ = preview.events.send(event);
    Ok(format!("{approval}\n"))
}
