//! Files that the service sends: reports, CSV, templates, scripts.
//!
//! An operation that answers with bytes gives a response that [`DownloadExt::download`] turns into a [`Download`], with name
//! and size where the server tells, to be saved or written anywhere:
//!
//! ```no_run
//! # #[cfg(feature = "cspm-alerts")]
//! # async fn f(client: prisma_cloud::PrismaCloud) -> Result<(), prisma_cloud::Error> {
//! use prisma_cloud::api::cspm::prelude::*;
//! use prisma_cloud::files::DownloadExt;
//!
//! let answer = client.cspm().download_alert_csv().id("the id of a job").send().await;
//! let saved = answer.download()?.save("alerts.csv").await?;
//! println!("{} bytes in {}", saved.size, saved.path.display());
//! # Ok(())
//! # }
//! ```
//!
//! What has to be prepared by the server first is a job: see [`jobs`](crate::jobs). Where the service answers with the address
//! of a file elsewhere, [`PrismaCloud::follow_link`](crate::PrismaCloud::follow_link) fetches it.

mod disposition;
mod download;
mod head;
mod link;
mod place;

use http::{HeaderMap, StatusCode};
use progenitor_client::{ByteStream, ResponseValue};

pub use download::{Download, Saved, Transfer};
pub(crate) use place::check;

use crate::attempt::Origin;
use crate::error::body::is_called_html;
use crate::error::headers;
use crate::error::scrub::Scrubber;
use crate::error::{Error, ErrorKind};

/// From the answer of an operation that sends bytes to the file.
pub trait DownloadExt {
    /// The file.
    ///
    /// # Errors
    /// The failure of the call; [`ErrorKind::NotFound`] if there is no file (204) or it is not ready yet (202);
    /// [`ErrorKind::UnexpectedPage`] if a web page came in place of a file.
    fn download(self) -> Result<Download, Error>;
}

impl DownloadExt for ResponseValue<ByteStream> {
    fn download(self) -> Result<Download, Error> {
        let origin = Origin::of_headers(self.status(), self.headers());
        let headers = self.headers().clone();
        of_parts(origin, &headers, self.into_inner_stream())
    }
}

impl DownloadExt for Result<ResponseValue<ByteStream>, progenitor_client::Error<()>> {
    fn download(self) -> Result<Download, Error> {
        self?.download()
    }
}

/// The body of an answer that has no file yet and may say where it will be.
pub(crate) fn ticket(answer: ResponseValue<ByteStream>) -> Download {
    let origin = Origin::of_headers(answer.status(), answer.headers());
    let headers = answer.headers().clone();
    Download::new(origin, &headers, answer.into_inner_stream())
}

/// The file in the answer to a call of this crate's own.
pub(crate) fn of_response(response: reqwest::Response) -> Result<Download, Error> {
    let left = response.extensions().get::<Origin>().cloned();
    let headers = response.headers().clone();
    let origin = left.unwrap_or_else(|| Origin::of_headers(response.status(), &headers));
    of_parts(origin, &headers, Box::pin(response.bytes_stream()))
}

fn of_parts(origin: Origin, headers: &HeaderMap, body: download::Body) -> Result<Download, Error> {
    let kept = || headers::kept(headers, &Scrubber::default());
    if origin.status == StatusCode::PARTIAL_CONTENT && !head::is_whole(headers) {
        let said = headers.get(http::header::CONTENT_RANGE);
        let said = said.map_or("no Content-Range".into(), |value| {
            format!("{:?}", String::from_utf8_lossy(value.as_bytes()))
        });
        let what = format!("only a part of the file came, though all of it was asked for: {said}");
        let error = origin.error(ErrorKind::Network, &what);
        return Err(error.with_headers(kept()).with_advice(Some(
            "ask again; if it persists, a proxy or a cache between here and the service is at fault".into(),
        )));
    }
    let missing = match origin.status {
        StatusCode::ACCEPTED => Some((
            "the file is not ready yet",
            "ask again later, or let the job's helper wait for it",
        )),
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => Some((
            "there is no file",
            "check that the report has run at least once",
        )),
        _ => None,
    };
    if let Some((what, advice)) = missing {
        let error = origin.error(ErrorKind::NotFound, what);
        return Err(error.with_headers(kept()).with_advice(Some(advice.into())));
    }
    let download = Download::new(origin, headers, body).no_page();
    if is_called_html(download.media_type()) {
        return Err(page(&download.origin));
    }
    Ok(download)
}

/// The error for a page that came in place of a file.
fn page(origin: &Origin) -> Error {
    let what = "a web page came in place of the file";
    origin
        .error(ErrorKind::UnexpectedPage, what)
        .with_advice(Some(
            "a proxy, a firewall or a maintenance page answered instead of the API".into(),
        ))
}
