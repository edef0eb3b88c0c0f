//! Replacing the key in use by a new one.

use std::error::Error as StdError;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::error::{RotateError, RotateStep, ToDo};
use super::{AccessKeyInfo, AccessKeys, CreatedAccessKey, Expiry, NewAccessKey, plan};
use crate::credentials::{AccessKey, Credentials, KeySlot};
use crate::error::{Error, ErrorKind};
use crate::panics;
use crate::session::Session;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A rotation in the making; see [`AccessKeys::rotate`].
#[derive(Clone, Debug)]
#[must_use = "a rotation does nothing until `run`"]
pub struct Rotation {
    keys: AccessKeys,
    name: Option<String>,
    expires: Option<Expiry>,
}

/// A rotation that came to its end: the old key is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotated {
    /// The id of the key that the client now uses.
    pub new_id: String,
    /// The id of the key that was deleted.
    pub old_id: String,
}

impl AccessKeys {
    /// Replaces the key that the client logs in with: makes a second one, logs in with it, hands it to `store`, and only when
    /// that has succeeded switches the old one off and deletes it.
    ///
    /// `store` puts the key where the next start of the program, and every other program that uses it, finds it: the service
    /// tells the secret this once. The client and all its clones go on with the new key. The new key is called as the old
    /// one with the time added, and lives as long as the old one did; [`rotation`](Self::rotation) sets both.
    ///
    /// At every failure a working key is left: until `store` has succeeded that is the old one and the new one is deleted again;
    /// after that it is the new one.
    ///
    /// A future that is dropped before its end leaves the keys as they are, both working, because whether `store` had come
    /// to its end is not known; the next rotation then refuses and names them.
    ///
    /// # Errors
    /// [`RotateError`] says which step failed, which keys there are, which one works, and what is left to do. Two keys for the
    /// role are refused before anything is changed, and so is a client without an access key.
    pub async fn rotate<S, F, E>(&self, store: S) -> Result<Rotated, RotateError>
    where
        S: FnOnce(CreatedAccessKey) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<BoxError>,
    {
        self.rotation().run(store).await
    }

    /// Begins to set up a [rotation](Self::rotate) whose key has another name or another end.
    pub fn rotation(&self) -> Rotation {
        Rotation {
            keys: self.clone(),
            name: None,
            expires: None,
        }
    }
}

impl Rotation {
    /// Calls the new key so. Default: the old name, with the time in Unix seconds.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Ends the new key then. Default: it lives as long as the old key did from its start, or a month if that is not told.
    pub fn expires(mut self, expires: impl Into<Expiry>) -> Self {
        self.expires = Some(expires.into());
        self
    }

    /// Carries it out.
    ///
    /// # Errors
    /// As [`AccessKeys::rotate`].
    pub async fn run<S, F, E>(self, store: S) -> Result<Rotated, RotateError>
    where
        S: FnOnce(CreatedAccessKey) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<BoxError>,
    {
        let keys = &self.keys;
        let core = keys.client.core();
        let credentials = core.credentials.as_deref();
        let Some((credentials, old)) = credentials.and_then(|own| Some((own, own.key.get()?)))
        else {
            return Err(RotateError {
                step: RotateStep::Look,
                working: None,
                keys: Vec::new(),
                certain: false,
                left: Vec::new(),
                source: Error::config("the client has a token and no access key to rotate").into(),
            });
        };
        let (before, plan) = match self.look(&old.id).await {
            Ok(plan) => plan,
            Err((listed, error)) => return Err(unchanged(&old.id, listed, error)),
        };
        let name = plan.name.clone();
        let new = match keys.create(plan.key).await {
            Ok(new) => new,
            Err(error) => return Err(self.not_created(&old.id, &before, name, error).await),
        };

        let key = AccessKey {
            id: new.id.clone(),
            secret: new.secret.clone(),
        };
        let session = match self.log_in(credentials, key.clone()).await {
            Ok(session) => session,
            Err(error) => {
                let source = error.into();
                return Err(self
                    .take_back(RotateStep::LogIn, &old.id, &new.id, source)
                    .await);
            }
        };
        // The call itself may panic as well, before there is a future.
        let stored = AssertUnwindSafe(async { store(new.clone()).await });
        let source = match stored.catch_unwind().await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.into()),
            Err(panic) => Some(format!("it panicked: {}", panics::message(&*panic)).into()),
        };
        if let Some(source) = source {
            return Err(self
                .take_back(RotateStep::Store, &old.id, &new.id, source)
                .await);
        }

        credentials.key.replace(key);
        core.session.continue_as(&session);
        self.retire(&old.id, &new.id).await?;
        Ok(Rotated {
            new_id: new.id,
            old_id: old.id.clone(),
        })
    }

    /// Which keys there are, and which one to make. A refusal comes with the keys if they were told.
    async fn look(
        &self,
        old: &str,
    ) -> Result<(Vec<AccessKeyInfo>, Plan), (Option<Vec<AccessKeyInfo>>, Error)> {
        let listed = self.keys.list().await.map_err(|error| (None, error))?;
        let own = match plan::own(&listed, old) {
            Ok(own) => own,
            Err(error) => return Err((Some(listed), error)),
        };
        let now = self.keys.client.core().wire.shared.clock.wall();
        let name = match &self.name {
            Some(name) => name.clone(),
            None => plan::name(own.name.as_deref(), now),
        };
        let expires = self.expires.unwrap_or_else(|| plan::expiry(own));
        let key = NewAccessKey::new(name.clone(), expires);
        Ok((listed, Plan { name, key }))
    }

    /// A session of its own: the old one must not be disturbed by a key that may not work.
    async fn log_in(&self, old: &Credentials, key: AccessKey) -> Result<Arc<Session>, Error> {
        let credentials = Credentials {
            key: KeySlot::new(key),
            token: None,
            ..old.clone()
        };
        let wire = self
            .keys
            .client
            .core()
            .wire
            .with_source(Arc::new(credentials));
        let session = Session::new(Arc::new(wire))?;
        session.token_now().await?;
        Ok(session)
    }

    /// The key was not made, as far as is known: after a time-out there may be one all the same, without a secret.
    async fn not_created(
        &self,
        old: &str,
        before: &[AccessKeyInfo],
        name: String,
        error: Error,
    ) -> RotateError {
        let refused = error
            .status()
            .is_some_and(|status| status.is_client_error())
            || error.attempts() == 0;
        let Ok(mut keys) = self.keys.list().await else {
            return RotateError {
                step: RotateStep::Create,
                working: Some(old.to_owned()),
                keys: only(before, old),
                certain: false,
                left: if refused {
                    Vec::new()
                } else {
                    vec![ToDo::LookFor(name)]
                },
                source: error.into(),
            };
        };
        let strays: Vec<String> = keys
            .iter()
            .filter(|key| key.name.as_ref() == Some(&name))
            .filter(|key| !before.iter().any(|known| known.id == key.id))
            .map(|key| key.id.clone())
            .collect();
        let mut left = Vec::new();
        for stray in strays {
            match self.gone(&stray).await {
                true => keys.retain(|key| key.id != stray),
                false => left.push(ToDo::Delete(stray)),
            }
        }
        RotateError {
            step: RotateStep::Create,
            working: Some(old.to_owned()),
            keys,
            certain: true,
            left,
            source: error.into(),
        }
    }

    /// Deletes the new key again; the old one was never touched.
    async fn take_back(
        &self,
        step: RotateStep,
        old: &str,
        new: &str,
        source: BoxError,
    ) -> RotateError {
        let deleted = self.gone(new).await;
        let listed = self.keys.list().await.ok();
        let there = match &listed {
            Some(keys) => keys.iter().any(|key| key.id == new),
            None => !deleted,
        };
        RotateError {
            step,
            working: Some(old.to_owned()),
            certain: listed.is_some(),
            keys: listed.unwrap_or_default(),
            left: if there {
                vec![ToDo::Delete(new.to_owned())]
            } else {
                Vec::new()
            },
            source,
        }
    }

    /// Switches the old key off and deletes it, as the new one.
    async fn retire(&self, old: &str, new: &str) -> Result<(), RotateError> {
        let disabled = self.keys.disable(old).await;
        let failure = match disabled {
            // Somebody else has deleted it.
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => Some((RotateStep::Disable, error)),
            Ok(()) => None,
        };
        let failure = match failure {
            None => match self.keys.delete(old).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_not_found() => return Ok(()),
                Err(error) => (RotateStep::Delete, error),
            },
            Some(failure) => failure,
        };
        let (step, error) = failure;
        let listed = self.keys.list().await.ok();
        let state = listed
            .as_ref()
            .map(|keys| keys.iter().find(|key| key.id == old));
        let off = match state {
            // It was carried out, and only the answer was lost.
            Some(None) => return Ok(()),
            Some(Some(key)) => key.active == Some(false),
            None => step == RotateStep::Delete,
        };
        let mut left = vec![ToDo::Delete(old.to_owned())];
        if !off {
            left.insert(0, ToDo::Disable(old.to_owned()));
        }
        Err(RotateError {
            step,
            working: Some(new.to_owned()),
            certain: listed.is_some(),
            keys: listed.unwrap_or_default(),
            left,
            source: error.into(),
        })
    }

    /// Deletes a key; whether it is gone.
    async fn gone(&self, id: &str) -> bool {
        match self.keys.delete(id).await {
            Ok(()) => true,
            Err(error) => error.is_not_found(),
        }
    }
}

struct Plan {
    name: String,
    key: NewAccessKey,
}

fn unchanged(old: &str, listed: Option<Vec<AccessKeyInfo>>, error: Error) -> RotateError {
    // What a refused login says of the key is in the error; every other failure says nothing against it.
    let refused = error.kind() == ErrorKind::Unauthorized;
    RotateError {
        step: RotateStep::Look,
        working: (!refused).then(|| old.to_owned()),
        certain: listed.is_some(),
        keys: listed.unwrap_or_default(),
        left: Vec::new(),
        source: error.into(),
    }
}

fn only(keys: &[AccessKeyInfo], id: &str) -> Vec<AccessKeyInfo> {
    keys.iter().filter(|key| key.id == id).cloned().collect()
}
