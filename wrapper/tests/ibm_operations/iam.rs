//! The operations of IAM.

use prisma_cloud::api::ibm::iam;
use prisma_cloud::ibm::IbmCloud;
use prisma_cloud::testing::ibm::API_KEY;

use super::{call, sample};

pub async fn all(client: &IbmCloud) {
    use iam::prelude::*;
    let client = client.iam();
    let grant = iam::types::ApiKeyGrant::new(API_KEY, "urn:ibm:params:oauth:grant-type:apikey");
    let token = call!(client, get_token, body = grant).into_inner();
    assert_eq!(token.expires_in, Some(3600));
    call!(client, list_api_keys);
    call!(
        client,
        create_api_key,
        body = sample::<iam::types::CreateApiKeyRequest>("create_api_key")
    );
    call!(client, get_api_keys_details);
    call!(client, delete_api_key, id = "thing");
    call!(client, get_api_key, id = "thing");
    call!(
        client,
        update_api_key,
        id = "thing",
        if_match = "W/\"sample\"",
        body = sample::<iam::types::UpdateApiKeyRequest>("update_api_key")
    );
    call!(client, enable_api_key, id = "thing");
    call!(client, disable_api_key, id = "thing");
    call!(client, unlock_api_key, id = "thing");
    call!(client, lock_api_key, id = "thing");
}
