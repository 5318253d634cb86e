//! What can be wrong with bytes that others sent.

use std::fmt;

/// A request body that does not have exactly one reading in its dialect, or not the types of it.
///
/// Neither field ever holds text of the request: keys that are not plain names stand as `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// Offset of the first wrong byte in the body.
    pub offset: usize,
    /// JSON Pointer of the value that is wrong, empty for the whole document.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub message: String,
    /// What sort of mistake it is.
    pub mistake: Mistake,
}

/// What sort of mistake a body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// Parsers read the body differently, or not at all.
    Reading,
    /// A value is missing, or is not of the type that the API gives it.
    Type,
    /// There is more of something than is inspected.
    Size,
}

impl ReadError {
    /// A body that parsers read differently.
    pub(crate) fn reading(offset: usize, pointer: String, message: impl Into<String>) -> Self {
        Self { offset, pointer, message: message.into(), mistake: Mistake::Reading }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {}", self.message, self.offset)?;
        if !self.pointer.is_empty() {
            write!(f, ", at `{}`", self.pointer)?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for ReadError {}

/// A stream of events that cannot be inspected. The stream must end; nothing of the event may pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// An event is larger than what is held for inspection.
    #[error("an event of the answer is larger than {limit} bytes")]
    TooLarge {
        /// The largest event in bytes.
        limit: usize,
    },
    /// The data of an event is not one strict JSON document.
    #[error("an event of the answer cannot be read: {0}")]
    Unreadable(ReadError),
    /// Text arrived for a channel after the event that ends it.
    #[error("the answer goes on in a block after its end")]
    AfterEnd,
    /// An answer opened more channels of text than are tracked.
    #[error("the answer has more than {limit} separate texts")]
    TooManyChannels {
        /// The most channels of one answer.
        limit: usize,
    },
}
