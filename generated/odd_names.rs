//! Calls whose parameters are named as variables and methods of the generated code are.

mod made {
    include!(concat!(env!("OUT_DIR"), "/odd_names.rs"));
}

use std::sync::{Arc, Mutex};

use reqwest::{Client as Http, Request, Response};

use self::made::prelude::*;
use crate::paging::{Paged, Place};
use crate::{BoxFuture, Operation, SharedTransport, Transport};

/// Keeps what it is to send, and answers with a list or a page.
#[derive(Default)]
struct Keeping(Mutex<Vec<Request>>);

impl Transport for Keeping {
    fn exchange<'a>(
        &'a self,
        _: &'a Http,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        let body = match operation.name {
            "odd_names" => r#"["done"]"#,
            _ => r#"{"items": ["a"], "next": "t2"}"#,
        };
        self.0.lock().unwrap().push(request);
        Box::pin(async move { Ok(http::Response::new(body).into()) })
    }
}

fn client() -> (Arc<Keeping>, made::Client) {
    // It may have been installed by another test.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let keeping = Arc::new(Keeping::default());
    let transport = SharedTransport::new(keeping.clone());
    let client = made::Client::new_with_client("https://api.example", Http::new(), transport);
    (keeping, client)
}

fn odd(client: &made::Client) -> made::builder::OddNames<'_> {
    let list: Vec<String> = vec!["x".to_owned()];
    let call = client.odd_names().url("a/b").send_parameter("s").id("7");
    let call = call.client("c").response("r").result("s").info("i");
    let call = call.request("q").value("v").self_("me").body_parameter("b");
    let call = call
        .headers("h")
        .header_map_parameter("m")
        .new_parameter("n");
    let call = call.unread_parameter("u").read_answer_parameter("a");
    let call = call.time_range_parameter("t").encode_path_parameter("e");
    let call = call.inner("in").baseurl("base").operation("op").type_("ty");
    call.api_version("2").x_value("xv").body(list)
}

#[tokio::test]
async fn parameters_with_names_of_the_generated_code_are_sent() {
    let (keeping, client) = client();
    let answer = odd(&client).send().await.unwrap().into_inner();
    assert_eq!(Vec::from(answer), ["done"]);
    let sent = keeping.0.lock().unwrap().pop().unwrap();
    assert_eq!(sent.url().path(), "/odd/a%2Fb/s/7");
    let query: Vec<(String, String)> = sent.url().query_pairs().into_owned().collect();
    for (name, value) in [
        ("client", "c"),
        ("response", "r"),
        ("result", "s"),
        ("info", "i"),
        ("request", "q"),
        ("value", "v"),
        ("self", "me"),
        ("body", "b"),
        ("headers", "h"),
        ("header_map", "m"),
        ("new", "n"),
        ("unread", "u"),
        ("read_answer", "a"),
        ("time_range", "t"),
        ("encode_path", "e"),
        ("inner", "in"),
        ("baseurl", "base"),
        ("operation", "op"),
        ("type", "ty"),
    ] {
        let pair = (name.to_owned(), value.to_owned());
        assert!(query.contains(&pair), "{name}: {query:?}");
    }
    assert_eq!(query.len(), 19);
    assert_eq!(sent.headers()["api-version"], "2");
    assert_eq!(sent.headers()["x-value"], "xv");
    assert_eq!(sent.body().unwrap().as_bytes().unwrap(), br#"["x"]"#);
}

#[tokio::test]
async fn an_argument_that_would_lead_elsewhere_is_not_sent() {
    let (keeping, client) = client();
    for text in ["", ".", "..", "%2E%2e"] {
        for (name, call) in [
            ("url", odd(&client).url(text)),
            ("id", odd(&client).id(text)),
            ("send_parameter", odd(&client).send_parameter(text)),
        ] {
            let refused = call.send().await.unwrap_err().to_string();
            assert!(refused.contains(&format!("`{name}`")), "{text}: {refused}");
        }
    }
    let listing = client.odd_listing().id("..").into_listing();
    for place in [Place::Start, Place::Tokens(vec![Some("t".to_owned())])] {
        let refused = listing.fetch(&place).await.unwrap_err().to_string();
        assert!(refused.contains("`id`"), "{place:?}: {refused}");
    }
    assert!(keeping.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_listing_with_such_parameters_goes_on() {
    let (keeping, client) = client();
    let call = client
        .odd_listing()
        .id("7")
        .client("c")
        .place("p")
        .call("l");
    let listing = call.listing_size("s").limit(5).into_listing();
    assert_eq!(listing.size(), Some(5));
    let place = Place::Tokens(vec![Some("t2".to_owned())]);
    let body = listing.fetch(&place).await.unwrap();
    let page = made::builder::OddListing::read(body, &place).unwrap();
    assert_eq!(made::builder::OddListing::into_items(page), ["a"]);
    let sent = keeping.0.lock().unwrap().pop().unwrap();
    assert_eq!(sent.url().path(), "/listing/7");
    let query = "client=c&place=p&call=l&listing_size=s&token=t2&limit=5";
    let pairs = |query: &str| {
        let mut pairs: Vec<String> = query.split('&').map(str::to_owned).collect();
        pairs.sort();
        pairs
    };
    assert_eq!(pairs(sent.url().query().unwrap()), pairs(query));
}
