//! Disguised and encoded texts: findings point into the text, budgets hold, nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| gnomon_fuzz::views::check(input));
