//! Parameters that the session knows: where the caller sets none, the transport fills them in.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use serde_json::Value;

use super::operations;

/// The required parameters that hold the id of the session's tenant, as they are published. A parameter called `tenantId` is
/// none of them: it is the id of an Azure directory, of a data security tenant, or the document does not say.
const PRISMA_ID: [&str; 3] = ["prismaId", "prisma_id", "x-prisma-tenant-id"];
/// The fields of builders that these parameters become.
pub const FIELDS: [&str; 2] = ["prisma_id", "x_prisma_tenant_id"];

/// Lets builders of `tokens` begin with a place holder in these parameters, not with a failure.
pub fn defaults(tokens: TokenStream) -> TokenStream {
    let unset: Vec<String> = FIELDS
        .iter()
        .map(|field| format!("\"{field} was not initialized\""))
        .collect();
    replace(tokens, &unset)
}

/// `Err("prisma_id was not initialized".to_string())` becomes `Ok(crate::PRISMA_ID_OF_SESSION.to_string())`.
fn replace(tokens: TokenStream, unset: &[String]) -> TokenStream {
    let mut replaced: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let TokenTree::Group(group) = token else {
            replaced.push(token);
            continue;
        };
        let after_err = matches!(replaced.last(), Some(TokenTree::Ident(name)) if name == "Err");
        if after_err && group.delimiter() == Delimiter::Parenthesis && begins_with(&group, unset) {
            replaced.pop();
            let placeholder: TokenStream = "Ok(crate::PRISMA_ID_OF_SESSION.to_string())"
                .parse()
                .expect("an expression is tokens");
            replaced.extend(placeholder);
        } else {
            let inner = replace(group.stream(), unset);
            let mut copy = Group::new(group.delimiter(), inner);
            copy.set_span(group.span());
            replaced.push(TokenTree::Group(copy));
        }
    }
    replaced.into_iter().collect()
}

fn begins_with(group: &Group, literals: &[String]) -> bool {
    match group.stream().into_iter().next() {
        Some(TokenTree::Literal(literal)) => literals.contains(&literal.to_string()),
        _ => false,
    }
}

/// Tells in the documentation of such operations what is sent if the parameter is left out.
pub fn document(document: &mut Value) {
    let keys: Vec<(String, String)> = operations::each(document)
        .filter(|(_, _, operation)| parameter(operation).is_some())
        .map(|(path, method, _)| (path.to_owned(), method.to_owned()))
        .collect();
    for (path, method) in keys {
        let operation = &mut document["paths"][path][method];
        let field = match parameter(operation) {
            Some("x-prisma-tenant-id") => FIELDS[1],
            _ => FIELDS[0],
        };
        let description = operation["description"].as_str().unwrap_or_default();
        let sentence = format!("Unless `{field}` is set, the id of the session's tenant is sent.");
        operation["description"] = format!("{description} {sentence}").trim().into();
    }
}

/// The parameter of `operation` that holds the id of the session's tenant.
pub fn parameter(operation: &Value) -> Option<&str> {
    let parameters = operation["parameters"].as_array()?;
    parameters
        .iter()
        .filter(|parameter| parameter["required"] == true)
        .filter_map(|parameter| parameter["name"].as_str())
        .find(|name| PRISMA_ID.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_failure_of_these_fields_is_replaced() {
        let tokens = |text: &str| -> TokenStream { text.parse().unwrap() };
        let code = tokens(
            "fn new() -> Self { Self { prisma_id: Err(\"prisma_id was not initialized\".to_string()), \
             id: Err(\"id was not initialized\".to_string()), ids: Ok(None) } } \
             fn set() { x.map_err(|_| \"conversion to `String` for prisma_id failed\".to_string()) }",
        );
        let expected = tokens(
            "fn new() -> Self { Self { prisma_id: Ok(crate::PRISMA_ID_OF_SESSION.to_string()), \
             id: Err(\"id was not initialized\".to_string()), ids: Ok(None) } } \
             fn set() { x.map_err(|_| \"conversion to `String` for prisma_id failed\".to_string()) }",
        );
        assert_eq!(defaults(code).to_string(), expected.to_string());
    }

    #[test]
    fn every_operation_that_wants_the_id_says_so() {
        let text = include_str!("../../spec/cspm.json");
        let mut spec: Value = serde_json::from_str(text).unwrap();
        document(&mut spec);
        let told = operations::each(&spec)
            .filter(|(_, _, operation)| {
                let description = operation["description"].as_str().unwrap_or_default();
                description.contains("the id of the session's tenant is sent")
            })
            .count();
        // What the vendored document spells, counted in another way.
        let spelled = operations::each(&spec)
            .filter(|(path, _, operation)| {
                path.contains("{prismaId}")
                    || path.contains("{prisma_id}")
                    || operation["parameters"]
                        .to_string()
                        .contains("\"x-prisma-tenant-id\"")
            })
            .count();
        assert!(told >= 20, "{told}");
        assert_eq!(told, spelled);
    }
}
