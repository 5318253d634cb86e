//! Which leaf hashes can be relied on when the records do not give the signed root.
//!
//! The right edge of the tile tree hashes to the signed root, so the edge is checked first; where it does not fit, the
//! same hashes are tried as made from the level below, or from the records. From the edge downwards each full tile has
//! to hash to its place in the level above. What fits is trusted; what does not is named.

use super::head::Head;
use super::records::Stamp;
use super::source::{Line, Source};
use super::{VerifyReport, Window, first_difference, tile_mismatch};
use crate::error::VerifyError;
use crate::layout;
use crate::merkle::{Hash, TILE_WIDTH, empty_root, fold_left_of, leaf_hash, root_of};
use crate::tiles::TileDir;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

/// Tiles for which records are gathered, at 8 KiB each.
const GATHERED_MAX: usize = 4096;

type Row = Vec<Option<Hash>>;
/// Hashes of the records that claim a place in a tile.
type Gathered = BTreeMap<u64, Vec<Option<Hash>>>;

/// The leaf hashes to hold records against.
pub(super) struct Leaves {
    tiles: TileDir,
    /// Tiles at level 0 whose leaves come from elsewhere than their file.
    instead: BTreeMap<u64, Vec<Hash>>,
    cache: RefCell<Option<(u64, Vec<Hash>)>>,
}

impl Leaves {
    /// Size of the tree: the signed one, else the one that the tiles stand for.
    pub(super) fn size(&self) -> u64 {
        self.tiles.size()
    }

    /// The leaf hash of a record, if any tile tells it.
    pub(super) fn get(&self, seq: u64) -> Option<Hash> {
        let (tile, place) = (seq / TILE_WIDTH as u64, usize::try_from(seq % TILE_WIDTH as u64).ok()?);
        if let Some(row) = self.instead.get(&tile) {
            return row.get(place).copied();
        }
        let mut cache = self.cache.borrow_mut();
        if cache.as_ref().is_none_or(|(index, _)| *index != tile) {
            *cache = Some((tile, self.tiles.tile(0, tile).unwrap_or_default()));
        }
        cache.as_ref().and_then(|(_, row)| row.get(place).copied())
    }

    pub(super) fn trust(
        dir: &Path,
        head: &Head,
        source: &Source,
        window: Option<Window>,
        report: &mut VerifyReport,
    ) -> Result<Self, VerifyError> {
        let present = present(&dir.join("tile/0"), 0);
        let size = head.trusted.as_ref().map_or_else(|| discovered_size(dir, present), |checkpoint| checkpoint.size);
        let tiles = TileDir::new(dir, size);
        let mut tree = Tree::read(&tiles, present);
        tree.report_missing(report);
        tree.gather(source, window)?;
        if let Some(checkpoint) = &head.trusted {
            tree.trust_edge(&checkpoint.root, report);
        }
        tree.trust_downwards(report);
        let instead = tree.leaves_instead(&tiles, report);
        Ok(Self { tiles, instead, cache: RefCell::new(None) })
    }
}

/// Rows of hashes by level. A row at level `l` holds one hash per full tile of level `l - 1`.
struct Tree {
    size: u64,
    /// Tiles at level 0 that are worth looking for.
    present: u64,
    /// As the tiles say; level 0 holds the partial tile only.
    stored: Vec<Row>,
    /// As made from the tiles one level below.
    computed: Vec<Row>,
    /// What is relied on.
    trusted: Vec<Row>,
    gathered: Gathered,
}

impl Tree {
    fn read(tiles: &TileDir, present: u64) -> Self {
        let levels = usize::from(layout::level_count(tiles.size()).max(1));
        let mut tree = Self {
            size: tiles.size(),
            present,
            stored: Vec::new(),
            computed: Vec::new(),
            trusted: Vec::new(),
            gathered: Gathered::new(),
        };
        let partial = tree.size / TILE_WIDTH as u64;
        tree.stored.push(some(tiles.tile(0, partial).unwrap_or_default()));
        tree.computed.push(Row::new());
        for level in 1..levels {
            let level = u8::try_from(level).unwrap_or(u8::MAX);
            let below =
                (0..tree.full_tiles(level - 1)).map(|index| tiles.tile(level - 1, index).ok().map(|row| root_of(&row)));
            tree.computed.push(below.collect());
            let mut row = Row::new();
            for index in 0..layout::tile_count(tree.size, level).min(present) {
                let width = layout::tile_width(tree.size, level, index);
                row.extend(tiles.tile(level, index).map_or_else(|_| vec![None; width], some));
            }
            row.resize(tree.computed.last().map_or(0, Vec::len), None);
            tree.stored.push(row);
        }
        tree.trusted.clone_from(&tree.stored);
        tree
    }

    /// Full tiles of a level, no more than could be there.
    fn full_tiles(&self, level: u8) -> u64 {
        self.size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0).min(self.present)
    }

    fn report_missing(&self, report: &mut VerifyReport) {
        let wanted = layout::tile_count(self.size, 0);
        let read: Vec<u64> = (0..)
            .zip(self.computed.get(1).into_iter().flatten())
            .filter(|(_, hash)| hash.is_none())
            .map(|(index, _)| index)
            .collect();
        let mut missing = read.len() as u64 + (self.size / TILE_WIDTH as u64).saturating_sub(self.present);
        let mut first = read.first().copied().unwrap_or(self.present);
        let partial =
            self.stored.first().is_some_and(|row| row.is_empty() && !self.size.is_multiple_of(TILE_WIDTH as u64));
        if partial {
            first = if missing == 0 { wanted - 1 } else { first };
            missing += 1;
        }
        if missing > 0 {
            report.fail("TILE_MISSING", None, format!("level=0 index={first} missing={missing}"));
        }
        for (level, row) in self.stored.iter().enumerate().skip(1) {
            let holes = row.iter().filter(|hash| hash.is_none()).count();
            if let Some(first) = row.iter().position(Option::is_none) {
                report.fail("TILE_MISSING", None, format!("level={level} index={} hashes={holes}", first / TILE_WIDTH));
            }
        }
    }

    /// Gathers what records claim to lie in the tiles that are in doubt.
    fn gather(&mut self, source: &Source, window: Option<Window>) -> Result<(), VerifyError> {
        let (stored, computed) = (self.stored.get(1), self.computed.get(1));
        let rows = stored.into_iter().flatten().zip(computed.into_iter().flatten());
        let doubtful = (0_u64..)
            .zip(rows)
            .filter(|(_, (stored, computed))| stored != computed || stored.is_none())
            .map(|(index, _)| index);
        let partial = (!self.size.is_multiple_of(TILE_WIDTH as u64)).then_some(self.size / TILE_WIDTH as u64);
        for index in doubtful.chain(partial).take(GATHERED_MAX) {
            let width = layout::tile_width(self.size, 0, index);
            self.gathered.insert(index, vec![None; width]);
        }
        if self.gathered.is_empty() || window.is_some_and(|window| window.count == 0) {
            return Ok(());
        }
        source.walk(|line| {
            if let Line::Record(record) = line
                && let Some(seq) = Stamp::read(record).and_then(|stamp| stamp.seq)
                && let Some(row) = self.gathered.get_mut(&(seq / TILE_WIDTH as u64))
                && let Some(place) = usize::try_from(seq % TILE_WIDTH as u64).ok().and_then(|place| row.get_mut(place))
            {
                place.get_or_insert(leaf_hash(record));
            }
            ControlFlow::Continue(())
        })
    }

    /// Finds hashes for the right edge that give the signed root.
    fn trust_edge(&mut self, root: &Hash, report: &mut VerifyReport) {
        let choices: Vec<Vec<Row>> = (0..self.stored.len()).map(|level| self.edge_choices(level)).collect();
        let combinations = choices.iter().map(|rows| rows.len().max(1)).product::<usize>().min(6561);
        for combination in 0..combinations {
            let picked = pick(&choices, combination);
            if edge_root(&picked).as_ref() != Some(root) {
                continue;
            }
            for (level, row) in picked.into_iter().enumerate() {
                self.accept_edge(level, &row, report);
            }
            return;
        }
        report.fail(
            "ROOT_MISMATCH",
            None,
            format!("size={}: neither tiles nor records lead to the signed root", self.size),
        );
    }

    /// The unfinished tile of a level: as stored, as made from below, as made from the records.
    fn edge_choices(&self, level: usize) -> Vec<Row> {
        let edge = |row: &Row| row.get(row.len() - row.len() % TILE_WIDTH..).unwrap_or_default().to_vec();
        let mut choices: Vec<Row> = self.stored.get(level).map(edge).into_iter().collect();
        match level {
            0 => choices.extend(self.gathered.get(&(self.size / TILE_WIDTH as u64)).cloned()),
            _ => {
                choices.extend(self.computed.get(level).map(edge));
                if level == 1 {
                    choices.push(edge(&self.gathered_roots()));
                }
            }
        }
        choices.dedup();
        choices
    }

    /// Level 1 as made from the records where they are complete, else from the tiles.
    fn gathered_roots(&self) -> Row {
        let computed = self.computed.get(1).into_iter().flatten();
        (0_u64..)
            .zip(computed)
            .map(|(index, computed)| self.gathered_leaves(index).map(|leaves| root_of(&leaves)).or(*computed))
            .collect()
    }

    fn gathered_leaves(&self, index: u64) -> Option<Vec<Hash>> {
        self.gathered.get(&index)?.iter().copied().collect()
    }

    fn accept_edge(&mut self, level: usize, picked: &Row, report: &mut VerifyReport) {
        let (Some(stored), Some(trusted)) = (self.stored.get(level), self.trusted.get_mut(level)) else { return };
        let start = stored.len() - stored.len() % TILE_WIDTH;
        let before = stored.get(start..).unwrap_or_default();
        if before != picked.as_slice() && !before.iter().all(Option::is_none) {
            let position = (0..picked.len()).find(|at| before.get(*at) != picked.get(*at));
            let index = self.size.checked_shr(u32::try_from(8 * (level + 1)).unwrap_or(64)).unwrap_or(0);
            report.push(tile_mismatch(u8::try_from(level).unwrap_or(u8::MAX), index, position));
        }
        trusted.truncate(start);
        trusted.extend_from_slice(picked);
    }

    /// From the top level down to level 1: each full tile has to hash to its place in the level above.
    fn trust_downwards(&mut self, report: &mut VerifyReport) {
        for level in (1..self.stored.len().saturating_sub(1)).rev() {
            let parents: Row = self.trusted.get(level + 1).cloned().unwrap_or_default();
            for (index, parent) in parents.into_iter().enumerate() {
                let Some(parent) = parent else { continue };
                let range = index * TILE_WIDTH..(index + 1) * TILE_WIDTH;
                let stored = self.stored.get(level).and_then(|row| row.get(range.clone())).unwrap_or_default().to_vec();
                if hashes_to(&stored, &parent) {
                    continue;
                }
                let computed =
                    self.computed.get(level).and_then(|row| row.get(range.clone())).unwrap_or_default().to_vec();
                let mended = hashes_to(&computed, &parent);
                let position =
                    if mended { (0..TILE_WIDTH).find(|at| stored.get(*at) != computed.get(*at)) } else { None };
                if stored.iter().any(Option::is_some) {
                    report.push(tile_mismatch(u8::try_from(level).unwrap_or(u8::MAX), index as u64, position));
                }
                if let Some(slot) = self.trusted.get_mut(level).and_then(|row| row.get_mut(range)) {
                    let fill = if mended { computed } else { vec![None; TILE_WIDTH] };
                    slot.iter_mut().zip(fill).for_each(|(slot, hash)| *slot = hash);
                }
            }
        }
    }

    /// Level 0: tiles that do not hash to their place are replaced by the records' hashes, if those do.
    fn leaves_instead(&self, tiles: &TileDir, report: &mut VerifyReport) -> BTreeMap<u64, Vec<Hash>> {
        let mut instead = BTreeMap::new();
        let empty = Row::new();
        let (parents, computed) = (self.trusted.get(1).unwrap_or(&empty), self.computed.get(1).unwrap_or(&empty));
        for (index, (parent, computed)) in (0_u64..).zip(parents.iter().zip(computed)) {
            let Some(parent) = parent.as_ref().filter(|parent| computed.as_ref() != Some(*parent)) else { continue };
            let gathered = self.gathered_leaves(index).filter(|leaves| root_of(leaves) == *parent);
            if let Ok(stored) = tiles.tile(0, index) {
                let position = gathered.as_ref().and_then(|gathered| first_difference(&stored, gathered));
                report.push(tile_mismatch(0, index, position));
            }
            instead.extend(gathered.map(|leaves| (index, leaves)));
        }
        let edge = self.size / TILE_WIDTH as u64;
        let trusted_edge: Option<Vec<Hash>> = self.trusted.first().and_then(|row| row.iter().copied().collect());
        instead.extend(trusted_edge.filter(|row| !row.is_empty()).map(|row| (edge, row)));
        instead
    }
}

fn some(hashes: Vec<Hash>) -> Row {
    hashes.into_iter().map(Some).collect()
}

fn hashes_to(row: &[Option<Hash>], parent: &Hash) -> bool {
    let hashes: Option<Vec<Hash>> = row.iter().copied().collect();
    hashes.is_some_and(|hashes| hashes.len() == TILE_WIDTH && root_of(&hashes) == *parent)
}

/// One choice per level, counted like digits.
fn pick(choices: &[Vec<Row>], mut combination: usize) -> Vec<Row> {
    let pick_one = |rows: &Vec<Row>| {
        let count = rows.len().max(1);
        let row = rows.get(combination % count).cloned().unwrap_or_default();
        combination /= count;
        row
    };
    choices.iter().map(pick_one).collect()
}

fn edge_root(rows: &[Row]) -> Option<Hash> {
    let mut joined = None;
    for row in rows {
        let hashes: Option<Vec<Hash>> = row.iter().copied().collect();
        joined = fold_left_of(&hashes?, joined);
    }
    Some(joined.unwrap_or_else(empty_root))
}

/// One more than the highest index of a tile under a folder of a level, by walking what is there.
fn present(folder: &Path, high: u64) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let mut end = 0;
    // Links are not followed: a circle of them would not end.
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink())) {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let digits = name.strip_prefix('x').unwrap_or(name);
        let digits = digits.strip_suffix(".p").unwrap_or(digits);
        let Some(number) = (digits.len() == 3).then(|| digits.parse::<u64>().ok()).flatten() else { continue };
        let index = high.saturating_mul(1000).saturating_add(number);
        end = end.max(if name.starts_with('x') { present(&entry.path(), index) } else { index.saturating_add(1) });
    }
    end
}

/// The size that the tiles at level 0 stand for: as far as they go on without a hole.
fn discovered_size(dir: &Path, present: u64) -> u64 {
    let full =
        (0..present).take_while(|index| dir.join(layout::tile_path(0, *index, TILE_WIDTH)).exists()).count() as u64;
    let partial = (1..TILE_WIDTH).rev().find(|width| dir.join(layout::tile_path(0, full, *width)).exists());
    full * TILE_WIDTH as u64 + partial.unwrap_or(0) as u64
}
