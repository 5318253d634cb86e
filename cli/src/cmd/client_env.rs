//! `gnomon client-env`: the variables that point a client at the gateway.

use crate::args::{Client, ClientEnvArgs};
use crate::failure::Outcome;
use crate::output;

pub(super) fn run(args: &ClientEnvArgs) -> anyhow::Result<Outcome> {
    output::line(&variables(args.client, args.url.trim_end_matches('/'), &args.key))?;
    Ok(Outcome::Fine)
}

fn variables(client: Client, url: &str, key: &str) -> String {
    match client {
        Client::Openai | Client::Langchain => format!("export OPENAI_BASE_URL={url}/v1\nexport OPENAI_API_KEY={key}"),
        Client::Anthropic => format!("export ANTHROPIC_BASE_URL={url}\nexport ANTHROPIC_API_KEY={key}"),
        Client::ClaudeCode => format!("export ANTHROPIC_BASE_URL={url}\nexport ANTHROPIC_AUTH_TOKEN={key}"),
        Client::Codex => format!(
            "# add to ~/.codex/config.toml\nmodel_provider = \"gnomon\"\n[model_providers.gnomon]\nname = \"Gnomon\"\n\
             base_url = \"{url}/v1\"\nwire_api = \"responses\"\nenv_key = \"GNOMON_KEY\"\n# then: export GNOMON_KEY={key}"
        ),
        Client::Aider => format!("export OPENAI_API_BASE={url}/v1\nexport OPENAI_API_KEY={key}"),
        Client::Curl => format!(
            "curl {url}/v1/chat/completions -H 'authorization: Bearer {key}' -H 'content-type: application/json' \\\n  \
             -d '{{\"model\":\"demo-1\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'"
        ),
    }
}
