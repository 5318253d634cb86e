//! The table of signs.

/// What speaks this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    OpenAi,
    Anthropic,
    Gemini,
    Azure,
    Bedrock,
    Ollama,
    LlamaCpp,
    TextGeneration,
    Triton,
    Image,
    Mcp,
    Agent,
    Any,
}

/// Families whose paths one server may well have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trade {
    Model,
    Image,
    Mcp,
    Agent,
}

impl Trade {
    pub(super) const ALL: [Self; 4] = [Self::Model, Self::Image, Self::Mcp, Self::Agent];
}

impl Family {
    pub(super) fn trade(self) -> Trade {
        match self {
            Self::Image => Trade::Image,
            Self::Mcp => Trade::Mcp,
            Self::Agent => Trade::Agent,
            _ => Trade::Model,
        }
    }

    pub(super) fn server(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI-compatible server",
            Self::Anthropic => "Anthropic-compatible server",
            Self::Gemini => "Gemini-compatible server",
            Self::Azure => "Azure-OpenAI-compatible server",
            Self::Bedrock => "Bedrock-compatible server",
            Self::Ollama => "Ollama server",
            Self::LlamaCpp => "llama.cpp server",
            Self::TextGeneration => "text generation server",
            Self::Triton => "Triton or KServe server",
            Self::Image => "image generation server",
            Self::Mcp => "MCP server",
            Self::Agent => "agent server",
            Self::Any => "AI endpoint",
        }
    }
}

/// One sign.
#[derive(Debug, PartialEq)]
pub(super) struct Sign {
    pub(super) label: &'static str,
    pub(super) family: Family,
    pub(super) weight: f32,
    pub(super) from_path: bool,
    pub(super) confirmed_by_port: bool,
    /// For a port or a name: who listens there by default.
    pub(super) ports_of: &'static [Family],
}

const fn path(label: &'static str, family: Family, weight: f32) -> Sign {
    Sign { label, family, weight, from_path: true, confirmed_by_port: true, ports_of: &[] }
}

const fn listing(label: &'static str, family: Family) -> Sign {
    Sign { label, family, weight: 0.25, from_path: true, confirmed_by_port: false, ports_of: &[] }
}

const fn beside(label: &'static str, weight: f32) -> Sign {
    Sign { label, family: Family::Any, weight, from_path: false, confirmed_by_port: false, ports_of: &[] }
}

const fn port(label: &'static str, weight: f32, ports_of: &'static [Family]) -> Sign {
    Sign { label, family: Family::Any, weight, from_path: false, confirmed_by_port: false, ports_of }
}

macro_rules! sign {
    ($sign:expr) => {{
        static SIGN: Sign = $sign;
        Some(&SIGN)
    }};
}

/// The sign in a path that was asked for with this method.
pub(super) fn of_path(method: &str, full: &str) -> Option<&'static Sign> {
    let (path_only, query) = full.split_once('?').unwrap_or((full, ""));
    let path_only = path_only.strip_suffix('/').unwrap_or(path_only);
    let (parents, last) = path_only.rsplit_once('/')?;
    let parent = parents.rsplit('/').next().unwrap_or_default();
    match method {
        "POST" => of_post(path_only, parents, parent, last, query),
        "GET" => of_get(parents, parent, last, query),
        "DELETE" if last == "mcp" => sign!(path("DELETE /mcp", Family::Mcp, 0.5)),
        _ => None,
    }
}

fn of_post(whole: &str, parents: &str, parent: &str, last: &str, query: &str) -> Option<&'static Sign> {
    use Family::{Agent, Anthropic, Azure, Image, LlamaCpp, Mcp, Ollama, OpenAi, TextGeneration, Triton};
    let v1 = parent == "v1" || parents.ends_with("/v1");
    match last {
        "completions" if parent == "chat" && parents.contains("/openai/deployments/") => {
            sign!(path("POST /openai/deployments/../chat/completions", Azure, 0.8))
        }
        "completions" | "embeddings" | "generations" | "transcriptions" | "speech" | "responses"
            if parents.contains("/openai/deployments/") =>
        {
            sign!(path("POST /openai/deployments/..", Azure, 0.8))
        }
        "completions" if parent == "chat" => sign!(path("POST /chat/completions", OpenAi, 0.8)),
        "completions" if v1 => sign!(path("POST /v1/completions", OpenAi, 0.5)),
        "responses" if v1 => sign!(path("POST /v1/responses", OpenAi, 0.5)),
        "embeddings" if v1 => sign!(path("POST /v1/embeddings", OpenAi, 0.7)),
        "moderations" if v1 => sign!(path("POST /v1/moderations", OpenAi, 0.5)),
        "runs" if parents.contains("/v1/threads/") => sign!(path("POST /v1/threads/../runs", OpenAi, 0.8)),
        "edits" | "variations" if parents.ends_with("/v1/images") => sign!(path("POST /v1/images/edits", OpenAi, 0.7)),
        "translations" if parents.ends_with("/v1/audio") => sign!(path("POST /v1/audio/translations", OpenAi, 0.8)),
        "transcriptions" if parent == "audio" => sign!(path("POST /audio/transcriptions", OpenAi, 0.8)),
        "speech" if parent == "audio" && parents.contains("/v1/") => sign!(path("POST /v1/audio/speech", OpenAi, 0.8)),
        "generations" if parent == "images" => sign!(path("POST /images/generations", OpenAi, 0.8)),
        "rerank" if v1 || parent == "v2" => sign!(path("POST /v1/rerank", OpenAi, 0.8)),
        "count_tokens" if parent == "messages" => sign!(path("POST /v1/messages/count_tokens", Anthropic, 0.8)),
        "messages" if v1 => sign!(path("POST /v1/messages", Anthropic, 0.5)),
        "chat" | "generate" | "embed" if parents.ends_with("/ollama/api") => {
            sign!(path("POST /ollama/api/chat", Ollama, 0.7))
        }
        "chat" if parent == "api" => sign!(path("POST /api/chat", Ollama, 0.25)),
        "generate" if parent == "api" => sign!(path("POST /api/generate", Ollama, 0.25)),
        "embed" | "embeddings" if parent == "api" => sign!(path("POST /api/embed", Ollama, 0.25)),
        "pull" if parent == "api" => sign!(path("POST /api/pull", Ollama, 0.5)),
        "show" if parent == "api" => sign!(path("POST /api/show", Ollama, 0.25)),
        "infer" | "generate" | "generate_stream" if parents.contains("/v2/models/") => {
            sign!(path("POST /v2/models/../infer", Triton, 0.8))
        }
        "generate" if parents.ends_with("/api/v1") => sign!(path("POST /api/v1/generate", TextGeneration, 0.4)),
        "invocations" if parents.contains("/serving-endpoints/") => {
            sign!(path("POST /serving-endpoints/../invocations", OpenAi, 0.7))
        }
        "chat-messages" | "completion-messages" if v1 => sign!(path("POST /v1/chat-messages", Agent, 0.6)),
        "generate_stream" => sign!(path("POST /generate_stream", TextGeneration, 0.5)),
        "generate" if parents.is_empty() => sign!(path("POST /generate", TextGeneration, 0.25)),
        "completion" if parents.is_empty() => sign!(path("POST /completion", LlamaCpp, 0.25)),
        "infill" if parents.is_empty() => sign!(path("POST /infill", LlamaCpp, 0.7)),
        "apply-template" if parents.is_empty() => sign!(path("POST /apply-template", LlamaCpp, 0.5)),
        "tokenize" | "detokenize" if parents.is_empty() => sign!(path("POST /tokenize", LlamaCpp, 0.5)),
        "txt2img" | "img2img" if parents.ends_with("/sdapi/v1") => sign!(path("POST /sdapi/v1/txt2img", Image, 0.8)),
        "prompt" if parents.is_empty() => sign!(path("POST /prompt", Image, 0.25)),
        "mcp" => sign!(path("POST /mcp", Mcp, 0.7)),
        "messages" | "message" if parent == "mcp" => sign!(path("POST /mcp/messages", Mcp, 0.7)),
        "messages" | "message" if query.starts_with("session_id=") || query.starts_with("sessionId=") => {
            sign!(path("POST /messages?session_id=", Mcp, 0.6))
        }
        _ if parents.ends_with("/api/v1/prediction") => sign!(path("POST /api/v1/prediction/..", Agent, 0.6)),
        _ => of_model_call(whole, last),
    }
}

/// `models/NAME:generateContent` and `/model/NAME/converse`.
fn of_model_call(whole: &str, last: &str) -> Option<&'static Sign> {
    let verb = last.rsplit_once(':').map_or("", |(_, verb)| verb);
    if matches!(verb, "generateContent" | "streamGenerateContent" | "countTokens" | "embedContent") {
        return sign!(path("POST models/..:generateContent", Family::Gemini, 0.8));
    }
    let is_call = matches!(last, "invoke" | "invoke-with-response-stream" | "converse" | "converse-stream");
    if is_call && whole.contains("/model/") {
        return sign!(path("POST /model/../invoke", Family::Bedrock, 0.8));
    }
    None
}

fn of_get(parents: &str, parent: &str, last: &str, query: &str) -> Option<&'static Sign> {
    use Family::{Agent, Image, LlamaCpp, Mcp, Ollama, OpenAi, TextGeneration, Triton};
    match last {
        "sd-models" | "samplers" | "options" if parents.ends_with("/sdapi/v1") => {
            sign!(path("GET /sdapi/v1/..", Image, 0.7))
        }
        // LiteLLM spells it so.
        "liveliness" if parent == "health" => sign!(path("GET /health/liveliness", OpenAi, 0.5)),
        "info" if parent == "model" => sign!(path("GET /model/info", OpenAi, 0.4)),
        "models" if parent == "v1" => sign!(listing("GET /v1/models", OpenAi)),
        "realtime" if parent == "v1" && query.contains("model=") => {
            sign!(path("GET /v1/realtime?model=", OpenAi, 0.8))
        }
        "tags" if parent == "api" => sign!(path("GET /api/tags", Ollama, 0.4)),
        "ps" if parent == "api" => sign!(path("GET /api/ps", Ollama, 0.4)),
        "version" if parent == "api" => sign!(listing("GET /api/version", Ollama)),
        "info" if parents.is_empty() => sign!(listing("GET /info", TextGeneration)),
        "props" if parents.is_empty() => sign!(listing("GET /props", LlamaCpp)),
        "slots" if parents.is_empty() => sign!(listing("GET /slots", LlamaCpp)),
        "get_model_info" => sign!(path("GET /get_model_info", TextGeneration, 0.8)),
        "ready" if parents.ends_with("/v2/health") => sign!(path("GET /v2/health/ready", Triton, 0.5)),
        "mcp" => sign!(path("GET /mcp", Mcp, 0.25)),
        "sse" if parent == "mcp" => sign!(path("GET /mcp/sse", Mcp, 0.7)),
        "sse" => sign!(path("GET /sse", Mcp, 0.25)),
        "agent-card.json" | "agent.json" if parent == ".well-known" => {
            sign!(path("GET /.well-known/agent-card.json", Agent, 0.8))
        }
        _ => None,
    }
}

/// The sign in a port that is not the scheme's own.
pub(super) fn of_port(number: Option<u16>) -> Option<&'static Sign> {
    use Family::{Image, LlamaCpp, Mcp, Ollama, OpenAi, TextGeneration, Triton};
    match number? {
        11434 => sign!(port("port 11434", 0.6, &[Ollama, OpenAi])),
        1234 => sign!(port("port 1234", 0.15, &[OpenAi])),
        8000 => sign!(port("port 8000", 0.15, &[OpenAi, Triton])),
        8080 => sign!(port("port 8080", 0.1, &[OpenAi, LlamaCpp, TextGeneration])),
        4000 => sign!(port("port 4000", 0.15, &[OpenAi])),
        3000 => sign!(port("port 3000", 0.1, &[OpenAi])),
        30000 => sign!(port("port 30000", 0.3, &[OpenAi, TextGeneration])),
        9997 => sign!(port("port 9997", 0.3, &[OpenAi])),
        5000 | 5001 => sign!(port("port 5000", 0.1, &[OpenAi, TextGeneration])),
        7860 => sign!(port("port 7860", 0.2, &[Image])),
        8188 => sign!(port("port 8188", 0.3, &[Image])),
        1337 => sign!(port("port 1337", 0.15, &[OpenAi])),
        4891 => sign!(port("port 4891", 0.3, &[OpenAi])),
        52415 => sign!(port("port 52415", 0.3, &[OpenAi])),
        6274 | 6277 => sign!(port("port 6277", 0.3, &[Mcp])),
        _ => None,
    }
}

/// The sign in a client program's name.
pub(super) fn of_agent(agent: &str) -> Option<&'static Sign> {
    if agent.is_empty() {
        return None;
    }
    crate::client::speaks_to_models(agent).then_some(())?;
    sign!(beside("client of an AI library", 0.6))
}

/// The sign in the kind of answer, beside an AI path.
pub(super) fn of_answer(content_type: &str) -> Option<&'static Sign> {
    if content_type.contains("text/event-stream") || content_type.contains("x-ndjson") {
        return sign!(beside("streamed answer", 0.4));
    }
    None
}

/// The sign in the name of a host.
pub(super) fn of_host(host: &str) -> Option<&'static Sign> {
    let (first, rest) = host.split_once('.').unwrap_or((host, ""));
    if rest.is_empty() && first.is_empty() || first.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let words = || first.split(['-', '_']);
    if words().any(|word| word == "mcp") {
        return sign!(beside("host named mcp", 0.2));
    }
    if words().any(|word| word == "ollama") {
        return sign!(port("host named ollama", 0.4, &[Family::Ollama, Family::OpenAi]));
    }
    const SERVERS: [&str; 7] = ["vllm", "litellm", "openwebui", "lmstudio", "localai", "sglang", "llamacpp"];
    if words().any(|word| SERVERS.contains(&word)) {
        return sign!(port("host named after a model server", 0.4, &[Family::OpenAi, Family::LlamaCpp]));
    }
    const HINTS: [&str; 4] = ["llm", "llms", "gpt", "genai"];
    if words().any(|word| HINTS.contains(&word)) {
        return sign!(beside("host named after language models", 0.2));
    }
    None
}
