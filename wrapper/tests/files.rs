//! Files, whatever happens on the way: a server that can stop at any byte.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use prisma_cloud::files::{Download, Transfer};
use prisma_cloud::jobs::{JobKind, JobProgress};
use prisma_cloud::testing::{SimulatedClock, Tenant};
use prisma_cloud::{Error, ErrorKind, Method, PrismaCloud, Product};

const CSV: &[u8] =
    b"alert,status\nP-1,open\nP-2,open\nP-3,open\nalert,status\nP-1,open\nP-2,open\nP-3,open\n";
/// The same, compressed by another program.
const GZIP: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0xcc, 0x49, 0x2d, 0x2a, 0xd1,
    0x29, 0x2e, 0x49, 0x2c, 0x29, 0x2d, 0xe6, 0x0a, 0xd0, 0x35, 0xd4, 0xc9, 0x2f, 0x48, 0xcd, 0x03,
    0x32, 0x8c, 0x60, 0x0c, 0x63, 0x08, 0x23, 0x91, 0x48, 0x75, 0x00, 0x03, 0xa1, 0x91, 0xbb, 0x50,
    0x00, 0x00, 0x00,
];

/// What the server says to a request for the file.
#[derive(Clone)]
struct Script {
    answer: Vec<u8>,
    /// Where it stops.
    cut: usize,
    /// How many answers are cut; later ones are whole.
    cuts: usize,
    /// Whether it then keeps the connection open and says nothing more, or closes it.
    stalls: bool,
}

/// A server that logs everybody in and sends one file, exactly as the script says.
struct Server {
    url: String,
    script: Arc<Mutex<Script>>,
    over: Arc<AtomicBool>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script {
            answer: Vec::new(),
            cut: 0,
            cuts: 0,
            stalls: false,
        }));
        let over = Arc::new(AtomicBool::new(false));
        let (shared, done) = (script.clone(), over.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if done.load(Ordering::SeqCst) {
                    return;
                }
                let script = shared.clone();
                let done = done.clone();
                std::thread::spawn(move || serve(stream, &script, &done));
            }
        });
        Self { url, script, over }
    }

    fn plays(&self, answer: Vec<u8>, cut: usize, stalls: bool) {
        self.plays_then(answer, cut, usize::MAX, stalls);
    }

    fn plays_then(&self, answer: Vec<u8>, cut: usize, cuts: usize, stalls: bool) {
        *self.script.lock().unwrap() = Script {
            answer,
            cut,
            cuts,
            stalls,
        };
    }

    fn client(&self) -> PrismaCloud {
        PrismaCloud::builder()
            .url(&self.url)
            .access_key("id", "secret")
            .build()
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

/// One exchange on one connection.
fn serve(mut stream: TcpStream, script: &Mutex<Script>, over: &AtomicBool) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !complete(&request) {
        match stream.read(&mut buffer) {
            Ok(1..) => request.extend_from_slice(&buffer[..]),
            _ => return,
        }
    }
    if request.starts_with(b"POST /login") {
        let body = r#"{"token":"opaque-token"}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
        let _ = write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len());
        return;
    }
    let script = {
        let mut script = script.lock().unwrap();
        let now = script.clone();
        script.cuts = script.cuts.saturating_sub(1);
        now
    };
    let end = if script.cuts > 0 {
        script.cut
    } else {
        script.answer.len()
    };
    let _ = stream.write_all(&script.answer[..end]);
    let _ = stream.flush();
    while script.stalls && !over.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
}

/// Whether the head has come; no body of these tests is so long that it would come apart from it.
fn complete(request: &[u8]) -> bool {
    request.windows(4).any(|window| window == b"\r\n\r\n")
}

/// The head and the body of an answer, in three ways of saying where it ends.
fn answers() -> [(Vec<u8>, Vec<u8>); 3] {
    let head =
        |more: &str| format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{more}\r\n").into_bytes();
    let mut chunks = Vec::new();
    for chunk in CSV.chunks(13) {
        chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    [
        (
            head(&format!("content-length: {}\r\n", CSV.len())),
            CSV.to_vec(),
        ),
        (head("transfer-encoding: chunked\r\n"), chunks),
        (
            head(&format!(
                "content-encoding: gzip\r\ncontent-length: {}\r\n",
                GZIP.len()
            )),
            GZIP.to_vec(),
        ),
    ]
}

async fn file(client: &PrismaCloud) -> Result<Download, Error> {
    client
        .raw(Product::Cspm, Method::GET, "/file")
        .download()
        .await
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn interrupted_at_any_byte_it_leaves_nothing() {
    let server = Server::start();
    let client = server.client();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("alerts.csv");
    for (way, (head, body)) in answers().into_iter().enumerate() {
        let whole = [head.clone(), body].concat();
        for cut in head.len()..whole.len() {
            server.plays(whole.clone(), cut, false);
            let error = file(&client)
                .await
                .unwrap()
                .save(&target)
                .await
                .unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Network,
                "way {way}, byte {cut}: {error}"
            );
            assert_eq!(names(folder.path()), [""; 0], "way {way}, byte {cut}");
        }
        server.plays(whole.clone(), whole.len(), false);
        let saved = file(&client).await.unwrap().save(&target).await.unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), CSV, "way {way}");
        assert_eq!((saved.size, saved.path), (CSV.len() as u64, target.clone()));
        assert_eq!(names(folder.path()), ["alerts.csv"]);
        std::fs::remove_file(&target).unwrap();
    }
}

#[tokio::test]
async fn an_interrupted_replacement_leaves_the_old_file() {
    let server = Server::start();
    let client = server.client();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("alerts.csv");
    std::fs::write(&target, "old").unwrap();
    let (head, body) = &answers()[0];
    let whole = [head.clone(), body.clone()].concat();
    server.plays(whole.clone(), whole.len() - 1, false);
    let download = file(&client).await.unwrap().overwrite();
    assert!(download.save(&target).await.unwrap_err().is_network());
    assert_eq!(std::fs::read(&target).unwrap(), b"old");

    server.plays(whole.clone(), whole.len(), false);
    let error = file(&client)
        .await
        .unwrap()
        .save(&target)
        .await
        .unwrap_err();
    assert!(
        error.is_io() && error.to_string().contains("overwrite"),
        "{error}"
    );
    assert_eq!(std::fs::read(&target).unwrap(), b"old");
    file(&client)
        .await
        .unwrap()
        .overwrite()
        .save(&target)
        .await
        .unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), CSV);
    assert_eq!(names(folder.path()), ["alerts.csv"]);
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_nothing() {
    let server = Server::start();
    let client = server.client();
    let folder = tempfile::tempdir().unwrap();
    let (head, body) = &answers()[0];
    let whole = [head.clone(), body.clone()].concat();
    server.plays(whole.clone(), head.len() + 20, true);
    let received = Arc::new(AtomicU64::new(0));
    let watched = received.clone();
    let download = file(&client)
        .await
        .unwrap()
        .on_progress(move |transfer: Transfer| {
            watched.store(transfer.received, Ordering::SeqCst);
        });
    let task = tokio::spawn(download.save(folder.path().join("alerts.csv")));
    while received.load(Ordering::SeqCst) < 20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(names(folder.path()).len(), 1, "the temporary file");
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_watch_that_panics_leaves_nothing() {
    let server = Server::start();
    let client = server.client();
    let folder = tempfile::tempdir().unwrap();
    let (head, body) = &answers()[0];
    let whole = [head.clone(), body.clone()].concat();
    server.plays(whole.clone(), whole.len(), false);
    let download = file(&client).await.unwrap().on_progress(|transfer| {
        assert!(transfer.received == 0, "on purpose");
    });
    let task = tokio::spawn(download.save(folder.path().join("alerts.csv")));
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_file_that_stalls_is_given_up() {
    let server = Server::start();
    let (head, body) = &answers()[0];
    server.plays([head.clone(), body.clone()].concat(), head.len() + 1, true);
    let clock = SimulatedClock::new().by_hand();
    let client = PrismaCloud::builder()
        .url(&server.url)
        .access_key("id", "secret")
        .clock(clock.clone())
        .build()
        .unwrap();
    let mut download = file(&client).await.unwrap();
    assert_eq!(&*download.next().await.unwrap().unwrap(), &body[..1]);
    let rest = download.next();
    let time = async {
        for _ in 0..100 {
            clock.advance(Duration::from_secs(10));
            tokio::task::yield_now().await;
        }
        std::future::pending::<()>().await;
    };
    let error = tokio::select! {
        piece = rest => piece.unwrap().unwrap_err(),
        () = time => unreachable!(),
    };
    assert!(error.is_timeout(), "{error}");
    assert!(
        download.next().await.is_none(),
        "after an error nothing comes"
    );
}

#[tokio::test]
async fn a_job_asks_again_for_a_file_that_breaks_off() {
    let server = Server::start();
    let client = server.client();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("resources.csv");
    let (head, body) = &answers()[0];
    let whole = [head.clone(), body.clone()].concat();
    let job = || client.jobs().resume(JobKind::ConfigSearch, "7");
    server.plays_then(whole.clone(), whole.len() - 1, 3, false);
    let error = job().save(&target).await.unwrap_err();
    assert!(error.is_network(), "{error}");
    assert_eq!(names(folder.path()), [""; 0]);
    server.plays_then(whole.clone(), whole.len() - 1, 2, false);
    job().save(&target).await.unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), CSV);
}

#[tokio::test]
async fn a_job_gives_up_at_its_deadline_in_the_middle_of_the_file() {
    let server = Server::start();
    let clock = SimulatedClock::new().by_hand();
    let client = PrismaCloud::builder()
        .url(&server.url)
        .access_key("id", "secret")
        .stall_timeout(Duration::from_secs(1000))
        .clock(clock.clone())
        .build()
        .unwrap();
    let (head, body) = &answers()[0];
    server.plays([head.clone(), body.clone()].concat(), head.len() + 9, true);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("resources.csv");
    let received = Arc::new(AtomicU64::new(0));
    let watched = received.clone();
    let mut job = client
        .jobs()
        .resume(JobKind::ConfigSearch, "7")
        .deadline(Duration::from_secs(60))
        .on_progress(move |progress| {
            if let JobProgress::Receiving(transfer) = progress {
                watched.store(transfer.received, Ordering::SeqCst);
            }
        });
    let time = async {
        while received.load(Ordering::SeqCst) < 9 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(61));
        std::future::pending::<()>().await;
    };
    let error = tokio::select! {
        saved = job.save(&target) => saved.unwrap_err(),
        () = time => unreachable!(),
    };
    assert!(error.is_timeout(), "{error}");
    assert!(error.to_string().contains("deadline"), "{error}");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn name_size_and_progress() {
    let server = Server::start();
    let client = server.client();
    let head = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\ncontent-type: text/csv\r\n\
         content-disposition: attachment; filename=\"../../alerts.csv\"\r\n\r\n",
        CSV.len()
    );
    let whole = [head.as_bytes(), CSV].concat();
    server.plays(whole.clone(), whole.len(), false);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watch = seen.clone();
    let download = file(&client).await.unwrap();
    assert_eq!(download.name(), Some("alerts.csv"));
    assert_eq!(download.size(), Some(CSV.len() as u64));
    assert_eq!(download.media_type(), Some("text/csv"));
    let folder = tempfile::tempdir().unwrap();
    let saved = download
        .on_progress(move |transfer| {
            watch
                .lock()
                .unwrap()
                .push((transfer.received, transfer.total))
        })
        .save_in(folder.path(), "unused")
        .await
        .unwrap();
    assert_eq!(saved.path, folder.path().join("alerts.csv"));
    assert_eq!(saved.name.as_deref(), Some("alerts.csv"));
    let seen = seen.lock().unwrap();
    let all = CSV.len() as u64;
    assert_eq!(
        (seen[0], *seen.last().unwrap()),
        ((0, Some(all)), (all, Some(all)))
    );
    assert!(seen.is_sorted(), "{seen:?}");
}

#[tokio::test]
async fn written_anywhere_and_read_whole() {
    let tenant = Tenant::start().await;
    let client = tenant.client().build().unwrap();
    tenant.answer("GET /file", 200, "text/csv", CSV);
    let mut target = Vec::new();
    let size = file(&client)
        .await
        .unwrap()
        .write_to(&mut target)
        .await
        .unwrap();
    assert_eq!((target.as_slice(), size), (CSV, CSV.len() as u64));
    assert_eq!(
        file(&client).await.unwrap().bytes(CSV.len()).await.unwrap(),
        CSV
    );
    let error = file(&client)
        .await
        .unwrap()
        .bytes(CSV.len() - 1)
        .await
        .unwrap_err();
    assert!(
        error.is_decode() && error.to_string().contains("save it"),
        "{error}"
    );
    let folder = tempfile::tempdir().unwrap();
    let saved = file(&client)
        .await
        .unwrap()
        .save_in(folder.path(), "mine.csv")
        .await
        .unwrap();
    assert_eq!(
        (saved.path, saved.name),
        (folder.path().join("mine.csv"), None)
    );
    for unusable in ["", "..", "/"] {
        let download = file(&client).await.unwrap();
        assert!(
            download
                .save_in(folder.path(), unusable)
                .await
                .unwrap_err()
                .is_io()
        );
    }
}

#[tokio::test]
async fn what_is_no_file_is_an_error() {
    let tenant = Tenant::start().await;
    let client = tenant.client().build().unwrap();
    for (status, media_type, kind) in [
        (200, "text/html; charset=utf-8", ErrorKind::UnexpectedPage),
        (202, "application/json", ErrorKind::NotFound),
        (204, "text/csv", ErrorKind::NotFound),
        (404, "text/csv", ErrorKind::NotFound),
        (403, "text/csv", ErrorKind::Forbidden),
    ] {
        tenant.answer("GET /file", status, media_type, "");
        let error = file(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {media_type}: {error}");
    }
}

#[tokio::test]
async fn a_link_gets_nothing_of_the_session() {
    let server = Server::start();
    let (head, body) = &answers()[0];
    let whole = [head.clone(), body.clone()].concat();
    server.plays(whole.clone(), whole.len(), false);
    let tenant = Tenant::start().await;
    let client = tenant.client().build().unwrap();
    let link = format!("{}/sbom.csv?signature=top-secret", server.url);
    let bytes = client
        .follow_link(&link)
        .await
        .unwrap()
        .bytes(1000)
        .await
        .unwrap();
    assert_eq!(bytes, CSV);
    assert_eq!(tenant.logins(), 0);

    // The tenant refuses whoever shows no token, which tells that none was shown.
    let link = format!("{}/v2/alert?signature=top-secret", tenant.url());
    let error = client.follow_link(&link).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert!(error.to_string().contains("expire"), "{error}");
    assert!(
        !format!("{error} {error:?}").contains("top-secret"),
        "{error:?}"
    );
    let record = &tenant.recorded()[0];
    assert!(!record.headers.contains_key("x-redlock-auth"));
    assert!(!record.headers.contains_key("authorization"));

    let link = tenant.link("sbom.csv", "text/csv", "name,version\n");
    let download = client.follow_link(&link).await.unwrap();
    assert_eq!(download.name(), Some("sbom.csv"));
    assert_eq!(download.bytes(100).await.unwrap(), "name,version\n");

    server.plays(whole, head.len() + 3, false);
    let error = client
        .follow_link(&format!("{}/x", server.url))
        .await
        .unwrap()
        .bytes(1000)
        .await;
    assert!(error.unwrap_err().is_network());
}

/// What the server sends, with these lines in its head.
fn sent(status: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{lines}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_page_is_no_file_whatever_it_calls_itself() {
    const PAGE: &[u8] = b"\xef\xbb\xbf \r\n<!DocType HTML><html><title>Sign in</title></html>";
    let server = Server::start();
    let client = server.client();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("alerts.csv");
    for lines in [
        "",
        "content-type: application/octet-stream\r\n",
        "content-type: text/csv\r\n",
        "content-type: text/csv\r\ncontent-disposition: attachment; filename=a.csv\r\n",
    ] {
        for page in [PAGE, b"<html>", b"<HEAD><title>x</title>", b"<!-- down -->"] {
            let answer = sent("200 OK", lines, page);
            server.plays(answer.clone(), answer.len(), false);
            let error = file(&client)
                .await
                .unwrap()
                .save(&target)
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedPage, "{lines} {error}");
            assert_eq!(names(folder.path()), [""; 0]);
        }
    }
    // In pieces of a byte each.
    let mut chunks =
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for byte in PAGE {
        chunks.extend_from_slice(&[b'1', b'\r', b'\n', *byte, b'\r', b'\n']);
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    server.plays(chunks.clone(), chunks.len(), false);
    let error = file(&client).await.unwrap().bytes(1000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedPage, "{error}");

    // What only begins alike, and what is called a page.
    for (lines, body) in [
        ("", &b"<htm"[..]),
        ("", b"<"),
        ("", b"   "),
        ("", b""),
        ("", b"<!DOCTYPE svg><svg/>"),
        (
            "content-disposition: attachment; filename=\"Report.HTML\"\r\n",
            PAGE,
        ),
    ] {
        let answer = sent("200 OK", lines, body);
        server.plays(answer.clone(), answer.len(), false);
        let whole = file(&client).await.unwrap().bytes(1000).await.unwrap();
        assert_eq!(whole, body);
    }
    let answer = sent("200 OK", "", b"<ht");
    server.plays(answer.clone(), answer.len() - 1, false);
    let error = file(&client).await.unwrap().bytes(1000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
}

#[tokio::test]
async fn a_part_that_nobody_asked_for_is_not_the_file() {
    let server = Server::start();
    let client = server.client();
    for (lines, whole) in [
        ("content-range: bytes 0-2/3\r\n", true),
        ("content-range: bytes 0-2/9\r\n", false),
        ("content-range: bytes 6-8/9\r\n", false),
        ("", false),
    ] {
        let answer = sent("206 Partial Content", lines, b"a,b");
        server.plays(answer.clone(), answer.len(), false);
        match file(&client).await {
            Ok(download) => assert!(
                whole && download.bytes(10).await.unwrap() == "a,b",
                "{lines}"
            ),
            Err(error) => {
                assert!(!whole && error.is_network(), "{lines} {error}");
                assert!(error.to_string().contains("only a part"), "{error}");
            }
        }
    }
}
