//! Servers of tools behind the gateway, talked to by the official SDK of the Model Context Protocol.

use crate::product;
use anyhow::Context as _;
use gnomon_testkit::product::Product;
use gnomon_testkit::tools;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// The script with server and client.
fn script(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut python = tools::python()?;
    python.arg(tools::root().join("tests/clients/mcp_clients.py")).args(arguments);
    Ok(python)
}

/// A running server of tools.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(options: &[&str]) -> anyhow::Result<Self> {
        let mut child = script(&[&["serve"], options].concat())?.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("stdout is piped")?).read_line(&mut line)?;
        let port: u16 = line.trim().parse().with_context(|| format!("the server printed `{line}`"))?;
        Ok(Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn talk(product: &Product, key: &str, what: &str) -> anyhow::Result<()> {
    tools::succeed(script(&[what])?.env("GATEWAY", &product.gateway).env("KEY", key))?;
    Ok(())
}

#[test]
fn the_official_sdk_works_in_json_and_in_streams_and_shows_denials() -> anyhow::Result<()> {
    for options in [&["json"][..], &[]] {
        let server = Server::start(options)?;
        let product = product(server.address).hold_wait("1s").start()?;
        let key = product.key("support-agent", &["--kind", "agent"])?;
        talk(&product, &key, "talk")?;
    }
    Ok(())
}

#[test]
fn a_definition_that_a_server_changes_does_not_reach_the_client() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let trust = "[tools]\nfirst_use = \"trust\"\n";
    for options in [&["json"][..], &[]] {
        let state = folder.path().join(options.concat());
        let server = Server::start(options)?;
        let mut before = product(server.address).state(state.clone()).config(trust).hold_wait("1s").start()?;
        let key = before.key("support-agent", &["--kind", "agent"])?;
        talk(&before, &key, "talk")?;
        before.stop()?;
        let turned = Server::start(&[&["turned"], options].concat())?;
        let mut after = product(turned.address).state(state).config(trust).start()?;
        talk(&after, &key, "changed")?;
        let listed = after.json(&["tool", "list", "--source", "service/test-service", "--format", "json"])?;
        let first = listed.get(0).map(|row| (row["status"].clone(), row["tool"].clone()));
        assert_eq!(first, Some(("changed".into(), "search".into())), "{listed:#}");
        after.stop()?;
    }
    Ok(())
}
