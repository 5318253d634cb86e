//! The Model Context Protocol over streamable HTTP: JSON-RPC 2.0 messages, one in a body or, in the revision of March 2025, a
//! batch of them. `POST` brings messages of the client; `GET` opens a stream of the server's, `DELETE` ends a session, and
//! neither has a body.
//!
//! What a call of a tool holds is a call like any other; what a server answers is what a tool gave, and what it lists are
//! definitions of tools.

use crate::denial::{self, Denial};
use crate::error::ReadError;
use crate::events::Flow;
use crate::gather::{Done, Gather};
use crate::progress::Progress;
use crate::strict_json::{self, Kind, Value};
use crate::table::Dialect;
use crate::types;
use gnomon_types::conversation::{Conversation, DialectName, Role, ToolRunner};
use gnomon_types::secret::Text;
use std::borrow::Cow;
use std::ops::Range;

pub(crate) static DIALECT: Dialect = Dialect {
    name: DialectName::Mcp,
    matches: |method, path| matches!(method, "POST" | "GET" | "DELETE") && path.ends_with("/mcp"),
    read,
    model: |_| None,
    usage: |_| None,
    flow: |_, _, _| Flow::Whole,
    closes: |_| None,
    // The answer to the request; the stream of a GET has no end.
    is_last: |data| data.get("result").or_else(|| data.get("error")).is_some(),
    denial: denial::json_rpc,
    stream_start: Vec::new,
    stream_denial,
};

/// Fields of a message that decide what it is.
const ENVELOPE: &[&str] = &["error", "id", "jsonrpc", "method", "params", "result"];
/// Fields of parameters that decide what is done.
const PARAMS: &[&str] = &["arguments", "name", "uri"];
/// Longest id of a message that is repeated in an answer of ours, in bytes.
const ID_BYTES_MAX: usize = 256;
/// Most messages of a batch that are answered one by one.
const ANSWERED_MAX: usize = 1_000;

/// What a body of messages asks, as far as the head of its HTTP request may say the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Messages {
    /// Ids of the requests in it, as JSON. Notifications have none.
    pub ids: Vec<String>,
    /// Whether it is a batch.
    pub is_batch: bool,
    /// The method, of a single message.
    pub method: Option<String>,
    /// The tool or prompt by its name, or the resource by its address, of a single message.
    pub subject: Option<String>,
}

/// Reads who must be answered and what is asked. Of a body that has no reading, nothing.
#[must_use]
pub fn messages(body: &[u8]) -> Messages {
    let Ok(tree) = strict_json::parse(body) else { return Messages::default() };
    let root = tree.root();
    if root.kind() == Kind::Array {
        let ids = root.items().filter_map(|(_, message)| id(message)).take(ANSWERED_MAX).collect();
        return Messages { ids, is_batch: true, ..Messages::default() };
    }
    let params = root.get("params");
    let subject = params.and_then(|params| params.get_text("name").or_else(|| params.get_text("uri")));
    Messages {
        ids: id(root).into_iter().collect(),
        is_batch: false,
        method: root.get_text("method").map(str::to_owned),
        subject: subject.map(str::to_owned),
    }
}

/// A body with every id of a message written as 0. A client numbers its requests, so one that is sent again has another
/// id, and is the same request all the same.
#[must_use]
pub fn without_ids(body: &[u8]) -> Cow<'_, [u8]> {
    let Ok(tree) = strict_json::parse(body) else { return Cow::Borrowed(body) };
    let root = tree.root();
    let messages = std::iter::once(root).chain(root.items().map(|(_, message)| message));
    let ids: Vec<Range<usize>> = messages.filter_map(|message| message.get("id").map(Value::span)).collect();
    let (mut out, mut done) = (Vec::with_capacity(body.len()), 0);
    for id in ids {
        out.extend_from_slice(body.get(done..id.start).unwrap_or_default());
        out.push(b'0');
        done = id.end;
    }
    out.extend_from_slice(body.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// The id of a request, as JSON: a string or a whole number.
fn id(message: Value<'_>) -> Option<String> {
    message.get("method")?;
    let id = message.get("id").filter(|id| matches!(id.kind(), Kind::String | Kind::Number))?;
    Some(id.raw().to_owned()).filter(|id| id.len() <= ID_BYTES_MAX)
}

fn read(body: &[u8], _content_type: Option<&str>) -> Result<Conversation, ReadError> {
    let mut gather = Gather::new(DialectName::Mcp);
    if body.is_empty() {
        return Ok(gather.conversation);
    }
    let tree = strict_json::parse(body)?;
    let root = tree.root();
    match root.kind() {
        Kind::Array => gather.items(root, message)?,
        _ => message(&mut gather, root)?,
    }
    types::check(DialectName::Mcp, root)?;
    Ok(gather.conversation)
}

fn message(gather: &mut Gather, message: Value<'_>) -> Done {
    if message.kind() != Kind::Object {
        return Err(gather.wrong(message, "a JSON-RPC message"));
    }
    gather.refuse_look_alikes(message, ENVELOPE)?;
    let method = message.get("method");
    if let Some(method) = method.filter(|method| method.kind() != Kind::String) {
        return Err(gather.wrong(method, "a string"));
    }
    let method = method.and_then(Value::text).unwrap_or_default();
    gather.fields(message, Role::User, |gather, key, value| match key {
        "jsonrpc" if value.text() == Some("2.0") => Ok(()),
        "method" if is_method(method) => Ok(()),
        "params" => params(gather, method, value),
        "result" => result(gather, value),
        _ => gather.field(key, value, Role::User),
    })
}

/// A name such as `tools/call` cannot carry text.
fn is_method(method: &str) -> bool {
    let of_method = |byte: u8| byte.is_ascii_alphabetic() || b"/_$".contains(&byte);
    method.len() <= 64 && method.bytes().all(of_method)
}

fn params(gather: &mut Gather, method: &str, params: Value<'_>) -> Done {
    if params.kind() == Kind::Object {
        gather.refuse_look_alikes(params, PARAMS)?;
    }
    if method != "tools/call" {
        return gather.everything(params, Role::User);
    }
    let Some(name) = params.get("name") else { return Err(gather.missing(params, "name")) };
    if name.kind() != Kind::String {
        return Err(gather.wrong(name, "a string"));
    }
    gather.call(params, ToolRunner::Provider);
    // As in the other APIs, what is called and with what are the model's words.
    gather.everything(params, Role::Assistant)
}

/// What a client answers to a request of the server: its model's words, when it was asked for some, or its user's.
fn result(gather: &mut Gather, result: Value<'_>) -> Done {
    let role = result.get_text("role").map_or(Role::User, Role::from_word);
    gather.everything(result, if role == Role::Assistant { role } else { Role::User })
}

/// Takes every text of what a server sends: what a tool gave. Only a list of tools is something else, and is named.
pub(crate) fn answer(gather: &mut Gather, root: Value<'_>) -> Done {
    gather.everything(root, Role::Tool)
}

/// Whether a place in a message of a server belongs to the definition of a tool.
pub(crate) fn is_definition(pointer: &str) -> bool {
    let in_message = pointer.strip_prefix('/').and_then(|rest| {
        let (first, more) = rest.split_once('/')?;
        first.bytes().all(|byte| byte.is_ascii_digit()).then_some(more)
    });
    pointer.starts_with("/result/tools/") || in_message.is_some_and(|rest| rest.starts_with("result/tools/"))
}

/// A definition of a tool as a server declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// The whole definition, as JSON.
    pub text: Text,
}

/// The definitions that a message of a server, or a batch of them, lists.
pub(crate) fn declared(root: Value<'_>) -> Vec<Declared> {
    let batch = root.items().map(|(_, message)| message);
    let messages = std::iter::once(root).chain(batch);
    let lists = messages.filter_map(|message| message.get("result")?.get("tools"));
    let tools = lists.flat_map(|list| list.items().map(|(_, tool)| tool));
    let of =
        |tool: Value<'_>| Some(Declared { name: tool.get_text("name")?.to_owned(), text: Text(tool.raw().to_owned()) });
    tools.filter_map(of).collect()
}

/// The server's answer that does not come any more: an error for each request that waits for one.
fn stream_denial(denied: &Denial<'_>, _progress: &Progress) -> Vec<u8> {
    let errors = denial::json_rpc_errors(denied);
    errors.iter().map(|error| format!("event: message\ndata: {error}\n\n")).collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_who_must_be_answered() {
        let one =
            messages(br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"search","arguments":{}}}"#);
        assert_eq!((one.ids, one.is_batch), (vec!["7".to_owned()], false));
        assert_eq!((one.method.as_deref(), one.subject.as_deref()), (Some("tools/call"), Some("search")));
        let batch = br#"[{"id":"a","method":"ping"},{"method":"notifications/initialized"},{"id":3,"result":{}},{"id":null,"method":"x"}]"#;
        let batch = messages(batch);
        assert_eq!((batch.ids, batch.is_batch), (vec!["\"a\"".to_owned()], true));
        assert_eq!(messages(b"{"), Messages::default());
    }

    #[test]
    fn a_request_that_is_sent_again_differs_in_its_id_alone() {
        let same = |one: &str, other: &str| without_ids(one.as_bytes()) == without_ids(other.as_bytes());
        assert!(same(r#"{"id":7,"method":"a"}"#, r#"{"id":"x8","method":"a"}"#));
        assert!(same(r#"[{"id":7},{"method":"n"},{"id":9}]"#, r#"[{"id":1},{"method":"n"},{"id":2}]"#));
        assert!(!same(r#"{"id":7,"method":"a"}"#, r#"{"id":7,"method":"b"}"#));
        assert!(!same(r#"{"id":7,"params":{"id":1}}"#, r#"{"id":7,"params":{"id":2}}"#));
        assert_eq!(without_ids(b"{"), b"{".as_slice());
    }

    #[test]
    fn definitions_are_known_by_their_place() {
        for (pointer, expected) in [
            ("/result/tools/0/description", true),
            ("/1/result/tools/0/description", true),
            ("/result/content/0/text", false),
            ("/result/structuredContent/tools/0", false),
            ("/params/tools/0", false),
        ] {
            assert_eq!(is_definition(pointer), expected, "{pointer}");
        }
    }
}
