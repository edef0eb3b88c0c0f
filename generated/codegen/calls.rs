//! A function that calls operations by the names of their methods, for tests that call all of them.

use std::collections::BTreeMap;
use std::fmt::Write;

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;

use super::operations::{Answer, OperationEntry};
use super::paging::{self, Pagination};
use super::parameters::without_suffix;

/// The setters of one builder: name and type.
type Setters = Vec<(String, String)>;

/// Code that calls each of `operations` with arguments found at run time, by the names that they have in `document`.
/// `tokens` is the generated client. Those that `pagination` knows as listings can be gone through as well.
pub fn calls(
    tokens: &TokenStream,
    document: &Value,
    operations: &[OperationEntry],
    pagination: &Pagination,
) -> String {
    let setters = setters(tokens.clone());
    let mut listings = String::new();
    let mut functions = String::new();
    let mut arms = String::new();
    for entry in operations {
        let (name, extension) = (&entry.name, &entry.extension);
        let operation = &document["paths"][&entry.path][entry.method.to_ascii_lowercase()];
        let _ = writeln!(arms, "{name:?} => Some({name}(client, call)),");
        let mut arguments = format!("let mut builder = super::{extension}::{name}(client);\n");
        for (setter, kind) in setters.get(name).into_iter().flatten() {
            let _ = writeln!(
                arguments,
                "if let Some(value) = call.argument::<{kind}>({:?}) {{\
                 builder = builder.{setter}(value);\n}}",
                wire_name(operation, setter)
            );
        }
        let finish = if entry.answer == Answer::Bytes {
            "bytes"
        } else {
            "json"
        };
        let _ = writeln!(
            functions,
            "fn {name}<'a, C: crate::inspect::Call<'a>>(client: &'a Client, call: C) \
             -> C::Outcome {{\n{arguments}call.{finish}(Box::pin(builder.send()))\n}}"
        );
        let key = paging::key(&entry.method, &entry.path);
        if pagination.listings.contains_key(&key) {
            let _ = writeln!(
                listings,
                "{name:?} => {{\n{arguments}Some(call.walk(builder))\n}}"
            );
        }
    }
    format!(
        "#[cfg(feature = \"inspect\")]\n#[doc(hidden)]\n#[allow(unused_mut, unused_variables)]\npub mod calls {{\nuse super::Client;\n\
         /// Makes `call` with the method called `name`.\n\
         pub fn call<'a, C: crate::inspect::Call<'a>>(client: &'a Client, name: &str, call: C) \
         -> Option<C::Outcome> {{\nmatch name {{\n{arms}_ => None,\n}}\n}}\n\
         /// Goes through the listing called `name`; `None` if the method of that name is no listing.\n\
         pub fn walk<'a, W: crate::inspect::Walk<'a>>(client: &'a Client, name: &str, call: W) \
         -> Option<W::Outcome> {{\nmatch name {{\n{listings}_ => None,\n}}\n}}\n{functions}}}\n"
    )
}

/// The published name of the parameter that `setter` sets; `body` is the request's body.
fn wire_name<'a>(operation: &'a Value, setter: &'a str) -> &'a str {
    let plain = |name: &str| {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_lowercase()
    };
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .filter_map(|parameter| parameter["name"].as_str())
        .find(|name| plain(name) == plain(without_suffix(setter)))
        .unwrap_or(setter)
}

/// The setters of all builders, by the names of their operations' methods.
fn setters(tokens: TokenStream) -> BTreeMap<String, Setters> {
    let mut found = BTreeMap::new();
    let Some(builders) = module(tokens, "builder") else {
        return found;
    };
    // `impl<'a> Name<'a> { … }`: the braces that come after an `impl`.
    let mut implementation = false;
    for token in builders {
        match token {
            TokenTree::Ident(word) if word == "impl" => implementation = true,
            TokenTree::Group(group) if implementation => {
                implementation = false;
                if let Some(operation) = operation_of(group.stream()) {
                    found.insert(operation, setters_of(group.stream()));
                }
            }
            _ => {}
        }
    }
    found
}

/// What is in the module called `name`.
fn module(tokens: TokenStream, name: &str) -> Option<TokenStream> {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        if matches!(&token, TokenTree::Ident(word) if word == "mod")
            && matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == name)
            && let Some(TokenTree::Group(group)) = tokens.next()
        {
            return Some(group.stream());
        }
    }
    None
}

/// The operation that a builder names when it sends: `operation(super::OPERATIONS, "name")`.
fn operation_of(tokens: TokenStream) -> Option<String> {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "OPERATIONS" => {
                tokens.next();
                let literal = tokens.next()?.to_string();
                return Some(literal.trim_matches('"').to_owned());
            }
            TokenTree::Group(group) => {
                if let Some(operation) = operation_of(group.stream()) {
                    return Some(operation);
                }
            }
            _ => {}
        }
    }
    None
}

/// `pub fn name<V>(mut self, value: V) -> Self where V: TryInto<Type>, { … }`: each name and type.
fn setters_of(tokens: TokenStream) -> Setters {
    let mut setters = Setters::new();
    let mut name = None;
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        let TokenTree::Ident(word) = token else {
            continue;
        };
        if word == "fn" {
            name = tokens.next().map(|name| name.to_string());
        } else if word == "TryInto"
            && let Some(name) = name.take()
        {
            setters.push((name, angled(&mut tokens)));
        }
    }
    setters
}

/// What is between `<` and the `>` that closes it.
fn angled(tokens: &mut impl Iterator<Item = TokenTree>) -> String {
    let mut inside = TokenStream::new();
    let mut depth = 0;
    for token in tokens {
        match &token {
            TokenTree::Punct(mark) if mark.as_char() == '<' => depth += 1,
            TokenTree::Punct(mark) if mark.as_char() == '>' => depth -= 1,
            _ => {}
        }
        match depth {
            0 => break,
            1 if inside.is_empty()
                && matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '<') => {}
            _ => inside.extend([token]),
        }
    }
    inside.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setters_are_found_with_their_types() {
        let tokens: TokenStream = "mod builder { pub struct Get<'a> { x: &'a u8 }
             impl<'a> Get<'a> {
                 pub fn new(x: &'a u8) -> Self { Self { x } }
                 pub fn type_<V>(mut self, value: V) -> Self where V: std::convert::TryInto<Vec<Map<A, B>>>, { self }
                 pub fn id<V>(mut self, value: V) -> Self where V: std::convert::TryInto<i64>, { self }
                 pub async fn send(self) -> Result<(), Error<()>> {
                     let operation = const { crate::seam::operation(super::OPERATIONS, \"get_it\") };
                 }
             } }"
        .parse()
        .expect("tokens");
        let setters = setters(tokens);
        let of: Vec<(&str, String)> = setters["get_it"]
            .iter()
            .map(|(name, kind)| (name.as_str(), kind.replace(' ', "")))
            .collect();
        assert_eq!(
            of,
            [
                ("type_", "Vec<Map<A,B>>".to_owned()),
                ("id", "i64".to_owned())
            ]
        );
    }

    #[test]
    fn arguments_have_their_published_names() {
        let operation =
            serde_json::json!({"parameters": [{"name": "x-prisma-tenant-id"}, {"name": "type"}]});
        for (setter, wire) in [
            ("x_prisma_tenant_id", "x-prisma-tenant-id"),
            ("type_", "type"),
            ("body", "body"),
        ] {
            assert_eq!(wire_name(&operation, setter), wire);
        }
    }
}
