//! Settings of a builder of which only one can count.

use std::collections::BTreeMap;

use crate::error::Error;

/// The setter that was called for each subject, and the first two that contradict each other.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    made: BTreeMap<&'static str, &'static str>,
    conflict: Option<(&'static str, &'static str)>,
}

impl Choices {
    /// `setter` was called, which chooses `what`. Calling it again replaces the value, as with any other setting.
    pub(crate) fn choose(&mut self, what: &'static str, setter: &'static str) {
        if let Some(other) = self.made.insert(what, setter)
            && other != setter
        {
            self.conflict.get_or_insert((other, setter));
        }
    }

    /// # Errors
    /// Two setters were called of which one would have no effect: which one must not depend on their order.
    pub(crate) fn judge(&self) -> Result<(), Error> {
        match self.conflict {
            None => Ok(()),
            Some((one, other)) => Err(Error::config(format!(
                "both `{one}` and `{other}` were called, and only one of them can count; leave out the other"
            ))),
        }
    }
}
