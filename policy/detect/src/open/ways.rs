//! Ways that a match may be begun: a value, and any beginning of what names it behind it.

use regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};

/// What must at least stand behind a value for it to be named there. Less is a quotation mark or the end of a word.
const BEHIND_MIN: usize = 4;

/// The ways to begin a match of a pattern that names its values behind them, each up to any beginning of the name; none of
/// other patterns. They are looked for one by one: where one finds a wrong value, another may find a right one.
pub(super) fn ways(hir: &Hir) -> Vec<Hir> {
    within(hir, &Behind::default())
}

/// What comes behind a part of an expression.
#[derive(Clone, Default)]
struct Behind {
    /// Bytes of all of it, at least.
    min: usize,
    /// A blank may stand in it before its end. What touches the value is held back with it anyway.
    parted: bool,
    /// Its beginnings.
    begun: Option<Hir>,
}

impl Behind {
    /// What comes behind the part before this one.
    fn after(&self, part: &Hir) -> Self {
        let rest = self.begun.clone().unwrap_or_else(Hir::empty);
        let min = self.min + part.properties().minimum_len().unwrap_or(0);
        Self {
            min,
            parted: self.parted || (min > 1 && takes(part, ' ')),
            begun: Some(Hir::alternation(vec![Hir::concat(vec![part.clone(), rest]), begun(part)])),
        }
    }
}

/// The ways to match a part of an expression up to the end of a value in it and on to any beginning of what is behind the
/// value, if that is enough.
fn within(hir: &Hir, behind: &Behind) -> Vec<Hir> {
    match hir.kind() {
        HirKind::Capture(_) if behind.min < BEHIND_MIN || !behind.parted => Vec::new(),
        HirKind::Capture(_) => behind.begun.iter().map(|rest| Hir::concat(vec![hir.clone(), rest.clone()])).collect(),
        HirKind::Concat(parts) => {
            let Some((head, [part, tail @ ..])) = parts.iter().position(has_value).map(|at| parts.split_at(at)) else {
                return Vec::new();
            };
            let behind = tail.iter().rev().fold(behind.clone(), |behind, part| behind.after(part));
            let ways = within(part, &behind).into_iter();
            ways.map(|way| Hir::concat(head.iter().cloned().chain([way]).collect())).collect()
        }
        HirKind::Alternation(parts) => parts.iter().flat_map(|part| within(part, behind)).collect(),
        _ => Vec::new(),
    }
}

/// Whether a letter may stand in a match.
pub(super) fn takes(hir: &Hir, letter: char) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().any(|range| range.start() <= letter && letter <= range.end())
        }
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).contains(letter),
        HirKind::Repetition(repetition) => takes(&repetition.sub, letter),
        HirKind::Capture(group) => takes(&group.sub, letter),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(|part| takes(part, letter)),
        HirKind::Empty | HirKind::Class(Class::Bytes(_)) | HirKind::Look(_) => false,
    }
}

pub(super) fn has_value(hir: &Hir) -> bool {
    hir.properties().explicit_captures_len() > 0
}

/// Any beginning of a match: nothing, a part, all.
fn begun(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(literal) => {
            let letters = String::from_utf8_lossy(&literal.0);
            letters.chars().rev().fold(Hir::empty(), |rest, letter| optional(Hir::concat(vec![one(letter), rest])))
        }
        HirKind::Class(_) => optional(hir.clone()),
        HirKind::Repetition(repetition) => {
            let before =
                Repetition { min: 0, max: repetition.max.map(|max| max.saturating_sub(1)), ..repetition.clone() };
            Hir::concat(vec![Hir::repetition(before), begun(&repetition.sub)])
        }
        HirKind::Capture(Capture { sub, .. }) => begun(sub),
        HirKind::Concat(parts) => parts.iter().rev().fold(Hir::empty(), |rest, part| {
            Hir::alternation(vec![Hir::concat(vec![part.clone(), rest]), begun(part)])
        }),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(begun).collect()),
    }
}

fn one(letter: char) -> Hir {
    Hir::class(Class::Unicode(ClassUnicode::new([ClassUnicodeRange::new(letter, letter)])))
}

fn optional(hir: Hir) -> Hir {
    Hir::repetition(Repetition { min: 0, max: Some(1), greedy: true, sub: Box::new(hir) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patterns::before;

    #[test]
    fn any_beginning_of_what_names_a_value_leaves_it_open() {
        let hir =
            regex_syntax::parse(r"(?:say|use) ([a-z0-9]{4,9})['\x22]? (?i:as|für) (?:the ){0,2}pass(?:word|code)\b")
                .unwrap();
        let [way] = &ways(&hir)[..] else { panic!("one way to match") };
        let open = regex::Regex::new(&format!(r"(?:{way})\z")).unwrap();
        let text = "now use hunter2' AS the password";
        let value = text.find("hunter2").unwrap();
        for end in value + 7..text.len() {
            let begun = before(text, end, end);
            let found = open.captures(begun).unwrap_or_else(|| panic!("{begun}"));
            assert_eq!(found.get(1).unwrap().start(), value, "{begun}");
        }
        for closed in [
            "use hunter2 in",
            "use hunter2 as a",
            "use hunter2 as the passport",
            "use hun",
            "use hunter2 für the the the",
        ] {
            assert!(!open.is_match(closed), "{closed}");
        }
    }
}
