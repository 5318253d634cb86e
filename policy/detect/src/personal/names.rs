//! Names of persons: a known first name with a surname, or words that announce a name.
//!
//! Honest limits: names that are rare here and unannounced, stand alone, or are written without capitals are not seen.

use super::name_words::{Announced, NameWords};
use super::{Data, Datum};
use crate::attacks::fold;
use crate::config::PlanError;
use crate::patterns::{after, char_after, char_before};
use std::borrow::Cow;
use std::ops::Range;

/// Compiled lists of this file.
pub(super) struct Names {
    words: NameWords,
}

/// Longer runs of capitals are headings.
const WORDS_MAX: usize = 5;

/// A word with a capital, or a small one inside a name, and its folded form.
struct Word {
    span: Range<usize>,
    plain: String,
    small: bool,
}

impl Names {
    pub(super) fn new() -> Result<Self, PlanError> {
        Ok(Self { words: NameWords::new()? })
    }

    pub(super) fn scan(&self, text: &str, data: &mut Data) {
        // Where the last name ended, and whether a label announced it: a list may go on.
        let mut last: Option<(usize, Announced)> = None;
        let mut at = 0;
        while let Some(run) = next_run(text, at) {
            at = run.last().map_or(text.len(), |word| word.end);
            // One word alone is no name, and most sentences begin with one.
            if run.len() < 2 {
                continue;
            }
            let words: Vec<Word> = run.into_iter().map(|span| word(text, span)).collect();
            if let Some((span, announced)) = self.person(text, &words, last)
                && !data.taken(&span)
            {
                last = Some((span.end, announced));
                data.push(Datum { span, type_: "PERSON", rule: Cow::Borrowed("pii.person"), score: 0.8 });
            }
        }
    }

    /// The name within a run of capitalised words: at most one, after words that are none.
    fn person(
        &self,
        text: &str,
        words: &[Word],
        last: Option<(usize, Announced)>,
    ) -> Option<(Range<usize>, Announced)> {
        if words.iter().any(|word| ORGANISATIONS.contains(&word.plain.as_str()) && is_ascii(text, &word.span)) {
            return None;
        }
        let leads = |word: &Word| {
            let plain = word.plain.trim_end_matches('.');
            self.words.is_title(plain) || self.words.is_role(plain) || self.words.is_other(plain)
        };
        let mut from = words.iter().take_while(|word| leads(word) && !self.words.is_first(&word.plain)).count();
        let before = from.checked_sub(1).and_then(|at| words.get(at)).map(|word| word.plain.trim_end_matches('.'));
        let titled = before.is_some_and(|word| self.words.is_title(word));
        let mut announced = match before {
            Some(word) if titled || self.words.is_role(word) => Announced::ByWord,
            Some(_) => Announced::No,
            None => self.announced(text, words, last),
        };
        if announced == Announced::No {
            // The announcing word may itself have a capital: `Rufen Sie`, `Der Antrag von`.
            let inner = words.iter().enumerate().skip(from.max(1)).filter(|(_, word)| !word.small && !leads(word));
            let begin = inner.map(|(at, word)| (at, self.words.announced(text, word.span.start)));
            if let Some((at, found)) = begin.take(4).find(|(_, found)| *found != Announced::No) {
                (from, announced) = (at, found);
            }
        }
        let mut to = self.end(text, words, from);
        if announced == Announced::No {
            from = self.begin(words, from, to)?;
        }
        to = to.min(from + WORDS_MAX + 1);
        let name = words.get(from..to)?;
        let capitals = name.iter().filter(|word| !word.small).count();
        let enough = capitals >= 2 || (titled && capitals >= 1);
        // `Florence Cathedral`, `Martin Luther King Street`.
        let rest = name.get(1..).unwrap_or_default();
        let other = rest.iter().any(|word| !word.small && word.plain.len() > 1 && self.words.is_other(&word.plain))
            && !(titled && capitals >= 2);
        // Headings are shouted, too.
        let heading = announced != Announced::No
            && name.iter().all(|word| word.small || is_shouted(text, &word.span))
            && !name.iter().any(|word| self.words.is_first(&word.plain));
        if !enough
            || other
            || heading
            || to - from > WORDS_MAX
            || !name.iter().all(|word| is_spelt_as_a_name(text, &word.span))
        {
            return None;
        }
        let end = words.get(to - 1)?.span.end;
        let owner = ["'s", "’s"].iter().find(|mark| text.get(..end).is_some_and(|head| head.ends_with(**mark)));
        Some((words.get(from)?.span.start..end - owner.map_or(0, |mark| mark.len()), announced))
    }

    /// Whether something beside the run says that a name begins there.
    fn announced(&self, text: &str, words: &[Word], last: Option<(usize, Announced)>) -> Announced {
        let (Some(first), Some(end)) = (words.first(), words.last().map(|word| word.span.end)) else {
            return Announced::No;
        };
        let start = first.span.start;
        let joint = last.and_then(|(end, announced)| Some((text.get(end..start)?, announced)));
        match joint {
            Some((joint, announced)) if JOINTS.contains(&joint) && announced != Announced::No => return announced,
            Some((", " | "; ", Announced::ByLabel)) => return Announced::ByLabel,
            _ => {}
        }
        let announced = self.words.announced(text, start);
        let capitals = words.iter().filter(|word| !word.small).count();
        if announced == Announced::No
            && (2..=4).contains(&capitals)
            && (has_mail_beside(after(text, end, 64)) || self.words.is_in_column(text, start..end))
        {
            return Announced::ByWord;
        }
        announced
    }

    /// Where an unannounced name begins: at a first name, or at the word before a surname.
    fn begin(&self, words: &[Word], from: usize, to: usize) -> Option<usize> {
        let rest = words.get(from..to)?;
        let last = rest.iter().rev().find(|word| !word.small)?;
        let surname = self.words.is_last(&last.plain);
        let initial = rest.iter().any(|word| word.span.len() == 2 && word.plain.ends_with('.'));
        let begins = |word: &Word| {
            self.words.is_first(&word.plain) || ((surname || initial) && self.words.may_be_first(&word.plain))
        };
        if let Some(at) = rest.iter().position(begins).filter(|at| at + 1 < rest.len()) {
            return Some(from + at);
        }
        // `Nagy Péter`, and a rare first name before a surname.
        let [first, second] = rest else { return None };
        let turned = self.words.is_last(&first.plain) && self.words.is_first(&second.plain);
        let rare = self.words.is_surely_last(&second.plain)
            && first.plain.chars().count() > 2
            && first.plain.chars().all(|c| c.is_alphabetic() || c == '-')
            && !self.words.is_other(&first.plain)
            && from == 0;
        (turned || rare).then_some(from)
    }

    /// The end of the name: before trailing small words and words that are none.
    fn end(&self, text: &str, words: &[Word], from: usize) -> usize {
        let mut to = words.len();
        while to > from
            && words.get(to - 1).is_some_and(|word| word.small || NOT_AT_THE_END.contains(&word.plain.as_str()))
        {
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

/// Between two names of a list.
const JOINTS: [&str; 21] = [
    " and ", " und ", " et ", " y ", " e ", " i ", " og ", " och ", " ja ", " és ", " și ", " & ", " / ", " ir ",
    " un ", " и ", " й ", " та ", " και ", " ve ", "\n- ",
];

/// Small words inside names.
const SMALL: [&str; 40] = [
    "van", "der", "den", "de", "von", "zu", "zum", "zur", "het", "ter", "ten", "te", "la", "le", "du", "da", "do",
    "dos", "das", "di", "del", "della", "y", "e", "i", "bin", "al", "el", "dei", "degli", "af", "av", "ibn", "ben",
    "las", "los", "op", "des", "dem", "'t",
];

/// Capitalised words directly behind a name that belong to the next thing.
const NOT_AT_THE_END: [&str; 12] =
    ["tel", "phone", "email", "mail", "iban", "fax", "telefon", "mobil", "dob", "id", "i", "the"];

const ORGANISATIONS: [&str; 30] = [
    "gmbh",
    "ag",
    "kg",
    "ohg",
    "ltd",
    "limited",
    "inc",
    "llc",
    "plc",
    "corp",
    "corporation",
    "company",
    "co",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "bv",
    "nv",
    "ab",
    "as",
    "oy",
    "oyj",
    "aps",
    "kft",
    "zrt",
    "doo",
    "sro",
    "foods",
];

/// The next run of words with capitals, small words between them, single spaces between all.
fn next_run(text: &str, from: usize) -> Option<Vec<Range<usize>>> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        let skip = rest.bytes().position(|byte| byte.is_ascii_uppercase() || byte >= 0xc3)?;
        at += skip;
        let first = text.get(at..).and_then(|rest| rest.chars().next())?;
        let open = char_before(text, at)
            .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '/' | '\\' | '@' | '#' | '$'));
        if !(open && first.is_uppercase()) {
            at += first.len_utf8();
            continue;
        }
        return Some(run_at(text, at));
    }
}

fn run_at(text: &str, start: usize) -> Vec<Range<usize>> {
    let mut run: Vec<Range<usize>> = Vec::new();
    let mut at = start;
    while run.len() < 9 {
        let length = capital_bytes(text, at).or_else(|| (!run.is_empty()).then(|| small_bytes(text, at)).flatten());
        let Some(length) = length else { break };
        run.push(at..at + length);
        at += length;
        if text.get(at..).is_none_or(|rest| !rest.starts_with(' ')) {
            break;
        }
        at += 1;
    }
    // What touches a sign of code or a number is no name.
    if let Some(end) = run.last().map(|word| word.end)
        && char_after(text, end).is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '@' | '(' | '/' | '=' | '\\'))
    {
        run.pop();
    }
    if run.is_empty() {
        run.push(start..at.max(start + 1));
    }
    run
}

/// Bytes of the word with a capital that begins here, with the point behind an initial or a title.
fn capital_bytes(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let first = rest.chars().next().filter(|c| c.is_uppercase())?;
    let body = rest.chars().take_while(|c| c.is_alphabetic() || is_mark(*c) || matches!(c, '\'' | '’' | '-'));
    let length: usize = body.map(char::len_utf8).sum();
    let word = rest.get(..length)?.trim_end_matches(['\'', '’', '-']);
    let short = word.len() == first.len_utf8()
        || ["Dr", "Mr", "Mrs", "Ms", "Prof", "Sr", "Sra", "Sig", "Mme", "Hr", "St"].contains(&word);
    let point = usize::from(short && rest.get(word.len()..).is_some_and(|behind| behind.starts_with('.')));
    Some(word.len() + point)
}

/// Bytes of a small word inside a name.
fn small_bytes(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let word = rest.split(' ').next()?;
    let more = rest.get(word.len() + 1..)?;
    let goes_on = more.starts_with(char::is_uppercase) || SMALL.iter().any(|small| more.starts_with(small));
    let known =
        SMALL.contains(&word) || word.strip_prefix("d'").is_some_and(|name| name.starts_with(char::is_uppercase));
    (known && goes_on).then_some(word.len())
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn word(text: &str, span: Range<usize>) -> Word {
    let written = text.get(span.clone()).unwrap_or_default();
    let small = SMALL.contains(&written);
    // The point stays with an initial alone.
    let plain = fold(written).text;
    let plain = if span.len() > 2 { plain.trim_end_matches('.').to_owned() } else { plain };
    let end = span.end - usize::from(span.len() > 3 && written.ends_with('.'));
    Word { span: span.start..end, plain, small }
}

/// `Name;name@example.org`: the cell behind holds an address.
fn has_mail_beside(behind: &str) -> bool {
    behind.starts_with([';', ',', '|'])
        && behind
            .get(1..)
            .and_then(|cell| cell.split(|c: char| c.is_whitespace() || ";,|\"".contains(c)).next())
            .is_some_and(|cell| cell.contains('@'))
}

fn is_ascii(text: &str, span: &Range<usize>) -> bool {
    text.get(span.clone()).is_some_and(str::is_ascii)
}

fn is_shouted(text: &str, span: &Range<usize>) -> bool {
    let word = text.get(span.clone()).unwrap_or_default();
    word.chars().count() > 1
        && word.chars().filter(|c| c.is_alphabetic()).count() > 1
        && word.chars().all(|c| !c.is_lowercase())
}

/// Not `GitHub` or `PostgreSQL`; `McDonald`, `DeLuca` and shouted names are.
fn is_spelt_as_a_name(text: &str, span: &Range<usize>) -> bool {
    let word = text.get(span.clone()).unwrap_or_default();
    let inner = word.split(['-', '\'', '’']).map(|part| part.chars().skip(1).filter(|c| c.is_uppercase()).count());
    is_shouted(text, span) || inner.max().unwrap_or_default() <= usize::from(word.len() > 4 && !word.starts_with("Git"))
}
