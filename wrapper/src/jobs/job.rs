//! The one way of a job: submit, ask until it is done, fetch the file.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prisma_cloud_api::{BoxFuture, Product};
use serde_json::Value;
use tokio::io::AsyncWrite;

use super::decide::{Pace, Step, bearable, may_be_settling, step};
use super::kind::JobKind;
use super::status::{JobProgress, JobStatus};
use crate::attempt::{Deadline, Expect};
use crate::client::PrismaCloud;
use crate::error::{Error, ErrorKind};
use crate::files::{self, Download, Saved};
use crate::raw::RawCall;
use crate::retry::retry_after;
use crate::time::in_words;

/// Unless set. Exports of large tenants take minutes.
const DEADLINE: Duration = Duration::from_secs(30 * 60);
/// A file that breaks off is asked for so many times.
const MOST_FETCHES: u32 = 3;
/// What needs no percent form in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What came of asking the service to begin.
pub(crate) enum Begun {
    /// A job, to be followed.
    Job(JobKind, String),
    /// The file itself, at once.
    File(Download),
    /// Nothing yet; the same has to be asked again, perhaps after a time.
    AskAgain(Option<Duration>),
}

pub(crate) type Begin =
    Arc<dyn Fn(PrismaCloud) -> BoxFuture<'static, Result<Begun, Error>> + Send + Sync>;

enum Source {
    /// Nothing has been sent, or what was has to be asked again.
    Begin {
        begin: Begin,
        asked: bool,
    },
    Known {
        kind: JobKind,
        id: String,
    },
}

/// What a poll found.
enum Poll {
    File(Download),
    NotYet(Option<Duration>),
    GivenUp,
}

type Watch = Arc<Mutex<dyn FnMut(&JobProgress) + Send>>;

/// A job: something that the service prepares, and then a file.
///
/// Nothing is sent before [`save`](Self::save), [`write_to`](Self::write_to) or [`download`](Self::download), which submit
/// the job unless that was done, ask about it until it is ready, and fetch the file. Each can be dropped at any time and called
/// again: the job goes on where it was and is not submitted twice. (Only if it is dropped while the submission itself is under
/// way is it unknown whether the service took it on.) The [`kind`](Self::kind) and the [`id`](Self::id) are enough to
/// [go on](super::Jobs::resume) in another process.
///
/// Polls come after 1 s at first and every 15 s in the end, later if the service says so (`Retry-After`), and wait for rate limits
/// like every call. Five polls in a row may fail for reasons of the network or the service. A job that was submitted less than 30 s ago
/// and is not found (404) counts as not ready: not all machines of the service know it at once.
#[must_use = "nothing is sent until the job is saved, written or downloaded"]
pub struct Job {
    client: PrismaCloud,
    source: Source,
    status: JobStatus,
    begin: Option<Instant>,
    /// When the service took it on, until a poll has found it.
    submitted: Option<Instant>,
    deadline: Duration,
    every: Option<Duration>,
    overwrite: bool,
    watch: Option<Watch>,
}

impl Job {
    pub(crate) fn new(client: PrismaCloud, begin: Begin) -> Self {
        Self::of(
            client,
            Source::Begin {
                begin,
                asked: false,
            },
        )
    }

    pub(crate) fn known(client: PrismaCloud, kind: JobKind, id: String) -> Self {
        Self::of(client, Source::Known { kind, id })
    }

    fn of(client: PrismaCloud, source: Source) -> Self {
        Self {
            client,
            source,
            status: JobStatus::default(),
            begin: None,
            submitted: None,
            deadline: DEADLINE,
            every: None,
            overwrite: false,
            watch: None,
        }
    }

    /// How long everything may take, from the first call to the last byte. Default: 30 min. Polls, their retries and the file
    /// end with it, or with the client's own time-outs if those are sooner. A submission under way is left to the latter: cut
    /// off it would leave a job that nobody knows. The job itself goes on at the service.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Asks about the job at this pace. Default: after 1 s at first, every 15 s in the end.
    pub fn poll_every(mut self, pause: Duration) -> Self {
        self.every = Some(pause);
        self
    }

    /// Calls `watch` whenever something is known.
    pub fn on_progress(mut self, watch: impl FnMut(&JobProgress) + Send + 'static) -> Self {
        self.watch = Some(Arc::new(Mutex::new(watch)));
        self
    }

    /// Lets [`save`](Self::save) replace a file that exists. Default: it is refused, before anything is sent.
    pub fn overwrite(mut self) -> Self {
        self.overwrite = true;
        self
    }

    /// The kind, once the job is known to the service.
    pub fn kind(&self) -> Option<JobKind> {
        match &self.source {
            Source::Begin { .. } => None,
            Source::Known { kind, .. } => Some(*kind),
        }
    }

    /// The id, once the job is known to the service.
    pub fn id(&self) -> Option<&str> {
        match &self.source {
            Source::Begin { .. } => None,
            Source::Known { id, .. } => Some(id),
        }
    }

    /// What the service said last.
    pub fn last_status(&self) -> &JobStatus {
        &self.status
    }

    /// Submits the job and does not wait for it. Nothing happens if it was submitted before.
    ///
    /// # Errors
    /// As the call that submits. A submission is sent once: a second one would be a second job.
    pub async fn submit(&mut self) -> Result<(), Error> {
        match &self.source {
            Source::Begin { asked: false, .. } => self.poll().await.map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Saves the file under `path`; see [`Download::save`], whose promises hold. A file that breaks off is asked for again, up
    /// to three times in all.
    ///
    /// # Errors
    /// As [`download`](Self::download); [`ErrorKind::Io`] if the file cannot be written, which is tried before anything is sent.
    pub async fn save(&mut self, path: impl AsRef<Path> + Send) -> Result<Saved, Error> {
        let path = path.as_ref();
        files::check(path, self.overwrite)?;
        let mut fetches = 1;
        loop {
            let mut download = self.download().await?;
            if self.overwrite {
                download = download.overwrite();
            }
            match download.save(path).await {
                Err(error) if fetches < MOST_FETCHES && self.may_fetch_again(&error) => {
                    fetches += 1
                }
                result => return result,
            }
        }
    }

    fn may_fetch_again(&self, error: &Error) -> bool {
        self.id().is_some() && (error.is_network() || error.is_timeout()) && !self.left().is_zero()
    }

    /// Writes the file to `target` and flushes; gives the number of bytes.
    ///
    /// # Errors
    /// As [`download`](Self::download), and those of [`Download::write_to`].
    pub async fn write_to<W>(&mut self, target: &mut W) -> Result<u64, Error>
    where
        W: AsyncWrite + Unpin + Send + ?Sized,
    {
        self.download().await?.write_to(target).await
    }

    /// Waits until the job is done and gives the file, which is then on its way.
    ///
    /// # Errors
    /// [`ErrorKind::JobFailed`] if the service gave the job up, in its words; [`ErrorKind::Timeout`] after the
    /// [deadline](Self::deadline), with kind and id; otherwise as any call.
    pub async fn download(&mut self) -> Result<Download, Error> {
        let clock = self.client.core().wire.shared.clock.clone();
        self.begin.get_or_insert_with(|| clock.now());
        let mut pace = Pace::new(self.every);
        let mut failures = 0;
        loop {
            let submits = matches!(self.source, Source::Begin { asked: false, .. });
            let asked = match self.poll().await {
                Ok(Poll::File(download)) => return Ok(self.dressed(download)),
                Ok(Poll::GivenUp) => return Err(self.given_up()),
                Ok(Poll::NotYet(asked)) => {
                    failures = 0;
                    if !submits {
                        self.submitted = None;
                    }
                    asked
                }
                Err(error) if may_be_settling(error.kind(), self.since_submission()) => {
                    error.retry_after()
                }
                Err(error) => {
                    failures += 1;
                    if submits || !bearable(error.kind(), failures) {
                        return Err(self.with_id(error));
                    }
                    error.retry_after()
                }
            };
            let left = self.left();
            if left.is_zero() || asked.is_some_and(|asked| asked > left) {
                return Err(self.late());
            }
            self.tell(|job| JobProgress::Waiting {
                status: job.status.clone(),
                waited: job.waited(),
            });
            clock.sleep(pace.pause(asked).min(left)).await;
        }
    }

    /// Asks once.
    async fn poll(&mut self) -> Result<Poll, Error> {
        let deadline = Deadline::of_job(self.began(), self.deadline);
        let (kind, id) = match &mut self.source {
            Source::Known { kind, id } => (*kind, id.as_str()),
            Source::Begin { begin, asked } => {
                let begun = begin(self.client.clone()).await?;
                *asked = true;
                return Ok(match begun {
                    Begun::File(download) => Poll::File(download),
                    Begun::AskAgain(after) => Poll::NotYet(after),
                    Begun::Job(kind, id) => {
                        self.source = Source::Known {
                            kind,
                            id: id.clone(),
                        };
                        self.submitted = Some(self.client.core().wire.shared.clock.now());
                        self.tell(|_| JobProgress::Submitted { kind, id });
                        Poll::NotYet(None)
                    }
                });
            }
        };
        let description = kind.description();
        if let Some((operation, path)) = description.status {
            let call = call(&self.client, operation, path, id)?;
            let answer = call.within(deadline).send().await?;
            self.status = JobStatus::of(&answer.json::<Value>()?);
            match step(self.status.status.as_deref().unwrap_or_default()) {
                Step::Fetch => {}
                Step::GiveUp => return Ok(Poll::GivenUp),
                Step::Wait => return Ok(Poll::NotYet(self.asked(&answer.headers))),
            }
        }
        let (operation, path) = description.file;
        let call = call(&self.client, operation, path, id)?.within(deadline);
        let response = call.exchange(Expect::Stream).await?;
        match response.status() {
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {
                Ok(Poll::NotYet(self.asked(response.headers())))
            }
            _ => files::of_response(response).map(Poll::File),
        }
    }

    fn asked(&self, headers: &http::HeaderMap) -> Option<Duration> {
        retry_after::of(headers, self.client.core().wire.shared.clock.wall())
    }

    /// When it began, or now.
    fn began(&self) -> Instant {
        self.begin.unwrap_or_else(|| self.now())
    }

    fn now(&self) -> Instant {
        self.client.core().wire.shared.clock.now()
    }

    fn waited(&self) -> Duration {
        self.now().saturating_duration_since(self.began())
    }

    /// How long ago it was submitted, if no poll has found it since.
    fn since_submission(&self) -> Option<Duration> {
        self.submitted
            .map(|submitted| self.now().saturating_duration_since(submitted))
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_sub(self.waited())
    }

    fn tell(&self, progress: impl FnOnce(&Self) -> JobProgress) {
        if let Some(watch) = &self.watch {
            watch.lock().unwrap_or_else(PoisonError::into_inner)(&progress(self));
        }
    }

    /// The file, with what was asked for about the job.
    fn dressed(&self, download: Download) -> Download {
        let clock = self.client.core().wire.shared.clock.clone();
        let download = download.within(self.left(), clock);
        match self.watch.clone() {
            None => download,
            Some(watch) => download.on_progress(move |transfer| {
                watch.lock().unwrap_or_else(PoisonError::into_inner)(&JobProgress::Receiving(
                    transfer,
                ));
            }),
        }
    }

    /// As in messages: the kind and the id.
    fn name(&self) -> String {
        match &self.source {
            Source::Begin { .. } => "export".to_owned(),
            Source::Known { kind, id } => format!("{} {id:?}", kind.description().name),
        }
    }

    fn given_up(&self) -> Error {
        let status = self.status.status.as_deref().unwrap_or("unknown");
        let words = match &self.status.message {
            Some(words) => format!(": {words}"),
            None => String::new(),
        };
        Error::new(
            ErrorKind::JobFailed,
            format!("the service gave up the {}: {status}{words}", self.name()),
        )
        .with_advice(Some(
            "submit it again, with a narrower filter if it was large".into(),
        ))
    }

    fn late(&self) -> Error {
        let status = match &self.status.status {
            Some(status) => format!(" (last status {status})"),
            None => String::new(),
        };
        self.with_id(Error::new(
            ErrorKind::Timeout,
            format!(
                "the {} was not done within its deadline of {}{status}",
                self.name(),
                in_words(self.deadline)
            ),
        ))
    }

    /// Tells how to go on, once there is something to go on with.
    fn with_id(&self, error: Error) -> Error {
        match &self.source {
            Source::Begin { .. } => error,
            Source::Known { kind, id } => error.with_more_advice(format_args!(
                "the job goes on at the service; resume it with its kind {kind} and its id {id:?}"
            )),
        }
    }
}

/// A call about the job `id`.
fn call(client: &PrismaCloud, operation: &str, path: &str, id: &str) -> Result<RawCall, Error> {
    if prisma_cloud_api::vanishes(id) {
        return Err(Error::config(format!("{id:?} is no id of a job")));
    }
    let id = utf8_percent_encode(id, SEGMENT).to_string();
    let path = path.replace("{id}", &id);
    Ok(client
        .raw(Product::Cspm, Method::GET, path)
        .known_as(operation))
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("kind", &self.kind())
            .field("id", &self.id())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
