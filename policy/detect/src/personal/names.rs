//! Names of persons: a known first name with a surname, or words that announce a name.
//!
//! Honest limits: names that are rare here, stand alone, or are written without capitals are not seen.

use super::{Data, Datum, pattern};
use crate::attacks::fold;
use crate::config::PlanError;
use crate::patterns::before;
use regex::Regex;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// Compiled patterns and lists of this file.
pub(super) struct Names {
    run: Regex,
    first: BTreeSet<&'static str>,
}

const FIRST_NAMES: &str = include_str!("../../rules/first_names.txt");
/// Longer runs of capitals are headings.
const WORDS_MAX: usize = 5;

impl Names {
    pub(super) fn new() -> Result<Self, PlanError> {
        let lines = FIRST_NAMES.lines().filter(|line| !line.starts_with('#'));
        Ok(Self { run: pattern("pii.person", RUN)?, first: lines.flat_map(str::split_whitespace).collect() })
    }

    pub(super) fn scan(&self, text: &str, data: &mut Data) {
        // One word alone is no name, and most sentences begin with one.
        for found in self.run.find_iter(text).filter(|found| found.as_str().contains(' ')) {
            if let Some(span) = self.people(text, found.range())
                && !data.taken(&span)
            {
                data.push(Datum { span, type_: "PERSON", rule: Cow::Borrowed("pii.person"), score: 0.8 });
            }
        }
    }

    /// The names within a run of capitalised words: at most one, after words that are none.
    fn people(&self, text: &str, run: Range<usize>) -> Option<Range<usize>> {
        let words = words_of(text, &run);
        let plain: Vec<String> = words.iter().map(|word| plain(text, word)).collect();
        if plain.iter().any(|word| ORGANISATIONS.contains(&word.as_str())) {
            return None;
        }
        let mut from = plain
            .iter()
            .take_while(|word| ANNOUNCING.contains(&word.as_str()) || NOT_NAMES.contains(&word.as_str()))
            .count();
        let announced =
            from.checked_sub(1).and_then(|at| plain.get(at)).is_some_and(|word| ANNOUNCING.contains(&word.as_str()))
                || (from == 0 && announces(text, run.start));
        let titled =
            from.checked_sub(1).and_then(|at| plain.get(at)).is_some_and(|word| TITLES.contains(&word.as_str()));
        if !announced {
            from += plain.iter().skip(from).position(|word| self.is_first_name(word)).unwrap_or(plain.len());
        }
        let mut to = plain.len();
        while to > from
            && plain
                .get(to - 1)
                .is_some_and(|word| PARTICLES.contains(&word.as_str()) || NOT_NAMES.contains(&word.as_str()))
        {
            to -= 1;
        }
        // A shouted word behind a name in ordinary spelling belongs to the next thing.
        if let Some(cut) = words.get(from + 1..to).and_then(|rest| rest.iter().position(|word| is_shouted(text, word)))
            && !words.get(from).is_some_and(|word| is_shouted(text, word))
        {
            to = from + 1 + cut;
        }
        let capitals = plain.get(from..to)?.iter().filter(|word| !PARTICLES.contains(&word.as_str())).count();
        let known = plain.get(from).is_some_and(|word| self.is_first_name(word));
        let enough = capitals >= 2 || (titled && capitals >= 1);
        if !enough || !(known || announced) || to - from > WORDS_MAX {
            return None;
        }
        let end = words.get(to - 1)?.end;
        let owner = ["'s", "’s"].iter().find(|mark| text.get(..end).is_some_and(|head| head.ends_with(**mark)));
        Some(words.get(from)?.start..end - owner.map_or(0, |mark| mark.len()))
    }

    /// Also double names such as `Hans-Uwe`.
    fn is_first_name(&self, word: &str) -> bool {
        self.first.contains(word)
            || word.split('-').next().is_some_and(|part| part != word && self.first.contains(part))
    }
}

/// Two to seven capitalised words or particles with single spaces between.
const RUN: &str = r"(?:\p{Lu}[\p{L}\p{M}'’\-]+|\p{Lu}\.|(?:Dr|Mr|Mrs|Ms|Prof|Sr|Sra|Sig|Mme)\.)(?: (?:\p{Lu}[\p{L}\p{M}'’\-]+|\p{Lu}\.|(?:Dr|Mr|Mrs|Ms|Prof|Sr|Sra|Sig|Mme)\.|van|der|den|de|von|zu|zum|zur|het|ter|ten|te|la|le|du|da|do|dos|das|di|del|della|y|e|i|bin|al|el|dei|degli|d'\p{Lu}\p{L}+)){0,7}";

const PARTICLES: [&str; 30] = [
    "van", "der", "den", "de", "von", "zu", "zum", "zur", "het", "ter", "ten", "te", "la", "le", "du", "da", "do",
    "dos", "das", "di", "del", "della", "y", "e", "i", "bin", "al", "el", "dei", "degli",
];

const TITLES: [&str; 26] = [
    "mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "herrn", "mme", "mlle", "monsieur", "madame", "senor",
    "senora", "sr", "sra", "sig", "signor", "signora", "pan", "pani", "dhr", "mevr", "mevrouw", "sir",
];

/// Capitalised words directly before a name.
const ANNOUNCING: [&str; 50] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "herr",
    "frau",
    "herrn",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "senor",
    "senora",
    "sr",
    "sra",
    "sig",
    "signor",
    "signora",
    "pan",
    "pani",
    "dhr",
    "mevr",
    "mevrouw",
    "sir",
    "kunde",
    "kundin",
    "customer",
    "client",
    "cliente",
    "klient",
    "klant",
    "patient",
    "patientin",
    "paciente",
    "paziente",
    "employee",
    "mitarbeiter",
    "mitarbeiterin",
    "applicant",
    "bewerber",
    "holder",
    "inhaber",
    "kontoinhaber",
    "titular",
    "intestatario",
    "titulaire",
    "dear",
    "name",
];

/// Lower-case words and labels that stand right before a name.
const BEFORE: [&str; 46] = [
    "i'm",
    "i am",
    "my name is",
    "name is",
    "name:",
    "named",
    "holder",
    "holder:",
    "letter to",
    "record of",
    "signed by",
    "signed,",
    "contact:",
    "contact",
    "attn",
    "attn:",
    "customer",
    "client",
    "cliente",
    "le client",
    "la cliente",
    "patient",
    "employee",
    "colleague",
    "applicant",
    "candidate",
    "mein name ist",
    "ich bin",
    "kunde",
    "ansprechpartner",
    "je m'appelle",
    "je suis",
    "me llamo",
    "soy",
    "mi chiamo",
    "sono",
    "nazywam się",
    "ik ben",
    "mijn naam is",
    "chamo-me",
    "regards,\n",
    "grüßen\n",
    "titular",
    "intestatario",
    "born as",
    "written by",
];

const ORGANISATIONS: [&str; 40] = [
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
    "foods",
    "bank",
    "university",
    "universitat",
    "universite",
    "institute",
    "school",
    "hotel",
    "group",
    "holding",
    "foundation",
    "stiftung",
    "verein",
    "council",
    "ministry",
    "republic",
];

/// Capitalised words that begin sentences, name places, days, products, streets: never part of a person's name here.
const NOT_NAMES: [&str; 78] = [
    "the",
    "a",
    "an",
    "i",
    "hi",
    "hello",
    "please",
    "write",
    "send",
    "tell",
    "ask",
    "call",
    "translate",
    "summarise",
    "summarize",
    "explain",
    "draft",
    "csv",
    "convert",
    "refund",
    "login",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "street",
    "road",
    "avenue",
    "san",
    "saint",
    "st",
    "new",
    "north",
    "south",
    "east",
    "west",
    "lake",
    "mount",
    "el",
    "la",
    "le",
    "der",
    "die",
    "das",
    "und",
    "and",
    "or",
    "if",
    "when",
    "what",
    "who",
    "how",
    "is",
    "was",
    "are",
    "do",
    "does",
    "did",
    "can",
    "could",
    "would",
    "should",
    "will",
    "tel",
];

fn announces(text: &str, start: usize) -> bool {
    let head = before(text, start, 28).to_lowercase();
    let head = head.trim_end_matches([' ', '"', '\'', ':']);
    BEFORE.iter().any(|words| {
        let words = words.trim_end_matches([':', '\n']);
        head.strip_suffix(words).is_some_and(|rest| rest.chars().next_back().is_none_or(|c| !c.is_alphanumeric()))
    })
}

fn words_of(text: &str, run: &Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = run.start;
    for word in text.get(run.clone()).unwrap_or_default().split(' ') {
        let length = word.trim_end_matches(['.', '\'', '-']).len();
        words.push(at..at + length);
        at += word.len() + 1;
    }
    words
}

fn is_shouted(text: &str, word: &Range<usize>) -> bool {
    let word = text.get(word.clone()).unwrap_or_default();
    word.chars().count() > 1 && word.chars().all(|c| !c.is_lowercase())
}

fn plain(text: &str, word: &Range<usize>) -> String {
    fold(text.get(word.clone()).unwrap_or_default()).text
}
