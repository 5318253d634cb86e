//! The compiled plan: which detectors run where.

use crate::attacks::{Attacks, Judgement, Marks, Model};
use crate::code;
use crate::config::{Config, PlanError};
use crate::dictionary::{Dictionaries, Dictionary};
use crate::effort::Effort;
use crate::explain::{Explanation, Explanations};
use crate::hits::{Hits, List};
use crate::literals::{Literals, Near};
use crate::open::Open;
use crate::patterns::each_value;
use crate::pem;
use crate::personal::Personal;
use crate::rule::{self, Rule};
use crate::secrets::{self, Judged};
use crate::shape::Shape;
use crate::topics::Topics;
use crate::types;
use crate::views::{Readings, Respell};
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind, View};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// What to look for, compiled once, cheap to clone, shared by all requests of a policy snapshot.
#[derive(Clone)]
pub struct Plan(Arc<Inner>);

struct Inner {
    config: Config,
    rules: Vec<Rule>,
    /// What concerns only texts that flow on.
    open: OnceLock<Open>,
    /// Those of rules, attacks and topics.
    literals: Literals,
    personal: Option<Personal>,
    attacks: Option<Attacks>,
    respell: Respell,
    dictionaries: Option<Dictionaries>,
    topics: Option<Topics>,
    explanations: OnceLock<Option<Explanations>>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({} rules)", self.0.rules.len())
    }
}

/// What the second pass found in one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// All findings, sorted by start. Injection is among them only when the score reaches the threshold.
    pub findings: Vec<Finding>,
    /// How much the text looks like a prompt attack, 0 to 1.
    pub attack_score: f32,
    /// A budget ran out before everything was looked at: the text must not pass as clean.
    pub exhausted: bool,
}

impl Plan {
    /// The plan of [`Config::default`].
    ///
    /// # Errors
    /// [`PlanError`] when the shipped rules are broken, which the tests exclude.
    pub fn shipped() -> Result<Self, PlanError> {
        Self::compile(&Config::default())
    }

    /// Compiles the detectors that the configuration asks for.
    ///
    /// # Errors
    /// [`PlanError`] names the value or the rule that is wrong.
    pub fn compile(config: &Config) -> Result<Self, PlanError> {
        config.check()?;
        let mut rules = Vec::new();
        if config.secrets {
            let (file, text) = rule::SECRETS;
            rules.extend(rule::read(file, text, FindingKind::Secret, config)?);
        }
        let attacks = if config.attacks { Some(Attacks::new(config, Model::shipped()?)?) } else { None };
        let topics = Topics::shipped(config)?;
        let signs =
            rules.iter().flat_map(|rule| rule.near.iter().map(move |near| (near.as_str(), rule.regex.as_str())));
        let forms = rules.iter().filter(|rule| rule.stands_free);
        let forms = forms.flat_map(|rule| rule.near.iter().map(move |near| (near.as_str(), &rule.regex)));
        let respell = Respell::new(signs, forms);
        Ok(Self(Arc::new(Inner {
            literals: Literals::new(near(&rules, attacks.as_ref(), topics.as_ref()))?,
            rules,
            open: OnceLock::new(),
            personal: if config.personal { Some(Personal::new(config)?) } else { None },
            attacks,
            respell,
            dictionaries: dictionaries(config)?,
            topics,
            explanations: OnceLock::new(),
            config: config.clone(),
        })))
    }

    /// Compiles what otherwise the first texts with dates or addresses would wait for, about 30 ms, once in a process; and
    /// what the first answer that flows would wait for, about 40 ms, once for a plan.
    /// Meant for a thread that answers no requests. Scans need no warming.
    pub fn warm(&self) {
        self.open();
        if let Some(personal) = &self.0.personal {
            personal.warm();
        }
    }

    /// The configuration it was compiled from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Why a finding of this plan was made, and by which version of its rule.
    #[must_use]
    pub fn explain(&self, finding: &Finding) -> Explanation {
        // Wanted by few and not on the way of a request: made when first asked for.
        let all = self.0.explanations.get_or_init(|| Explanations::new(&self.0.config.dictionaries).ok());
        all.as_ref().map_or_else(|| Explanation::unknown(finding), |all| all.of(finding))
    }

    /// Everything that it may find, as `kind/TYPE`: what the shipped detectors know, and the dictionaries.
    #[must_use]
    pub fn labels(&self) -> BTreeSet<String> {
        let label = |kind: FindingKind, type_: &str| format!("{}/{type_}", kind.as_str());
        let shipped = types::shipped().iter().map(|(kind, type_)| label(*kind, type_));
        let terms = self.0.config.dictionaries.iter().map(|own| label(FindingKind::Data, &own.type_()));
        shipped.chain(terms).collect()
    }

    /// First pass: patterns and literals on the text as it is.
    #[must_use]
    pub fn scan_plain(&self, text: &str) -> Vec<Finding> {
        self.glance(text).findings()
    }

    /// Where a dictionary's term begins that the end of the text may leave unfinished; the end if there is none.
    pub(crate) fn open_term(&self, text: &str) -> usize {
        self.0.dictionaries.as_ref().map_or(text.len(), |dictionaries| dictionaries.open_from(text))
    }

    /// Where a name of a person may begin that what comes behind the text makes one.
    pub(crate) fn open_name(&self, text: &str) -> Option<usize> {
        self.0.personal.as_ref()?.open_name(text)
    }

    /// Where the first credential begins that may be named behind the end of a text.
    pub(crate) fn named_behind(&self, text: &str) -> Option<usize> {
        self.open().named_behind(text)
    }

    /// Where the names of credentials end that may be in a script without blanks, and how far behind them such a value may
    /// begin.
    pub(crate) fn names_of_unspaced(&self, text: &str) -> Vec<(usize, usize)> {
        self.open().names_of_unspaced(&self.0.literals.first_hits(text, usize::MAX), &self.0.rules)
    }

    fn open(&self) -> &Open {
        self.0.open.get_or_init(|| Open::of(&self.0.rules))
    }

    /// The literals in a text around which patterns look, as many as the effort allows.
    pub(crate) fn hits(&self, text: &str, effort: &mut Effort) -> Hits {
        let hits = self.0.literals.first_hits(text, effort.hits_max());
        effort.hits(hits.count());
        hits
    }

    /// The other spellings that a text may be read in.
    pub(crate) fn readings(&self, text: &str, effort: &mut Effort) -> Readings {
        self.0.respell.readings(text, effort)
    }

    /// Whether a text is an attack in the mouth of a user; `None` when no phrase in it says so.
    pub(crate) fn plain_judgement(&self, folded: &Shape, hits: &Hits, effort: &mut Effort) -> Option<Judgement> {
        self.0.attacks.as_ref()?.judge_plain(folded, hits.of(List::Signals), effort)
    }

    /// Whether a text is an attack in the mouth of a speaker; `None` when attacks are not looked for.
    pub(crate) fn judgement(
        &self,
        folded: &Shape,
        hits: &Hits,
        role: Role,
        seen_in: (View, Marks),
        effort: &mut Effort,
    ) -> Option<Judgement> {
        let attacks = self.0.attacks.as_ref();
        attacks.map(|attacks| attacks.judge(folded, hits.of(List::Signals), role, seen_in, effort))
    }

    /// Classes of data and purposes.
    pub(crate) fn topics(
        &self,
        folded: &Shape,
        hits: &Hits,
        things: &[Finding],
        view: View,
        effort: &mut Effort,
    ) -> Vec<Finding> {
        let topics = self.0.topics.as_ref();
        topics.map_or_else(Vec::new, |topics| topics.find(folded, hits.of(List::Topics), things, view, effort))
    }

    /// Source code in a text.
    pub(crate) fn source_code(
        &self,
        text: &str,
        shape: Option<&Shape>,
        view: View,
        effort: &mut Effort,
    ) -> Vec<Finding> {
        if !self.0.config.classes || !self.0.config.wants(SOURCE_CODE, "SOURCE_CODE") {
            return Vec::new();
        }
        if !effort.lines(memchr::memchr_iter(b'\n', text.as_bytes()).count()) {
            return Vec::new();
        }
        let origin = |span: Range<usize>| shape.map_or(span.clone(), |shape| shape.origin(span));
        code::find(text).into_iter().map(|span| source_code(origin(span), view)).collect()
    }

    /// Credentials, personal data and terms of dictionaries in one text, unmerged.
    pub(crate) fn things(&self, text: &str, hits: &Hits, effort: &mut Effort) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut judged = Judged::default();
        for group in hits.of(List::Credentials).chunk_by(|a, b| a.rule() == b.rule()) {
            let Some(rule) = group.first().and_then(|hit| self.0.rules.get(hit.rule())) else {
                continue;
            };
            let mut take = |span: Range<usize>| {
                let good = secrets::accept(text, rule, group, &span, &mut judged);
                if good {
                    findings.push(finding(rule, span));
                }
                good
            };
            each_value(text, rule, group, effort, &mut take);
        }
        if self.0.config.secrets && self.0.config.wants(PRIVATE_KEY, "PRIVATE_KEY") {
            findings
                .extend(pem::find(text).into_iter().filter(|block| block.real).map(|block| private_key(block.span)));
        }
        if let Some(personal) = &self.0.personal {
            personal.scan(text, &mut findings, effort);
        }
        if let Some(dictionaries) = &self.0.dictionaries {
            dictionaries.find(text, &mut findings);
        }
        if hits.are_cut() {
            effort.give_up();
        }
        findings
    }
}

/// The literals of all that is looked for around them.
fn near<'a>(
    rules: &'a [Rule],
    attacks: Option<&'a Attacks>,
    topics: Option<&'a Topics>,
) -> impl Iterator<Item = Near<'a>> {
    let credentials = rules.iter().enumerate().flat_map(|(number, rule)| rule.literals(number));
    let signals = attacks.into_iter().flat_map(Attacks::near);
    credentials.chain(signals).chain(topics.into_iter().flat_map(Topics::near))
}

fn dictionaries(config: &Config) -> Result<Option<Dictionaries>, PlanError> {
    let wanted = |dictionary: &&Arc<Dictionary>| config.wants(&dictionary.rule(), &dictionary.type_());
    let mut wanted = config.dictionaries.iter().filter(wanted).peekable();
    if wanted.peek().is_none() {
        return Ok(None);
    }
    Dictionaries::new(wanted).map(Some)
}

const PRIVATE_KEY: &str = "secret.private-key";

const SOURCE_CODE: &str = "data.source-code";

fn source_code(span: Range<usize>, view: View) -> Finding {
    Finding {
        kind: FindingKind::Data,
        type_: Cow::Borrowed("SOURCE_CODE"),
        start: span.start,
        end: span.end,
        score: 0.8,
        rule: Cow::Borrowed(SOURCE_CODE),
        view,
    }
}

/// The finding of an armoured private key.
pub(crate) fn private_key(span: Range<usize>) -> Finding {
    Finding {
        kind: FindingKind::Secret,
        type_: Cow::Borrowed("PRIVATE_KEY"),
        start: span.start,
        end: span.end,
        score: 0.99,
        rule: Cow::Borrowed(PRIVATE_KEY),
        view: View::Plain,
    }
}

fn finding(rule: &Rule, span: Range<usize>) -> Finding {
    Finding {
        kind: rule.kind,
        type_: rule.type_.clone(),
        start: span.start,
        end: span.end,
        score: rule.score,
        rule: rule.id.clone(),
        view: View::Plain,
    }
}
