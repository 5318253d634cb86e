//! What can go wrong before a worker can start. Failures of sending are no errors: the worker waits and tries again.

/// A sink that cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The address is no `http:` or `https:` URL.
    #[error("cannot use twin sink `{sink}`: `{url}` is no http or https address")]
    Url {
        /// The sink.
        sink: String,
        /// The address as given.
        url: String,
    },
    /// The certificates of the sink's authority cannot be read.
    #[error("cannot use twin sink `{sink}`: certificates in `{path}`: {cause}")]
    Certificates {
        /// The sink.
        sink: String,
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
}
