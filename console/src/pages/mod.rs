//! Pages, one file each: query, view model, template.

pub(crate) mod activity;
pub(crate) mod approvals;
pub(crate) mod asset;
pub(crate) mod assets;
pub(crate) mod audit;
pub(crate) mod compliance;
pub(crate) mod decision;
pub(crate) mod failure;
pub(crate) mod gateway;
pub(crate) mod keys;
pub(crate) mod overview;
pub(crate) mod policies;
pub(crate) mod preferences;
pub(crate) mod search;
pub(crate) mod service;
pub(crate) mod services;
pub(crate) mod shadow;
pub(crate) mod sign_in;
pub(crate) mod tools;
pub(crate) mod users;
