//! Values of credentials in scripts that put no blank between words. No letter of such a script ends a value, and what
//! they mean is known at their end: they are held back where the name of a credential stands before them.

use super::hold::{ends_value, is_break};
use crate::patterns::before;
use crate::plan::Plan;

/// Passwords have at most 128 characters, of up to four bytes.
const VALUE_BYTES_MAX: usize = 512;
/// A value begins so far behind its name at most.
const REACH_BYTES_MAX: usize = 400;

/// Where the value begins that the text ends with, if it is in such a script and a name stands before it.
pub(super) fn credential_in(text: &str, plan: &Plan) -> Option<usize> {
    let piece = text.rsplit(ends_value).next().unwrap_or_default();
    if !piece.contains(is_break) {
        return None;
    }
    let tail = before(text, text.len(), VALUE_BYTES_MAX + REACH_BYTES_MAX);
    let begin = tail.len().saturating_sub(piece.len());
    // The login of a URL has an end that is known: `login_in`.
    let is_login = |end: usize| tail.get(..end).is_some_and(|head| head.ends_with("://"));
    let names = plan.names_of_unspaced(tail).into_iter().filter(|(end, _)| !is_login(*end));
    let near = names.filter(|(end, reach)| end + reach.min(&REACH_BYTES_MAX) >= begin);
    let values = near.map(|(end, _)| end.max(begin)).filter(|at| tail.len() - at <= VALUE_BYTES_MAX);
    values.min().map(|at| text.len() - tail.len() + at)
}
