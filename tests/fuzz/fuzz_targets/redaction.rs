//! What was redacted is gone.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| gnomon_fuzz::redaction::check(input));
