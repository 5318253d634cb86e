//! The demo's configuration: two upstreams, both the built-in one, and a file sink for the twin feed.

use crate::config::{self, Config, Variables};
use gnomon_types::secret::Secret;
use std::net::SocketAddr;
use std::path::Path;

/// The access keys of the demo's two callers.
pub(crate) struct DemoSecrets {
    pub(crate) app: Secret,
    pub(crate) agent: Secret,
}

/// The demo's configuration as a file that one could also write by hand.
///
/// # Errors
/// When a path cannot be written in TOML, as one with a quote.
pub(crate) fn config(
    listen: SocketAddr,
    admin: SocketAddr,
    upstream: SocketAddr,
    state: &Path,
) -> anyhow::Result<Config> {
    let folder = state.display();
    let text = format!(
        r#"# Written by `gnomon demo`.
[server]
listen = "{listen}"
admin = "{admin}"
state = "{folder}"
node = "demo"
drain = "5s"

[[upstream]]
name = "openai"
url = "http://{upstream}"
service = "openai-api"

[[upstream]]
name = "anthropic"
url = "http://{upstream}"
service = "anthropic-api"

[[route]]
name = "openai"
path = "/"
upstream = "openai"

[[route]]
name = "anthropic"
path = "/anthropic"
upstream = "anthropic"

[[sink]]
name = "twin-file"
path = "{folder}/twin-events.ndjson"
"#
    );
    std::fs::write(state.join("gnomon.toml"), &text)?;
    Ok(config::parse("the demo's configuration", &text, Variables::new())?)
}
