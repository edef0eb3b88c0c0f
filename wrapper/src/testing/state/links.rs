//! Files that anybody may fetch who knows where they are, as behind pre-signed links.

use std::collections::HashMap;

use crate::testing::Tenant;
use crate::testing::routes::Reply;

/// By path.
pub(in crate::testing) type Links = HashMap<String, Reply>;

impl Tenant {
    /// Puts a file behind a link, which is returned. Nobody is asked for a token there.
    pub fn link(&self, name: &str, content_type: &str, body: impl Into<Vec<u8>>) -> String {
        let mut reply = Reply::empty(200);
        reply.set("content-type", content_type);
        reply.set(
            "content-disposition",
            &format!("attachment; filename=\"{name}\""),
        );
        reply.body = body.into();
        let path = format!("/files/{name}");
        let link = format!("{}{path}?signature=example", self.url());
        self.shared.lock().links.insert(path, reply);
        link
    }
}
