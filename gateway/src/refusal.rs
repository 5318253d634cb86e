//! Why a request does not get its answer, on the way to the one place that answers it.

use gnomon_types::code::Code;
use gnomon_types::ids::ApprovalId;
use gnomon_types::verdict::Reason;

/// A request that is not forwarded, or whose exchange failed before its answer began.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The public code.
    pub(crate) code: Code,
    /// What the caller is told.
    pub(crate) message: String,
    /// The value of the body that is wrong, as a JSON Pointer, if it is about one.
    pub(crate) place: Option<String>,
    /// Why, for the record, the deciding rule first.
    pub(crate) reasons: Vec<Reason>,
    /// The approval that it waits for or was refused by.
    pub(crate) approval: Option<ApprovalId>,
    /// Whether its intent record is written already.
    pub(crate) recorded: bool,
    /// Whether the connection must end, because the rest of a body is still in it.
    pub(crate) close: bool,
}

impl Refusal {
    /// A refusal by a built-in check. The message must not hold text of the request.
    pub(crate) fn new(code: Code, rule: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let reason = Reason { rule: rule.to_owned(), text: message.clone(), control: None, observed: false };
        Self { code, message, place: None, reasons: vec![reason], approval: None, recorded: false, close: false }
    }

    /// The same, ending the connection.
    pub(crate) fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// The same, with its record written.
    pub(crate) fn recorded(mut self) -> Self {
        self.recorded = true;
        self
    }

    /// The same, naming an approval.
    pub(crate) fn about(mut self, approval: ApprovalId) -> Self {
        self.approval = Some(approval);
        self
    }
}

/// How a step ended when it did not succeed.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The client gets a denial.
    Refused(Box<Refusal>),
    /// The client left; there is nobody to answer.
    Gone,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}
