//! Small charts drawn by the server as SVG, each with its numbers in words beside it.
//!
//! Positions are attributes, never `style`, so the strict content security policy holds.

use crate::format;
use maud::{Markup, html};

/// One kind of thing that is counted: its word and the class that fills it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) fill: &'static str,
}

/// One column: a label, and one value for each series.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) values: Vec<u64>,
}

const WIDTH: u64 = 720;
const HEIGHT: u64 = 180;
const LEFT: u64 = 44;
const BASE: u64 = 152;
const TOP: u64 = 10;

/// Stacked columns with an axis, a legend with sums, and a table of the same numbers.
pub(crate) fn columns(title: &str, series: &[Series], columns: &[Column]) -> Markup {
    let top = nice(columns.iter().map(|column| column.values.iter().sum()).max().unwrap_or(0));
    let step = (WIDTH - LEFT) / u64::try_from(columns.len().max(1)).unwrap_or(1);
    let bar = (step * 7 / 10).clamp(2, 40);
    html! {
        figure {
            svg class="chart" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(format!("{title}; the numbers are in the table below")) {
                @for part in 0..=2u64 {
                    @let y = BASE - (BASE - TOP) * part / 2;
                    line class="axis" x1=(LEFT) x2=(WIDTH) y1=(y) y2=(y) {}
                    text x=(LEFT - 8) y=(y + 4) text-anchor="end" { (compact(top * part / 2)) }
                }
                @for (index, column) in (0u64..).zip(columns) {
                    @let x = LEFT + step * index + (step - bar) / 2;
                    g { title { (described(column, series)) } (stack(column, series, top, x, bar)) }
                    @if labelled(index, columns.len()) {
                        text x=(x + bar / 2) y=(HEIGHT - 10) text-anchor="middle" { (short_day(&column.label)) }
                    }
                }
            }
            (legend(series, &sums(series, columns)))
            (twin(title, series, columns))
        }
    }
}

fn stack(column: &Column, series: &[Series], top: u64, x: u64, width: u64) -> Markup {
    let mut y = BASE;
    let mut parts = Vec::new();
    for (value, series) in column.values.iter().zip(series).filter(|(value, _)| **value > 0) {
        let height = (value.saturating_mul(BASE - TOP) / top.max(1)).max(2).min(y.saturating_sub(TOP).max(1));
        y -= height;
        parts.push((y, height, series.fill));
    }
    html! {
        @for (y, height, fill) in parts { rect class=(fill) x=(x) y=(y) width=(width) height=(height) rx="1.5" {} }
    }
}

fn described(column: &Column, series: &[Series]) -> String {
    let parts: Vec<_> = column
        .values
        .iter()
        .zip(series)
        .map(|(value, series)| format!("{} {}", series.name, format::count(*value)))
        .collect();
    format!("{}: {}", column.label, parts.join(", "))
}

fn sums(series: &[Series], columns: &[Column]) -> Vec<u64> {
    (0..series.len()).map(|index| columns.iter().filter_map(|column| column.values.get(index)).sum()).collect()
}

fn labelled(index: u64, columns: usize) -> bool {
    let every = u64::try_from(columns.div_ceil(8)).unwrap_or(1).max(1);
    index.is_multiple_of(every)
}

/// `2026-11-23` as `23 Nov`; other labels as they are.
fn short_day(label: &str) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = label.split('-').skip(1);
    let month =
        parts.next().and_then(|month| month.parse::<usize>().ok()).and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    match (month, parts.next()) {
        (Some(month), Some(day)) => format!("{} {month}", day.trim_start_matches('0')),
        _ => label.to_owned(),
    }
}

/// Coloured squares with words and sums.
pub(crate) fn legend(series: &[Series], sums: &[u64]) -> Markup {
    html! {
        ul class="legend" {
            @for (series, sum) in series.iter().zip(sums) {
                li { (swatch(series.fill)) (series.name) " " b { (format::count(*sum)) } }
            }
        }
    }
}

fn swatch(fill: &str) -> Markup {
    html! { svg viewBox="0 0 10 10" aria-hidden="true" focusable="false" { rect class=(fill) width="10" height="10" rx="2.5" {} } }
}

fn twin(title: &str, series: &[Series], columns: &[Column]) -> Markup {
    html! {
        details class="twin" {
            summary { "Show as table" }
            div class="table-wrap" tabindex="0" role="region" aria-label=(format!("{title}, table")) {
                table class="tight" {
                    thead { tr { th scope="col" { "Day" } @for series in series { th scope="col" class="num" { (series.name) } } } }
                    tbody {
                        @for column in columns {
                            tr { td { (column.label) } @for value in &column.values { td class="num" { (format::count(*value)) } } }
                        }
                    }
                }
            }
        }
    }
}

/// One bar in parts, with a legend of words and numbers.
pub(crate) fn split(title: &str, parts: &[(Series, u64)]) -> Markup {
    let whole: u64 = parts.iter().map(|(_, value)| value).sum();
    let mut x = 0;
    let mut rects = Vec::new();
    for (series, value) in parts {
        let width = value.saturating_mul(1000).checked_div(whole).unwrap_or(0);
        rects.push((x, width, series.fill));
        x += width;
    }
    let (series, values): (Vec<_>, Vec<_>) = parts.iter().copied().unzip();
    html! {
        figure {
            svg class="split" viewBox="0 0 1000 12" preserveAspectRatio="none" role="img" aria-label=(format!("{title}; the numbers follow")) {
                rect class="bar-track" width="1000" height="12" {}
                @for (x, width, fill) in rects { rect class=(fill) x=(x) width=(width) height="12" {} }
            }
            (legend(&series, &values))
        }
    }
}

/// A bar that shows a share of the largest; the number stands beside it.
pub(crate) fn bar(value: u64, largest: u64, fill: &str) -> Markup {
    let share = value.saturating_mul(1000).checked_div(largest).unwrap_or(0);
    let width = share.clamp(u64::from(value > 0) * 4, 1000);
    html! {
        svg class="bar" viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect class="bar-track" width="1000" height="6" {}
            rect class=(fill) width=(width) height="6" {}
        }
    }
}

/// The next number of the form 1, 2, 4, 5 or 10 times a power of ten, so that half of it is readable too.
fn nice(largest: u64) -> u64 {
    let mut power = 1u64;
    loop {
        for factor in [2, 4, 6, 10] {
            if power.saturating_mul(factor) >= largest {
                return power.saturating_mul(factor);
            }
        }
        power = power.saturating_mul(10);
    }
}

fn compact(value: u64) -> String {
    match value {
        0..10_000 => format::count(value),
        10_000..1_000_000 => format!("{}k", value / 1_000),
        _ => format!("{}.{}M", value / 1_000_000, value % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_ends_at_a_round_number_above_the_data() {
        for (largest, expected) in [(0, 2), (3, 4), (7, 10), (41, 60), (1_500, 2_000), (61_000, 100_000)] {
            assert_eq!(nice(largest), expected, "{largest}");
        }
    }

    #[test]
    fn a_chart_holds_every_number_as_text_and_no_style_attribute() {
        let series = [Series { name: "Allow", fill: "fill-ok" }, Series { name: "Deny", fill: "fill-bad" }];
        let data = [Column { label: "2026-11-23".to_owned(), values: vec![1234, 7] }];
        let markup = columns("Decisions", &series, &data).into_string();
        assert!(markup.contains("1,234") && markup.contains(">7<") && markup.contains("23 Nov"), "{markup}");
        assert!(!markup.contains("style="));
    }
}
