//! Tests of what generated types are made of, on types declared as the generator declares them.

use serde_json::{Value, json};

use super::{List, Members, Shape, open_enum, parsed, received, sent, union_of};

open_enum! {
    /// A status.
    pub enum Status { Open = "open", InProgress = "IN_PROGRESS", }
}

received! {
    /// Received.
    pub struct Owner { "name" name: String, }
}

received! {
    /// Received.
    pub struct Alert {
        "id" id: String,
        "count" count: i64,
        "score" score: f64,
        "isNew" is_new: bool,
        "status" status: Status,
        "tags" tags: Vec<String>,
        "owner" owner: Owner,
        "parent" parent: Box<Alert>,
        ..extra: i64
    }
}

sent! {
    /// Sent.
    pub struct Filter {
        required { "name" name: String, }
        optional { "limit" limit: i64, }
    }
}

union_of! {
    /// One of several shapes.
    pub enum Target {
        Account(Account) = Shape::Object {
            required: &["accountId"], declared: &["accountId", "note"], constants: &[("kind", &["account"])]
        },
        Region(Region) = Shape::Object {
            required: &["region"], declared: &["region", "note"], constants: &[]
        },
        Text(String) = Shape::Text,
        List(Vec<String>) = Shape::List,
    }
}

received! {
    /// Received.
    pub struct Account { "accountId" account_id: String, "kind" kind: String, "note" note: String, }
}

received! {
    /// Received.
    pub struct Region { "region" region: String, "note" note: String, }
}

received! {
    /// Received.
    pub struct NewKey { "id" id: String, "secretKey" secret_key: String, "nextPageToken" next_page_token: String, ..extra: Value }
}

sent! {
    /// Sent.
    pub struct Login {
        required { "username" username: String, "password" password: String, }
        optional { "token" token: String, }
    }
}

fn alert(value: Value) -> Alert {
    serde_json::from_value(value).expect("an alert decodes")
}

#[test]
fn integers_come_in_many_forms() {
    for (sent, read) in [
        (json!(5), Some(5)),
        (json!(-1), Some(-1)),
        (json!("5"), Some(5)),
        (json!(" 7 "), Some(7)),
        (json!(5.0), Some(5)),
        (json!("5.0"), Some(5)),
        (json!(5.5), None),
        (json!("n/a"), None),
        (json!(""), None),
        (json!(1e300), None),
        (json!(u64::MAX), None),
        (json!(true), None),
        (json!([5]), None),
        (json!({"a": 5}), None),
        (Value::Null, None),
    ] {
        assert_eq!(
            alert(json!({"count": sent, "id": "x"})).count,
            read,
            "{sent}"
        );
    }
}

#[test]
fn numbers_booleans_and_text_too() {
    assert_eq!(alert(json!({"score": "1.5"})).score, Some(1.5));
    assert_eq!(alert(json!({"score": 2})).score, Some(2.0));
    assert_eq!(alert(json!({"score": "NaN"})).score, None);
    for (sent, read) in [
        (json!(true), Some(true)),
        (json!("TRUE"), Some(true)),
        (json!("false"), Some(false)),
        (json!(0), Some(false)),
        (json!("perhaps"), None),
        (json!(2), None),
    ] {
        assert_eq!(alert(json!({"isNew": sent})).is_new, read, "{sent}");
    }
    for (sent, read) in [
        (json!("a"), Some("a")),
        (json!(12), Some("12")),
        (json!(1.5), Some("1.5")),
        (json!(false), Some("false")),
        (json!([1]), Some("[1]")),
        (json!({"a": 1}), Some(r#"{"a":1}"#)),
        (Value::Null, None),
    ] {
        assert_eq!(alert(json!({"id": sent})).id.as_deref(), read, "{sent}");
    }
}

#[test]
fn lists_and_objects_do_not_fail_the_whole() {
    let read = alert(json!({"tags": ["a", null, 3], "owner": "nobody", "parent": {"id": "p"}}));
    assert_eq!(read.tags, Some(vec!["a".to_owned(), "3".to_owned()]));
    assert_eq!(read.owner, None);
    assert_eq!(
        read.parent.and_then(|parent| parent.id).as_deref(),
        Some("p")
    );
    assert_eq!(
        alert(json!({"tags": "one"})).tags,
        Some(vec!["one".to_owned()])
    );
    assert_eq!(
        alert(json!({"tags": null, "owner": [], "parent": 1})),
        Alert::default()
    );
}

#[test]
fn unknown_members_are_collected_or_ignored_and_none_is_not_sent() {
    let read = alert(json!({"id": "x", "more": 7, "odd": "word"}));
    assert_eq!(read.extra.get("more"), Some(&7));
    assert_eq!(
        serde_json::to_value(&read).unwrap(),
        json!({"id": "x", "more": 7})
    );
    let owner: Owner = serde_json::from_value(json!({"name": "n", "new": {}})).unwrap();
    assert_eq!(serde_json::to_value(owner).unwrap(), json!({"name": "n"}));
}

#[test]
fn a_whole_value_of_another_kind_is_an_error_that_names_the_type() {
    for value in [json!([]), json!("text"), Value::Null] {
        let error = serde_json::from_value::<Alert>(value)
            .unwrap_err()
            .to_string();
        assert!(error.contains("Alert"), "{error}");
    }
    let error = serde_json::from_str::<Alert>(r#"{"owner": {"name": tru}}"#).unwrap_err();
    assert!(error.to_string().contains("Alert.owner"), "{error}");
}

#[test]
fn what_is_only_sent_is_strict() {
    assert!(serde_json::from_value::<Filter>(json!({"limit": 1})).is_err());
    assert!(serde_json::from_value::<Filter>(json!({"name": "n", "limit": "1"})).is_err());
    let filter = Filter {
        name: "n".to_owned(),
        limit: None,
    };
    assert_eq!(serde_json::to_value(filter).unwrap(), json!({"name": "n"}));
}

#[test]
fn a_known_value_is_recognised_in_any_case_and_an_unknown_one_kept() {
    for text in ["open", "OPEN", "Open"] {
        assert_eq!(Status::from(text), Status::Open);
    }
    assert_eq!("in_progress".parse::<Status>(), Ok(Status::InProgress));
    let unknown = Status::from("Reopened ");
    assert_eq!(unknown, Status::Unlisted("Reopened ".to_owned()));
    for (status, text) in [(Status::InProgress, "IN_PROGRESS"), (unknown, "Reopened ")] {
        assert_eq!(status.as_str(), text);
        assert_eq!(status.to_string(), text);
        assert_eq!(serde_json::to_value(&status).unwrap(), json!(text));
        assert_eq!(
            serde_json::from_value::<Status>(json!(text)).unwrap(),
            status
        );
    }
    assert_eq!(Status::LISTED.len(), 2);
    assert_eq!(alert(json!({"status": "OPEN"})).status, Some(Status::Open));
    assert_eq!(
        alert(json!({"status": 3})).status,
        Some(Status::Unlisted("3".to_owned()))
    );
}

#[test]
fn a_union_chooses_by_what_the_document_says() {
    let read = |value: Value| serde_json::from_value::<Target>(value).expect("any JSON is read");
    assert!(matches!(
        read(json!({"accountId": "a", "note": "n"})),
        Target::Account(_)
    ));
    assert!(matches!(
        read(json!({"region": "r", "note": "n"})),
        Target::Region(_)
    ));
    assert!(matches!(
        read(json!({"accountId": "a", "region": "r", "kind": "other"})),
        Target::Region(_)
    ));
    assert!(matches!(
        read(json!({"accountId": "a", "kind": "ACCOUNT"})),
        Target::Account(_)
    ));
    assert_eq!(read(json!("t")), Target::Text("t".to_owned()));
    assert_eq!(read(json!(["t"])), Target::List(vec!["t".to_owned()]));
    for value in [json!({"note": "n"}), json!(5), json!([5])] {
        assert_eq!(read(value.clone()), Target::Unlisted(value.clone()));
        assert_eq!(serde_json::to_value(read(value.clone())).unwrap(), value);
    }
}

#[test]
fn whole_answers_read_leniently_and_behave_like_what_they_hold() {
    let list: List<Owner> =
        serde_json::from_value(json!([{"name": "a"}, null, {"name": "b"}])).unwrap();
    assert_eq!(list.len(), 2);
    let names: Vec<_> = (&list)
        .into_iter()
        .filter_map(|owner| owner.name.clone())
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(
        serde_json::to_value(&list).unwrap(),
        json!([{"name": "a"}, {"name": "b"}])
    );
    let members: Members<i64> = serde_json::from_value(json!({"a": "1", "b": null})).unwrap();
    assert_eq!(members.get("a"), Some(&1));
    assert_eq!(members.len(), 1);
    assert!(serde_json::from_value::<List<Owner>>(json!("text")).is_err());
    assert!(serde_json::from_value::<Members<i64>>(json!([])).is_err());
}

#[test]
fn null_in_place_of_a_list_is_an_empty_one() {
    assert_eq!(parsed::<List<Owner>>(b"null").unwrap().len(), 0);
    assert_eq!(parsed::<Members<i64>>(b" null ").unwrap().len(), 0);
    assert_eq!(
        serde_json::from_value::<List<Owner>>(Value::Null).unwrap(),
        List(vec![])
    );
}

#[test]
fn a_list_of_one_object_is_that_object() {
    assert_eq!(
        alert(json!([{"id": "x", "owner": [{"name": "n"}]}])),
        Alert {
            id: Some("x".to_owned()),
            owner: Some(Owner {
                name: Some("n".to_owned())
            }),
            ..Alert::default()
        }
    );
    // Nobody says which one is meant.
    let several = json!([{"id": "x"}, {"id": "y"}]);
    assert!(serde_json::from_value::<Alert>(several.clone()).is_err());
    assert_eq!(alert(json!({"parent": several})), Alert::default());
    // Lists in lists are no objects, however deep they go.
    let deep = format!("{{\"owner\":{}{}}}", "[".repeat(200), "]".repeat(200));
    assert_eq!(parsed::<Alert>(deep.as_bytes()).unwrap(), Alert::default());
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let read: Owner = parsed(b"\xef\xbb\xbf{\"name\":\"n\"}").unwrap();
    assert_eq!(read.name.as_deref(), Some("n"));
}

#[test]
fn a_value_that_cannot_be_read_costs_itself_alone() {
    let deep = [
        "[".repeat(200) + &"]".repeat(200),
        "{\"a\":".repeat(200) + "1" + &"}".repeat(200),
    ];
    let odd = [
        r#""\ud800""#,
        r#""x\udc00y""#,
        "\"a\nb\"",
        "\"\0\"",
        "1e400",
        "NaN",
    ];
    for value in odd.into_iter().chain(deep.iter().map(String::as_str)) {
        for member in [
            "id", "count", "score", "isNew", "status", "owner", "parent", "more",
        ] {
            if value.starts_with('{') && matches!(member, "owner" | "parent") {
                // An object all right, of which nothing is known.
                continue;
            }
            let json = format!(r#"{{"{member}":{value},"tags":["t"]}}"#);
            let read: Alert = parsed(json.as_bytes()).unwrap();
            let tags = Some(vec!["t".to_owned()]);
            assert_eq!(
                read,
                Alert {
                    tags,
                    ..Alert::default()
                },
                "{json}"
            );
        }
        // What stands around them stays: elements, members without a type, other objects.
        let json = format!(
            r#"{{"id":"x","tags":["a",{value},"b"],"owner":{{"name":{value}}},"parent":{{"id":{value},"count":1}}}}"#
        );
        let read: Alert = parsed(json.as_bytes()).unwrap();
        assert_eq!(read.id.as_deref(), Some("x"));
        assert_eq!(read.tags, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(read.owner, Some(Owner { name: None }));
        assert_eq!(read.parent.unwrap().count, Some(1));
        let json = format!(r#"{{"note":"n","secretKey":"s","free":{value}}}"#);
        let read: NewKey = parsed(json.as_bytes()).unwrap();
        assert_eq!(read.extra.get("note"), Some(&json!("n")));
        assert_eq!(read.extra.get("free"), None, "{json}");
    }
}

#[test]
fn a_type_that_holds_itself_is_read_as_deep_as_it_goes() {
    let json = "{\"id\":\"x\",\"parent\":".repeat(200) + "null" + &"}".repeat(200);
    let mut read: Option<Box<Alert>> = Some(Box::new(parsed(json.as_bytes()).unwrap()));
    let mut depth = 0;
    while let Some(alert) = read {
        assert_eq!(alert.id.as_deref(), Some("x"));
        (read, depth) = (alert.parent, depth + 1);
    }
    assert_eq!(depth, 127);
}

#[test]
fn debug_shows_no_secrets() {
    let key: NewKey = serde_json::from_value(json!({
        "id": "k-1", "secretKey": "s3cr3t", "nextPageToken": "page-2", "note": "n", "authToken": "s3cr3t"
    }))
    .unwrap();
    assert_eq!(
        format!("{key:?}"),
        "NewKey { id: Some(\"k-1\"), secret_key: Some([redacted]), next_page_token: Some(\"page-2\"), \
         extra: {\"authToken\": [redacted], \"note\": String(\"n\")} }"
    );
    let login: Login = serde_json::from_value(json!({
        "username": "u", "password": "s3cr3t"
    }))
    .unwrap();
    assert_eq!(
        format!("{login:?}"),
        "Login { username: \"u\", password: [redacted], token: None }"
    );
    assert!(!format!("{login:#?} {key:#?}").contains("s3cr3t"));
    // What is sent is what it was.
    assert!(serde_json::to_string(&login).unwrap().contains("s3cr3t"));
}
