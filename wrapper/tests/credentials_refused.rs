//! Credentials that are wrong: each gets an error of its own, which shows no secret.

#[path = "common/credentials.rs"]
mod common;

use common::{Home, SECRET, error, lookup, mode};
use prisma_cloud::{CredentialLoader, PrismaCloud};
use serde_json::json;

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

/// What a path may lead to besides a file, and the words for it.
#[cfg(unix)]
fn no_files(home: &Home) -> Vec<(std::path::PathBuf, &'static str)> {
    let folder = home.0.path();
    let pipe = folder.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let socket = folder.join("socket");
    // The socket stays when nobody listens any more.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let dangling = folder.join("dangling");
    std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
    vec![
        (pipe, "this is a named pipe"),
        (socket, "this is a socket"),
        ("/dev/zero".into(), "this is a device"),
        (folder.to_owned(), "this is a directory"),
        (dangling, "this is a link that leads nowhere"),
    ]
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_at_once() {
    let home = Home::new();
    let object = |verify: &str| {
        json!({ "url": "app", "identity": "an-id", "secret": SECRET, "verify": verify }).to_string()
    };
    for (path, words) in no_files(&home) {
        let name = path.display().to_string();
        for loader in [
            CredentialLoader::file(&path),
            lookup(CredentialLoader::csv(&path), &[("PC_URL", "app")]),
            home.loader(&[("PRISMACLOUD_JSON_CONFIG_FILE", &name)]),
            CredentialLoader::file(home.write("bundle.json", object(&name))),
        ] {
            let text = error(loader);
            assert!(
                text.contains(&format!("{name}: ")) && text.contains(words),
                "{text}"
            );
        }
    }
}

#[test]
fn a_bundle_of_certificates_has_a_bound() {
    let home = Home::new();
    let mut pem = b"-----BEGIN CERTIFICATE-----\n".to_vec();
    pem.resize(4 * 1024 * 1024 + 1, b'\n');
    let bundle = home.write("ca.pem", &pem);
    let variables = [
        ("PC_URL", "app"),
        ("PC_IDENTITY", "an-id"),
        ("PC_SECRET", SECRET),
        ("PC_VERIFY", bundle.to_str().unwrap()),
    ];
    let text = error(home.loader(&variables));
    assert!(
        text.contains("ca.pem: the bundle of certificates has more than 4 MiB"),
        "{text}"
    );
}

/// A default place that is there and cannot be read is not one that is missing.
#[cfg(unix)]
#[test]
fn an_unusable_default_place_is_no_missing_one() {
    use std::os::unix::fs::symlink;

    let dangling = Home::new();
    std::fs::create_dir(dangling.0.path().join(".prismacloud")).unwrap();
    let file = dangling.0.path().join(".prismacloud/credentials.json");
    symlink("/no/such/file", &file).unwrap();

    let folder_to_nowhere = Home::new();
    let folder = folder_to_nowhere.0.path().join(".prismacloud");
    symlink("/no/such/folder", &folder).unwrap();

    let in_circles = Home::new();
    symlink(".prismacloud", in_circles.0.path().join(".prismacloud")).unwrap();

    let no_folder = Home::new();
    no_folder.write(".prismacloud", "a file");

    let closed = Home::new();
    closed.write(".prismacloud/credentials.json", "{}");
    mode(&closed.0.path().join(".prismacloud"), 0o000);
    // An administrator may look into everything.
    let may_look = std::fs::read_dir(closed.0.path().join(".prismacloud")).is_ok();

    for (home, words, applies) in [
        (dangling, "a link that leads nowhere", true),
        (folder_to_nowhere, "a link that leads nowhere", true),
        (in_circles, "cannot be read", true),
        (no_folder, "cannot be read", true),
        (closed, "may not read", !may_look),
    ] {
        if applies {
            let text = error(home.loader(&[]));
            assert!(
                text.contains(words) && text.contains(".prismacloud"),
                "{text}"
            );
            assert!(!text.contains("there is none"), "{text}");
            let text = error(CredentialLoader::profile("mine").home(home.0.path()));
            assert!(text.contains(words), "{text}");
        }
        if words == "may not read" {
            // So that it can be cleared away.
            mode(&home.0.path().join(".prismacloud"), 0o700);
        }
    }
}

#[test]
fn missing_credentials_name_what_is_set_and_what_goes_with_it() {
    for (variables, words) in [
        (
            &[("PC_URL", "app")][..],
            "(PC_URL is set, but not PC_IDENTITY, PC_SECRET)",
        ),
        (
            &[("PRISMACLOUD_URL", "app")],
            "PRISMACLOUD_URL is set, but not PRISMACLOUD_USERNAME, PRISMACLOUD_PASSWORD, PRISMACLOUD_JSON_WEB_TOKEN",
        ),
        (
            &[("PC_SAAS_API_ENDPOINT", "app"), ("PRISMA_API_URL", "app")],
            "PC_SAAS_API_ENDPOINT is set, but not PC_ACCESS_KEY, PC_SECRET_KEY; \
             PRISMA_API_URL is set, but not PRISMA_ACCESS_KEY_ID, PRISMA_SECRET_KEY",
        ),
        (
            &[("PC_IDENTITY", "s3cr3t id"), ("PC_SECRET_KEY", SECRET)],
            "PC_IDENTITY is set and PC_SECRET is not; set both, or neither; PC_SECRET_KEY is set too, \
             which goes with PC_ACCESS_KEY",
        ),
        (
            &[("PC_IDENTITY", "s3cr3t id"), ("PC_SECRET", SECRET)],
            "PC_IDENTITY, PC_SECRET is set, but not PC_URL",
        ),
        (
            &[("PRISMA_CLOUD_CUSTOM_API_URL", "https://gateway.example")],
            "PRISMA_CLOUD_CUSTOM_API_URL is set",
        ),
    ] {
        let text = error(Home::new().loader(variables));
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_host_of_ones_own_needs_the_variable_of_its_own() {
    let key = [("PC_IDENTITY", "an-id"), ("PC_SECRET", SECRET)];
    for url in [
        "https://gateway.example",
        "https://api.prismacloud.io.example.com",
    ] {
        let variables = [&key[..], &[("PC_URL", url)]].concat();
        let text = error(Home::new().loader(&variables));
        assert!(text.contains("PRISMA_CLOUD_CUSTOM_API_URL"), "{text}");
    }
    for (url, words) in [
        (
            "https://u:s3cr3t@gateway.example",
            "PRISMA_CLOUD_CUSTOM_API_URL: ",
        ),
        ("http://gateway.example", "unencrypted"),
    ] {
        let variables = [&key[..], &[("PRISMA_CLOUD_CUSTOM_API_URL", url)]].concat();
        let text = error(Home::new().loader(&variables));
        assert!(text.contains(words), "{text}");
    }
}
