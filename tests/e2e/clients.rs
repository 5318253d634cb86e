//! Official SDKs for Python and Node against the demo, as a stranger would use them.

use crate::GNOMON;
use anyhow::Context as _;
use gnomon_testkit::{product::free_port, tools};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// `gnomon demo` as somebody would leave it running.
struct Demo {
    child: Child,
    gateway: String,
    key: String,
    console_link: String,
    state: tempfile::TempDir,
}

impl Demo {
    fn start() -> anyhow::Result<Self> {
        let state = tempfile::tempdir()?;
        let (listen, admin) = (free_port()?, free_port()?);
        let mut child = Command::new(GNOMON)
            .args(["demo", "--listen", &listen.to_string(), "--admin", &admin.to_string(), "--state"])
            .arg(state.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut printed = Vec::new();
        for line in BufReader::new(child.stdout.take().context("stdout is piped")?).lines() {
            let line = line?;
            let last = line.contains("Stop with Ctrl-C");
            printed.push(line);
            if last {
                break;
            }
        }
        let after = |start: &str| {
            let found = printed.iter().find_map(|line| line.trim().strip_prefix(start));
            found.map(ToOwned::to_owned).with_context(|| format!("`{start}` is not in:\n{}", printed.join("\n")))
        };
        let gateway = format!("http://{listen}");
        let key = after("export OPENAI_API_KEY=")?;
        let console_link = format!("http://{}", after("http://")?);
        assert!(!printed.iter().any(|line| line.starts_with("FAIL")), "{}", printed.join("\n"));
        Ok(Self { child, gateway, key, console_link, state })
    }
}

impl Demo {
    /// A shell command that sends a request of an agent which a person must approve.
    fn held_request(&self) -> anyhow::Result<String> {
        let state = self.state.path();
        let mut create = Command::new(GNOMON);
        create.args(["key", "create", "browser-agent", "--kind", "agent", "--format", "json", "--state"]).arg(state);
        let made: serde_json::Value = serde_json::from_slice(&tools::succeed(&mut create)?.stdout)?;
        let key = made["key"].as_str().context("the key is in the output")?;
        let body = serde_json::json!({"model": "demo-1", "stream": true, "messages": [
            {"role": "user", "content": "Tell ines.brandt@example.com that the parcel is on its way."}]});
        let file = state.join("held-request.json");
        std::fs::write(&file, body.to_string())?;
        Ok(format!(
            "curl -sN {}/v1/chat/completions -H 'authorization: Bearer {key}' -H 'content-type: application/json' \
             --data @{}",
            self.gateway,
            file.display()
        ))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

#[test]
fn the_official_python_sdks_work_and_show_denials() -> anyhow::Result<()> {
    let demo = Demo::start()?;
    let script = tools::root().join("tests/clients/python_clients.py");
    tools::succeed(tools::python()?.arg(script).env("GATEWAY", &demo.gateway).env("KEY", &demo.key))?;
    Ok(())
}

#[test]
fn the_official_node_sdks_work_and_show_denials() -> anyhow::Result<()> {
    let demo = Demo::start()?;
    let mut node = tools::node("clients", "node_clients.mjs")?;
    tools::succeed(node.env("GATEWAY", &demo.gateway).env("KEY", &demo.key))?;
    Ok(())
}

#[test]
fn the_console_works_in_a_real_browser() -> anyhow::Result<()> {
    let demo = Demo::start()?;
    let base = demo.console_link.split("/sign-in").next().context("the link has a path")?;
    let shots = tools::folder().join("screenshots");
    std::fs::create_dir_all(&shots)?;
    let mut node = tools::node("ui", "console.spec.mjs")?;
    node.env("BASE_URL", base).env("SIGN_IN_LINK", &demo.console_link).env("SHOTS", &shots);
    node.env("HOLD_COMMAND", demo.held_request()?);
    tools::succeed(&mut node)?;
    Ok(())
}

#[test]
fn the_demo_goes_on_from_an_earlier_one_and_names_the_part_that_fails() -> anyhow::Result<()> {
    let state = tempfile::tempdir()?;
    for _ in 0..2 {
        tools::succeed(Command::new(GNOMON).args(["demo", "--once", "--state"]).arg(state.path()))?;
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let listen = taken.local_addr()?.to_string();
    for arguments in [["--state", "/proc/nope"], ["--listen", &listen], ["--admin", &listen]] {
        let output = Command::new(GNOMON).args(["demo", "--once", "--format", "json"]).args(arguments).output()?;
        let told = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(told.contains("these parts did not work: start"), "{told}");
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        assert_eq!((&summary["ok"], &summary["steps"][0]["part"]), (&false.into(), &"start".into()), "{summary:#}");
    }
    Ok(())
}

#[test]
fn the_demo_checks_itself_and_says_what_it_saw() -> anyhow::Result<()> {
    let output = tools::succeed(Command::new(GNOMON).args(["demo", "--once", "--format", "json"]))?;
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(summary["ok"], true, "{summary:#}");
    assert!(summary["steps"].as_array().is_some_and(|steps| steps.len() > 12), "{summary:#}");
    Ok(())
}
