//! Numbers, sizes and moments as people read them. Pure.

use gnomon_types::time::Timestamp;
use maud::{Markup, html};

/// `1234567` as `1,234,567`.
pub(crate) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size with three digits at most: `1.2 MB`.
pub(crate) fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    if value < 1000 {
        return format!("{value} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut size = value as f64;
    let mut unit = "B";
    for next in UNITS.into_iter().skip(1) {
        size /= 1000.0;
        unit = next;
        if size < 999.5 {
            break;
        }
    }
    if size < 9.95 { format!("{size:.1} {unit}") } else { format!("{size:.0} {unit}") }
}

/// A sum of bytes that not every source tells.
pub(crate) fn volume(value: u64) -> Markup {
    if value == 0 {
        html! { span class="quiet" { "not told" } }
    } else {
        html! { (bytes(value)) }
    }
}

/// A duration: `430 µs`, `12 ms`, `3.4 s`.
pub(crate) fn micros(value: u64) -> String {
    match value {
        0..1_000 => format!("{value} µs"),
        1_000..10_000 => format!("{}.{} ms", value / 1_000, value % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", value / 1_000),
        _ => format!("{}.{} s", value / 1_000_000, value % 1_000_000 / 100_000),
    }
}

/// A share in percent, without decimals.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    let halves = part.saturating_mul(200).checked_div(whole).unwrap_or(0);
    format!("{} %", halves.div_ceil(2))
}

/// `2026-11-23 09:30`, in UTC, with the exact moment in the markup.
pub(crate) fn moment(at: Timestamp) -> Markup {
    let exact = at.to_string();
    html! { time datetime=(exact) title=(exact) { (short(at)) } }
}

/// `2026-11-23 09:30`.
pub(crate) fn short(at: Timestamp) -> String {
    at.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// `09:30:07` of a moment.
pub(crate) fn clock_time(at: Timestamp) -> String {
    at.to_string().chars().skip(11).take(8).collect()
}

/// `3 h ago`, with the exact moment in the markup.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> Markup {
    let exact = at.to_string();
    html! { time datetime=(exact) title=(exact) { (distance(at, now)) } }
}

fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_millis() - at.as_millis()) / 1000;
    let words = span(seconds.unsigned_abs());
    match seconds {
        ..=-1 => format!("in {words}"),
        0..10 => "just now".to_owned(),
        _ => format!("{words} ago"),
    }
}

/// A span in its largest unit.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A digest or long id with its middle left out.
pub(crate) fn shortened(text: &str) -> String {
    let length = text.chars().count();
    if length <= 20 {
        return text.to_owned();
    }
    let head: String = text.chars().take(10).collect();
    let tail: String = text.chars().skip(length - 6).collect();
    format!("{head}…{tail}")
}

/// `evidence_present` as `Evidence present`.
pub(crate) fn words(snake: &str) -> String {
    let mut chars = snake.replace('_', " ").chars().collect::<Vec<_>>().into_iter();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `1 service`, `2 services`.
pub(crate) fn plural(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (value, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(value), expected);
        }
        for (value, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1200, "1.2 kB"),
            (48_000, "48 kB"),
            (9_990_000, "10 MB"),
            (2_500_000_000, "2.5 GB"),
        ] {
            assert_eq!(bytes(value), expected);
        }
        for (value, expected) in [(430, "430 µs"), (1_250, "1.2 ms"), (12_999, "12 ms"), (3_450_000, "3.4 s")] {
            assert_eq!(micros(value), expected);
        }
        assert_eq!(
            (percent(1, 3), percent(2, 3), percent(0, 0)),
            ("33 %".to_owned(), "67 %".to_owned(), "0 %".to_owned())
        );
        assert_eq!(plural(1, "service", "services"), "1 service");
    }

    #[test]
    fn moments_read_well() {
        let now = Timestamp::parse("2026-11-23T09:30:07.500Z").unwrap();
        assert_eq!((short(now), clock_time(now)), ("2026-11-23 09:30".to_owned(), "09:30:07".to_owned()));
        for (back, expected) in
            [(2, "just now"), (59, "59 s ago"), (3_600, "1 h ago"), (180_000, "2 days ago"), (-90, "in 1 min")]
        {
            assert_eq!(distance(now.plus_millis(-back * 1000), now), expected);
        }
    }

    #[test]
    fn long_texts_keep_both_ends() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened("0123456789abcdef0123456789abcdef"), "0123456789…abcdef");
        assert_eq!(words("needs_a_person"), "Needs a person");
    }
}
