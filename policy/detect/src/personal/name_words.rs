//! The lists behind the detector of names: first names, surnames, words that announce a name, words that are none.

use super::lexicon::{Endings, Lexicon, Marks};
use super::titles;
use crate::attacks::fold;
use crate::chars::{is_alphabetic, is_alphanumeric};
use crate::config::PlanError;
use crate::patterns::before;
use std::ops::Range;

/// All lists, folded to plain lower-case letters: one look-up tells in which of them a word is.
pub(super) struct NameWords {
    lexicon: Lexicon,
    endings: Endings,
    sure_endings: Endings,
}

const FILE: &str = "rules/name_words.txt";

/// The lists a word may be in.
pub(super) const FIRST: Marks = Marks::nth(0);
/// First names that are also places, months, plants or words: they need a surname that is known.
const DOUBTFUL: Marks = Marks::nth(1);
const LAST: Marks = Marks::nth(2);
/// Words of streets, firms, papers, sentences.
pub(super) const OTHER: Marks = Marks::nth(3);
pub(super) const TITLE: Marks = Marks::nth(4);
/// Words that announce a name. With a capital they name a role: `Customer`, `Kunde`.
pub(super) const ROLE: Marks = Marks::nth(5);
/// They announce a name only as labels: `From: ...`.
const LABEL: Marks = Marks::nth(6);
const CLOSING: Marks = Marks::nth(7);
/// The last word of a phrase that announces.
const TAIL: Marks = Marks::nth(8);
pub(super) const ORGANISATION: Marks = Marks::nth(9);
/// Capitalised words directly behind a name that belong to the next thing.
pub(super) const NEXT_THING: Marks = Marks::nth(10);

/// How many bytes before a name may announce it.
const REACH: usize = 40;

/// See the mark of that name.
const DOUBTFUL_FIRST: &str = " adora alba alma amber amor april art august aurora austin bill boris brooke brooklyn carolina chance chase chelsea christian crystal dakota dallas daisy dean deniz don eden faith fanny florence frank georgia ginger glen gloria grace grant guy hazel holly hope iris israel ivy jack jade jasmin jasmine java jay jenkins jordan joy lance laurel lily lincoln lourdes luna madison mark max maxi may maya melody mercedes mercy miles morgan mona nova olive page paige paris pat paz pearl penny phoenix pilar poppy ray rich robin rob rocky rose ruby ruth sage sandy santiago saturn savannah scarlett sierra sky skye sofia sol stella sydney summer trinity valentina vega victor victoria viola violet virginia will willow charlotte marina melissa noble union delta florida olympia europa asia china india argentina atlas hermes apollo athena diana helena angela florian ada rust julia ruby perl basil dart go eiffel cosmos titan orion gala ale even odd else not to max mini april bo an do so no in on me my he ha la le de das des van von der dem per pro com net org bel han long lang star grand roman norman german franco gal cash case mile miss cruz mar sal mina mini pip pia sun moon ally ever given page rex rod stone ";

/// See the mark of that name.
const NEXT_THINGS: &str = "tel phone email mail iban fax telefon mobil dob id i the";

/// See the mark of that name.
const ORGANISATIONS: &str = "gmbh ag kg ohg ltd limited inc llc plc corp corporation company co sa sas sarl srl spa bv nv ab as oy oyj aps kft zrt doo sro foods lda nyrt llp pty ltda snc srls eood group groep groupe gruppe holding holdings partners brothers sons industries solutions services consulting";

/// Endings of surnames that other words hardly have.
const ENDINGS: [&str; 74] = [
    "ova",
    "eva",
    "ovic",
    "evic",
    "vic",
    "cic",
    "nic",
    "ski",
    "ska",
    "sky",
    "cki",
    "cka",
    "czyk",
    "wicz",
    "iak",
    "niak",
    "sson",
    "sdottir",
    "dottir",
    "nsen",
    "rsen",
    "dsen",
    "ksen",
    "tsen",
    "lsen",
    "nen",
    "quist",
    "qvist",
    "strom",
    "gren",
    "escu",
    "eanu",
    "oiu",
    "opoulos",
    "poulou",
    "idis",
    "iadis",
    "akis",
    "aki",
    "atos",
    "oglu",
    "ides",
    "enko",
    "chuk",
    "yshyn",
    "ashvili",
    "yan",
    "ian",
    "auskas",
    "iene",
    "ninkas",
    "evicius",
    "aitis",
    "enas",
    "unas",
    "berg",
    "bauer",
    "mann",
    "huber",
    "maier",
    "meier",
    "ovski",
    "ovska",
    "ов",
    "ев",
    "ова",
    "ева",
    "ски",
    "ска",
    "енко",
    "ιδης",
    "οπουλος",
    "ακης",
    "ου",
];
/// Endings that make a surname of any word.
const SURE_ENDINGS: [&str; 27] = [
    "ovic",
    "evic",
    "czyk",
    "wicz",
    "sson",
    "sdottir",
    "nsen",
    "rsen",
    "dsen",
    "ksen",
    "lsen",
    "escu",
    "opoulos",
    "opoulou",
    "iadis",
    "idou",
    "oglu",
    "enko",
    "ashvili",
    "auskas",
    "evicius",
    "aviciene",
    "енко",
    "ович",
    "οπουλος",
    "ιδης",
    "ακης",
];
/// What surnames of Ireland and Scotland begin with.
const BEGINNINGS: [&str; 4] = ["mc", "mac", "o'", "fitz"];

impl NameWords {
    pub(super) fn new() -> Result<Self, PlanError> {
        let mut lexicon = Lexicon::default();
        let mut add = |list: &str, marks| set(list).for_each(|word| lexicon.add(&word, marks));
        add(include_str!("../../rules/first_names.txt"), FIRST);
        add(DOUBTFUL_FIRST, DOUBTFUL);
        add(include_str!("../../rules/last_names.txt"), LAST);
        add(include_str!("../../rules/not_names.txt"), OTHER);
        add(ORGANISATIONS, ORGANISATION);
        add(NEXT_THINGS, NEXT_THING);
        for line in include_str!("../../rules/name_words.txt").lines().filter(|line| !line.starts_with('#')) {
            let broken = || PlanError::Rules { file: FILE, cause: format!("no class in `{line}`") };
            let (class, words) = line.split_once(": ").ok_or_else(broken)?;
            let marks = match class {
                "title" => TITLE,
                "word" => ROLE,
                "label" => LABEL,
                "closing" => CLOSING,
                _ => return Err(broken()),
            };
            for phrase in words.split(", ").map(|word| fold(word.trim()).text) {
                lexicon.add(&phrase, marks);
                lexicon.add(phrase.rsplit(parts_words).next().unwrap_or_default(), TAIL);
            }
        }
        Ok(Self {
            lexicon,
            endings: Endings::new(&ENDINGS.map(str::to_owned)),
            sure_endings: Endings::new(&SURE_ENDINGS.map(str::to_owned)),
        })
    }

    /// In which lists a folded word is. A double first name such as `Hans-Uwe` is one if its first part is.
    pub(super) fn marks(&self, word: &str) -> Marks {
        let marks = self.lexicon.marks(word);
        let head = word.split_once('-').map(|(head, _)| head).filter(|head| head.len() > 2);
        let double = head.is_some_and(|head| self.lexicon.marks(head).has(FIRST));
        if double { marks.and(FIRST) } else { marks }
    }

    /// A known first name that means nothing else.
    pub(super) fn is_surely_first(marks: Marks) -> bool {
        marks.has(FIRST) && !marks.has(DOUBTFUL)
    }

    pub(super) fn is_last(&self, word: &str) -> bool {
        word.split('-').any(|part| self.lexicon.marks(part).has(LAST))
            || (word.chars().count() > 4 && self.endings.any(word.as_bytes(), |end| word.len() > end.len() + 2))
            || (word.len() > 5 && BEGINNINGS.iter().any(|begin| word.starts_with(begin)))
    }

    /// An ending that only surnames have.
    pub(super) fn is_surely_last(&self, word: &str) -> bool {
        word.chars().count() > 5 && self.sure_endings.any(word.as_bytes(), |_| true)
    }

    /// How the words before a place announce a name.
    pub(super) fn announced(&self, text: &str, at: usize) -> Announced {
        if self.is_unannounced(text, at) {
            return Announced::No;
        }
        let head = fold(before(text, at, REACH)).text;
        let end = head.trim_end_matches(|c: char| !is_alphanumeric(c) && c != '.').trim_end_matches('.');
        let gap = head.get(end.len()..).unwrap_or_default();
        let mut suffixes = end.rmatch_indices(parts_words).map(|(at, c)| at + c.len());
        let mut starts: Vec<usize> = suffixes.by_ref().take(4).collect();
        starts.push(0);
        let phrases = starts.iter().filter_map(|start| end.get(*start..)).map(|words| self.lexicon.marks(words));
        let found = phrases.fold(Marks::default(), Marks::and);
        if gap.contains('\n') {
            let close =
                gap.matches('\n').count() <= 2 && (found.has(CLOSING) || (gap.contains(':') && found.has(ROLE)));
            return if close { Announced::ByWord } else { Announced::No };
        }
        // A comma ends the phrase.
        if gap.contains([',', ';', '?', '!', ')']) || of_things(end) {
            return Announced::No;
        }
        let labelled = gap.contains([':', '=']);
        if labelled && found.has(ROLE.and(TITLE).and(LABEL)) {
            Announced::ByLabel
        } else if found.has(ROLE.and(TITLE)) {
            Announced::ByWord
        } else {
            Announced::No
        }
    }

    /// Whether the word before a place surely ends no phrase that announces. Most do not, and this is asked at each run
    /// of capitals: letters that fold to letters are looked at here, anything rarer is left to the full reading.
    fn is_unannounced(&self, text: &str, at: usize) -> bool {
        let head = before(text, at, REACH);
        let end = head.trim_end_matches(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '.');
        let end = end.trim_end_matches('.');
        let mut start = end.len();
        for (at, c) in end.char_indices().rev() {
            if c.is_ascii() && parts_words(c) {
                break;
            }
            if !c.is_ascii() && !is_plain_letter(c) {
                return false;
            }
            start = at;
        }
        let word = end.get(start..).unwrap_or_default();
        let marks =
            if word.is_ascii() { self.lexicon.marks_in_any_case(word) } else { self.lexicon.marks(&fold(word).text) };
        !marks.has(TAIL)
    }

    /// Whether the cell at this place stands in a column of names.
    pub(super) fn is_in_column(&self, text: &str, cell: Range<usize>) -> bool {
        let titled = |cell: &Range<usize>| {
            let title = text.get(cell.clone()).unwrap_or_default().trim().trim_matches('"');
            let known = |marks: Marks| marks.has(ROLE.and(LABEL));
            if title.is_ascii() && !known(self.lexicon.marks_in_any_case(title)) {
                return false;
            }
            let title = fold(title).text;
            known(self.lexicon.marks(&title)) && !of_things(&title)
        };
        let behind = text.get(cell.end..).unwrap_or_default();
        let mark = behind.strip_prefix(' ').unwrap_or(behind).bytes().next().filter(|mark| b";,|\t".contains(mark));
        titles::title_of(text, cell.start, || mark, titled).is_some()
    }
}

/// What announces a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announced {
    No,
    ByWord,
    /// A label such as `Attendees:`, which may hold several names.
    ByLabel,
}

/// Where a word of a phrase begins.
fn parts_words(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '_' | '(' | '{' | '[' | ';' | ',' | '<' | '>' | '/' | '|')
}

/// A letter of Latin, Greek or Cyrillic, which folds to letters.
fn is_plain_letter(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}' | '\u{386}'..='\u{3ff}' | '\u{400}'..='\u{52f}') && is_alphabetic(c)
}

/// `product name` names no person.
fn of_things(words: &str) -> bool {
    const THINGS: &str = " product project file company brand firm event team model host domain class table column service package app store user display group role field file variable function module school hotel street city country branch queue topic bucket cluster server device network account image game song book movie course plan item category job report task rule policy metric key event ";
    let mut tail = words.rsplit(|c: char| c.is_whitespace() || c == '_');
    tail.next() == Some("name") && tail.next().is_some_and(|word| THINGS.contains(&format!(" {word} ")))
}

fn set(list: &str) -> impl Iterator<Item = String> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).map(|word| fold(word).text)
}
