//! A server that costs next to nothing: answers rendered beforehand, a thread for each connection, HTTP/1.1 kept alive,
//! plain or encrypted.
//!
//! It runs in a process of its own (the benchmark's program once more), so that what it allocates and computes is not
//! counted as the client's.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::answers;

/// In the environment of the second process: whether it is to encrypt.
const MARK: &str = "PRISMA_CLOUD_BENCH_SERVER";
const PLAIN: &str = "plain";
const ENCRYPTED: &str = "encrypted";
/// Limits so high that no client waits: what is measured is the client, not its patience.
const LIMITS: &str = "x-ratelimit-burst-capacity: 1000000\r\nx-ratelimit-replenish-rate: 1000000\r\n\
                      x-ratelimit-remaining: 1000000\r\nx-ratelimit-requested-tokens: 1\r\n";

/// The server, which ends with this.
#[derive(Debug)]
pub struct Server {
    /// Nothing if it runs on threads of this process.
    child: Option<Child>,
    port: u16,
    /// The certificate that it shows, as PEM, if it encrypts.
    certificate: Option<String>,
}

impl Server {
    /// Starts this program once more, as the server. Its `main` must begin with [`serve_if_asked`].
    pub fn start() -> Self {
        Self::start_as(PLAIN).0
    }

    /// The same, behind TLS: needs the feature `tls`.
    pub fn start_encrypted() -> Self {
        let (mut server, output) = Self::start_as(ENCRYPTED);
        let mut certificate = String::new();
        for line in output.lines() {
            let line = line.expect("the server tells its certificate");
            certificate.push_str(&line);
            certificate.push('\n');
            if line.starts_with("-----END") {
                break;
            }
        }
        server.certificate = Some(certificate);
        server
    }

    /// The server, and what it prints after its port.
    fn start_as(mode: &str) -> (Self, BufReader<ChildStdout>) {
        let program = std::env::current_exe().expect("the path of this program");
        let mut child = Command::new(program)
            .env(MARK, mode)
            // Its end is the sign to go, also when this process is killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        output
            .read_line(&mut line)
            .expect("the server tells its port");
        let port = line.trim().parse().expect("a port");
        (Self::at(port, Some(child)), output)
    }

    fn at(port: u16, child: Option<Child>) -> Self {
        Self {
            child,
            port,
            certificate: None,
        }
    }

    /// On threads of this process, which end with it: for what is counted on one thread only.
    pub fn start_here() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || accept(&listener, Ok));
        Self::at(port, None)
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        let scheme = match self.certificate {
            Some(_) => "https",
            None => "http",
        };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The certificate that it shows, as PEM, if it encrypts.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// `GET /bench/{what}`: `revoke` makes the present token invalid, `logins` counts the logins. For a
    /// server that does not encrypt.
    pub fn ask(&self, what: &str) -> u64 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        let request = format!("GET /bench/{what} HTTP/1.1\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let body = answer.rsplit("\r\n\r\n").next().unwrap_or_default();
        body.parse().expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

/// Becomes the server, and does not return, if [`Server::start`] has started this process.
pub fn serve_if_asked() {
    let Ok(mode) = std::env::var(MARK) else {
        return;
    };
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    println!("{}", listener.local_addr().expect("an address").port());
    match mode.as_str() {
        PLAIN => accept(&listener, Ok),
        #[cfg(feature = "tls")]
        ENCRYPTED => {
            let (certificate, config) = super::tls::server();
            print!("{certificate}");
            accept(&listener, move |stream| super::tls::accept(&config, stream));
        }
        other => panic!("{MARK} is {other}, or the feature for that is off"),
    }
}

/// Serves what comes in, each connection as what `dress` makes of it.
fn accept<S: Read + Write>(
    listener: &TcpListener,
    dress: impl Fn(TcpStream) -> io::Result<S> + Send + Sync + 'static,
) {
    let shared = Arc::new((Shared::new(), dress));
    for stream in listener.incoming().flatten() {
        let shared = shared.clone();
        std::thread::spawn(move || {
            let (shared, dress) = &*shared;
            // A client that goes away is no failure.
            let _ = stream
                .set_nodelay(true)
                .and_then(|()| dress(stream))
                .and_then(|stream| serve(stream, shared));
        });
    }
}

struct Shared {
    policy: Vec<u8>,
    /// Page by page, each leading to the next. Rendered when first asked for: not every benchmark lists.
    pages: std::sync::OnceLock<Vec<Vec<u8>>>,
    generation: AtomicU64,
    logins: AtomicU64,
}

impl Shared {
    fn new() -> Self {
        Self {
            policy: answer(&answers::policy()),
            pages: std::sync::OnceLock::new(),
            generation: AtomicU64::new(0),
            logins: AtomicU64::new(0),
        }
    }

    fn page(&self, number: usize) -> &[u8] {
        let pages = self.pages.get_or_init(|| {
            // The alerts are the same on every page; only the way on differs.
            let token = |page: usize| format!("page-{page}");
            let first = String::from_utf8(answers::alerts(Some(&token(1)))).expect("JSON is UTF-8");
            let page = |number: usize| match number + 1 < answers::PAGES {
                true => answer(first.replace(&token(1), &token(number + 1)).as_bytes()),
                false => answer(&answers::alerts(None)),
            };
            (0..answers::PAGES).map(page).collect()
        });
        &pages[number]
    }

    fn token(&self) -> String {
        format!("token-{}", self.generation.load(Ordering::Relaxed))
    }
}

fn answer(body: &[u8]) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{LIMITS}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// Answers what comes in, until the other side has had enough.
fn serve(stream: impl Read + Write, shared: &Shared) -> io::Result<()> {
    let mut input = BufReader::new(stream);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let start = line.clone();
        let (mut length, mut token, mut close) = (0, None, false);
        loop {
            line.clear();
            input.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "x-redlock-auth" => token = Some(value.trim().to_owned()),
                "connection" => close = value.trim() == "close",
                _ => {}
            }
        }
        body.resize(length, 0);
        input.read_exact(&mut body)?;
        let path = start.split(' ').nth(1).unwrap_or_default();
        let out = input.get_mut();
        reply(out, shared, path, token.as_deref(), &body)?;
        out.flush()?;
        if close {
            return Ok(());
        }
    }
}

fn reply(
    out: &mut impl Write,
    shared: &Shared,
    path: &str,
    token: Option<&str>,
    body: &[u8],
) -> io::Result<()> {
    let made = match path.split('?').next().unwrap_or_default() {
        "/login" => {
            shared.logins.fetch_add(1, Ordering::Relaxed);
            format!(r#"{{"token":"{}"}}"#, shared.token())
        }
        "/bench/revoke" => shared
            .generation
            .fetch_add(1, Ordering::Relaxed)
            .to_string(),
        "/bench/logins" => shared.logins.load(Ordering::Relaxed).to_string(),
        _ if token != Some(&shared.token()) => {
            let head = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
            return out.write_all(head.as_bytes());
        }
        "/v2/alert" => return out.write_all(shared.page(page_of(body))),
        _ => return out.write_all(&shared.policy),
    };
    out.write_all(&answer(made.as_bytes()))
}

/// The page that a listing asks for: the first one unless it says `page-<number>`.
fn page_of(body: &[u8]) -> usize {
    let text = String::from_utf8_lossy(body);
    let digits = text.split("page-").nth(1).unwrap_or_default();
    digits
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
        .min(answers::PAGES - 1)
}
