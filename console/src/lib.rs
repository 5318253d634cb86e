//! Gnomon's console: pages and the admin API.
//!
//! Rendered on the server, complete without scripts; a small script adds live refresh and keys. [`router`] gives an
//! axum router for the admin listener, which serves `/api/v1`, `/healthz`, `/readyz` and `/metrics` too.
//!
//! - `routes` is the one table of addresses, each with the roles that may use it.
//! - `pages` has one file for each page: query, view model, template. `api` has one file for each resource.
//! - `auth` knows who asks; its guard stands before every route of the table.
//!
//! Not here: SQL (that is `gnomon-inventory`), the gateway, the log formats. What the console needs of them is handed
//! in as [`ConsoleParts`].

mod api;
mod app;
mod assets;
mod auth;
#[cfg(test)]
mod bench;
mod components;
mod error;
mod event;
mod format;
mod frame;
mod headers;
mod icons;
mod input;
mod kind;
mod pages;
mod parts;
mod query;
mod routes;
mod serve;
mod view;
#[cfg(test)]
mod walk;

pub use event::ConsoleEvent;
pub use parts::{
    ConsoleParts, GatewayInfo, ImportSummary, LogImporter, LogInfo, ObligationRow, PackExporter, PackFile, Present,
    RouteInfo, Settings, UpstreamInfo, Window, Work,
};
pub use routes::router;
pub use serve::serve;
