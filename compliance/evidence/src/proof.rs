//! Inclusion and consistency proofs: made from hash tiles, verified as RFC 9162 section 2.1.3 and 2.1.4 say, and written
//! in the C2SP tlog-proof form.

use crate::checkpoint::parse_decimal;
use crate::error::ReadError;
use crate::merkle::{Hash, empty_root, node_hash, root_of};
use crate::tiles::TileDir;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A path is not longer than the tree is high.
const HASHES_MAX: usize = 64;

/// The hashes that lead from a leaf to the root of the tree.
///
/// # Errors
/// [`ReadError`] when a tile is missing or there is no such leaf.
pub fn inclusion(tiles: &TileDir, index: u64) -> Result<Vec<Hash>, ReadError> {
    if index >= tiles.size() {
        return Err(ReadError::Missing(format!("record {index}")));
    }
    let (mut low, mut high) = (0, tiles.size());
    let mut path = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(subtree(tiles, middle, high)?);
            high = middle;
        } else {
            path.push(subtree(tiles, low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The hashes that show that the tree over the first `old_size` records is a beginning of this tree.
///
/// # Errors
/// [`ReadError`] when a tile is missing or the old tree is larger.
pub fn consistency(tiles: &TileDir, old_size: u64) -> Result<Vec<Hash>, ReadError> {
    if old_size > tiles.size() {
        return Err(ReadError::Missing(format!("{old_size} records")));
    }
    if old_size == 0 || old_size == tiles.size() {
        return Ok(Vec::new());
    }
    let (mut low, mut high, mut whole) = (0, tiles.size(), true);
    let mut path = Vec::new();
    while old_size != high {
        let middle = low + split(high - low);
        if old_size <= middle {
            path.push(subtree(tiles, middle, high)?);
            high = middle;
        } else {
            path.push(subtree(tiles, low, middle)?);
            low = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(subtree(tiles, low, high)?);
    }
    path.reverse();
    Ok(path)
}

/// The root of the tree.
///
/// # Errors
/// [`ReadError`] when a tile is missing.
pub fn root(tiles: &TileDir) -> Result<Hash, ReadError> {
    if tiles.size() == 0 { Ok(empty_root()) } else { subtree(tiles, 0, tiles.size()) }
}

/// Whether the path leads from the leaf at `index` to the root of a tree of `size` leaves.
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for step in path {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            hash = node_hash(step, &hash);
            while place.is_multiple_of(2) && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether the path shows that the tree of `old_size` leaves is a beginning of the tree of `size` leaves.
#[must_use]
pub fn verify_consistency(old_size: u64, old_root: &Hash, size: u64, root: &Hash, path: &[Hash]) -> bool {
    if old_size == 0 || old_size >= size {
        let empty = old_size == 0 && *old_root == empty_root();
        return path.is_empty() && (empty || (old_size == size && old_root == root));
    }
    let mut steps = path.iter();
    let first = if old_size.is_power_of_two() { Some(old_root) } else { steps.next() };
    let Some(first) = first else { return false };
    let (mut place, mut last) = (old_size - 1, size - 1);
    while place % 2 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            old = node_hash(step, &old);
            new = node_hash(step, &new);
            while place.is_multiple_of(2) && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, step);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && old == *old_root && new == *root
}

/// The largest power of two below `n`, for `n > 1`.
fn split(n: u64) -> u64 {
    n.next_power_of_two() / 2
}

/// The root over the leaves `low..high`, as the recursion of RFC 6962 meets them: `low` is a multiple of the largest
/// power of two in their number.
fn subtree(tiles: &TileDir, low: u64, high: u64) -> Result<Hash, ReadError> {
    let leaves = high - low;
    if leaves.is_power_of_two() {
        return perfect(tiles, low, leaves.trailing_zeros());
    }
    let middle = low + split(leaves);
    Ok(node_hash(&subtree(tiles, low, middle)?, &subtree(tiles, middle, high)?))
}

/// The root over `2^height` leaves from `low` on: some hashes of one tile.
fn perfect(tiles: &TileDir, low: u64, height: u32) -> Result<Hash, ReadError> {
    let level = height / 8;
    let place = low >> (8 * level);
    let row = tiles.tile(u8::try_from(level).unwrap_or(u8::MAX), place / 256)?;
    let start = usize::try_from(place % 256).unwrap_or(0);
    let hashes = row.get(start..start + (1 << (height % 8)));
    hashes.map(root_of).ok_or_else(|| ReadError::Missing(format!("hashes {place} of level {level}")))
}

/// A proof that stands alone: place, path and checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Place of the record.
    pub index: u64,
    /// Path to the root.
    pub path: Vec<Hash>,
    /// The checkpoint as a signed note.
    pub checkpoint: String,
}

impl TlogProof {
    /// The text of a `.tlog-proof` file.
    #[must_use]
    pub fn encode(&self) -> String {
        let path: String = self.path.iter().map(|hash| format!("{}\n", BASE64.encode(hash))).collect();
        format!("{HEADER}\nindex {}\n{path}\n{}", self.index, self.checkpoint)
    }

    /// Reads a `.tlog-proof` file. `None` for another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        (lines.next()? == HEADER).then_some(())?;
        let mut line = lines.next()?;
        if line.starts_with("extra ") {
            line = lines.next()?;
        }
        let index = parse_decimal(line.strip_prefix("index ")?)?;
        let path = lines
            .take(HASHES_MAX + 1)
            .map(|line| BASE64.decode(line).ok()?.try_into().ok())
            .collect::<Option<Vec<Hash>>>()?;
        (path.len() <= HASHES_MAX).then(|| Self { index, path, checkpoint: checkpoint.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{Frontier, leaf_hash};
    use crate::tiles;

    fn leaf(n: u64) -> Hash {
        leaf_hash(&n.to_be_bytes())
    }

    /// Tiles on disk of a tree of so many leaves, and the root at every size on the way.
    fn grow(dir: &std::path::Path, size: u64) -> Vec<Hash> {
        let mut frontier = Frontier::default();
        let mut roots = vec![frontier.root()];
        for n in 0..size {
            frontier.push(leaf(n)).iter().for_each(|tile| drop(tiles::write_full(dir, tile).unwrap()));
            roots.push(frontier.root());
        }
        tiles::write_partial(dir, &frontier).unwrap();
        roots
    }

    #[test]
    fn a_path_verifies_for_its_own_leaf_place_and_root_only() {
        for size in (1..20).chain([255, 256, 257, 520]) {
            let dir = tempfile::tempdir().unwrap();
            let root = *grow(dir.path(), size).last().unwrap();
            let tiles = TileDir::new(dir.path(), size);
            assert_eq!(super::root(&tiles).unwrap(), root);
            for index in (0..size).filter(|index| size < 20 || index % 51 == 0 || index + 1 == size) {
                let path = inclusion(&tiles, index).unwrap();
                assert!(verify_inclusion(&leaf(index), index, size, &path, &root), "{index} of {size}");
                assert!(!verify_inclusion(&leaf(index + 1), index, size, &path, &root));
                assert!(!verify_inclusion(&leaf(index), index + 1, size, &path, &root));
                assert!(!verify_inclusion(&leaf(index), index, size, &path, &[0; 32]));
                let longer = [path.as_slice(), &[[0; 32]]].concat();
                assert!(!verify_inclusion(&leaf(index), index, size, &longer, &root));
                assert!(path.is_empty() || !verify_inclusion(&leaf(index), index, size, &path[1..], &root));
            }
            assert!(inclusion(&tiles, size).is_err());
        }
    }

    #[test]
    fn a_tree_continues_each_of_its_beginnings_and_no_other_tree() {
        for size in (1..20).chain([257, 520]) {
            let dir = tempfile::tempdir().unwrap();
            let roots = grow(dir.path(), size);
            let (tiles, root) = (TileDir::new(dir.path(), size), roots[roots.len() - 1]);
            for (old, old_root) in (0..=size).zip(&roots).filter(|(old, _)| size < 20 || old % 17 == 0) {
                let path = consistency(&tiles, old).unwrap();
                assert!(verify_consistency(old, old_root, size, &root, &path), "{old} of {size}");
                assert!(!verify_consistency(old, &[0; 32], size, &root, &path), "{old} of {size}");
                assert!(old == 0 || !verify_consistency(old, old_root, size, &[0; 32], &path), "{old} of {size}");
            }
            assert!(consistency(&tiles, size + 1).is_err());
        }
    }

    #[test]
    fn a_proof_file_reads_back_and_sloppy_ones_do_not() {
        let proof =
            TlogProof { index: 147, path: vec![[3; 32]; 9], checkpoint: "o\n300\nx\n\n— o AAAAAAA=\n".to_owned() };
        let text = proof.encode();
        assert_eq!(TlogProof::parse(&text), Some(proof));
        let extra = text.replacen("\nindex", "\nextra AAAA\nindex", 1);
        assert_eq!(TlogProof::parse(&extra).map(|proof| proof.index), Some(147));
        for bad in [
            text.replacen("@v1", "@v2", 1),
            text.replacen("147", "0147", 1),
            text.replacen("AwMD", "!", 1),
            String::new(),
        ] {
            assert_eq!(TlogProof::parse(&bad), None, "{bad}");
        }
    }
}
