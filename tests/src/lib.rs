//! The test kit: starts the real binary on free ports, scripts its upstream, drives real clients against it.
//!
//! Everything here works from outside, through the surfaces that users have: command line, HTTP, files.

pub mod http;
pub mod postgres;
pub mod product;
pub mod provider;
pub mod tools;
