//! Tests of the packages together. With the feature `full` they cover all operations.

mod files;
#[cfg(feature = "full")]
mod groups;
#[cfg(feature = "full")]
mod paging;
mod types;
