//! Small drawings, each a few strokes on a 16-unit square. They stand beside words, never for them.

use maud::{Markup, PreEscaped, html};

/// A drawing for text beside it; readers of screens skip it.
pub(crate) fn icon(name: Icon) -> Markup {
    html! {
        svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false" {
            (PreEscaped(name.strokes()))
        }
    }
}

/// The mark: sun, blade, shadow.
pub(crate) fn mark() -> Markup {
    html! {
        svg viewBox="2.5 2 19 21.5" width="25" height="28" aria-hidden="true" focusable="false" {
            circle class="mark-sun" cx="18" cy="5.5" r="3" {}
            path class="mark-blade" d="M6 19V4.5L13 19z" {}
            path class="mark-shade" d="M6 20.2h7.4L3.2 23z" {}
        }
    }
}

/// The drawings there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Overview,
    Inventory,
    Shadow,
    Activity,
    Approvals,
    Tools,
    Policies,
    Routes,
    Keys,
    Compliance,
    Audit,
    Users,
    Search,
    Menu,
    Close,
    Check,
    Half,
    Cross,
    Question,
    Pencil,
    Pause,
    Info,
    Upload,
    Download,
    Copy,
    Dot,
    Dash,
    Person,
}

impl Icon {
    fn strokes(self) -> &'static str {
        match self {
            Self::Overview => r#"<path d="M2 13.5h12M4 11V7m4 4V3m4 8V6"/>"#,
            Self::Inventory => r#"<path d="M2.5 4.5 8 2l5.5 2.5v7L8 14l-5.5-2.5zM2.5 4.5 8 7l5.5-2.5M8 7v7"/>"#,
            Self::Shadow => {
                r#"<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5v11A5.5 5.5 0 0 0 8 2.5z" fill="currentColor"/>"#
            }
            Self::Activity => r#"<path d="M1.5 8.5h3l2-5 3 9 2-4h3"/>"#,
            Self::Approvals => r#"<path d="M2 9.5h3.2l1 2h3.6l1-2H14M2 9.5l2-6h8l2 6v3.5H2z"/>"#,
            Self::Tools => {
                r#"<path d="M9.8 6.2a3.3 3.3 0 0 1 4.1-4.3l-2 2 .2 1 1 .2 1-1-.1 0a3.3 3.3 0 0 1-4.2 3.6L4 13.5a1.4 1.4 0 0 1-2-2z"/>"#
            }
            Self::Policies => r#"<path d="M8 1.8 13 3.6v4c0 3.2-2.1 5.4-5 6.6-2.9-1.2-5-3.4-5-6.6v-4z"/>"#,
            Self::Routes => {
                r#"<circle cx="3.5" cy="12" r="1.8"/><circle cx="12.5" cy="4" r="1.8"/><path d="M5.3 12H9a2.5 2.5 0 0 0 0-5H7a2.5 2.5 0 0 1 0-3h3.7"/>"#
            }
            Self::Keys => r#"<circle cx="5" cy="11" r="2.8"/><path d="m7 9 6-6m-2.5 2.5L12.5 7.5"/>"#,
            Self::Compliance => r#"<path d="M8 2v12M4 14h8M3 4.5h10M3 4.5 1.3 9h3.4zM13 4.5 11.3 9h3.4z"/>"#,
            Self::Audit => r#"<path d="M3.5 2h6l3 3v9h-9zM6 7.5h4M6 10.5h4"/>"#,
            Self::Users => {
                r#"<circle cx="6" cy="5.2" r="2.4"/><path d="M1.8 13.5c.3-2.7 2-4 4.2-4s3.9 1.3 4.2 4M10.8 3.2a2.2 2.2 0 0 1 0 4M12 9.8c1.4.5 2.1 1.7 2.3 3.4"/>"#
            }
            Self::Search => r#"<circle cx="7" cy="7" r="4.3"/><path d="m10.3 10.3 3.5 3.5"/>"#,
            Self::Menu => r#"<path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11"/>"#,
            Self::Close => r#"<path d="m4 4 8 8m0-8-8 8"/>"#,
            Self::Check => r#"<path d="m3 8.5 3.3 3.3L13 4.8"/>"#,
            Self::Half => {
                r#"<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5v11"/><path d="M8 2.5a5.5 5.5 0 0 0 0 11z" fill="currentColor"/>"#
            }
            Self::Cross => r#"<path d="m4 4 8 8m0-8-8 8"/>"#,
            Self::Question => r#"<path d="M5.5 5.8A2.5 2.5 0 1 1 8 8.3v1.4M8 12.8v.1"/>"#,
            Self::Pencil => r#"<path d="m3 13 .7-3 7-7 2.3 2.3-7 7z"/>"#,
            Self::Pause => r#"<path d="M5.5 3.5v9m5-9v9"/>"#,
            Self::Info => r#"<circle cx="8" cy="8" r="6"/><path d="M8 7.3v3.7M8 5v.1"/>"#,
            Self::Upload => r#"<path d="M8 10.5v-8m-3 3 3-3 3 3M2.5 10.5v3h11v-3"/>"#,
            Self::Download => r#"<path d="M8 2.5v8m-3-3 3 3 3-3M2.5 10.5v3h11v-3"/>"#,
            Self::Copy => r#"<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 5.5v-3h-8v8h3"/>"#,
            Self::Dot => r#"<circle cx="8" cy="8" r="7" fill="currentColor" stroke="none"/>"#,
            Self::Dash => r#"<path d="M3.5 8h9"/>"#,
            Self::Person => {
                r#"<circle cx="8" cy="5.2" r="2.7"/><path d="M2.8 14c.4-3 2.4-4.5 5.2-4.5s4.8 1.5 5.2 4.5"/>"#
            }
        }
    }
}
