//! What several examples need.

use std::error::Error;
use std::path::Path;

/// The file, or the file with `.gz` behind its name, unpacked.
pub(crate) fn read(path: &Path) -> Result<String, Box<dyn Error>> {
    if path.exists() {
        return Ok(std::fs::read_to_string(path)?);
    }
    let packed = std::fs::File::open(path.with_extension("jsonl.gz"))?;
    Ok(std::io::read_to_string(flate2::read::GzDecoder::new(packed))?)
}

/// Share of (attack, benign) pairs in the right order.
pub(crate) fn auc(bad: &[f32], good: &[f32]) -> f64 {
    let mut right = 0.0;
    for a in bad {
        for b in good {
            right += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    right / (bad.len() * good.len()).max(1) as f64
}
