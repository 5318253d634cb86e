//! Which API a request is for, by its method and path.

use crate::table::TABLE;
use gnomon_types::conversation::DialectName;

/// Tells the API of a request. The path is the one after the route's prefix; its query is ignored.
///
/// A path in any unusual spelling (escapes, doubled slashes, other case) is `Opaque`: whatever a lenient upstream
/// makes of it, every string of the body is inspected all the same.
#[must_use]
pub fn recognise(method: &str, path: &str) -> DialectName {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_suffix('/').unwrap_or(path);
    TABLE.iter().find(|dialect| (dialect.matches)(method, path)).map_or(DialectName::Opaque, |dialect| dialect.name)
}

/// Whether a path is `end` or ends in it after any prefix, as `/openai/deployments/NAME` of Azure. `end` begins with a slash.
pub(crate) fn ends_with(path: &str, end: &str) -> bool {
    path.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_the_api() {
        let table = [
            ("POST", "/v1/chat/completions", DialectName::OpenaiChat),
            ("POST", "/chat/completions", DialectName::OpenaiChat),
            ("POST", "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", DialectName::OpenaiChat),
            ("GET", "/v1/chat/completions", DialectName::Opaque),
            ("POST", "/v1/chat%2Fcompletions", DialectName::Opaque),
            ("POST", "/v1/completions", DialectName::Opaque),
            ("POST", "/v1/responses", DialectName::OpenaiResponses),
            ("POST", "/v1/responses/", DialectName::OpenaiResponses),
            ("POST", "/v1/responses/compact", DialectName::OpenaiResponses),
            ("POST", "/v1/responses/resp_1/cancel", DialectName::Opaque),
            ("POST", "/v1/embeddings", DialectName::OpenaiEmbeddings),
            ("POST", "/v1/messages?beta=true", DialectName::AnthropicMessages),
            ("POST", "/messages", DialectName::AnthropicMessages),
            ("POST", "/v1/messages/count_tokens", DialectName::AnthropicMessages),
            ("POST", "/v1/messages/batches", DialectName::Opaque),
            ("POST", "/v1/threads/thread_1/messages", DialectName::Opaque),
            ("GET", "/v1/models", DialectName::Models),
            ("GET", "/models", DialectName::Models),
            ("GET", "/v1/models/gpt-4o", DialectName::Models),
            ("DELETE", "/v1/models/ft:gpt-4o", DialectName::Opaque),
            ("POST", "/v1/audio/transcriptions", DialectName::Opaque),
            ("POST", "", DialectName::Opaque),
            ("POST", "/mcp", DialectName::Mcp),
            ("POST", "/crm/mcp/", DialectName::Mcp),
            ("GET", "/mcp", DialectName::Mcp),
            ("DELETE", "/mcp", DialectName::Mcp),
            ("PUT", "/mcp", DialectName::Opaque),
            ("POST", "/mcp/messages", DialectName::Opaque),
            ("POST", "/notmcp", DialectName::Opaque),
        ];
        for (method, path, expected) in table {
            assert_eq!(recognise(method, path), expected, "{method} {path}");
        }
    }
}
