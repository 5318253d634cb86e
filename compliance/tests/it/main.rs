//! Packs made from logs that were written through `gnomon_evidence::Log`, verified, and tampered with.

mod documents;
mod hostile;
mod packs;
mod status;
mod support;
mod tamper;
