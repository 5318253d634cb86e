//! The model a request names in its path: Gemini, Vertex, Azure OpenAI and Bedrock put it there.

/// Such as `gemini-2.5-pro` in `/v1beta/models/gemini-2.5-pro:generateContent`.
pub(crate) fn in_path(path: &str) -> Option<&str> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let name = after(path, "/models/").and_then(|rest| rest.split_once(':')).map(|(name, _verb)| name);
    let name = name.or_else(|| after(path, "/openai/deployments/").and_then(first_segment));
    let name = name.or_else(|| {
        let rest = after(path, "/model/")?;
        let (name, verb) = rest.split_once('/')?;
        (verb.starts_with("invoke") || verb.starts_with("converse")).then_some(name)
    })?;
    let sane = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/@%".contains(&byte);
    ((1..=120).contains(&name.len()) && name.bytes().all(sane)).then_some(name)
}

fn after<'a>(path: &'a str, marker: &str) -> Option<&'a str> {
    path.split_once(marker).map(|(_, rest)| rest)
}

fn first_segment(rest: &str) -> Option<&str> {
    rest.split_once('/').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_model_where_the_api_puts_it() {
        for (path, model) in [
            ("/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", Some("gemini-2.5-pro")),
            ("/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-flash:predict", Some("gemini-2.5-flash")),
            ("/openai/deployments/gpt-4o-eu/chat/completions?api-version=x", Some("gpt-4o-eu")),
            ("/model/eu.anthropic.claude-sonnet-4/converse", Some("eu.anthropic.claude-sonnet-4")),
            ("/v1/models", None),
            ("/model/car/photos", None),
            ("/v1/chat/completions", None),
        ] {
            assert_eq!(in_path(path), model, "{path}");
        }
    }
}
