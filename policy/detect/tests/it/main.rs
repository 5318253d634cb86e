//! The detectors from outside: tables of texts and what must be found in them, and the laws of streams and redaction.

mod attacks;
mod laws;
mod personal;
mod samples;
mod secrets;
mod views;
