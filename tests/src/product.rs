//! Starts the real binary on free ports with its state in a folder of its own.

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long the binary may take to become ready or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a product is to be started.
pub struct Builder {
    binary: PathBuf,
    upstream: SocketAddr,
    service: String,
    extra: String,
    database: Option<String>,
    state: Option<PathBuf>,
    hold_wait: &'static str,
}

/// A running product. Dropping it kills the process and checks its evidence log.
pub struct Product {
    /// The gateway, `http://127.0.0.1:PORT`.
    pub gateway: String,
    /// The console, `http://127.0.0.1:PORT`.
    pub console: String,
    /// Its configuration file.
    pub config: PathBuf,
    binary: PathBuf,
    folder: tempfile::TempDir,
    state: PathBuf,
    child: Option<Child>,
}

impl Builder {
    /// A product of this binary that forwards everything to `upstream`.
    #[must_use]
    pub fn new(binary: impl Into<PathBuf>, upstream: SocketAddr) -> Self {
        Self {
            binary: binary.into(),
            upstream,
            service: "test-service".to_owned(),
            extra: String::new(),
            database: None,
            state: None,
            hold_wait: "30s",
        }
    }

    /// Further configuration: more sections.
    #[must_use]
    pub fn config(mut self, toml: &str) -> Self {
        self.extra.push_str(toml);
        self
    }

    /// A PostgreSQL URL instead of SQLite.
    #[must_use]
    pub fn database(mut self, url: String) -> Self {
        self.database = Some(url);
        self
    }

    /// A state folder that outlives the product.
    #[must_use]
    pub fn state(mut self, folder: PathBuf) -> Self {
        self.state = Some(folder);
        self
    }

    /// How long a held request that does not stream waits.
    #[must_use]
    pub fn hold_wait(mut self, span: &'static str) -> Self {
        self.hold_wait = span;
        self
    }

    /// Writes the configuration and starts the product.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start(self) -> anyhow::Result<Product> {
        let folder = tempfile::tempdir()?;
        let state = self.state.clone().unwrap_or_else(|| folder.path().join("state"));
        let (listen, admin) = (free_port()?, free_port()?);
        let database = match &self.database {
            Some(url) => {
                let file = folder.path().join("database-url");
                std::fs::write(&file, url)?;
                format!("[database]\nurl = \"file:{}\"\n", file.display())
            }
            None => String::new(),
        };
        let config = folder.path().join("gnomon.toml");
        let (upstream, service, extra, hold_wait) = (self.upstream, &self.service, &self.extra, self.hold_wait);
        std::fs::write(
            &config,
            format!(
                "[server]\nlisten = \"{listen}\"\nadmin = \"{admin}\"\nstate = \"{}\"\n{database}\
                 [approvals]\nhold_wait = \"{hold_wait}\"\n\
                 [[upstream]]\nname = \"test\"\nurl = \"http://{upstream}\"\nservice = \"{service}\"\n\
                 first_byte_timeout = \"5s\"\n[[route]]\nname = \"test\"\nupstream = \"test\"\n{extra}",
                state.display()
            ),
        )?;
        let mut product = Product {
            gateway: format!("http://{listen}"),
            console: format!("http://{admin}"),
            config,
            binary: self.binary,
            folder,
            state,
            child: None,
        };
        product.launch()?;
        Ok(product)
    }
}

impl Product {
    /// The state folder.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// A folder for files of the test; it goes with the product.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the process again, after [`Product::kill`] or [`Product::stop`].
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn launch(&mut self) -> anyhow::Result<()> {
        let log = std::fs::File::create(self.folder.path().join("stderr.log"))?;
        let mut child = Command::new(&self.binary)
            .args(["run", "--config"])
            .arg(&self.config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("start `{}`", self.binary.display()))?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        self.child = Some(child);
        let (tell, ready) = std::sync::mpsc::channel();
        std::thread::spawn(move || copy_lines(stderr, log, &tell));
        if ready.recv_timeout(PATIENCE).is_err() {
            bail!("the product did not become ready:\n{}", self.stderr());
        }
        Ok(())
    }

    /// What the process wrote on stderr so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr.log")).unwrap_or_default()
    }

    /// The process id, for signals.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Kills the process without warning.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Stops the process with SIGTERM and checks that it ends with 0.
    ///
    /// # Errors
    /// When it ends otherwise or not at all.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        Command::new("kill").arg(child.id().to_string()).status()?;
        let asked = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                ensure!(status.success(), "the product ended with {status}:\n{}", self.stderr());
                return Ok(());
            }
            if asked.elapsed() > PATIENCE {
                let _ = child.kill();
                bail!("the product did not stop");
            }
            std::thread::yield_now();
        }
    }

    /// Runs a command of the binary on this product's state.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn gnomon(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).env("GNOMON_CONFIG", &self.config).stdin(Stdio::null());
        Ok(command.output()?)
    }

    /// Runs a command that must succeed, and gives its stdout.
    ///
    /// # Errors
    /// When it does not exit with 0.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.gnomon(arguments)?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "gnomon {arguments:?} ended with {}:\n{stderr}", output.status);
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs a command that prints JSON.
    ///
    /// # Errors
    /// When it fails or prints something else.
    pub fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let printed = self.run(arguments)?;
        serde_json::from_str(&printed).with_context(|| format!("gnomon {arguments:?} printed {printed}"))
    }

    /// Runs a command that changes the record, and waits until the gateway obeys.
    ///
    /// # Errors
    /// When the command fails, or the gateway does not obey.
    pub fn change(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let before = self.revision_in_force()?;
        let printed = self.run(arguments)?;
        let changed = Instant::now();
        while self.revision_in_force()? == before {
            ensure!(changed.elapsed() < PATIENCE, "the gateway does not obey {arguments:?}");
        }
        Ok(printed)
    }

    /// The revision of the record that the gateway obeys, from its metrics.
    fn revision_in_force(&self) -> anyhow::Result<u64> {
        let address = self.console.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(address)?;
        stream
            .write_all(format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let value = answer.lines().find_map(|line| line.strip_prefix("gnomon_snapshot_revision "));
        value.and_then(|value| value.trim().parse().ok()).with_context(|| format!("no revision in:\n{answer}"))
    }

    /// Makes an access key and gives its secret text, once the gateway takes it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn key(&self, caller: &str, more: &[&str]) -> anyhow::Result<String> {
        let mut arguments = vec!["key", "create", caller, "--format", "json"];
        arguments.extend(more);
        let made: Value = serde_json::from_str(&self.change(&arguments)?)?;
        let key = made.get("key").and_then(Value::as_str).context("the key is in the output")?;
        Ok(key.to_owned())
    }

    /// Verifies the evidence log with our own verifier.
    ///
    /// # Errors
    /// When the verifier reports a failure.
    pub fn verify_evidence(&self) -> anyhow::Result<()> {
        let log = self.state.join("evidence");
        let output = Command::new(&self.binary).args(["evidence", "verify"]).arg(&log).output()?;
        ensure!(output.status.success(), "the evidence log is damaged: {}", String::from_utf8_lossy(&output.stdout));
        Ok(())
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        let ended = self.stop().and_then(|()| self.verify_evidence());
        // A test that fails already says why; a product that ends badly fails a test that would have passed.
        if let Err(error) = ended
            && !std::thread::panicking()
        {
            #[expect(clippy::panic, reason = "dropping cannot return the error")]
            {
                panic!("{error:#}");
            }
        }
    }
}

fn copy_lines(from: impl std::io::Read, mut to: std::fs::File, ready: &std::sync::mpsc::Sender<()>) {
    for line in BufReader::new(from).lines().map_while(Result::ok) {
        let _ = writeln!(to, "{line}");
        if line == "ready" {
            let _ = ready.send(());
        }
    }
}

/// An address that nothing listens on right now.
///
/// # Errors
/// When no port is free.
pub fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
