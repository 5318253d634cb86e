//! Runs the patterns of rules in windows around their literals.

use crate::chars::is_alphabetic;
use crate::counted::{Counted, Walk};
use crate::effort::Effort;
use crate::hits::Hit;
use crate::rule::Rule;
use crate::tail::Sight;
use regex::{CaptureLocations, Regex};
use std::ops::Range;

/// The longest credential that is taken as a whole: tokens with claims about groups reach ten thousand bytes.
pub(crate) const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Compiles an expression with its word edges taken as ASCII ones: the fast engines cannot look at others in text
/// that is not ASCII.
pub(crate) fn compile(expression: &str) -> Result<Regex, regex::Error> {
    Regex::new(&with_plain_edges(expression))
}

/// The expression with its word edges taken as ASCII ones.
pub(crate) fn with_plain_edges(expression: &str) -> String {
    expression.replace(r"\b", r"(?-u:\b)")
}

/// Whether tokens are written with a byte.
fn is_sign(byte: u8) -> bool {
    const SIGNS: [bool; 256] = signs();
    SIGNS.get(usize::from(byte)).is_some_and(|sign| *sign)
}

#[expect(clippy::indexing_slicing, reason = "a table has a place for every byte")]
const fn signs() -> [bool; 256] {
    let mut signs = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        signs[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.' | b'~' | b'%');
        byte += 1;
    }
    signs
}

/// The windows of one rule's hits, merged where they touch, on character boundaries.
pub(crate) fn windows(text: &str, hits: &[Hit], before: usize, after: usize) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for hit in hits {
        let start = floor(text, hit.start().saturating_sub(before));
        let end = ceil(text, hit.end().saturating_add(after).min(text.len()));
        match windows.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => windows.push(start..end),
        }
    }
    windows
}

/// Calls `take` with the span of each value of the rule around its hits, as long as the effort lasts. `take` says
/// whether it accepted the value.
pub(crate) fn each_value(
    text: &str,
    rule: &Rule,
    hits: &[Hit],
    effort: &mut Effort,
    take: &mut dyn FnMut(Range<usize>) -> bool,
) {
    let mut search = Search {
        text,
        rule,
        groups: None,
        brief_groups: None,
        walk: None,
        brief_walk: None,
        long_left: LONG_MAX,
        run_end: 0,
        effort,
    };
    if rule.prefix {
        hits.iter().for_each(|hit| search.value_at(hit.start(), take));
        return;
    }
    for window in windows(text, hits, rule.before, rule.after) {
        if search.effort.is_spent() {
            return;
        }
        search.values_within(&window, take);
    }
}

/// More matches that are too long at first sight are looked for with the whole pattern at once.
const LONG_MAX: usize = 4;

/// In so many bytes no match takes long.
const NEAR_BYTES: usize = 512;

/// A match and the value in it.
struct Found {
    whole: Range<usize>,
    value: Range<usize>,
}

/// One rule on its way through a text.
struct Search<'a> {
    text: &'a str,
    rule: &'a Rule,
    /// Where the groups of matches are written, once one is looked for.
    groups: Option<CaptureLocations>,
    brief_groups: Option<CaptureLocations>,
    /// The pattern, and the one for short matches, with their states counted, once they are needed.
    walk: Option<Walk<'a>>,
    brief_walk: Option<Walk<'a>>,
    /// So many matches may still turn out too long to tell without the bounds of the pattern.
    long_left: usize,
    /// Where the signs of tokens end that stand at the last hit.
    run_end: usize,
    effort: &'a mut Effort,
}

impl<'a> Search<'a> {
    /// The value if the rule matches exactly here.
    fn value_at(&mut self, at: usize, take: &mut dyn FnMut(Range<usize>) -> bool) {
        if self.rule.stands_free && !stands_free(self.text, at) {
            return;
        }
        // A long token needs more text than the rule usually looks at.
        let near = at.saturating_add(self.rule.after);
        let run_end = self.run_end(at).min(at.saturating_add(TOKEN_BYTES_MAX));
        let far = at.saturating_add(TOKEN_BYTES_MAX);
        let first = if self.rule.stands_free { near.max(run_end.saturating_add(1)) } else { near };
        for end in [first, far] {
            let end = ceil(self.text, end.min(self.text.len()));
            let Some(slice) = self.text.get(at..end) else { return };
            // Few looks read the whole gap: most fail at the first sign behind the literal.
            if !self.effort.look(run_end.min(end).saturating_sub(at) + self.rule.gap / 2) {
                return;
            }
            let Some(Found { whole, value }) = self.at_start(slice) else { return };
            // Where the slice cut the match, only a longer one tells its end.
            if whole.end == slice.len() && end < self.text.len() && end < far {
                continue;
            }
            if self.effort.judge(whole.end) {
                take(without_particles(self.text, at + value.start..at + value.end));
            }
            return;
        }
    }

    /// Where the signs of tokens end that stand here. Each is walked over once, however many hits there are.
    fn run_end(&mut self, at: usize) -> usize {
        if at >= self.run_end {
            let rest = self.text.as_bytes().get(at..).unwrap_or_default();
            self.run_end = at + rest.iter().take_while(|byte| is_sign(**byte)).count();
        }
        self.run_end.max(at)
    }

    /// Every value within the window. After a refusal the search goes on one character further, so that a longer wrong
    /// match hides no right one.
    fn values_within(&mut self, window: &Range<usize>, take: &mut dyn FnMut(Range<usize>) -> bool) {
        let (mut at, mut end) = (window.start, window.end);
        // A refused match costs a step of one character; behind the cap, one of the match.
        let mut refusals_left = 256_usize;
        while at <= end {
            let Some(slice) = self.text.get(..end) else { return };
            let found = self.find(slice, at);
            let read_to = found.as_ref().map_or(end, |found| found.whole.end);
            if !self.effort.look(read_to - at) {
                return;
            }
            let Some(Found { whole, value }) = found else { return };
            if whole.end == end && end < self.text.len() && end < window.end.saturating_add(TOKEN_BYTES_MAX) {
                // The window cut the match: look further before believing its end.
                end = ceil(self.text, end.saturating_add(512).min(self.text.len()));
                continue;
            }
            let value = without_particles(self.text, value);
            if !self.effort.judge(whole.len()) {
                return;
            }
            let next = if take(value.clone()) {
                whole.end.max(whole.start + 1)
            } else {
                refusals_left = refusals_left.saturating_sub(1);
                if refusals_left > 0 { value.start.max(at) + 1 } else { whole.end.max(at + 1) }
            };
            at = ceil(self.text, next);
        }
    }

    /// The match at the beginning of a text.
    fn at_start(&mut self, text: &str) -> Option<Found> {
        let longest = self.rule.brief.as_ref().map_or(usize::MAX, |brief| brief.bytes_max);
        match self.rule.tail.as_ref().map_or(Sight::Unclear, |tail| tail.find(text)) {
            Sight::Nothing => None,
            Sight::Value(value) if value.end <= longest => Some(Found { whole: 0..value.end, value }),
            Sight::Value(_) | Sight::Unclear => self.find(text, 0),
        }
    }

    /// The next match from a place on.
    fn find(&mut self, text: &str, at: usize) -> Option<Found> {
        let rule = self.rule;
        if let Some(counted) = &rule.counted
            && !self.effort.uncounted_credential(text.len().saturating_sub(at))
        {
            return self.find_counted(counted, text, at);
        }
        let Some(brief) = &self.rule.brief else {
            return found(&self.rule.regex, self.rule.whole, &mut self.groups, text, at);
        };
        if self.long_left > 0 {
            // To tell the groups of a match takes long where it is: far from the end of the text its length is asked first.
            let is_far = text.len().saturating_sub(at) > NEAR_BYTES;
            let mut whole = if is_far { brief.regex.find_at(text, at)?.range() } else { at..at };
            if whole.len() <= brief.bytes_max {
                let found = found(&brief.regex, self.rule.whole, &mut self.brief_groups, text, whole.start)?;
                if found.whole.len() <= brief.bytes_max {
                    return Some(found);
                }
                whole = found.whole;
            }
            // What was read in vain is work, too.
            self.long_left -= 1;
            self.effort.look(whole.len());
        }
        // The groups of a long match are told by an engine that keeps all states of the pattern at once.
        let whole = self.rule.regex.find_at(text, at)?.range();
        let is_long = !self.rule.whole && whole.len() > brief.bytes_max;
        if is_long && !self.effort.groups(whole.len()) {
            return None;
        }
        found(&self.rule.regex, self.rule.whole, &mut self.groups, text, whole.start)
    }

    /// The same with the states counted that it takes.
    fn find_counted(&mut self, counted: &'a Counted, text: &str, at: usize) -> Option<Found> {
        if let Some(brief) = self.rule.brief.as_ref().filter(|_| self.long_left > 0) {
            let walk = begun(&mut self.brief_walk, brief.counted.as_ref()?, self.effort)?;
            let whole = walk.find(text, at, self.effort)?;
            if whole.len() <= brief.bytes_max {
                return valued(self.rule, walk, text, whole, self.effort);
            }
            // What was read in vain is work, too.
            self.long_left -= 1;
            self.effort.look(whole.len());
        }
        let walk = begun(&mut self.walk, counted, self.effort)?;
        let whole = walk.find(text, at, self.effort)?;
        valued(self.rule, walk, text, whole, self.effort)
    }
}

/// The walk, which begins with the first search.
fn begun<'w, 'a>(
    walk: &'w mut Option<Walk<'a>>,
    counted: &'a Counted,
    effort: &mut Effort,
) -> Option<&'w mut Walk<'a>> {
    if walk.is_none() && !effort.is_spent() {
        *walk = counted.walk();
    }
    if walk.is_none() {
        effort.give_up();
    }
    walk.as_mut()
}

fn valued(rule: &Rule, walk: &mut Walk<'_>, text: &str, whole: Range<usize>, effort: &mut Effort) -> Option<Found> {
    if rule.whole {
        return Some(Found { value: whole.clone(), whole });
    }
    let value = walk.group(text, whole.clone(), effort)?;
    Some(Found { whole, value })
}

/// The next match from a place on, with the first group that took part in it, or all of it.
fn found(regex: &Regex, is_whole: bool, groups: &mut Option<CaptureLocations>, text: &str, at: usize) -> Option<Found> {
    if is_whole {
        let whole = regex.find_at(text, at)?.range();
        return Some(Found { value: whole.clone(), whole });
    }
    let groups = groups.get_or_insert_with(|| regex.capture_locations());
    let whole = regex.captures_read_at(groups, text, at)?.range();
    let group = (1..groups.len()).find_map(|group| groups.get(group));
    Some(Found { value: group.map_or(whole.clone(), |(start, end)| start..end), whole })
}

/// A value without what goes on behind it in a script that puts no blank between: a word (`hunter2です`, `hunter2입니다`) or
/// another clause (`hunter2，请`), if no letter or digit of ASCII follows, which may be the rest of it. Between quotes or tags
/// all belongs to it.
pub(crate) fn without_particles(text: &str, value: Range<usize>) -> Range<usize> {
    if is_enclosed(text, &value) {
        return value;
    }
    let written = text.get(value.clone()).unwrap_or_default().trim_start_matches(is_stop);
    let start = value.end - written.len();
    let head = written.bytes().take_while(u8::is_ascii).count();
    let tail = written.get(head..).unwrap_or_default();
    let goes_on =
        tail.starts_with(|c| is_uncased(c) || is_stop(c)) && !tail.contains(|c: char| c.is_ascii_alphanumeric());
    if head >= VALUE_MIN && goes_on { start..start + head } else { start..value.end }
}

/// Whether a value stands between quotes or in an element.
fn is_enclosed(text: &str, value: &Range<usize>) -> bool {
    match char_before(text, value.start) {
        Some('"' | '\'' | '`') => true,
        Some('>') => char_after(text, value.end) == Some('<'),
        _ => false,
    }
}

/// Whether a character ends a clause or a sentence where scripts put no blank behind it.
pub(crate) fn is_stop(c: char) -> bool {
    matches!(c, '。' | '，' | '、' | '；' | '！' | '？' | '｡' | '､')
}

/// Fewer letters before a word of another script are a part of it.
const VALUE_MIN: usize = 4;

/// Of a script without capitals, such as kana, Han, Hangul, Thai, Arabic.
pub(crate) fn is_uncased(c: char) -> bool {
    c as u32 >= 0x370 && is_alphabetic(c) && !c.is_uppercase() && !c.is_lowercase()
}

/// Whether no letter or digit touches the place from the left; an escape such as `\n` written out does not count.
pub(crate) fn stands_free(text: &str, at: usize) -> bool {
    char_before(text, at).is_none_or(|c| !c.is_ascii_alphanumeric())
        || matches!(before(text, at, 2), "\\n" | "\\r" | "\\t")
        || is_percent_escape(before(text, at, 3))
}

fn is_percent_escape(tail: &str) -> bool {
    tail.len() == 3 && tail.starts_with('%') && tail.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit())
}

/// The last character boundary at or before `at`.
pub(crate) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The first character boundary at or behind `at`.
pub(crate) fn ceil(text: &str, at: usize) -> usize {
    let mut at = at;
    while at < text.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// The character before a place.
pub(crate) fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at).and_then(|head| head.chars().next_back())
}

/// The character behind a place.
pub(crate) fn char_after(text: &str, at: usize) -> Option<char> {
    text.get(at..).and_then(|tail| tail.chars().next())
}

/// The text before a place, at most `bytes` long.
pub(crate) fn before(text: &str, at: usize, bytes: usize) -> &str {
    let start = ceil(text, at.saturating_sub(bytes));
    text.get(start..at).unwrap_or_default()
}

/// The text behind a place, at most `bytes` long.
pub(crate) fn after(text: &str, at: usize, bytes: usize) -> &str {
    text.get(at..floor(text, at.saturating_add(bytes))).unwrap_or_default()
}
