//! Hash tiles on disk: read by anyone, written from the records by the publisher.

use crate::checkpoint::Checkpoint;
use crate::error::{LogError, ReadError};
use crate::merkle::{Frontier, FullTile, Hash, TILE_WIDTH};
use crate::note::Note;
use crate::{files, layout};
use std::path::{Path, PathBuf};

/// The tiles of a log folder or of an exported copy, for a tree of a given size.
#[derive(Debug, Clone)]
pub struct TileDir {
    dir: PathBuf,
    size: u64,
}

impl TileDir {
    /// The tiles in `dir`, seen as a tree of `size` leaves. Nothing is read yet.
    #[must_use]
    pub fn new(dir: &Path, size: u64) -> Self {
        Self { dir: dir.to_owned(), size }
    }

    /// The tiles in `dir` for its checkpoint, and the checkpoint's note. No signature is checked.
    ///
    /// # Errors
    /// [`ReadError`] when there is no readable checkpoint.
    pub fn published(dir: &Path) -> Result<(Self, String), ReadError> {
        let path = dir.join(layout::CHECKPOINT);
        let missing = || ReadError::Missing("a checkpoint".to_owned());
        let bytes = files::read_bounded(&path, crate::note::NOTE_BYTES_MAX)
            .map_err(ReadError::io(&path))?
            .ok_or_else(missing)?;
        let note = Note::parse(&bytes).map_err(|_| missing())?;
        let checkpoint = Checkpoint::parse(&note.text).map_err(|_| missing())?;
        Ok((Self::new(dir, checkpoint.size), String::from_utf8(bytes).map_err(|_| missing())?))
    }

    /// Leaves of the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of a tile that belong to this tree.
    ///
    /// # Errors
    /// [`ReadError`] when neither the tile nor its completed form is there in full.
    pub fn tile(&self, level: u8, index: u64) -> Result<Vec<Hash>, ReadError> {
        let width = layout::tile_width(self.size, level, index);
        self.read(level, index, width).ok_or_else(|| ReadError::Missing(format!("tile level={level} index={index}")))
    }

    /// As [`TileDir::tile`]; `None` when no file holds so many hashes. A tile of a smaller tree is the beginning of the
    /// same tile in a larger one.
    pub(crate) fn read(&self, level: u8, index: u64, width: usize) -> Option<Vec<Hash>> {
        let exact = [width, TILE_WIDTH].into_iter().find_map(|stored| self.read_file(level, index, stored));
        let found =
            exact.or_else(|| self.wider(level, index, width).find_map(|stored| self.read_file(level, index, stored)));
        found.map(|mut hashes| {
            hashes.truncate(width);
            hashes
        })
    }

    fn read_file(&self, level: u8, index: u64, stored: usize) -> Option<Vec<Hash>> {
        let path = self.dir.join(layout::tile_path(level, index, stored));
        let bytes = files::read_bounded(&path, TILE_WIDTH * 32).ok()??;
        (bytes.len() == stored * 32).then(|| bytes.chunks_exact(32).filter_map(|hash| hash.try_into().ok()).collect())
    }

    /// Widths of partial tiles that go beyond `width`.
    fn wider(&self, level: u8, index: u64, width: usize) -> impl Iterator<Item = usize> + use<> {
        let folder = self.dir.join(layout::tile_path(level, index, width.min(TILE_WIDTH - 1)));
        let entries = folder.parent().and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
        let widths = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<usize>().ok());
        widths.filter(move |stored| (width..TILE_WIDTH).contains(stored))
    }

    /// The right edge of this tree, from the full tiles alone: partial tiles need not be there.
    /// Leaves behind the last full tile are left out.
    pub(crate) fn frontier(&self) -> Result<Frontier, ReadError> {
        let size = self.size - self.size % TILE_WIDTH as u64;
        let full = Self::new(&self.dir, size);
        let mut levels = vec![Vec::new()];
        for level in 1..layout::level_count(size) {
            let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
            let open = hashes - hashes % TILE_WIDTH as u64;
            let row = (open..hashes).map(|index| Ok(crate::merkle::root_of(&full.tile(level - 1, index)?)));
            levels.push(row.collect::<Result<Vec<_>, ReadError>>()?);
        }
        Frontier::from_levels(size, levels).ok_or_else(|| ReadError::Missing("an edge that fits its size".to_owned()))
    }
}

/// Writes a full tile and removes the partial ones that it replaces.
pub(crate) fn write_full(dir: &Path, tile: &FullTile) -> Result<PathBuf, LogError> {
    let path = dir.join(layout::tile_path(tile.level, tile.index, TILE_WIDTH));
    files::write_derived(&path, &tile.hashes.concat())?;
    let mut partial = path.clone().into_os_string();
    partial.push(".p");
    // Absent for a tile that filled between two checkpoints.
    let _ = std::fs::remove_dir_all(partial);
    Ok(path)
}

/// Writes the partial tiles of a tree's edge.
pub(crate) fn write_partial(dir: &Path, frontier: &Frontier) -> Result<Vec<PathBuf>, LogError> {
    let mut written = Vec::new();
    for (level, row) in (0_u8..).zip(frontier.levels()) {
        if row.is_empty() {
            continue;
        }
        let index = frontier.size().checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
        let path = dir.join(layout::tile_path(level, index, row.len()));
        files::write_derived(&path, &row.concat())?;
        written.push(path);
    }
    Ok(written)
}
