//! Tables of our own words, asked so often that the hash counts.

use std::hash::Hasher;

/// A quick hash. The words are ours, so that no one can choose colliding ones.
#[derive(Default)]
pub(crate) struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let eight = chunk.iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
            self.0 = (self.0.rotate_left(5) ^ eight).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.0 = u64::from(word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write_usize(&mut self, length: usize) {
        self.0 ^= length as u64;
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
