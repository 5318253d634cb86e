//! A request to a model, whatever API it came through: messages, parts, tools.

use crate::secret::Text;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The API whose shape a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DialectName {
    /// `POST /v1/chat/completions`
    OpenaiChat,
    /// `POST /v1/responses`
    OpenaiResponses,
    /// `POST /v1/embeddings`
    OpenaiEmbeddings,
    /// `GET /v1/models`, in both shapes.
    Models,
    /// `POST /v1/messages` and `/v1/messages/count_tokens`
    AnthropicMessages,
    /// Model Context Protocol over streamable HTTP: any path that ends in `/mcp`.
    Mcp,
    /// Any other path under a route: inventoried, scanned as text, marked as such in its record.
    Opaque,
}

impl DialectName {
    /// The word used in records, configuration and Cedar.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiResponses => "openai-responses",
            Self::OpenaiEmbeddings => "openai-embeddings",
            Self::Models => "models",
            Self::AnthropicMessages => "anthropic-messages",
            Self::Mcp => "mcp",
            Self::Opaque => "opaque",
        }
    }

    /// What the request does, by its OpenTelemetry GenAI operation name.
    #[must_use]
    pub fn operation(self) -> &'static str {
        match self {
            Self::OpenaiChat | Self::OpenaiResponses | Self::AnthropicMessages => "chat",
            Self::OpenaiEmbeddings => "embeddings",
            Self::Models => "models",
            Self::Mcp => "mcp",
            Self::Opaque => "opaque",
        }
    }
}

/// Whose words a part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The operator's instructions: system and developer messages.
    System,
    /// The person or program that asks.
    #[default]
    User,
    /// The model's earlier answers.
    Assistant,
    /// What a tool, file or search gave back. Untrusted: it may hold somebody else's orders.
    Tool,
}

impl Role {
    /// The word used in JSON and Cedar.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }

    /// Reads a role word as the APIs use it. Unknown words count as `User`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::known(word).unwrap_or_default()
    }

    /// The same where a word that is unknown must not pass.
    #[must_use]
    pub fn known(word: &str) -> Option<Self> {
        match word {
            "system" | "developer" => Some(Self::System),
            "user" => Some(Self::User),
            "assistant" | "model" => Some(Self::Assistant),
            "tool" | "function" | "document" => Some(Self::Tool),
            _ => None,
        }
    }
}

/// One piece of text of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Whose words.
    pub role: Role,
    /// The decoded text.
    pub text: Text,
    /// Where its JSON string stands in the body, quotes included. For an opaque body that is text: the text's range.
    pub span: Range<usize>,
    /// JSON Pointer of the string in the body, such as `/messages/1/content`. Empty for an opaque body.
    pub pointer: String,
}

/// A tool that the request offers to the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolDefinition {
    /// The tool's name.
    pub name: String,
    /// Range of the whole definition in the body, for pinning by digest.
    pub span: Range<usize>,
    /// Range of the JSON Schema that it declares for its arguments. A tool with several has one definition for each.
    pub schema: Option<Range<usize>>,
    /// What it says it does.
    pub description: Option<Text>,
}

/// A call of a tool that the model made earlier in the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The tool's name.
    pub name: String,
    /// The arguments: JSON text, or free text for a tool that takes it. Empty when the call has none.
    pub arguments: Text,
    /// Where the arguments stand in the body, quotes included; where the call stands when it has none.
    pub span: Range<usize>,
    /// JSON Pointer of the same place.
    pub pointer: String,
    /// Who ran it.
    pub runner: ToolRunner,
}

/// Who runs a tool that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolRunner {
    /// The caller, which must have declared it.
    Caller,
    /// The provider, or a server that the provider asks: the request may name the server alone.
    Provider,
}

/// A request as every part of the product sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The API it came through.
    pub dialect: DialectName,
    /// The model asked for.
    pub model: Option<String>,
    /// Whether a streamed answer is asked for.
    pub stream: bool,
    /// Every text in it, in the order of the body: instructions, messages, tool descriptions, tool arguments, tool results.
    pub parts: Vec<Part>,
    /// The tools offered.
    pub tools: Vec<ToolDefinition>,
    /// The calls of tools that it holds, in the order of the body. Of an unknown API, none are known.
    pub calls: Vec<ToolCall>,
    /// Whether the model reads text that is not in the body: an earlier response, a stored conversation, item or prompt.
    pub unseen_history: bool,
    /// How many parts hold something other than text (images, audio, files); they are counted, not inspected.
    pub uninspected_parts: usize,
}

/// What an answer cost, as the upstream reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}
