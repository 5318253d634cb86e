//! `ResponseInputItemParam`, `ToolParam` and the parameters of `responses.create` and `responses.compact` of the
//! official SDK (2.54). The reader itself looks at `input` and `instructions`.

use super::Type::{All, Each, Either, Fields, Flag, Number, Object, Tagged, Text, Whole};
use super::{Tagged as ByWord, Type, may, must};

pub(super) static REQUEST: Type = Fields(&[
    may("background", Flag),
    may("context_management", Each(&Object)),
    may("conversation", Either(&[Text, Object])),
    may("include", Each(&Text)),
    may("input", ITEMS),
    may("instructions", ITEMS),
    may("max_output_tokens", Whole),
    may("max_tool_calls", Whole),
    may("model", Text),
    may("moderation", Object),
    may("parallel_tool_calls", Flag),
    may("previous_response_id", Text),
    may("prompt", Fields(&[may("id", Text), may("variables", Object), may("version", Text)])),
    may("prompt_cache_key", Text),
    may("prompt_cache_options", Object),
    may("prompt_cache_retention", Text),
    may("reasoning", Object),
    may("safety_identifier", Text),
    may("service_tier", Text),
    may("store", Flag),
    may("stream", Flag),
    may("stream_options", Fields(&[may("include_obfuscation", Flag)])),
    may("temperature", Number),
    may("text", Object),
    may("tool_choice", Either(&[Text, Object])),
    may("tools", Each(&TOOL)),
    may("top_logprobs", Whole),
    may("top_p", Number),
    may("truncation", Text),
    may("user", Text),
]);

const ITEMS: Type = Either(&[Text, Each(&ITEM)]);

static ITEM: Type = All(&[
    Fields(&[may("call_id", Text), may("id", Text), may("status", Text)]),
    Tagged(&ByWord {
        key: "type",
        cases: &[
            ("custom_tool_call", Fields(&[must("name", Text), may("input", Text)])),
            ("custom_tool_call_output", OUTPUT),
            ("function_call", CALL),
            ("function_call_output", OUTPUT),
            ("mcp_approval_request", CALL),
            ("mcp_approval_response", Fields(&[may("approve", Flag), may("reason", Text)])),
            ("mcp_call", CALL),
            ("message", MESSAGE),
        ],
        // A message in short, or a reference to an item, which has an id and no more.
        absent: Some(Tagged(&ByWord { key: "role", cases: ROLES, absent: Some(Object), other: None })),
        other: Some(Object),
    }),
]);

const MESSAGE: Type = Tagged(&ByWord { key: "role", cases: ROLES, absent: None, other: None });

/// What the model said comes back as it was given, under any role that the API's own items have.
const ROLES: &[(&str, Type)] = &[
    ("assistant", SAID),
    ("critic", SAID),
    ("developer", SAID),
    ("discriminator", SAID),
    ("system", SAID),
    ("tool", SAID),
    ("unknown", SAID),
    ("user", SAID),
];

const SAID: Type = Fields(&[must("content", Either(&[Text, Each(&Fields(&[may("text", Text), may("type", Text)]))]))]);

const CALL: Type = Fields(&[must("name", Text), may("arguments", Text)]);

const OUTPUT: Type = Fields(&[may("output", Either(&[Text, Each(&Object)]))]);

/// A function may also stand in the shape that the chat API gives it; a namespace has tools of its own.
static TOOL: Type = Fields(&[
    may("description", Text),
    may("function", Fields(&[must("name", Text), may("description", Text), may("parameters", Object)])),
    may("name", Text),
    may("parameters", Object),
    may("server_label", Text),
    may("server_url", Text),
    may("strict", Flag),
    may("tools", Each(&TOOL)),
    may("type", Text),
]);
