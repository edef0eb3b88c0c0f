//! Whatever the input is: an error that names document and place, never a panic, an abort or a
//! hang; and the same bytes for the same input.

mod broken;
mod documents;
mod editions;
mod mutate;
mod mutations;
mod names;
mod seeds;
