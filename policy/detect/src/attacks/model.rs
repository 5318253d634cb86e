//! The linear model: a weight per bucket, a weight per signal, a bias. Read from `rules/attacks.model`.
//!
//! The file is made by `cargo run -p gnomon-detect --example train`. Layout, little endian: the magic, the step of one
//! weight unit (f32), the bias (f32), the number of signals (u32), for each its id (length byte, bytes) and weight
//! (f32), then one signed byte per bucket.

use super::buckets::BUCKETS;
use super::features::{self, Buckets, Weighed};
use crate::config::PlanError;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The entry that holds the offset for documents of tools.
pub(super) const TOOL: &str = "role.tool";

/// The shipped model as it is kept.
pub(super) const SHIPPED: &[u8] = include_bytes!("../../rules/attacks.model");

const MAGIC: &[u8; 8] = b"gnmattk6";

/// How much words and concepts count beside each other. Documents speak of everything, so that their words tell less.
pub(super) struct Shares {
    pub(super) words: f32,
    pub(super) concepts: f32,
}

impl Shares {
    /// In a document that a tool brought, or in another text.
    pub(super) fn of(tool: bool) -> Self {
        if tool { Self { words: 0.6, concepts: 1.0 } } else { Self { words: 1.0, concepts: 0.6 } }
    }
}

/// A trained model.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(super) step: f32,
    pub(super) bias: f32,
    pub(super) signals: BTreeMap<String, f32>,
    pub(super) weights: Vec<i8>,
    /// Tells models of other weights apart.
    pub(super) id: u64,
}

impl Model {
    /// A model of these weights.
    pub(super) fn new(step: f32, bias: f32, signals: BTreeMap<String, f32>, weights: Vec<i8>) -> Self {
        let mut hasher = DefaultHasher::new();
        weights.hash(&mut hasher);
        Self { step, bias, signals, weights, id: hasher.finish() }
    }

    /// The shipped model.
    pub(crate) fn shipped() -> Result<Self, PlanError> {
        Self::read(SHIPPED)
    }

    /// Reads the file layout above.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, PlanError> {
        parse(bytes).ok_or(PlanError::Rules {
            file: "rules/attacks.model",
            cause: "it is cut or of another version".to_owned(),
        })
    }

    /// Writes the file layout above.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.step.to_le_bytes());
        bytes.extend(self.bias.to_le_bytes());
        bytes.extend(u32::try_from(self.signals.len()).unwrap_or_default().to_le_bytes());
        for (id, weight) in &self.signals {
            bytes.push(u8::try_from(id.len()).unwrap_or_default());
            bytes.extend(id.as_bytes());
            bytes.extend(weight.to_le_bytes());
        }
        bytes.extend(self.weights.iter().map(|weight| weight.cast_unsigned()));
        bytes
    }

    /// The log odds before any evidence. Documents of tools have their own, kept among the signals.
    pub(super) fn base(&self, tool: bool) -> f32 {
        let offset = if tool { self.signals.get(TOOL).copied().unwrap_or_default() } else { 0.0 };
        self.bias + offset
    }

    /// What sums of weights say: each its share of how many there are, so that the words of a document do not drown what
    /// its concepts say.
    pub(super) fn sized(&self, weighed: Weighed, tool: bool) -> f32 {
        let shares = Shares::of(tool);
        let sized = |weight: Weight| weight.sum() as f32 * self.step / features::size(weight.count());
        shares.words * sized(weighed.words) + shares.concepts * sized(weighed.concepts)
    }

    /// What buckets weigh that training has collected.
    pub(super) fn weigh(&self, buckets: &Buckets) -> Weighed {
        let sum = |buckets: &[u32]| buckets.iter().fold(Weight::default(), |sum, bucket| sum + self.of(*bucket));
        Weighed { words: sum(&buckets.words), concepts: sum(&buckets.concepts) }
    }

    /// The weight of one bucket.
    pub(super) fn of(&self, bucket: u32) -> Weight {
        Weight::new(self.weights.get(bucket as usize).copied().unwrap_or_default().into(), 1)
    }
}

/// A sum of weights, and of how many: the number of them times 2^32, and the sum. One addition adds both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Weight(i64);

impl Weight {
    pub(super) fn new(sum: i32, count: u32) -> Self {
        Self((i64::from(count) << 32) + i64::from(sum))
    }

    pub(super) fn sum(self) -> i32 {
        self.0 as i32
    }

    pub(super) fn count(self) -> u32 {
        ((self.0 - i64::from(self.sum())) >> 32) as u32
    }

    /// The same or nothing, without a branch.
    pub(super) fn if_so(self, so: bool) -> Self {
        Self(self.0 & -i64::from(so))
    }
}

impl std::ops::Add for Weight {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        // No text has so many features that the sum runs over.
        Self(self.0.wrapping_add(other.0))
    }
}

fn parse(bytes: &[u8]) -> Option<Model> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let step = f32::from_le_bytes(take(&mut rest)?);
    let bias = f32::from_le_bytes(take(&mut rest)?);
    let count = u32::from_le_bytes(take(&mut rest)?);
    let mut signals = BTreeMap::new();
    for _ in 0..count {
        let [length] = take::<1>(&mut rest)?;
        let (id, tail) = rest.split_at_checked(usize::from(length))?;
        rest = tail;
        let weight = f32::from_le_bytes(take(&mut rest)?);
        signals.insert(String::from_utf8(id.to_vec()).ok()?, weight);
    }
    let weights: Vec<i8> = rest.iter().map(|byte| byte.cast_signed()).collect();
    (weights.len() == BUCKETS).then(|| Model::new(step, bias, signals, weights))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_at_checked(N)?;
    *rest = tail;
    head.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_weights_is_told_from_their_number() {
        for (sum, count) in [(0, 0), (-7, 1), (7, 2), (i32::MIN, 3), (i32::MAX, 4)] {
            let weight = Weight::new(sum, count);
            assert_eq!((weight.sum(), weight.count()), (sum, count));
            assert_eq!(weight.if_so(true) + weight.if_so(false), weight);
        }
        let both = Weight::new(-5, 1) + Weight::new(3, 2);
        assert_eq!((both.sum(), both.count()), (-2, 3));
    }

    #[test]
    fn a_model_survives_writing_and_a_cut_one_is_refused() {
        let signals = BTreeMap::from([("injection.dan".to_owned(), 2.0)]);
        let model = Model::new(0.5, -1.0, signals, vec![-3; BUCKETS]);
        let bytes = model.write();
        let again = Model::read(&bytes).unwrap();
        assert_eq!((again.step, again.bias, again.signals.len(), again.weights[7]), (0.5, -1.0, 1, -3));
        assert!(Model::read(&bytes[..bytes.len() - 1]).is_err());
    }
}
