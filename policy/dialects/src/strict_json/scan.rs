//! Strings and numbers: where they end, and what they mean.

use super::TELLING_DIGITS;

/// Longest number in characters. An `f64` needs at most 24, a 128-bit integer 40.
const NUMBER_BYTES_MAX: usize = 64;

/// Integers of fewer digits fit 64 bits.
const WIDE_DIGITS: usize = 19;

/// What is wrong at which offset. The parser adds the pointer.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) message: String,
}

pub(super) fn fault(offset: usize, message: impl Into<String>) -> Fault {
    Fault { offset, message: message.into() }
}

/// Scans the string whose opening quote is at `start`. Returns the offset after its closing quote, and the unescaped
/// text if that differs from what is written.
pub(super) fn string(source: &str, start: usize) -> Result<(usize, Option<String>), Fault> {
    let bytes = source.as_bytes();
    let mut unescaped: Option<String> = None;
    let mut from = start.saturating_add(1);
    loop {
        let rest = bytes.get(from..).unwrap_or_default();
        let Some(length) = memchr::memchr2(b'"', b'\\', rest) else {
            return Err(fault(bytes.len(), "a string has no closing quote: send the whole document"));
        };
        let to = from.saturating_add(length);
        let plain = bytes.get(from..to).unwrap_or_default();
        // Looked at without stopping early, which goes many bytes at a time.
        let is_odd = plain.iter().fold(false, |is_odd, byte| is_odd | (*byte < 0x20));
        if is_odd && let Some(place) = plain.iter().position(|byte| *byte < 0x20) {
            let message = "a string holds a raw control character: write it as an escape such as \\n";
            return Err(fault(from.saturating_add(place), message));
        }
        if let Some(text) = unescaped.as_mut() {
            text.push_str(source.get(from..to).unwrap_or_default());
        }
        if bytes.get(to) == Some(&b'"') {
            return Ok((to.saturating_add(1), unescaped));
        }
        let text = unescaped.get_or_insert_with(|| source.get(from..to).unwrap_or_default().to_owned());
        let (character, after) = escape(bytes, to)?;
        text.push(character);
        from = after;
    }
}

/// Reads the escape whose backslash is at `at`. Returns its character and the offset after it.
fn escape(bytes: &[u8], at: usize) -> Result<(char, usize), Fault> {
    let after = at.saturating_add(2);
    let character = match bytes.get(at.saturating_add(1)) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(bytes, at),
        _ => return Err(fault(at, "a string holds an unknown escape: write a backslash as \\\\")),
    };
    Ok((character, after))
}

fn unicode_escape(bytes: &[u8], at: usize) -> Result<(char, usize), Fault> {
    const LONE: &str = "a string holds half of a surrogate pair: write both halves, or the character itself";
    let first = hex4(bytes, at)?;
    let after = at.saturating_add(6);
    if let Some(character) = char::from_u32(first) {
        return Ok((character, after));
    }
    // Not a character by itself, so one half of a pair: the high half must come first, the low half directly after.
    let is_pair =
        first < 0xDC00 && bytes.get(after) == Some(&b'\\') && bytes.get(after.saturating_add(1)) == Some(&b'u');
    if !is_pair {
        return Err(fault(at, LONE));
    }
    let second = hex4(bytes, after)?;
    if !(0xDC00..=0xDFFF).contains(&second) {
        return Err(fault(at, LONE));
    }
    let high = first.saturating_sub(0xD800) << 10;
    let scalar = (high | second.saturating_sub(0xDC00)).saturating_add(0x1_0000);
    char::from_u32(scalar).map(|character| (character, after.saturating_add(6))).ok_or_else(|| fault(at, LONE))
}

/// The four hexadecimal digits of the `\uXXXX` at `at`.
fn hex4(bytes: &[u8], at: usize) -> Result<u32, Fault> {
    let digits = bytes.get(at.saturating_add(2)..at.saturating_add(6)).unwrap_or_default();
    let mut value = 0;
    for digit in digits {
        let Some(digit) = char::from(*digit).to_digit(16) else {
            break;
        };
        value = (value << 4) | digit;
    }
    if digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit) {
        Ok(value)
    } else {
        Err(fault(at, "a \\u escape needs four hexadecimal digits"))
    }
}

/// Scans the number at `start`. Returns the offset after it.
pub(super) fn number(source: &str, start: usize) -> Result<usize, Fault> {
    let bytes = source.as_bytes();
    let minus = usize::from(bytes.get(start) == Some(&b'-'));
    let whole = start.saturating_add(minus);
    let mut end = digits(bytes, whole);
    if end == whole {
        return Err(fault(start, "a minus sign needs digits after it"));
    }
    if bytes.get(whole) == Some(&b'0') && end.saturating_sub(whole) > 1 {
        return Err(fault(start, "a number begins with 0: write it without leading zeros"));
    }
    if bytes.get(end) == Some(&b'.') {
        end = some_digits(bytes, end.saturating_add(1), "a decimal point needs digits after it")?;
    }
    let has_exponent = matches!(bytes.get(end), Some(b'e' | b'E'));
    if has_exponent {
        let sign = usize::from(matches!(bytes.get(end.saturating_add(1)), Some(b'+' | b'-')));
        end = some_digits(bytes, end.saturating_add(1).saturating_add(sign), "an exponent needs digits")?;
    }
    if end.saturating_sub(start) > NUMBER_BYTES_MAX {
        return Err(fault(start, format!("a number is longer than {NUMBER_BYTES_MAX} characters: shorten it")));
    }
    let is_integer = digits(bytes, whole) == end;
    if is_integer && end.saturating_sub(whole) >= WIDE_DIGITS {
        refuse_wide(source.get(start..end).unwrap_or_default(), start)?;
    }
    if has_exponent {
        refuse_overflow(source.get(start..end).unwrap_or_default(), start)?;
    }
    Ok(end)
}

fn digits(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from.saturating_add(rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

fn some_digits(bytes: &[u8], from: usize, message: &str) -> Result<usize, Fault> {
    let end = digits(bytes, from);
    if end == from { Err(fault(from, message)) } else { Ok(end) }
}

/// One parser reads `1e999` as infinity, another refuses it, a third keeps the digits.
fn refuse_overflow(written: &str, start: usize) -> Result<(), Fault> {
    match written.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(()),
        _ => Err(fault(start, "a number is too large for 64-bit floating point: use a smaller one")),
    }
}

/// One parser reads an integer beyond 64 bits as a fraction, another refuses it, a third keeps the digits, a fourth the
/// lowest 64 bits.
fn refuse_wide(written: &str, start: usize) -> Result<(), Fault> {
    if written.parse::<i64>().is_ok() || written.parse::<u64>().is_ok() {
        return Ok(());
    }
    Err(fault(start, "an integer does not fit 64 bits: send it as a string"))
}

/// Whether a number as written is an integer long enough to be an account number.
pub(super) fn is_telling(written: &str) -> bool {
    let digits = written.strip_prefix('-').unwrap_or(written);
    digits.len() >= TELLING_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The text of `bytes` if they are exactly one strict JSON string.
pub(crate) fn json_string(bytes: &[u8]) -> Option<String> {
    let source = std::str::from_utf8(bytes).ok()?;
    if !source.starts_with('"') {
        return None;
    }
    let (end, unescaped) = string(source, 0).ok()?;
    if end != source.len() {
        return None;
    }
    Some(unescaped.unwrap_or_else(|| source.get(1..end.saturating_sub(1)).unwrap_or_default().to_owned()))
}
