//! One test drives every path of failure at every level of tracing and looks for secrets in all that comes out.

mod common;

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{create, page, repositories, settle_until};
use prisma_cloud::testing::{Fault, Recorded, SimulatedClock, Tenant, TokenForm};
use prisma_cloud::{Error, Method, PrismaCloud, Product};
use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;

const SECRET: &str = "S3cr3t/with+odd=characters&\"more\"";
const PROXY_PASSWORD: &str = "Pr0xy/passw0rd+known";
const URL_PASSWORD: &str = "Url/passw0rd+known";

/// Only replaced where it stands alone, as all that are so short.
const SHORT: &str = "~q7&Z";
const FOREIGN: &str = "schlüssel-ohne-ende-é";
/// Never sent by the client.
const UNKNOWN: &str = "of-nobody-that-the-client-knows";

/// No form of a long secret is shorter than this.
const BEGINNING: usize = 16;

/// Everything that was traced or shown.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Output {
    /// Everything that can be shown about an error, as programs show it.
    fn error(&mut self, error: &Error) {
        writeln!(self, "{error}\n{error:?}\n{error:#?}").unwrap();
        if !error.is_decode() {
            // That of a success is data: whoever asks for it gets it as it came.
            writeln!(self, "{}", String::from_utf8_lossy(error.body())).unwrap();
        }
        writeln!(self, "{:?} {:?}", error.entries(), error.headers()).unwrap();
        writeln!(self, "{:?}", error.request_id()).unwrap();
        for (name, value) in error.headers() {
            writeln!(
                self,
                "{name}: {}",
                String::from_utf8_lossy(value.as_bytes())
            )
            .unwrap();
        }
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            writeln!(self, "{error}\n{error:?}\n{error:#?}").unwrap();
            cause = error.source();
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

fn base64(bytes: &[u8], last: &[u8; 2]) -> String {
    let mut digits: Vec<u8> = (b'A'..=b'Z')
        .chain(b'a'..=b'z')
        .chain(b'0'..=b'9')
        .collect();
    digits.extend(last);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .enumerate()
            .fold(0u32, |bits, (i, b)| bits | u32::from(*b) << (16 - 8 * i));
        for digit in 0..=chunk.len() {
            text.push(char::from(digits[(bits >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    text
}

fn percent(bytes: &[u8]) -> String {
    percent_with(bytes, |byte| format!("%{byte:02X}"))
}

fn percent_lower(bytes: &[u8]) -> String {
    percent_with(bytes, |byte| format!("%{byte:02x}"))
}

fn percent_with(bytes: &[u8], escape: fn(u8) -> String) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(*byte))
            }
            _ => text.push_str(&escape(*byte)),
        }
        text
    })
}

/// A way in which servers write what they were sent.
type Encode = fn(&str) -> String;

fn each(text: &str, escaped: fn(char) -> bool, escape: impl Fn(char) -> String) -> String {
    let parts = text.chars().map(|letter| match escaped(letter) {
        true => escape(letter),
        false => letter.to_string(),
    });
    parts.collect()
}

fn json_escape(letter: char) -> String {
    let mut units = [0; 2];
    let units = letter.encode_utf16(&mut units).iter();
    units.map(|unit| format!("\\u{unit:04x}")).collect()
}

fn quoted(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

/// All of them. Each makes one line of one letter after the other.
const FORMS: [(&str, Encode); 14] = [
    ("as it is", str::to_owned),
    ("percent", |text| percent(text.as_bytes())),
    ("percent in lower case", |text| {
        percent_lower(text.as_bytes())
    }),
    ("percent, twice", |text| {
        percent(percent(text.as_bytes()).as_bytes())
    }),
    ("JSON", quoted),
    ("JSON in JSON", |text| quoted(&quoted(text))),
    ("JSON with slashes escaped", |text| {
        quoted(text).replace('/', "\\/")
    }),
    ("JSON with all signs as numbers", |text| {
        each(text, |c| !c.is_ascii_alphanumeric(), json_escape)
    }),
    ("JSON with numbers in JSON", |text| {
        quoted(&each(text, |c| !c.is_ascii_alphanumeric(), json_escape))
    }),
    ("JSON with letters as numbers, too", |text| {
        each(text, |_| true, json_escape)
    }),
    ("HTML by name", |text| {
        text.replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('=', "&equals;")
    }),
    ("HTML by number", |text| {
        each(
            text,
            |c| !c.is_ascii_alphanumeric(),
            |c| format!("&#{};", u32::from(c)),
        )
    }),
    ("HTML by hexadecimal number", |text| {
        each(
            text,
            |c| !c.is_ascii_alphanumeric(),
            |c| format!("&#x{:X};", u32::from(c)),
        )
    }),
    ("base64", |text| base64(text.as_bytes(), b"+/")),
];

/// A place of an answer in which a text may come back.
type Answer = fn(&str) -> Fault;

/// All of them.
const PLACES: [(&str, Answer); 21] = [
    ("a text", |text| Fault::answer(400, "text/plain", text)),
    ("no known media type", |text| {
        Fault::answer(404, "x/y", format!("<{text}>"))
    }),
    ("the title of a page", |text| {
        Fault::answer(
            400,
            "text/html",
            format!("<html><title>{text}</title></html>"),
        )
    }),
    ("a page in place of data", |text| {
        Fault::answer(
            200,
            "text/html",
            format!("<html><title>{text}</title></html>"),
        )
    }),
    ("JSON called HTML", |text| {
        Fault::answer(400, "text/html", json!({ "message": text }).to_string())
    }),
    ("the message of JSON", |text| {
        Fault::answer(
            400,
            "application/json",
            json!({ "message": text }).to_string(),
        )
    }),
    ("the code and the id in JSON", |text| {
        let error = json!({ "error": { "code": text, "requestId": text } });
        Fault::answer(400, "application/json", error.to_string())
    }),
    ("x-redlock-status", |text| {
        let entry = json!([{ "i18nKey": text, "severity": text, "subject": text }]);
        Fault::status(400).header("x-redlock-status", &entry.to_string())
    }),
    ("x-redlock-status without JSON", |text| {
        Fault::status(400).header("x-redlock-status", text)
    }),
    ("the request id", |text| {
        Fault::status(409).header("x-redlock-request-id", text)
    }),
    ("a redirect", |text| {
        Fault::redirect(302, &format!("http://127.0.0.1/?{text}"))
    }),
    ("via", |text| Fault::status(400).header("via", text)),
    ("retry-after", |text| {
        Fault::status(400).header("retry-after", text)
    }),
    ("set-cookie", |text| {
        Fault::status(400).header("set-cookie", text)
    }),
    ("x-redlock-auth", |text| {
        Fault::status(400).header("x-redlock-auth", text)
    }),
    ("authorization", |text| {
        Fault::status(400).header("authorization", text)
    }),
    ("refresh", |text| {
        Fault::status(400).header("refresh", &format!("0; url=/?{text}"))
    }),
    ("link", |text| {
        Fault::status(400).header("link", &format!("</?{text}>; rel=next"))
    }),
    ("content-location", |text| {
        Fault::status(400).header("content-location", text)
    }),
    ("www-authenticate", |text| {
        Fault::status(400).header("www-authenticate", text)
    }),
    ("an unknown header", |text| {
        Fault::status(400).header("x-unheard-of", text)
    }),
];

/// All forms of a secret that are looked for.
fn forms(secret: &str) -> Vec<String> {
    let (_, but_base64) = FORMS.split_last().unwrap();
    let mut forms: Vec<String> = but_base64
        .iter()
        .map(|(_, encode)| encode(secret))
        .collect();
    for last in [b"+/", b"-_"] {
        for before in ["", "x", "xy"] {
            let encoded = base64(format!("{before}{secret}").as_bytes(), last);
            // What the neighbours decide is cut off on either side.
            let from = [0, 2, 3][before.len()];
            forms.push(encoded[from..encoded.len() - 2].to_owned());
        }
    }
    forms
}

/// What a careless server sends back: the whole request, in every encoding.
fn echo(record: &Recorded) -> String {
    let text = record.text();
    let lower = percent_lower(text.as_bytes());
    format!(
        "{text}\n{}\n{lower}\n{}\n{}\n{}",
        percent(text.as_bytes()),
        base64(text.as_bytes(), b"+/"),
        base64(format!("x{text}").as_bytes(), b"-_"),
        base64(format!("xy{text}").as_bytes(), b"+/"),
    )
}

/// The echo as one line that a header can carry.
fn line(record: &Recorded) -> String {
    echo(record)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

type MakeFault = fn(&Recorded) -> Fault;

/// Every way in which a server can answer badly, with the request in it.
fn faults() -> Vec<MakeFault> {
    let mut faults: Vec<MakeFault> = vec![
        |record| {
            Fault::answer(
                200,
                "text/html",
                format!("<html><title>{}</title>", echo(record)),
            )
        },
        |record| Fault::answer(200, "application/json", echo(record)),
        |record| {
            Fault::answer(
                200,
                "application/json",
                json!({ "token": [echo(record)] }).to_string(),
            )
        },
        |record| {
            Fault::answer(
                400,
                "application/json",
                json!({ "message": echo(record) }).to_string(),
            )
        },
        |record| Fault::answer(401, "text/plain", echo(record)),
        |record| {
            Fault::answer(
                403,
                "application/json",
                json!({ "Message": line(record) }).to_string(),
            )
        },
        |record| {
            let error = json!({ "error": { "code": line(record), "message": line(record) } });
            Fault::answer(404, "application/json", error.to_string())
        },
        |record| Fault::status(409).header("x-redlock-request-id", &line(record)),
        |record| {
            let entry = json!([{ "i18nKey": line(record), "severity": line(record), "subject": line(record) }]);
            Fault::status(400).header("x-redlock-status", &entry.to_string())
        },
        |record| {
            Fault::status(500)
                .header("x-anything", &line(record))
                .header("set-cookie", &line(record))
        },
        |record| Fault::status(429).header("retry-after", &line(record)),
        |record| {
            Fault::redirect(
                302,
                &format!("http://127.0.0.1/?{}", percent(echo(record).as_bytes())),
            )
        },
        |record| Fault::redirect(307, &line(record)),
        |record| Fault::answer(503, "text/plain", "x".repeat(65_530 - 40) + &echo(record)),
        |_| Fault::reset(),
        |_| Fault::status(204),
    ];
    // The body is cut somewhere in the echo.
    faults.push(|record| {
        let text = record.text();
        let at = text
            .find("eyJ")
            .or(text.find("opaque"))
            .or(text.find("S3cr3t"))
            .unwrap_or(0);
        Fault::answer(500, "text/plain", "x".repeat(65_536 - at - 10) + &text)
    });
    faults
}

async fn every_call(client: &PrismaCloud, output: &mut Output) {
    let results = [
        repositories(client).await.err(),
        page(client, &json!({ "limit": 5 })).await.err(),
        create(client, "x").await.err(),
        client
            .raw(Product::Cspm, Method::DELETE, "/policy")
            .send()
            .await
            .err(),
    ];
    for error in results.iter().flatten() {
        output.error(error);
    }
}

#[tokio::test]
async fn no_output_holds_a_secret() {
    let mut output = Output::default();
    let writer = output.clone();
    // All levels, of all crates, those that write with `log` included.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();

    let mut secrets = vec![
        SECRET.to_owned(),
        PROXY_PASSWORD.to_owned(),
        URL_PASSWORD.to_owned(),
        FOREIGN.to_owned(),
        UNKNOWN.to_owned(),
    ];
    for form in [TokenForm::Jwt, TokenForm::Opaque] {
        let clock = SimulatedClock::new();
        let tenant = Tenant::builder()
            .clock(&clock)
            .tokens(form)
            .access_key("the-key-id", SECRET)
            .start()
            .await;
        for fault in faults() {
            // The login fails, then every call, then the extension.
            for path in ["/login", "", "/auth_token/extend"] {
                tenant.no_more_faults();
                let client = tenant.client().jitter_seed(7).build().unwrap();
                if path != "/login" {
                    repositories(&client).await.unwrap();
                }
                if path == "/auth_token/extend" {
                    clock.advance(Duration::from_secs(8 * 60));
                }
                let before = tenant.count("GET", "/auth_token/extend");
                tenant.rule(move |record| {
                    let hit = if path.is_empty() {
                        record.path != "/login"
                    } else {
                        record.path == path
                    };
                    hit.then(|| fault(record))
                });
                every_call(&client, &mut output).await;
                if path == "/auth_token/extend" {
                    settle_until(|| tenant.count("GET", path) > before).await;
                }
                writeln!(output, "{client:?} {client:#?} {:?}", tenant.client()).unwrap();
            }
        }
        tenant.no_more_faults();

        // Each form in each place, of a call and of the login. (One form of token is enough: it is a secret among others.)
        for path in ["/login", "/policy"] {
            let client = tenant.client().no_retries().build().unwrap();
            for (_, encode) in FORMS.iter().filter(|_| form == TokenForm::Jwt) {
                for (place, answer) in PLACES {
                    tenant.no_more_faults();
                    tenant.rule(move |record| {
                        let line = record.text().replace('\n', " ");
                        (record.path == path).then(|| answer(&encode(&line)))
                    });
                    let error = create(&client, "x").await.expect_err(place);
                    output.error(&error);
                }
            }
        }
        tenant.no_more_faults();

        // A wrong key, echoed.
        tenant.set_access_key("the-key-id", "another secret");
        tenant.rule(|record| Some(Fault::answer(401, "application/json", echo(record))));
        let client = PrismaCloud::builder()
            .url(tenant.url())
            .access_key("the-key-id", SECRET)
            .build()
            .unwrap();
        every_call(&client, &mut output).await;
        tenant.no_more_faults();

        // A token given from outside, refused and echoed.
        let token = tenant.issue_token();
        let client = PrismaCloud::builder()
            .url(tenant.url())
            .token(token.clone())
            .build()
            .unwrap();
        tenant.rule(|record| Some(Fault::answer(401, "text/plain", echo(record))));
        every_call(&client, &mut output).await;
        writeln!(output, "{client:?}").unwrap();
        tenant.no_more_faults();

        // Secrets of few letters, and with letters outside ASCII.
        for given in [SHORT, FOREIGN] {
            let client = PrismaCloud::builder()
                .url(tenant.url())
                .token(given)
                .no_retries()
                .build()
                .unwrap();
            tenant.rule(|record| Some(Fault::answer(401, "text/plain", echo(record))));
            every_call(&client, &mut output).await;
            for (_, encode) in FORMS.iter().filter(|_| form == TokenForm::Jwt) {
                for (place, answer) in PLACES {
                    tenant.no_more_faults();
                    tenant.rule(move |_| Some(answer(&encode(&format!("<{given}>")))));
                    let error = create(&client, "x").await.expect_err(place);
                    output.error(&error);
                }
            }
            tenant.no_more_faults();
        }

        // Secrets that the client cannot know are known by their names, and the answer to a login is not kept.
        for fault in [
            || {
                Fault::answer(
                    400,
                    "application/json",
                    json!({ "token": UNKNOWN }).to_string(),
                )
            },
            || {
                let inner = json!({ "secretKey": UNKNOWN }).to_string();
                Fault::answer(400, "text/html", json!({ "message": inner }).to_string())
            },
            || Fault::answer(400, "text/plain", format!("?access_token={UNKNOWN}&x=1")),
            || Fault::answer(200, "text/html", format!("<html>{UNKNOWN}</html>")),
        ] {
            tenant.rule(move |record| (record.path == "/login").then(fault));
            let client = tenant.client().no_retries().build().unwrap();
            let error = repositories(&client).await.unwrap_err();
            assert_eq!(error.status().unwrap() == 200, error.body().is_empty());
            output.error(&error);
            tenant.no_more_faults();
        }

        // Through a proxy that fails and echoes.
        let address = tenant.url().replace(
            "http://",
            &format!("http://u:{}@", percent(PROXY_PASSWORD.as_bytes())),
        );
        let to_nobody = || {
            PrismaCloud::builder()
                .custom_url("http://prisma.invalid")
                .allow_plain_http_exposing_credentials()
                .access_key("the-key-id", SECRET)
                .no_retries()
        };
        for builder in [
            to_nobody()
                .proxy(tenant.url())
                .proxy_user("proxy-user", PROXY_PASSWORD),
            to_nobody().proxy(address),
        ] {
            tenant.rule(|record| {
                Some(Fault::answer(407, "text/plain", echo(record)).header("x-echo", &line(record)))
            });
            every_call(&builder.build().unwrap(), &mut output).await;
            tenant.no_more_faults();
        }
        secrets.extend(tenant.tokens());
    }

    // Nobody there; no connection through a proxy that is not there either; a name that does not resolve.
    let nobody = || {
        PrismaCloud::builder()
            .access_key("the-key-id", SECRET)
            .no_retries()
    };
    for builder in [
        nobody().url("http://127.0.0.1:9"),
        nobody().custom_url("https://127.0.0.1:9"),
        nobody()
            .custom_url("https://prisma.invalid")
            .proxy("http://127.0.0.1:9")
            .proxy_user("u", PROXY_PASSWORD),
        nobody().custom_url("https://prisma.invalid").proxy(format!(
            "http://u:{}@127.0.0.1:9",
            percent(PROXY_PASSWORD.as_bytes())
        )),
    ] {
        every_call(&builder.build().unwrap(), &mut output).await;
    }

    // What is refused before anything is sent.
    let user = percent(URL_PASSWORD.as_bytes());
    for builder in [
        nobody(),
        nobody().url(format!("https://user:{user}@api.prismacloud.io")),
        nobody().url(format!(
            "https://api.prismacloud.io.example.com/?password={user}"
        )),
        nobody().custom_url(format!("https://user:{user}@prisma.example")),
        nobody().custom_url(format!("https://prisma.example/?password={user}")),
        nobody().url(format!(
            "https://user:{}{user}@prisma.example",
            "x".repeat(200)
        )),
        nobody().custom_url(format!("https://user:{user}")),
        nobody().url("app").proxy(format!("::{PROXY_PASSWORD}::")),
        nobody().url("app").client_identity(SECRET),
        PrismaCloud::builder()
            .url("app")
            .token(format!("{SECRET}\n{SECRET}")),
    ] {
        writeln!(output, "{builder:?}").unwrap();
        output.error(&builder.build().unwrap_err());
    }

    // What was found, and is refused for its address.
    let address = format!("https://user:{user}@prisma.example");
    let loader = prisma_cloud::CredentialLoader::environment().variables(move |name| match name {
        "PC_URL" => Some(address.clone()),
        "PC_IDENTITY" => Some("the-key-id".to_owned()),
        "PC_SECRET" => Some(SECRET.to_owned()),
        _ => None,
    });
    let profile = loader.load().unwrap();
    writeln!(output, "{profile:?} {profile:#?} {loader:?}").unwrap();
    output.error(&profile.client().unwrap_err());
    let client = nobody().url("app").build().unwrap();
    let path = format!("//u:{user}@h/x?password={user}");
    let call = client.raw(Product::Cspm, Method::GET, path);
    writeln!(output, "{call:?} {call:#?} {:?}", client.http_client()).unwrap();
    let path = format!("x?password={user}");
    let call = client.raw(Product::Cspm, Method::GET, path);
    output.error(&call.send().await.unwrap_err());
    let proxied = nobody()
        .url("app")
        .proxy(format!(
            "http://u:{}@127.0.0.1:9",
            percent(PROXY_PASSWORD.as_bytes())
        ))
        .proxy_user("u", PROXY_PASSWORD);
    writeln!(output, "{proxied:?}").unwrap();
    let proxied = proxied.build().unwrap();
    writeln!(output, "{proxied:?} {:?}", proxied.http_client()).unwrap();

    // A panic shows what a program formats into it.
    let client = nobody().url("app").token(SECRET).build().unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        panic!("{client:?} {:?}", nobody());
    }))
    .unwrap_err();
    writeln!(output, "{}", panic.downcast_ref::<String>().unwrap()).unwrap();

    let text = output.text();
    assert!(text.len() > 100_000, "something was traced: {}", text.len());
    assert!(text.contains("http.request.method") && text.contains("login failed"));
    assert!(text.contains("[redacted]"));
    println!(
        "{} bytes searched for {} secrets",
        text.len(),
        secrets.len()
    );
    assert!(secrets.len() > 60, "{}", secrets.len());
    for form in forms(SHORT).iter().take(FORMS.len() - 1) {
        if let Some(at) = text.find(form.as_str()) {
            let from = text.floor_char_boundary(at.saturating_sub(300));
            panic!("{form:?} is shown in: {}", &text[from..at + form.len()]);
        }
    }
    // By their beginnings, so that the text is gone through once.
    let mut wanted: HashMap<Vec<u8>, Vec<String>> = HashMap::new();
    for form in secrets.iter().flat_map(|secret| forms(secret)) {
        wanted
            .entry(form.as_bytes()[..BEGINNING].to_vec())
            .or_default()
            .push(form);
    }
    let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
    let mut pairs = vec![false; 1 << 16];
    for beginning in wanted.keys() {
        pairs[pair(beginning)] = true;
    }
    for (at, beginning) in text.as_bytes().windows(BEGINNING).enumerate() {
        if !pairs[pair(beginning)] {
            continue;
        }
        for form in wanted.get(beginning).into_iter().flatten() {
            if text.as_bytes()[at..].starts_with(form.as_bytes()) {
                let shown = &text.as_bytes()[at.saturating_sub(300)..(at + 300).min(text.len())];
                panic!("{form:?} is shown in: {}", String::from_utf8_lossy(shown));
            }
        }
    }
}

/// The name of the next test, which starts itself once more with a proxy in the environment.
const PROXY_TEST: &str = "the_password_of_a_proxy_of_the_environment_is_not_shown";
/// The output is between these.
const BORDER: &str = "-- shown --";

#[tokio::test]
async fn the_password_of_a_proxy_of_the_environment_is_not_shown() {
    if std::env::var_os("PRISMA_CLOUD_TEST_PROXY").is_some() {
        let client = PrismaCloud::builder()
            .custom_url("http://prisma.invalid")
            .allow_plain_http_exposing_credentials()
            .access_key("the-key-id", SECRET)
            .no_retries()
            .build()
            .unwrap();
        let mut output = Output::default();
        every_call(&client, &mut output).await;
        println!("{BORDER}{}{BORDER}", output.text());
        return;
    }
    let proxy = Tenant::start().await;
    proxy.rule(|record| Some(Fault::answer(407, "text/plain", echo(record))));
    let address = proxy.url().replace(
        "http://",
        &format!("http://u:{}@", percent(PROXY_PASSWORD.as_bytes())),
    );
    let program = std::env::current_exe().unwrap();
    let child = tokio::task::spawn_blocking(move || {
        std::process::Command::new(program)
            .args(["--exact", PROXY_TEST, "--nocapture"])
            .env("PRISMA_CLOUD_TEST_PROXY", "1")
            .env("HTTP_PROXY", &address)
            .env("http_proxy", &address)
            .env("NO_PROXY", "")
            .env("no_proxy", "")
            .env_remove("REQUEST_METHOD")
            .output()
            .unwrap()
    });
    let child = child.await.unwrap();
    let text = String::from_utf8(child.stdout).unwrap();
    let shown = text
        .split(BORDER)
        .nth(1)
        .unwrap_or_else(|| panic!("{text}"));
    let sent = proxy.recorded().pop().expect("the proxy was asked");
    let login = base64(format!("u:{PROXY_PASSWORD}").as_bytes(), b"+/");
    assert!(
        sent.text().contains(login.trim_end_matches('A')),
        "{}",
        sent.text()
    );
    assert!(
        shown.contains("407") && shown.contains("[redacted]"),
        "{shown}"
    );
    for form in forms(PROXY_PASSWORD) {
        assert!(!shown.contains(&form), "{form:?} is shown in: {shown}");
    }
}
