//! The linear model: a weight per bucket, a weight per signal, a bias. Read from `rules/attacks.model`.
//!
//! The file is made by `cargo run -p gnomon-detect --example train`. Layout, little endian: the magic, the step of one
//! weight unit (f32), the bias (f32), the number of signals (u32), for each its id (length byte, bytes) and weight
//! (f32), then one signed byte per bucket.

use super::features::{self, BUCKETS, Features, Once};
use crate::config::PlanError;
use std::collections::BTreeMap;
use std::ops::Range;

/// The entry that holds the offset for documents of tools.
pub(super) const TOOL: &str = "role.tool";

/// The shipped model as it is kept.
pub(super) const SHIPPED: &[u8] = include_bytes!("../../rules/attacks.model");

const MAGIC: &[u8; 8] = b"gnmattk3";

/// A trained model.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(super) step: f32,
    pub(super) bias: f32,
    pub(super) signals: BTreeMap<String, f32>,
    pub(super) weights: Vec<i8>,
}

impl Model {
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

    /// What each different word of a text weighs.
    pub(super) fn weigh(&self, features: &Features) -> Vec<Weight> {
        features
            .own()
            .map(|buckets| buckets.iter().fold(Weight::default(), |sum, bucket| sum + self.of(*bucket)))
            .collect()
    }

    /// What the words of a range say: the sum of their weights over the size of the text.
    pub(super) fn words(&self, features: &Features, weights: &[Weight], range: Range<usize>, once: &mut Once) -> f32 {
        let mut sum = Weight::default();
        if range == (0..features.word_count()) {
            sum = weights.iter().fold(sum, |sum, weight| sum + *weight);
        } else {
            let numbers = features.numbers(range.clone()).into_iter();
            sum = numbers.filter_map(|number| weights.get(number)).fold(sum, |sum, weight| sum + *weight);
        }
        once.each(features.joint(range), |bucket| sum = sum + self.of(bucket));
        self.sized(sum)
    }

    /// The same for buckets that training has collected.
    pub(super) fn buckets(&self, buckets: &[u32]) -> f32 {
        self.sized(buckets.iter().fold(Weight::default(), |sum, bucket| sum + self.of(*bucket)))
    }

    fn of(&self, bucket: u32) -> Weight {
        Weight { sum: i64::from(self.weights.get(bucket as usize).copied().unwrap_or_default()), count: 1 }
    }

    fn sized(&self, weight: Weight) -> f32 {
        weight.sum as f32 * self.step / features::size(weight.count)
    }
}

/// A sum of weights, and of how many.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    sum: i64,
    count: usize,
}

impl std::ops::Add for Weight {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, count: self.count + other.count }
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
    (weights.len() == BUCKETS).then_some(Model { step, bias, signals, weights })
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
    fn a_model_survives_writing_and_a_cut_one_is_refused() {
        let model = Model {
            step: 0.5,
            bias: -1.0,
            signals: BTreeMap::from([("injection.dan".to_owned(), 2.0)]),
            weights: vec![-3; BUCKETS],
        };
        let bytes = model.write();
        let again = Model::read(&bytes).unwrap();
        assert_eq!((again.step, again.bias, again.signals.len(), again.weights[7]), (0.5, -1.0, 1, -3));
        assert!(Model::read(&bytes[..bytes.len() - 1]).is_err());
    }
}
