//! Names of persons: a known first name with a surname, or words that announce a name.
//!
//! Honest limits: names that are rare here and unannounced, stand alone, or are written without capitals are not seen.

use super::lexicon::Marks;
use super::name_runs::{is_small, next_run};
use super::name_words::{Announced, FIRST, NEXT_THING, NameWords, ORGANISATION, OTHER, ROLE, TITLE};
use super::{Data, Datum};
use crate::attacks::fold;
use crate::chars::is_alphabetic;
use crate::config::PlanError;
use crate::effort::Effort;
use crate::patterns::after;
use crate::stream::{ADDRESS_BYTES_MAX, is_break};
use std::borrow::Cow;
use std::ops::Range;

/// Compiled lists of this file.
pub(super) struct Names {
    words: NameWords,
}

/// No name has a longer word.
const WORD_BYTES_MAX: usize = 28;
/// Longer runs of capitals are headings.
const WORDS_MAX: usize = 5;

/// A run of words, used for one after the other.
#[derive(Default)]
struct Run {
    words: Vec<Word>,
    /// The folded forms of all its words.
    folded: String,
}

/// A word with a capital, or a small one inside a name.
struct Word {
    span: Range<usize>,
    /// Its part of the run's folded forms.
    plain: Range<usize>,
    small: bool,
    marks: Marks,
    /// Those of the word without its point.
    marks_unpointed: Marks,
}

impl Names {
    pub(super) fn new() -> Result<Self, PlanError> {
        Ok(Self { words: NameWords::new()? })
    }

    pub(super) fn scan(&self, text: &str, data: &mut Data, effort: &mut Effort) {
        // Where the last name ended, and whether a label announced it: a list may go on.
        let mut last: Option<(usize, Announced)> = None;
        let (mut spans, mut run) = (Vec::new(), Run::default());
        let mut at = 0;
        while next_run(text, at, &mut spans) {
            at = spans.last().map_or(text.len(), |word| word.end);
            if !effort.names(spans.len()) {
                return;
            }
            self.read(text, &spans, &mut run);
            if let Some((span, announced)) = self.person(text, &run, last, data)
                && !data.taken(&span)
            {
                last = Some((span.end, announced));
                data.push(Datum { span, type_: "PERSON", rule: Cow::Borrowed("pii.person"), score: 0.8 });
            }
        }
    }

    fn read(&self, text: &str, spans: &[Range<usize>], run: &mut Run) {
        run.words.clear();
        run.folded.clear();
        for span in spans {
            let written = text.get(span.clone()).unwrap_or_default();
            let start = run.folded.len();
            if written.is_ascii() {
                run.folded.extend(written.chars().map(|c| c.to_ascii_lowercase()));
            } else {
                run.folded.push_str(&fold(written).text);
            }
            let folded = run.folded.get(start..).unwrap_or_default();
            let unpointed = folded.trim_end_matches('.');
            // The point stays with an initial alone.
            let plain = if span.len() > 2 { unpointed } else { folded };
            let marks = self.words.marks(plain);
            run.words.push(Word {
                span: span.start..span.end - usize::from(span.len() > 3 && written.ends_with('.')),
                plain: start..start + plain.len(),
                small: is_small(written),
                marks,
                marks_unpointed: if plain == unpointed { marks } else { self.words.marks(unpointed) },
            });
        }
    }

    /// The name within a run of capitalised words: at most one, after words that are none.
    fn person(
        &self,
        text: &str,
        run: &Run,
        last: Option<(usize, Announced)>,
        data: &Data,
    ) -> Option<(Range<usize>, Announced)> {
        let words = run.words.as_slice();
        if words.iter().any(|word| word.marks.has(ORGANISATION) && is_ascii(text, &word.span)) {
            return None;
        }
        let leads = |word: &Word| word.marks_unpointed.has(TITLE.and(ROLE).and(OTHER));
        // `holder Sofia Berg`: a name of a town, too, but one that is announced.
        let given = words.first().is_some_and(|word| word.marks.has(FIRST) && word.marks.has(OTHER))
            && words.first().is_some_and(|word| self.words.announced(text, word.span.start) != Announced::No);
        let leading = words.iter().take_while(|word| leads(word) && !NameWords::is_surely_first(word.marks)).count();
        let mut from = if given { 0 } else { leading };
        let before = from.checked_sub(1).and_then(|at| words.get(at)).map(|word| word.marks_unpointed);
        let titled = before.is_some_and(|marks| marks.has(TITLE));
        let mut announced = match before {
            Some(marks) if titled || marks.has(ROLE) => Announced::ByWord,
            Some(_) => Announced::No,
            None => self.announced(text, words, last, data),
        };
        if announced == Announced::No {
            // The announcing word may itself have a capital: `Rufen Sie`, `Der Antrag von`.
            let inner = words.iter().enumerate().skip(from.max(1)).filter(|(_, word)| !word.small && !leads(word));
            let begin = inner.map(|(at, word)| (at, self.words.announced(text, word.span.start)));
            if let Some((at, found)) = begin.take(4).find(|(_, found)| *found != Announced::No) {
                (from, announced) = (at, found);
            }
        }
        if announced == Announced::No && !self.may_begin(run, from) {
            return None;
        }
        let mut to = self.end(text, words, from);
        if announced == Announced::No {
            from = self.begin(run, from, to)?;
        }
        to = to.min(from + WORDS_MAX + 1);
        let name = words.get(from..to)?;
        let capitals = name.iter().filter(|word| !word.small).count();
        let enough = capitals >= 2 || (titled && capitals >= 1);
        // `Florence Cathedral`, `Martin Luther King Street`.
        let rest = name.get(1..).unwrap_or_default();
        let is_other = |word: &Word| !word.small && word.plain.len() > 1 && word.marks.has(OTHER);
        // `De Backer`, `Van Damme`: names of Flanders have the capital of their small words.
        let other = rest.iter().any(|word| is_other(word) && !PARTICLES.contains(&run.plain(word)))
            && !(titled && capitals >= 2);
        // Headings are shouted, too.
        let heading = announced != Announced::No
            && name.iter().all(|word| word.small || is_shouted(text, &word.span))
            && !name.iter().any(|word| NameWords::is_surely_first(word.marks));
        // `IBAN` and the account behind it, read as letters.
        let labelled = name.first().is_some_and(|word| word.marks.has(NEXT_THING) && word.plain.len() > 1);
        let endless = name.iter().any(|word| word.plain.len() > WORD_BYTES_MAX);
        let end = words.get(to.checked_sub(1)?)?.span.end;
        if !enough
            || (announced == Announced::No && is_a_brand(after(text, end, 12)))
            || labelled
            || endless
            || other
            || heading
            || to - from > WORDS_MAX
            || !name.iter().all(|word| is_spelt_as_a_name(text, &word.span))
        {
            return None;
        }
        let owner = ["'s", "’s"].iter().find(|mark| text.get(..end).is_some_and(|head| head.ends_with(**mark)));
        Some((words.get(from)?.span.start..end - owner.map_or(0, |mark| mark.len()), announced))
    }

    /// Whether something beside the run says that a name begins there.
    fn announced(&self, text: &str, words: &[Word], last: Option<(usize, Announced)>, data: &Data) -> Announced {
        let (Some(first), Some(end)) = (words.first(), words.last().map(|word| word.span.end)) else {
            return Announced::No;
        };
        let start = first.span.start;
        let near = last.filter(|(end, _)| start.saturating_sub(*end) <= JOINT_BYTES_MAX);
        let joint = near.and_then(|(end, announced)| Some((text.get(end..start)?, announced)));
        match joint {
            Some((joint, announced)) if JOINTS.contains(&joint) && announced != Announced::No => return announced,
            Some((", " | "; ", Announced::ByLabel)) => return Announced::ByLabel,
            _ => {}
        }
        let announced = self.words.announced(text, start);
        let capitals = words.iter().filter(|word| !word.small).count();
        if announced == Announced::No
            && (2..=4).contains(&capitals)
            && (has_mail_beside(after(text, end, ADDRESS_BYTES_MAX))
                || owns_a_number(text, end, data)
                || self.words.is_in_column(text, start..end))
        {
            return Announced::ByWord;
        }
        announced
    }

    /// Whether an unannounced name may begin from here on at all: `begin` finds none without one of these words.
    fn may_begin(&self, run: &Run, from: usize) -> bool {
        run.words.iter().skip(from).any(|word| word.marks.has(FIRST) || self.words.is_surely_last(run.plain(word)))
    }

    /// Where an unannounced name begins: at a first name, or at the word before a surname.
    fn begin(&self, run: &Run, from: usize, to: usize) -> Option<usize> {
        let rest = run.words.get(from..to)?;
        let last = rest.iter().rev().find(|word| !word.small)?;
        let surname = self.words.is_last(run.plain(last));
        let initial = rest.iter().any(|word| word.span.len() == 2 && run.plain(word).ends_with('.'));
        let begins =
            |word: &Word| NameWords::is_surely_first(word.marks) || ((surname || initial) && word.marks.has(FIRST));
        if let Some(at) = rest.iter().position(begins).filter(|at| at + 1 < rest.len()) {
            return Some(from + at);
        }
        // `Nagy Péter`, and a rare first name before a surname.
        let [first, second] = rest else { return None };
        let plain = run.plain(first);
        let turned = self.words.is_last(plain) && NameWords::is_surely_first(second.marks);
        let rare = self.words.is_surely_last(run.plain(second))
            && plain.chars().count() > 2
            && plain.chars().all(|c| is_alphabetic(c) || c == '-')
            && !first.marks.has(OTHER)
            && from == 0;
        (turned || rare).then_some(from)
    }

    /// The end of the name: before trailing small words and words that are none.
    fn end(&self, text: &str, words: &[Word], from: usize) -> usize {
        let mut to = words.len();
        while to > from && words.get(to - 1).is_some_and(|word| word.small || word.marks.has(NEXT_THING)) {
            to -= 1;
        }
        // A shouted word behind a name in ordinary spelling belongs to the next thing.
        if let Some(cut) =
            words.get(from + 1..to).and_then(|rest| rest.iter().position(|word| is_shouted(text, &word.span)))
            && !words.get(from).is_some_and(|word| is_shouted(text, &word.span))
        {
            to = from + 1 + cut;
        }
        to
    }
}

impl Run {
    fn plain(&self, word: &Word) -> &str {
        self.folded.get(word.plain.clone()).unwrap_or_default()
    }
}

/// Whether what stands behind a name is sold under it: `Ralph Lauren shirt`.
fn is_a_brand(behind: &str) -> bool {
    const SOLD: &str = " perfume parfum jeans shampoo shirt shirts polo pizza cosmetics store stores shop shops brand bag \
        bags shoes watch watches sauce beer whisky whiskey gin chocolate ";
    let word = behind.strip_prefix(' ').and_then(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next());
    word.is_some_and(|word| !word.is_empty() && SOLD.contains(&format!(" {word} ")))
}

/// Small words of names that may have a capital and are hardly anything else.
const PARTICLES: [&str; 11] = ["de", "den", "der", "van", "von", "du", "di", "del", "dos", "le", "la"];

/// Between two names of a list.
const JOINTS: [&str; 21] = [
    " and ", " und ", " et ", " y ", " e ", " i ", " og ", " och ", " ja ", " és ", " și ", " & ", " / ", " ir ",
    " un ", " и ", " й ", " та ", " και ", " ve ", "\n- ",
];
const JOINT_BYTES_MAX: usize = 8;

/// Whether what only persons have stands directly behind, with no more than its label between: a date of birth, a
/// number of a state's register.
fn owns_a_number(text: &str, end: usize, data: &Data) -> bool {
    let Some((start, type_)) = data.next(end, OWNED_BYTES_MAX) else { return false };
    let gap = text.get(end..start).unwrap_or_default();
    matches!(type_, "DATE_OF_BIRTH" | "NATIONAL_ID")
        && !gap.contains('\n')
        && gap.trim_start().starts_with([',', ';', '(', '-', '–', '—', '|', '/', ':'])
}
pub(crate) const OWNED_BYTES_MAX: usize = 72;

/// `Name;name@example.org`, `Name <name@example.org>`: the cell or bracket behind holds an address.
fn has_mail_beside(behind: &str) -> bool {
    let behind = behind.strip_prefix(' ').filter(|behind| behind.starts_with('<')).unwrap_or(behind);
    behind.starts_with([';', ',', '|', '<'])
        && behind
            .get(1..)
            .and_then(|cell| cell.split(|c: char| is_break(c) || matches!(c, ';' | ',' | '|')).next())
            .is_some_and(|cell| cell.contains('@'))
}

fn is_ascii(text: &str, span: &Range<usize>) -> bool {
    text.get(span.clone()).is_some_and(str::is_ascii)
}

fn is_shouted(text: &str, span: &Range<usize>) -> bool {
    let word = text.get(span.clone()).unwrap_or_default();
    word.chars().count() > 1
        && word.chars().filter(|c| is_alphabetic(*c)).count() > 1
        && word.chars().all(|c| !c.is_lowercase())
}

/// Not `GitHub` or `PostgreSQL`; `McDonald`, `DeLuca` and shouted names are.
fn is_spelt_as_a_name(text: &str, span: &Range<usize>) -> bool {
    let word = text.get(span.clone()).unwrap_or_default();
    let inner = word.split(['-', '\'', '’']).map(|part| part.chars().skip(1).filter(|c| c.is_uppercase()).count());
    is_shouted(text, span) || inner.max().unwrap_or_default() <= usize::from(word.len() > 4 && !word.starts_with("Git"))
}
