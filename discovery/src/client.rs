//! Client programs by their user agent.

/// Prefix of a user agent and the program's name.
const PROGRAMS: [(&str, &str); 41] = [
    ("OpenAI/Python", "OpenAI SDK (Python)"),
    ("AsyncOpenAI/Python", "OpenAI SDK (Python)"),
    ("AzureOpenAI/Python", "OpenAI SDK (Python)"),
    ("AsyncAzureOpenAI/Python", "OpenAI SDK (Python)"),
    ("OpenAI/JS", "OpenAI SDK (JavaScript)"),
    ("OpenAI/Go", "OpenAI SDK (Go)"),
    ("Anthropic/Python", "Anthropic SDK (Python)"),
    ("AsyncAnthropic/Python", "Anthropic SDK (Python)"),
    ("Anthropic/JS", "Anthropic SDK (JavaScript)"),
    ("claude-cli/", "Claude Code"),
    ("codex_cli_rs/", "Codex CLI"),
    ("GeminiCLI/", "Gemini CLI"),
    ("google-genai-sdk/", "Google Gen AI SDK"),
    ("GithubCopilot/", "GitHub Copilot"),
    ("GitHubCopilotChat/", "GitHub Copilot Chat"),
    ("Cursor/", "Cursor"),
    ("ollama/", "Ollama"),
    ("ollama-python/", "Ollama SDK (Python)"),
    ("LM-Studio", "LM Studio"),
    ("LMStudio", "LM Studio"),
    ("langchain", "LangChain"),
    ("LangChain", "LangChain"),
    ("litellm/", "LiteLLM"),
    ("Groq/Python", "Groq SDK (Python)"),
    ("Groq/JS", "Groq SDK (JavaScript)"),
    ("mistral-client-python/", "Mistral SDK (Python)"),
    ("cohere/", "Cohere SDK"),
    ("together-python", "Together SDK (Python)"),
    ("hf_hub/", "huggingface_hub"),
    ("transformers/", "Transformers"),
    ("replicate-python/", "Replicate SDK (Python)"),
    ("ai-sdk/", "Vercel AI SDK"),
    ("continue/", "Continue"),
    ("Cline/", "Cline"),
    ("RooCode/", "Roo Code"),
    ("opencode/", "opencode"),
    ("aider/", "aider"),
    ("Windsurf/", "Windsurf"),
    ("Mozilla/", "browser"),
    ("curl/", "curl"),
    ("python-httpx/", "httpx"),
];

/// The program's name for people, if known.
pub(crate) fn name(agent: &str) -> Option<&'static str> {
    PROGRAMS.iter().find(|(prefix, _)| agent.starts_with(prefix)).map(|(_, name)| *name)
}

/// Whether the program is one that talks to models, browsers and general clients left out.
pub(crate) fn speaks_to_models(agent: &str) -> bool {
    name(agent).is_some_and(|name| !matches!(name, "browser" | "curl" | "httpx"))
}
