//! Reads and checks a bundle of policy files: syntax, annotations, schema, words. All mistakes at once, each with its place.

use crate::annotations::{self, Mistake, Remedy};
use crate::error::{LoadError, LoadErrors};
use crate::facts::Action;
use crate::known::{Known, Words};
use crate::lint;
use crate::scope::{Names, action_matches};
use crate::shipped::SCHEMA;
use crate::snapshot::{AsksAbout, Inner, Rule};
use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use gnomon_detect::{Config, Plan, PlanError};
use gnomon_types::digest::Digest;
use miette::Diagnostic;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its name, as errors and pages show it.
    pub name: String,
    /// Its Cedar text.
    pub text: String,
}

/// One policy in its file, before its annotations are known to be right.
struct Statement {
    policy: Policy,
    text: String,
    start: usize,
}

/// Checks a bundle and joins it with detectors; mistakes of both at once.
pub(crate) fn load(files: &[PolicyFile], plan: Result<Plan, PlanError>, known: &Known) -> Result<Inner, LoadErrors> {
    let words = Words { known, labels: plan.as_ref().ok().map(Plan::labels) };
    let checked = check(files, &words);
    match (checked, plan) {
        (Ok((schema, names, rules)), Ok(plan)) => {
            Ok(Inner::new(digest(files, plan.config()), plan, schema, names, rules))
        }
        (checked, plan) => {
            let mut errors = checked.err().unwrap_or_default();
            errors.extend(plan.err().map(|error| nowhere("detector configuration", error.to_string())));
            Err(LoadErrors(errors))
        }
    }
}

type Checked = (Schema, Names, BTreeMap<String, Arc<Rule>>);

fn check(files: &[PolicyFile], words: &Words<'_>) -> Result<Checked, Vec<LoadError>> {
    let own = |message: String| vec![nowhere("schema.cedarschema", message)];
    let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(|error| own(error.to_string()))?;
    let names = Names::new().map_err(own)?;
    let validator = Validator::new(schema.clone());
    let mut rules: BTreeMap<String, Arc<Rule>> = BTreeMap::new();
    let mut errors = Vec::new();
    for file in files {
        let statements = match statements(file) {
            Ok(statements) => statements,
            Err(mut mistakes) => {
                errors.append(&mut mistakes);
                continue;
            }
        };
        check_schema(file, &statements, &validator, &mut errors);
        for statement in statements {
            check_words(file, &statement, words, &mut errors);
            check_statement(file, statement, &names, &mut rules, &mut errors);
        }
    }
    if errors.is_empty() {
        return Ok((schema, names, rules));
    }
    errors.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    // Cedar says the same once for each action that a rule judges; one mistake at a place is enough.
    errors.dedup_by(|later, first| (&later.file, later.line, later.column) == (&first.file, first.line, first.column));
    Err(errors)
}

/// A mistake that stands in no policy file.
fn nowhere(file: &str, message: String) -> LoadError {
    LoadError::at(file, "", 0..0, message, None)
}

/// Splits a file into its policies, in the order of the text.
fn statements(file: &PolicyFile) -> Result<Vec<Statement>, Vec<LoadError>> {
    let set = PolicySet::from_str(&file.text)
        .map_err(|errors| errors.iter().map(|error| from_diagnostic(file, error, 0..1)).collect::<Vec<_>>())?;
    if let Some(template) = set.templates().next() {
        let span = find(file, &template.to_cedar(), 0);
        let help = Some("write the policy out; slots such as `?principal` are not used here".to_owned());
        return Err(vec![LoadError::at(&file.name, &file.text, span, "a policy template".to_owned(), help)]);
    }
    let mut policies: Vec<Policy> = set.policies().cloned().collect();
    // Cedar numbers them `policy0`, `policy1` ... in the order of the text.
    policies.sort_by_key(|policy| number(policy.id()));
    let mut at = 0;
    let mut statements = Vec::with_capacity(policies.len());
    for policy in policies {
        let text = policy.to_cedar().unwrap_or_default();
        let span = find(file, &text, at);
        at = span.end;
        statements.push(Statement { policy, text, start: span.start });
    }
    Ok(statements)
}

fn number(id: &PolicyId) -> usize {
    AsRef::<str>::as_ref(id).trim_start_matches("policy").parse().unwrap_or(usize::MAX)
}

/// Where a text stands in a file, from an offset on.
fn find(file: &PolicyFile, text: &str, from: usize) -> Range<usize> {
    let rest = file.text.get(from..).unwrap_or_default();
    let start = from + rest.find(text).unwrap_or(0);
    start..start + text.len()
}

/// Cedar's validator in strict mode. Its warnings count: a rule that can never apply protects nothing.
fn check_schema(file: &PolicyFile, statements: &[Statement], validator: &Validator, errors: &mut Vec<LoadError>) {
    for statement in statements {
        let mut set = PolicySet::new();
        let id = statement.policy.annotation("id").unwrap_or("(without id)").to_owned();
        if set.add(statement.policy.new_id(PolicyId::new(id))).is_err() {
            continue;
        }
        let result = validator.validate(&set, ValidationMode::Strict);
        let whole = statement.start..statement.start + statement.text.len();
        if result.validation_passed() {
            errors.extend(result.validation_warnings().map(|warning| from_diagnostic(file, warning, whole.clone())));
        } else {
            // What follows from an error (no action fits, the rule is impossible) is no news beside it.
            errors.extend(result.validation_errors().map(|error| from_diagnostic(file, error, whole.clone())));
        }
    }
}

fn check_statement(
    file: &PolicyFile,
    statement: Statement,
    names: &Names,
    rules: &mut BTreeMap<String, Arc<Rule>>,
    errors: &mut Vec<LoadError>,
) {
    let mut report = |mistake: Mistake| errors.push(at_annotation(file, &statement, mistake));
    let annotations = match annotations::read(&statement.policy) {
        Ok(annotations) => annotations,
        Err(mistakes) => {
            mistakes.into_iter().for_each(&mut report);
            return;
        }
    };
    if let Some(mistake) = unfit_for_answers(&statement.policy, annotations.remedy.as_ref(), names) {
        report(mistake);
    }
    if let Some(twin) = rules.get(&annotations.id) {
        let message = format!("`{}` is already the id of a policy in {}:{}", annotations.id, twin.file, twin.line);
        report(Mistake { annotation: "id".to_owned(), message, help: "give each policy its own id".to_owned() });
    }
    let line = LoadError::at(&file.name, &file.text, statement.start..statement.start, String::new(), None).line;
    let policy = statement.policy.new_id(PolicyId::new(&annotations.id));
    let rule = Rule {
        effect: policy.effect(),
        asks_about: AsksAbout::of(&policy),
        policy,
        text: statement.text,
        file: file.name.clone(),
        line,
        annotations,
    };
    rules.insert(rule.annotations.id.clone(), Arc::new(rule));
}

/// Words and numbers that can never hold, names of what does not exist.
fn check_words(file: &PolicyFile, statement: &Statement, words: &Words<'_>, errors: &mut Vec<LoadError>) {
    // The same word may stand in an annotation before.
    let head = statement.text.find("(principal").unwrap_or(0);
    for odd in lint::oddities(&statement.policy, words) {
        let within = statement.text.get(head..).and_then(|rest| rest.find(&odd.written)).map_or(0, |at| head + at);
        let start = statement.start + within;
        errors.push(LoadError::at(
            &file.name,
            &file.text,
            start..start + odd.written.len(),
            odd.message,
            Some(odd.help),
        ));
    }
    errors.extend(
        annotations::unknown_names(&statement.policy, words)
            .into_iter()
            .map(|mistake| at_annotation(file, statement, mistake)),
    );
}

/// An answer cannot be held or sent elsewhere, so a rule with such a remedy must speak about requests only.
fn unfit_for_answers(policy: &Policy, remedy: Option<&Remedy>, names: &Names) -> Option<Mistake> {
    let word = match remedy? {
        Remedy::Redact(_) => return None,
        Remedy::Hold => "held",
        Remedy::Reroute(_) => "sent to another upstream",
    };
    let concerns = |action| action_matches(policy, &names.action(action));
    let concerns_answers =
        policy.effect() == Effect::Forbid && (concerns(Action::Receive) || concerns(Action::Restore));
    concerns_answers.then(|| Mistake {
        annotation: "remedy".to_owned(),
        message: format!("this rule also judges answers, and an answer cannot be {word}"),
        help: "write `action == Gnomon::Action::\"send\"` in its head".to_owned(),
    })
}

fn at_annotation(file: &PolicyFile, statement: &Statement, mistake: Mistake) -> LoadError {
    let name = format!("@{}", mistake.annotation);
    let (start, width) = match statement.text.find(&name) {
        Some(within) => (statement.start + within, name.len()),
        None => (statement.start, first_line(&statement.text)),
    };
    LoadError::at(&file.name, &file.text, start..start + width, mistake.message, Some(mistake.help))
}

fn first_line(text: &str) -> usize {
    text.lines().next().unwrap_or_default().len()
}

/// Cedar's own message, at the place that its first label names.
fn from_diagnostic<D: Diagnostic>(file: &PolicyFile, error: &D, otherwise: Range<usize>) -> LoadError {
    let label = error.labels().and_then(|mut labels| labels.next());
    let span = label.as_ref().map_or(otherwise, |label| label.offset()..label.offset() + label.len().max(1));
    let detail = label.as_ref().and_then(|label| label.label()).map(str::to_owned);
    let help = error.help().map(|help| help.to_string()).or(detail);
    LoadError::at(&file.name, &file.text, span, error.to_string(), help)
}

/// SHA-256 over everything that decides, lengths included so that no two bundles read alike.
fn digest(files: &[PolicyFile], detect: &Config) -> Digest {
    let mut sorted: Vec<&PolicyFile> = files.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    add("gnomon policy bundle 1");
    add(env!("CARGO_PKG_VERSION"));
    add(SCHEMA);
    add(&serde_json::to_string(detect).unwrap_or_default());
    for file in sorted {
        add(&file.name);
        add(&file.text);
    }
    Digest(hash.finalize().into())
}
