//! The crate from outside.

mod face;
