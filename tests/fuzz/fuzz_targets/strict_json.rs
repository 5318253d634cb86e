//! What the strict reader accepts, other readers read alike.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| gnomon_fuzz::strict_json::check(input));
