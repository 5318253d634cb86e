//! The lists behind the detector of names: first names, surnames, words that announce a name, words that are none.

use super::context;
use crate::attacks::fold;
use crate::config::PlanError;
use crate::patterns::before;
use std::collections::BTreeSet;
use std::ops::Range;

/// All lists, folded to plain lower-case letters.
pub(super) struct NameWords {
    first: BTreeSet<String>,
    /// First names that are also places, months, plants or words: they need a surname that is known.
    doubtful: BTreeSet<String>,
    last: BTreeSet<String>,
    others: BTreeSet<String>,
    titles: BTreeSet<String>,
    announcing: BTreeSet<String>,
    /// They announce a name only as labels: `From: ...`.
    labels: BTreeSet<String>,
    closing: BTreeSet<String>,
}

const FILE: &str = "rules/name_words.txt";

/// See `NameWords::doubtful`.
const DOUBTFUL: &str = " adora alba alma amber amor april art august aurora austin bill boris brooke brooklyn carolina chance chase chelsea christian crystal dakota dallas daisy dean deniz don eden faith fanny florence frank georgia ginger glen gloria grace grant guy hazel holly hope iris israel ivy jack jade jasmin jasmine java jay jenkins jordan joy lance laurel lily lincoln lourdes luna madison mark max maxi may maya melody mercedes mercy miles morgan mona nova olive page paige paris pat paz pearl penny phoenix pilar poppy ray rich robin rob rocky rose ruby ruth sage sandy santiago saturn savannah scarlett sierra sky skye sofia sol stella sydney summer trinity valentina vega victor victoria viola violet virginia will willow charlotte marina melissa noble union delta florida olympia europa asia china india argentina atlas hermes apollo athena diana helena angela florian ada rust julia ruby perl basil dart go eiffel cosmos titan orion gala ale even odd else not to max mini april bo an do so no in on me my he ha la le de das des van von der dem per pro com net org bel han long lang star grand roman norman german franco gal cash case mile miss cruz mar sal mina mini pip pia sun moon ally ever given page rex rod stone ";

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
        let mut lists = Self {
            first: set(include_str!("../../rules/first_names.txt")),
            doubtful: set(DOUBTFUL),
            last: set(include_str!("../../rules/last_names.txt")),
            others: set(include_str!("../../rules/not_names.txt")),
            titles: BTreeSet::new(),
            announcing: BTreeSet::new(),
            labels: BTreeSet::new(),
            closing: BTreeSet::new(),
        };
        for line in include_str!("../../rules/name_words.txt").lines().filter(|line| !line.starts_with('#')) {
            let broken = || PlanError::Rules { file: FILE, cause: format!("no class in `{line}`") };
            let (class, words) = line.split_once(": ").ok_or_else(broken)?;
            let list = match class {
                "title" => &mut lists.titles,
                "word" => &mut lists.announcing,
                "label" => &mut lists.labels,
                "closing" => &mut lists.closing,
                _ => return Err(broken()),
            };
            list.extend(words.split(", ").map(|word| fold(word.trim()).text));
        }
        Ok(lists)
    }

    /// A known first name that means nothing else, or a double one such as `Hans-Uwe`.
    pub(super) fn is_first(&self, word: &str) -> bool {
        !self.doubtful.contains(word) && self.may_be_first(word)
    }

    /// A known first name, even if it is a word or a place, too.
    pub(super) fn may_be_first(&self, word: &str) -> bool {
        self.first.contains(word)
            || word.split_once('-').is_some_and(|(head, _)| head.len() > 2 && self.first.contains(head))
    }

    pub(super) fn is_last(&self, word: &str) -> bool {
        word.split('-').any(|part| self.last.contains(part))
            || (word.chars().count() > 4 && ENDINGS.iter().any(|end| word.ends_with(end) && word.len() > end.len() + 2))
            || (word.len() > 5 && BEGINNINGS.iter().any(|begin| word.starts_with(begin)))
    }

    /// An ending that only surnames have.
    pub(super) fn is_surely_last(&self, word: &str) -> bool {
        word.chars().count() > 5 && SURE_ENDINGS.iter().any(|end| word.ends_with(end))
    }

    /// A word of streets, firms, papers, sentences.
    pub(super) fn is_other(&self, word: &str) -> bool {
        self.others.contains(word)
    }

    pub(super) fn is_title(&self, word: &str) -> bool {
        self.titles.contains(word)
    }

    /// A capitalised word that names a role: `Customer`, `Kunde`.
    pub(super) fn is_role(&self, word: &str) -> bool {
        self.announcing.contains(word)
    }

    /// How the words before a place announce a name.
    pub(super) fn announced(&self, text: &str, at: usize) -> Announced {
        let head = fold(before(text, at, 40)).text;
        let end = head.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '.').trim_end_matches('.');
        let gap = head.get(end.len()..).unwrap_or_default();
        let mut suffixes =
            end.rmatch_indices(|c: char| c.is_whitespace() || "\"_({[;,>/".contains(c)).map(|(at, c)| at + c.len());
        let mut starts: Vec<usize> = suffixes.by_ref().take(4).collect();
        starts.push(0);
        let is_in = |list: &BTreeSet<String>| {
            starts.iter().filter_map(|start| end.get(*start..)).any(|words| list.contains(words))
        };
        if gap.contains('\n') {
            let found = gap.matches('\n').count() <= 2
                && (is_in(&self.closing) || (gap.contains(':') && is_in(&self.announcing)));
            return if found { Announced::ByWord } else { Announced::No };
        }
        // A comma ends the phrase.
        if gap.contains([',', ';', '?', '!', ')']) || of_things(end) {
            return Announced::No;
        }
        let labelled = gap.contains([':', '=']);
        if labelled && (is_in(&self.announcing) || is_in(&self.titles) || is_in(&self.labels)) {
            Announced::ByLabel
        } else if is_in(&self.announcing) || is_in(&self.titles) {
            Announced::ByWord
        } else {
            Announced::No
        }
    }

    /// Whether the cell at this place stands in a column of names.
    pub(super) fn is_in_column(&self, text: &str, cell: Range<usize>) -> bool {
        let titled = |cell: &Range<usize>| {
            let title = fold(text.get(cell.clone()).unwrap_or_default().trim().trim_matches('"')).text;
            (self.announcing.contains(title.as_str()) || self.labels.contains(title.as_str())) && !of_things(&title)
        };
        let mark = text.as_bytes().get(cell.end).copied().filter(|mark| b";,|\t".contains(mark));
        context::title_of(text, cell.start, mark, titled).is_some()
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

/// `product name` names no person.
fn of_things(words: &str) -> bool {
    const THINGS: &str = " product project file company brand firm event team model host domain class table column service package app store user display group role field file variable function module school hotel street city country branch queue topic bucket cluster server device network account image game song book movie course plan item category job report task rule policy metric key event ";
    let mut tail = words.rsplit(|c: char| c.is_whitespace() || c == '_');
    tail.next() == Some("name") && tail.next().is_some_and(|word| THINGS.contains(&format!(" {word} ")))
}

fn set(list: &str) -> BTreeSet<String> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).map(|word| fold(word).text).collect()
}
