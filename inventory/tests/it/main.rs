//! The record from outside: one suite of behaviour on both databases, and search.

#[cfg(test)]
mod databases;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod records;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod search;
#[cfg(test)]
mod store_suite;
#[cfg(test)]
mod upgrade;
