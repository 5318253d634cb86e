//! `MessageParam`, the blocks of content, `ToolUnionParam` and the parameters of `messages.create` and
//! `messages.count_tokens` of the official SDK (2.12), stable and beta.

use super::Type::{All, Each, Either, Fields, Flag, Number, Object, Same, Tagged, Text, Whole};
use super::{Tagged as ByWord, Type, may, must};

/// Counting tokens needs no `max_tokens`.
pub(super) static REQUEST: Type = Fields(&[
    must("messages", Each(&MESSAGE)),
    may("model", Text),
    may("cache_control", Object),
    may("compaction", Object),
    may("container", Either(&[Text, Object])),
    may("context_management", Object),
    may("diagnostics", Object),
    may("inference_geo", Text),
    may("max_tokens", Whole),
    may("mcp_servers", Each(&Fields(&[may("authorization_token", Text), may("name", Text), may("url", Text)]))),
    may("output_config", Object),
    may("output_format", Object),
    may("service_tier", Text),
    may("speed", Text),
    may("stop_sequences", Each(&Text)),
    may("stream", Flag),
    may("system", Same(&CONTENT)),
    may("temperature", Number),
    may("thinking", Fields(&[may("budget_tokens", Whole), may("display", Text), may("type", Text)])),
    may("thread", Object),
    may("tool_choice", Fields(&[may("disable_parallel_tool_use", Flag), may("name", Text), may("type", Text)])),
    may("tools", Each(&TOOL)),
    may("top_k", Whole),
    may("top_p", Number),
    may("user_profile_id", Text),
    may("workspace_id", Text),
]);

/// A message of the system may hold settings alone.
static MESSAGE: Type = All(&[
    Fields(&[may("content", Same(&CONTENT))]),
    Tagged(&ByWord {
        key: "role",
        cases: &[("assistant", SAID), ("system", Object), ("user", SAID)],
        absent: None,
        other: None,
    }),
]);

const SAID: Type = Fields(&[must("content", Either(&[Text, Each(&Object)]))]);

static CONTENT: Type = Either(&[Text, Each(&BLOCK)]);

static BLOCK: Type = Tagged(&ByWord {
    key: "type",
    cases: &[
        ("mcp_tool_result", Same(&RESULT)),
        ("mcp_tool_use", Same(&USE)),
        ("server_tool_use", Same(&USE)),
        ("text", Fields(&[must("text", Text), may("citations", Each(&Object))])),
        ("thinking", Fields(&[may("signature", Text), may("thinking", Text)])),
        ("tool_result", Same(&RESULT)),
        ("tool_use", Same(&USE)),
    ],
    absent: None,
    other: Some(Object),
});

static USE: Type = Fields(&[must("name", Text), may("id", Text), may("input", Object)]);

static RESULT: Type = Fields(&[may("content", Same(&CONTENT)), may("is_error", Flag), may("tool_use_id", Text)]);

/// Of the tools that the provider has itself, only some have a name.
static TOOL: Type = Fields(&[
    may("allowed_domains", Each(&Text)),
    may("blocked_domains", Each(&Text)),
    may("cache_control", Object),
    may("defer_loading", Flag),
    may("description", Text),
    may("eager_input_streaming", Flag),
    may("input_schema", Object),
    may("max_uses", Whole),
    may("name", Text),
    may("strict", Flag),
    may("type", Text),
]);
