//! Pieces of pages. Pure: values in, markup out.

pub(crate) mod badge;
pub(crate) mod chart;
pub(crate) mod list;
