//! What lists share: empty states, commands to copy, pages, downloads, notices.

use crate::format;
use crate::icons::{Icon, icon};
use maud::{Markup, html};

/// What an empty list says: one sentence, one command, one button.
pub(crate) struct Empty<'a> {
    pub(crate) sentence: &'a str,
    pub(crate) command: &'a str,
    pub(crate) button: (&'a str, &'a str),
}

/// Draws it.
pub(crate) fn empty(empty: &Empty<'_>) -> Markup {
    let (href, label) = empty.button;
    html! {
        div class="empty" {
            svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true" focusable="false" {
                path d="M6 34a18 18 0 0 1 36 0M24 34V16m0 18 9-9M4 34h40M24 10V7M10.5 14.5l-2-2m29 2 2-2" stroke-linecap="round" {}
            }
            p { (empty.sentence) }
            (command(empty.command))
            a class="button" href=(href) { (label) }
        }
    }
}

/// A command with a button that copies it.
pub(crate) fn command(text: &str) -> Markup {
    html! {
        div class="command" {
            code tabindex="0" { (text) }
            button class="bare" type="button" data-copy=(text) aria-label=(format!("Copy the command {text}")) { (icon(Icon::Copy)) }
        }
    }
}

/// Where a list stands and where it goes on.
pub(crate) struct Pager<'a> {
    pub(crate) shown: usize,
    pub(crate) total: u64,
    pub(crate) noun: (&'a str, &'a str),
    /// Address of the list with its filter, without cursor.
    pub(crate) here: &'a str,
    pub(crate) first: bool,
    pub(crate) next: Option<&'a str>,
    /// Address of the same list in the API, with its filter.
    pub(crate) api: Option<&'a str>,
}

/// Foot of a list: count, pages, downloads.
pub(crate) fn pager(pager: &Pager<'_>) -> Markup {
    let (one, many) = pager.noun;
    html! {
        footer class="pager" {
            span role="status" { (format::count(u64::try_from(pager.shown).unwrap_or(0))) " of " (format::plural(pager.total, one, many)) }
            @if !pager.first { a href=(pager.here) { "First page" } }
            @if let Some(next) = pager.next { a href=(with(pager.here, "after", next)) { "Next page" } }
            @if let Some(api) = pager.api {
                span class="downloads" {
                    a href=(with(api, "format", "csv")) download="" { "CSV" span class="sr" { " of " (many) } }
                    a href=(with(api, "format", "json")) download="" { "JSON" span class="sr" { " of " (many) } }
                }
            }
        }
    }
}

/// An address with one more parameter.
pub(crate) fn with(address: &str, name: &str, value: &str) -> String {
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}{name}={}", crate::query::escape(value))
}

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Hint,
}

/// A sentence above the page's content.
pub(crate) fn notice(tone: Tone, text: &Markup) -> Markup {
    let (class, shape, role) = match tone {
        Tone::Good => ("notice good", Icon::Check, "status"),
        Tone::Bad => ("notice bad", Icon::Info, "alert"),
        Tone::Hint => ("notice hint-box", Icon::Info, "note"),
    };
    html! { div class=(class) role=(role) { (icon(shape)) div { (text) } } }
}

/// A selection field. The option with an empty value stands for all.
pub(crate) fn choice(name: &str, label: &str, options: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        div class="field" {
            label for=(format!("f-{name}")) { (label) }
            select name=(name) id=(format!("f-{name}")) {
                @for (value, text) in options { option value=(value) selected[*value == chosen] { (text) } }
            }
        }
    }
}

/// A text field.
pub(crate) fn text(name: &str, label: &str, value: &str, hint: &str) -> Markup {
    html! {
        div class="field grow" {
            label for=(format!("f-{name}")) { (label) }
            input type="search" name=(name) id=(format!("f-{name}")) value=(value) placeholder=(hint) autocomplete="off";
        }
    }
}

/// A form that filters the list `#results` of the same page: at once with scripts, by its button without. Each field asks
/// once: a text field also changes when it is left, and a choice is an input too.
pub(crate) fn filters(action: &str, label: &str, fields: &Markup) -> Markup {
    html! {
        form class="filters" method="get" action=(action) role="search" aria-label=(label)
            hx-get=(action) hx-trigger="input changed delay:250ms target:input, change target:select" hx-target="#results"
            hx-select="#results" hx-swap="outerHTML" hx-push-url="true" {
            (fields)
            button type="submit" { "Filter" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_added_escaped() {
        assert_eq!(with("/services", "after", "a b&c"), "/services?after=a%20b%26c");
        assert_eq!(with("/services?text=x", "after", "50"), "/services?text=x&after=50");
    }

    #[test]
    fn an_empty_list_says_what_to_do_next() {
        let text = empty(&Empty {
            sentence: "Nothing waits.",
            command: "gnomon demo",
            button: ("/activity", "Open activity"),
        })
        .into_string();
        assert!(text.contains("Nothing waits.") && text.contains("gnomon demo") && text.contains("/activity"));
    }
}
