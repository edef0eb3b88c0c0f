//! Credentials from variables and files, in all the forms in which people have them.

#[path = "common/credentials.rs"]
mod common;

use common::{Home, SECRET, error, login, lookup, quiet, shown};
use prisma_cloud::testing::Tenant;
use prisma_cloud::{CredentialLoader, Error, PrismaCloud, SecretStore, SecretString, Verify};
use serde_json::json;

#[tokio::test]
async fn every_family_of_variables_makes_a_client() {
    let both = format!("the-id::{SECRET}");
    let families: [&[(&str, &str)]; 6] = [
        &[
            ("PC_URL", "app2.eu"),
            ("PC_IDENTITY", "the-id"),
            ("PC_SECRET", SECRET),
            ("PC_NAME", "n"),
        ],
        &[
            ("PC_SAAS_API_ENDPOINT", "api2.eu.prismacloud.io"),
            ("PC_ACCESS_KEY", "the-id"),
            ("PC_SECRET_KEY", SECRET),
            ("PC_CA_BUNDLE", "true"),
        ],
        // The address of a newer name, the key of older ones.
        &[
            ("PC_URL", "app2.eu"),
            ("PC_ACCESS_KEY", "the-id"),
            ("PC_SECRET_KEY", SECRET),
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

#[test]
fn older_names_of_certificates_and_addresses_count() {
    let home = Home::new();
    let bundle = [("PC_CA_BUNDLE", "/etc/ca.pem")];
    let profile = home.loader(&bundle).load().unwrap();
    assert_eq!(
        profile.verify(),
        Some(&Verify::Bundle("/etc/ca.pem".into()))
    );
    let object = json!({ "api": "app3", "access_key_id": "the-id", "secret_key": SECRET });
    let path = home.write("old.json", object.to_string());
    let client = PrismaCloud::builder().credentials_file(path).build();
    assert_eq!(client.unwrap().base_url(), "https://api3.prismacloud.io");
}

#[test]
fn a_host_of_ones_own_is_named_by_a_variable_of_its_own() {
    let home = Home::new();
    let loader = home.loader(&[
        (
            "PRISMA_CLOUD_CUSTOM_API_URL",
            "https://gateway.example/prisma/",
        ),
        ("PC_URL", "app2"),
        ("PC_IDENTITY", "the-id"),
        ("PC_SECRET", SECRET),
    ]);
    let profile = loader.load().unwrap();
    assert_eq!(profile.url(), Some("https://gateway.example/prisma/"));
    let client = profile.client().unwrap().build().unwrap();
    assert_eq!(client.base_url(), "https://gateway.example/prisma");
    // What is set on the builder counts more.
    let builder = PrismaCloud::builder().url("app4").credentials(loader);
    assert_eq!(
        builder.build().unwrap().base_url(),
        "https://api4.prismacloud.io"
    );
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
