//! Moments as logs write them, read without a time-zone database: what names no zone is taken as UTC.
//!
//! Syslog names no year. It is taken from a hint, the moment the log was written at: the latest year that puts the line
//! no more than two days after the hint. So the same file with the same hint always gives the same moments, and a
//! log that runs from December into January is read right.

use gnomon_types::time::Timestamp;

const DAY_MILLIS: i64 = 86_400_000;
/// A file may be copied a little before its last line by another clock, or in another time zone.
const HINT_SLACK_MILLIS: i64 = 2 * DAY_MILLIS;

/// Seconds since 1970 with an optional fraction: `1795426200.123`.
pub(crate) fn epoch(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || whole.len() > 11 {
        return None;
    }
    Some(Timestamp::from_millis(digits(whole)? * 1000 + millis(fraction)?))
}

/// The common log format's `23/Nov/2026:09:30:00 +0100`.
pub(crate) fn common_log(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once(':')?;
    let (time, zone) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut parts = date.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    at(digits(year)?, month_number(month)?, digits(day)?, clock(time)?)?
        .checked_sub(offset(zone)?)
        .map(Timestamp::from_millis)
}

/// BIND's `23-Nov-2026` and `09:30:00.123`.
pub(crate) fn bind(date: &str, time: &str) -> Option<Timestamp> {
    let mut parts = date.split('-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || parts.next().is_some() {
        return None;
    }
    at(digits(year)?, month_number(month)?, digits(day)?, clock(time)?).map(Timestamp::from_millis)
}

/// ISO 8601 with `T` or a space, with or without fraction and zone: `2026-11-23T09:30:00.123+01:00`.
pub(crate) fn iso(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once(['T', ' '])?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || parts.next().is_some() {
        return None;
    }
    let zone_start = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at_checked(zone_start)?;
    at(digits(year)?, digits(month)?, digits(day)?, clock(time)?)?
        .checked_sub(offset(zone)?)
        .map(Timestamp::from_millis)
}

/// `2026-11-23` and `09:30:00.123`.
pub(crate) fn iso_parts(date: &str, time: &str) -> Option<Timestamp> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    at(digits(year)?, digits(month)?, digits(day)?, clock(time)?).map(Timestamp::from_millis)
}

/// `Nov`, `23`, `09:30:00` and `2026`.
pub(crate) fn dated(month: &str, day: &str, time: &str, year: &str) -> Option<Timestamp> {
    at(digits(year)?, month_number(month)?, digits(day)?, clock(time)?).map(Timestamp::from_millis)
}

/// Syslog's `Nov`, `23`, `09:30:00`, with the year from `hint`.
pub(crate) fn syslog(month: &str, day: &str, time: &str, hint: Timestamp) -> Option<Timestamp> {
    let (month, day, clock) = (month_number(month)?, digits(day)?, clock(time)?);
    let latest = hint.as_millis() + HINT_SLACK_MILLIS;
    let hint_year = year_of(latest);
    // Four years back always holds a 29 February, save around 1900 and 2100.
    (0..=8)
        .filter_map(|back| at(hint_year - back, month, day, clock))
        .find(|millis| *millis <= latest)
        .map(Timestamp::from_millis)
}

/// Milliseconds of a civil date and a time of day.
fn at(year: i64, month: i64, day: i64, clock_millis: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=month_days).contains(&day) {
        return None;
    }
    Some(days_since_1970(year, month, day) * DAY_MILLIS + clock_millis)
}

/// Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The year of a moment, `civil_from_days` of the same source.
fn year_of(millis: i64) -> i64 {
    let days = millis.div_euclid(DAY_MILLIS) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    era * 400 + year_of_era + i64::from(day_of_year >= 306)
}

/// Milliseconds of `HH:MM:SS[.fff]`. A leap second counts as the second after.
fn clock(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let (hour, minute, second) = (digits(hour)?, digits(minute)?, digits(second)?);
    if hour > 23 || minute > 59 || second > 60 || parts.next().is_some() {
        return None;
    }
    Some(((hour * 60 + minute) * 60 + second) * 1000 + millis(fraction)?)
}

/// Milliseconds east of UTC of ``, `Z`, `+0100`, `+01:00` or `+01`.
fn offset(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let rest = zone.get(1..)?;
    let hours = digits(rest.get(..2)?)?;
    let minutes = rest.get(2..)?.trim_start_matches(':');
    let minutes = if minutes.is_empty() { 0 } else { digits(minutes)? };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes) * 60_000)
}

fn millis(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let head = fraction.get(..3).unwrap_or(fraction);
    if head.is_empty() {
        return Some(0);
    }
    let value = digits(head)?;
    Some(match head.len() {
        1 => value * 100,
        2 => value * 10,
        _ => value,
    })
}

fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 12 {
        return None;
    }
    let mut value = 0i64;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(value)
}

fn month_number(name: &str) -> Option<i64> {
    Some(match name {
        "Jan" => 1,
        "Feb" => 2,
        "Mar" => 3,
        "Apr" => 4,
        "May" => 5,
        "Jun" => 6,
        "Jul" => 7,
        "Aug" => 8,
        "Sep" => 9,
        "Oct" => 10,
        "Nov" => 11,
        "Dec" => 12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(moment: Option<Timestamp>) -> String {
        moment.map_or_else(|| "-".to_owned(), |moment| moment.to_string())
    }

    #[test]
    fn reads_every_notation_to_the_same_moment() {
        let expected = "2026-11-23T09:30:00.123Z";
        assert_eq!(shown(epoch("1795426200.123")), expected);
        assert_eq!(shown(bind("23-Nov-2026", "09:30:00.123")), expected);
        for text in [
            "2026-11-23T09:30:00.123Z",
            "2026-11-23 09:30:00.123",
            "2026-11-23T10:30:00.123456+01:00",
            "2026-11-23T04:00:00.123-0530",
        ] {
            assert_eq!(shown(iso(text)), expected, "{text}");
        }
        assert_eq!(shown(common_log("23/Nov/2026:10:30:00 +0100")), "2026-11-23T09:30:00.000Z");
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in ["", ".", "x", "-5", "1795426200.12x", "999999999999999"] {
            assert_eq!(shown(epoch(text)), "-", "{text}");
        }
        for text in [
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23",
            "2026-11-23T00:00:00+9",
        ] {
            assert_eq!(shown(iso(text)), "-", "{text}");
        }
        assert_eq!(shown(bind("31-Nov-2026", "00:00:00")), "-");
    }

    #[test]
    fn takes_the_latest_year_not_after_the_hint() {
        let hint = Timestamp::parse("2026-01-03T00:00:00Z").unwrap();
        for (month, day, expected) in [
            ("Jan", "3", "2026-01-03T08:00:00.000Z"),
            ("Jan", "4", "2026-01-04T08:00:00.000Z"),
            ("Jan", "6", "2025-01-06T08:00:00.000Z"),
            ("Dec", "31", "2025-12-31T08:00:00.000Z"),
            ("Feb", "29", "2024-02-29T08:00:00.000Z"),
        ] {
            assert_eq!(shown(syslog(month, day, "08:00:00", hint)), expected);
        }
    }
}
