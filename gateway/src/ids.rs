//! New ids: 26 characters of Crockford's base 32, 48 bits of time and 80 of chance, so that they sort by age.

use gnomon_types::ids::{ApprovalId, DecisionId};
use gnomon_types::time::Timestamp;

const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An id for a decision made now.
pub(crate) fn decision(now: Timestamp) -> DecisionId {
    DecisionId::sanitised(&format!("dec_{}", unique(now)))
}

/// An id for an approval asked for now.
pub(crate) fn approval(now: Timestamp) -> ApprovalId {
    ApprovalId::sanitised(&format!("apr_{}", unique(now)))
}

fn unique(now: Timestamp) -> String {
    let time = u128::from(now.as_millis().unsigned_abs()) & 0xFFFF_FFFF_FFFF;
    encode((time << 80) | (rand::random::<u128>() >> 48))
}

fn encode(value: u128) -> String {
    let digit = |place: u32| {
        let five_bits = usize::try_from((value >> (5 * place)) & 31).unwrap_or(0);
        char::from(DIGITS.get(five_bits).copied().unwrap_or(b'0'))
    };
    (0..26).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_published_form_sort_by_age_and_differ() {
        let (early, late) = (Timestamp::from_millis(1_795_000_000_000), Timestamp::from_millis(1_795_000_000_001));
        let (first, second) = (decision(early), decision(late));
        assert_eq!(first.as_str().len(), 30);
        assert!(first < second);
        assert_ne!(decision(early), decision(early));
        assert!(approval(early).as_str().starts_with("apr_"));
    }
}
