//! RFC 6962 hashing: leaves, nodes, roots, and the right edge of a growing tree. Pure.

use sha2::{Digest as _, Sha256};

/// A node of the tree.
pub type Hash = [u8; 32];

/// Hashes in a full tile.
pub const TILE_WIDTH: usize = 256;

/// The hash of a record: SHA-256 over `0x00` and its bytes.
#[must_use]
pub fn leaf_hash(record: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(record).finalize().into()
}

/// The hash of two neighbours: SHA-256 over `0x01`, left and right.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the empty tree: SHA-256 over nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root over nodes of equal height, such as the hashes of a tile.
#[must_use]
pub fn root_of(nodes: &[Hash]) -> Hash {
    fold_left_of(nodes, None).unwrap_or_else(empty_root)
}

/// Puts the nodes of one height to the left of what stands to their right. The tree over `n` nodes splits into perfect
/// trees as `n` splits into powers of two; they are joined from the right.
#[must_use]
pub fn fold_left_of(nodes: &[Hash], right: Option<Hash>) -> Option<Hash> {
    let mut rest = nodes;
    let mut joined = right;
    while !rest.is_empty() {
        let width = 1_usize << rest.len().trailing_zeros();
        let Some((left, perfect)) = rest.len().checked_sub(width).and_then(|at| rest.split_at_checked(at)) else {
            break;
        };
        let root = perfect_root(perfect);
        joined = Some(joined.map_or(root, |right| node_hash(&root, &right)));
        rest = left;
    }
    joined
}

/// The root over a power of two of nodes.
fn perfect_root(nodes: &[Hash]) -> Hash {
    let mut row = nodes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| if let [left, right] = pair { node_hash(left, right) } else { empty_root() })
            .collect();
    }
    row.first().copied().unwrap_or_else(empty_root)
}

/// A tile that became full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullTile {
    /// Level, 0 for leaves.
    pub level: u8,
    /// Index within the level.
    pub index: u64,
    /// Its 256 hashes.
    pub hashes: Vec<Hash>,
}

/// The right edge of a tree: for each tile level the hashes of the tile that is not full yet. Enough to append and to
/// tell the root; its size does not grow with the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

impl Frontier {
    /// The edge of a tree of `size` leaves, from the hashes of its unfinished tiles, level 0 first.
    /// `None` when their numbers do not fit the size.
    #[must_use]
    pub fn from_levels(size: u64, levels: Vec<Vec<Hash>>) -> Option<Self> {
        let fits = levels.iter().enumerate().all(|(level, row)| row.len() as u64 == width_at(size, level));
        let complete = width_sum(size) == levels.iter().filter(|row| !row.is_empty()).count();
        (fits && complete).then_some(Self { size, levels })
    }

    /// Leaves in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Hashes of the unfinished tile of each level, level 0 first.
    #[must_use]
    pub fn levels(&self) -> &[Vec<Hash>] {
        &self.levels
    }

    /// Appends a leaf; returns the tiles that it completes, lowest level first.
    pub fn push(&mut self, leaf: Hash) -> Vec<FullTile> {
        let mut full = Vec::new();
        let mut hash = leaf;
        self.size += 1;
        for level in 0_u8..8 {
            let level_index = usize::from(level);
            if self.levels.len() <= level_index {
                self.levels.push(Vec::with_capacity(TILE_WIDTH));
            }
            let Some(row) = self.levels.get_mut(level_index) else {
                break;
            };
            row.push(hash);
            if row.len() < TILE_WIDTH {
                break;
            }
            let hashes = std::mem::replace(row, Vec::with_capacity(TILE_WIDTH));
            hash = perfect_root(&hashes);
            full.push(FullTile { level, index: (self.size >> (8 * (u32::from(level) + 1))) - 1, hashes });
        }
        full
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.levels.iter().fold(None, |right, row| fold_left_of(row, right)).unwrap_or_else(empty_root)
    }
}

/// Hashes in the unfinished tile of a level: `floor(size / 256^level) mod 256`.
fn width_at(size: u64, level: usize) -> u64 {
    u32::try_from(level * 8).ok().and_then(|shift| size.checked_shr(shift)).unwrap_or(0) % TILE_WIDTH as u64
}

fn width_sum(size: u64) -> usize {
    (0..8).filter(|level| width_at(size, *level) > 0).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 section 2.1, word by word.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves.len() {
            0 => empty_root(),
            1 => leaves[0],
            n => {
                let k = n.next_power_of_two() / 2;
                node_hash(&naive(&leaves[..k]), &naive(&leaves[k..]))
            }
        }
    }

    #[test]
    fn the_edge_gives_the_root_of_the_definition_at_every_size() {
        let leaves: Vec<Hash> = (0..1100_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let mut frontier = Frontier::default();
        for (n, leaf) in leaves.iter().enumerate() {
            if n < 70 || n % 97 == 0 || (254..260).contains(&n) {
                assert_eq!(frontier.root(), naive(&leaves[..n]), "size {n}");
                assert_eq!(root_of(&leaves[..n]), naive(&leaves[..n]), "size {n}");
            }
            for tile in frontier.push(*leaf) {
                assert_eq!((tile.level, tile.index), (0, n as u64 / 256), "size {n}");
            }
        }
        let again = Frontier::from_levels(frontier.size(), frontier.levels().to_vec());
        assert_eq!(again, Some(frontier));
    }

    #[test]
    fn the_second_level_fills_after_65536_leaves() {
        let mut frontier = Frontier::default();
        let mut seen = Vec::new();
        for n in 0..65_536_u32 {
            seen.extend(frontier.push(leaf_hash(&n.to_be_bytes())).into_iter().map(|tile| (tile.level, tile.index)));
        }
        assert_eq!(seen.len(), 257);
        assert_eq!(seen[255..], [(0, 255), (1, 0)]);
        assert_eq!(frontier.levels()[2].len(), 1);
    }

    #[test]
    fn an_edge_that_does_not_fit_its_size_is_refused() {
        assert_eq!(Frontier::from_levels(3, vec![vec![[0; 32]; 2]]), None);
        assert_eq!(Frontier::from_levels(256, vec![vec![]]), None);
        assert!(Frontier::from_levels(256, vec![vec![], vec![[0; 32]]]).is_some());
    }
}
