//! `[judge]`: the model that is asked for a second opinion.

use super::forwarding::{KeyHeader, key_header};
use super::reader::{Located, Reader, Section};
use super::values::{checked_id, existing_file, flatten, secret};
use gnomon_gateway::Origin;
use gnomon_policy::{AnswerFormat, Band, JudgePrompt, JudgeTerms, OnJudgeFailure};
use gnomon_types::secret::Secret;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Longest name of a model; it stands in records.
const MODEL_BYTES_MAX: usize = 256;

/// Longest prompt file.
const PROMPT_BYTES_MAX: u64 = 64 * 1024;

/// A judge model.
#[derive(Debug, Clone)]
pub(crate) struct JudgeConfig {
    pub(crate) origin: Origin,
    pub(crate) prompt: JudgePrompt,
    pub(crate) terms: JudgeTerms,
    pub(crate) key: Option<Secret>,
    pub(crate) key_header: KeyHeader,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) connect: Duration,
    pub(crate) time_limit: Duration,
    pub(crate) concurrent_max: usize,
    pub(crate) remembered_max: usize,
}

/// `Some(None)` when no judge model is configured.
pub(super) fn read_judge(
    section: Section<'_>,
    reader: &Reader,
    attack_threshold: u32,
    listen: &[SocketAddr],
) -> Option<Option<JudgeConfig>> {
    let url = section.text("url");
    let model = section.text("model");
    let format = section.text("format").map(|found| format(&section, &found));
    let system = section.text("system").map(|found| found.value);
    let template = section.text("prompt").map(|found| prompt_file(reader, &found));
    let key = section.text("key").map(|found| secret(reader, &found));
    let key_header = section.text("key_header").map(|found| key_header(&section, &found));
    let ca_file = section.text("ca_file").map(|found| existing_file(reader, &found));
    let band = read_band(&section, reader, attack_threshold);
    let on_failure = section.text("on_failure").map(|found| on_failure(&section, &found));
    let text_bytes_max = read_text_max(&section, reader);
    let connect = section.duration("connect_timeout").unwrap_or(Duration::from_secs(1));
    let time_limit = read_time_limit(&section, reader);
    let count = |key, default, range| {
        section.number(key, range).and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
    };
    let concurrent_max = count("concurrent", 16, 1..=10_000);
    let remembered_max = count("remember", 10_000, 1..=1_000_000);
    let place = section.place();
    section.finish();
    let Some(url) = url else {
        if model.is_none() {
            return Some(None);
        }
        let help = "add `url = \"http://127.0.0.1:8000/v1\"`, where it answers; or leave `model` out".to_owned();
        reader.problem(&place, "[judge] lacks `url`", Some(help));
        return None;
    };
    let origin = checked_id(reader, &url, |url| Origin::parse(&url));
    if origin.as_ref().is_some_and(|origin| listen.iter().any(|address| leads_to(origin, *address))) {
        let help = "name the model's own server: through this gateway each question would be a request with questions";
        reader.problem(&url.place, "`url` of [judge] leads to this gateway itself", Some(help.to_owned()));
        return None;
    }
    let Some(model) = model.filter(|model| (1..=MODEL_BYTES_MAX).contains(&model.value.trim().len())) else {
        let help = "add `model = \"NAME\"`, as its server calls it, in at most 256 bytes".to_owned();
        reader.problem(&url.place, "[judge] lacks `model`", Some(help));
        return None;
    };
    let (format, template) = (flatten(format)?.unwrap_or(AnswerFormat::Json), flatten(template)?);
    // The template was looked at where it was read.
    let prompt = JudgePrompt::new(model.value, format, system, template.as_deref()).ok();
    Some(Some(JudgeConfig {
        origin: origin?,
        prompt: prompt?,
        terms: JudgeTerms {
            band: band?,
            text_bytes_max: text_bytes_max?,
            on_failure: flatten(on_failure)?.unwrap_or_default(),
        },
        key: flatten(key)?,
        key_header: flatten(key_header)?.unwrap_or(KeyHeader::Bearer),
        ca_file: flatten(ca_file)?,
        connect,
        time_limit: time_limit?,
        concurrent_max,
        remembered_max,
    }))
}

/// Whether a URL names an address that we listen on.
fn leads_to(origin: &Origin, listen: SocketAddr) -> bool {
    let host = if origin.host == "localhost" { Ok(IpAddr::from([127, 0, 0, 1])) } else { origin.host.parse() };
    let Ok(host): Result<IpAddr, _> = host else { return false };
    origin.port == listen.port() && (host == listen.ip() || listen.ip().is_unspecified() && host.is_loopback())
}

fn format(section: &Section<'_>, found: &Located<String>) -> Option<AnswerFormat> {
    let words: Vec<String> = AnswerFormat::ALL.iter().map(|format| format!("`{}`", format.as_str())).collect();
    let known = |text: &str| AnswerFormat::ALL.into_iter().find(|format| format.as_str() == text);
    section.parsed(found, &format!("one of {}", words.join(", ")), known)
}

fn on_failure(section: &Section<'_>, found: &Located<String>) -> Option<OnJudgeFailure> {
    section.parsed(found, "`deny`, `hold` or `allow-unjudged`", |text| match text {
        "deny" => Some(OnJudgeFailure::Deny),
        "hold" => Some(OnJudgeFailure::Hold),
        "allow-unjudged" => Some(OnJudgeFailure::AllowUnjudged),
        _ => None,
    })
}

/// Scores in thousandths, as `context.attack_score` has them. The band ends where the detectors are sure.
fn read_band(section: &Section<'_>, reader: &Reader, sure: u32) -> Option<Band> {
    let score =
        |key, default| section.number(key, 0..=1001).and_then(|number| u32::try_from(number).ok()).unwrap_or(default);
    let band = Band { from: score("from", 200.min(sure)), to: score("to", sure) };
    if band.from < band.to {
        return Some(band);
    }
    let message = format!("the band of [judge] is empty: `from` is {}, `to` is {}", band.from, band.to);
    let help = "texts with an attack score from `from` to below `to` are asked about, as `from = 200`, `to = 500`";
    reader.problem(&section.place(), message, Some(help.to_owned()));
    None
}

fn read_text_max(section: &Section<'_>, reader: &Reader) -> Option<usize> {
    let bytes = section.size("text_max").unwrap_or(16 << 10);
    if (1 << 10..=1 << 20).contains(&bytes) {
        return Some(bytes);
    }
    let help = "longer texts are asked about in pieces; a piece must fit the model's context".to_owned();
    reader.problem(&section.place(), "`text_max` of [judge] must be from 1KiB to 1MiB", Some(help));
    None
}

fn read_time_limit(section: &Section<'_>, reader: &Reader) -> Option<Duration> {
    let limit = section.duration("time_limit").unwrap_or(Duration::from_secs(3));
    if (Duration::from_millis(10)..=Duration::from_secs(120)).contains(&limit) {
        return Some(limit);
    }
    let help = "callers wait for it; after it `on_failure` says what happens".to_owned();
    reader.problem(&section.place(), "`time_limit` of [judge] must be from 10ms to 2m", Some(help));
    None
}

fn prompt_file(reader: &Reader, found: &Located<String>) -> Option<String> {
    let path = existing_file(reader, found)?;
    let problem = |message: String, help: Option<String>| {
        reader.problem(&found.place, message, help);
        None
    };
    if std::fs::metadata(&path).is_ok_and(|meta| meta.len() > PROMPT_BYTES_MAX) {
        return problem(format!("the prompt in `{}` is larger than {PROMPT_BYTES_MAX} bytes", found.value), None);
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return problem(format!("cannot read `{}`: {error}", found.value), None),
    };
    match JudgePrompt::new("", AnswerFormat::Json, None, Some(&text)) {
        Ok(_) => Some(text),
        Err(error) => {
            let help =
                "`{text}` is where the text goes; `{id}` is a number for this question, `{source}` says whose words";
            problem(format!("`{}`: {error}", found.value), Some(help.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Variables, parse};
    use super::*;

    fn read(judge: &str) -> Result<Config, String> {
        let base = "[[upstream]]\nname=\"u\"\nurl=\"http://h\"\n[[route]]\nname=\"r\"\nupstream=\"u\"\n[judge]\n";
        parse("gnomon.toml", &format!("{base}{judge}"), Variables::new()).map_err(|problems| problems.to_string())
    }

    #[test]
    fn without_url_and_model_there_is_none() {
        assert!(read("").unwrap().judge.is_none());
        assert!(read("from = 100\n").unwrap().judge.is_none());
    }

    #[test]
    fn a_model_and_where_it_answers_are_enough_and_failing_denies() {
        let judge = read("url = \"http://127.0.0.1:8000/v1\"\nmodel = \"guard\"\n").unwrap().judge.unwrap();
        assert_eq!((judge.prompt.model(), judge.prompt.format()), ("guard", AnswerFormat::Json));
        assert_eq!((judge.terms.on_failure, judge.terms.band), (OnJudgeFailure::Deny, Band { from: 200, to: 500 }));
        assert_eq!(judge.time_limit, Duration::from_secs(3));
        for format in AnswerFormat::ALL {
            let toml = format!("url = \"http://h\"\nmodel = \"m\"\nformat = \"{}\"\n", format.as_str());
            assert_eq!(read(&toml).unwrap().judge.unwrap().prompt.format(), format);
        }
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let good = "url = \"http://h\"\nmodel = \"m\"\n";
        for (toml, expected) in [
            ("url = \"http://h\"\n".to_owned(), "[judge] lacks `model`"),
            ("model = \"m\"\n".to_owned(), "[judge] lacks `url`"),
            (format!("{good}format = \"llama\"\n"), "`llama` is not one of `llama-guard`"),
            (format!("{good}on_failure = \"allow\"\n"), "`allow` is not `deny`, `hold` or `allow-unjudged`"),
            (format!("{good}from = 500\n"), "the band of [judge] is empty"),
            (format!("{good}from = 2000\n"), "`from` must be a whole number from 0 to 1001"),
            (format!("{good}time_limit = \"1h\"\n"), "`time_limit` of [judge] must be"),
            (format!("{good}text_max = \"5B\"\n"), "`text_max` of [judge] must be"),
            (format!("{good}key = \"abc\"\n"), "a secret must be a reference"),
            (format!("{good}prompt = \"no-such-file\"\n"), "file `no-such-file` does not exist"),
            (format!("{good}timelimit = \"3s\"\n"), "did you mean `time_limit`?"),
            ("url = \"http://127.0.0.1:8080/v1\"\nmodel = \"m\"\n".to_owned(), "leads to this gateway itself"),
            ("url = \"http://localhost:8080\"\nmodel = \"m\"\n".to_owned(), "leads to this gateway itself"),
            (format!("url = \"http://h\"\nmodel = \"{}\"\n", "m".repeat(257)), "in at most 256 bytes"),
            ("url = \"ftp://h\"\nmodel = \"m\"\n".to_owned(), "`ftp://h` is not an upstream URL"),
        ] {
            let shown = read(&toml).unwrap_err();
            assert!(shown.contains(expected) && shown.contains("gnomon.toml:"), "`{expected}` is missing in:\n{shown}");
        }
    }

    #[test]
    fn a_prompt_of_ones_own_must_have_a_place_for_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prompt.txt");
        let toml = format!("url = \"http://h\"\nmodel = \"m\"\nprompt = \"{}\"\n", path.display());
        std::fs::write(&path, "Judge this.").unwrap();
        assert!(read(&toml).unwrap_err().contains("must hold `{text}` exactly once"));
        std::fs::write(&path, "Judge this: {text}").unwrap();
        assert!(read(&toml).unwrap().judge.is_some());
    }
}
