//! The way to wiremock.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use wiremock::matchers::any;
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate};

use super::front::CUT;
use super::{Outcome, Shared};

/// wiremock closes a connection only for a mock that was chosen for it, so the request is handled while choosing. It
/// handles one request at a time, so one place for the reply is enough.
#[derive(Clone)]
pub(in crate::testing) struct Desk {
    shared: Shared,
    reply: Arc<Mutex<Option<ResponseTemplate>>>,
}

impl Desk {
    /// Starts a server that answers from `shared`.
    pub(in crate::testing) async fn open(shared: Shared) -> Backend {
        let server = MockServer::builder()
            .disable_request_recording()
            .start()
            .await;
        let desk = Self {
            shared,
            reply: Arc::new(Mutex::new(None)),
        };
        Mock::given(desk.clone())
            .respond_with_err(|_: &Request| std::io::Error::other("closed on demand"))
            .mount(&server)
            .await;
        Mock::given(any()).respond_with(desk).mount(&server).await;
        Backend(Some(server))
    }
}

/// wiremock's server, which ends when this is dropped.
pub(in crate::testing) struct Backend(Option<MockServer>);

impl Backend {
    pub(in crate::testing) fn address(&self) -> SocketAddr {
        let server = self.0.as_ref().expect("it is there until this is dropped");
        *server.address()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // It waits for a lock with an executor of its own. In a task that has used up its share of polls tokio lets nothing
        // succeed, and it would wait for ever; a thread of its own is in no task.
        let server = self.0.take();
        let _ = std::thread::spawn(move || drop(server)).join();
    }
}

impl Match for Desk {
    fn matches(&self, request: &Request) -> bool {
        let template = template(self.shared.lock().handle(request));
        let closes = template.is_none();
        *self.reply.lock().unwrap_or_else(PoisonError::into_inner) = template;
        closes
    }
}

impl Respond for Desk {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.reply
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .unwrap_or_else(|| ResponseTemplate::new(500))
    }
}

fn template(outcome: Outcome) -> Option<ResponseTemplate> {
    let reply = outcome.reply?;
    let content_type = reply
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let mut template = ResponseTemplate::new(reply.status).set_delay(outcome.delay);
    for (name, value) in reply.headers.iter() {
        template = template.append_header(name.clone(), value.clone());
    }
    if let Some(bytes) = outcome.cut {
        template = template.append_header(CUT, bytes.to_string());
    }
    if reply.body.is_empty() {
        Some(template)
    } else {
        Some(template.set_body_raw(reply.body, &content_type))
    }
}
