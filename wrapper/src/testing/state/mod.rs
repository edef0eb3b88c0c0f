//! What a tenant remembers.

pub(super) mod access_keys;
pub(super) mod account_groups;
pub(super) mod alert_rules;
pub(super) mod alerts;
pub(super) mod collection;
pub(super) mod jobs;
pub(super) mod links;
pub(super) mod policies;
pub(super) mod repositories;
pub(super) mod search;
pub(super) mod session;
pub(super) mod suppressions;

pub(super) use collection::Collection;
