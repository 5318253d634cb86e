//! The crate from outside: decisions as data, and what must hold whatever a policy says.

mod bundles;
mod decisions;
mod opinions;
mod passes;
mod restore;
mod tools;
