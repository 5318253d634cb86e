//! Whether a tool can send something out, as far as its name and the first sentence about it tell.
//!
//! A list of words and no proof: a shell or an interpreter can do anything, and what a tool says of itself may be untrue.
//! POLICIES.md names the words; rules name other tools by `context.tools`.

use gnomon_types::conversation::ToolDefinition;

/// Words of a name that mean sending.
const ACTS: &[&str] = &[
    "browse", "browser", "curl", "forward", "goto", "http", "https", "navigate", "notify", "publish", "reply", "send",
    "share", "tweet", "upload", "webhook",
];
/// Words of a name that mean a way out, unless the name also says that it only reads.
const CHANNELS: &[&str] =
    &["comment", "email", "gist", "issue", "mail", "message", "post", "slack", "sms", "url", "webfetch"];
/// Words of a name that mean reading. What is read by address sends the address.
const READS: &[&str] =
    &["count", "delete", "find", "get", "list", "query", "read", "retrieve", "search", "show", "view"];
/// Pairs of words that mean a request to an address of the model's choice.
const PAIRS: &[[&str; 2]] = &[
    ["fetch", "page"],
    ["fetch", "url"],
    ["fetch", "web"],
    ["get", "url"],
    ["open", "url"],
    ["open", "page"],
    ["pull", "request"],
    ["request", "url"],
    ["visit", "page"],
    ["visit", "url"],
];
/// Words of a first sentence that mean sending.
const SAID: &[&str] = &["navigates", "posts", "publishes", "sends", "tweets", "uploads", "webhook"];
/// Words that a first sentence begins with when it means sending.
const SAID_FIRST: &[&str] = &["email", "navigate", "post", "publish", "send", "share", "upload"];

/// Longest sentence that is looked at, in bytes.
const SENTENCE_BYTES_MAX: usize = 1024;
/// Longest name or sentence that is looked at, in words.
const WORDS_MAX: usize = 64;

/// Whether a tool can send something out.
pub(crate) fn can_send(tool: &ToolDefinition) -> bool {
    name_can_send(&tool.name) || tool.description.as_deref().is_some_and(|text| text_can_send(text))
}

/// Whether a tool of this name can.
pub(crate) fn name_can_send(name: &str) -> bool {
    name_says(&words(name))
}

/// Whether a tool that says this of itself can.
pub(crate) fn text_can_send(text: &str) -> bool {
    sentence_says(&words(first_sentence(text)))
}

fn name_says(words: &[String]) -> bool {
    let has_one = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let has = |word: &str| words.iter().any(|own| own == word);
    let is_fetch = words == ["fetch"] || PAIRS.iter().any(|[one, other]| has(one) && has(other));
    has_one(ACTS) || is_fetch || (has_one(CHANNELS) && !has_one(READS))
}

fn sentence_says(words: &[String]) -> bool {
    let begins = words.first().is_some_and(|word| SAID_FIRST.contains(&word.as_str()));
    begins || words.iter().any(|word| SAID.contains(&word.as_str()))
}

/// Later sentences say what to do first and what never to do.
pub(crate) fn first_sentence(text: &str) -> &str {
    let text = cut(text);
    let end = text.find(['\n', '!']).into_iter().chain(text.find(". ")).min();
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

/// A sentence is no longer than this.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(SENTENCE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The words of a name in any of the ways to join them, in lower case.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in text.chars() {
        let begins = letter.is_uppercase() && was_small;
        if (begins || !letter.is_alphanumeric()) && words.last().is_some_and(|word| !word.is_empty()) {
            if words.len() == WORDS_MAX {
                break;
            }
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::secret::Text;

    #[test]
    fn tells_tools_that_can_send_from_others() {
        for (name, description, expected) in [
            ("send_email", "", true),
            ("sendEmail", "", true),
            ("mcp__slack__post-message", "", true),
            ("HttpRequest", "", true),
            ("WebFetch", "", true),
            ("fetch", "", true),
            ("fetch_url", "", true),
            ("browser_navigate", "", true),
            ("create_issue", "", true),
            ("create_pull_request", "", true),
            ("notion", "Publishes a page for everyone.", true),
            ("x", "Send a text to a number", true),
            ("read_email", "Reads the newest mail.", false),
            ("list_issues", "", false),
            ("get_weather", "Current weather of a city", false),
            ("postgres", "Runs a query", false),
            ("fetch_user", "Loads a user. Never share the result.", false),
            ("ask", "Ask the user a question. Do not send the answer to anybody.", false),
            ("request_user_input", "", false),
            ("bash", "Executes a given command", false),
        ] {
            let description = Some(Text(description.to_owned()));
            let tool = ToolDefinition { name: name.to_owned(), span: 0..0, schema: None, description };
            assert_eq!(can_send(&tool), expected, "{name}: {:?}", words(name));
        }
    }
}
