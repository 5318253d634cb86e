//! AI endpoints that no catalogue knows: self-hosted model servers, internal gateways, MCP servers. Signs seen in visible requests
//! (path with method, port, client program, kind of answer, name of the host) are combined; no weak sign is enough alone.
//!
//! Signs are taken as independent: confidence = 1 - product of (1 - weight), where paths count for one trade only: model
//! server, image generator, MCP server or agent, whichever they fit best. Weights: 0.8 says "an AI API by itself", 0.5 "with one
//! more sign", 0.25 "weak", as in the reviewed fingerprint list; they are judgements, not measurements.

mod signs;

use crate::event::{Event, Seen};
use signs::{Family, Sign, Trade};

/// A path sign of at most this weight is weak.
const WEAK_MAX: f32 = 0.25;
/// Weak path signs that count for one endpoint.
const WEAK_PATHS_MAX: usize = 2;

/// From this confidence on an endpoint is reported.
pub(crate) const CONFIDENCE_MIN: f32 = 0.7;

/// The signs of one endpoint so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Signs(Vec<&'static Sign>);

impl Signs {
    /// The signs one line gives for its endpoint.
    pub(crate) fn of(event: &Event<'_>) -> Self {
        let mut found = Self::default();
        found.add_opt(signs::of_port(event.port));
        found.add_opt(signs::of_host(&event.host));
        if !answered(event.status) {
            return found;
        }
        found.add_opt(signs::of_agent(&event.agent));
        if event.seen == Seen::Http
            && let Some(path) = event.path.as_deref()
            && let Some(sign) = signs::of_path(&event.method, path)
        {
            found.add_opt(Some(sign));
            found.add_opt(signs::of_answer(&event.content_type));
        }
        found
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the signs of another line. The order does not matter.
    pub(crate) fn merge(&mut self, other: &Self) {
        for sign in &other.0 {
            self.add_opt(Some(sign));
        }
    }

    /// How sure it is that this is an AI endpoint.
    pub(crate) fn confidence(&self) -> f32 {
        let beside: f32 = self.0.iter().filter(|sign| !sign.from_path).map(|sign| 1.0 - sign.weight).product();
        let paths = Trade::ALL.map(|trade| self.doubt_after_paths(trade));
        let doubt = beside * paths.into_iter().fold(1.0, f32::min);
        let doubt = if self.port_confirms_path() { doubt * 0.5 } else { doubt };
        ((1.0 - doubt) * 100.0).round() / 100.0
    }

    /// What doubt the paths of one trade leave. Of weak ones only the first two count: any large application has such words somewhere.
    fn doubt_after_paths(&self, trade: Trade) -> f32 {
        let mut weak = 0;
        let counts = |sign: &&&'static Sign| {
            weak += usize::from(sign.weight <= WEAK_MAX);
            sign.weight > WEAK_MAX || weak <= WEAK_PATHS_MAX
        };
        let of_trade = self.0.iter().filter(|sign| sign.from_path && sign.family.trade() == trade);
        of_trade.filter(counts).map(|sign| 1.0 - sign.weight).product()
    }

    /// Whether it is an MCP server rather than a model server.
    pub(crate) fn is_mcp(&self) -> bool {
        let weigh = |mcp: bool| -> f32 {
            self.0
                .iter()
                .filter(|sign| sign.from_path && (sign.family == Family::Mcp) == mcp)
                .map(|sign| sign.weight)
                .sum()
        };
        weigh(true) > weigh(false)
    }

    /// What kind of server it looks like, and the reasons: `Ollama server`, `POST /api/chat, port 11434`.
    pub(crate) fn describe(&self) -> (&'static str, String) {
        let strongest = self
            .0
            .iter()
            .filter(|sign| sign.from_path)
            .max_by(|a, b| a.weight.total_cmp(&b.weight).then(b.label.cmp(a.label)));
        let strongest = strongest.or(self.0.first());
        let what = strongest.map_or("AI endpoint", |sign| sign.family.server());
        let labels: Vec<&str> = self.0.iter().map(|sign| sign.label).collect();
        (what, labels.join(", "))
    }

    /// A path on the very port where its kind of server listens by default; asking for a list of models proves nothing anywhere.
    fn port_confirms_path(&self) -> bool {
        let on_port = |family: Family| self.0.iter().any(|sign| !sign.from_path && sign.ports_of.contains(&family));
        self.0.iter().any(|sign| sign.from_path && sign.confirmed_by_port && on_port(sign.family))
    }

    fn add_opt(&mut self, sign: Option<&'static Sign>) {
        let Some(sign) = sign else { return };
        if let Err(place) = self.0.binary_search_by(|known| known.label.cmp(sign.label)) {
            self.0.insert(place, sign);
        }
    }
}

/// Whether the server dealt with the request. A path it does not have, a redirect, a demand for a password or a proxy that
/// cannot reach it say nothing about what the server is: scanners ask everywhere.
fn answered(status: u16) -> bool {
    matches!(status, 0..=299 | 400 | 422 | 429 | 500)
}
