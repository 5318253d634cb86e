//! What is wrong in a configuration, with the place in the file under a caret.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Bytes of the file.
    File(Range<usize>),
    /// An environment variable.
    Variable(String),
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where.
    pub(crate) place: Place,
    /// What is wrong, with the input in backticks.
    pub(crate) message: String,
    /// How to mend it.
    pub(crate) help: Option<String>,
}

/// Every mistake of one file, shown with carets.
#[derive(Debug)]
pub(crate) struct Problems {
    /// The file's name as given.
    pub(crate) path: String,
    /// Its text.
    pub(crate) source: String,
    /// The mistakes, in the order of the file.
    pub(crate) list: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::plain();
        for problem in &self.list {
            match &problem.place {
                Place::File(span) => self.write_snippet(f, &renderer, problem, span)?,
                Place::Variable(name) => {
                    writeln!(f, "error: {}\n --> environment variable {name}", problem.message)?;
                    if let Some(help) = &problem.help {
                        writeln!(f, "  = help: {help}")?;
                    }
                }
            }
            writeln!(f)?;
        }
        let count = self.list.len();
        write!(f, "{count} problem{} in {}", if count == 1 { "" } else { "s" }, self.path)
    }
}

impl Problems {
    fn write_snippet(
        &self,
        f: &mut fmt::Formatter<'_>,
        renderer: &Renderer,
        problem: &Problem,
        span: &Range<usize>,
    ) -> fmt::Result {
        let end = span.end.min(self.source.len());
        let start = span.start.min(end);
        let snippet =
            Snippet::source(&self.source).path(&self.path).annotation(AnnotationKind::Primary.span(start..end));
        let mut group = Level::ERROR.primary_title(problem.message.as_str()).element(snippet);
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        writeln!(f, "{}", renderer.render(&[group]))
    }
}

impl std::error::Error for Problems {}
