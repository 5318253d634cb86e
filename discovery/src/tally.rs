//! Sums what was seen: one slot for each service or endpoint, host, user, device and UTC day. Bounded; what does not fit is counted.

use crate::catalogue::{Catalogue, Hit};
use crate::event::{Event, Seen};
use crate::report::POINTERS_EACH_MAX;
use crate::unknown::{CONFIDENCE_MIN, Signs};
use crate::{client, model};
use gnomon_types::asset::ServiceKind;
use gnomon_types::ids::ServiceId;
use gnomon_types::sighting::{EvidencePointer, Use};
use gnomon_types::time::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// Most slots one file may fill (a few hundred bytes each): some months of a company of some thousand people.
const SLOTS_MAX: usize = 1_000_000;
/// Most endpoints outside the catalogue that are watched at once.
const ENDPOINTS_MAX: usize = 50_000;
/// Pointers kept in full for one file; from then on each slot keeps only as many as a report shows, so that a month of a large
/// company stays small.
const POINTERS_FULL: usize = 400_000;
/// Most model names kept for one slot.
const MODELS_MAX: usize = 32;

/// Where a line stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) format: &'static str,
    pub(crate) offset: u64,
    pub(crate) line: u64,
}

/// An endpoint outside the catalogue, with what speaks for AI.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// `host:` and the endpoint.
    pub id: ServiceId,
    /// Host, with its port when it is not the scheme's own.
    pub host: String,
    /// How sure it is.
    pub confidence: f32,
    /// The signs that were combined: `POST /api/chat, port 11434`.
    pub reasons: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    Service(usize),
    Endpoint(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    subject: Subject,
    host: u32,
    user: Option<u32>,
    device: Option<u32>,
    day: i64,
}

#[derive(Debug)]
struct Slot {
    first: Timestamp,
    last: Timestamp,
    requests: u64,
    bytes_up: u64,
    bytes_down: u64,
    confidence: f32,
    models: BTreeSet<String>,
    clients: BTreeSet<&'static str>,
    evidence: Vec<Place>,
}

/// The sums of one file.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    names: Names,
    slots: HashMap<Key, Slot>,
    endpoints: HashMap<String, usize>,
    signs: Vec<Signs>,
    pointers: usize,
    /// Lines that no longer fitted.
    pub(crate) overflow: u64,
}

impl Tally {
    /// A line that shows contact with a service of the catalogue.
    pub(crate) fn add_known(&mut self, event: &Event<'_>, hit: Hit, place: Place) {
        let confidence = hit.confidence * reliance(event.seen);
        self.add(Subject::Service(hit.service), event, confidence, place);
    }

    /// A line about a host outside the catalogue. Only lines with a sign count: what else the host serves is no use of AI.
    pub(crate) fn add_other(&mut self, event: &Event<'_>, place: Place) {
        if event.seen == Seen::Dns || event.host.is_empty() {
            return;
        }
        let signs = Signs::of(event);
        if signs.is_empty() {
            return;
        }
        let endpoint = event.endpoint();
        let index = match self.endpoints.get(endpoint.as_ref()) {
            Some(index) => *index,
            None if self.signs.len() >= ENDPOINTS_MAX => {
                self.overflow += 1;
                return;
            }
            None => {
                self.signs.push(Signs::default());
                self.endpoints.insert(endpoint.into_owned(), self.signs.len() - 1);
                self.signs.len() - 1
            }
        };
        if let Some(known) = self.signs.get_mut(index) {
            known.merge(&signs);
        }
        self.add(Subject::Endpoint(index), event, 0.0, place);
    }

    fn add(&mut self, subject: Subject, event: &Event<'_>, confidence: f32, place: Place) {
        let room = self.slots.len() < SLOTS_MAX;
        let key = self.key(subject, event, room).filter(|key| room || self.slots.contains_key(key));
        let Some(key) = key else {
            self.overflow += 1;
            return;
        };
        let most = if self.pointers < POINTERS_FULL { Use::EVIDENCE_MAX } else { POINTERS_EACH_MAX };
        let slot = self.slots.entry(key).or_insert_with(|| Slot::new(event.at));
        slot.add(event, confidence);
        if slot.evidence.len() < most {
            slot.evidence.push(place);
            self.pointers += 1;
        }
    }

    /// The slot of an event; without room for another one only names that are known are looked at.
    fn key(&mut self, subject: Subject, event: &Event<'_>, room: bool) -> Option<Key> {
        let names = &mut self.names;
        let mut index = |name: &str| if room { Some(names.index(name)) } else { names.find(name) };
        let host = index(&event.endpoint())?;
        let user = match event.user.as_deref() {
            Some(user) => Some(index(user)?),
            None => None,
        };
        let device = match event.device.as_deref() {
            Some(device) => Some(index(device)?),
            None => None,
        };
        Some(Key { subject, host, user, device, day: event.at.as_seconds().div_euclid(86_400) })
    }

    /// The uses, sorted, and the endpoints outside the catalogue that turned out to be AI.
    pub(crate) fn finish(self, catalogue: &Catalogue, file: &str) -> (Vec<Use>, Vec<Endpoint>) {
        let Self { names, slots, endpoints, signs, .. } = self;
        let mut found: Vec<Endpoint> = Vec::new();
        let mut accepted: HashMap<usize, (ServiceId, String, ServiceKind, f32)> = HashMap::new();
        for (host, index) in endpoints {
            let Some(signs) = signs.get(index).filter(|signs| signs.confidence() >= CONFIDENCE_MIN) else {
                continue;
            };
            let id = endpoint_id(&host);
            let kind = if signs.is_mcp() { ServiceKind::Mcp } else { ServiceKind::Unknown };
            let (what, reasons) = signs.describe();
            accepted.insert(index, (id.clone(), format!("{what} at {host}"), kind, signs.confidence()));
            found.push(Endpoint { id, host, confidence: signs.confidence(), reasons });
        }
        let mut uses = Vec::new();
        for (key, slot) in slots {
            let subject = match key.subject {
                Subject::Service(index) => catalogue
                    .service(index)
                    .map(|service| (service.id.clone(), service.name.clone(), service.kind, slot.confidence)),
                Subject::Endpoint(index) => accepted.get(&index).cloned(),
            };
            let Some(subject) = subject else { continue };
            uses.push(slot.into_use(subject, &key, &names, file));
        }
        uses.sort_by(|a, b| identity(a).cmp(&identity(b)));
        found.sort_by(|a, b| a.id.cmp(&b.id));
        (uses, found)
    }
}

/// `host:10.9.3.4:11434`; brackets are no characters of an id, so `[fd00::9]:11434` becomes `host:fd00::9@11434`.
fn endpoint_id(endpoint: &str) -> ServiceId {
    let plain = endpoint.strip_prefix('[').map(|rest| rest.replace("]:", "@"));
    ServiceId::sanitised(&format!("host:{}", plain.as_deref().unwrap_or(endpoint)))
}

/// What makes a use one of its own within a file.
fn identity(one: &Use) -> (&ServiceId, &str, Option<&str>, Option<&str>, &str) {
    (&one.service, &one.host, one.user.as_deref(), one.device.as_deref(), &one.day)
}

/// A lookup may be a prefetch, a name in a tunnel is what the client claims.
fn reliance(seen: Seen) -> f32 {
    match seen {
        Seen::Dns => 0.8,
        Seen::Tls | Seen::Tunnel => 0.95,
        Seen::Http => 1.0,
    }
}

impl Slot {
    fn new(at: Timestamp) -> Self {
        Self {
            first: at,
            last: at,
            requests: 0,
            bytes_up: 0,
            bytes_down: 0,
            confidence: 0.0,
            models: BTreeSet::new(),
            clients: BTreeSet::new(),
            evidence: Vec::new(),
        }
    }

    fn add(&mut self, event: &Event<'_>, confidence: f32) {
        self.first = self.first.min(event.at);
        self.last = self.last.max(event.at);
        self.requests += 1;
        self.bytes_up = self.bytes_up.saturating_add(event.bytes_up);
        self.bytes_down = self.bytes_down.saturating_add(event.bytes_down);
        self.confidence = self.confidence.max(confidence);
        self.clients.extend(client::name(&event.agent));
        if self.models.len() < MODELS_MAX
            && let Some(model) = event.path.as_deref().and_then(model::in_path)
            && !self.models.contains(model)
        {
            self.models.insert(model.to_owned());
        }
    }

    fn into_use(self, subject: (ServiceId, String, ServiceKind, f32), key: &Key, names: &Names, file: &str) -> Use {
        let (service, service_name, kind, confidence) = subject;
        let pointer = |place: &Place| EvidencePointer {
            source: place.format.to_owned(),
            file: file.to_owned(),
            // The record knows it once for all pointers of a file.
            digest: None,
            offset: place.offset,
            line: place.line,
        };
        Use {
            service,
            service_name,
            kind,
            host: names.text(key.host),
            user: key.user.map(|user| names.text(user)),
            device: key.device.map(|device| names.text(device)),
            day: self.first.day(),
            first_seen: self.first,
            last_seen: self.last,
            requests: self.requests,
            bytes_up: self.bytes_up,
            bytes_down: self.bytes_down,
            confidence: (confidence * 100.0).round() / 100.0,
            models: self.models.into_iter().collect(),
            clients: self.clients.into_iter().map(str::to_owned).collect(),
            evidence: self.evidence.iter().map(pointer).collect(),
        }
    }
}

/// Names kept once.
#[derive(Debug, Default)]
struct Names {
    indices: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Names {
    fn find(&self, name: &str) -> Option<u32> {
        self.indices.get(name).copied()
    }

    fn index(&mut self, name: &str) -> u32 {
        if let Some(index) = self.find(name) {
            return index;
        }
        let index = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.indices.insert(name.into(), index);
        self.texts.push(name.into());
        index
    }

    fn text(&self, index: u32) -> String {
        self.texts.get(index as usize).map_or_else(String::new, |text| text.to_string())
    }
}
