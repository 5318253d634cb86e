//! Badges: a shape, a word, and only then a colour.

use crate::format;
use crate::icons::{Icon, icon};
use gnomon_inventory::ApprovalState;
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use gnomon_types::tool::DefinitionStatus;
use gnomon_types::verdict::Verdict;
use maud::{Markup, html};

fn badge(class: &str, shape: Icon, text: &str) -> Markup {
    html! { span class=(format!("badge {class}")) { (icon(shape)) (text) } }
}

pub(crate) fn status(status: ServiceStatus) -> Markup {
    let (class, shape) = status_look(status);
    badge(class, shape, status.label())
}

/// Colour class and shape of a status.
pub(crate) fn status_look(status: ServiceStatus) -> (&'static str, Icon) {
    match status {
        ServiceStatus::UnderReview => ("info", Icon::Question),
        ServiceStatus::Sanctioned => ("ok", Icon::Check),
        ServiceStatus::SanctionedWithConditions => ("warn", Icon::Half),
        ServiceStatus::Unsanctioned => ("bad", Icon::Cross),
    }
}

pub(crate) fn verdict(verdict: Verdict) -> Markup {
    let (class, shape) = verdict_look(verdict);
    badge(class, shape, &format::words(verdict.as_str()))
}

/// Colour class and shape of a verdict.
pub(crate) fn verdict_look(verdict: Verdict) -> (&'static str, Icon) {
    match verdict {
        Verdict::Allow => ("ok", Icon::Check),
        Verdict::Redact => ("violet", Icon::Pencil),
        Verdict::Hold => ("warn", Icon::Pause),
        Verdict::Deny => ("bad", Icon::Cross),
    }
}

pub(crate) fn approval(state: ApprovalState) -> Markup {
    let (class, shape) = match state {
        ApprovalState::Waiting => ("warn", Icon::Pause),
        ApprovalState::Approved => ("ok", Icon::Check),
        ApprovalState::Rejected => ("bad", Icon::Cross),
        ApprovalState::Expired => ("", Icon::Dash),
    };
    badge(class, shape, &format::words(state.as_str()))
}

/// How an obligation stands. Never more than "evidence present": whether it is fulfilled, a person says.
pub(crate) fn obligation(status: &str) -> Markup {
    let (class, shape) = match status {
        "evidence_present" => ("ok", Icon::Check),
        "evidence_missing" => ("bad", Icon::Cross),
        "needs_a_person" => ("warn", Icon::Person),
        _ => ("", Icon::Dash),
    };
    badge(class, shape, &format::words(status))
}

/// The word for a kind of service.
pub(crate) fn kind_word(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Known => "In the catalogue",
        ServiceKind::Unknown => "Unknown endpoint",
        ServiceKind::Embedded => "Embedded AI",
        ServiceKind::Mcp => "MCP server",
    }
}

/// On, off or not known yet.
pub(crate) fn health(healthy: Option<bool>) -> Markup {
    match healthy {
        Some(true) => badge("ok", Icon::Check, "Healthy"),
        Some(false) => badge("bad", Icon::Cross, "Failing"),
        None => badge("", Icon::Dash, "Not used yet"),
    }
}

/// A key in use or not.
pub(crate) fn key(active: bool, revoked: bool) -> Markup {
    match (active, revoked) {
        (true, _) => badge("ok", Icon::Check, "Active"),
        (false, true) => badge("bad", Icon::Cross, "Revoked"),
        (false, false) => badge("", Icon::Dash, "Ended"),
    }
}

/// What a definition of a tool counts as.
pub(crate) fn definition(status: DefinitionStatus) -> Markup {
    let (class, shape) = match status {
        DefinitionStatus::Changed => ("bad", Icon::Info),
        DefinitionStatus::New => ("info", Icon::Question),
        DefinitionStatus::Rejected => ("bad", Icon::Cross),
        DefinitionStatus::Approved => ("ok", Icon::Check),
    };
    badge(class, shape, &format::words(status.as_str()))
}

/// A rule's mode.
pub(crate) fn mode(mode: &str) -> Markup {
    if mode == "observe" { badge("info", Icon::Info, "Observe") } else { badge("ok", Icon::Check, "Enforce") }
}

/// A word without a judgement.
pub(crate) fn plain(text: &str) -> Markup {
    html! { span class="badge plain" { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_and_verdict_has_its_own_shape() {
        let shapes: Vec<_> = ServiceStatus::ALL.into_iter().map(|status| status_look(status).1).collect();
        let verdicts =
            [Verdict::Allow, Verdict::Redact, Verdict::Hold, Verdict::Deny].map(|verdict| verdict_look(verdict).1);
        for list in [shapes.as_slice(), verdicts.as_slice()] {
            for (index, shape) in list.iter().enumerate() {
                assert!(list.iter().skip(index + 1).all(|other| other != shape));
            }
        }
        assert!(status(ServiceStatus::Unsanctioned).into_string().contains("Unsanctioned"));
    }
}
