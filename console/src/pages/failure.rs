//! Pages for what did not work.

use crate::error::{ConsoleError, ErrorShape};
use crate::frame::{Frame, Theme};
use crate::view::{self, Head};
use maud::{Markup, html};

/// Within the console.
pub(crate) fn page(frame: &Frame, shape: &ErrorShape) -> Markup {
    let body = html! {
        section class="card" {
            div class="card-body gap" {
                p { (sentence(&shape.detail)) }
                p class="actions" {
                    a class="button" href=(frame.path) { "Back to the page" }
                    a class="button" href="/" { "To the overview" }
                }
            }
        }
    };
    view::page(frame, &Head { title: shape.title, ..Head::default() }, &body)
}

/// For somebody who is not signed in.
pub(crate) fn bare(shape: &ErrorShape) -> Markup {
    let body = html! {
        section class="card" {
            h1 { (shape.title) }
            p { (sentence(&shape.detail)) }
            p { a href="/sign-in" { "To the sign-in page" } }
        }
    };
    view::bare(shape.title, Theme::System, &body)
}

/// Our messages begin in lower case and have no full stop; on a page they are sentences.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

/// No such address.
pub(crate) async fn lost(uri: http::Uri) -> ConsoleError {
    ConsoleError::NotFound(format!("there is no page at {}", uri.path()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn messages_become_sentences() {
        assert_eq!(super::sentence("no service `x`"), "No service `x`.");
        assert_eq!(super::sentence(""), ".");
    }
}
