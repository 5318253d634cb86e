//! What a source cannot show: an honest limit of the inventory, said for a user, a device, or every device behind a source.

mod resolvers;

use crate::catalogue::Catalogue;
use crate::event::{Event, Seen};
use gnomon_types::sighting::{BlindSpot, SourceSummary, Use};
use resolvers::Resolvers;
use std::collections::BTreeSet;

/// In [`BlindSpot::device`]: every device behind the source that the reason names.
pub const EVERY_DEVICE: &str = "*";

/// Reason given for a device whose user no source names; [`crate::report`] drops it when another source does.
pub(crate) const NAMELESS: &str = BlindSpot::NAMELESS;

/// Most users and devices for which hidden lookups are listed singly.
const HIDERS_MAX: usize = 100_000;
const DAYS_MAX: usize = 40_000;
const DAY_MILLIS: i64 = 86_400_000;

/// Gathers blind spots while a file is read.
#[derive(Debug)]
pub(crate) struct Blind {
    resolvers: Resolvers,
    hiders: BTreeSet<(bool, String, String)>,
    embedded: BTreeSet<String>,
    days: BTreeSet<i64>,
    last_day: Option<i64>,
    tunnels: u64,
    decrypted: u64,
    tls: u64,
    tls_nameless: u64,
    hostless: u64,
}

impl Blind {
    pub(crate) fn new() -> Self {
        Self {
            resolvers: Resolvers::new(),
            hiders: BTreeSet::new(),
            embedded: BTreeSet::new(),
            days: BTreeSet::new(),
            last_day: None,
            tunnels: 0,
            decrypted: 0,
            tls: 0,
            tls_nameless: 0,
            hostless: 0,
        }
    }

    /// Looks at every line, refused ones too.
    pub(crate) fn look(&mut self, event: &Event<'_>) {
        self.look_at_day(event);
        match event.seen {
            Seen::Tunnel => self.tunnels += 1,
            Seen::Http => {
                self.decrypted += u64::from(event.secure);
                self.hostless += u64::from(event.host.is_empty());
            }
            Seen::Tls => {
                self.tls += 1;
                self.tls_nameless += u64::from(event.host.parse::<std::net::IpAddr>().is_ok() || event.host.is_empty());
            }
            Seen::Dns => {}
        }
        if event.refused {
            return;
        }
        if let Some(reason) = self.resolvers.reason(event)
            && self.hiders.len() < HIDERS_MAX
        {
            let who = event.user.as_deref().or(event.device.as_deref()).unwrap_or("unknown").to_owned();
            self.hiders.insert((event.user.is_some(), who, reason));
        }
    }

    /// A host outside the catalogue whose path is hidden.
    pub(crate) fn look_behind(&mut self, event: &Event<'_>, catalogue: &Catalogue) {
        if matches!(event.seen, Seen::Tunnel | Seen::Tls)
            && let Some(service) = catalogue.hidden(&event.host)
        {
            self.embedded.insert(service.name.clone());
        }
    }

    fn look_at_day(&mut self, event: &Event<'_>) {
        let day = event.at.as_millis().div_euclid(DAY_MILLIS);
        if self.last_day != Some(day) && self.days.len() < DAYS_MAX {
            self.last_day = Some(day);
            self.days.insert(day);
        }
    }

    /// Every blind spot of one file, sorted.
    pub(crate) fn finish(self, file: &str, uses: &[Use]) -> Vec<BlindSpot> {
        let mut spots = BTreeSet::new();
        let everywhere = |reason: String| BlindSpot { user: None, device: Some(EVERY_DEVICE.to_owned()), reason };
        for (first, last) in gaps(&self.days) {
            spots.insert(everywhere(gap_reason(file, first, last)));
        }
        if self.tunnels > 0 && self.decrypted == 0 {
            spots.insert(everywhere(format!(
                "{file}: HTTPS is logged as CONNECT tunnels only: paths, models and uploads are hidden"
            )));
        }
        if self.tls_nameless > 0 {
            let (nameless, all) = (self.tls_nameless, self.tls);
            spots.insert(everywhere(format!("{file}: {nameless} of {all} TLS connections name no server")));
        }
        if self.hostless > 0 {
            let lines = self.hostless;
            spots.insert(everywhere(format!(
                "{file}: {lines} requests name no host: they cannot be assigned to a service"
            )));
        }
        if !self.embedded.is_empty() {
            let names: Vec<&str> = self.embedded.iter().map(String::as_str).collect();
            let names = names.join(", ");
            spots.insert(everywhere(format!(
                "{file}: paths are encrypted, so AI inside other products is not seen: {names}"
            )));
        }
        for (is_user, who, reason) in self.hiders {
            let (user, device) = if is_user { (Some(who), None) } else { (None, Some(who)) };
            spots.insert(BlindSpot { user, device, reason });
        }
        spots.extend(nameless(uses));
        spots.into_iter().collect()
    }
}

/// First and last day of each run of days without lines between the first and the last day of the file.
fn gaps(days: &BTreeSet<i64>) -> impl Iterator<Item = (i64, i64)> {
    days.iter()
        .zip(days.iter().skip(1))
        .filter(|(before, after)| **after - **before > 1)
        .map(|(before, after)| (before + 1, after - 1))
}

fn gap_reason(file: &str, first: i64, last: i64) -> String {
    let name = |day: i64| gnomon_types::time::Timestamp::from_millis(day * DAY_MILLIS).day();
    if first == last {
        return format!("{file}: no lines on {} (UTC)", name(first));
    }
    format!("{file}: no lines from {} to {} (UTC)", name(first), name(last))
}

/// Devices that used AI and whose user no use names.
fn nameless(uses: &[Use]) -> Vec<BlindSpot> {
    let named: BTreeSet<&str> =
        uses.iter().filter(|one| one.user.is_some()).filter_map(|one| one.device.as_deref()).collect();
    let without = uses.iter().filter(|one| one.user.is_none()).filter_map(|one| one.device.as_deref());
    let without: BTreeSet<&str> = without.filter(|device| !named.contains(device)).collect();
    let spot = |device: &str| BlindSpot { user: None, device: Some(device.to_owned()), reason: NAMELESS.to_owned() };
    without.into_iter().map(spot).collect()
}

/// Said when lines named no year and it was taken from the time of the file.
pub(crate) fn without_year(file: &str) -> BlindSpot {
    let reason = format!("{file}: its lines name no year: it was taken from the time of the file");
    BlindSpot { user: None, device: Some(EVERY_DEVICE.to_owned()), reason }
}

/// Blind spots that the counts of a source show.
pub(crate) fn of_source(source: &SourceSummary, overflow: u64, damaged: bool) -> Vec<BlindSpot> {
    let SourceSummary { file, lines, parsed, rejected, .. } = source;
    let mut reasons = Vec::new();
    if *lines > 0 && *parsed == 0 {
        reasons.push(format!("{file}: no known log format: its {lines} lines were not read"));
    } else if rejected * 100 >= *lines && *rejected > 0 {
        reasons.push(format!("{file}: {rejected} of {lines} lines could not be read"));
    }
    if overflow > 0 {
        reasons.push(format!(
            "{file}: {overflow} lines were not counted: too many different users, devices and endpoints"
        ));
    }
    if damaged {
        reasons.push(format!("{file}: the compressed file is damaged or cut: what follows the damage was not read"));
    }
    reasons.into_iter().map(|reason| BlindSpot { user: None, device: Some(EVERY_DEVICE.to_owned()), reason }).collect()
}
