//! What the annotations of a policy say about it: its name, its reason, what would make a forbidden request acceptable.
//!
//! An annotation that is unknown or does not fit is a mistake of the bundle. A mistyped `@remdy` or `@mode` must not
//! quietly change what a rule does.

use crate::known::{Words, advice};
use crate::selection::Selection;
use cedar_policy::{Effect, Policy};
use gnomon_types::ids::UpstreamName;

/// What a policy's annotations mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotations {
    pub(crate) id: String,
    pub(crate) reason: String,
    pub(crate) control: Option<String>,
    pub(crate) remedy: Option<Remedy>,
    pub(crate) mode: Mode,
    /// The rule answers for an inspection that ran out of its budget, in place of the built-in denial.
    pub(crate) covers_exhausted: bool,
}

/// What would make a forbidden request acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Replace these findings.
    Redact(Selection),
    /// Ask a person.
    Hold,
    /// Use another upstream.
    Reroute(UpstreamName),
}

/// Whether a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It counts.
    Enforce,
    /// It is recorded and does not count.
    Observe,
}

/// A mistake in one annotation: its name, what is wrong, how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) annotation: String,
    pub(crate) message: String,
    pub(crate) help: String,
}

const KNOWN: [&str; 8] = ["id", "reason", "control", "remedy", "redact", "mode", "covers", "doc"];

/// Reads a policy's annotations; all its mistakes at once.
pub(crate) fn read(policy: &Policy) -> Result<Annotations, Vec<Mistake>> {
    let mut mistakes: Vec<Mistake> = Vec::new();
    for (name, _) in policy.annotations() {
        if !KNOWN.contains(&name) {
            mistakes.push(mistake(
                name,
                format!("unknown annotation `@{name}`"),
                format!("use one of @{}", KNOWN.join(", @")),
            ));
        }
    }
    let mut kept = |result: Result<(), Mistake>| mistakes.extend(result.err());
    kept(check_id(policy));
    kept(check_reason(policy));
    kept(check_control(policy));
    kept(check_permit(policy));
    let remedy = read_remedy(policy);
    let mode = read_mode(policy);
    let covers = read_covers(policy);
    kept(remedy.as_ref().map(|_| ()).map_err(Clone::clone));
    kept(mode.as_ref().map(|_| ()).map_err(Clone::clone));
    kept(covers.as_ref().map(|_| ()).map_err(Clone::clone));
    match (remedy, mode, covers) {
        (Ok(remedy), Ok(mode), Ok(covers_exhausted)) if mistakes.is_empty() => Ok(Annotations {
            id: policy.annotation("id").unwrap_or_default().to_owned(),
            reason: policy.annotation("reason").unwrap_or_default().to_owned(),
            control: policy.annotation("control").map(str::to_owned),
            remedy,
            mode,
            covers_exhausted,
        }),
        _ => Err(mistakes),
    }
}

/// Names in the annotations that nothing and nobody has. What is not well written is told by [`read`].
pub(crate) fn unknown_names(policy: &Policy, words: &Words<'_>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if let Some(control) = policy.annotation("control") {
        let objection = words.objection_to_control(control);
        mistakes.extend(objection.map(|help| mistake("control", format!("`{control}` names no obligation"), help)));
    }
    let labels = policy.annotation("redact").unwrap_or_default().split(',').map(str::trim);
    let typed = labels.filter(|label| Selection::parse(label).is_ok() && label.contains('/'));
    let unknown: Vec<(&str, String)> =
        typed.filter_map(|label| words.objection_to_label(label).map(|help| (label, help))).collect();
    if let Some((_, help)) = unknown.first() {
        let listed: Vec<String> = unknown.iter().map(|(label, _)| format!("`{label}`")).collect();
        let message = format!("nothing is ever found as {}", listed.join(" or "));
        mistakes.push(mistake("redact", message, help.clone()));
    }
    let upstream = policy.annotation("remedy").and_then(|remedy| remedy.strip_prefix("reroute:"));
    if let (Some(upstream), Some(known)) = (upstream, &words.known.upstreams)
        && !known.contains(upstream)
    {
        let help = advice(upstream, known.iter().map(String::as_str));
        mistakes.push(mistake("remedy", format!("there is no upstream `{upstream}`"), help));
    }
    mistakes
}

fn check_id(policy: &Policy) -> Result<(), Mistake> {
    let id = policy.annotation("id").unwrap_or_default();
    match gnomon_types::ids::PolicyId::new(id) {
        Ok(_) => Ok(()),
        Err(_) if id.is_empty() => Err(mistake(
            "id",
            "a policy without `@id`".to_owned(),
            "give it a stable name, such as @id(\"secrets-never-leave\")".to_owned(),
        )),
        Err(invalid) => Err(mistake("id", invalid.to_string(), "choose a shorter or plainer name".to_owned())),
    }
}

fn check_reason(policy: &Policy) -> Result<(), Mistake> {
    let missing = policy.annotation("reason").unwrap_or_default().trim().is_empty();
    if policy.effect() == Effect::Forbid && missing {
        let help = "add @reason(\"...\"): the caller is shown this sentence".to_owned();
        return Err(mistake("reason", "a forbid without `@reason`".to_owned(), help));
    }
    Ok(())
}

/// `law:place`, so that compliance can count by it.
fn check_control(policy: &Policy) -> Result<(), Mistake> {
    let Some(control) = policy.annotation("control") else {
        return Ok(());
    };
    let fine = |half: &str| !half.is_empty() && !half.contains(char::is_whitespace);
    match control.split_once(':') {
        Some((law, place)) if fine(law) && fine(place) => Ok(()),
        _ => Err(mistake(
            "control",
            format!("`{control}` names no obligation"),
            "write law and place, such as @control(\"ai-act:26(5)\")".to_owned(),
        )),
    }
}

/// A permit neither needs a remedy nor can only observe: it would grant nothing.
fn check_permit(policy: &Policy) -> Result<(), Mistake> {
    let odd = ["remedy", "redact", "mode", "covers"].into_iter().find(|name| policy.annotation(name).is_some());
    match odd {
        Some(name) if policy.effect() == Effect::Permit => Err(mistake(
            name,
            format!("`@{name}` on a permit"),
            "only a forbid can have it; remove it or write a forbid".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn read_remedy(policy: &Policy) -> Result<Option<Remedy>, Mistake> {
    let redact = policy.annotation("redact");
    let Some(word) = policy.annotation("remedy") else {
        return match redact {
            None => Ok(None),
            Some(_) => Err(mistake(
                "redact",
                "`@redact` without `@remedy(\"redact\")`".to_owned(),
                "add the remedy".to_owned(),
            )),
        };
    };
    if redact.is_some() && word != "redact" {
        let help = "remove @redact or write @remedy(\"redact\")".to_owned();
        return Err(mistake("redact", format!("`@redact` with the remedy `{word}`"), help));
    }
    match (word, word.strip_prefix("reroute:")) {
        ("redact", _) => Ok(Some(Remedy::Redact(read_selection(redact)?))),
        ("hold", _) => Ok(Some(Remedy::Hold)),
        (_, Some(upstream)) => match UpstreamName::new(upstream) {
            Ok(upstream) => Ok(Some(Remedy::Reroute(upstream))),
            Err(invalid) => {
                Err(mistake("remedy", invalid.to_string(), "name an upstream: @remedy(\"reroute:local\")".to_owned()))
            }
        },
        _ => Err(mistake(
            "remedy",
            format!("unknown remedy `{word}`"),
            "use \"redact\", \"hold\" or \"reroute:UPSTREAM\"".to_owned(),
        )),
    }
}

fn read_selection(list: Option<&str>) -> Result<Selection, Mistake> {
    let Some(list) = list else {
        return Ok(Selection::personal_data());
    };
    Selection::parse(list).map_err(|entry| {
        let help = "list kinds or types, such as @redact(\"pii/EMAIL, pii/IBAN\") or @redact(\"pii\")".to_owned();
        mistake("redact", format!("`{entry}` names no finding"), help)
    })
}

fn read_mode(policy: &Policy) -> Result<Mode, Mistake> {
    match policy.annotation("mode") {
        None | Some("enforce") => Ok(Mode::Enforce),
        Some("observe") => Ok(Mode::Observe),
        Some(word) => {
            Err(mistake("mode", format!("unknown mode `{word}`"), "use \"observe\" or \"enforce\"".to_owned()))
        }
    }
}

fn read_covers(policy: &Policy) -> Result<bool, Mistake> {
    match policy.annotation("covers") {
        None => Ok(false),
        Some("exhausted") if policy.annotation("remedy") == Some("hold") => Ok(true),
        Some("exhausted") => Err(mistake(
            "covers",
            "`@covers(\"exhausted\")` without `@remedy(\"hold\")`".to_owned(),
            "without it such a request is denied, which needs no policy".to_owned(),
        )),
        Some(word) => {
            Err(mistake("covers", format!("nothing called `{word}` can be covered"), "use \"exhausted\"".to_owned()))
        }
    }
}

fn mistake(annotation: &str, message: String, help: String) -> Mistake {
    Mistake { annotation: annotation.to_owned(), message, help }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(annotations: &str, effect: &str) -> Result<Annotations, Vec<Mistake>> {
        read(&Policy::parse(None, format!("{annotations} {effect}(principal, action, resource);")).unwrap())
    }

    #[test]
    fn reads_each_remedy_and_mode() {
        let base = r#"@id("a") @reason("b")"#;
        for (more, remedy, mode) in [
            ("", None, Mode::Enforce),
            (r#"@remedy("hold")"#, Some(Remedy::Hold), Mode::Enforce),
            (r#"@remedy("redact") @mode("observe")"#, Some(Remedy::Redact(Selection::personal_data())), Mode::Observe),
            (
                r#"@remedy("redact") @redact("secret")"#,
                Some(Remedy::Redact(Selection::parse("secret").unwrap())),
                Mode::Enforce,
            ),
            (r#"@remedy("reroute:local")"#, Some(Remedy::Reroute(UpstreamName::new("local").unwrap())), Mode::Enforce),
        ] {
            let read = read_text(&format!("{base} {more}"), "forbid").unwrap();
            assert_eq!((read.remedy, read.mode), (remedy, mode), "{more}");
        }
    }

    #[test]
    fn refuses_what_would_quietly_mean_something_else() {
        for (annotations, effect, count) in [
            (r#"@id("a")"#, "forbid", 1),
            (r#"@reason("b")"#, "forbid", 1),
            ("", "forbid", 2),
            (r#"@id("a") @reason("b") @control("26(5)")"#, "forbid", 1),
            (r#"@id("a") @reason("b") @remdy("hold")"#, "forbid", 1),
            (r#"@id("a") @reason("b") @remedy("held") @mode("observ")"#, "forbid", 2),
            (r#"@id("a") @reason("b") @remedy("reroute:")"#, "forbid", 1),
            (r#"@id("a") @reason("b") @remedy("hold") @redact("pii")"#, "forbid", 1),
            (r#"@id("a") @reason("b") @redact("pii")"#, "forbid", 1),
            (r#"@id("a") @reason("b") @remedy("redact") @redact("email")"#, "forbid", 1),
            (r#"@id("a") @reason("b") @covers("exhausted")"#, "forbid", 1),
            (r#"@id("a") @mode("observe")"#, "permit", 1),
            (r#"@id("a b")"#, "permit", 1),
        ] {
            let mistakes = read_text(annotations, effect).unwrap_err();
            assert_eq!(mistakes.len(), count, "{annotations}: {mistakes:?}");
        }
    }
}
