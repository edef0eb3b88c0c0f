//! The access key in use, which a rotation replaces while calls are under way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

use super::AccessKey;

/// The place of the access key.
#[derive(Default)]
pub(crate) struct KeySlot(Mutex<Keys>);

#[derive(Clone, Default)]
struct Keys {
    current: Option<Arc<AccessKey>>,
    /// Those that were replaced: an answer to a call that began before may still echo them.
    former: Vec<SecretString>,
}

impl KeySlot {
    pub(crate) fn new(key: AccessKey) -> Self {
        let slot = Self::default();
        slot.replace(key);
        slot
    }

    /// The key to log in with.
    pub(crate) fn get(&self) -> Option<Arc<AccessKey>> {
        self.lock().current.clone()
    }

    pub(crate) fn is_some(&self) -> bool {
        self.lock().current.is_some()
    }

    /// Every login from now on uses `key`.
    pub(crate) fn replace(&self, key: AccessKey) {
        let mut keys = self.lock();
        if let Some(former) = keys.current.replace(Arc::new(key)) {
            keys.former.push(former.secret.clone());
        }
    }

    /// All secrets that were in use so far.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        let keys = self.lock();
        let current = keys.current.iter().map(|key| key.secret.clone());
        current.chain(keys.former.iter().cloned()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Keys> {
        // Nothing panics between a change and its completion.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for KeySlot {
    /// A place of its own with the same key.
    fn clone(&self) -> Self {
        Self(Mutex::new(self.lock().clone()))
    }
}
