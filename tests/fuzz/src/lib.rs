//! The laws that the fuzz targets try to break. Each `check` panics when its law is broken.
//!
//! The tests of `gnomon-detect` and `gnomon-dialects` include these files and replay `corpus/` with them.

pub mod redaction;
pub mod story;
pub mod stream_scanner;
pub mod strict_json;
pub mod views;
