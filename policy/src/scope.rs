//! Slicing: which policies could say anything about a request, by the scope in their head alone.
//!
//! Cedar walks every policy of a set, about one microsecond each, so a set is first cut down to those whose
//! `principal`, `action` and `resource` could match. A policy that is left out here could not have applied: only
//! equality and membership with an entity that the request does not touch exclude it.

use crate::facts::{Action, Facts};
use cedar_policy::{
    ActionConstraint, EntityId, EntityTypeName, EntityUid, Policy, PrincipalConstraint, ResourceConstraint,
};
use std::str::FromStr;

/// The entities of one request.
pub(crate) struct Touched {
    pub(crate) action: EntityUid,
    pub(crate) caller: EntityUid,
    pub(crate) team: Option<EntityUid>,
    pub(crate) service: EntityUid,
    pub(crate) route: EntityUid,
    pub(crate) upstream: EntityUid,
}

/// The entity types of the schema, parsed once.
#[derive(Debug)]
pub(crate) struct Names {
    action: EntityTypeName,
    caller: EntityTypeName,
    team: EntityTypeName,
    service: EntityTypeName,
    route: EntityTypeName,
    upstream: EntityTypeName,
}

impl Names {
    /// Parses the names; fails only if this crate names a type wrongly.
    pub(crate) fn new() -> Result<Self, String> {
        let name = |text: &str| EntityTypeName::from_str(text).map_err(|error| error.to_string());
        Ok(Self {
            action: name("Gnomon::Action")?,
            caller: name("Gnomon::Caller")?,
            team: name("Gnomon::Team")?,
            service: name("Gnomon::Service")?,
            route: name("Gnomon::Route")?,
            upstream: name("Gnomon::Upstream")?,
        })
    }

    pub(crate) fn action(&self, action: Action) -> EntityUid {
        uid(&self.action, action.as_str())
    }

    pub(crate) fn touched(&self, facts: &Facts) -> Touched {
        Touched {
            action: self.action(facts.action),
            caller: uid(&self.caller, &facts.caller),
            team: (!facts.team.is_empty()).then(|| uid(&self.team, &facts.team)),
            service: uid(&self.service, &facts.service),
            route: uid(&self.route, &facts.route),
            upstream: uid(&self.upstream, &facts.upstream),
        }
    }
}

fn uid(name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(name.clone(), EntityId::new(id))
}

/// Whether a policy's scope could match what a request touches.
pub(crate) fn could_apply(policy: &Policy, touched: &Touched) -> bool {
    action_matches(policy, &touched.action) && principal_matches(policy, touched) && resource_matches(policy, touched)
}

/// Whether a policy's scope includes an action.
pub(crate) fn action_matches(policy: &Policy, action: &EntityUid) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(only) => only == *action,
        ActionConstraint::In(list) => list.contains(action),
    }
}

/// Whether a policy's scope names actions at all.
pub(crate) fn names_action(policy: &Policy) -> bool {
    !matches!(policy.action_constraint(), ActionConstraint::Any)
}

fn principal_matches(policy: &Policy, touched: &Touched) -> bool {
    match policy.principal_constraint() {
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) => true,
        PrincipalConstraint::Eq(only) => only == touched.caller,
        PrincipalConstraint::In(group) | PrincipalConstraint::IsIn(_, group) => {
            group == touched.caller || touched.team.as_ref() == Some(&group)
        }
    }
}

fn resource_matches(policy: &Policy, touched: &Touched) -> bool {
    match policy.resource_constraint() {
        ResourceConstraint::Any | ResourceConstraint::Is(_) => true,
        ResourceConstraint::Eq(only) => only == touched.service,
        ResourceConstraint::In(group) | ResourceConstraint::IsIn(_, group) => {
            [&touched.service, &touched.route, &touched.upstream].contains(&&group)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_only_policies_about_somebody_else() {
        let facts = Facts {
            caller: "hr-bot".to_owned(),
            team: "hr".to_owned(),
            service: "openai".to_owned(),
            route: "chat".to_owned(),
            upstream: "openai-eu".to_owned(),
            ..Facts::default()
        };
        let touched = Names::new().unwrap().touched(&facts);
        for (scope, expected) in [
            ("principal, action, resource", true),
            (r#"principal == Gnomon::Caller::"hr-bot", action, resource"#, true),
            (r#"principal == Gnomon::Caller::"other", action, resource"#, false),
            (r#"principal in Gnomon::Team::"hr", action, resource"#, true),
            (r#"principal in Gnomon::Team::"sales", action, resource"#, false),
            (r#"principal is Gnomon::Caller in Gnomon::Team::"hr", action, resource"#, true),
            (r#"principal, action == Gnomon::Action::"send", resource"#, true),
            (r#"principal, action == Gnomon::Action::"receive", resource"#, false),
            (r#"principal, action in [Gnomon::Action::"receive", Gnomon::Action::"send"], resource"#, true),
            (r#"principal, action, resource == Gnomon::Service::"openai""#, true),
            (r#"principal, action, resource == Gnomon::Service::"anthropic""#, false),
            (r#"principal, action, resource in Gnomon::Route::"chat""#, true),
            (r#"principal, action, resource in Gnomon::Route::"agents""#, false),
            (r#"principal, action, resource in Gnomon::Upstream::"openai-eu""#, true),
            (r#"principal, action, resource is Gnomon::Service"#, true),
        ] {
            let policy = Policy::parse(None, format!("forbid({scope});")).unwrap();
            assert_eq!(could_apply(&policy, &touched), expected, "{scope}");
        }
    }
}
