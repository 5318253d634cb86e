//! The detectors from outside: tables of texts and what must be found in them, and the laws of streams and redaction.
#![expect(
    clippy::string_slice,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod attacks;
mod beside;
mod carriers;
mod dictionaries;
mod disguises;
mod effort;
mod encodings;
mod flow;
mod fuzz;
mod honest;
mod laws;
mod leaks;
mod leet;
mod limits;
mod personal;
mod phrases;
mod samples;
mod secrets;
mod structures;
mod surroundings;
mod topics;
mod views;
