//! Corporate logs in, uses of AI services out, with proof.
//!
//! [`import_file`] and [`import_reader`] read a log of any known format, recognised line by line: Squid (native, common, combined,
//! referrer), Zeek dns, ssl and http (tabs or JSON), BIND, Unbound, dnsmasq and Pi-hole, AdGuard Home, Suricata EVE, common and combined
//! access logs; with the head of syslog or the journal before them; plain, gzip or Zstandard. Hosts and paths are looked up in the
//! [`Catalogue`]; endpoints that no catalogue knows are judged by their signs. [`report`] puts the uses of any number of files together.
//!
//! Input that is merely bad is data: lines that are not understood are counted with examples. Memory is bounded. The same bytes
//! always give the same result. This crate knows no database and opens no socket; it reads only the files it is handed.

mod blind;
mod catalogue;
mod client;
mod content;
mod decode;
mod error;
mod event;
mod host;
mod import;
mod lines;
mod model;
mod moment;
mod parse;
mod report;
mod sample;
mod tally;
mod unknown;

pub use blind::EVERY_DEVICE;
pub use catalogue::{Catalogue, Recognised, Service};
pub use error::{CatalogueError, ImportError};
pub use import::{Hints, Imported, REJECTS_MAX, Reject, import_file, import_reader};
pub use report::{POINTERS_EACH_MAX, Report, ReportedService, report};
pub use sample::{SampleFile, sample_files};
pub use tally::Endpoint;
