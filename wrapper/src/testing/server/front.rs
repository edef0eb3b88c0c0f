//! The listener in front of wiremock, which sends whole answers only: it passes bytes on, and can stop in the middle
//! of an answer.

use std::io;
use std::net::{SocketAddr, TcpListener};

use futures_util::future::{Either, select};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Tells this listener, and nobody behind it, after how many bytes of the body the connection breaks.
pub(super) const CUT: &str = "x-tenant-cut";
/// A head of an answer is never longer.
const LONGEST_HEAD: usize = 256 * 1024;

/// Ends when it is dropped.
#[derive(Debug)]
pub(in crate::testing) struct Front {
    pub(in crate::testing) address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Front {
    /// Listens at `address` for those who want to talk to `behind`. It has a thread of its own, as wiremock has:
    /// the runtime of a test may be busy with its clock.
    pub(in crate::testing) fn open(address: SocketAddr, behind: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        std::thread::Builder::new()
            .name("tenant".to_owned())
            .spawn(move || {
                let all = async move {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                        return;
                    };
                    let accept = std::pin::pin!(accept(listener, behind));
                    select(accept, stopped).await;
                };
                runtime.block_on(all);
            })?;
        Ok(Self {
            address,
            _stop: stop,
        })
    }
}

async fn accept(listener: tokio::net::TcpListener, behind: SocketAddr) {
    loop {
        // Too many open files, for instance: those who are connected go on.
        let Ok((client, _)) = listener.accept().await else {
            tokio::task::yield_now().await;
            continue;
        };
        tokio::spawn(async move {
            // Whatever breaks ends this connection and nothing else.
            let _ = relay(client, behind).await;
        });
    }
}

async fn relay(client: TcpStream, behind: SocketAddr) -> io::Result<()> {
    let server = TcpStream::connect(behind).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let asking = async {
        tokio::io::copy(&mut from_client, &mut to_server).await?;
        to_server.shutdown().await
    };
    let answering = async {
        let mut answers = Answers::new(from_server);
        while let Some(piece) = answers.next().await? {
            to_client.write_all(piece).await?;
        }
        to_client.shutdown().await
    };
    let (asking, answering) = (std::pin::pin!(asking), std::pin::pin!(answering));
    match select(asking, answering).await {
        // The last request has been asked, its answer is still to come.
        Either::Left((Ok(()), answering)) => answering.await,
        Either::Left((result, _)) | Either::Right((result, _)) => result,
    }
}

/// The bytes of answers, without those that are cut off.
struct Answers<R> {
    from: R,
    buffer: Vec<u8>,
    /// How much of the buffer has been passed on.
    done: usize,
    /// How many bytes of the body are still to come.
    body: usize,
    /// After so many bytes of the body nothing comes any more.
    cut: Option<usize>,
}

impl<R: AsyncRead + Unpin> Answers<R> {
    fn new(from: R) -> Self {
        Self {
            from,
            buffer: Vec::new(),
            done: 0,
            body: 0,
            cut: None,
        }
    }

    /// What is to be passed on next; nothing at the end.
    async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.buffer.drain(..self.done);
        self.done = 0;
        if self.body == 0 {
            return self.head().await;
        }
        if self.cut == Some(0) {
            return Ok(None);
        }
        if self.buffer.is_empty() && !self.fill().await? {
            return Ok(None);
        }
        let length = self
            .buffer
            .len()
            .min(self.body)
            .min(self.cut.unwrap_or(usize::MAX));
        self.body -= length;
        self.cut = self.cut.map(|left| left - length);
        self.done = length;
        Ok(Some(&self.buffer[..length]))
    }

    async fn head(&mut self) -> io::Result<Option<&[u8]>> {
        // A body that ends where it is cut is over: an empty one, too.
        if self.cut.take().is_some() {
            return Ok(None);
        }
        let end = loop {
            if let Some(at) = self
                .buffer
                .windows(4)
                .position(|bytes| bytes == b"\r\n\r\n")
            {
                break at + 4;
            }
            if self.buffer.len() > LONGEST_HEAD {
                return Err(io::Error::other("a head without end"));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let number = |wanted: &str| {
            head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted)
                    .then(|| value.trim().parse().ok())?
            })
        };
        self.body = number("content-length").unwrap_or(0);
        self.cut = number(CUT);
        if self.cut.is_some() {
            let without: String = head
                .split_inclusive("\r\n")
                .filter(|line| !line.to_ascii_lowercase().starts_with(CUT))
                .collect();
            self.buffer.splice(..end, without.bytes());
            self.done = without.len();
        } else {
            self.done = end;
        }
        Ok(Some(&self.buffer[..self.done]))
    }

    async fn fill(&mut self) -> io::Result<bool> {
        Ok(self.from.read_buf(&mut self.buffer).await? > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn passed(answers: &str) -> String {
        let mut answers = Answers::new(answers.as_bytes());
        let mut all = String::new();
        while let Some(piece) = answers.next().await.unwrap() {
            all += std::str::from_utf8(piece).unwrap();
        }
        all
    }

    #[tokio::test]
    async fn whole_answers_pass_and_cut_ones_end() {
        let whole =
            "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(passed(whole).await, whole);
        let cut = |bytes| {
            format!(
                "{whole}HTTP/1.1 200 OK\r\nX-Tenant-Cut: {bytes}\r\ncontent-length: 5\r\n\r\n12345"
            )
        };
        for (bytes, rest) in [(0, ""), (2, "12"), (5, "12345"), (9, "12345")] {
            let expected = format!("{whole}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{rest}");
            assert_eq!(
                passed(&format!("{}HTTP/1.1 200 OK\r\n\r\n", cut(bytes))).await,
                expected
            );
        }
    }
}
