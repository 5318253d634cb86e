//! What the linear model sees of a folded text: hashed words, word pairs and letter groups.

/// Buckets of the hashed features; a power of two.
pub(super) const BUCKETS: usize = 1 << 17;
/// Texts with fewer features than this count as if they had so many: a word or two prove nothing by themselves.
const SIZE_MIN: usize = 32;
/// A text is read up to this many words; longer texts are judged in windows.
const WORDS_MAX: usize = 4000;

/// The distinct buckets of a text.
pub(super) fn buckets(folded: &str) -> Vec<u32> {
    let mut all = Vec::with_capacity(folded.len() + 16);
    let mut previous = "";
    for word in words(folded).take(WORDS_MAX) {
        all.push(bucket(b'w', word.bytes()));
        all.push(bucket(b'b', previous.bytes().chain(std::iter::once(0)).chain(word.bytes())));
        letters(word, &mut all);
        previous = word;
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// What the sum of a text's weights is divided by, so that long texts are not suspicious for their length.
pub(super) fn size(buckets: &[u32]) -> f32 {
    (buckets.len().max(SIZE_MIN) as f32).sqrt()
}

/// Words; in scripts without spaces each character is one.
pub(super) fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).flat_map(pieces)
}

fn pieces(word: &str) -> impl Iterator<Item = &str> {
    let dense = word.chars().next().is_some_and(|c| ('\u{3040}'..='\u{d7a3}').contains(&c));
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = if dense { first.len_utf8() } else { rest.len() };
        let (piece, tail) = rest.split_at_checked(length)?;
        rest = tail;
        Some(piece)
    })
}

/// Groups of four letters, word edges marked, so that inflections and typing errors stay near.
fn letters(word: &str, all: &mut Vec<u32>) {
    let mut group = ['^'; 4];
    let marked = std::iter::once('^').chain(word.chars().take(24)).chain(std::iter::once('$'));
    for (count, c) in marked.enumerate() {
        group.rotate_left(1);
        if let Some(last) = group.last_mut() {
            *last = c;
        }
        if count >= 3 {
            all.push(group_bucket(group));
        }
    }
}

/// Two multiplications for four letters: this runs for every letter of every text.
fn group_bucket([a, b, c, d]: [char; 4]) -> u32 {
    let pair = |x: char, y: char| u64::from(x as u32) << 21 | u64::from(y as u32);
    let mixed = pair(a, b).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) ^ pair(c, d);
    fold_hash(mixed.wrapping_mul(0xff51_afd7_ed55_8ccd))
}

fn fold_hash(hash: u64) -> u32 {
    let folded = (hash ^ (hash >> 29) ^ (hash >> 43)) & (BUCKETS as u64 - 1);
    u32::try_from(folded).unwrap_or_default()
}

/// FNV-1a over the kind and the bytes, folded to a bucket.
fn bucket(kind: u8, bytes: impl Iterator<Item = u8>) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in std::iter::once(kind).chain(bytes) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    fold_hash(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_at_spaces_or_characters_as_the_script_asks() {
        assert_eq!(words("ignore all, don't!").collect::<Vec<_>>(), ["ignore", "all", "don't"]);
        assert_eq!(words("忽略 指令").collect::<Vec<_>>(), ["忽", "略", "指", "令"]);
    }

    #[test]
    fn the_same_text_gives_the_same_buckets() {
        assert_eq!(buckets("a b a b"), buckets("a b a b"));
        assert!(buckets("ignore").iter().all(|bucket| (*bucket as usize) < BUCKETS));
    }
}
