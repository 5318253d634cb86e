//! Which roles may do what. The table of routes names these sets; nothing else decides.

use gnomon_inventory::Role;

/// Everybody who is signed in.
pub(crate) const EVERYBODY: &[Role] = &Role::ALL;
/// Who decides about services and held requests.
pub(crate) const STEWARDS: &[Role] = &[Role::Governance, Role::Security, Role::Admin];
/// Who brings logs.
pub(crate) const IMPORTERS: &[Role] = &[Role::Governance, Role::Network, Role::Security, Role::Admin];
/// Who sees access keys, without their secret part.
pub(crate) const KEY_READERS: &[Role] = &[Role::Governance, Role::Network, Role::Auditor, Role::Security, Role::Admin];
/// Who makes access keys.
pub(crate) const KEY_MAKERS: &[Role] = &[Role::Network, Role::Admin];
/// Who ends access keys.
pub(crate) const KEY_ENDERS: &[Role] = &[Role::Network, Role::Security, Role::Admin];
/// Who exports evidence.
pub(crate) const EXPORTERS: &[Role] = &[Role::Governance, Role::Auditor, Role::Security, Role::Admin];
/// Who reads what people changed.
pub(crate) const AUDIT_READERS: &[Role] = &[Role::Governance, Role::Auditor, Role::Security, Role::Admin];
/// Who manages accounts.
pub(crate) const ADMINS: &[Role] = &[Role::Admin];

/// The role's name for people.
pub(crate) fn label(role: Role) -> &'static str {
    match role {
        Role::Governance => "Governance",
        Role::Network => "Network",
        Role::Auditor => "Auditor",
        Role::Security => "Security",
        Role::Executive => "Executive",
        Role::Admin => "Admin",
    }
}

/// What the role comes for, in a few words.
pub(crate) fn purpose(role: Role) -> &'static str {
    match role {
        Role::Governance => "The AI inventory: status, owner, approvals",
        Role::Network => "Routes, access keys, upstreams",
        Role::Auditor => "Evidence: reads and exports, changes nothing",
        Role::Security => "Detections and policy",
        Role::Executive => "Posture: reads, changes nothing",
        Role::Admin => "Everything, accounts included",
    }
}
