//! Lists for programs: JSON, NDJSON or CSV, as `Accept` or `?format=` asks.

use crate::error::ConsoleError;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The parameter that names a form.
#[derive(Debug, Deserialize, Default)]
pub(crate) struct Format {
    #[serde(default)]
    format: String,
}

/// A form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Ndjson,
    Csv,
}

impl Form {
    /// The form that is asked for: by the parameter, else by `Accept`, else JSON.
    pub(crate) fn asked(format: &Format, headers: &HeaderMap) -> Result<Self, ConsoleError> {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match format.format.as_str() {
            "json" => Ok(Self::Json),
            "ndjson" => Ok(Self::Ndjson),
            "csv" => Ok(Self::Csv),
            "" if accept.contains("text/csv") => Ok(Self::Csv),
            "" if accept.contains("application/x-ndjson") => Ok(Self::Ndjson),
            "" => Ok(Self::Json),
            other => Err(ConsoleError::Invalid(format!("`{other}` is not a format: use json, ndjson or csv"))),
        }
    }
}

/// A list with where it goes on.
pub(crate) struct Listing<'a, T> {
    pub(crate) name: &'a str,
    pub(crate) rows: &'a [T],
    pub(crate) next: Option<&'a str>,
    pub(crate) total: u64,
    /// Address of the list with its filter, for the link to the next page.
    pub(crate) here: String,
}

/// Writes a list. The columns of CSV are the fields of the rows.
pub(crate) fn write<T: Serialize>(form: Form, list: &Listing<'_, T>) -> Result<Response, ConsoleError> {
    let failed = |error: &dyn std::fmt::Display| ConsoleError::Failed(format!("the list cannot be written: {error}"));
    let (content_type, extension, body) = match form {
        Form::Json => {
            let body = json!({ "items": list.rows, "next_cursor": list.next, "total_estimate": list.total });
            ("application/json", "json", body.to_string())
        }
        Form::Ndjson => {
            let lines: Result<Vec<_>, _> = list.rows.iter().map(serde_json::to_string).collect();
            let lines = lines.map_err(|error| failed(&error))?;
            ("application/x-ndjson", "ndjson", lines.into_iter().map(|line| line + "\n").collect())
        }
        Form::Csv => ("text/csv; charset=utf-8", "csv", csv_text(list.rows).map_err(|error| failed(&error))?),
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if form != Form::Json {
        let name = format!("attachment; filename=\"gnomon-{}.{extension}\"", list.name);
        headers.extend(HeaderValue::try_from(name).map(|name| (header::CONTENT_DISPOSITION, name)));
    }
    if let Some(next) = list.next {
        let link = format!("<{}>; rel=\"next\"", crate::components::list::with(&list.here, "after", next));
        headers.extend(HeaderValue::try_from(link).map(|link| (header::LINK, link)));
    }
    Ok(response)
}

fn csv_text<T: Serialize>(rows: &[T]) -> Result<String, Box<dyn std::error::Error>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut columns: Vec<String> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let value = serde_json::to_value(row)?;
        let fields = value.as_object().cloned().unwrap_or_default();
        if index == 0 {
            columns = fields.keys().cloned().collect();
            writer.write_record(&columns)?;
        }
        writer.write_record(columns.iter().map(|column| cell(fields.get(column))))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// A value as one cell. Lists are joined; texts that a spreadsheet would run as a formula are marked as text.
fn cell(value: Option<&serde_json::Value>) -> String {
    let text = match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Array(items)) if items.iter().all(serde_json::Value::is_string) => {
            items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(" ")
        }
        Some(number @ serde_json::Value::Number(_)) => return number.to_string(),
        Some(other) => other.to_string(),
    };
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Row {
        id: &'static str,
        users: u64,
        sources: Vec<&'static str>,
    }

    #[test]
    fn csv_has_a_head_and_runs_no_formulas() {
        let rows = [
            Row { id: "a,b", users: 2, sources: vec!["squid", "gateway"] },
            Row { id: "=cmd()", users: 0, sources: vec![] },
        ];
        assert_eq!(csv_text(&rows).unwrap(), "id,users,sources\n\"a,b\",2,squid gateway\n'=cmd(),0,\n");
    }

    #[test]
    fn the_form_follows_parameter_then_accept() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/csv"));
        let asked = |format: &str| Form::asked(&Format { format: format.to_owned() }, &headers);
        assert_eq!(asked("").unwrap(), Form::Csv);
        assert_eq!(asked("ndjson").unwrap(), Form::Ndjson);
        assert!(asked("xml").is_err());
    }
}
