//! How the weights of the model are made: logistic regression with AdaGrad, weights of signals held near their hand-set
//! values, so that signals of languages with few examples keep what was thought out for them.

use super::buckets::{self, BUCKETS};
use super::features::{self, Buckets};
use super::model::{Shares, TOOL};
use super::signal::Seen;
use super::{Attacks, Evidence, Marks, Model, fold, logistic, strengths, windows};
use crate::config::{Config, PlanError};
use crate::effort::Effort;
use crate::hits::List;
use crate::literals::Literals;
use gnomon_types::conversation::Role;
use std::collections::BTreeMap;

/// Log odds before any evidence, where training starts.
const BIAS: f32 = -3.0;
const ROUNDS: usize = 40;
const RATE: f32 = 0.5;
/// Pull of word weights towards zero and of signal weights towards their hand-set values.
const WORD_DECAY: f32 = 2e-4;
const SIGNAL_DECAY: f32 = 2e-3;
/// What every word loses once all is learned: what no training text told speaks for a harmless text. Without it long
/// texts of an unknown kind would stand out by their length alone, and set the threshold for all. Too much of it hides
/// long attacks.
const UNKNOWN: f32 = 0.07;

/// A text prepared for training: the buckets of its words and the strength of each signal.
#[derive(Debug, Clone)]
pub struct TrainingText {
    buckets: Buckets,
    tool: bool,
    /// Signal id, strength, hand-set weight, extra weight in tool text.
    signals: Vec<(String, f32, f32, f32)>,
}

/// Makes models out of labelled texts.
pub struct Trainer {
    attacks: Attacks,
    literals: Literals,
}

/// The weights while they are being learned.
struct Weights {
    words: Vec<f32>,
    words_seen: Vec<f32>,
    signals: BTreeMap<String, (f32, f32)>,
    bias: f32,
    bias_seen: f32,
}

impl Trainer {
    /// A trainer with the shipped signals.
    ///
    /// # Errors
    /// [`PlanError`] when the shipped rules are broken.
    pub fn new() -> Result<Self, PlanError> {
        let empty = Model::new(1.0, BIAS, BTreeMap::new(), vec![0; BUCKETS]);
        let attacks = Attacks::new(&Config::default(), empty)?;
        Ok(Self { literals: Literals::new(attacks.near())?, attacks })
    }

    /// Extracts what the model sees of a text: of the whole first, then of the parts of a long one.
    #[must_use]
    pub fn prepare(&self, text: &str, role: Role) -> Vec<TrainingText> {
        let folded = fold(text);
        let hits = self.literals.hits(&folded.text);
        let mut effort = Effort::for_text(text, Config::default().work_per_byte);
        let seen = self.attacks.signals.find(&folded.text, hits.of(List::Signals), role, &mut effort);
        let whole = Evidence::of(&folded, seen, role, Marks::Written);
        let evidence = self.attacks.outside(&whole, &folded).unwrap_or(whole);
        self.attacks.read(&evidence, |features| {
            let whole = features.buckets(&evidence.text, 0..features.word_count());
            let mut all = vec![prepared(&evidence.seen, whole, evidence.tool)];
            for (part, words) in windows(&evidence, features) {
                all.push(prepared(evidence.seen_in(&part), features.buckets(&evidence.text, words), evidence.tool));
            }
            all
        })
    }

    /// Learns from (text, is an attack, weight of the example) and gives the model file. The same input gives the same file.
    #[must_use]
    pub fn fit(&self, texts: &[(&TrainingText, bool, f32)]) -> Vec<u8> {
        let mut weights = Weights {
            words: vec![0.0; BUCKETS],
            words_seen: vec![1e-3; BUCKETS],
            signals: BTreeMap::new(),
            bias: BIAS,
            bias_seen: 1.0,
        };
        let mut order: Vec<usize> = (0..texts.len()).collect();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..ROUNDS {
            shuffle(&mut order, &mut state);
            for place in &order {
                if let Some((text, attack, weight)) = texts.get(*place) {
                    learn(&mut weights, text, *attack, *weight);
                }
            }
        }
        let words = (0..).zip(&mut weights.words).filter(|(bucket, _)| !buckets::is_of_concepts(*bucket));
        words.for_each(|(_, weight)| *weight -= UNKNOWN);
        quantise(&weights).write()
    }

    /// The log odds that a model gives to a prepared text.
    ///
    /// # Errors
    /// [`PlanError`] when the bytes are no model.
    pub fn log_odds(model: &[u8], texts: &[&TrainingText]) -> Result<Vec<f32>, PlanError> {
        let model = Model::read(model)?;
        Ok(texts.iter().map(|text| weigh(&model, text)).collect())
    }

    /// The model with its base moved so that texts of these log odds score one half: the first for texts that people
    /// write, the second for documents of tools.
    ///
    /// # Errors
    /// [`PlanError`] when the bytes are no model.
    pub fn centre(model: &[u8], log_odds: f32, log_odds_tool: f32) -> Result<Vec<u8>, PlanError> {
        let mut model = Model::read(model)?;
        model.bias -= log_odds;
        *model.signals.entry(TOOL.to_owned()).or_insert(0.0) += log_odds - log_odds_tool;
        Ok(model.write())
    }
}

fn prepared<'s, 'a: 's>(seen: impl IntoIterator<Item = &'s Seen<'a>>, buckets: Buckets, tool: bool) -> TrainingText {
    let signals = strengths(seen)
        .into_iter()
        .map(|(id, (strength, weight, tool))| (id.to_owned(), strength, weight, tool))
        .collect();
    TrainingText { buckets, tool, signals }
}

fn weigh(model: &Model, text: &TrainingText) -> f32 {
    let signals: f32 = text
        .signals
        .iter()
        .map(|(id, strength, hand_set, tool)| strength * (model.signals.get(id).copied().unwrap_or(*hand_set) + tool))
        .sum();
    model.base(text.tool) + signals + model.sized(model.weigh(&text.buckets), text.tool)
}

fn learn(weights: &mut Weights, text: &TrainingText, attack: bool, example: f32) {
    let shares = Shares::of(text.tool);
    // Each list with how much one of its buckets counts.
    let lists = [(&text.buckets.words, shares.words), (&text.buckets.concepts, shares.concepts)]
        .map(|(list, share)| (list, share / features::size(u32::try_from(list.len()).unwrap_or(u32::MAX))));
    let mut odds = weights.bias;
    for (list, each) in lists {
        odds += list.iter().filter_map(|bucket| weights.words.get(*bucket as usize)).sum::<f32>() * each;
    }
    for (id, strength, hand_set, tool) in &text.signals {
        odds += strength * (weights.signals.get(id).map_or(*hand_set, |(weight, _)| *weight) + tool);
    }
    let error = (logistic(odds) - f32::from(u8::from(attack))) * example;
    weights.bias_seen += error * error;
    weights.bias -= RATE * error / weights.bias_seen.sqrt();
    for (bucket, each) in lists.iter().flat_map(|(list, each)| list.iter().map(move |bucket| (bucket, each))) {
        let place = *bucket as usize;
        if let (Some(weight), Some(seen)) = (weights.words.get_mut(place), weights.words_seen.get_mut(place)) {
            let slope = error * each + WORD_DECAY * *weight;
            *seen += slope * slope;
            *weight -= RATE * slope / seen.sqrt();
        }
    }
    for (id, strength, hand_set, _) in &text.signals {
        let (weight, seen) = weights.signals.entry(id.clone()).or_insert((*hand_set, 1.0));
        let slope = error * strength + SIGNAL_DECAY * (*weight - hand_set);
        *seen += slope * slope;
        *weight -= RATE * slope / seen.sqrt();
        // A signal may turn out weak, never exculpating.
        *weight = weight.max(0.2);
    }
}

fn quantise(weights: &Weights) -> Model {
    let most = weights.words.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
    let step = (most / 127.0).max(1e-6);
    let round = |weight: &f32| (weight / step).round().clamp(-127.0, 127.0) as i8;
    let signals = weights.signals.iter().map(|(id, (weight, _))| (id.clone(), *weight)).collect();
    Model::new(step, weights.bias, signals, weights.words.iter().map(round).collect())
}

/// Fisher and Yates with a fixed generator: training must be repeatable.
fn shuffle(order: &mut [usize], state: &mut u64) {
    for place in (1..order.len()).rev() {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from((*state >> 33) % (place as u64 + 1)).unwrap_or_default();
        order.swap(place, other);
    }
}
