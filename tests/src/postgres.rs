//! A PostgreSQL server of its own for one test: a fresh cluster in a temporary folder, on a free port.

use crate::product::free_port;
use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running server; it stops and its files go when dropped.
pub struct Postgres {
    folder: tempfile::TempDir,
    binaries: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let binaries = binaries().context("PostgreSQL is missing; install the Debian package postgresql")?;
        let folder = tempfile::Builder::new().prefix("gnomon-pg-").tempdir()?;
        let postgres = Self { folder, binaries, port: free_port()?.port() };
        // The server refuses to run as root; its folder must belong to whom it runs as.
        if is_root() {
            ensure!(run(Command::new("chown").arg("postgres").arg(postgres.folder.path()))?, "chown failed");
        }
        let mut initdb = postgres.as_server("initdb");
        initdb.args(["--no-sync", "--auth=trust", "--username=gnomon", "-E", "UTF8", "-D"]).arg(postgres.data());
        ensure!(run(&mut initdb)?, "initdb failed");
        postgres.restart()?;
        Ok(postgres)
    }

    /// The URL of its database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://gnomon@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops the server; its data stay.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        ensure!(self.control(&["stop", "-m", "immediate"])?, "PostgreSQL did not stop");
        Ok(())
    }

    /// Starts the server on its data.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&self) -> anyhow::Result<()> {
        let socket = self.folder.path().display();
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -c fsync=off -k {socket}", self.port);
        let log = self.folder.path().join("server.log");
        let log = log.to_str().context("the folder's name is text")?;
        ensure!(self.control(&["start", "-o", &options, "-l", log])?, "PostgreSQL did not start");
        Ok(())
    }

    fn control(&self, arguments: &[&str]) -> anyhow::Result<bool> {
        run(self.as_server("pg_ctl").args(["-w", "-D"]).arg(self.data()).args(arguments))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn as_server(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

fn run(command: &mut Command) -> anyhow::Result<bool> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(status.success())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// The newest installed version's programs.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir(Path::new("/usr/lib/postgresql"))
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|path| path.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop()
}
