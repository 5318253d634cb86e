//! Whether a tool can send something out, as far as its name and the first sentence about it tell.
//!
//! A list of words and no proof: a shell or an interpreter can do anything, and what a tool says of itself may be untrue.
//! POLICIES.md names the words; rules name other tools by `context.tools`.

use super::tongues;
use gnomon_types::conversation::ToolDefinition;

/// Names of what takes whatever it is given to others, in full.
const WHOLE: &[&[&str]] = &[
    // A screen with a browser on it, and servers that the provider asks on the model's behalf.
    &["computer"],
    &["computer", "use"],
    &["computer", "use", "preview"],
    &["fetch"],
    &["mcp"],
];
/// Words of a name that mean sending.
const ACTS: &[&str] = &[
    "announce",
    "broadcast",
    "browse",
    "browser",
    "crawl",
    "curl",
    "dispatch",
    "forward",
    "goto",
    "http",
    "https",
    "invite",
    "mailto",
    "navigate",
    "notify",
    "publish",
    "reply",
    "scrape",
    "send",
    "share",
    "submit",
    "sync",
    "transmit",
    "tweet",
    "upload",
    "webhook",
    "wget",
];
/// Words of a name that mean a way out, unless the name also says that it only reads.
const CHANNELS: &[&str] = &[
    "bluesky",
    "comment",
    "discord",
    "email",
    "facebook",
    "fax",
    "ftp",
    "gist",
    "gmail",
    "imessage",
    "instagram",
    "issue",
    "linkedin",
    "mail",
    "mailchimp",
    "mailgun",
    "mastodon",
    "mattermost",
    "message",
    "messenger",
    "mms",
    "outlook",
    "pagerduty",
    "pastebin",
    "post",
    "push",
    "reddit",
    "rsync",
    "scp",
    "sendgrid",
    "sftp",
    "slack",
    "sms",
    "smtp",
    "teams",
    "telegram",
    "twilio",
    "twitter",
    "url",
    "viber",
    "webfetch",
    "wechat",
    "whatsapp",
    "zapier",
];
/// Words of a name that mean reading. What is read by address sends the address.
const READS: &[&str] =
    &["count", "delete", "find", "get", "list", "query", "read", "retrieve", "search", "show", "view"];
/// Words that mean an address of the model's choice, and those that mean asking for what is there.
const ADDRESSES: &[&str] = &["uri", "url", "urls", "web", "webpage", "webpages", "website", "websites"];
const ASKS: &[&str] = &[
    "call",
    "download",
    "extract",
    "fetch",
    "get",
    "load",
    "open",
    "parse",
    "ping",
    "read",
    "request",
    "retrieve",
    "summarise",
    "summarize",
    "view",
    "visit",
];
/// Pairs of words that mean the same, or putting something where others see it.
const PAIRS: &[[&str; 2]] = &[
    ["add", "attendee"],
    ["add", "collaborator"],
    ["add", "member"],
    ["create", "event"],
    ["create", "invite"],
    ["create", "meeting"],
    ["fetch", "page"],
    ["fill", "form"],
    ["google", "form"],
    ["grant", "access"],
    ["open", "page"],
    ["pull", "request"],
    ["put", "blob"],
    ["put", "object"],
    ["schedule", "meeting"],
    ["update", "event"],
    ["visit", "page"],
    ["write", "blob"],
];
/// Words of a first sentence that mean sending.
const SAID: &[&str] = &[
    "broadcasts",
    "emails",
    "forwards",
    "invites",
    "navigates",
    "notifies",
    "posts",
    "publishes",
    "pushes",
    "sends",
    "submits",
    "transmits",
    "tweets",
    "uploads",
    "webhook",
];
/// Words that a first sentence begins with when it means sending.
const SAID_FIRST: &[&str] = &[
    "broadcast",
    "email",
    "forward",
    "invite",
    "navigate",
    "notify",
    "post",
    "publish",
    "push",
    "reply",
    "send",
    "share",
    "submit",
    "transmit",
    "upload",
];

/// Longest sentence that is looked at, in bytes.
const SENTENCE_BYTES_MAX: usize = 1024;
/// Longest name or sentence that is looked at, in words.
const WORDS_MAX: usize = 64;

/// Whether a tool can send something out.
pub(crate) fn can_send(tool: &ToolDefinition) -> bool {
    name_can_send(&tool.name) || tool.description.as_deref().is_some_and(text_can_send)
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
    let is_whole = WHOLE.iter().any(|name| words == *name);
    let is_pair = PAIRS.iter().any(|[one, other]| has(one) && has(other));
    let asks_address = has_one(ASKS) && has_one(ADDRESSES);
    let is_tongue = words.iter().any(|word| tongues::means_sending(word));
    has_one(ACTS) || is_whole || is_pair || asks_address || is_tongue || (has_one(CHANNELS) && !has_one(READS))
}

fn sentence_says(words: &[String]) -> bool {
    let begins = words.first().is_some_and(|word| SAID_FIRST.contains(&word.as_str()));
    begins || words.iter().any(|word| SAID.contains(&word.as_str()) || tongues::means_sending(word))
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
            ("git_push", "", true),
            ("create_calendar_event", "", true),
            ("list_calendar_events", "", false),
            ("invite_user", "", true),
            ("put_object", "", true),
            ("get_object", "", false),
            ("telegram", "", true),
            ("whatsappMessage", "", true),
            ("post_to_discord", "", true),
            ("read_discord_messages", "", false),
            ("submit_form", "", true),
            ("transmit", "", true),
            ("broadcast", "", true),
            ("read_url", "", true),
            ("fetch_webpage", "", true),
            ("list_urls", "", false),
            ("computer", "", true),
            ("computer_use_preview", "", true),
            ("get_computer_name", "", false),
            ("mcp", "", true),
            ("sende_nachricht", "", true),
            ("nachrichtSenden", "", true),
            ("sendungen_suchen", "", false),
            ("enviar_correo", "", true),
            ("leer_correo", "", false),
            ("envoyer_un_courriel", "", true),
            ("environnement", "", false),
            ("invia_messaggio", "", true),
            ("wyślij_wiadomość", "", true),
            ("отправить_письмо", "", true),
            ("найти_письмо", "", false),
            ("发送邮件", "", true),
            ("メール送信", "", true),
            ("메일_보내기", "", true),
            ("arama", "Verilen adrese e-posta gönderir", true),
            ("suche", "Sucht Tickets. Sendet nie etwas.", false),
            ("bash", "Executes a given command", false),
        ] {
            let description = Some(Text(description.to_owned()));
            let tool = ToolDefinition { name: name.to_owned(), span: 0..0, schema: None, description };
            assert_eq!(can_send(&tool), expected, "{name}: {:?}", words(name));
        }
    }
}
