//! The types that an API gives the fields of its requests, as tables: one per dialect, checked by one function.
//!
//! A server that reads a text where the API has a number, or a number where it has a name, understands another request
//! than the one that was judged. A table names what the official SDKs' request types name. Fields that it does not name
//! may have any type, as APIs grow; so may `metadata` and its like, by which nothing is decided. A `null` stands for a
//! field that is left out, wherever the field may be.

mod anthropic;
mod mcp;
mod openai_chat;
mod openai_embeddings;
mod openai_responses;

use crate::error::{Mistake, ReadError};
use crate::pointer::Pointer;
use crate::strict_json::{Kind, Value};
use gnomon_types::conversation::DialectName;

/// What a value must be.
#[derive(Debug)]
enum Type {
    Text,
    Number,
    /// A number without a fraction, however it is written.
    Whole,
    Flag,
    /// An object, whatever is in it.
    Object,
    /// A list, every element of which has this type.
    Each(&'static Type),
    /// An object with these fields, and any others.
    Fields(&'static [Field]),
    /// Whichever of these is of the value's kind.
    Either(&'static [Type]),
    /// Each of these.
    All(&'static [Type]),
    /// An object whose type a word in it tells.
    Tagged(&'static Tagged),
    /// What another table says. Blocks of content hold content.
    Same(&'static Type),
}

/// A field of an object.
#[derive(Debug)]
struct Field {
    key: &'static str,
    needed: bool,
    type_: Type,
}

/// A field that may be left out or be null.
const fn may(key: &'static str, type_: Type) -> Field {
    Field { key, needed: false, type_ }
}

/// A field that must be there.
const fn must(key: &'static str, type_: Type) -> Field {
    Field { key, needed: true, type_ }
}

/// How a word in an object tells its type.
#[derive(Debug)]
struct Tagged {
    /// The field with the word.
    key: &'static str,
    cases: &'static [(&'static str, Type)],
    /// Without such a field. If this is `None`, it must be there.
    absent: Option<Type>,
    /// With any other word. If this is `None`, there are no others.
    other: Option<Type>,
}

/// Refuses a request that has a field of another type than its API gives it.
pub(crate) fn check(dialect: DialectName, root: Value<'_>) -> Result<(), ReadError> {
    let table = match dialect {
        DialectName::OpenaiChat => &openai_chat::REQUEST,
        DialectName::OpenaiResponses => &openai_responses::REQUEST,
        DialectName::OpenaiEmbeddings => &openai_embeddings::REQUEST,
        DialectName::AnthropicMessages => &anthropic::REQUEST,
        DialectName::Mcp => &mcp::REQUEST,
        DialectName::Models | DialectName::Opaque => return Ok(()),
    };
    is_of(root, table, &Place::Root)
}

/// Where a value stands. Only an error makes a pointer of it.
enum Place<'p> {
    Root,
    Key(&'p Place<'p>, &'p str),
    Position(&'p Place<'p>, usize),
}

type Done = Result<(), ReadError>;

/// A document nests no deeper than the strict reader allows, so this recursion is bounded.
fn is_of(value: Value<'_>, type_: &Type, place: &Place<'_>) -> Done {
    match type_ {
        Type::Each(element) if value.kind() == Kind::Array => {
            value.items().try_for_each(|(position, item)| is_of(item, element, &Place::Position(place, position)))
        }
        Type::Fields(fields) if value.kind() == Kind::Object => fields_are(value, fields, place),
        Type::Tagged(tagged) if value.kind() == Kind::Object => tagged_is(value, tagged, place),
        Type::Same(type_) => is_of(value, type_, place),
        Type::All(types) => types.iter().try_for_each(|type_| is_of(value, type_, place)),
        Type::Either(types) => match types.iter().find(|type_| type_.has_kind(value)) {
            Some(type_) => is_of(value, type_, place),
            None => Err(place.wrong(value, &type_.wanted())),
        },
        _ if type_.has_kind(value) => Ok(()),
        _ => Err(place.wrong(value, &type_.wanted())),
    }
}

fn fields_are(object: Value<'_>, fields: &[Field], place: &Place<'_>) -> Done {
    for found in object.fields() {
        let Some(field) = fields.iter().find(|field| field.key == found.key) else { continue };
        if field.needed || found.value.kind() != Kind::Null {
            is_of(found.value, &field.type_, &Place::Key(place, found.key))?;
        }
    }
    match fields.iter().find(|field| field.needed && object.get(field.key).is_none()) {
        Some(field) => Err(place.missing(object, field.key)),
        None => Ok(()),
    }
}

fn tagged_is(object: Value<'_>, tagged: &Tagged, place: &Place<'_>) -> Done {
    let key = tagged.key;
    let Some(tag) = object.get(key).filter(|tag| tag.kind() != Kind::Null || tagged.absent.is_none()) else {
        return match &tagged.absent {
            Some(type_) => is_of(object, type_, place),
            None => Err(place.missing(object, key)),
        };
    };
    let Some(word) = tag.text() else { return Err(Place::Key(place, key).wrong(tag, "a string")) };
    let case = tagged.cases.iter().find(|(case, _)| *case == word).map(|(_, type_)| type_);
    match case.or(tagged.other.as_ref()) {
        Some(type_) => is_of(object, type_, place),
        None => {
            let words: Vec<String> = tagged.cases.iter().map(|(case, _)| format!("`{case}`")).collect();
            let message = format!("expected {}, found another word", words.join(" or "));
            Err(Place::Key(place, key).error(tag, message))
        }
    }
}

impl Type {
    /// Whether a value can be of this type, by its kind alone.
    fn has_kind(&self, value: Value<'_>) -> bool {
        let kind = value.kind();
        match self {
            Self::Text => kind == Kind::String,
            Self::Number => matches!(kind, Kind::Number | Kind::Numbers),
            Self::Whole => value.is_whole(),
            Self::Flag => matches!(kind, Kind::True | Kind::False),
            Self::Each(_) => kind == Kind::Array,
            Self::Object | Self::Fields(_) | Self::Tagged(_) => kind == Kind::Object,
            Self::Either(types) => types.iter().any(|type_| type_.has_kind(value)),
            Self::All(types) => types.iter().all(|type_| type_.has_kind(value)),
            Self::Same(type_) => type_.has_kind(value),
        }
    }

    fn wanted(&self) -> String {
        let word = match self {
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Flag => "true or false",
            Self::Each(_) => "an array",
            Self::Object | Self::Fields(_) | Self::Tagged(_) => "an object",
            Self::Either(types) => {
                let words: Vec<String> = types.iter().map(Self::wanted).collect();
                return words.join(" or ");
            }
            Self::Same(type_) => return type_.wanted(),
            Self::All(types) => return types.first().map(Self::wanted).unwrap_or_default(),
        };
        word.to_owned()
    }
}

impl Place<'_> {
    fn wrong(&self, value: Value<'_>, wanted: &str) -> ReadError {
        self.error(value, format!("expected {wanted}, found {}", value.described()))
    }

    fn missing(&self, object: Value<'_>, key: &str) -> ReadError {
        self.error(object, format!("the field `{key}` is missing: add it"))
    }

    fn error(&self, value: Value<'_>, message: String) -> ReadError {
        let mut pointer = Pointer::default();
        self.write(&mut pointer);
        let (offset, pointer) = (value.span().start, pointer.into_string());
        ReadError { offset, pointer, message, mistake: Mistake::Type }
    }

    fn write(&self, pointer: &mut Pointer) {
        match self {
            Self::Root => {}
            Self::Key(outer, key) => {
                outer.write(pointer);
                pointer.push_key(key);
            }
            Self::Position(outer, position) => {
                outer.write(pointer);
                pointer.push_position(*position);
            }
        }
    }
}
