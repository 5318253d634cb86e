//! Where one message is sent in several blocks of text, the model reads them as one. Text that is harmless in each block
//! may be a credential or an order across their seam, so the seams are looked at too.

use gnomon_types::conversation::{Part, Role};
use std::ops::Range;

/// Bytes on each side of a joint that are looked at. Longer than any single token of a detector that matters here;
/// blocks shorter than this are looked at whole, together.
const REACH: usize = 256;

/// Text around one or more joints of neighbouring blocks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seam {
    pub(crate) role: Role,
    pub(crate) text: String,
    /// Offsets in `text` at which one block ends and the next begins.
    pub(crate) joints: Vec<usize>,
}

/// The seams of all messages that consist of several blocks of text.
pub(crate) fn seams(parts: &[Part]) -> Vec<Seam> {
    let same_message =
        |a: &Part, b: &Part| a.role == b.role && block_list(a).is_some() && block_list(a) == block_list(b);
    let messages = parts.chunk_by(same_message).filter(|blocks| blocks.len() > 1);
    messages.flat_map(of_message).collect()
}

/// `/messages/1/content` for a block at `/messages/1/content/0/text`.
fn block_list(part: &Part) -> Option<&str> {
    let (list, index) = part.pointer.strip_suffix("/text")?.rsplit_once('/')?;
    index.bytes().all(|byte| byte.is_ascii_digit()).then_some(list)
}

fn of_message(blocks: &[Part]) -> Vec<Seam> {
    let whole: String = blocks.iter().map(|block| block.text.0.as_str()).collect();
    let mut joints: Vec<usize> = Vec::new();
    let mut end = 0;
    for block in blocks {
        end += block.text.len();
        joints.push(end);
    }
    joints.pop();
    let role = blocks.first().map(|block| block.role).unwrap_or_default();
    windows(&whole, &joints)
        .into_iter()
        .map(|window| Seam {
            role,
            joints: joints.iter().filter(|joint| window.contains(joint)).map(|joint| joint - window.start).collect(),
            text: whole.get(window).unwrap_or_default().to_owned(),
        })
        .collect()
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
        assert_eq!(found, [Seam { role: Role::User, text: "abcd".to_owned(), joints: vec![2, 2] }]);
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
