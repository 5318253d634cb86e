//! Databases to throw away: SQLite files, and a PostgreSQL cluster of our own on a socket of its own.

use gnomon_inventory::Inventory;
use gnomon_types::time::{Clock, Timestamp};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use tempfile::TempDir;

/// 2026-11-23T09:30:00Z.
pub(crate) const START: i64 = 1_795_426_200_000;

/// A clock that stands until it is moved.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// One fresh database.
pub(crate) struct Store {
    pub(crate) url: String,
    pub(crate) clock: Arc<TestClock>,
    _files: Option<TempDir>,
}

impl Store {
    pub(crate) fn sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", files.path().join("record/gnomon.db").display());
        Self { url, clock: Arc::new(TestClock(AtomicI64::new(START))), _files: Some(files) }
    }

    /// Each call is like one more process on the same database.
    pub(crate) async fn open(&self) -> Inventory {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Inventory::open(&self.url, clock).await.unwrap()
    }
}

/// A PostgreSQL server: of the environment, or started here and gone with this value.
pub(crate) struct Server {
    url: String,
    databases: AtomicU32,
    own: Option<(Child, TempDir)>,
}

impl Server {
    pub(crate) fn start() -> Self {
        if let Ok(url) = std::env::var("GNOMON_TEST_POSTGRES") {
            return Self { url, databases: AtomicU32::new(0), own: None };
        }
        let bin = binaries();
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let root = id("-u", None) == 0;
        if root {
            let (uid, gid) = (id("-u", Some("postgres")), id("-g", Some("postgres")));
            for path in [dir.path(), &data] {
                std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
            }
        }
        let mut initdb = command(root, &bin.join("initdb"));
        initdb.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "-D"]);
        let made = initdb.arg(&data).current_dir(dir.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut server = command(root, &bin.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(dir.path());
        server.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]);
        let mut child = server.current_dir(dir.path()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until_ready(&mut child);
        let url = format!("postgres://postgres@localhost/NAME?host={}", dir.path().display());
        Self { url, databases: AtomicU32::new(0), own: Some((child, dir)) }
    }

    pub(crate) async fn store(&self) -> Store {
        let count = self.databases.fetch_add(1, Ordering::SeqCst);
        let name = format!("gnomon_test_{}_{count}", std::process::id());
        let admin = self.url.replace("/NAME", "/postgres");
        let mut connection = sqlx::PgConnection::connect(&admin).await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let url = if self.own.is_some() {
            self.url.replace("/NAME", &format!("/{name}"))
        } else {
            with_name(&self.url, &name)
        };
        Store { url, clock: Arc::new(TestClock(AtomicI64::new(START))), _files: None }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.own {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The server of the environment names a database to connect to; ours takes its place.
fn with_name(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, String::new()), |(base, query)| (base, format!("?{query}")));
    let (server, _) = base.rsplit_once('/').unwrap();
    format!("{server}/{name}{query}")
}

fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    found.retain(|bin| bin.join("initdb").exists());
    found.sort();
    found.pop().expect(
        "no PostgreSQL here: install the package `postgresql`, or set GNOMON_TEST_POSTGRES to the URL of a server",
    )
}

fn id(flag: &str, user: Option<&str>) -> u32 {
    let output = Command::new("id").arg(flag).args(user).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
}

/// PostgreSQL refuses to run as root; and it must not outlive a test that is killed.
fn command(root: bool, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if root {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.arg("--pdeathsig=KILL").arg(program).stdout(Stdio::null()).stdin(Stdio::null());
    command
}

fn wait_until_ready(child: &mut Child) {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut seen = Vec::new();
    for line in lines.by_ref() {
        let line = line.unwrap();
        if line.contains("ready to accept connections") {
            // Somebody must read on, or the server would block on a full pipe.
            std::thread::spawn(move || lines.for_each(drop));
            return;
        }
        seen.push(line);
    }
    panic!("PostgreSQL did not start: {}", seen.join("\n"));
}
