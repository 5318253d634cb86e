//! Bounded memory of what pure functions gave before.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

/// A map of two generations: when the young one is full it becomes the old one, and the old one is forgotten. What is
/// asked for again stays; there is no bookkeeping on a hit in the young generation, and never more than the limit.
pub(crate) struct Memory<K, V> {
    generations: RwLock<Generations<K, V>>,
    young_max: usize,
}

struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash + Clone, V: Clone> Memory<K, V> {
    /// A memory of at most `max` entries.
    pub(crate) fn new(max: usize) -> Self {
        let generations = RwLock::new(Generations { young: HashMap::new(), old: HashMap::new() });
        Self { generations, young_max: (max / 2).max(1) }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let found_old = {
            // A poisoned lock still guards valid maps: nothing is written in steps.
            let generations = self.generations.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(value) = generations.young.get(key) {
                return Some(value.clone());
            }
            generations.old.get(key).cloned()
        };
        let value = found_old?;
        self.put(key.clone(), value.clone());
        Some(value)
    }

    pub(crate) fn put(&self, key: K, value: V) {
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        if generations.young.len() >= self.young_max && !generations.young.contains_key(&key) {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_holds_more_than_its_limit_and_keeps_what_is_asked_for() {
        let memory = Memory::new(8);
        memory.put(usize::MAX, 0);
        for key in 0..100 {
            memory.put(key, key);
            assert_eq!(memory.get(&key), Some(key));
            assert_eq!(memory.get(&usize::MAX), Some(0), "forgot what is asked for, at {key}");
            let generations = memory.generations.read().unwrap();
            assert!(generations.young.len() + generations.old.len() <= 8);
        }
        assert_eq!(memory.get(&0), None);
    }
}
