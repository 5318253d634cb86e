//! Host and path to service. Rules are found by whole labels from the right, so `chatgpt.com.evil.example` and `notopenai.com`
//! never match; the longest host wins, then the longest path.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

/// Which hosts a rule means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hosts {
    /// The part without `*`: the key of the rule.
    key: String,
    /// Labels before the key, from the left, each with at most one `*`.
    before: Vec<String>,
    /// Nothing may come before.
    exact: bool,
}

impl Hosts {
    /// Reads `name`, `=name`, `a.*.name`, `*-a.name`.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (exact, name) = text.strip_prefix('=').map_or((false, text), |name| (true, name));
        let labels: Vec<&str> = name.split('.').collect();
        let well_formed = |label: &&str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_*".contains(&byte))
                && label.matches('*').count() <= 1
        };
        if labels.len() < 2 || !labels.iter().all(well_formed) {
            return Err("is not a lower-case name with at least one dot");
        }
        let fixed = labels.iter().rposition(|label| label.contains('*')).map_or(0, |last| last + 1);
        let (before, after) = labels.split_at(fixed);
        let key = after.join(".");
        if psl::suffix(key.as_bytes())
            .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == key.as_bytes() && is_registry(suffix))
        {
            return Err("is a public suffix: everybody can register names below it");
        }
        if after.len() < 2 {
            return Err("leaves fewer than two labels after the `*`");
        }
        // Rules with `*` are found only when the labels before the key match; a leading `*` alone adds nothing.
        Ok(Self { key, before: before.iter().map(|label| (*label).to_owned()).collect(), exact })
    }

    /// Whether the labels that a host has before the key fit.
    fn fits(&self, rest: &str) -> bool {
        if self.before.is_empty() {
            return !self.exact || rest.is_empty();
        }
        let mut labels = rest.rsplit('.');
        let all = self.before.iter().rev().all(|glob| labels.next().is_some_and(|label| label_fits(glob, label)));
        all && (!self.exact || labels.next().is_none())
    }

    /// How much it says: the more, the earlier it is tried.
    fn weight(&self) -> usize {
        self.before.len() * 2 + usize::from(self.exact)
    }
}

fn is_registry(suffix: psl::Suffix<'_>) -> bool {
    suffix.typ() == Some(psl::Type::Icann)
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exact {
            f.write_str("=")?;
        }
        for label in &self.before {
            write!(f, "{label}.")?;
        }
        f.write_str(&self.key)
    }
}

/// One host of one service.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) hosts: Hosts,
    /// Empty: any path, also a hidden one.
    pub(super) paths: Vec<String>,
    /// Index of the service.
    pub(super) service: usize,
    /// `None`: these hosts are not the service.
    pub(super) confidence: Option<f32>,
}

/// A rule that matched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    /// Index of the service.
    pub(crate) service: usize,
    /// How sure.
    pub(crate) confidence: f32,
}

/// All rules, by host.
#[derive(Debug)]
pub(super) struct Matcher {
    rules: HashMap<String, Vec<Rule>, BuildHasherDefault<Fnv>>,
    /// The last two labels of every key: most hosts of a log are refused here.
    ends: HashSet<String, BuildHasherDefault<Fnv>>,
}

impl Matcher {
    pub(super) fn new(all: Vec<Rule>) -> Self {
        let mut rules: HashMap<String, Vec<Rule>, BuildHasherDefault<Fnv>> = HashMap::default();
        let mut ends: HashSet<String, BuildHasherDefault<Fnv>> = HashSet::default();
        for rule in all {
            ends.insert(last_two(&rule.hosts.key).to_owned());
            rules.entry(rule.hosts.key.clone()).or_default().push(rule);
        }
        for same_host in rules.values_mut() {
            same_host.sort_by_key(|rule| std::cmp::Reverse((longest(&rule.paths), rule.hosts.weight())));
        }
        Self { rules, ends }
    }

    pub(super) fn find(&self, host: &str, path: Option<&str>) -> Option<Hit> {
        let fits = |rule: &&Rule| rule.paths.is_empty() || path.is_some_and(|path| path_fits(&rule.paths, path));
        let rule = self.candidates(host).find(fits)?;
        Some(Hit { service: rule.service, confidence: rule.confidence? })
    }

    /// The service that lives on this host at some paths only, if the host itself is nobody's.
    pub(super) fn hidden(&self, host: &str) -> Option<usize> {
        let rule = self.candidates(host).find(|rule| !rule.paths.is_empty())?;
        Some(rule.service)
    }

    /// Rules whose hosts fit, longest host first.
    fn candidates<'a>(&'a self, host: &'a str) -> impl Iterator<Item = &'a Rule> {
        let worth_it = self.ends.contains(last_two(host));
        let suffixes =
            std::iter::successors(worth_it.then_some(host), |rest| rest.split_once('.').map(|(_, parent)| parent));
        suffixes.flat_map(move |suffix| {
            let rest = host.strip_suffix(suffix).unwrap_or_default();
            let rest = rest.strip_suffix('.').unwrap_or(rest);
            self.rules.get(suffix).into_iter().flatten().filter(move |rule| rule.hosts.fits(rest))
        })
    }
}

fn longest(paths: &[String]) -> usize {
    paths.iter().map(String::len).max().unwrap_or(0)
}

fn last_two(host: &str) -> &str {
    let mut dots = host.bytes().enumerate().rev().filter(|(_, byte)| *byte == b'.').map(|(index, _)| index);
    dots.nth(1).and_then(|index| host.get(index + 1..)).unwrap_or(host)
}

/// `*` within one label.
fn label_fits(glob: &str, label: &str) -> bool {
    let Some((start, end)) = glob.split_once('*') else {
        return glob == label;
    };
    label.len() >= start.len() + end.len() && label.starts_with(start) && label.ends_with(end)
}

fn path_fits(globs: &[String], path: &str) -> bool {
    globs.iter().any(|glob| begins(path, glob))
}

/// Whether `path` begins with `glob`, in which `*` stands for any text and a final `$` for the end of the path. A glob that ends
/// in a letter or digit ends a word: `/api/ai` means `/api/ai/x` and `/api/aiChat`, not `/api/aircraft`.
fn begins(path: &str, glob: &str) -> bool {
    let (glob, to_the_end) = glob.strip_suffix('$').map_or((glob, false), |glob| (glob, true));
    let mut parts = glob.split('*');
    let Some(mut rest) = parts.next().and_then(|start| path.strip_prefix(start)) else {
        return false;
    };
    for part in parts {
        let Some(found) = rest.find(part) else { return false };
        rest = rest.get(found + part.len()..).unwrap_or_default();
    }
    let next = rest.bytes().next();
    if to_the_end {
        return matches!(next, None | Some(b'?' | b'#'));
    }
    let in_a_word = glob.bytes().last().is_some_and(|byte| byte.is_ascii_alphanumeric());
    !(in_a_word && next.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// FNV-1a. The keys are ours, so nobody can choose colliding ones; host names are short.
#[derive(Debug)]
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
