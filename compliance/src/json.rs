//! JSON that comes out the same in every build: keys sorted, two spaces, one final newline.

use crate::error::ComplianceError;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Encodes a value. Objects are sorted here, since whether `serde_json` sorts them depends on the features that other
/// crates ask of it.
pub(crate) fn encode(value: &impl Serialize) -> Result<Vec<u8>, ComplianceError> {
    let sorted = Sorted::new(serde_json::to_value(value)?);
    let mut bytes = serde_json::to_vec_pretty(&sorted)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[derive(Serialize)]
#[serde(untagged)]
enum Sorted {
    Plain(Value),
    List(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

impl Sorted {
    fn new(value: Value) -> Self {
        match value {
            Value::Array(items) => Self::List(items.into_iter().map(Self::new).collect()),
            Value::Object(fields) => {
                Self::Object(fields.into_iter().map(|(name, value)| (name, Self::new(value))).collect())
            }
            plain => Self::Plain(plain),
        }
    }
}
