//! Newtypes for identifiers, so that one kind of id cannot be passed where another is meant.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An identifier that is empty, too long or has characters outside `[A-Za-z0-9._:@/-]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {kind} `{value}`: use 1 to 200 of the characters A-Z a-z 0-9 . _ : @ / -")]
pub struct InvalidId {
    kind: &'static str,
    value: String,
}

fn is_well_formed(value: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:@/-".contains(&byte);
    (1..=200).contains(&value.len()) && value.bytes().all(allowed)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps an identifier.
            ///
            /// # Errors
            /// [`InvalidId`] when it is empty, over 200 bytes, or has a character outside `[A-Za-z0-9._:@/-]`.
            pub fn new(value: impl Into<String>) -> Result<Self, InvalidId> {
                let value = value.into();
                if is_well_formed(&value) { Ok(Self(value)) } else { Err(InvalidId { kind: $kind, value }) }
            }

            /// Wraps an identifier after replacing what is not allowed by `-`, for names that come from outside.
            #[must_use]
            pub fn sanitised(value: &str) -> Self {
                let allowed = |c: char| c.is_ascii_alphanumeric() || "._:@/-".contains(c);
                let clean: String = value.chars().take(200).map(|c| if allowed(c) { c } else { '-' }).collect();
                if clean.is_empty() { Self("unknown".to_owned()) } else { Self(clean) }
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(value: String) -> Result<Self, InvalidId> {
                Self::new(value)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id!(
    /// One decision about one request, shown to the caller in `x-gnomon-decision`. Form: `dec_` and 26 characters.
    DecisionId, "decision id"
);
id!(
    /// One request for a human decision. Form: `apr_` and 26 characters.
    ApprovalId, "approval id"
);
id!(
    /// An AI service in the inventory, such as `openai` or `host:10.9.3.4:11434`.
    ServiceId, "service id"
);
id!(
    /// Who asks: the name that a person gave to an application, team or agent when its access key was made.
    CallerId, "caller id"
);
id!(
    /// A route of the gateway's configuration.
    RouteName, "route name"
);
id!(
    /// An upstream of the gateway's configuration.
    UpstreamName, "upstream name"
);
id!(
    /// A Cedar policy, by its `@id` annotation.
    PolicyId, "policy id"
);
id!(
    /// A tool as records name it. One whose own name is no identifier is named by a digest of it.
    ToolName, "tool name"
);
id!(
    /// The public part of an access key, safe to show and to log.
    KeyId, "key id"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_empty_long_and_odd_identifiers() {
        for bad in ["", " ", "a b", "ü", &"x".repeat(201)] {
            assert!(ServiceId::new(bad).is_err(), "accepted `{bad}`");
        }
        assert_eq!(ServiceId::new("host:10.9.3.4:11434").unwrap().as_str(), "host:10.9.3.4:11434");
    }

    #[test]
    fn sanitising_always_gives_a_valid_identifier() {
        for odd in ["", "a b", "ü?", &"é".repeat(300)] {
            assert!(ServiceId::new(ServiceId::sanitised(odd).as_str()).is_ok());
        }
    }
}
