//! `GET /code/api/v1/repositories`: as many as the tenant was built with.

use serde_json::{Value, json};

use crate::testing::call::Call;
use crate::testing::routes::Reply;
use crate::testing::server::State;

pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    (call.id() == "getRepositories").then(|| list(state.repositories))
}

fn list(total: u64) -> Reply {
    let repositories: Vec<Value> = (0..total)
        .map(|index| {
            json!({
                "id": format!("00000000-0000-4000-8000-{index:012}"),
                "repository": format!("service-{index}"),
                "owner": "example",
                "source": if index % 2 == 0 { "Github" } else { "Gitlab" },
                "defaultBranch": "main",
                "isPublic": false,
                "errors": index * 7,
                "runs": index,
                "url": format!("https://git.example/example/service-{index}"),
                "description": "Example service",
                "creationDate": "2026-01-01T00:00:00.000Z",
                "lastScanDate": "2026-01-02T00:00:00.000Z",
            })
        })
        .collect();
    Reply::json(200, &repositories)
}
