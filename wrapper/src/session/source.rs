//! Where tokens come from: the one thing that differs between providers.

use std::fmt;
use std::time::Instant;

use prisma_cloud_api::Operation;
use reqwest::Request;
use secrecy::SecretString;

use super::lifetime::{Lease, Terms};
use super::token::Token;
use super::told::Told;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::retry::decision::Outcome;

/// What is asked of a source.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked<'a> {
    /// A token for a caller who has none.
    LogIn,
    /// Another one in good time, in place of this.
    Extend(&'a Token),
}

/// What a login or an extension yields.
#[derive(Debug)]
pub(crate) struct Gain {
    pub(crate) token: Token,
    /// For how long.
    pub(crate) lease: Lease,
    /// What the answer says of the user.
    pub(crate) told: Told,
}

/// What an answer of a source's server holds.
#[derive(Debug)]
pub(crate) enum Obtained {
    /// A token.
    Token(Gain),
    /// What the next request of the same login needs.
    #[cfg_attr(
        not(feature = "ibm-iam"),
        expect(dead_code, reason = "a login of Prisma Cloud is one request")
    )]
    Partly(Token),
    /// No token.
    Nothing,
}

/// Knows the exchanges that yield a token: their requests, and what their answers say. It decides nothing: when
/// to ask is the state machine's, and how often the retry policy's.
pub(crate) trait TokenSource: fmt::Debug + Send + Sync + 'static {
    /// A token obtained elsewhere, to start with.
    fn given(&self) -> Option<&SecretString>;

    /// `secret` as requests carry it. Nothing, if no header can.
    fn token(&self, secret: &SecretString) -> Option<Token>;

    /// How tokens age.
    fn terms(&self) -> &'static Terms;

    /// Whether a token can be had without one.
    fn can_log_in(&self) -> bool;

    /// Another number as soon as other credentials have taken the place of those to log in with: the failure of a login
    /// with the former ones then says nothing.
    fn revision(&self) -> usize {
        0
    }

    /// Whether a token that is still good can be replaced by another one.
    fn can_extend(&self) -> bool;

    /// The operation that is `asked` for.
    fn operation(&self, asked: Asked<'_>) -> &'static Operation;

    /// The request for what is `asked`, after a part of the way if there is one.
    ///
    /// # Errors
    /// Credentials from which no request can be made.
    fn request(
        &self,
        endpoint: &Endpoint,
        asked: Asked<'_>,
        part: Option<&Token>,
    ) -> Result<Request, Error>;

    /// Reads the body of the answer to a request that was sent at `sent`.
    fn obtained(&self, body: &[u8], sent: Instant, part: Option<&Token>) -> Obtained;

    /// Whether a failed extension says that the token itself is no longer good.
    fn is_dead(&self, outcome: Outcome) -> bool;

    /// Adds to a call that carries no token what else it needs: the login itself, called by hand.
    fn dress(&self, request: &mut Request);

    /// What must not show up in an error.
    fn secrets(&self) -> Vec<SecretString>;

    /// What to give the builder in order to log in, and who takes it: `access key`, `the Prisma Cloud API`.
    fn wanted(&self) -> Wanted;
}

/// Words for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Something that takes "an" before it.
    pub(crate) credentials: &'static str,
    /// Who issues tokens.
    pub(crate) issuer: &'static str,
}
