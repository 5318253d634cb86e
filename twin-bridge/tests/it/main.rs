//! The bridge from outside: feeds to sinks that fail, and documents that others validate.

#[cfg(test)]
mod bill;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod story;
