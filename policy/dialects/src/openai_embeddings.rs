//! `POST /v1/embeddings`.

use crate::error::ReadError;
use crate::events::Flow;
use crate::gather::{Done, Gather};
use crate::strict_json::{Kind, Value};
use crate::table::Dialect;
use crate::{denial, openai_chat, recognise, strict_json, types};
use gnomon_types::conversation::{Conversation, DialectName, Role};

pub(crate) static DIALECT: Dialect = Dialect {
    name: DialectName::OpenaiEmbeddings,
    matches: |method, path| method == "POST" && recognise::ends_with(path, "/embeddings"),
    read,
    model: |data| data.get_text("model"),
    usage: openai_chat::usage,
    flow: |_, _, _| Flow::Whole,
    closes: |_| None,
    is_last: |_| false,
    denial: denial::openai,
    stream_start: Vec::new,
    stream_denial: denial::openai_stream_error,
};

fn read(body: &[u8], _content_type: Option<&str>) -> Result<Conversation, ReadError> {
    let tree = strict_json::parse(body)?;
    let mut gather = Gather::new(DialectName::OpenaiEmbeddings);
    let root = tree.root();
    gather.fields(root, Role::User, |gather, key, value| match key {
        "model" => gather.model(value),
        "input" => input(gather, value),
        _ => gather.field(key, value, Role::User),
    })?;
    gather.refuse_look_alikes(root, &["input", "model"])?;
    if root.get("input").is_none() {
        return Err(gather.missing(root, "input"));
    }
    types::check(DialectName::OpenaiEmbeddings, root)?;
    Ok(gather.conversation)
}

/// A string, several strings, or token numbers. Tokens are text that only the model's own tokeniser can read, so a
/// list of them is counted as not inspected.
fn input(gather: &mut Gather, value: Value<'_>) -> Done {
    match value.kind() {
        Kind::String => gather.text(value, Role::User),
        Kind::Array if is_tokens(value) => {
            gather.skip();
            Ok(())
        }
        Kind::Array => gather.items(value, |gather, item| match item.kind() {
            Kind::String => gather.text(item, Role::User),
            Kind::Array if is_tokens(item) => {
                gather.skip();
                Ok(())
            }
            // Some servers embed pictures: an object with text or an image.
            Kind::Object => gather.everything(item, Role::User),
            _ => Err(gather.wrong(item, "a string or an array of tokens")),
        }),
        Kind::Object => gather.everything(value, Role::User),
        _ => Err(gather.wrong(value, "a string, an array of strings, or tokens")),
    }
}

fn is_tokens(array: Value<'_>) -> bool {
    let mut items = array.items().peekable();
    items.peek().is_some() && items.all(|(_, item)| matches!(item.kind(), Kind::Number | Kind::Numbers))
}
