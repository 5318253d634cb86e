//! The state folder: the record, the evidence log, the search index and the keys of one installation.

use crate::args::StateArgs;
use crate::clock::SystemClock;
use crate::config::{self, Config};
use crate::output;
use crate::wire::changes;
use anyhow::Context as _;
use gnomon_evidence::{Log, LogConfig, NoteSigner};
use gnomon_inventory::Inventory;
use gnomon_types::secret::Secret;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The log's name when nobody configured one.
const DEFAULT_ORIGIN: &str = "gnomon.local/gateway";

/// Where one installation keeps its things.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) root: PathBuf,
    database: Option<Secret>,
    pub(crate) origin: Option<String>,
    /// Where people reach the console.
    pub(crate) console: String,
}

impl State {
    /// The state of a configuration.
    pub(crate) fn of_config(config: &Config) -> Self {
        Self {
            root: config.server.state.clone(),
            database: config.database.url.clone(),
            origin: Some(config.evidence.origin.clone()),
            console: config.server.console(),
        }
    }

    /// The state that a command's options name: `--state`, else the configuration's, else that of `gnomon.toml` here, as
    /// `gnomon run` takes it, else the user's folder. One that nobody named is told on stderr.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub(crate) fn of_args(args: &StateArgs) -> anyhow::Result<Self> {
        let from_config = match args.configuration() {
            Some(path) => Some(Self::of_config(&config::load(path)?)),
            None => None,
        };
        let state = match (&args.state, from_config) {
            (Some(root), Some(state)) => Self { root: root.clone(), ..state },
            (None, Some(state)) => state,
            (root, None) => Self::in_folder(root.clone().unwrap_or_else(config::default_state)),
        };
        if args.state.is_none() && args.config.is_none() {
            let of = args.configuration().map(|path| format!(" of {}", path.display())).unwrap_or_default();
            output::message(&format!("state{of}: {}", state.root.display()));
        }
        Ok(state)
    }

    /// A folder that no configuration describes.
    fn in_folder(root: PathBuf) -> Self {
        let console = format!("http://{}", config::DEFAULT_ADMIN);
        Self { root, database: None, origin: None, console }
    }

    /// Makes the folder, for its owner only.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.root);
        made.with_context(|| format!("cannot make the state folder `{}`", self.root.display()))
    }

    /// The folder of the evidence log.
    pub(crate) fn evidence(&self) -> PathBuf {
        self.root.join("evidence")
    }

    /// The folder of the search index; it can be deleted at any time.
    pub(crate) fn search(&self) -> PathBuf {
        self.root.join("search")
    }

    /// The key that signs checkpoints of the log.
    pub(crate) fn log_key(&self) -> PathBuf {
        self.root.join("keys").join("evidence.key")
    }

    /// Opens the record, and makes it when it is not there.
    ///
    /// # Errors
    /// When the database cannot be opened or migrated.
    pub(crate) async fn inventory(&self) -> anyhow::Result<Inventory> {
        self.create()?;
        let url = match &self.database {
            Some(url) => url.expose().to_owned(),
            None => format!("sqlite:{}", self.root.join("gnomon.db").display()),
        };
        Inventory::open(&url, Arc::new(SystemClock)).await.context("cannot open the record")
    }

    /// Opens the evidence log for writing. Fails while a running gateway holds it.
    ///
    /// # Errors
    /// When the folder or the key cannot be made, or another process writes the log.
    pub(crate) fn log(&self, node: &str, checkpoint_every: Duration) -> anyhow::Result<Log> {
        self.create()?;
        let dir = self.evidence();
        let origin = self.log_origin()?;
        let signer = NoteSigner::load_or_create(&self.log_key(), &origin).context("load the log's key")?;
        let config = LogConfig { checkpoint_every, ..LogConfig::new(dir, node, signer) };
        Log::open(config, Arc::new(SystemClock)).context("cannot open the evidence log")
    }

    /// The log's origin: the configured one, else the one that an existing log has, else the default.
    ///
    /// # Errors
    /// When an existing checkpoint cannot be read.
    pub(crate) fn log_origin(&self) -> anyhow::Result<String> {
        if let Some(origin) = &self.origin {
            return Ok(origin.clone());
        }
        match std::fs::read_to_string(self.evidence().join("checkpoint")) {
            Ok(checkpoint) => Ok(checkpoint.lines().next().unwrap_or(DEFAULT_ORIGIN).to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(DEFAULT_ORIGIN.to_owned()),
            Err(error) => Err(error).context("cannot read the log's checkpoint"),
        }
    }

    /// Appends what a command changed to the evidence log, unless a running gateway holds the log: then it does so.
    pub(crate) async fn flush_changes(&self, inventory: &Inventory) {
        match self.log("cli", Duration::from_secs(1)) {
            Ok(log) => {
                if let Err(error) = changes::flush(&log, inventory).await {
                    tracing::warn!(error = format!("{error:#}"), "changes wait in the outbox for the evidence log");
                }
                log.close();
            }
            Err(error) => tracing::debug!(error = format!("{error:#}"), "the running gateway writes the records"),
        }
    }

    /// A 32-byte key of this installation, made on first use and kept in a file that only its owner can read.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub(crate) fn key(&self, name: &str) -> anyhow::Result<[u8; 32]> {
        let path = self.root.join("keys").join(name);
        match std::fs::read(&path) {
            Ok(bytes) => bytes.try_into().map_err(|_| anyhow::anyhow!("`{}` does not hold 32 bytes", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => new_key(&path),
            Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        }
    }
}

fn new_key(path: &Path) -> anyhow::Result<[u8; 32]> {
    let key: [u8; 32] = rand::random();
    let folder = path.parent().context("a key lies in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let written =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            file.write_all(&key)?;
            file.sync_all()
        });
    written.with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(key)
}
