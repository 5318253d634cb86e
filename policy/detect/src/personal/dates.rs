//! Dates of birth: a date with a word that says so.

use super::beside::Unsaid;
use super::context::{Class, Words};
use super::labels::is_bare;
use super::rare::Rare;
use super::{Data, Datum, Numbers, glues, leads, matches_in, walk, windows_at_numbers};
use crate::checks::plausible_date;
use crate::patterns::{after, before};
use std::borrow::Cow;
use std::ops::Range;

/// Dates with the name of their month.
static WRITTEN: Rare = Rare::new("pii.date-of-birth", written);

/// Months as dates name them, short forms first cut by the edge behind.
const MONTHS: &str = "jan(?:uar|uary|uari|uára|uarja|uaris|ner|vier|vāris|vārī|eiro)?|január|jaanuar|gen(?:naio)?|enero|ene|ianuarie|siječnja|ledna|styczeń|stycznia|tammikuuta|sausio|януари|января|січня|ιανουαρίου|feb(?:ruar|ruary|ruari|ruára|ruarja|ruāris|ruārī|brero|braio|ruarie)?|február|febr(?:uar|uari|uary|ero|aio)?|f[ée]vr(?:ier)?|fevereiro|fev|veebruar|veljače|února|luty|lutego|helmikuuta|vasario|февруари|февраля|лютого|φεβρουαρίου|m[äa]rz|mar(?:ch|s|ts|zo|zec|tie|ca|ço|ec)?|maart|marca|március|mrt|märts|marts|ožujka|března|maaliskuuta|kovo|март|марта|березня|μαρτίου|apr(?:il|ile|ilie|íla|ila|īlis|īlī|ill)?|április|aprill|avr(?:il)?|abr(?:il)?|kwie(?:tnia|cień)|travnja|dubna|huhtikuuta|balandžio|април|апреля|квітня|απριλίου|mai|maj|may|mayo|maja|mája|május|mei|maggio|mag|maio|maijs|maijā|svibnja|května|toukokuuta|gegužės|май|мая|травня|μαΐου|μαίου|iunie|iulie|jun(?:e|i|io|ho|ie|ija|ijs|ijā)?|június|júna|juuni|jūnijs|jūnijā|juin|giugno|giu|czerw(?:ca|iec)|lipnja|června|kesäkuuta|birželio|юни|июня|червня|ιουνίου|jul(?:y|i|io|ho|ie|ija)?|július|júla|juuli|jūlijs|jūlijā|juil(?:let)?|luglio|lug|lip(?:ca|iec)|srpnja|července|heinäkuuta|liepos|юли|июля|липня|ιουλίου|aug(?:ust|ustus|usti|usta|usts|ustā)?|augusztus|ao[uû]t|agosto|ago|sierp(?:nia|ień)|kolovoza|srpna|elokuuta|rugpjūčio|август|августа|серпня|αυγούστου|sep(?:t|tember|tembre|tembrie|tiembre|tembra|tembris|tembrī)?|szeptember|setembro|settembre|set|wrze(?:śnia|sień)|rujna|září|syyskuuta|rugsėjo|септември|сентября|вересня|σεπτεμβρίου|o[ck]t(?:ober|obre|ubre|obra|oobris|oobrī|obris|oober|ombrie)?|október|októbra|oktober|októbri|octombrie|ottobre|ott|outubro|out|październik|października|listopada|října|lokakuuta|spalio|октомври|октября|жовтня|οκτωβρίου|nov(?:ember|embre|iembre|embro|embra|embris|embrī|embrie)?|noiembrie|studenoga|listopad|listopadu|marraskuuta|lapkričio|ноември|ноября|листопада|νοεμβρίου|d[eé][cz](?:ember|embre|embro|embra|embris|embrī|embrie)?|des(?:ember)?|detsember|diciembre|dic|dicembre|dezembro|grud(?:nia|zień)|prosinca|prosince|joulukuuta|gruodžio|декември|декабря|грудня|δεκεμβρίου|ocak|şubat|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık";

/// No written date is longer.
pub(crate) const DATE_BYTES_MAX: usize = 40;

fn written() -> String {
    format!(
        r"(?i)(?:[0-9]{{1,2}}(?:st|nd|rd|th|\.|er|º)?[ \-](?:de |of )?(?:{MONTHS})\.?,?[ \-](?:de |del |of )?(?:19|20)[0-9]{{2}}|(?:{MONTHS})\.? [0-9]{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)[0-9]{{2}}|(?:19|20)[0-9]{{2}}(?:\.| m\.| gada)? (?:{MONTHS}) [0-9]{{1,2}}(?: d\.)?|(?:19|20)[0-9]{{2}}\. gada [0-9]{{1,2}}\. (?:{MONTHS})\b)"
    )
}

/// Compiles what waits for its first use.
pub(super) fn warm() {
    WRITTEN.get();
}

pub(super) fn scan(numbers: &Numbers<'_>, data: &mut Data) {
    let Numbers { text, digits, words } = *numbers;
    let numeric = numeric_dates(text, digits).filter(|span| text.get(span.clone()).is_some_and(is_date));
    for span in numeric.chain(written_dates(text, digits)).chain(eastern_dates(text, digits)) {
        if !is_whole(text, &span) {
            continue;
        }
        if speaks_of_birth(text, words, &span) {
            if !data.taken(&span) {
                data.push(datum(span));
            }
        } else if year_of(text, &span).is_some_and(|year| (1900..=UNSAID_YEAR_MAX).contains(&year)) {
            data.unsaid.push((span, Unsaid::Birth));
        }
    }
    for span in compact_dates(text, digits) {
        if (is_birth_of_a_record(text, span.start) || is_labelled(text, words, span.start)) && !data.taken(&span) {
            data.push(datum(span));
        }
    }
}

/// Dates beside a name that are younger are rather those of what somebody did.
const UNSAID_YEAR_MAX: u64 = 1995;

/// The year of four digits in a date.
fn year_of(text: &str, span: &Range<usize>) -> Option<u64> {
    let written = text.as_bytes().get(span.clone())?;
    written.split(|byte| !byte.is_ascii_digit()).find(|part| part.len() == 4).map(value_of)
}

/// Dates of eight digits: `19451231`, `31121945`.
fn compact_dates<'t>(text: &'t str, digits: &'t [Range<usize>]) -> impl Iterator<Item = Range<usize>> + 't {
    digits.iter().filter(|run| run.len() == 8).filter_map(|run| {
        let written = text.as_bytes().get(run.clone())?;
        let part = |range: Range<usize>| written.get(range).map_or(0, value_of);
        let real = |day, month, year| (1900..2100).contains(&year) && plausible_date(day, month, year);
        (real(part(6..8), part(4..6), part(0..4)) || real(part(0..2), part(2..4), part(4..8))).then(|| run.clone())
    })
}

/// Whether nothing but signs stands between the word of birth and the number.
fn is_labelled(text: &str, words: &Words, at: usize) -> bool {
    let word = words.nearest_of(text, at, 32, |class| class == Class::Birth);
    !leads(text, at).is_some_and(|c| glues(c) || matches!(c, '.' | '-' | '_' | '/'))
        && word.is_some_and(|word| is_bare(word.gap) || word.gap.eq_ignore_ascii_case(";value=date:"))
}

/// The seventh field of a patient's line in HL7.
fn is_birth_of_a_record(text: &str, at: usize) -> bool {
    let line = before(text, at, RECORD_BYTES_MAX).rsplit(['\n', '\r']).next().unwrap_or_default();
    line.starts_with("PID|") && line.ends_with('|') && line.matches('|').count() == 7
}
const RECORD_BYTES_MAX: usize = 240;

/// Dates with the name of their month. Each holds a year, and a day on the other side of the month or of a comma.
fn written_dates<'t>(text: &'t str, digits: &[Range<usize>]) -> impl Iterator<Item = Range<usize>> + 't {
    let pairs = digits.iter().zip(digits.iter().skip(1)).filter(|(one, other)| {
        let lengths = (one.len(), other.len());
        matches!(lengths, (1 | 2, 4) | (4, 1 | 2))
            && text.get(one.end..other.start).is_some_and(|gap| gap.len() <= DATE_BYTES_MAX && !gap.contains('\n'))
    });
    let years: Vec<usize> = pairs.map(|(one, other)| if one.len() == 4 { one.start } else { other.start }).collect();
    let windows = if years.is_empty() {
        Vec::new()
    } else {
        windows_at_numbers(text, digits, DATE_BYTES_MAX, |run| run.len() == 4)
    };
    let dated = windows.into_iter().filter(move |window| walk::is_any_in(&years, window));
    dated.filter_map(|window| Some(matches_in(WRITTEN.get()?, text, window))).flatten()
}

/// Dates of China, Japan and Korea: each number with the word for year, month or day behind it.
fn eastern_dates<'t>(text: &'t str, digits: &'t [Range<usize>]) -> impl Iterator<Item = Range<usize>> + 't {
    let behind = |run: &Range<usize>, signs: [char; 2]| text.get(run.end..)?.starts_with(signs).then_some(());
    let near = |a: &Range<usize>, b: &Range<usize>| (3..=4).contains(&(b.start - a.end)).then_some(());
    digits.array_windows().filter_map(move |[year, month, day]| {
        near(year, month).and(near(month, day))?;
        behind(year, ['年', '년']).and(behind(month, ['月', '월'])).and(behind(day, ['日', '일']))?;
        let value = |run: &Range<usize>| text.as_bytes().get(run.clone()).map(value_of);
        let real = plausible_date(value(day)?, value(month)?, value(year)?);
        (real && year.len() == 4).then_some(year.start..day.end + '日'.len_utf8())
    })
}

/// Three numbers as of a date: `1990-1-31`, `31. 1. 1990`, `31/1/90`. One that is too long uses its digits up, too.
fn numeric_dates<'t>(text: &'t str, digits: &'t [Range<usize>]) -> impl Iterator<Item = Range<usize>> + 't {
    let joined = |a: &Range<usize>, b: &Range<usize>| {
        matches!(text.as_bytes().get(a.end..b.start), Some([b'-' | b'/' | b'.'] | [b'-' | b'/' | b'.', b' ']))
    };
    let is_year = |start: usize| text.get(start..).is_some_and(|year| year.starts_with("19") || year.starts_with("20"));
    let mut used = 0;
    digits.array_windows().enumerate().filter_map(move |(at, [a, b, c])| {
        if at < used || b.len() > 2 || !joined(a, b) || !joined(b, c) {
            return None;
        }
        let year_first = a.len() > 3 && is_year(a.end - 4);
        if !year_first && c.len() < 2 {
            return None;
        }
        used = at + 3;
        let whole = if year_first {
            a.len() == 4 && c.len() < 3
        } else {
            a.len() < 3 && (c.len() == 2 || (c.len() == 4 && is_year(c.start)))
        };
        whole.then_some(a.start..c.end)
    })
}

fn datum(span: Range<usize>) -> Datum {
    Datum { span, type_: "DATE_OF_BIRTH", rule: Cow::Borrowed("pii.date-of-birth"), score: 0.95 }
}

/// The digits among these as one number.
fn value_of(part: &[u8]) -> u64 {
    let digits = part.iter().filter(|byte| byte.is_ascii_digit()).take(18);
    digits.fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
}

fn is_date(written: &str) -> bool {
    let mut parts = written.as_bytes().split(|byte| matches!(byte, b'-' | b'/' | b'.')).map(value_of);
    let (Some(a), Some(b), Some(c), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if a > 31 {
        return plausible_date(c, b, a);
    }
    let year = if c < 100 { 1900 + c } else { c };
    plausible_date(a, b, year) || plausible_date(b, a, year)
}

/// A word of birth shortly before the date, or directly behind it (`1990-01-02 (DOB)`).
fn speaks_of_birth(text: &str, words: &Words, span: &Range<usize>) -> bool {
    is_starred(text, span.start)
        || words.nearest_of(text, span.start, 48, |class| class == Class::Birth).is_some_and(|word| word.is_first())
        || is_born_behind(after(text, span.end, BORN_BYTES_MAX))
        || ["(dob", "(born", "(geb"].iter().any(|word| {
            after(text, span.end, 8).trim_start().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
        })
}

/// `am 1.2.1990 in Graz geboren`: a word of birth behind the date, before the sentence or another number ends it.
fn is_born_behind(behind: &str) -> bool {
    const BORN: [&str; 8] =
        [" geboren", " született", " születésű", " doğdu", " doğumlu", "に生まれ", "生まれ", "出生"];
    let clause = behind.split(|c: char| c.is_ascii_digit() || ends_clause(c)).next();
    let clause = clause.unwrap_or_default().split(". ").next().unwrap_or_default();
    BORN.iter().any(|word| clause.contains(word))
}

fn ends_clause(c: char) -> bool {
    matches!(c, ',' | ';' | '!' | '?' | '\n' | '(')
}

/// Whether a word of birth may still come in the clause behind a date, as far as it has come.
pub(crate) fn may_be_born_behind(clause: &str) -> bool {
    !clause.contains(ends_clause) && !clause.contains(". ")
}

/// So far behind a date a word of birth counts.
pub(crate) const BORN_BYTES_MAX: usize = 40;

/// The star of births as German records have it, behind a name: `(* 1.5.1990`, `Anna Berg, * 1.5.1990`.
fn is_starred(text: &str, at: usize) -> bool {
    let head = text.get(..at).unwrap_or_default();
    head.strip_suffix(' ')
        .unwrap_or(head)
        .strip_suffix('*')
        .is_some_and(|head| head.ends_with(", ") || head.ends_with('('))
}

/// Not a part of a longer number, such as a version.
fn is_whole(text: &str, span: &Range<usize>) -> bool {
    let inside = |c: char| glues(c) || matches!(c, '.' | '-' | '/' | '_');
    let behind = after(text, span.end, 2);
    leads(text, span.start).is_none_or(|c| !inside(c) || matches!(c, '-' | '/'))
        && behind.chars().next().is_none_or(|c| !glues(c) && c != '_')
        && !(behind.starts_with(['.', '-', '/']) && behind.ends_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_of_written_dates_compiles() {
        assert!(WRITTEN.get().is_some());
    }

    #[test]
    fn numeric_dates_are_three_whole_numbers() {
        let dates = |text: &'static str| -> Vec<&str> {
            let digits = walk::digit_runs(text);
            numeric_dates(text, &digits).map(|span| text.get(span).unwrap()).collect()
        };
        assert_eq!(dates("1990-1-31, 31. 1. 1990 or 31/1/90 10:30"), ["1990-1-31", "31. 1. 1990", "31/1/90"]);
        let eastern = "1985年3月4日生, 1994년 12월 7일 2024年13月1日";
        let found: Vec<&str> =
            eastern_dates(eastern, &walk::digit_runs(eastern)).filter_map(|s| eastern.get(s)).collect();
        assert_eq!(found, ["1985年3月4日", "1994년 12월 7일"]);
        assert!(dates("1.2.3 1.2.345 1990.100.1 192.168.1.20 31.1.2190").is_empty());
    }
}
