//! `gnomon demo`: the whole product at work on one machine, with nothing else.

mod answers;
mod client;
mod configuration;
mod scenario;
mod summary;
mod upstream;

pub(crate) use configuration::config;
pub(crate) use scenario::{ACCOUNT, Scenario};
pub(crate) use summary::{Step, Summary};
pub(crate) use upstream::start as start_upstream;
