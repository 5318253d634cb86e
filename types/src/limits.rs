//! Limits that more than one crate must agree on. Each is a default; configuration may lower or raise it.

/// Largest request body that the gateway buffers, in bytes: 32 MiB.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Deepest nesting of JSON objects and arrays in a request.
pub const JSON_DEPTH_MAX: usize = 64;

/// Largest record of the evidence log, in bytes: tlog-tiles entry bundles hold at most 65,535 per entry.
pub const RECORD_BYTES_MAX: usize = 60 * 1024;

/// Rows in one page of a list.
pub const PAGE_ROWS_MAX: usize = 500;
