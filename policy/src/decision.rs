//! What goes into [`crate::validate`] and what comes out.

use crate::opinion::{Judge, Opinion, Question};
use crate::restore::Replaced;
use crate::tools::{Asked, Offer, ToolPins};
use gnomon_types::caller::Caller;
use gnomon_types::code::Code;
use gnomon_types::conversation::DialectName;
use gnomon_types::ids::UpstreamName;
use gnomon_types::record::{Found, PassSummary, Target};
use gnomon_types::verdict::{Reason, Verdict};
use std::collections::BTreeMap;
use std::fmt;

/// A request to judge.
pub struct Request<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The route that matched.
    pub route: &'a str,
    /// Where it would go. The model may be absent: the body names it.
    pub target: &'a Target,
    /// HTTP method.
    pub method: &'a str,
    /// Path after the route's prefix, query included: it leaves too, so it is inspected.
    pub path: &'a str,
    /// The API whose shape the body has.
    pub dialect: DialectName,
    /// The `content-type` header.
    pub content_type: Option<&'a str>,
    /// The whole body, as received.
    pub body: &'a [u8],
    /// Whether a valid approval for the exact bytes that would leave is at hand.
    pub approved: bool,
    /// Whether tools gave this caller something before that the body does not hold.
    pub heard: bool,
    /// The judge model for texts that the detectors are unsure about, if there is one.
    pub judge: Option<Judge<'a>>,
    /// What was decided about definitions of tools.
    pub pins: ToolPins<'a>,
    /// Microseconds since some fixed moment, for the duration of each pass.
    pub micros: &'a dyn Fn() -> u64,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {}, {} bytes)", self.dialect.as_str(), self.route, self.body.len())
    }
}

/// What is done with a request, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What is done.
    pub verdict: Verdict,
    /// The public code when nothing may leave.
    pub code: Option<Code>,
    /// Why, the deciding rule first; rules that only observe last.
    pub reasons: Vec<Reason>,
    /// Number of findings by `kind/TYPE`, replaced ones included.
    pub findings: BTreeMap<String, u64>,
    /// Where findings were made and by which rule, those that stand before those that were replaced. At most
    /// [`gnomon_types::record::FOUND_MAX`].
    pub found: Vec<Found>,
    /// Prompt-attack score of the worst part, 0 to 1.
    pub attack_score: f32,
    /// What each pass said. The first names the bytes received, the second the exact bytes that would leave.
    pub passes: Vec<PassSummary>,
    /// The model that the body asks for.
    pub model: Option<String>,
    /// Whether a streamed answer is asked for.
    pub stream: bool,
    /// Parts that hold something other than text.
    pub uninspected_parts: usize,
    /// Every definition of a tool that the request offers, with what it counts as.
    pub offers: Vec<Offer>,
    /// The bytes that may leave, when they differ from those received. With [`Verdict::Hold`]: those that may leave once
    /// a person approves and `validate` says so again with `approved`.
    pub outgoing: Option<Vec<u8>>,
    /// What the answer may be judged by.
    pub asked: Asked,
    /// What the tokens in those bytes stand for.
    pub replaced: Replaced,
    /// A rule asks for another upstream. The verdict is then `Deny` for this target; judge a request with that
    /// upstream's target instead, once.
    pub reroute: Option<UpstreamName>,
    /// What the judge model said, when its opinion was wanted.
    pub opinion: Option<Opinion>,
    /// What the judge model must be asked before this is a decision. While it is not empty the verdict is `Deny`; judge
    /// the request again with the answers.
    pub questions: Vec<Question>,
    /// What the caller is told when nothing leaves. For the caller's eyes only: about a body that cannot be read it may
    /// name a key of it.
    pub message: String,
    /// JSON Pointer of the value that is wrong, of a body that cannot be read.
    pub place: Option<String>,
}
