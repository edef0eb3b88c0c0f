//! What a tenant remembers.

pub(super) mod account_groups;
pub(super) mod alert_rules;
pub(super) mod alerts;
pub(super) mod collection;
pub(super) mod policies;
pub(super) mod repositories;
pub(super) mod session;
pub(super) mod suppressions;

pub(super) use collection::Collection;
