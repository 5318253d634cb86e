//! The layout around every page: navigation, top bar, heading.

use crate::assets;
use crate::auth::csrf;
use crate::auth::roles;
use crate::frame::{Frame, Theme};
use crate::icons::{Icon, icon, mark};
use gnomon_inventory::Role;
use maud::{DOCTYPE, Markup, html};

/// Heading of a page.
#[derive(Default)]
pub(crate) struct Head<'a> {
    pub(crate) title: &'a str,
    /// One sentence below the title.
    pub(crate) lead: &'a str,
    /// The page above: address and name.
    pub(crate) above: Option<(&'a str, &'a str)>,
    /// Badges beside the title.
    pub(crate) beside: Option<Markup>,
    /// Buttons at the end of the line.
    pub(crate) actions: Option<Markup>,
}

/// A whole page.
pub(crate) fn page(frame: &Frame, head: &Head<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[frame.theme.attribute()] {
            head { (meta(head.title)) meta name="csrf" content=(frame.viewer.csrf); (scripts()) }
            body data-events=(assets::url("events.js")) {
                a class="skip" href="#main" { "Skip to content" }
                div class="shell" {
                    (navigation(frame))
                    div class="stage" {
                        (top_bar(frame))
                        main id="main" tabindex="-1" { (heading(head)) (body) }
                    }
                }
                div id="toast" class="toast" role="status" hidden {}
                (keys_help())
            }
        }
    }
}

/// A page for somebody who is not signed in.
pub(crate) fn bare(title: &str, theme: Theme, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[theme.attribute()] {
            head { (meta(title)) }
            body { div class="sign-in" { main id="main" { (body) } } }
        }
    }
}

fn meta(title: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (title) " · Gnomon" }
        link rel="icon" type="image/svg+xml" href=(assets::url("icon.svg"));
        link rel="stylesheet" href=(assets::url("app.css"));
    }
}

fn scripts() -> Markup {
    html! {
        meta name="htmx-config" content=r#"{"includeIndicatorCSS":false,"history":true}"#;
        script src=(assets::url("htmx.js")) defer {}
        script src=(assets::url("app.js")) defer {}
    }
}

fn heading(head: &Head<'_>) -> Markup {
    html! {
        div class="page-head" {
            div {
                @if let Some((href, name)) = head.above {
                    p class="crumbs" { a href=(href) { (name) } " /" }
                }
                div class="title-line" { h1 { (head.title) } @if let Some(beside) = &head.beside { (beside) } }
                @if !head.lead.is_empty() { p class="lead" { (head.lead) } }
            }
            @if let Some(actions) = &head.actions { div class="actions" { (actions) } }
        }
    }
}

/// One entry of the navigation: address, name, drawing, who sees it.
struct Place(&'static str, &'static str, Icon, &'static [Role]);

const PLACES: [(&str, &[Place]); 4] = [
    (
        "Discover",
        &[
            Place("/overview", "Overview", Icon::Overview, roles::EVERYBODY),
            Place("/services", "AI inventory", Icon::Inventory, roles::EVERYBODY),
            Place("/shadow", "Shadow AI", Icon::Shadow, roles::EVERYBODY),
        ],
    ),
    (
        "Control",
        &[
            Place("/activity", "Activity", Icon::Activity, roles::EVERYBODY),
            Place("/approvals", "Approvals", Icon::Approvals, roles::EVERYBODY),
            Place("/tools", "Tools", Icon::Tools, roles::EVERYBODY),
            Place("/policies", "Policies", Icon::Policies, roles::EVERYBODY),
            Place("/routes", "Routes & models", Icon::Routes, roles::EVERYBODY),
            Place("/keys", "Access keys", Icon::Keys, roles::KEY_READERS),
        ],
    ),
    ("Assure", &[Place("/compliance", "Compliance", Icon::Compliance, roles::EVERYBODY)]),
    (
        "Administer",
        &[
            Place("/audit", "Audit log", Icon::Audit, roles::AUDIT_READERS),
            Place("/users", "Users", Icon::Users, roles::ADMINS),
        ],
    ),
];

fn navigation(frame: &Frame) -> Markup {
    html! {
        nav class="sidebar" id="nav" aria-label="Main" {
            a class="brand" href="/" { (mark()) "Gnomon" }
            a class="icon-button nav-close" href="#main" aria-label="Close the menu" { (icon(Icon::Close)) }
            @for (group, places) in PLACES {
                @if places.iter().any(|place| frame.viewer.may(place.3)) {
                    div class="nav-group" {
                        h2 { (group) }
                        ul { @for place in places.iter().filter(|place| frame.viewer.may(place.3)) { li { (nav_link(frame, place)) } } }
                    }
                }
            }
        }
    }
}

fn nav_link(frame: &Frame, Place(href, name, drawing, _): &Place) -> Markup {
    let below = |place: &str| frame.path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
    // The lists of the inventory stand behind tabs of its first page.
    let here = frame.path == *href || below(href) || (*href == "/services" && below("/inventory"));
    html! {
        a href=(href) aria-current=[here.then_some("page")] {
            (icon(*drawing)) (name)
            @if *href == "/approvals" {
                span class="count" id="approvals-count" hidden[frame.waiting == 0] { (frame.waiting) span class="sr" { " waiting" } }
            }
        }
    }
}

fn top_bar(frame: &Frame) -> Markup {
    html! {
        header class="topbar" {
            a class="icon-button nav-open" href="#nav" aria-label="Open the menu" { (icon(Icon::Menu)) }
            form class="search" method="get" action="/search" role="search" aria-label="Everywhere" {
                (icon(Icon::Search))
                label class="sr" for="search-text" { "Search services, decisions, callers" }
                input id="search-text" type="search" name="q" placeholder="Search" autocomplete="off" aria-keyshortcuts="/";
                kbd aria-hidden="true" { "/" }
            }
            div class="topbar-end" { (user_menu(frame)) }
        }
    }
}

fn user_menu(frame: &Frame) -> Markup {
    let initial: String = frame.viewer.name.chars().take(1).collect();
    let names: Vec<_> = frame.viewer.roles.iter().map(|role| roles::label(*role)).collect();
    html! {
        details class="menu" {
            summary aria-label=(format!("Account {}", frame.viewer.name)) {
                span class="avatar" aria-hidden="true" { (initial) }
                span class="who" { (frame.viewer.name) }
            }
            div class="menu-card" {
                div { strong { (frame.viewer.name) } p class="small quiet" { (names.join(", ")) } }
                (theme_form(frame))
                button class="bare" type="button" data-keys-help { "Keyboard shortcuts" }
                form method="post" action="/sign-out" { (csrf_field(frame)) button type="submit" { "Sign out" } }
            }
        }
    }
}

fn theme_form(frame: &Frame) -> Markup {
    html! {
        form method="post" action="/theme" data-theme-form {
            (csrf_field(frame))
            input type="hidden" name="back" value=(frame.here());
            div class="segments" role="group" aria-label="Theme" {
                @for (theme, name) in [(Theme::Light, "Light"), (Theme::Dark, "Dark"), (Theme::System, "System")] {
                    button type="submit" name="theme" value=(theme.as_str()) aria-pressed=(frame.theme == theme) { (name) }
                }
            }
        }
    }
}

/// The hidden field that every changing form carries.
pub(crate) fn csrf_field(frame: &Frame) -> Markup {
    html! { input type="hidden" name=(csrf::FIELD) value=(frame.viewer.csrf); }
}

fn keys_help() -> Markup {
    html! {
        dialog id="keys-help" aria-labelledby="keys-title" {
            h2 id="keys-title" { "Keyboard shortcuts" }
            dl class="facts" {
                @for (keys, what) in [
                    ("/", "Search"), ("g o", "Overview"), ("g i", "AI inventory"), ("g s", "Shadow AI"), ("g a", "Activity"),
                    ("g p", "Approvals"), ("g c", "Compliance"), ("g l", "Audit log"), ("?", "This list"),
                ] {
                    dt { @for key in keys.split(' ') { kbd { (key) } " " } }
                    dd { (what) }
                }
            }
            form method="dialog" { button type="submit" { "Close" } }
        }
    }
}

/// A card with a heading.
pub(crate) fn card(title: &str, body: &Markup) -> Markup {
    html! { section class="card" { header { h2 { (title) } } div class="card-body" { (body) } } }
}

/// A scrolling frame around a table that readers of screens and keyboards can reach.
pub(crate) fn table_frame(label: &str, table: &Markup) -> Markup {
    html! { div class="table-wrap" tabindex="0" role="region" aria-label=(format!("{label}, table")) { (table) } }
}

/// Tabs that are addresses.
pub(crate) fn tabs(
    label: &str,
    tabs: &[(&str, &str, Option<u64>)],
    chosen: &str,
    address: &dyn Fn(&str) -> String,
) -> Markup {
    html! {
        nav class="tabs" aria-label=(label) {
            @for (key, name, count) in tabs {
                a href=(address(key)) aria-current=[(*key == chosen).then_some("page")] {
                    (name)
                    @if let Some(count) = count { span class="tab-count" { (crate::format::count(*count)) } }
                }
            }
        }
    }
}
