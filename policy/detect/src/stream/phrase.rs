//! Values of several small words, as any other words are: recovery phrases, and passwords for programs. Only the name before
//! them tells.

use crate::patterns::before;

/// Names of recovery phrases, as their rule knows them.
const PHRASES: [&str; 12] = [
    "mnemonic",
    "seed phrase",
    "seed words",
    "recovery phrase",
    "recovery words",
    "secret phrase",
    "backup phrase",
    "wallet phrase",
    "seed_phrase",
    "recovery_phrase",
    "backup words",
    "seedphrase",
];
/// More words has no recovery phrase.
const PHRASE_WORDS_MAX: usize = 24;
/// A phrase with its name is no longer.
const PHRASE_BYTES_MAX: usize = 320;

/// Names of passwords for programs: of four groups, of four letters each.
const APPS: [&str; 11] = [
    "app password",
    "app-password",
    "app_password",
    "apppassword",
    "application",
    "specific",
    "passwort",
    "host",
    "smtp",
    "mail",
    "google",
];
const GROUPS: usize = 4;
/// Name, sign and groups are no longer.
const APP_BYTES_MAX: usize = 72;
const GROUP_BYTES: usize = 4;

/// Verbs between a name and its value.
const VERBS: [&str; 4] = ["is", "ist", "est", "es"];

/// Where the words begin that may go on behind the end of the text.
pub(super) fn open_in(text: &str) -> Option<usize> {
    let tail = |bytes: usize| before(text, text.len(), bytes).to_ascii_lowercase();
    let (phrase, app) = (tail(PHRASE_BYTES_MAX), tail(APP_BYTES_MAX));
    let is_phrase = |words: &[&str]| words.len() <= PHRASE_WORDS_MAX;
    let are_groups = |words: &[&str]| {
        let (last, whole) = words.split_last().unwrap_or((&"", &[]));
        words.len() <= GROUPS && last.len() <= GROUP_BYTES && whole.iter().all(|word| word.len() == GROUP_BYTES)
    };
    let phrase = words_in(&phrase, &PHRASES, is_phrase).map(|at| text.len() - phrase.len() + at);
    let app = words_in(&app, &APPS, are_groups).map(|at| text.len() - app.len() + at);
    phrase.into_iter().chain(app).min()
}

/// Where the words behind the last of these names begin, if they are small and fit.
fn words_in(low: &str, names: &[&str], fit: impl Fn(&[&str]) -> bool) -> Option<usize> {
    let name = names.iter().filter_map(|name| low.rfind(name).map(|at| at + name.len())).max()?;
    let behind = low.get(name..)?;
    let verb = || {
        let words = behind.split_inclusive([' ', '\t']);
        words
            .scan(0, |end, word| {
                *end += word.len();
                Some((*end, word))
            })
            .find(|(_, word)| VERBS.contains(&word.trim_end()))
    };
    let sign = behind.find([':', '=', '\n']).or_else(|| verb().map(|(end, _)| end))?;
    let begin = name + sign + behind.get(sign..)?.find(|c: char| c.is_ascii_alphabetic())?;
    let words: Vec<&str> = low.get(begin..)?.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    (words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())) && fit(&words)).then_some(begin)
}
