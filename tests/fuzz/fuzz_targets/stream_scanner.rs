//! A text in pieces holds what the whole text holds.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| gnomon_fuzz::stream_scanner::check(input));
