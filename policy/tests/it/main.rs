//! The crate from outside: decisions as data, and what must hold whatever a policy says.

mod bundles;
mod decisions;
#[cfg(test)]
mod found;
#[cfg(test)]
mod numbers;
mod opinions;
mod passes;
#[cfg(test)]
mod redaction;
mod restore;
#[cfg(test)]
#[path = "../../detect/tests/it/samples.rs"]
#[expect(dead_code, reason = "the samples of the detectors' own tests, of which not all are needed here")]
mod samples;
mod tools;
#[cfg(test)]
mod ways_out;
