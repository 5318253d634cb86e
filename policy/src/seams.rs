//! Where one message is sent in several blocks of text, the model reads them as one. Text that is harmless in each block
//! may be a credential or an order across their seam, so the seams are looked at too.

use gnomon_types::conversation::{Part, Role};
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes on each side of a joint that are looked at. Longer than any single token of a detector that matters here;
/// blocks shorter than this are looked at whole, together.
const REACH: usize = 256;

/// Text around one or more joints of neighbouring blocks.
#[derive(Debug, PartialEq, Eq)]
pub struct Seam {
    pub(crate) role: Role,
    /// The text.
    pub text: String,
    /// Offsets in `text` at which one block ends and the next begins.
    pub(crate) joints: Vec<usize>,
    /// Where the text comes from.
    pieces: Vec<Piece>,
}

/// A stretch of a seam's text.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    /// The block, by its place among the parts.
    part: usize,
    /// Where the stretch stands in the seam's text.
    at: Range<usize>,
    /// Where it begins in the block's text.
    offset: usize,
}

impl Seam {
    /// Whether something reaches over a joint. What lies within one block was found there already.
    #[must_use]
    pub fn crosses(&self, found: &Range<usize>) -> bool {
        self.joints.iter().any(|joint| found.start < *joint && *joint < found.end)
    }

    /// The blocks that hold a share of a stretch of the text, by their places among the parts, with the share of each.
    #[must_use]
    pub fn shares(&self, found: &Range<usize>) -> Vec<(usize, Range<usize>)> {
        let share = |piece: &Piece| {
            let (start, end) = (found.start.max(piece.at.start), found.end.min(piece.at.end));
            let local = |offset: usize| offset - piece.at.start + piece.offset;
            (start < end).then(|| (piece.part, local(start)..local(end)))
        };
        self.pieces.iter().filter_map(share).collect()
    }
}

/// The seams of all messages that consist of several blocks of text. Whatever stands between two blocks of a message,
/// such as a picture or a field beside the text, the model reads their words one after the other.
#[must_use]
pub fn seams(parts: &[Part]) -> Vec<Seam> {
    let mut lists: BTreeMap<(&str, Role), Vec<usize>> = BTreeMap::new();
    for (place, part) in parts.iter().enumerate() {
        if let Some(list) = block_list(part) {
            lists.entry((list, part.role)).or_default().push(place);
        }
    }
    let mut messages: Vec<Vec<usize>> = lists.into_values().filter(|blocks| blocks.len() > 1).collect();
    messages.sort_unstable();
    messages.iter().flat_map(|blocks| of_message(parts, blocks)).collect()
}

/// `/messages/1/content` for a block at `/messages/1/content/0/text`.
fn block_list(part: &Part) -> Option<&str> {
    let (list, index) = part.pointer.strip_suffix("/text")?.rsplit_once('/')?;
    index.bytes().all(|byte| byte.is_ascii_digit()).then_some(list)
}

fn of_message(parts: &[Part], blocks: &[usize]) -> Vec<Seam> {
    let blocks: Vec<(usize, &Part)> = blocks.iter().filter_map(|place| Some((*place, parts.get(*place)?))).collect();
    let whole: String = blocks.iter().map(|(_, block)| block.text.0.as_str()).collect();
    let mut stretches: Vec<(usize, Range<usize>)> = Vec::with_capacity(blocks.len());
    let mut end = 0;
    for (place, block) in &blocks {
        stretches.push((*place, end..end + block.text.len()));
        end += block.text.len();
    }
    let joints: Vec<usize> = stretches.iter().skip(1).map(|(_, stretch)| stretch.start).collect();
    let role = blocks.first().map(|(_, block)| block.role).unwrap_or_default();
    let of_window = |window: Range<usize>| Seam {
        role,
        joints: joints.iter().filter(|joint| window.contains(joint)).map(|joint| joint - window.start).collect(),
        pieces: stretches.iter().filter_map(|(part, stretch)| piece(*part, stretch, &window)).collect(),
        text: whole.get(window).unwrap_or_default().to_owned(),
    };
    windows(&whole, &joints).into_iter().map(of_window).collect()
}

/// What a window shows of a block.
fn piece(part: usize, stretch: &Range<usize>, window: &Range<usize>) -> Option<Piece> {
    let (start, end) = (stretch.start.max(window.start), stretch.end.min(window.end));
    let at = start.checked_sub(window.start)?..end.checked_sub(window.start)?;
    (start < end).then(|| Piece { part, at, offset: start - stretch.start })
}

/// The reach of every joint, overlapping ones merged.
fn windows(whole: &str, joints: &[usize]) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for joint in joints {
        let start = boundary(whole, joint.saturating_sub(REACH));
        let end = boundary(whole, joint.saturating_add(REACH).min(whole.len()));
        match windows.last_mut() {
            Some(last) if last.end >= start => last.end = end,
            _ => windows.push(start..end),
        }
    }
    windows
}

/// The nearest character boundary at or before an offset.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::secret::Text;

    fn part(pointer: &str, text: &str) -> Part {
        Part { role: Role::User, text: Text(text.to_owned()), span: 0..0, pointer: pointer.to_owned() }
    }

    #[test]
    fn joins_the_blocks_of_one_message_and_no_others() {
        let found = seams(&[
            part("/messages/0/content", "alone"),
            part("/messages/1/content/0/text", "ab"),
            part("/messages/1/content/1/text", ""),
            part("/messages/1/content/2/text", "cd"),
            part("/messages/2/content/0/text", "other"),
            part("/input/0", "x"),
            part("/input/1", "y"),
        ]);
        let [seam] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((seam.text.as_str(), &seam.joints), ("abcd", &vec![2, 2]));
        assert_eq!(seam.shares(&(1..3)), [(1, 1..2), (3, 0..1)]);
        assert!(seam.crosses(&(1..3)) && !seam.crosses(&(0..2)));
    }

    #[test]
    fn nothing_between_two_blocks_keeps_them_apart() {
        let mut tool = part("/messages/0/content/2/content/0/text", "a page");
        tool.role = Role::Tool;
        let found = seams(&[
            part("/messages/0/content/0/cache_control/ttl", "1h long"),
            part("/messages/0/content/0/text", "ab"),
            part("/messages/0/content/1/source/url", "https://example.com"),
            tool,
            part("/messages/0/content/3/text", "cd"),
        ]);
        let [seam] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((seam.text.as_str(), seam.shares(&(0..4))), ("abcd", vec![(1, 0..2), (4, 0..2)]));
    }

    #[test]
    fn looks_at_long_blocks_only_around_their_joint_and_never_splits_a_character() {
        let long = "ä".repeat(1000);
        let found = seams(&[part("/c/0/text", &long), part("/c/1/text", "b"), part("/c/2/text", &long)]);
        let [seam] = found.as_slice() else { panic!("{found:?}") };
        assert!(seam.text.len() <= 4 * REACH && seam.text.contains("äbä"));
        assert!(seam.joints.iter().all(|joint| seam.text.is_char_boundary(*joint)));
    }
}
