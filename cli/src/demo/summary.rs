//! What the demo did, step by step, and whether each step worked.

use crate::output;
use serde::Serialize;

/// One part of the product, tried.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    /// Which part.
    pub(crate) part: &'static str,
    /// Whether it worked.
    pub(crate) ok: bool,
    /// What was seen.
    pub(crate) detail: String,
}

/// All steps.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// Whether every step worked.
    pub(crate) ok: bool,
    /// The steps in order.
    pub(crate) steps: Vec<Step>,
}

impl Summary {
    /// Notes how a part did.
    pub(crate) fn note(&mut self, part: &'static str, result: anyhow::Result<String>) {
        let step = match result {
            Ok(detail) => Step { part, ok: true, detail },
            Err(error) => Step { part, ok: false, detail: format!("{error:#}") },
        };
        self.steps.push(step);
        self.ok = self.steps.iter().all(|step| step.ok);
    }

    /// Prints one line for each step.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn print(&self) -> anyhow::Result<()> {
        for step in &self.steps {
            let mark = if step.ok { "ok  " } else { "FAIL" };
            output::line(&format!("{mark}  {:<22} {}", step.part, step.detail))?;
        }
        Ok(())
    }
}
