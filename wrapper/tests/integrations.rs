//! Configurations of integrations against the published table of their keys.

use prisma_cloud::api::cspm::types::EventsIntegrationModel;
use prisma_cloud::integration::{
    AmazonSqsKey, AwsRegion, AwsS3, AwsSecurityHub, ConfigMap, Demisto, IntegrationConfig,
    RollUpInterval, Slack, Snowflake, Webhook,
};
use serde_json::{Value, json};

/// Type, required keys, optional keys. Of `*` keys the values are secrets, `?` are flags, `#` roll-up intervals as text, `+` as
/// numbers, `@` a region, `&` regions, `~` lists of objects; the others are texts.
const TABLE: [(&str, &[&str], &[&str]); 19] = [
    (
        "aws_security_hub",
        &["accountId", "regions&"],
        &["defaultRegion@"],
    ),
    (
        "aws_sdl",
        &["s3Uri", "region", "roleArn", "externalId"],
        &[],
    ),
    (
        "aws_s3",
        &["s3Uri", "region", "roleArn", "externalId"],
        &["rollUpInterval#"],
    ),
    (
        "amazon_sqs",
        &["queueUrl"],
        &["moreInfo?", "accessKey", "secretKey*"],
    ),
    (
        "amazon_sqs",
        &["queueUrl", "roleArn", "externalId"],
        &["moreInfo?"],
    ),
    ("azure_service_bus_queue", &["accountId", "queueUrl"], &[]),
    (
        "azure_service_bus_queue",
        &["connectionString*", "queueUrl"],
        &[],
    ),
    (
        "demisto",
        &["hostUrl", "apiKey*", "demistoVersion"],
        &["apiKeyID"],
    ),
    ("google_cscc", &["orgId", "sourceId"], &[]),
    ("microsoft_teams", &["url*"], &[]),
    ("okta", &["domain", "apiToken*"], &[]),
    ("pager_duty", &["integrationKey*"], &[]),
    ("qualys", &["login", "baseUrl", "password*"], &[]),
    (
        "service_now",
        &["hostUrl", "login", "password*", "tables~"],
        &[],
    ),
    ("slack", &["webhookUrl*"], &[]),
    (
        "snowflake",
        &["hostUrl", "pipename", "stagingIntegrationId", "privateKey*"],
        &["passphrase*", "rollUpInterval+"],
    ),
    ("splunk", &["authToken*", "url"], &["sourceType"]),
    ("tenable", &["accessKey*", "secretKey*"], &[]),
    (
        "webhook",
        &["url", "authToken*"],
        &["isCustomPayloadEnabled?", "customPayloads~"],
    ),
];

const MARKS: [char; 7] = ['*', '?', '#', '+', '@', '&', '~'];

fn name(key: &str) -> &str {
    key.trim_end_matches(MARKS)
}

fn is_secret(key: &str) -> bool {
    key.ends_with('*')
}

fn value(key: &str) -> Value {
    let region = json!({ "name": "AWS Virginia", "apiIdentifier": "us-east-1", "cloudType": "aws", "enabled": true });
    match key.chars().last() {
        Some('*') => json!(format!("secret of {}", name(key))),
        Some('?') => json!(true),
        Some('#') => json!("30"),
        Some('+') => json!(180),
        Some('@') => region,
        Some('&') => {
            json!([region, { "name": "AWS Ireland", "apiIdentifier": "eu-west-1", "sdkId": "eu-west-1" }])
        }
        Some('~') => json!([{ "incident": true }, { "a": { "b": [1, null] } }]),
        _ => json!(format!("value of {key}")),
    }
}

fn map<'a>(keys: impl IntoIterator<Item = &'a &'a str>) -> ConfigMap {
    let entry = |key: &&str| (name(key).to_owned(), value(key));
    keys.into_iter().map(entry).collect()
}

#[test]
fn every_type_comes_back_as_it_went_with_all_keys_and_with_the_required_ones() {
    for (of_type, required, optional) in TABLE {
        for keys in [map(required), map(required.iter().chain(optional))] {
            let config = IntegrationConfig::from_map(of_type, &keys).unwrap();
            assert!(
                !matches!(config, IntegrationConfig::Unknown(_)),
                "{of_type}"
            );
            assert_eq!(config.integration_type(), of_type);
            assert_eq!(config.to_map().unwrap(), keys, "{of_type}");
            let again = IntegrationConfig::from_map(of_type, &config.to_map().unwrap()).unwrap();
            assert_eq!(format!("{again:?}"), format!("{config:?}"));
        }
    }
    let types: std::collections::BTreeSet<&str> = TABLE.iter().map(|(name, ..)| *name).collect();
    assert_eq!(types.len(), 17);
}

#[test]
fn no_secret_is_shown() {
    for (of_type, required, optional) in TABLE {
        let keys = map(required.iter().chain(optional));
        let config = IntegrationConfig::from_map(of_type, &keys).unwrap();
        let shown = format!("{config:?} {config:#?}");
        assert!(!shown.contains("secret of"), "{shown}");
        // What is no secret is shown.
        let open = required.iter().find(|key| name(key) == **key);
        assert!(
            open.is_none_or(|key| shown.contains(&format!("value of {key}"))),
            "{shown}"
        );
    }
}

#[test]
fn a_key_that_is_missing_or_of_another_form_is_named_with_its_type() {
    for (of_type, required, _) in TABLE {
        for key in required {
            let mut keys = map(required);
            for withheld in [None, Some(Value::Null)] {
                keys.remove(name(key));
                keys.extend(withheld.map(|null| (name(key).to_owned(), null)));
                let read = IntegrationConfig::from_map(of_type, &keys);
                let error = if is_secret(key) {
                    // Answers leave secrets out. Reading goes on, sending does not.
                    match read {
                        Ok(config) => config.to_map().unwrap_err(),
                        Err(error) => error,
                    }
                } else if (of_type, *key) == ("azure_service_bus_queue", "accountId")
                    || (of_type, *key) == ("amazon_sqs", "roleArn")
                    || (of_type, *key) == ("amazon_sqs", "externalId")
                {
                    // Without it the map is that of the other variant, or lacks the other key.
                    match read.and_then(|config| config.to_map()) {
                        Ok(_) => continue,
                        Err(error) => error,
                    }
                } else {
                    read.unwrap_err()
                };
                let text = error.to_string();
                assert!(text.contains(&format!("{of_type:?}")), "{text}");
                assert!(text.contains("required"), "{text}");
            }
            let mut keys = map(required);
            keys.insert(
                name(key).to_owned(),
                json!({ "hidden": ["secret of mine"] }),
            );
            let text = IntegrationConfig::from_map(of_type, &keys)
                .unwrap_err()
                .to_string();
            assert!(
                text.contains(&format!("{:?} that is not", name(key))),
                "{text}"
            );
            assert!(
                text.contains(&format!("{of_type:?}")) && !text.contains("mine"),
                "{text}"
            );
        }
    }
}

#[test]
fn the_key_is_named() {
    let error = |of_type: &str, keys: Value| {
        let keys: ConfigMap = serde_json::from_value(keys).unwrap();
        IntegrationConfig::from_map(of_type, &keys)
            .and_then(|config| config.to_map())
            .unwrap_err()
            .to_string()
    };
    for (of_type, keys, words) in [
        (
            "splunk",
            json!({ "authToken": "x" }),
            "\"splunk\" lacks \"url\"",
        ),
        (
            "splunk",
            json!({ "url": "x" }),
            "\"splunk\" has an empty \"authToken\"",
        ),
        (
            "splunk",
            json!({ "url": " ", "authToken": "x" }),
            "\"splunk\" has an empty \"url\"",
        ),
        (
            "amazon_sqs",
            json!({ "queueUrl": "q", "roleArn": "r" }),
            "\"amazon_sqs\" lacks \"externalId\"",
        ),
        (
            "amazon_sqs",
            json!({ "queueUrl": "q", "accessKey": "a" }),
            "lacks \"secretKey\"",
        ),
        (
            "amazon_sqs",
            json!({ "queueUrl": "q", "secretKey": "a" }),
            "lacks \"accessKey\"",
        ),
        (
            "azure_service_bus_queue",
            json!({ "accountId": "a" }),
            "lacks \"queueUrl\"",
        ),
        (
            "azure_service_bus_queue",
            json!({ "queueUrl": "q" }),
            "empty \"connectionString\"",
        ),
        (
            "aws_security_hub",
            json!({ "accountId": "1", "regions": [] }),
            "empty \"regions\"",
        ),
        (
            "aws_security_hub",
            json!({ "accountId": "1", "regions": [{ "name": "x" }] }),
            "list of objects with `name` and `apiIdentifier`",
        ),
        (
            "webhook",
            json!({ "url": "u", "authToken": "t", "isCustomPayloadEnabled": true }),
            "lacks \"customPayloads\"",
        ),
        (
            "service_now",
            json!({ "hostUrl": "h", "login": "l", "password": "p", "tables": ["x"] }),
            "\"tables\" that is not a list of objects",
        ),
        (
            "aws_s3",
            json!({ "s3Uri": "s", "region": "r", "roleArn": "a", "externalId": "e", "rollUpInterval": "45" }),
            "\"rollUpInterval\" that is not 15, 30, 60 or 180",
        ),
    ] {
        let text = error(of_type, keys);
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn security_hub_is_read_under_both_names_and_sent_under_one() {
    let regions = value("regions&");
    let mut keys: ConfigMap = [("accountId", json!("1")), ("region", regions.clone())]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
    let sent = IntegrationConfig::from_map("aws_security_hub", &keys)
        .unwrap()
        .to_map()
        .unwrap();
    assert_eq!(sent["regions"], regions);
    assert!(!sent.contains_key("region"));
    keys.remove("region");
    let error = IntegrationConfig::from_map("aws_security_hub", &keys).unwrap_err();
    assert!(error.to_string().contains("lacks \"regions\""), "{error}");
    let made = AwsSecurityHub::new("1", [AwsRegion::new("AWS Virginia", "us-east-1")]);
    let made = IntegrationConfig::from(made).to_map().unwrap();
    assert_eq!(
        made["regions"],
        json!([{ "name": "AWS Virginia", "apiIdentifier": "us-east-1" }])
    );
}

#[test]
fn roll_up_intervals_are_four_and_written_as_each_type_wants_them() {
    let s3 = |minutes| {
        let config = AwsS3::new("s3://b", "eu", "arn", "id").roll_up_interval(minutes);
        IntegrationConfig::from(config).to_map().unwrap()["rollUpInterval"].clone()
    };
    let snowflake = |minutes| {
        let config = Snowflake::new("h", "p", "s", "k").roll_up_interval(minutes);
        IntegrationConfig::from(config).to_map().unwrap()["rollUpInterval"].clone()
    };
    for minutes in [15u64, 30, 60, 180] {
        let interval = RollUpInterval::try_from(minutes).unwrap();
        assert_eq!(s3(interval), json!(minutes.to_string()));
        assert_eq!(snowflake(interval), json!(minutes));
    }
    for minutes in [0, 14, 45, 120, 181] {
        let error = RollUpInterval::try_from(minutes).unwrap_err().to_string();
        assert!(
            error.contains(&minutes.to_string()) && error.contains("15, 30, 60 or 180"),
            "{error}"
        );
    }
    // Either form is read.
    for written in [json!("60"), json!(60)] {
        let mut keys = map(TABLE[15].1);
        keys.insert("rollUpInterval".into(), written);
        let IntegrationConfig::Snowflake(config) =
            IntegrationConfig::from_map("snowflake", &keys).unwrap()
        else {
            panic!("another type");
        };
        assert_eq!(config.roll_up_interval, Some(RollUpInterval::Minutes60));
    }
}

#[test]
fn what_is_unknown_is_kept() {
    let keys: ConfigMap = [("hookSecret".to_owned(), json!("secret of theirs"))].into();
    let config = IntegrationConfig::from_map("Future_Type", &keys).unwrap();
    assert_eq!(config.integration_type(), "Future_Type");
    assert_eq!(config.to_map().unwrap(), keys);
    assert!(!format!("{config:?}").contains("theirs"));

    let mut keys = map(TABLE[14].1);
    keys.insert("newKey".into(), json!("secret of theirs"));
    let config = IntegrationConfig::from_map("slack", &keys).unwrap();
    assert_eq!(config.to_map().unwrap(), keys);
    let shown = format!("{config:?}");
    assert!(
        shown.contains("newKey") && !shown.contains("theirs"),
        "{shown}"
    );
}

#[test]
fn the_older_operations_spell_types_in_capitals() {
    let read =
        |of_type: &str, keys: &[&str]| IntegrationConfig::from_map(of_type, &map(keys)).unwrap();
    assert_eq!(read("SPLUNK", TABLE[16].1).integration_type(), "splunk");
    assert_eq!(read("OKTA_IDP", TABLE[10].1).integration_type(), "okta");
    assert_eq!(
        read("AZURE_SERVICE_BUS_QUEUE", TABLE[5].1).integration_type(),
        "azure_service_bus_queue"
    );
}

#[test]
fn configurations_are_made_in_code() {
    let sqs = AmazonSqsKey::new("https://sqs.example/q")
        .access_key("AKIA")
        .secret_key("s")
        .more_info(true);
    let map = IntegrationConfig::from(sqs).to_map().unwrap();
    assert_eq!(map.len(), 4);
    assert_eq!(map["moreInfo"], json!(true));
    let xsoar = Demisto::new("https://xsoar.example", "key", "6.5").api_key_id("7");
    assert_eq!(
        IntegrationConfig::from(xsoar).to_map().unwrap()["apiKeyID"],
        json!("7")
    );
    let webhook = Webhook::new("https://w.example", "t")
        .is_custom_payload_enabled(true)
        .custom_payloads(vec![json!({ "a": 1 })]);
    assert!(IntegrationConfig::from(webhook).to_map().is_ok());
}

#[test]
fn bodies_carry_type_map_and_name() {
    let config = IntegrationConfig::from(Slack::new("https://hooks.example/T0"));
    let create = serde_json::to_value(config.create_request("our channel").unwrap()).unwrap();
    let expected = json!({
        "name": "our channel",
        "integrationType": "slack",
        "integrationConfig": { "webhookUrl": "https://hooks.example/T0" },
    });
    assert_eq!(create, expected);
    assert_eq!(
        serde_json::to_value(config.test_request("our channel").unwrap()).unwrap(),
        expected
    );
    let update = serde_json::to_value(config.update_request("our channel").unwrap()).unwrap();
    assert_eq!(update["integrationConfig"], expected["integrationConfig"]);

    let mut answer = expected;
    answer["integrationConfig"]["webhookUrl"] = Value::Null;
    let model: EventsIntegrationModel = serde_json::from_value(answer).unwrap();
    let read = IntegrationConfig::try_from(&model).unwrap();
    assert!(matches!(read, IntegrationConfig::Slack(_)));
    let error = read.update_request("our channel").unwrap_err().to_string();
    assert!(error.contains("set it anew"), "{error}");
    let error = IntegrationConfig::try_from(&EventsIntegrationModel::default()).unwrap_err();
    assert!(error.to_string().contains("lacks its type"), "{error}");
}
