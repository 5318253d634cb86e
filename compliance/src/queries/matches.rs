//! Which records a query found: how many, which, and a sample that anybody can draw again.
//!
//! **Sampling rule.** For each matching record the key is SHA-256 over the text `gnomon-sample-v1`, the query's id, the
//! checkpoint's root in base64 and the record's place in decimal, joined by newlines. The records with the smallest
//! keys are the sample. Nobody can choose them: the root is fixed before the sample is drawn.

use crate::statement::QueryResult;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Records in a sample.
pub(crate) const SAMPLE_SIZE: usize = 5;
/// Runs of places that are listed.
const RUNS_MAX: usize = 2000;

#[derive(Debug, Default)]
pub(crate) struct Matches {
    n: u64,
    runs: Vec<(u64, u64)>,
    cut: bool,
    digest: Sha256,
    sample: BTreeSet<([u8; 32], u64)>,
}

impl Matches {
    /// Notes a record. Places come in rising order.
    pub(crate) fn push(&mut self, seq: u64, query: &str, root: Option<&str>) {
        self.n += 1;
        self.digest.update(format!("{seq}\n"));
        let full = self.runs.len() == RUNS_MAX;
        match self.runs.last_mut() {
            Some((_, last)) if *last + 1 == seq && !self.cut => *last = seq,
            _ if full => self.cut = true,
            _ => self.runs.push((seq, seq)),
        }
        if let Some(root) = root {
            self.sample.insert((sample_key(query, root, seq), seq));
            if self.sample.len() > SAMPLE_SIZE {
                self.sample.pop_last();
            }
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.n
    }

    /// The sample, in the order of the keys.
    pub(crate) fn sample(&self) -> impl Iterator<Item = (u64, String)> + '_ {
        self.sample.iter().map(|(key, seq)| (*seq, hex(key)))
    }

    /// Writes the matches into a result.
    pub(crate) fn report(self, result: &mut QueryResult) {
        result.count = self.n;
        result.seqs = runs_text(&self.runs);
        result.seqs_complete = !self.cut;
        result.seqs_sha256 = hex(&self.digest.finalize());
    }
}

/// The key by which a record is drawn.
pub(crate) fn sample_key(query: &str, root: &str, seq: u64) -> [u8; 32] {
    Sha256::digest(format!("gnomon-sample-v1\n{query}\n{root}\n{seq}")).into()
}

fn runs_text(runs: &[(u64, u64)]) -> String {
    let mut text = String::new();
    for (first, last) in runs {
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a string does not fail.
        let _ = if first == last { write!(text, "{comma}{first}") } else { write!(text, "{comma}{first}-{last}") };
    }
    text
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_short_and_the_sample_is_the_smallest_keys() {
        let mut matches = Matches::default();
        let seqs = [0, 1, 2, 7, 9, 10, 11, 12, 13];
        seqs.iter().for_each(|seq| matches.push(*seq, "q.x", Some("root")));
        let mut keys: Vec<_> = seqs.iter().map(|seq| (sample_key("q.x", "root", *seq), *seq)).collect();
        keys.sort_unstable();
        let drawn: Vec<u64> = matches.sample().map(|(seq, _)| seq).collect();
        assert_eq!(drawn, keys.iter().take(SAMPLE_SIZE).map(|(_, seq)| *seq).collect::<Vec<_>>());
        let mut result = QueryResult::default();
        matches.report(&mut result);
        assert_eq!((result.count, result.seqs.as_str()), (9, "0-2,7,9-13"));
        assert_eq!(result.seqs_sha256, hex(&Sha256::digest("0\n1\n2\n7\n9\n10\n11\n12\n13\n")));
    }
}
