//! What a judge model answered. Its words are as foreign as the text it was asked about: what is not exactly an opinion is
//! none, and of two readings the stricter counts.

use super::Opinion;
use serde::Deserialize;

/// How a judge model words its opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerFormat {
    /// `safe`, or `unsafe` with categories on the next line (Llama Guard).
    LlamaGuard,
    /// `Yes` or `No` to the question whether there is a risk (Granite Guardian, ShieldGemma).
    YesNo,
    /// `{"User Safety": "unsafe", ...}`, or the same in lines (Nemotron Safety Guard).
    Nemotron,
    /// `Safety: Unsafe` in the first line (Qwen3Guard).
    Qwen3Guard,
    /// `{"id": "...", "verdict": "safe"}`: what our own instructions ask any model for.
    Json,
}

impl AnswerFormat {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::LlamaGuard, Self::YesNo, Self::Nemotron, Self::Qwen3Guard, Self::Json];

    /// The word in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LlamaGuard => "llama-guard",
            Self::YesNo => "yes-no",
            Self::Nemotron => "nemotron",
            Self::Qwen3Guard => "qwen3guard",
            Self::Json => "json",
        }
    }
}

/// An answer that is no opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// The parts of a chat completion that matter. A key that stands twice is an error.
#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

/// Reads the body of a chat completion.
pub(super) fn opinion(format: AnswerFormat, body: &[u8], nonce: &str) -> Result<Opinion, Unreadable> {
    let completion: Completion = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let [choice] = completion.choices.as_slice() else { return Err(Unreadable) };
    let content = choice.message.content.as_deref().ok_or(Unreadable)?;
    let said = after_thinking(content).ok_or(Unreadable)?;
    match format {
        AnswerFormat::LlamaGuard => llama_guard(said),
        AnswerFormat::YesNo => yes_no(said),
        AnswerFormat::Nemotron => nemotron(said),
        AnswerFormat::Qwen3Guard => first_line_field(said, "safety"),
        AnswerFormat::Json => own(said, nonce),
    }
}

/// What follows the thoughts of a model that shows them. Thoughts without an end are no answer.
fn after_thinking(content: &str) -> Option<&str> {
    let content = content.trim();
    if !content.starts_with("<think>") {
        return Some(content);
    }
    content.rsplit_once("</think>").map(|(_, said)| said.trim())
}

fn llama_guard(said: &str) -> Result<Opinion, Unreadable> {
    let mut lines = said.lines().map(str::trim);
    match (lines.next(), lines.next()) {
        (Some("safe"), None) => Ok(Opinion::Safe),
        (Some("unsafe"), _) => Ok(Opinion::Unsafe),
        _ => Err(Unreadable),
    }
}

/// `Yes`, `No`, also inside `<score>`, also before `<confidence>High</confidence>`.
fn yes_no(said: &str) -> Result<Opinion, Unreadable> {
    let said = match said.split_once("<confidence>") {
        Some((said, rest)) if rest.trim_end().ends_with("</confidence>") => said.trim(),
        Some(_) => return Err(Unreadable),
        None => said,
    };
    let word = said.strip_prefix("<score>").and_then(|rest| rest.strip_suffix("</score>")).unwrap_or(said).trim();
    match word.strip_suffix('.').unwrap_or(word).to_ascii_lowercase().as_str() {
        "yes" => Ok(Opinion::Unsafe),
        "no" => Ok(Opinion::Safe),
        _ => Err(Unreadable),
    }
}

#[derive(Deserialize)]
struct NemotronAnswer {
    #[serde(rename = "User Safety")]
    user: String,
    #[serde(rename = "Response Safety")]
    response: Option<String>,
}

fn nemotron(said: &str) -> Result<Opinion, Unreadable> {
    if !said.starts_with(['{', '`']) {
        return first_line_field(said, "user safety");
    }
    let answer: NemotronAnswer = serde_json::from_str(unfenced(said)).map_err(|_| Unreadable)?;
    let user = word(&answer.user)?;
    // There is no response in the question; a model that sees one and objects to it objects.
    answer.response.as_deref().map_or(Ok(user), |response| Ok(word(response)?.max(user)))
}

/// The value of `NAME: value` in the first line; what else stands there are categories.
fn first_line_field(said: &str, name: &str) -> Result<Opinion, Unreadable> {
    let mut fields = said.lines().map(|line| line.split_once(':').unwrap_or((line, "")));
    let (first, value) = fields.next().ok_or(Unreadable)?;
    let is_field = |found: &str| found.trim().eq_ignore_ascii_case(name);
    // Said twice, it was said by two.
    if !is_field(first) || fields.any(|(found, _)| is_field(found)) {
        return Err(Unreadable);
    }
    word(value)
}

fn word(value: &str) -> Result<Opinion, Unreadable> {
    match value.trim().to_ascii_lowercase().as_str() {
        "safe" => Ok(Opinion::Safe),
        "unsafe" | "controversial" => Ok(Opinion::Unsafe),
        _ => Err(Unreadable),
    }
}

/// Our own format. The number of this question must be in it, so that an answer which was prepared in the text does not
/// count when the model merely repeats it.
fn own(said: &str, nonce: &str) -> Result<Opinion, Unreadable> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Own {
        id: String,
        verdict: String,
    }
    let answer: Own = serde_json::from_str(unfenced(said)).map_err(|_| Unreadable)?;
    if answer.id != nonce {
        return Err(Unreadable);
    }
    word(&answer.verdict)
}

/// The inside of a fenced block, which chat models put around JSON.
fn unfenced(said: &str) -> &str {
    let inside = said.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inside.map_or(said, |inside| inside.strip_prefix("json").unwrap_or(inside).trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const NONCE: &str = "n1";

    fn read(format: AnswerFormat, said: &str) -> Option<Opinion> {
        let body = serde_json::json!({"id": "c", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}]});
        opinion(format, body.to_string().as_bytes(), NONCE).ok()
    }

    #[test]
    fn reads_what_each_family_of_models_says() {
        use AnswerFormat::{Json, LlamaGuard, Nemotron, Qwen3Guard, YesNo};
        let (safe, objects) = (Some(Opinion::Safe), Some(Opinion::Unsafe));
        for (format, said, expected) in [
            (LlamaGuard, "safe", safe),
            (LlamaGuard, "\n\nsafe\n", safe),
            (LlamaGuard, "unsafe\nS1,S14", objects),
            (LlamaGuard, "unsafe", objects),
            (YesNo, "No", safe),
            (YesNo, "Yes", objects),
            (YesNo, "yes.", objects),
            (YesNo, "<score> no </score>", safe),
            (YesNo, "<think>It asks\nfor nothing.</think>\n<score>yes</score>", objects),
            (YesNo, "No\n<confidence> High </confidence>", safe),
            (Nemotron, r#"{"User Safety": "safe"}"#, safe),
            (Nemotron, r#"{"User Safety":"unsafe","Response Safety":"safe","Safety Categories":"Violence"}"#, objects),
            (Nemotron, r#"{"User Safety":"safe","Response Safety":"unsafe"}"#, objects),
            (Nemotron, "User Safety: unsafe\nSafety Categories: Violence, Threat", objects),
            (Nemotron, "User Safety: safe", safe),
            (Qwen3Guard, "Safety: Safe\nCategories: None", safe),
            (Qwen3Guard, "Safety: Unsafe\nCategories: Jailbreak", objects),
            (Qwen3Guard, "Safety: Controversial\nCategories: Politics", objects),
            (Json, r#"{"id":"n1","verdict":"safe"}"#, safe),
            (Json, r#"{"verdict":"unsafe","id":"n1"}"#, objects),
            (Json, "```json\n{\"id\":\"n1\",\"verdict\":\"safe\"}\n```", safe),
            (Json, "<think>Hm. </think> {\"id\":\"n1\",\"verdict\":\"unsafe\"}", objects),
        ] {
            assert_eq!(read(format, said), expected, "{format:?} {said}");
        }
    }

    #[test]
    fn what_is_not_exactly_an_opinion_is_none() {
        for said in [
            "",
            "SAFE!",
            "The text is safe.",
            "safe\nunsafe",
            "safe\nS1",
            "not unsafe",
            "<think>safe",
            "<think>unsafe</think>",
            "<confidence>No",
            "yes and no",
            "Safety: none",
            "Safety: Safe\nSafety: Unsafe",
            "User Safety: safe\nUser Safety: unsafe",
            "User Safety: maybe",
            r#"{"User Safety": "safe", "User Safety": "unsafe"}"#,
            r#"{"User Safety": ["safe"]}"#,
            r#"{"verdict":"safe"}"#,
            r#"{"id":"n2","verdict":"safe"}"#,
            r#"{"id":"n1","verdict":"safe","verdict":"unsafe"}"#,
            r#"{"id":"n1","verdict":"safe","note":"x"}"#,
            r#"{"id":"n1","verdict":"safe"} {"id":"n1","verdict":"unsafe"}"#,
            r#"[{"id":"n1","verdict":"safe"}]"#,
            "null",
        ] {
            for format in AnswerFormat::ALL {
                assert_eq!(read(format, said), None, "{format:?} {said}");
            }
        }
    }

    #[test]
    fn a_completion_is_one_choice_with_text() {
        let good = r#"{"choices":[{"message":{"content":"safe"}}]}"#;
        assert_eq!(opinion(AnswerFormat::LlamaGuard, good.as_bytes(), NONCE), Ok(Opinion::Safe));
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        for bad in [
            "",
            "safe",
            "<html>safe</html>",
            "{}",
            r#"{"choices":[]}"#,
            r#"{"choices":[{"message":{"content":null}}]}"#,
            r#"{"choices":[{"message":{"content":["safe"]}}]}"#,
            r#"{"choices":[{"message":{"content":"safe"}},{"message":{"content":"unsafe"}}]}"#,
            r#"{"choices":[{"message":{"content":"unsafe","content":"safe"}}]}"#,
            r#"{"error":{"message":"safe"}}"#,
            deep.as_str(),
        ] {
            assert_eq!(opinion(AnswerFormat::LlamaGuard, bad.as_bytes(), NONCE), Err(Unreadable), "{bad:.60}");
        }
    }

    #[test]
    fn every_format_has_a_word_of_its_own() {
        let words: BTreeMap<&str, AnswerFormat> = AnswerFormat::ALL.into_iter().map(|f| (f.as_str(), f)).collect();
        assert_eq!(words.len(), AnswerFormat::ALL.len());
    }
}
