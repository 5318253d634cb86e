//! Reads a parsed TOML document key by key and collects every mistake on the way, instead of stopping at the first.

use super::problem::{Place, Problem};
use gnomon_types::spelling::closest;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The variables that may override keys of the top sections, as `GNOMON_SECTION__KEY`.
pub(crate) type Variables = BTreeMap<String, String>;

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// Collects the mistakes of one document.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    variables: Variables,
    used: RefCell<BTreeSet<String>>,
    problems: RefCell<Vec<Problem>>,
}

impl Reader {
    pub(crate) fn new(variables: Variables) -> Self {
        Self { variables, ..Self::default() }
    }

    /// Notes a mistake.
    pub(crate) fn problem(&self, place: &Place, message: impl Into<String>, help: impl Into<Option<String>>) {
        let problem = Problem { place: place.clone(), message: message.into(), help: help.into() };
        self.problems.borrow_mut().push(problem);
    }

    /// All mistakes, file order first, then those of variables that name no key.
    pub(crate) fn finish(self) -> Vec<Problem> {
        let used = self.used.into_inner();
        let mut problems = self.problems.into_inner();
        for name in self.variables.keys().filter(|name| !used.contains(*name)) {
            let message = format!("`{name}` overrides no key of the configuration");
            problems.push(Problem { place: Place::Variable(name.clone()), message, help: None });
        }
        problems.sort_by_key(|problem| match &problem.place {
            Place::File(span) => (0, span.start),
            Place::Variable(_) => (1, 0),
        });
        problems
    }
}

/// One table of the document.
pub(crate) struct Section<'a> {
    reader: &'a Reader,
    /// The section's name for variables: `server`; none inside arrays of tables.
    variable_prefix: Option<String>,
    title: String,
    table: Option<&'a DeTable<'a>>,
    span: Range<usize>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// The document itself.
    pub(crate) fn root(reader: &'a Reader, document: &'a Spanned<DeTable<'a>>) -> Self {
        Self {
            reader,
            variable_prefix: None,
            title: "the file".to_owned(),
            table: Some(document.get_ref()),
            span: document.span(),
            known: RefCell::default(),
        }
    }

    /// A place for mistakes about the section as a whole.
    pub(crate) fn place(&self) -> Place {
        Place::File(self.span.start..self.span.start.saturating_add(1).min(self.span.end.max(1)))
    }

    /// The table `[name]`; an absent one reads like an empty one, so that variables and defaults apply.
    pub(crate) fn section(&self, name: &'static str) -> Section<'a> {
        let entry = self.entry(name);
        let table = entry.and_then(|value| self.expect(value, name, "a table", value.get_ref().as_table()));
        Section {
            reader: self.reader,
            variable_prefix: Some(name.to_owned()),
            title: format!("[{name}]"),
            table,
            span: entry.map_or(self.span.clone(), Spanned::span),
            known: RefCell::default(),
        }
    }

    /// The tables `[[name]]`.
    pub(crate) fn sections(&self, name: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.entry(name) else { return Vec::new() };
        let Some(array) = self.expect(value, name, "an array of tables", value.get_ref().as_array()) else {
            return Vec::new();
        };
        let table_of = |item: &'a Spanned<DeValue<'a>>| {
            let table = self.expect(item, name, "a table", item.get_ref().as_table())?;
            Some(Section {
                reader: self.reader,
                variable_prefix: None,
                title: format!("[[{name}]]"),
                table: Some(table),
                span: item.span(),
                known: RefCell::default(),
            })
        };
        array.iter().filter_map(table_of).collect()
    }

    /// A text.
    pub(crate) fn text(&self, key: &'static str) -> Option<Located<String>> {
        if let Some(found) = self.variable(key) {
            return Some(found);
        }
        let value = self.entry(key)?;
        let text = self.expect(value, key, "a text in quotes", value.get_ref().as_str())?;
        Some(Located { value: text.to_owned(), place: Place::File(value.span()) })
    }

    /// A text that must be there.
    pub(crate) fn required(&self, key: &'static str, example: &str) -> Option<Located<String>> {
        let found = self.text(key);
        if found.is_none() && self.table.is_some_and(|table| !table.keys().any(|name| name.get_ref() == key)) {
            let message = format!("{} lacks `{key}`", self.title);
            self.reader.problem(&self.place(), message, Some(format!("add `{key} = {example}`")));
        }
        found
    }

    /// A list of texts.
    pub(crate) fn texts(&self, key: &'static str) -> Option<Vec<Located<String>>> {
        if let Some(found) = self.variable(key) {
            let split = found.value.split(',').map(|item| item.trim().to_owned());
            return Some(split.map(|value| Located { value, place: found.place.clone() }).collect());
        }
        let value = self.entry(key)?;
        if let Some(text) = value.get_ref().as_str() {
            return Some(vec![Located { value: text.to_owned(), place: Place::File(value.span()) }]);
        }
        let array = self.expect(value, key, "a list of texts", value.get_ref().as_array())?;
        let text_of = |item: &Spanned<DeValue<'_>>| {
            let text = self.expect(item, key, "a text in quotes", item.get_ref().as_str())?;
            Some(Located { value: text.to_owned(), place: Place::File(item.span()) })
        };
        Some(array.iter().filter_map(text_of).collect())
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &'static str) -> Option<bool> {
        if let Some(found) = self.variable(key) {
            return self.parsed(&found, "true or false", |text| text.parse().ok());
        }
        let value = self.entry(key)?;
        self.expect(value, key, "true or false", value.get_ref().as_bool())
    }

    /// A whole number from `range`.
    pub(crate) fn number(&self, key: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        let read = |text: &str| text.replace('_', "").parse().ok().filter(|number| range.contains(number));
        if let Some(found) = self.variable(key) {
            return self.parsed(&found, &wanted, read);
        }
        let value = self.entry(key)?;
        let number = value.get_ref().as_integer().and_then(|integer| read(integer.as_str()));
        self.expect(value, key, &wanted, number)
    }

    /// A span of time such as `45s`, `250ms`, `10m`, `2h`, `7d`.
    pub(crate) fn duration(&self, key: &'static str) -> Option<Duration> {
        let found = self.text(key)?;
        self.parsed(&found, "a span of time such as 250ms, 45s, 10m, 2h or 7d", parse_duration)
    }

    /// A size such as `32MiB`, `512KiB`, `1000`.
    pub(crate) fn size(&self, key: &'static str) -> Option<usize> {
        let found = self.text(key)?;
        self.parsed(&found, "a size such as 512KiB or 32MiB", parse_size)
    }

    /// Reads a located text by `read`, or notes what was wanted.
    pub(crate) fn parsed<T>(
        &self,
        found: &Located<String>,
        wanted: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = read(found.value.trim());
        if value.is_none() {
            self.reader.problem(&found.place, format!("`{}` is not {wanted}", found.value), None);
        }
        value
    }

    /// Notes every key that nobody asked for. Call it last.
    pub(crate) fn finish(self) {
        let known = self.known.into_inner();
        let Some(table) = self.table else { return };
        for name in table.keys().filter(|name| !known.contains(&name.get_ref().as_ref())) {
            let help = match closest(name.get_ref(), known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys: {}", known.join(", ")),
            };
            let message = format!("unknown key `{}` in {}", name.get_ref(), self.title);
            self.reader.problem(&Place::File(name.span()), message, Some(help));
        }
    }

    fn entry(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.borrow_mut().push(key);
        self.table?.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn variable(&self, key: &'static str) -> Option<Located<String>> {
        let prefix = self.variable_prefix.as_ref()?;
        let name = format!("GNOMON_{}__{}", prefix.to_uppercase(), key.to_uppercase());
        let value = self.reader.variables.get(&name)?.clone();
        self.known.borrow_mut().push(key);
        self.reader.used.borrow_mut().insert(name.clone());
        Some(Located { value, place: Place::Variable(name) })
    }

    fn expect<T>(&self, value: &Spanned<DeValue<'_>>, key: &str, wanted: &str, found: Option<T>) -> Option<T> {
        if found.is_none() {
            let message = format!("`{key}` must be {wanted}, not {}", value.get_ref().type_str());
            self.reader.problem(&Place::File(value.span()), message, None);
        }
        found
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    let millis = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.checked_mul(millis)?))
}

fn parse_size(text: &str) -> Option<usize> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let number: usize = number.parse().ok()?;
    let factor = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_spans_of_time_and_sizes_and_refuses_others() {
        assert_eq!(parse_duration("45s"), Some(Duration::from_secs(45)));
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_size("32MiB"), Some(32 << 20));
        for bad in ["", "45", "s", "4 5s", "1y", "99999999999999999999s"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
        assert_eq!(parse_size("12parsec"), None);
    }
}
