//! Where things lie in a log's folder. Paths of tiles and entry bundles follow C2SP tlog-tiles. Pure arithmetic.

use std::path::PathBuf;

/// The signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint";
/// The log's public key.
pub const VKEY: &str = "vkey";
/// The public key of a witness whose cosignature is required, if the file is there.
pub const WITNESS_VKEY: &str = "wvkey";
/// Folder of segment files of a live log.
pub const SEGMENTS: &str = "records";
/// All records of an exported log in one file, one line each.
pub const RECORDS: &str = "records.ndjson";
/// Which records an exported window holds.
pub const WINDOW: &str = "window.json";

/// Path of a hash tile. `width` is below 256 for a partial tile.
#[must_use]
pub fn tile_path(level: u8, index: u64, width: usize) -> PathBuf {
    PathBuf::from(format!("tile/{level}/{}{}", index_path(index), partial_suffix(width)))
}

/// Path of an entry bundle.
#[must_use]
pub fn bundle_path(index: u64, width: usize) -> PathBuf {
    PathBuf::from(format!("tile/entries/{}{}", index_path(index), partial_suffix(width)))
}

/// Hashes in the tile `index` of `level` in a tree of `size` leaves: 256 for a full one, 0 when there is none.
#[must_use]
pub fn tile_width(size: u64, level: u8, index: u64) -> usize {
    let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
    let before = index.saturating_mul(256);
    usize::try_from(hashes.saturating_sub(before).min(256)).unwrap_or(256)
}

/// Tiles of a level, the partial one included.
#[must_use]
pub fn tile_count(size: u64, level: u8) -> u64 {
    size.checked_shr(8 * u32::from(level)).unwrap_or(0).div_ceil(256)
}

/// Levels that hold at least one hash.
#[must_use]
pub fn level_count(size: u64) -> u8 {
    (0..8).filter(|level| tile_count(size, *level) > 0).count().try_into().unwrap_or(8)
}

/// The name of the segment whose first record is `first`.
#[must_use]
pub fn segment_name(first: u64) -> String {
    format!("{first:020}.ndjson")
}

/// The first record of a segment, from its name.
#[must_use]
pub fn segment_first(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".ndjson")?;
    (digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

fn index_path(index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

fn partial_suffix(width: usize) -> String {
    if width < 256 { format!(".p/{width}") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path(0, 1_234_067, 256), PathBuf::from("tile/0/x001/x234/067"));
        assert_eq!(tile_path(1, 0, 17), PathBuf::from("tile/1/000.p/17"));
        assert_eq!(bundle_path(273, 112), PathBuf::from("tile/entries/273.p/112"));
    }

    #[test]
    fn widths_are_those_of_the_example_with_70000_leaves() {
        assert_eq!((tile_count(70_000, 0), tile_width(70_000, 0, 272), tile_width(70_000, 0, 273)), (274, 256, 112));
        assert_eq!((tile_count(70_000, 1), tile_width(70_000, 1, 0), tile_width(70_000, 1, 1)), (2, 256, 17));
        assert_eq!((tile_count(70_000, 2), tile_width(70_000, 2, 0)), (1, 1));
        assert_eq!((level_count(70_000), level_count(0), level_count(256)), (3, 0, 2));
    }

    #[test]
    fn segment_names_sort_and_read_back() {
        assert_eq!(segment_first(&segment_name(42)), Some(42));
        assert_eq!(segment_first("42.ndjson"), None);
        assert_eq!(segment_first("trimmed-00000000000000000042"), None);
    }
}
