//! What is compiled in: the schema and the starter set.

use crate::load::PolicyFile;

/// The Cedar schema that every policy is checked against.
pub const SCHEMA: &str = include_str!("schema.cedarschema");

/// The starter set, as `gnomon init` writes it out.
#[must_use]
pub fn shipped_files() -> Vec<PolicyFile> {
    let file = |name: &str, text: &str| PolicyFile { name: name.to_owned(), text: text.to_owned() };
    vec![
        file("10-services.cedar", include_str!("../policies/10-services.cedar")),
        file("20-secrets.cedar", include_str!("../policies/20-secrets.cedar")),
        file("30-attacks.cedar", include_str!("../policies/30-attacks.cedar")),
        file("35-tools.cedar", include_str!("../policies/35-tools.cedar")),
        file("40-personal-data.cedar", include_str!("../policies/40-personal-data.cedar")),
        file("50-people-decide.cedar", include_str!("../policies/50-people-decide.cedar")),
        file("55-prohibited-practices.cedar", include_str!("../policies/55-prohibited-practices.cedar")),
        file("57-data-classes.cedar", include_str!("../policies/57-data-classes.cedar")),
        file("60-observe.cedar", include_str!("../policies/60-observe.cedar")),
    ]
}
