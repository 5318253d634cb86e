//! The only place that knows everyone: puts the parts together and keeps them informed of one another.

pub(crate) mod changes;
pub(crate) mod console;
pub(crate) mod follow;
pub(crate) mod intake;
pub(crate) mod live;
pub(crate) mod policies;
pub(crate) mod product;
pub(crate) mod publish;
pub(crate) mod reload;
pub(crate) mod shorten;
pub(crate) mod sinks;
pub(crate) mod state;
