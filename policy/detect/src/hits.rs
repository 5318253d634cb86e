//! Where literals stand in a text: sorted by whose they are, then by place.

/// Whose literals they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum List {
    Credentials,
    Signals,
    Topics,
}

/// How many lists there are.
const LISTS: usize = 3;

/// A rule by its list and number.
pub(crate) type Owner = (List, usize);

/// Which rule's literal stands where. There may be more of them than bytes in the text, so that they are kept small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Hit {
    /// The number of the rule among those of all lists.
    owner: u32,
    /// The number of the rule in its list.
    rule: u32,
    start: u32,
    end: u32,
}

impl Hit {
    /// The number of the rule in its list.
    pub(crate) fn rule(&self) -> usize {
        self.rule as usize
    }

    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(&self) -> usize {
        self.end as usize
    }
}

/// The numbers of all rules that have literals: those of one list behind those of the one before it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Owners {
    /// Where the numbers of each list begin, and the end of the last.
    first: [u32; LISTS + 1],
}

impl Owners {
    pub(crate) fn new(all: impl Iterator<Item = Owner>) -> Self {
        let mut first = [0; LISTS + 1];
        for (list, rule) in all {
            if let Some(end) = first.get_mut(list as usize + 1) {
                *end = narrow(rule + 1).max(*end);
            }
        }
        let mut before = 0;
        for end in &mut first {
            *end += before;
            before = *end;
        }
        Self { first }
    }

    fn first_of(&self, list: usize) -> u32 {
        self.first.get(list).copied().unwrap_or_default()
    }

    /// The hit of a literal.
    pub(crate) fn hit(&self, (list, rule): Owner, start: usize, end: usize) -> Hit {
        let rule = narrow(rule);
        Hit { owner: self.first_of(list as usize) + rule, rule, start: narrow(start), end: narrow(end) }
    }

    fn count(&self) -> usize {
        self.first_of(LISTS) as usize
    }
}

/// The hits of a text.
pub(crate) struct Hits {
    sorted: Vec<Hit>,
    owners: Owners,
    is_cut: bool,
}

/// Fewer are compared with each other: to count takes as long as there are rules.
const FEW: usize = 256;

impl Hits {
    /// Hits in the order in which a walk over the text finds them.
    pub(crate) fn of_walk(mut found: Vec<Hit>, owners: Owners) -> Self {
        if found.len() < FEW {
            found.sort_unstable_by_key(|hit| (hit.owner, hit.start, hit.end));
            return Self { sorted: found, owners, is_cut: false };
        }
        let mut sorted = by_owner(&found, owners.count());
        for of_one in sorted.chunk_by_mut(|a, b| a.owner == b.owner) {
            put_in_order(of_one);
        }
        Self { sorted, owners, is_cut: false }
    }

    /// Those of a text in which there are more.
    pub(crate) fn cut(self) -> Self {
        Self { is_cut: true, ..self }
    }

    /// Whether there are more in the text.
    pub(crate) fn are_cut(&self) -> bool {
        self.is_cut
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// Those of one list, sorted by rule and place.
    pub(crate) fn of(&self, list: List) -> &[Hit] {
        let before = |owner: u32| self.sorted.partition_point(|hit| hit.owner < owner);
        let list = list as usize;
        let (start, end) = (before(self.owners.first_of(list)), before(self.owners.first_of(list + 1)));
        self.sorted.get(start..end).unwrap_or_default()
    }
}

/// The hits of each owner together, in the order of the walk: counted, since there may be millions.
fn by_owner(found: &[Hit], owners: usize) -> Vec<Hit> {
    let mut next = vec![0_usize; owners + 1];
    for hit in found {
        if let Some(count) = next.get_mut(hit.owner as usize + 1) {
            *count += 1;
        }
    }
    let mut before = 0;
    for place in &mut next {
        *place += before;
        before = *place;
    }
    let mut sorted = vec![Hit::default(); found.len()];
    for hit in found {
        let Some(place) = next.get_mut(hit.owner as usize) else { continue };
        if let Some(slot) = sorted.get_mut(*place) {
            *slot = *hit;
        }
        *place += 1;
    }
    sorted
}

/// Sorts what is nearly in its order: a literal is found by some of its bytes, so that one may come before another which
/// begins a few bytes before it.
fn put_in_order(hits: &mut [Hit]) {
    for at in 1..hits.len() {
        let mut place = at;
        while let Some(before) = place.checked_sub(1)
            && let Some([a, b]) = hits.get(before..=place)
            && (b.start, b.end) < (a.start, a.end)
        {
            hits.swap(before, place);
            place = before;
        }
    }
}

/// Texts are bounded far below 4 GiB by the body limit.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_sorted_as_few_are() {
        let rules = [(List::Credentials, 3), (List::Credentials, 0), (List::Topics, 1), (List::Signals, 2)];
        let owners = Owners::new(rules.into_iter());
        for count in [FEW - 1, FEW, 5 * FEW] {
            let hit = |at: usize| {
                let start = (at + 40).saturating_sub(at * 7919 % 30);
                owners.hit(rules[at * 31 % 7 % 4], start, start + at % 5)
            };
            let found: Vec<Hit> = (0..count).map(hit).collect();
            let mut sorted = found.clone();
            sorted.sort_by_key(|hit| (hit.owner, hit.start, hit.end));
            let hits = Hits::of_walk(found, owners);
            assert_eq!((hits.count(), &hits.sorted), (count, &sorted));
            let lists = [List::Credentials, List::Signals, List::Topics].map(|list| hits.of(list));
            assert_eq!(lists.concat(), sorted);
            assert!(hits.of(List::Signals).iter().all(|hit| hit.rule() == 2));
        }
    }
}
