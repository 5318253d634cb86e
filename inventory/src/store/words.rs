//! Between columns and types. What does not fit is a damaged row, named with its table and column.

use crate::db::Row;
use crate::error::InventoryError;
use gnomon_types::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a one-word enum or an id by its serde form.
pub(crate) fn word<T: DeserializeOwned>(column: &str, text: String) -> Result<T, InventoryError> {
    serde_json::from_value(serde_json::Value::String(text))
        .map_err(|error| InventoryError::Damaged(format!("column `{column}`: {error}")))
}

/// The same for a column that may be NULL.
pub(crate) fn word_opt<T: DeserializeOwned>(column: &str, text: Option<String>) -> Result<Option<T>, InventoryError> {
    text.map(|text| word(column, text)).transpose()
}

/// Reads a JSON column.
pub(crate) fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, InventoryError> {
    serde_json::from_str(text).map_err(|error| InventoryError::Damaged(format!("column `{column}`: {error}")))
}

/// Writes a JSON column.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, InventoryError> {
    serde_json::to_string(value).map_err(|error| InventoryError::Damaged(format!("cannot write JSON: {error}")))
}

/// The empty string stands for "none" in columns that are part of a key.
pub(crate) fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl Row {
    pub(crate) fn count(&self, index: usize) -> Result<u64, InventoryError> {
        Ok(u64::try_from(self.int(index)?).unwrap_or(0))
    }

    pub(crate) fn count_opt(&self, index: usize) -> Result<Option<u64>, InventoryError> {
        Ok(self.int_opt(index)?.map(|value| u64::try_from(value).unwrap_or(0)))
    }

    pub(crate) fn time(&self, index: usize) -> Result<Timestamp, InventoryError> {
        Ok(Timestamp::from_millis(self.int(index)?))
    }

    pub(crate) fn time_opt(&self, index: usize) -> Result<Option<Timestamp>, InventoryError> {
        Ok(self.int_opt(index)?.map(Timestamp::from_millis))
    }

    pub(crate) fn flag(&self, index: usize) -> Result<bool, InventoryError> {
        Ok(self.int(index)? != 0)
    }
}

/// A model's name as the record keeps it. Callers choose it freely, and PostgreSQL refuses an index entry of more than
/// 2,704 bytes: a name without end must not stop the record from following the log.
pub(crate) fn model_name(asked: &str) -> String {
    const CHARS_MAX: usize = 200;
    let mut name: String = asked.chars().take(CHARS_MAX).collect();
    if name.len() < asked.len() {
        name.push('…');
    }
    name
}

/// Escapes what `LIKE ... ESCAPE '\'` would read as a pattern, and asks for the text anywhere.
pub(crate) fn like(text: &str) -> String {
    let mut out = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}

/// Conditions joined by AND, with their values in order.
#[derive(Default)]
pub(crate) struct Filter {
    pub(crate) clauses: Vec<String>,
    pub(crate) values: Vec<crate::db::Value>,
}

impl Filter {
    pub(crate) fn and(&mut self, clause: impl Into<String>, values: Vec<crate::db::Value>) {
        self.clauses.push(clause.into());
        self.values.extend(values);
    }

    pub(crate) fn and_if(&mut self, clause: &str, value: Option<impl Into<crate::db::Value>>) {
        if let Some(value) = value {
            self.and(clause, vec![value.into()]);
        }
    }

    pub(crate) fn sql(&self) -> String {
        if self.clauses.is_empty() { String::new() } else { format!(" WHERE {}", self.clauses.join(" AND ")) }
    }
}

/// Rows of one page as asked for, within bounds.
pub(crate) fn page_rows(limit: usize) -> usize {
    if limit == 0 { 50 } else { limit.min(gnomon_types::limits::PAGE_ROWS_MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_in_a_search_text_are_taken_literally() {
        for (text, expected) in [("GPT", "%gpt%"), ("50%", "%50\\%%"), ("a_b\\", "%a\\_b\\\\%")] {
            assert_eq!(like(text), expected);
        }
    }
}
