//! The log from outside: what it keeps, what it recovers from, and who else accepts it.

mod log;
mod support;
