//! The one table of addresses: method, path, who may, what it does, handler. The router is made from it, and so are
//! the tests that walk it.

use crate::api::{
    self, approvals as api_approvals, assets as api_assets, decisions as api_decisions, events, evidence, health,
    keys as api_keys,
};
use crate::api::{lists, openapi, services as api_services, tools as api_tools};
use crate::app::App;
use crate::assets as files;
use crate::auth::guard::guard;
use crate::auth::roles::{
    ADMINS, AUDIT_READERS, EVERYBODY, EXPORTERS, IMPORTERS, KEY_ENDERS, KEY_MAKERS, KEY_READERS, STEWARDS,
};
use crate::headers;
use crate::pages::{
    activity, approvals, asset, assets, audit, compliance, decision, failure, gateway, keys, overview, policies,
    preferences, search, service, services, shadow, sign_in, tools, users,
};
use crate::parts::ConsoleParts;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware;
use axum::routing::{MethodFilter, MethodRouter, on};
use gnomon_inventory::Role;

/// For whom the answers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// People.
    Page,
    /// Programs.
    Api,
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody, without signing in.
    Open,
    /// Accounts with one of the roles.
    Roles(&'static [Role]),
}

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Reads. An export reads too, although it is asked for by POST and recorded.
    Reads,
    /// Changes the record.
    Changes,
    /// Concerns only the session of the person who asks: signing in and out, theme.
    Own,
}

/// Where the token against forged forms is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// In the guard.
    Checked,
    /// In the handler, as the first field of an upload.
    ByHandler,
}

/// What the guard must know of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) surface: Surface,
    pub(crate) access: Access,
    pub(crate) effect: Effect,
    pub(crate) token: Token,
}

/// One line of the table.
pub(crate) struct Route {
    #[cfg_attr(not(test), expect(dead_code, reason = "for the tests that walk the table; the handler knows it too"))]
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) rule: Rule,
    handler: MethodRouter<App>,
}

impl Route {
    fn new<H, T>(method: &'static str, path: &'static str, rule: Rule, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = match method {
            "POST" => MethodFilter::POST,
            "PATCH" => MethodFilter::PATCH,
            "DELETE" => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        Self { method, path, rule, handler: on(filter, handler) }
    }

    fn open(mut self) -> Self {
        self.rule.access = Access::Open;
        self.rule.effect = Effect::Own;
        self
    }

    fn own(mut self) -> Self {
        self.rule.effect = Effect::Own;
        self
    }

    fn reads(mut self) -> Self {
        self.rule.effect = Effect::Reads;
        self
    }

    fn upload(mut self) -> Self {
        self.rule.token = Token::ByHandler;
        self.handler = self.handler.layer(DefaultBodyLimit::disable());
        self
    }
}

fn rule(surface: Surface, roles: &'static [Role], effect: Effect) -> Rule {
    Rule { surface, access: Access::Roles(roles), effect, token: Token::Checked }
}

fn page<H: Handler<T, App>, T: 'static>(path: &'static str, roles: &'static [Role], handler: H) -> Route {
    Route::new("GET", path, rule(Surface::Page, roles, Effect::Reads), handler)
}

fn act<H: Handler<T, App>, T: 'static>(path: &'static str, roles: &'static [Role], handler: H) -> Route {
    Route::new("POST", path, rule(Surface::Page, roles, Effect::Changes), handler)
}

fn get<H: Handler<T, App>, T: 'static>(path: &'static str, roles: &'static [Role], handler: H) -> Route {
    Route::new("GET", path, rule(Surface::Api, roles, Effect::Reads), handler)
}

fn change<H, T>(method: &'static str, path: &'static str, roles: &'static [Role], handler: H) -> Route
where
    H: Handler<T, App>,
    T: 'static,
{
    Route::new(method, path, rule(Surface::Api, roles, Effect::Changes), handler)
}

/// Every address of the console.
#[rustfmt::skip]
pub(crate) fn table() -> Vec<Route> {
    vec![
        // signing in
        page("/sign-in",                    EVERYBODY,     sign_in::show).open(),
        act( "/sign-in",                    EVERYBODY,     sign_in::submit).open(),
        page("/sign-in/once",               EVERYBODY,     sign_in::once).open(),
        act( "/sign-in/once",               EVERYBODY,     sign_in::enter_once).open(),
        act( "/sign-out",                   EVERYBODY,     sign_in::out).own(),
        act( "/theme",                      EVERYBODY,     preferences::theme).own(),
        // discover
        page("/",                           EVERYBODY,     overview::home),
        page("/overview",                   EVERYBODY,     overview::show),
        page("/services",                   EVERYBODY,     services::show),
        page("/services/{id}",              EVERYBODY,     service::show),
        act( "/services/{id}/decide",       STEWARDS,      service::decide),
        page("/inventory/models",           EVERYBODY,     assets::show),
        page("/inventory/models/{id}",      EVERYBODY,     asset::show),
        act( "/inventory/models/{id}/decide",  STEWARDS,   asset::decide),
        page("/inventory/callers",          EVERYBODY,     assets::show),
        page("/inventory/callers/{id}",     EVERYBODY,     asset::show),
        act( "/inventory/callers/{id}/decide", STEWARDS,   asset::decide),
        page("/inventory/keys",             KEY_READERS,   assets::show),
        page("/inventory/keys/{id}",        KEY_READERS,   asset::show),
        act( "/inventory/keys/{id}/decide", STEWARDS,      asset::decide),
        page("/shadow",                     EVERYBODY,     shadow::show),
        act( "/shadow/upload",              IMPORTERS,     shadow::upload).upload(),
        // control
        page("/activity",                   EVERYBODY,     activity::show),
        page("/activity/{id}",              EVERYBODY,     decision::show),
        page("/approvals",                  EVERYBODY,     approvals::show),
        page("/approvals/{id}",             EVERYBODY,     approvals::one),
        act( "/approvals/{id}/approve",     STEWARDS,      approvals::approve),
        act( "/approvals/{id}/reject",      STEWARDS,      approvals::reject),
        page("/tools",                      EVERYBODY,     tools::show),
        act( "/tools/decide",               STEWARDS,      tools::decide),
        page("/policies",                   EVERYBODY,     policies::show),
        page("/policies/{id}",              EVERYBODY,     policies::one),
        page("/routes",                     EVERYBODY,     gateway::show),
        page("/keys",                       KEY_READERS,   keys::show),
        act( "/keys",                       KEY_MAKERS,    keys::create),
        act( "/keys/{id}/revoke",           KEY_ENDERS,    keys::revoke),
        // assure
        page("/compliance",                 EVERYBODY,     compliance::show),
        act( "/compliance/pack",            EXPORTERS,     compliance::export).reads(),
        // administer
        page("/audit",                      AUDIT_READERS, audit::show),
        page("/users",                      ADMINS,        users::show),
        act( "/users",                      ADMINS,        users::create),
        act( "/users/{name}/link",          ADMINS,        users::link),
        act( "/users/{name}/password",      ADMINS,        users::password),
        act( "/users/{name}/sign-out",      ADMINS,        users::sign_out),
        act( "/users/{name}/disable",       ADMINS,        users::disable),
        act( "/users/{name}/enable",        ADMINS,        users::enable),
        page("/search",                     EVERYBODY,     search::show),
        // for programs
        get( "/api/v1/openapi.json",        EVERYBODY,     openapi::show).open(),
        get( "/api/v1/services",            EVERYBODY,     api_services::list),
        get( "/api/v1/services/{id}",       EVERYBODY,     api_services::one),
        change("PATCH", "/api/v1/services/{id}", STEWARDS, api_services::patch),
        get( "/api/v1/models",              EVERYBODY,     api_assets::list),
        get( "/api/v1/models/{id}",         EVERYBODY,     api_assets::one),
        change("PATCH", "/api/v1/models/{id}",   STEWARDS, api_assets::patch),
        get( "/api/v1/callers",             EVERYBODY,     api_assets::list),
        get( "/api/v1/callers/{id}",        EVERYBODY,     api_assets::one),
        change("PATCH", "/api/v1/callers/{id}",  STEWARDS, api_assets::patch),
        get( "/api/v1/decisions",           EVERYBODY,     api_decisions::list),
        get( "/api/v1/decisions/{id}",      EVERYBODY,     api_decisions::one),
        get( "/api/v1/approvals",           EVERYBODY,     api_approvals::list),
        get( "/api/v1/approvals/{id}",      EVERYBODY,     api_approvals::one),
        change("POST", "/api/v1/approvals/{id}/approve", STEWARDS, api_approvals::approve),
        change("POST", "/api/v1/approvals/{id}/reject",  STEWARDS, api_approvals::reject),
        get( "/api/v1/tools",               EVERYBODY,     api_tools::list),
        change("POST", "/api/v1/tools/decide",   STEWARDS, api_tools::decide),
        get( "/api/v1/keys",                KEY_READERS,   api_keys::list),
        change("POST", "/api/v1/keys",      KEY_MAKERS,    api_keys::create),
        get( "/api/v1/keys/{id}",           KEY_READERS,   api_assets::one),
        change("PATCH", "/api/v1/keys/{id}",     STEWARDS, api_assets::patch),
        change("DELETE", "/api/v1/keys/{id}", KEY_ENDERS,  api_keys::revoke),
        get( "/api/v1/records",             AUDIT_READERS, lists::records),
        get( "/api/v1/sources",             EVERYBODY,     lists::sources),
        get( "/api/v1/blind-spots",         EVERYBODY,     lists::blind_spots),
        get( "/api/v1/policies",            EVERYBODY,     lists::policies),
        get( "/api/v1/users",               ADMINS,        lists::users),
        get( "/api/v1/compliance",          EVERYBODY,     lists::compliance),
        get( "/api/v1/evidence/checkpoint", EVERYBODY,     evidence::checkpoint),
        get( "/api/v1/events",              EVERYBODY,     events::stream),
        // for machines that watch, and for browsers
        get( "/healthz",                    EVERYBODY,     health::alive).open(),
        get( "/readyz",                     EVERYBODY,     health::ready).open(),
        get( "/metrics",                    EVERYBODY,     health::metrics).open(),
        page("/assets/{name}",              EVERYBODY,     files::serve).open(),
    ]
}

/// The console as a service.
pub fn router(parts: ConsoleParts) -> Router {
    let app = App::new(parts);
    let mut router = Router::new();
    for route in table() {
        let handler = route.handler.route_layer(middleware::from_fn_with_state((app.clone(), route.rule), guard));
        router = router.route(route.path, handler);
    }
    let lost = |surface| {
        let rule = rule(surface, EVERYBODY, Effect::Reads);
        axum::routing::any(failure::lost).layer(middleware::from_fn_with_state((app.clone(), rule), guard))
    };
    router
        .route("/api", lost(Surface::Api))
        .route("/api/{*rest}", lost(Surface::Api))
        .fallback_service(lost(Surface::Page).with_state(app.clone()))
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(DefaultBodyLimit::max(256 * 1024))
        .layer(middleware::from_fn(headers::add))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_address_stands_twice_and_none_without_roles() {
        let mut seen = BTreeSet::new();
        for route in table() {
            assert!(seen.insert((route.method, route.path)), "{} {} stands twice", route.method, route.path);
            if let Access::Roles(roles) = route.rule.access {
                assert!(!roles.is_empty(), "{} has no role", route.path);
                assert!(roles.contains(&Role::Admin), "{} is closed to admins", route.path);
            }
        }
    }

    #[test]
    fn auditors_and_executives_change_nothing() {
        for route in table().iter().filter(|route| route.rule.effect == Effect::Changes) {
            let Access::Roles(roles) = route.rule.access else { panic!("{} changes and is open", route.path) };
            assert!(!roles.contains(&Role::Auditor) && !roles.contains(&Role::Executive), "{}", route.path);
        }
    }

    #[test]
    fn only_signing_in_and_machines_are_open() {
        let open: Vec<_> =
            table().iter().filter(|route| route.rule.access == Access::Open).map(|route| route.path).collect();
        let expected = [
            "/sign-in",
            "/sign-in",
            "/sign-in/once",
            "/sign-in/once",
            "/api/v1/openapi.json",
            "/healthz",
            "/readyz",
            "/metrics",
            "/assets/{name}",
        ];
        assert_eq!(open, expected);
    }

    #[test]
    fn what_is_not_a_get_is_never_a_plain_read() {
        for route in table().iter().filter(|route| route.method != "GET" && route.rule.effect == Effect::Reads) {
            assert_eq!(route.path, "/compliance/pack", "only the export reads by POST");
        }
    }
}
