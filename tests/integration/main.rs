//! Tests of the packages together. With the feature `full` they cover all operations.

mod ends;
mod files;
#[cfg(feature = "full")]
mod groups;
mod ibm_off;
#[cfg(feature = "full")]
mod paging;
mod types;
