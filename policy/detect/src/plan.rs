//! The compiled plan: which detectors run where.

use crate::attacks::{Attacks, Model, fold};
use crate::code;
use crate::config::{Config, PlanError};
use crate::dictionary::{Dictionaries, Dictionary};
use crate::explain::{Explanation, Explanations};
use crate::literals::{Hits, List, Literals, Near};
use crate::merge::merge;
use crate::patterns::{each_match, match_at, windows};
use crate::pem;
use crate::personal::Personal;
use crate::rule::{self, Rule};
use crate::secrets;
use crate::shape::Shape;
use crate::topics::Topics;
use crate::views::{self, Reading, Respell};
use gnomon_types::conversation::Role;
use gnomon_types::finding::{Finding, FindingKind, View};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// What to look for, compiled once, cheap to clone, shared by all requests of a policy snapshot.
#[derive(Clone)]
pub struct Plan(Arc<Inner>);

struct Inner {
    config: Config,
    rules: Vec<Rule>,
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

/// A scan under way.
struct Sight {
    scan: Scan,
    /// Bytes of views that may still be looked at.
    left: usize,
}

/// How many times its own length the views of a text may have together, on top of what may be decoded. Honest text has
/// two or three views at most.
const VIEW_LENGTHS_MAX: usize = 6;

impl Sight {
    /// Whether a view can be looked at. If not, the scan is exhausted.
    fn affords(&mut self, view: &Shape) -> bool {
        let left = self.left.checked_sub(view.text.len());
        self.scan.exhausted |= left.is_none();
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
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
        let respell = Respell::new(rules.iter().flat_map(|rule| &rule.near).map(String::as_str));
        Ok(Self(Arc::new(Inner {
            literals: Literals::new(near(&rules, attacks.as_ref(), topics.as_ref()))?,
            rules,
            personal: if config.personal { Some(Personal::new(config)?) } else { None },
            attacks,
            respell,
            dictionaries: dictionaries(config)?,
            topics,
            explanations: OnceLock::new(),
            config: config.clone(),
        })))
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

    /// First pass: patterns and literals on the text as it is.
    #[must_use]
    pub fn scan_plain(&self, text: &str) -> Vec<Finding> {
        let hits = self.0.literals.hits(text);
        let mut findings = self.things(text, &hits);
        let folded = fold(text);
        let hits = self.hits_of_folded(text, hits, &folded);
        findings.extend(self.about(text, None, &folded, &hits, &findings, View::Plain));
        if let Some(attacks) = &self.0.attacks {
            findings.extend(attacks.judge_plain(&folded, hits.of(List::Signals)));
        }
        merge(findings)
    }

    /// Second pass: the text, its views without disguise, what is encoded in it, and the classifier for the role.
    #[must_use]
    pub fn scan(&self, text: &str, role: Role) -> Scan {
        let mut scan = self.look_everywhere(text, Some(role));
        scan.findings = merge(scan.findings);
        scan
    }

    /// The same without the classifier: what an answer is looked through for. Unmerged.
    pub(crate) fn scan_without_attacks(&self, text: &str) -> Scan {
        self.look_everywhere(text, None)
    }

    /// Where a dictionary's term begins that the end of the text may leave unfinished; the end if there is none.
    pub(crate) fn open_term(&self, text: &str) -> usize {
        self.0.dictionaries.as_ref().map_or(text.len(), |dictionaries| dictionaries.open_from(text))
    }

    fn look_everywhere(&self, text: &str, role: Option<Role>) -> Scan {
        let scan = Scan { findings: Vec::new(), attack_score: 0.0, exhausted: false };
        let left = text.len().saturating_mul(VIEW_LENGTHS_MAX).saturating_add(self.0.config.decode_bytes_max);
        let mut sight = Sight { scan, left };
        self.look_at_text(text, None, role, View::Plain, &mut sight);
        if let Some(normal) = views::normalise(text) {
            self.look_at(&normal, role, View::Normalised, &mut sight);
            self.look_into(&normal.text, Some(&normal), role, &mut sight);
        }
        self.look_into(text, None, role, &mut sight);
        sight.scan
    }

    /// Everything encoded in a text, which may itself be a view.
    fn look_into(&self, text: &str, parent: Option<&Shape>, role: Option<Role>, sight: &mut Sight) {
        let decoded = views::decode(text, self.0.config.decode_depth, self.0.config.decode_bytes_max);
        sight.scan.exhausted |= decoded.exhausted;
        for shape in decoded.shapes {
            let shape = match parent {
                Some(parent) => shape.within(parent),
                None => shape,
            };
            self.look_at(&shape, role, View::Decoded, sight);
            if let Some(normal) = views::normalise(&shape.text) {
                self.look_at(&normal.within(&shape), role, View::Decoded, sight);
            }
        }
    }

    /// All detectors over a view; what they find points to the original.
    fn look_at(&self, shape: &Shape, role: Option<Role>, view: View, sight: &mut Sight) {
        if sight.affords(shape) {
            self.look_at_text(&shape.text, Some(shape), role, view, sight);
        }
    }

    /// A text and its other spellings. Answers (no role) are written by a model that was not asked to disguise anything,
    /// and flow on before a spelled-out word ends: they are read as they are.
    fn look_at_text(&self, text: &str, shape: Option<&Shape>, role: Option<Role>, view: View, sight: &mut Sight) {
        let hits = self.0.literals.hits(text);
        let mut things = self.things(text, &hits);
        let Some(role) = role else {
            point_back(&mut things, shape, view);
            sight.scan.findings.extend(things);
            return;
        };
        let readings = self.0.respell.readings(text);
        things.retain(|thing| !readings.part(&(thing.start..thing.end)));
        point_back(&mut things, shape, view);
        sight.scan.exhausted |= readings.exhausted;
        if readings.replaces {
            sight.scan.findings.extend(things);
        } else {
            self.judge(text, shape, (things, hits), role, view, &mut sight.scan);
        }
        for reading in readings.all {
            if !sight.affords(&reading.shape) {
                return;
            }
            let view = if view == View::Decoded { view } else { View::Normalised };
            let hits = self.0.literals.hits(&reading.shape.text);
            let things = self.things(&reading.shape.text, &hits).into_iter();
            let mut things: Vec<Finding> = things.flat_map(|thing| in_pieces(thing, &reading)).collect();
            let spelled = match shape {
                Some(shape) => reading.shape.within(shape),
                None => reading.shape,
            };
            point_back(&mut things, Some(&spelled), view);
            if reading.has_words {
                self.judge(&spelled.text, Some(&spelled), (things, hits), role, view, &mut sight.scan);
            } else {
                sight.scan.findings.extend(things);
            }
        }
    }

    /// What a text as a whole wants and is about, beside the things found in it.
    fn judge(
        &self,
        text: &str,
        shape: Option<&Shape>,
        (things, hits): (Vec<Finding>, Hits),
        role: Role,
        view: View,
        scan: &mut Scan,
    ) {
        let mut folded = fold(text);
        let hits = self.hits_of_folded(text, hits, &folded);
        if let Some(shape) = shape {
            folded = folded.within(shape);
        }
        scan.findings.extend(self.about(text, shape, &folded, &hits, &things, view));
        scan.findings.extend(things);
        let Some(attacks) = &self.0.attacks else { return };
        let judgement = attacks.judge(&folded, hits.of(List::Signals), role, view);
        scan.attack_score = scan.attack_score.max(judgement.score);
        scan.findings.extend(judgement.findings);
    }

    /// The hits in the folded text: those of the text itself when folding moved nothing.
    fn hits_of_folded(&self, text: &str, hits: Hits, folded: &Shape) -> Hits {
        if text.is_ascii() { hits } else { self.0.literals.hits(&folded.text) }
    }

    /// Classes of data and purposes.
    fn about(
        &self,
        text: &str,
        shape: Option<&Shape>,
        folded: &Shape,
        hits: &Hits,
        things: &[Finding],
        view: View,
    ) -> Vec<Finding> {
        let topics = self.0.topics.as_ref();
        let mut findings =
            topics.map_or_else(Vec::new, |topics| topics.find(folded, hits.of(List::Topics), things, view));
        if self.0.config.classes && self.0.config.wants(SOURCE_CODE, "SOURCE_CODE") {
            let origin = |span: Range<usize>| shape.map_or(span.clone(), |shape| shape.origin(span));
            findings.extend(code::find(text).into_iter().map(|span| source_code(origin(span), view)));
        }
        findings
    }

    /// Credentials, personal data and terms of dictionaries in one text, unmerged.
    fn things(&self, text: &str, hits: &Hits) -> Vec<Finding> {
        let mut findings = Vec::new();
        for group in hits.of(List::Credentials).chunk_by(|a, b| a.rule == b.rule) {
            let Some(rule) = group.first().and_then(|hit| self.0.rules.get(hit.rule)) else {
                continue;
            };
            let mut take = |span: Range<usize>| {
                let good = secrets::accept(text, rule, &span);
                if good {
                    findings.push(finding(rule, span));
                }
                good
            };
            if rule.prefix {
                group.iter().for_each(|hit| match_at(text, rule, hit.start, &mut take));
                continue;
            }
            for window in windows(text, group, rule.before, rule.after) {
                each_match(text, rule, &window, &mut take);
            }
        }
        if self.0.config.secrets && self.0.config.wants(PRIVATE_KEY, "PRIVATE_KEY") {
            findings
                .extend(pem::find(text).into_iter().filter(|block| block.real).map(|block| private_key(block.span)));
        }
        if let Some(personal) = &self.0.personal {
            personal.scan(text, &mut findings);
        }
        if let Some(dictionaries) = &self.0.dictionaries {
            dictionaries.find(text, &mut findings);
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

/// A finding in a reading as one of each of its pieces.
fn in_pieces(thing: Finding, reading: &Reading) -> impl Iterator<Item = Finding> {
    let pieces = reading.pieces(thing.start..thing.end).into_iter();
    pieces.map(move |piece| Finding { start: piece.start, end: piece.end, ..thing.clone() })
}

/// Moves findings in a shape to where the original holds them.
fn point_back(things: &mut [Finding], shape: Option<&Shape>, view: View) {
    let Some(shape) = shape else { return };
    for finding in things {
        let span = shape.origin(finding.start..finding.end);
        (finding.start, finding.end, finding.view) = (span.start, span.end, view);
    }
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
