//! Credentials from variables and files, in all the forms in which people have them, and in many that are wrong.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use prisma_cloud::testing::Tenant;
use prisma_cloud::{
    CredentialLoader, Error, PrismaCloud, Profile, SecretStore, SecretString, Verify,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// In every secret of these tests; nothing that is shown may hold it.
const SECRET: &str = "s3cr3t-of-the-test";

/// A home of its own, with files that only their owner can read.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        mode(&path, 0o600);
        path
    }

    /// The default place, with these variables.
    fn loader(&self, variables: &[(&str, &str)]) -> CredentialLoader {
        lookup(CredentialLoader::new(), variables).home(self.0.path())
    }
}

#[cfg(unix)]
fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn mode(_: &Path, _: u32) {}

fn lookup(loader: CredentialLoader, variables: &[(&str, &str)]) -> CredentialLoader {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let variables: HashMap<String, String> = variables.iter().map(own).collect();
    loader.variables(move |name| variables.get(name).cloned())
}

/// The body of the login that a client of this profile sends.
async fn login(loader: CredentialLoader) -> Value {
    let tenant = Tenant::start().await;
    let client = PrismaCloud::builder()
        .url(tenant.url())
        .credentials(loader)
        .build()
        .unwrap();
    // Refused or not, it was sent.
    let _ = client.prisma_id().await;
    let _ = client.identity().await;
    let logins: Vec<Value> = tenant
        .recorded()
        .iter()
        .filter(|record| record.path == "/login")
        .map(|record| serde_json::from_slice(&record.body).unwrap())
        .collect();
    logins[0].clone()
}

/// The error of a loader, having seen to it that nothing of it shows a secret.
fn error(loader: CredentialLoader) -> String {
    let profile = loader.load();
    let error = match profile.and_then(|profile| profile.client()?.build()) {
        Ok(client) => panic!("this makes a client: {client:?}"),
        Err(error) => error,
    };
    assert!(error.is_config());
    shown(&error)
}

fn shown(error: &Error) -> String {
    let mut all = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        all += &format!(" {error} {error:?}");
        cause = error.source();
    }
    assert!(
        !all.contains(SECRET) && !all.contains("s3cr3t"),
        "a secret is shown: {all}"
    );
    error.to_string()
}

fn quiet(profile: &Profile) {
    let shown = format!("{profile:?} {profile:#?} {:?}", profile.client().unwrap());
    assert!(!shown.contains(SECRET), "{shown}");
}

#[tokio::test]
async fn every_family_of_variables_makes_a_client() {
    let both = format!("the-id::{SECRET}");
    let families: [&[(&str, &str)]; 4] = [
        &[
            ("PC_URL", "app2.eu"),
            ("PC_IDENTITY", "the-id"),
            ("PC_SECRET", SECRET),
            ("PC_NAME", "n"),
        ],
        &[
            ("PRISMACLOUD_URL", "app2.eu"),
            ("PRISMACLOUD_USERNAME", "the-id"),
            ("PRISMACLOUD_PASSWORD", SECRET),
        ],
        &[
            ("PRISMA_API_URL", "https://api2.eu.prismacloud.io"),
            ("PRISMA_ACCESS_KEY_ID", "the-id"),
            ("PRISMA_SECRET_KEY", SECRET),
        ],
        &[
            ("PRISMA_API_URL", "https://api2.eu.prismacloud.io"),
            ("BC_API_KEY", &both),
        ],
    ];
    for variables in families {
        let home = Home::new();
        let profile = home.loader(variables).load().unwrap();
        quiet(&profile);
        let client = profile.client().unwrap().build().unwrap();
        assert_eq!(
            client.base_url(),
            "https://api2.eu.prismacloud.io",
            "{variables:?}"
        );
        let body = login(home.loader(variables)).await;
        assert_eq!(body, json!({ "username": "the-id", "password": SECRET }));
    }
}

#[tokio::test]
async fn a_tenant_is_named_by_the_family_that_gives_the_credentials() {
    let home = Home::new();
    let variables = [
        ("PC_URL", "app3"),
        ("PRISMACLOUD_URL", "app4"),
        ("PRISMACLOUD_USERNAME", "id-4"),
        ("PRISMACLOUD_PASSWORD", SECRET),
        ("PRISMACLOUD_CUSTOMER_NAME", "Example"),
        ("PRISMA_ACCESS_KEY_ID", "id-5"),
        ("PRISMA_SECRET_KEY", "s3cr3t of another"),
    ];
    let profile = home.loader(&variables).load().unwrap();
    // The family that has credentials comes with its own address.
    assert_eq!(
        (profile.url(), profile.access_key_id()),
        (Some("app4"), Some("id-4"))
    );
    let body = login(home.loader(&variables)).await;
    assert_eq!(body["customerName"], "Example");
    let with_pc = [
        &variables[..],
        &[("PC_IDENTITY", "id-3"), ("PC_SECRET", SECRET)],
    ]
    .concat();
    let profile = home.loader(&with_pc).load().unwrap();
    assert_eq!(
        (profile.url(), profile.access_key_id()),
        (Some("app3"), Some("id-3"))
    );
    let body = login(home.loader(&with_pc)).await;
    assert_eq!(
        body,
        json!({ "username": "id-3", "password": SECRET }),
        "no tenant of another key"
    );
}

#[tokio::test]
async fn every_spelling_in_a_file_is_understood() {
    for (identity, secret) in [
        ("identity", "secret"),
        ("username", "password"),
        ("access_key_id", "secret_key"),
        ("access-key-id", "secret-key"),
        ("Identity", "SECRET"),
    ] {
        for url in ["url", "api_endpoint", "api-endpoint"] {
            let home = Home::new();
            let object = json!({ url: "app2.eu", identity: "the-id", secret: SECRET, "name": "n", "verify": "true" });
            let path = home.write("x.json", object.to_string());
            let profile = CredentialLoader::file(&path).load().unwrap();
            quiet(&profile);
            assert_eq!(
                (profile.name(), profile.url()),
                (Some("n"), Some("app2.eu"))
            );
            let body = login(CredentialLoader::file(&path)).await;
            assert_eq!(body, json!({ "username": "the-id", "password": SECRET }));
            // In an array, with a byte order mark.
            let array = format!("\u{feff}[\n{object}\n]\n");
            let path = home.write("y.json", array);
            let profile = CredentialLoader::file(&path).load().unwrap();
            assert_eq!(profile.access_key_id(), Some("the-id"));
        }
    }
}

#[tokio::test]
async fn the_json_config_file_of_terraform_is_read_with_underscores_and_hyphens() {
    for (customer, skip, token) in [
        (
            "customer_name",
            "skip_ssl_cert_verification",
            "json_web_token",
        ),
        (
            "customer-name",
            "skip-ssl-cert-verification",
            "json-web-token",
        ),
    ] {
        let home = Home::new();
        let object = json!({
            "url": "app2.eu", "username": "the-id", "password": SECRET, customer: "Example", "protocol": "https",
            "port": 443, "timeout": 90, skip: true, "disable_reconnect": false, "logging": { "action": true }, token: "",
        });
        let path = home.write("config.json", object.to_string());
        let path = path.to_str().unwrap();
        let loader = || home.loader(&[("PRISMACLOUD_JSON_CONFIG_FILE", path)]);
        assert_eq!(loader().load().unwrap().verify(), Some(&Verify::Nobody));
        let body = login(loader()).await;
        assert_eq!(
            body,
            json!({ "username": "the-id", "password": SECRET, "customerName": "Example" })
        );
        // The variables count more.
        let with_pc = home.loader(&[
            ("PRISMACLOUD_JSON_CONFIG_FILE", path),
            ("PC_IDENTITY", "other-id"),
            ("PC_SECRET", SECRET),
        ]);
        let profile = with_pc.load().unwrap();
        assert_eq!(
            (profile.url(), profile.access_key_id()),
            (Some("app2.eu"), Some("other-id"))
        );
    }
}

#[tokio::test]
async fn a_token_needs_no_key_and_is_used_until_it_is_refused() {
    let tenant = Tenant::start().await;
    let (url, token) = (tenant.url(), tenant.issue_token());
    let home = Home::new();
    let variables = [
        ("PRISMACLOUD_URL", &*url),
        ("PRISMACLOUD_JSON_WEB_TOKEN", &*token),
    ];
    let object = json!({ "url": url, "json_web_token": token }).to_string();
    let path = home.write("token.json", object);
    for loader in [home.loader(&variables), CredentialLoader::file(&path)] {
        let profile = loader.load().unwrap();
        assert!(!format!("{profile:?}").contains(&token));
        let client = profile.client().unwrap().build().unwrap();
        assert_eq!(client.prisma_id().await.unwrap(), "1");
    }
    assert_eq!(tenant.logins(), 0);
    let client = home
        .loader(&variables)
        .load()
        .unwrap()
        .client()
        .unwrap()
        .build()
        .unwrap();
    tenant.revoke_tokens();
    let error = client.prisma_id().await.unwrap_err();
    let text = error.to_string();
    assert!(
        error.is_unauthorized() && text.contains("there is no access key"),
        "{text}"
    );
    assert!(!text.contains(&token));
    assert_eq!(tenant.logins(), 0);
}

#[tokio::test]
async fn the_file_of_the_console_is_read_in_columns_and_in_rows() {
    let home = Home::new();
    for text in [
        format!("Access Key ID,Secret Key\nthe-id,{SECRET}\n"),
        format!("\u{feff}\"Access Key ID\",\"Secret Key\"\r\n\"the-id\",\"{SECRET}\"\r\n\r\n"),
        format!("Name,Secret Key,Access Key ID\n\"a, b\",{SECRET}, the-id"),
        format!("Access Key ID,the-id\nSecret Key,{SECRET}\n"),
        format!("Access Key ID:,the-id\nSecret Key:,{SECRET}\n"),
    ] {
        let path = home.write("key.csv", &text);
        let body = login(CredentialLoader::csv(&path)).await;
        assert_eq!(
            body,
            json!({ "username": "the-id", "password": SECRET }),
            "{text:?}"
        );
        let text = error(CredentialLoader::csv(&path));
        assert!(text.contains("key.csv: no address was found"), "{text}");
        // The address may come from the environment.
        let loader = lookup(CredentialLoader::csv(&path), &[("PC_URL", "app")]);
        quiet(&loader.load().unwrap());
    }
}

#[test]
fn what_is_explicit_counts_more_than_variables_and_those_more_than_files() {
    let home = Home::new();
    let object = json!({ "url": "app4", "identity": "file-id", "secret": SECRET });
    home.write(".prismacloud/credentials.json", object.to_string());
    let build = |variables: &[(&str, &str)], explicit: bool| {
        let builder = PrismaCloud::builder().credentials(home.loader(variables));
        let builder = match explicit {
            true => builder.url("app").access_key("call-id", SECRET),
            false => builder,
        };
        let client = builder.build().unwrap();
        let shown = format!("{client:?}");
        assert!(!shown.contains(SECRET));
        let id = ["file", "env-", "call"]
            .into_iter()
            .find(|id| shown.contains(id));
        (client.base_url().to_owned(), id.unwrap().to_owned())
    };
    let url = |host: &str| format!("https://{host}.prismacloud.io");
    let key = [("PC_IDENTITY", "env-id"), ("PC_SECRET", SECRET)];
    let all = [&key[..], &[("PC_URL", "app3")]].concat();
    for (variables, explicit, expected) in [
        (&[][..], false, (url("api4"), "file")),
        (&[("PC_URL", "app3")], false, (url("api3"), "file")),
        (&key, false, (url("api4"), "env-")),
        (&all, false, (url("api3"), "env-")),
        (&all, true, (url("api"), "call")),
        (&[], true, (url("api"), "call")),
    ] {
        let (base, id) = build(variables, explicit);
        assert_eq!((base, &*id), expected, "{variables:?} {explicit}");
    }
    // A file that is not needed may be broken.
    home.write(".prismacloud/credentials.json", "{");
    assert_eq!(build(&all, false), (url("api3"), "env-".to_owned()));
}

#[test]
fn profiles_are_files_of_their_own_or_elements_of_the_common_one() {
    let home = Home::new();
    let object = |name: &str, id: &str| json!({ "name": name, "url": "app", "identity": id, "secret": SECRET });
    home.write(
        ".prismacloud/prod.json",
        object("whatever", "own").to_string(),
    );
    let common = json!([object("prod", "common"), object("dev", "dev-id"), { "url": "app2" }]);
    home.write(".prismacloud/credentials.json", common.to_string());
    let profile = |name: &str| CredentialLoader::profile(name).home(home.0.path());
    let id = |name: &str| {
        profile(name)
            .load()
            .unwrap()
            .access_key_id()
            .unwrap()
            .to_owned()
    };
    assert_eq!(id("prod"), "own");
    assert_eq!(id("dev"), "dev-id");
    for (name, words) in [
        (
            "test",
            "no profile is called \"test\"; there are: \"prod\", \"dev\", one without a name",
        ),
        ("../dev", "is no name of a profile"),
        ("a/b", "is no name of a profile"),
        ("", "is no name of a profile"),
    ] {
        let text = error(profile(name));
        assert!(text.contains(words), "{text}");
    }
    let text = error(home.loader(&[]));
    assert!(
        text.contains("holds 3 profiles (\"prod\", \"dev\", one without a name)"),
        "{text}"
    );
    let named = home.loader(&[]).named("dev").load().unwrap();
    assert_eq!(named.access_key_id(), Some("dev-id"));
    let all = CredentialLoader::file(home.0.path().join(".prismacloud/credentials.json"));
    assert_eq!(all.load_all().unwrap().len(), 3);
    // The environment does not count for a profile, unless it is let in.
    let variables = [("PC_IDENTITY", "env-id"), ("PC_SECRET", SECRET)];
    let let_in = lookup(profile("dev"), &variables).load().unwrap();
    assert_eq!(let_in.access_key_id(), Some("env-id"));

    let empty = Home::new();
    let text = error(CredentialLoader::profile("dev").home(empty.0.path()));
    assert!(
        text.contains("dev.json nor ") && text.contains("is nowhere"),
        "{text}"
    );
    let text = error(empty.loader(&[]));
    assert!(
        text.contains("the environment, ~/.prismacloud/credentials.json (there is none)"),
        "{text}"
    );
}

#[test]
fn verify_says_whom_to_believe() {
    let home = Home::new();
    let pem = home.write(
        "ca.pem",
        rcgen::generate_simple_self_signed(["x".into()])
            .unwrap()
            .cert
            .pem(),
    );
    let pem = pem.to_str().unwrap();
    let bundle = Verify::Bundle(pem.into());
    for (member, expected) in [
        (json!({ "verify": "true" }), Some(Verify::System)),
        (json!({ "verify": true }), Some(Verify::System)),
        (json!({ "verify": "false" }), Some(Verify::Nobody)),
        (json!({ "verify": false }), Some(Verify::Nobody)),
        (json!({ "verify": "" }), None),
        (json!({ "verify": null }), None),
        (json!({ "verify": pem }), Some(bundle.clone())),
        (json!({ "ca_bundle": pem }), Some(bundle.clone())),
        (
            json!({ "skip_ssl_cert_verification": "true" }),
            Some(Verify::Nobody),
        ),
        (
            json!({ "skip_ssl_cert_verification": false }),
            Some(Verify::System),
        ),
    ] {
        let mut object = json!({ "url": "app", "identity": "i", "secret": SECRET });
        for (key, value) in member.as_object().unwrap() {
            object[key] = value.clone();
        }
        let path = home.write("x.json", object.to_string());
        let profile = CredentialLoader::file(path).load().unwrap();
        assert_eq!(profile.verify(), expected.as_ref(), "{member}");
        profile.client().unwrap().build().unwrap();
    }
    let with = |name: &str, value: &str| {
        let variables = [
            ("PC_URL", "app"),
            ("PC_IDENTITY", "i"),
            ("PC_SECRET", SECRET),
            (name, value),
        ];
        home.loader(&variables)
            .load()
            .map(|profile| profile.verify().cloned())
    };
    assert_eq!(with("PC_VERIFY", "false").unwrap(), Some(Verify::Nobody));
    assert_eq!(with("PC_VERIFY", pem).unwrap(), Some(bundle));
    assert_eq!(
        with("PRISMACLOUD_SKIP_SSL_CERT_VERIFICATION", "True").unwrap(),
        Some(Verify::Nobody)
    );
    let error = with("PRISMACLOUD_SKIP_SSL_CERT_VERIFICATION", "perhaps").unwrap_err();
    assert!(shown(&error).contains("PRISMACLOUD_SKIP_SSL_CERT_VERIFICATION must be true or false"));
}

#[test]
fn half_of_a_key_in_the_environment_is_an_error_that_names_the_other_half() {
    for (set, unset) in [
        ("PC_IDENTITY", "PC_SECRET"),
        ("PC_SECRET", "PC_IDENTITY"),
        ("PRISMACLOUD_USERNAME", "PRISMACLOUD_PASSWORD"),
        ("PRISMACLOUD_PASSWORD", "PRISMACLOUD_USERNAME"),
        ("PRISMA_ACCESS_KEY_ID", "PRISMA_SECRET_KEY"),
        ("PRISMA_SECRET_KEY", "PRISMA_ACCESS_KEY_ID"),
    ] {
        let text = error(Home::new().loader(&[(set, SECRET), (unset, " ")]));
        assert!(
            text.contains(&format!("{set} is set and {unset} is not")),
            "{text}"
        );
    }
    for value in [SECRET, "::s3cr3t", "id::"] {
        let text = error(Home::new().loader(&[("BC_API_KEY", value)]));
        assert!(
            text.contains("BC_API_KEY must hold") && text.contains("\"::\""),
            "{text}"
        );
    }
}

/// Twenty and more files that are wrong, each in its own way: the name, the bytes, and what the error says.
#[test]
fn each_malformed_file_gets_an_error_of_its_own() {
    let object = |members: &str| format!("{{\n  \"url\": \"app\",\n{members}\n}}").into_bytes();
    let id = "  \"identity\": \"an-id\"";
    let secret = format!("  \"secret\": \"{SECRET}\"");
    let good = String::from_utf8(object(&format!("{id},\n{secret}"))).unwrap();
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(good.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let mut latin = good.clone().into_bytes();
    latin.splice(2..2, *b"\n\n\"name\": \"caf\xE9\",");
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty.json", b" \n ".to_vec(), "the file is empty"),
        ("utf16.json", utf16, "is encoded in UTF-16"),
        ("latin.json", latin, "line 4 is not encoded in UTF-8"),
        ("large.json", vec![b' '; 1024 * 1024 + 1], "more than 1 MiB"),
        (
            "comma.json",
            object(&format!("{id}\n{secret}")),
            "this is no JSON: expected `,` or `}` at line 4",
        ),
        (
            "cut.json",
            good.as_bytes()[..good.len() - 4].to_vec(),
            "this is no JSON: EOF while parsing",
        ),
        (
            "twice.json",
            format!("{good}\n{good}").into_bytes(),
            "this is no JSON: trailing characters at line 6",
        ),
        (
            "yaml.json",
            format!("url: app\nsecret: {SECRET}").into_bytes(),
            "this is no JSON: expected value at line 1",
        ),
        (
            "text.json",
            format!("\"{SECRET}\"").into_bytes(),
            "must hold a JSON object, or an array of objects",
        ),
        ("none.json", b"[]".to_vec(), "the array holds no profile"),
        (
            "element.json",
            format!("[\n{good},\n\"{SECRET}\"\n]").into_bytes(),
            "line 7: each element of the array must be a JSON object",
        ),
        (
            "number.json",
            object(&format!("{id},\n  \"secret\": 12345")),
            "line 4: \"secret\" must be a text in quotes",
        ),
        (
            "nested.json",
            object(&format!(
                "  \"identity\": {{\n\"x\": \"{SECRET}\" }},\n{secret}"
            )),
            "line 3: \"identity\" must be a text in quotes",
        ),
        (
            "flag.json",
            object(&format!("{id},\n  \"password\": true")),
            "line 4: \"password\" must be a text in quotes",
        ),
        (
            "list.json",
            object(&format!("{id},\n{secret},\n  \"verify\": [\"{SECRET}\"]")),
            "line 5: \"verify\" must be \"true\", \"false\", or the path",
        ),
        (
            "skip.json",
            object(&format!(
                "{id},\n{secret},\n  \"skip-ssl-cert-verification\": \"{SECRET}\""
            )),
            "line 5: \"skip-ssl-cert-verification\" must be true or false",
        ),
        (
            "again.json",
            object(&format!("{id},\n{secret},\n{secret}")),
            "line 5: \"secret\" stands there twice",
        ),
        (
            "alias.json",
            object(&format!("{id},\n{secret},\n  \"username\": \"other\"")),
            "line 5: \"identity\" and \"username\" mean the same",
        ),
        (
            "believe.json",
            object(&format!(
                "{id},\n{secret},\n  \"verify\": \"true\",\n  \"ca_bundle\": \"x\""
            )),
            "line 6: \"verify\" and \"ca_bundle\" mean the same",
        ),
        (
            "nosecret.json",
            object(id),
            "line 3: beside \"identity\" the profile lacks \"secret\"",
        ),
        (
            "noid.json",
            object(&format!("  \"secret_key\": \"{SECRET}\"")),
            "line 3: beside \"secret_key\" the profile lacks \"identity\"",
        ),
        (
            "blank.json",
            object(&format!("{id},\n  \"secret\": \"\"")),
            "line 3: beside \"identity\" the profile lacks \"secret\"",
        ),
        (
            "nokey.json",
            object("  \"name\": \"x\""),
            "nokey.json: no credentials were found",
        ),
        (
            "nourl.json",
            format!("{{{id},\n{secret}}}").into_bytes(),
            "nourl.json: no address was found",
        ),
        (
            "badurl.json",
            format!("{{\"url\": \"https://an-id:{SECRET}@app.prismacloud.io\", {id},\n{secret}}}")
                .into_bytes(),
            "badurl.json: the address",
        ),
        (
            "otherurl.json",
            format!("{{\"url\": \"https://app.prismacloud.io.example\", {id},\n{secret}}}")
                .into_bytes(),
            "otherurl.json: the address",
        ),
        (
            "nobundle.json",
            object(&format!(
                "{id},\n{secret},\n  \"verify\": \"/no/such/bundle\""
            )),
            "/no/such/bundle: the bundle of certificates that `verify` names cannot be read",
        ),
        (
            "two.json",
            format!("[{good}, {good}]").into_bytes(),
            "holds 2 profiles (one without a name, one without a name)",
        ),
    ];
    assert!(cases.len() >= 20);
    let home = Home::new();
    let mut said: Vec<String> = Vec::new();
    for (name, bytes, words) in cases {
        let path = home.write(name, bytes);
        let text = error(CredentialLoader::file(&path));
        assert!(text.contains(words), "{name}: {text}");
        if !words.starts_with('/') {
            assert!(text.contains(name), "{name}: {text}");
        }
        said.push(text.replace(name, ""));
    }
    said.sort();
    said.dedup();
    assert!(said.len() >= 20, "each its own error");

    let text = error(CredentialLoader::file(home.0.path().join("no.json")));
    assert!(text.contains("no.json: there is no such file"), "{text}");
    let text = error(CredentialLoader::file(home.0.path()));
    assert!(text.contains("this is a directory"), "{text}");
    let pem = home.write("not.pem", SECRET);
    let object = json!({ "url": "app", "identity": "i", "secret": SECRET, "verify": pem });
    let path = home.write("pem.json", object.to_string());
    let text = error(CredentialLoader::file(path));
    assert!(
        text.contains("not.pem: the bundle") && text.contains("holds no certificate"),
        "{text}"
    );
    let same = json!([{ "name": "a" }, { "name": "a" }]).to_string();
    let path = home.write("same.json", same);
    let text = error(CredentialLoader::file(path).named("a"));
    assert!(text.contains("several profiles are called \"a\""), "{text}");
}

#[test]
fn each_malformed_csv_gets_an_error_of_its_own() {
    let home = Home::new();
    for (text, words) in [
        (String::new(), "the file is empty"),
        (
            format!("the-id,{SECRET}"),
            "line 1 names neither \"Access Key ID\" nor \"Secret Key\"",
        ),
        (
            "Access Key ID,Secret Key\n\n".into(),
            "there is no line with a key",
        ),
        (
            "Access Key ID,Name\nthe-id,x".into(),
            "does not name \"Secret Key\"",
        ),
        (
            format!("Name,Secret Key\nx,{SECRET}"),
            "does not name \"Access Key ID\"",
        ),
        (
            format!("Access Key ID,Secret Key\na,{SECRET}\n\nb,{SECRET}"),
            "line 4 holds a second key",
        ),
        (
            "Access Key ID,Secret Key\nthe-id,".into(),
            "line 2: \"Secret Key\" is empty",
        ),
        (
            format!("Access Key ID,Secret Key\n,{SECRET}"),
            "line 2: \"Access Key ID\" is empty",
        ),
        (
            "Access Key ID,Secret Key\nthe-id".into(),
            "line 2: \"Secret Key\" is empty",
        ),
    ] {
        let path = home.write("key.csv", &text);
        let text = error(lookup(CredentialLoader::csv(path), &[("PC_URL", "app")]));
        assert!(text.contains("key.csv: ") && text.contains(words), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused_unless_that_is_allowed() {
    let home = Home::new();
    let object = json!({ "url": "app", "identity": "an-id", "secret": SECRET }).to_string();
    let path = home.write("x.json", object);
    for (bits, refused) in [
        (0o600, false),
        (0o400, false),
        (0o700, false),
        (0o640, true),
        (0o604, true),
        (0o644, true),
        (0o620, true),
        (0o602, true),
    ] {
        mode(&path, bits);
        let loader = CredentialLoader::file(&path);
        assert_eq!(loader.load().is_err(), refused, "{bits:o}");
        assert_eq!(
            PrismaCloud::builder()
                .credentials_file(&path)
                .build()
                .is_err(),
            refused
        );
        if refused {
            let text = error(loader.clone());
            assert!(
                text.contains(&format!("mode {bits:o}")) && text.contains("chmod 600"),
                "{text}"
            );
        }
        assert!(loader.allow_readable_by_others().load().is_ok(), "{bits:o}");
    }
    let path = home.write(
        "key.csv",
        format!("Access Key ID,Secret Key\nan-id,{SECRET}"),
    );
    mode(&path, 0o644);
    assert!(error(CredentialLoader::csv(&path)).contains("chmod 600"));
    // The common file as well.
    let path = home.write(".prismacloud/credentials.json", "{}");
    mode(&path, 0o644);
    assert!(error(home.loader(&[])).contains("chmod 600"));
}

/// A store of one's own.
#[derive(Debug)]
struct Vault(Option<&'static str>);

impl SecretStore for Vault {
    fn name(&self) -> &str {
        "the vault"
    }

    fn get(&self, profile: &str) -> Result<Option<SecretString>, Error> {
        Ok(self.0.filter(|_| profile == "prod").map(SecretString::from))
    }

    fn set(&self, _: &str, _: &SecretString) -> Result<(), Error> {
        Ok(())
    }

    fn delete(&self, _: &str) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::test]
async fn a_store_of_secrets_holds_profiles_as_json() {
    let vault = || {
        Vault(Some(
            r#"{"url": "app", "identity": "the-id", "secret": "s3cr3t-of-the-test"}"#,
        ))
    };
    let body = login(CredentialLoader::store(vault(), "prod")).await;
    assert_eq!(body, json!({ "username": "the-id", "password": SECRET }));
    let text = error(CredentialLoader::store(vault(), "test"));
    assert!(
        text.contains("the vault: there is no profile called \"test\""),
        "{text}"
    );
    let broken = Vault(Some(r#"{"secret": "s3cr3t-of-the-test"}"#));
    let text = error(CredentialLoader::store(broken, "prod"));
    assert!(
        text.contains("\"prod\" in the vault: line 1: beside \"secret\""),
        "{text}"
    );
}
