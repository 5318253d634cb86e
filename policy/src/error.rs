//! Mistakes in a policy bundle: each with its place, all at once.

use std::fmt;

/// One mistake in a policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// The file, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The line of the file.
    snippet: String,
    /// Characters that the caret line marks.
    width: usize,
}

impl LoadError {
    /// A mistake at a byte range of a file's text.
    pub(crate) fn at(
        file: &str,
        text: &str,
        span: std::ops::Range<usize>,
        message: String,
        help: Option<String>,
    ) -> Self {
        let start = floor(text, span.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let snippet = rest.lines().next().unwrap_or_default();
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let marked = text.get(start..floor(text, span.end)).unwrap_or_default();
        let width = marked.lines().next().unwrap_or_default().chars().count().max(1);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column,
            message,
            help,
            snippet: snippet.replace('\t', " "),
            width,
        }
    }
}

/// The nearest character boundary at or before a byte offset.
fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "error: {}", self.message)?;
        writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.snippet)?;
        write!(f, "{margin} | {}{}", " ".repeat(self.column.saturating_sub(1)), "^".repeat(self.width))?;
        match &self.help {
            Some(help) => write!(f, "\n{margin} = help: {help}"),
            None => Ok(()),
        }
    }
}

/// Every mistake of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadErrors(pub Vec<LoadError>);

impl fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&shown.join("\n\n"))
    }
}

impl std::error::Error for LoadErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_at_the_place_with_a_caret() {
        let text = "permit(principal);\nforbid(résource, action);\n";
        let start = text.find("action").unwrap();
        let error =
            LoadError::at("a.cedar", text, start..start + 6, "bad word".to_owned(), Some("use another".to_owned()));
        assert_eq!(
            error.to_string(),
            "error: bad word\n --> a.cedar:2:18\n  |\n2 | forbid(résource, action);\n  |                  ^^^^^^\n  = help: use another"
        );
    }

    #[test]
    fn a_place_beyond_the_end_does_not_fail() {
        let error = LoadError::at("a.cedar", "", 90..95, "empty".to_owned(), None);
        assert_eq!((error.line, error.column), (1, 1));
    }
}
