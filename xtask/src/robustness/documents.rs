//! Small documents that look like published ones, defects included.

use serde_json::{Value, json};

use crate::pipeline::document::Product;
use crate::pipeline::edition::Given;
use crate::pipeline::source::{self, Edition};
use crate::pipeline::vendored::{self, Overlays, Refused, Vendored};
use crate::testing::Scratch;

/// A document of `product` with two paths and the schemas of one listing.
pub fn document(product: Product) -> Value {
    let scheme = product.security_scheme();
    json!({
        "openapi": "3.0.1",
        "info": {"title": "Things API", "description": "About **things**.", "version": "1"},
        "servers": [{"url": "https://api.prismacloud.io"}],
        "tags": [{"name": "Things", "description": "All of them."}],
        "paths": {
            "/v2/thing": {
                "get": {
                    "tags": ["Things"], "summary": "List things", "operationId": "get-things",
                    "parameters": [
                        {"name": "limit", "in": "query", "schema": {"type": "number"}},
                        {"name": "status", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"]}},
                        {"$ref": "#/components/parameters/Tenant"}
                    ],
                    "responses": {
                        "200": {"description": "OK", "content": {"*/*": {"schema": {"$ref": "#/components/schemas/ThingPage"}}}},
                        "400": {"description": "Bad", "content": {"application/json": {"schema": {"type": "object"}}}}
                    },
                    "security": [{scheme: []}]
                },
                "post": {
                    "tags": ["Things"], "operationId": "createThing",
                    "requestBody": {"content": {"application/json; charset=UTF-8": {
                        "schema": {"$ref": "#/components/schemas/Thing"}, "example": {"name": "a"}}}},
                    "responses": {"201": {"description": ""}, "200": {"description": "", "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}
                }
            },
            "/thing/{id}/download": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}],
                "get": {"tags": ["Things"], "operationId": "download_thing",
                    "responses": {"200": {"description": "The file"}}}
            }
        },
        "components": {
            "parameters": {"Tenant": {"name": "x-prisma-tenant-id", "in": "header", "schema": {"type": "string"}}},
            "schemas": {
                "ThingPage": {"type": "object", "properties": {
                    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                    "totalRows": {"type": "integer", "format": "int64", "minimum": 0},
                    "nextPageToken": {"type": "string", "nullable": true}}},
                "Thing": {"type": "object", "required": ["name", "kind", "missing"], "properties": {
                    "name": {"type": "string", "maxLength": 100, "example": "x"},
                    "kind": {"type": "String", "enum": ["a,b", "c"]},
                    "timeRange": {"$ref": "#/components/schemas/TimeRange"},
                    "parent": {"$ref": "#/components/schemas/Thing"},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "rule": {"oneOf": [{"$ref": "#/components/schemas/Rule"}, {"type": "string"}]},
                    "data": {"type": "object"}}},
                "Rule": {"allOf": [{"$ref": "#/components/schemas/Base"},
                    {"type": "object", "properties": {"query": {"type": "string"}}}]},
                "Base": {"type": "object", "properties": {"id": {"type": "string"}}},
                "TimeRange": {"type": "object", "discriminator": {"propertyName": "type"},
                    "oneOf": [{"$ref": "#/components/schemas/Relative"}, {"$ref": "#/components/schemas/ToNow"}],
                    "properties": {"type": {"type": "string"}}},
                "Relative": {"allOf": [{"$ref": "#/components/schemas/TimeRange"},
                    {"type": "object", "properties": {"value": {"type": "integer"}}}]},
                "ToNow": {"allOf": [{"$ref": "#/components/schemas/TimeRange"},
                    {"type": "object", "properties": {"value": {"type": "string", "enum": ["DAY", "day"]}}}]}
            },
            "securitySchemes": {scheme: {"type": "apiKey", "in": "header", "name": product.auth_header()}}
        }
    })
}

/// A folder of published documents: `cspm/Things.json` with the text given, and sound ones.
pub fn folder(name: &str, text: impl AsRef<[u8]>) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write("cspm/Things.json", text);
    scratch.write("code/Things.json", document(Product::Code).to_string());
    scratch
}

/// Runs the pipeline over a folder, without pins and overlays.
pub fn build(folder: &Scratch) -> Result<Vendored, Refused> {
    build_edition(&source::read(&folder.0)?)
}

/// Runs the pipeline over an edition, without pins and overlays.
pub fn build_edition(edition: &Edition) -> Result<Vendored, Refused> {
    let nowhere = std::path::Path::new("no-such-folder");
    vendored::build(edition, nowhere, &Given::default(), Overlays::MustMatch)
}

/// The least document of Code Security, where only CSPM is looked at.
pub fn least() -> Value {
    json!({"openapi": "3.0.1", "paths": {"/a": {"get": {"operationId": "a", "tags": ["A"],
        "responses": {"200": {"description": ""}}}}}})
}
