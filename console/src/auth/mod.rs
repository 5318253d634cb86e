//! Who asks, and what they may do.

pub(crate) mod csrf;
pub(crate) mod guard;
pub(crate) mod limiter;
pub(crate) mod peer;
pub(crate) mod places;
pub(crate) mod roles;
pub(crate) mod session;
