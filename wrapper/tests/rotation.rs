//! Access keys, and a rotation that fails at each of its steps.

mod common;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{repositories, simulated};
use prisma_cloud::access_keys::{
    CreatedAccessKey, Expiry, NewAccessKey, RotateError, RotateStep, ToDo,
};
use prisma_cloud::testing::{Fault, Recorded, Tenant};
use prisma_cloud::{Clock, EpochMillis, ErrorKind, PrismaCloud};
use secrecy::ExposeSecret;

const OLD: &str = "example-access-key";

/// What `store` was given.
type Stored = Arc<Mutex<Option<CreatedAccessKey>>>;

async fn rotate(client: &PrismaCloud) -> (Result<String, RotateError>, Option<CreatedAccessKey>) {
    let stored = Stored::default();
    let copy = stored.clone();
    let result = client
        .access_keys()
        .rotate(|key| async move {
            *copy.lock().unwrap() = Some(key);
            Ok::<(), io::Error>(())
        })
        .await;
    let key = stored.lock().unwrap().take();
    (result.map(|rotated| rotated.new_id), key)
}

fn ids(tenant: &Tenant) -> Vec<String> {
    tenant.access_keys().into_iter().map(|(id, _)| id).collect()
}

/// Whether somebody who has this key can log in.
async fn logs_in(tenant: &Tenant, id: &str, secret: &str) -> bool {
    tenant.no_more_faults();
    let client = tenant.client().access_key(id, secret).build().unwrap();
    repositories(&client).await.is_ok()
}

/// Nothing that is shown of an error may hold a secret.
fn shown(tenant: &Tenant, error: &RotateError) -> String {
    let mut shown = format!("{error} {error:?}");
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        shown += &format!(" {error} {error:?}");
        cause = error.source();
    }
    for secret in tenant.secrets().iter().chain(&tenant.tokens()) {
        assert!(!shown.contains(secret.as_str()), "a secret is shown");
    }
    shown
}

/// Fails every request of which `test` holds.
fn fail(tenant: &Tenant, fault: Fault, test: impl Fn(&Recorded) -> bool + Send + 'static) {
    tenant.rule(move |record| test(record).then(|| fault.clone()));
}

fn is(method: &'static str, path: &'static str) -> impl Fn(&Recorded) -> bool + Send + 'static {
    move |record| record.method == method && record.path == path
}

fn begins(method: &'static str, path: &'static str) -> impl Fn(&Recorded) -> bool + Send + 'static {
    move |record| record.method == method && record.path.starts_with(path)
}

#[tokio::test]
async fn a_rotation_replaces_the_key_and_the_client_goes_on() {
    let (clock, tenant, client) = simulated().await;
    let clone = client.clone();
    repositories(&client).await.unwrap();
    let (result, stored) = rotate(&client).await;
    let (new_id, stored) = (result.unwrap(), stored.unwrap());
    assert_eq!(stored.id, new_id);
    assert_eq!(tenant.access_keys(), [(new_id.clone(), true)]);

    // The old token died with its key, and the client has another one without logging in once more.
    assert_eq!(tenant.logins(), 2);
    repositories(&clone).await.unwrap();
    assert_eq!(tenant.logins(), 2);
    assert_eq!(tenant.count_where(|record| record.status == Some(403)), 0);
    // It logs in with the new key when that token has ended, and after a revocation.
    clock.advance(Duration::from_secs(3600));
    repositories(&clone).await.unwrap();
    tenant.revoke_tokens();
    repositories(&client).await.unwrap();
    assert_eq!(tenant.logins(), 4);

    assert!(!logs_in(&tenant, OLD, "example-secret-key").await);
    assert!(logs_in(&tenant, &new_id, stored.secret.expose_secret()).await);
    // The client can do it again.
    let again = rotate(&client).await.0.unwrap();
    assert_eq!(tenant.access_keys(), [(again, true)]);
}

#[tokio::test]
async fn the_old_key_is_touched_only_after_the_new_one_is_stored() {
    let (_, tenant, client) = simulated().await;
    let tenant = Arc::new(tenant);
    let seen = tenant.clone();
    client
        .access_keys()
        .rotate(|key| async move {
            assert_eq!(seen.logins(), 2, "the new key has logged in");
            assert_eq!(seen.access_keys(), [(OLD.to_owned(), true), (key.id, true)]);
            Ok::<(), io::Error>(())
        })
        .await
        .unwrap();
    let order: Vec<String> = tenant
        .recorded()
        .iter()
        .filter(|record| record.path.starts_with("/access_keys"))
        .map(|record| format!("{} {}", record.method, record.path))
        .collect();
    assert_eq!(
        order,
        [
            "GET /access_keys",
            "POST /access_keys",
            "PATCH /access_keys/example-access-key/status/false",
            "DELETE /access_keys/example-access-key",
        ]
    );
}

#[tokio::test]
async fn a_failure_before_the_end_of_store_leaves_the_old_key_alone() {
    // The step, what fails, and how.
    type Test = Box<dyn Fn(&Recorded) -> bool + Send>;
    let login_of_new = |record: &Recorded| {
        let body = String::from_utf8_lossy(&record.body);
        record.path == "/login" && !body.contains(OLD)
    };
    let cases: Vec<(RotateStep, Test, Fault)> = vec![
        (
            RotateStep::Look,
            Box::new(is("GET", "/access_keys")),
            Fault::status(403),
        ),
        (
            RotateStep::Create,
            Box::new(is("POST", "/access_keys")),
            Fault::status(403),
        ),
        (
            RotateStep::Create,
            Box::new(is("POST", "/access_keys")),
            Fault::status(500),
        ),
        (
            RotateStep::LogIn,
            Box::new(login_of_new),
            Fault::status(401),
        ),
        (RotateStep::LogIn, Box::new(login_of_new), Fault::reset()),
    ];
    for (step, test, fault) in cases {
        let (_, tenant, client) = simulated().await;
        fail(&tenant, fault, test);
        let (result, stored) = rotate(&client).await;
        let error = result.unwrap_err();
        let text = shown(&tenant, &error);
        assert_eq!(error.step, step, "{text}");
        assert!(stored.is_none(), "{step:?}: nothing may be stored");
        assert_eq!(error.working.as_deref(), Some(OLD), "{text}");
        assert_eq!(error.left, [], "{text}");
        assert_eq!(tenant.access_keys(), [(OLD.to_owned(), true)], "{step:?}");
        assert!(text.contains("example-access-key works"), "{text}");
        if step != RotateStep::Look {
            assert!(error.certain && error.keys.len() == 1, "{text}");
        }
        tenant.no_more_faults();
        repositories(&client).await.unwrap();
        assert!(logs_in(&tenant, OLD, "example-secret-key").await);
        // What is left in place lets it succeed next time.
        rotate(&client).await.0.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_fails_or_panics_gets_the_new_key_deleted() {
    for panics in [false, true] {
        let (_, tenant, client) = simulated().await;
        let result = client
            .access_keys()
            .rotate(|_| async move {
                assert!(!panics, "the vault is sealed");
                Err(io::Error::other("the vault is sealed"))
            })
            .await;
        let error = result.unwrap_err();
        let text = shown(&tenant, &error);
        assert_eq!(error.step, RotateStep::Store);
        assert!(text.contains("the vault is sealed"), "{text}");
        assert_eq!(error.left, []);
        assert!(error.api_error().is_none());
        assert_eq!(tenant.access_keys(), [(OLD.to_owned(), true)]);
        let error = prisma_cloud::Error::from(error);
        assert_eq!(error.kind(), ErrorKind::Other);
        repositories(&client).await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_left_to_do_and_named() {
    let (_, tenant, client) = simulated().await;
    fail(
        &tenant,
        Fault::status(500),
        begins("DELETE", "/access_keys/"),
    );
    let result = client
        .access_keys()
        .rotate(|_| async { Err(io::Error::other("full")) })
        .await;
    let error = result.unwrap_err();
    let new = ids(&tenant).into_iter().find(|id| id != OLD).unwrap();
    assert_eq!(error.left, [ToDo::Delete(new.clone())]);
    assert_eq!(error.working.as_deref(), Some(OLD));
    assert_eq!(error.keys.len(), 2);
    let text = shown(&tenant, &error);
    assert!(
        text.contains(&format!("left to do: delete {new}")),
        "{text}"
    );

    // The next one refuses, and names it.
    tenant.no_more_faults();
    let error = rotate(&client).await.0.unwrap_err();
    assert_eq!(error.step, RotateStep::Look);
    assert!(error.to_string().contains(&new), "{error}");
    assert!(error.api_error().unwrap().is_config());
    assert_eq!(ids(&tenant).len(), 2, "nothing was changed");

    client.access_keys().delete(&new).await.unwrap();
    rotate(&client).await.0.unwrap();
}

#[tokio::test]
async fn a_key_that_was_made_although_the_answer_was_lost_is_deleted() {
    for lost in [
        Fault::status(504).after_acting(),
        Fault::reset().after_acting(),
    ] {
        let (_, tenant, client) = simulated().await;
        fail(&tenant, lost, is("POST", "/access_keys"));
        let error = rotate(&client).await.0.unwrap_err();
        assert_eq!(error.step, RotateStep::Create);
        assert_eq!(
            tenant.count("POST", "/access_keys"),
            1,
            "it is not sent twice"
        );
        assert_eq!(tenant.access_keys(), [(OLD.to_owned(), true)]);
        assert!(error.certain && error.left.is_empty(), "{error}");
    }
    // Whether there is one cannot be told: the user is told its name.
    let (_, tenant, client) = simulated().await;
    let made = Arc::new(Mutex::new(false));
    tenant.rule(move |record| {
        let mut made = made.lock().unwrap();
        if record.method == "POST" && record.path == "/access_keys" {
            *made = true;
            return Some(Fault::status(504).after_acting());
        }
        (*made && record.path == "/access_keys").then(|| Fault::status(403))
    });
    let error = rotate(&client).await.0.unwrap_err();
    assert!(!error.certain);
    let [ToDo::LookFor(name)] = error.left.as_slice() else {
        panic!("{error}");
    };
    assert!(name.starts_with("example-17"), "{name}");
    assert_eq!(error.keys.len(), 1, "the old key is there for certain");
}

#[tokio::test]
async fn after_store_the_new_key_works_whatever_happens_to_the_old_one() {
    // The step that fails, how, and what is left.
    for (step, path, left) in [
        (
            RotateStep::Disable,
            "PATCH",
            vec![ToDo::Disable(OLD.into()), ToDo::Delete(OLD.into())],
        ),
        (RotateStep::Delete, "DELETE", vec![ToDo::Delete(OLD.into())]),
    ] {
        for fault in [Fault::status(500), Fault::status(403), Fault::reset()] {
            let (_, tenant, client) = simulated().await;
            fail(&tenant, fault, begins(path, "/access_keys/"));
            let (result, stored) = rotate(&client).await;
            let (error, stored) = (result.unwrap_err(), stored.unwrap());
            let text = shown(&tenant, &error);
            assert_eq!(error.step, step, "{text}");
            assert_eq!(error.working.as_deref(), Some(&*stored.id), "{text}");
            assert_eq!(error.left, left, "{text}");
            assert_eq!(error.keys.len(), 2);
            let off = step == RotateStep::Delete;
            assert_eq!(
                tenant.access_keys(),
                [(OLD.to_owned(), !off), (stored.id.clone(), true)]
            );
            tenant.no_more_faults();
            tenant.revoke_tokens();
            repositories(&client).await.unwrap();
            assert!(logs_in(&tenant, &stored.id, stored.secret.expose_secret()).await);
            // What is left can be done as it says, with the same client.
            for todo in &error.left {
                match todo {
                    ToDo::Disable(id) => client.access_keys().disable(id).await.unwrap(),
                    ToDo::Delete(id) => client.access_keys().delete(id).await.unwrap(),
                    other => panic!("{other}"),
                }
            }
            assert_eq!(ids(&tenant), [stored.id]);
        }
    }
}

#[tokio::test]
async fn a_deletion_of_which_only_the_answer_was_lost_is_a_success() {
    let (_, tenant, client) = simulated().await;
    fail(
        &tenant,
        Fault::status(504).after_acting(),
        begins("DELETE", "/access_keys/"),
    );
    let new = rotate(&client).await.0.unwrap();
    assert_eq!(ids(&tenant), [new]);
}

#[tokio::test]
async fn what_cannot_be_rotated_is_refused_up_front() {
    let tenant = Tenant::start().await;
    let token = tenant.issue_token();
    let client = PrismaCloud::builder()
        .url(tenant.url())
        .token(token)
        .build()
        .unwrap();
    let error = rotate(&client).await.0.unwrap_err();
    assert_eq!(
        (error.step, error.working.as_deref()),
        (RotateStep::Look, None)
    );
    assert_eq!(tenant.recorded().len(), 0);

    // Two keys already.
    let client = tenant.client().build().unwrap();
    let second = NewAccessKey::new("second", Expiry::Never);
    let second = client.access_keys().create(second).await.unwrap();
    client.access_keys().disable(&second.id).await.unwrap();
    let error = rotate(&client).await.0.unwrap_err();
    let text = shown(&tenant, &error);
    assert_eq!(error.step, RotateStep::Look);
    assert!(
        text.contains(&format!("{} (\"second\", inactive)", second.id)),
        "{text}"
    );
    assert_eq!(error.keys.len(), 2);
    assert_eq!(tenant.count("POST", "/access_keys"), 1);

    // A key that the service refuses is no working key.
    let client = tenant.client().access_key("x", "wrong").build().unwrap();
    let error = rotate(&client).await.0.unwrap_err();
    assert_eq!(error.working, None);
    assert!(error.api_error().unwrap().is_unauthorized());
}

#[tokio::test]
async fn a_key_has_the_end_it_is_given_and_can_be_switched() {
    let day = Duration::from_secs(24 * 3600);
    // Whether it still works after two days.
    for (days, lasts) in [(None, true), (Some(1), false), (Some(3), true)] {
        let (clock, tenant, client) = simulated().await;
        let keys = client.access_keys();
        let end = days.map(|days| clock.wall() + days * day);
        let expiry = end.map_or(Expiry::Never, Expiry::At);
        let key = keys.create(NewAccessKey::new("k", expiry)).await.unwrap();
        let listed = keys.list().await.unwrap();
        let listed = listed.iter().find(|listed| listed.id == key.id).unwrap();
        let expected = end.map_or(EpochMillis::NEVER, EpochMillis::from);
        assert_eq!(listed.expires, Some(expected));
        assert_eq!(
            (listed.name.as_deref(), listed.active),
            (Some("k"), Some(true))
        );
        let secret = key.secret.expose_secret().to_owned();
        assert!(!format!("{key:?} {listed:?}").contains(&secret));
        keys.disable(&key.id).await.unwrap();
        assert!(!logs_in(&tenant, &key.id, &secret).await);
        keys.enable(&key.id).await.unwrap();
        assert!(logs_in(&tenant, &key.id, &secret).await);
        clock.advance(2 * day);
        assert_eq!(logs_in(&tenant, &key.id, &secret).await, lasts, "{days:?}");
        keys.delete(&key.id).await.unwrap();
        assert!(!logs_in(&tenant, &key.id, &secret).await);
    }
}

#[tokio::test]
async fn a_key_that_ends_before_it_is_made_is_not_sent() {
    let (clock, tenant, client) = simulated().await;
    let past = NewAccessKey::new("k", clock.wall() - Duration::from_secs(1));
    let error = client.access_keys().create(past).await.unwrap_err();
    assert!(
        error.to_string().contains("cannot end before it is made"),
        "{error}"
    );
    assert_eq!(tenant.recorded().len(), 0);
}

#[tokio::test]
async fn a_rotation_takes_another_name_and_end() {
    let (clock, tenant, client) = simulated().await;
    let day = Duration::from_secs(24 * 3600);
    let rotation = client.access_keys().rotation().name("ci").expires(day);
    let stored = Stored::default();
    let copy = stored.clone();
    rotation
        .run(|key| async move {
            *copy.lock().unwrap() = Some(key);
            Ok::<(), io::Error>(())
        })
        .await
        .unwrap();
    let listed = client.access_keys().list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name.as_deref(), Some("ci"));
    assert_eq!(
        listed[0].expires,
        Some(EpochMillis::from(clock.wall() + day))
    );
    let key = stored.lock().unwrap().take().unwrap();
    clock.advance(day);
    assert!(!logs_in(&tenant, &key.id, key.secret.expose_secret()).await);
}
