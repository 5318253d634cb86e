//! `ChatCompletionMessageParam`, `ChatCompletionToolUnionParam` and the parameters of `chat.completions.create` of the
//! official SDK (2.54).

use super::Type::{All, Each, Either, Fields, Flag, Number, Object, Tagged, Text, Whole};
use super::{Tagged as ByWord, Type, may, must};

pub(super) static REQUEST: Type = Fields(&[
    must("messages", Each(&MESSAGE)),
    may("model", Text),
    may("audio", Object),
    may("frequency_penalty", Number),
    may("function_call", Either(&[Text, Fields(&[must("name", Text)])])),
    may("functions", Each(&FUNCTION)),
    may("logit_bias", Object),
    may("logprobs", Flag),
    may("max_completion_tokens", Whole),
    may("max_tokens", Whole),
    may("modalities", Each(&Text)),
    may("moderation", Object),
    may("n", Whole),
    may("parallel_tool_calls", Flag),
    may("prediction", Fields(&[may("content", CONTENT), may("type", Text)])),
    may("presence_penalty", Number),
    may("prompt_cache_key", Text),
    may("prompt_cache_options", Object),
    may("prompt_cache_retention", Text),
    may("reasoning_effort", Text),
    may("response_format", Fields(&[may("json_schema", Object), may("type", Text)])),
    may("safety_identifier", Text),
    may("seed", Whole),
    may("service_tier", Text),
    may("stop", Either(&[Text, Each(&Text)])),
    may("store", Flag),
    may("stream", Flag),
    may("stream_options", Fields(&[may("include_obfuscation", Flag), may("include_usage", Flag)])),
    may("temperature", Number),
    may("tool_choice", Either(&[Text, Object])),
    may("tools", Each(&TOOL)),
    may("top_logprobs", Whole),
    may("top_p", Number),
    may("user", Text),
    may("verbosity", Text),
    may("web_search_options", Object),
]);

static MESSAGE: Type = All(&[
    Fields(&[
        may("audio", Object),
        may("content", CONTENT),
        may("function_call", CALLED),
        may("name", Text),
        may("refusal", Text),
        may("tool_call_id", Text),
        may("tool_calls", Each(&CALL)),
    ]),
    Tagged(&ByWord {
        key: "role",
        cases: &[
            ("assistant", Object),
            ("developer", SAID),
            ("function", Object),
            ("system", SAID),
            ("tool", SAID),
            ("user", SAID),
        ],
        absent: None,
        other: None,
    }),
]);

/// What a model did not say has words in it.
const SAID: Type = Fields(&[must("content", Either(&[Text, Each(&Object)]))]);

const CONTENT: Type = Either(&[Text, Each(&PART)]);

/// Some servers take the address of a picture as it is.
static PART: Type = Fields(&[
    may("file", Fields(&[may("file_data", Text), may("file_id", Text), may("filename", Text)])),
    may("image_url", Either(&[Text, Fields(&[may("detail", Text), may("url", Text)])])),
    may("input_audio", Fields(&[may("data", Text), may("format", Text)])),
    may("refusal", Text),
    may("text", Text),
    may("type", Text),
]);

static CALL: Type = Fields(&[
    may("custom", Fields(&[must("name", Text), may("input", Text)])),
    may("function", CALLED),
    may("id", Text),
    may("type", Text),
]);

const CALLED: Type = Fields(&[must("name", Text), may("arguments", Text)]);

static TOOL: Type = Fields(&[
    may("custom", Fields(&[must("name", Text), may("description", Text), may("format", Object)])),
    may("description", Text),
    may("function", FUNCTION),
    may("name", Text),
    may("parameters", Object),
    may("type", Text),
]);

const FUNCTION: Type =
    Fields(&[must("name", Text), may("description", Text), may("parameters", Object), may("strict", Flag)]);
