//! What the examples print.

#[allow(dead_code, reason = "its `main` is not called")]
#[path = "../examples/compliance_posture.rs"]
mod compliance_posture;
#[allow(dead_code, reason = "its `main` is not called")]
#[path = "../examples/rotate_key.rs"]
mod rotate_key;

use prisma_cloud::PrismaCloud;
use prisma_cloud::testing::Tenant;

#[tokio::test]
async fn the_posture_of_every_tenant_is_a_line() {
    let text = compliance_posture::run().await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[1], "production   93 % of 1000");
    assert!(
        lines[2].starts_with("staging      app-login") && lines[2].contains("403"),
        "{text}"
    );
    assert_eq!(lines[3], "sandbox      40 % of 100");
}

#[tokio::test]
async fn the_rotated_key_is_in_the_file_and_works() {
    let tenant = Tenant::start().await;
    let client = tenant.client().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.json");
    let text = rotate_key::rotate(&client, &file).await.unwrap();
    let [(new, true)] = &tenant.access_keys()[..] else {
        panic!("{text}");
    };
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("{new} replaces example-access-key"));
    assert_eq!(lines[1..], [format!("{new} is active")]);

    // The program finds it there when it starts again.
    let again = PrismaCloud::builder()
        .credentials_file(&file)
        .build()
        .unwrap();
    assert_eq!(again.prisma_id().await.unwrap(), "1");
    for secret in tenant.secrets() {
        assert!(!text.contains(&secret));
    }
}
