//! The report: uses, blind spots and sources as one sorted document. The same input gives the same bytes, in whatever order files came in.

use crate::blind::NAMELESS;
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use gnomon_types::ids::ServiceId;
use gnomon_types::sighting::{BlindSpot, EvidencePointer, SourceSummary, Use};
use gnomon_types::time::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Pointers shown for each user (or device) of a service in each file; the counts cover all lines.
pub const POINTERS_EACH_MAX: usize = 3;

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The services, sorted by id.
    pub services: Vec<ReportedService>,
    /// What the sources cannot show, sorted.
    pub blind_spots: Vec<BlindSpot>,
    /// The sources, sorted by file.
    pub sources: Vec<SourceSummary>,
}

/// One service with everything seen of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportedService {
    /// Its id.
    pub id: ServiceId,
    /// Its name for people.
    pub name: String,
    /// Hosts that were contacted, sorted.
    pub hosts: Vec<String>,
    /// How it was recognised.
    pub kind: ServiceKind,
    /// What the organisation decided.
    pub status: ServiceStatus,
    /// User names, or the client address where no user is named; sorted.
    pub users: Vec<String>,
    /// Earliest sighting.
    pub first_seen: Timestamp,
    /// Latest sighting.
    pub last_seen: Timestamp,
    /// Lines that show use.
    pub requests: u64,
    /// Bytes sent, where the logs tell.
    pub bytes_up: u64,
    /// Bytes received, where the logs tell.
    pub bytes_down: u64,
    /// Highest confidence of all sightings.
    pub confidence: f32,
    /// Where it can be looked up, sorted by file and offset.
    pub evidence: Vec<EvidencePointer>,
}

/// Puts the uses of any number of files together.
#[must_use]
pub fn report(
    uses: &[Use],
    statuses: &dyn Fn(&ServiceId) -> ServiceStatus,
    sources: &[SourceSummary],
    blind_spots: &[BlindSpot],
) -> Report {
    let mut by_service: BTreeMap<&ServiceId, Vec<&Use>> = BTreeMap::new();
    for one in uses {
        by_service.entry(&one.service).or_default().push(one);
    }
    let services = by_service.into_iter().filter_map(|(id, uses)| service(id, &uses, statuses(id))).collect();
    let sources: BTreeSet<&SourceSummary> = sources.iter().collect();
    Report { services, blind_spots: still_blind(uses, blind_spots), sources: sources.into_iter().cloned().collect() }
}

fn service(id: &ServiceId, uses: &[&Use], status: ServiceStatus) -> Option<ReportedService> {
    let best = uses
        .iter()
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence).then_with(|| b.service_name.cmp(&a.service_name)))?;
    let who = |one: &&Use| one.user.clone().or_else(|| one.device.clone());
    let hosts: BTreeSet<&str> = uses.iter().map(|one| one.host.as_str()).collect();
    let users: BTreeSet<String> = uses.iter().filter_map(who).collect();
    let sum = |count: fn(&Use) -> u64| uses.iter().fold(0u64, |sum, one| sum.saturating_add(count(one)));
    Some(ReportedService {
        id: id.clone(),
        name: best.service_name.clone(),
        hosts: hosts.into_iter().map(str::to_owned).collect(),
        kind: best.kind,
        status,
        users: users.into_iter().collect(),
        first_seen: uses.iter().map(|one| one.first_seen).min()?,
        last_seen: uses.iter().map(|one| one.last_seen).max()?,
        requests: sum(|one| one.requests),
        bytes_up: sum(|one| one.bytes_up),
        bytes_down: sum(|one| one.bytes_down),
        confidence: best.confidence,
        evidence: evidence(uses),
    })
}

/// The first pointers of everybody in every file, so that each name in the report can be checked.
fn evidence(uses: &[&Use]) -> Vec<EvidencePointer> {
    let mut groups: BTreeMap<(Option<&str>, &str), BTreeSet<Place<'_>>> = BTreeMap::new();
    for one in uses {
        let who = one.user.as_deref().or(one.device.as_deref());
        for pointer in &one.evidence {
            let places = groups.entry((who, &pointer.file)).or_default();
            places.insert(Place::of(pointer));
            if places.len() > POINTERS_EACH_MAX {
                places.pop_last();
            }
        }
    }
    let all: BTreeSet<Place<'_>> = groups.into_values().flatten().collect();
    all.into_iter().map(|place| place.pointer.clone()).collect()
}

/// A pointer in the order of reading: by file, then by offset.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    file: &'a str,
    offset: u64,
    pointer: &'a EvidencePointer,
}

impl<'a> Place<'a> {
    fn of(pointer: &'a EvidencePointer) -> Self {
        Self { file: &pointer.file, offset: pointer.offset, pointer }
    }
}

/// A device without a name in one file may have one in another.
fn still_blind(uses: &[Use], blind_spots: &[BlindSpot]) -> Vec<BlindSpot> {
    let named: BTreeSet<&str> =
        uses.iter().filter(|one| one.user.is_some()).filter_map(|one| one.device.as_deref()).collect();
    let resolved = |spot: &&BlindSpot| {
        spot.reason == NAMELESS && spot.device.as_deref().is_some_and(|device| named.contains(device))
    };
    let spots: BTreeSet<&BlindSpot> = blind_spots.iter().filter(|spot| !resolved(spot)).collect();
    spots.into_iter().cloned().collect()
}
