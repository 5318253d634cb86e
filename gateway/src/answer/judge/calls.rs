//! The tools that an answer calls.

use super::{Cut, Judge, RESTORED_BYTES_MAX};
use gnomon_policy::Taken;
use gnomon_types::conversation::ToolCall;
use gnomon_types::secret::Text;

impl Judge {
    /// Takes note of calls of tools that the answer makes. The caller must not get the end of one before.
    pub(crate) fn call(&mut self, calls: &[ToolCall]) -> Result<(), Cut> {
        if calls.is_empty() {
            return Ok(());
        }
        let calls = calls.iter().map(|call| self.as_received(call)).collect();
        match self.called.take(calls, &self.asked, &self.caller.id, &self.policy) {
            Taken::Known => Ok(()),
            Taken::New => self.ask_as_a_whole(),
            Taken::TooMany => Err(self.cut("answer-tools", "the answer calls more tools than can be judged")),
        }
    }

    /// A call as the caller gets it: with its own values.
    fn as_received(&self, call: &ToolCall) -> ToolCall {
        let (mut arguments, mut at) = (String::new(), 0);
        for token in self.values.find(&call.arguments) {
            arguments.push_str(call.arguments.get(at..token.start).unwrap_or_default());
            arguments.push_str(&token.text);
            at = token.end;
            if arguments.len() > RESTORED_BYTES_MAX {
                break;
            }
        }
        arguments.push_str(call.arguments.get(at..).unwrap_or_default());
        ToolCall { arguments: Text(arguments), ..call.clone() }
    }
}
