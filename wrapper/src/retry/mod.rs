//! Sending again what may be sent again.

pub(crate) mod budget;
pub(crate) mod class;
pub(crate) mod decision;
pub(crate) mod policy;
pub(crate) mod retry_after;
