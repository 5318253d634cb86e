//! How to reach a person: mail, telephone.

use super::beside::Unsaid;
use super::context::{Class, Word, Words};
use super::{Data, Datum, Numbers, glues, is_unspaced, leads, pattern, walk};
use crate::chars::{is_alphabetic, is_alphanumeric};
use crate::config::PlanError;
use crate::effort::Effort;
use crate::patterns::{after, before, char_after, char_before, floor};
use regex::Regex;
use std::borrow::Cow;
use std::ops::Range;

/// Compiled patterns of this file.
pub(super) struct Contact {
    phone: Regex,
    grouped: Regex,
}

impl Contact {
    pub(super) fn new() -> Result<Self, PlanError> {
        Ok(Self {
            phone: pattern(
                "pii.phone",
                r"(?i-u:[+(]{0,2}[0-9](?:[ ./()\-]{0,2}[0-9]){5,17}(?: ?(?:x|ext\.? ?)[0-9]{1,6})?)",
            )?,
            grouped: pattern("pii.phone", GROUPED)?,
        })
    }

    /// Mail addresses, found from each `@` outwards.
    pub(super) fn emails(&self, text: &str, data: &mut Data) {
        for at in memchr::memchr_iter(b'@', text.as_bytes()) {
            if let Some(span) = email_around(text, at).filter(|span| {
                let local = text.get(span.start..at).unwrap_or_default();
                !names_a_message(before(text, span.start, 32), local)
            }) {
                data.push(Datum { span, type_: "EMAIL", rule: Cow::Borrowed("pii.email"), score: 0.99 });
            }
        }
    }

    /// Telephone numbers: international ones, nationally grouped ones, and any number that a word calls one.
    pub(super) fn phones(&self, numbers: &Numbers<'_>, data: &mut Data, effort: &mut Effort) {
        let Numbers { text, digits, words } = *numbers;
        let mut at = 0;
        for number in walk::numbers(text, digits, PHONE_DIGITS_MIN, joins_phone) {
            at = at.max(floor(text, number.start.saturating_sub(2)));
            let end = floor(text, number.end + EXTENSION_BYTES_MAX);
            while at + PHONE_DIGITS_MIN <= number.end
                && let Some(found) = whole_phone(text, at, &number).or_else(|| self.next_phone(text, at..end))
                && found.start < number.end
            {
                at = found.end;
                if !effort.candidate() {
                    return;
                }
                let Some(span) = self.phone_at(text, words, found, data) else {
                    continue;
                };
                if !data.taken(&span) {
                    data.push(Datum { span, type_: "PHONE", rule: Cow::Borrowed("pii.phone"), score: 0.93 });
                }
            }
        }
    }

    fn next_phone(&self, text: &str, window: Range<usize>) -> Option<Range<usize>> {
        Some(self.phone.find_at(text.get(..window.end)?, window.start)?.range())
    }

    fn phone_at(&self, text: &str, words: &Words, found: Range<usize>, data: &mut Data) -> Option<Range<usize>> {
        let mut span = found;
        let written = text.get(span.clone())?;
        // An opening bracket that nothing closes belongs to the sentence.
        if written.starts_with('(') && !written.contains(')') {
            span.start += 1;
        }
        let written = text.get(span.clone())?;
        let free = leads(text, span.start)
            .is_none_or(|c| !glues(c) && !matches!(c, '.' | '-' | '_' | '/' | '#' | '$' | '€' | '+'))
            && char_after(text, span.end).is_none_or(|c| !glues(c) && !matches!(c, '_' | '%' | '€' | '$'))
            && !goes_on(after(text, span.end, 5));
        if !free {
            return None;
        }
        let plain = written.split(['x', 'X', 'e', 'E']).next().unwrap_or_default().trim_end();
        let count = count_digits(plain);
        // `00` and the country; other numbers have leading zeros, too.
        let abroad = plain.starts_with("00") && !plain.starts_with("000") && !plain.contains('/');
        if plain.starts_with('+') || (plain.starts_with("(+") && plain.contains(')')) {
            return (8..=16).contains(&count).then_some(span);
        }
        let callable =
            (6..=15).contains(&count) && !is_amount(plain) && !is_counted(plain) && plain.matches('/').count() < 2;
        let alone = if abroad {
            (10..=16).contains(&count)
        } else {
            (may_be_grouped(plain, count) && self.grouped.is_match(plain)) || is_in_a_signature(text, &span, plain)
        };
        if !callable && !alone {
            return None;
        }
        let bare = count == 9 && ends_cell(text, &span);
        let dialled = callable && count >= 8 && (is_dialled(plain) || bare) && !are_years(plain);
        let dialled = dialled && !is_decimal(plain);
        // Numbers of standards have more parts.
        let written = !are_years(plain) && plain.matches('.').count() <= PHONE_DOTS_MAX;
        let fits = match words.nearest(text, span.start, 56).filter(Word::is_first) {
            Some(word) if word.class == Class::Phone => {
                callable && written && (is_called(word.gap) || is_dialled(plain))
            }
            Some(word) if matches!(word.class, Class::Thing | Class::Number) && word.gap.len() <= 28 => false,
            _ if dialled && !alone && is_called_behind(after(text, span.end, CALLED_BYTES_MAX)) => true,
            _ if dialled && !alone => {
                data.unsaid.push((span, Unsaid::Phone));
                return None;
            }
            _ => alone,
        };
        fits.then_some(span)
    }
}

/// Whether nothing goes on behind a number in its line or cell, and something stands before it in the line.
fn ends_cell(text: &str, span: &Range<usize>) -> bool {
    let line = before(text, span.start, 64).rsplit('\n').next().unwrap_or_default();
    let ends = char_after(text, span.end).is_none_or(|c| matches!(c, '\n' | '\r' | '<'));
    let is_one_number = text.get(span.clone()).is_some_and(|number| !number.contains(['.', ',']));
    let is_amount = line.trim_end().ends_with(['$', '€', '£', '¥']);
    ends && is_one_number && !is_amount && line.contains(is_alphabetic)
}

const PHONE_DOTS_MAX: usize = 4;
const PHONE_DIGITS_MIN: usize = 6;
/// As many digits has the longest match of the pattern without its extension.
const PHONE_DIGITS_MAX: usize = 18;
/// ` ext. 123456`
const EXTENSION_BYTES_MAX: usize = 12;

/// Whether the pattern of telephones allows these signs between two digits.
fn joins_phone(signs: &[u8]) -> bool {
    signs.len() <= 2 && signs.iter().all(|sign| b" ./()-".contains(sign))
}

/// All of a number, if the pattern of telephones matches all of it: nearly always, and told without the pattern.
/// INVARIANT: `joins_phone` knows what the pattern allows between digits.
fn whole_phone(text: &str, at: usize, number: &Range<usize>) -> Option<Range<usize>> {
    let lead = text.as_bytes().get(at..number.start)?.iter().rev().take(2);
    let signs = lead.take_while(|byte| matches!(byte, b'+' | b'(')).count();
    let behind = text.get(number.end..)?;
    let extended = behind.strip_prefix(' ').unwrap_or(behind).starts_with(['x', 'X', 'e', 'E']);
    let short = count_digits(text.get(number.clone())?) <= PHONE_DIGITS_MAX;
    (short && !extended).then_some(number.start - signs..number.end)
}

fn count_digits(written: &str) -> usize {
    written.bytes().filter(u8::is_ascii_digit).count()
}

/// Whether more digits follow behind a sign: then the number is part of something longer. Behind a comma these are
/// decimals or thousands; what is longer is the next cell of a row.
fn goes_on(behind: &str) -> bool {
    let mut chars = behind.chars();
    let sign = chars.next();
    let more = chars.as_str().bytes().take_while(u8::is_ascii_digit).count();
    let ends = chars.as_str().get(more..).is_some_and(|rest| !rest.starts_with(['.', '-', '/', ':', ' ']));
    match sign {
        Some(':' | '-') => more > 0,
        Some(',') => (1..=3).contains(&more) && ends,
        _ => false,
    }
}

/// National forms that hardly anything else has: North America, France, Britain, Spain's mobile numbers with words only.
const GROUPED: &str = r"^(?:(?:1[ .\-])?\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[ .\-][0-9]{4}|(?:1[ .\-])?[2-9][0-9]{2}([\-.])[2-9][0-9]{2}[\-.][0-9]{4}|0[1-9](?:[ .\-][0-9]{2}){4}|\(0[0-9]{2,5}\) ?[0-9]{3,8}(?:[ \-]?[0-9]{2,6})?|0[127][0-9]{2,3} [0-9]{3} ?[0-9]{3,4}|0[0-9]{2,4}/[0-9]{4,9})$";

/// Whether one of those forms may match: those with other counts of digits have a bracket first or a stroke inside.
fn may_be_grouped(plain: &str, count: usize) -> bool {
    plain.len() > count && ((10..=12).contains(&count) || plain.starts_with('(') || plain.contains('/'))
}

/// Whether the words between `call` and the number lead to it: `me at`, `number is`, `Anna under`.
fn is_called(gap: &str) -> bool {
    const LEADING: &str = " no nr number num value val is me us at on under to us them her him home work office private privat \
        direct unter auf an ist lautet au le est sur al es é è en il è al allo su op via na pod nr. no. č. är på er til i \
        numer numero número n° nº n. o a on numeroon la numărul este na broj je številka ir numeris numurs numbril на е \
        номер στο είναι mé mein my mijn mi para uz по за номеру numarası số là رقم على الرقم है पर ";
    // Tags say nothing.
    let gap = if gap.ends_with('>') { gap.split('<').next().unwrap_or_default() } else { gap };
    let last = gap.split_whitespace().next_back().unwrap_or_default();
    let last = last.trim_matches(|c: char| !is_alphanumeric(c) && c != '°').to_lowercase();
    last.is_empty() || last.chars().all(is_unspaced) || LEADING.contains(&format!(" {last} "))
}

/// Whether the verb of calling stands behind the number: `unter 030 12345 zurückrufen`.
fn is_called_behind(behind: &str) -> bool {
    const CALLED: [&str; 8] =
        ["rufen", "erreichen", "erreichbar", "melden", "numarasın", "numaradan", "számon", "に電話"];
    let clause = behind.split(|c: char| c.is_ascii_digit() || matches!(c, ',' | ';' | '\n' | '.')).next();
    CALLED.iter().any(|word| clause.is_some_and(|clause| clause.contains(word)))
}
pub(crate) const CALLED_BYTES_MAX: usize = 32;

/// A line of its own below a name or behind a letter for the kind of number, as in signatures: `T 030 12345`.
fn is_in_a_signature(text: &str, span: &Range<usize>, plain: &str) -> bool {
    let behind = after(text, span.end, 64).trim_start_matches('\r');
    if !behind.is_empty() && !behind.starts_with('\n') {
        return false;
    }
    let mut lines = before(text, span.start, 64).rsplit('\n');
    let label = lines.next().unwrap_or_default().trim_end_matches([' ', ':', '.', '/', '|', '\t']);
    let name = lines.next().unwrap_or_default().trim();
    let dialled =
        is_dialled(plain) || behind.split('\n').nth(1).is_some_and(|line| line.contains('@') && !line.contains(' '));
    if matches!(label, "T" | "M" | "P" | "F" | "Tf" | "Ph" | "Mob" | "Tlf") {
        let count = text.get(span.clone()).map_or(0, count_digits);
        return count > if dialled { 6 } else { 7 };
    }
    dialled
        && label.is_empty()
        && (2..=4).contains(&name.split(' ').count())
        && name.split(' ').all(|word| word.starts_with(char::is_uppercase))
        && name.chars().all(|c| is_alphabetic(c) || " .'’-".contains(c))
}

/// Written as one dials it: with an area code's zero, in brackets, or in groups that no amount has.
fn is_dialled(plain: &str) -> bool {
    let mut groups = plain.split([' ', '\u{a0}', '.', ',']);
    let head = groups.next().unwrap_or_default().len();
    let thousands = (1..=3).contains(&head) && groups.clone().count() > 0 && groups.all(|group| group.len() == 3);
    plain.starts_with(['0', '+', '(']) || (plain.contains([' ', '.', '-', '/', '(']) && !thousands)
}

/// `2019-2023`
fn are_years(written: &str) -> bool {
    written.len() == 9
        && written.split(['-', '/', '.', ' ']).all(|part| part.len() == 4 && part.starts_with(['1', '2']))
}

/// `3.14159265`
fn is_decimal(written: &str) -> bool {
    written.split_once('.').is_some_and(|(whole, decimals)| {
        whole.len() == 1 && decimals.bytes().all(|byte| byte.is_ascii_digit()) && decimals.len() > 4
    })
}

/// `12345.67`: most numbers of tables are such, and none is dialled so.
fn is_amount(written: &str) -> bool {
    let decimals = written.split_once('.').filter(|(whole, _)| !whole.starts_with(['0', '+', '(']));
    decimals.is_some_and(|(whole, decimals)| {
        decimals.len() < 4 && whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit())
    })
}

/// A date, or four small numbers as of a network address.
fn is_counted(written: &str) -> bool {
    let address = written.split(['.', '/']).take(5);
    let small = address.clone().filter(|part| part.len() < 4 && part.bytes().all(|byte| byte.is_ascii_digit())).count();
    looks_like_date(written) || (written.matches('.').count() == 3 && small == address.count())
}

fn looks_like_date(written: &str) -> bool {
    let mut parts = written.split(['-', '/', '.']).map(str::len);
    let lengths = (parts.next(), parts.next(), parts.next(), parts.next());
    matches!(lengths, (Some(4), Some(2), Some(2), None) | (Some(2), Some(2), Some(4), None))
}

/// The mail address around an `@`.
fn email_around(text: &str, at: usize) -> Option<Range<usize>> {
    let head = text.get(..at)?;
    let tail = text.get(at + 1..)?;
    // Most of what stands behind other signs of this kind is no domain.
    let domain: usize = tail.chars().take(255).take_while(|c| glues(*c) || ".-".contains(*c)).map(char::len_utf8).sum();
    let name = tail.get(..domain).filter(|name| name.contains('.'))?.trim_end_matches(['.', '-']);
    let quoted = || {
        let inside = head.strip_suffix('"').and_then(|head| head.rsplit(['"', '\n', ' ', '\t']).next())?;
        let start = at.checked_sub(2 + inside.len())?;
        let opens =
            text.get(start..)?.starts_with('"') && char_before(text, start).is_none_or(|c| !glues(c) && c != '=');
        (opens && (1..=64).contains(&inside.len())).then_some(start)
    };
    let local: usize =
        head.chars().rev().take(64).take_while(|c| glues(*c) || "._%+-'".contains(*c)).map(char::len_utf8).sum();
    let mut start = at - local;
    // Dots that lead from a label to the address.
    start += text.as_bytes().get(start..at)?.array_windows().rposition(|two| two == b"..").map_or(0, |dots| dots + 2);
    while text.get(start..at)?.starts_with(['.', '\'', '-', '%', '+']) {
        start += 1;
    }
    start = if start == at { quoted().unwrap_or(at) } else { start };
    let end = at + 1 + name.len();
    let last = name.rsplit('.').next()?;
    let good = start < at
        && !text.get(start..at)?.ends_with('.')
        && name.contains('.')
        && !name.contains("..")
        && !name.starts_with(['.', '-'])
        && (2..=24).contains(&last.len())
        && last.chars().all(is_alphabetic)
        && !FILES.contains(&last);
    // `git@host:path`, `user@host:/path`: where a program logs in.
    let path = text.get(end..)?.strip_prefix(':');
    let remote = path.is_some_and(|path| path.starts_with(['/', '~']) || text.get(start..at) == Some("git"));
    // In `scheme://user:password@host` the part before the `@` is a password.
    let login = text.get(..start)?.ends_with(':')
        && char_after(text, end).is_none_or(|c| matches!(c, '/' | ':' | '"' | '\'' | ' ' | '\n'))
        && before(text, start, 128).rsplit(char::is_whitespace).next().is_some_and(|word| word.contains("://"));
    (good && !login && !remote).then_some(start..end)
}

/// Fewer figures have names of people.
const MESSAGE_FIGURES_MIN: usize = 6;

/// Whether what looks like an address is the name of a message or of a date in a calendar, which have figures and stand
/// in brackets, or are long ones behind `UID`: directories have addresses there.
fn names_a_message(head: &str, local: &str) -> bool {
    let line = head.rsplit('\n').next().unwrap_or_default();
    let figures = local.bytes().filter(u8::is_ascii_digit).count();
    if figures == 0 || !(line.ends_with('<') || figures >= MESSAGE_FIGURES_MIN) {
        return false;
    }
    let label = line.trim_end_matches(['<', ' ', '"']);
    let Some(label) = label.strip_suffix(':') else { return false };
    ["message-id", "in-reply-to", "references", "content-id", "resent-message-id", "uid"].iter().any(|name| {
        label
            .len()
            .checked_sub(name.len())
            .and_then(|at| label.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(name) && label.len() <= name.len() + 2)
    })
}

/// Endings of files and of made-up names that no domain has: `logo@2x.png`.
const FILES: [&str; 18] = [
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "css",
    "js",
    "ts",
    "tsx",
    "json",
    "html",
    "yaml",
    "yml",
    "toml",
    "lock",
    "tld",
    "localdomain",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_what_the_pattern_matches() {
        let contact = Contact::new().unwrap();
        let both = |text: &str| {
            let digits = walk::digit_runs(text);
            let number = walk::numbers(text, &digits, PHONE_DIGITS_MIN, joins_phone).next().unwrap();
            let at = number.start.saturating_sub(2);
            (whole_phone(text, at, &number), contact.next_phone(text, at..text.len()).unwrap())
        };
        for text in ["+49 (30) 123-456", "x(030) 1234567", "((+030 123456", "1234567 y", "12.34. 56)78", "5+123456"] {
            let (whole, matched) = both(text);
            assert_eq!(whole, Some(matched), "{text}");
        }
        for text in ["030 123456 ext. 12", "030 123456X1", "1234567890123456789"] {
            assert_eq!(both(text).0, None, "{text}");
        }
    }

    #[test]
    fn a_password_before_a_host_is_no_mail_address_whatever_stands_before_it() {
        let login = "amqp://app:geheim99@queue.example/app";
        for filler in ["", "\u{fffd}", "é", "😀"] {
            for count in [0, 38, 39, 40, 41, 60] {
                let text = format!("{}{login}", filler.repeat(count));
                let at = text.find('@').unwrap();
                assert_eq!(email_around(&text, at), None, "{text}");
            }
        }
    }
}
