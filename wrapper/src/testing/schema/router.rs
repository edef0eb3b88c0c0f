//! Which operation a path means.

use std::collections::HashMap;
use std::sync::LazyLock;

use http::Method;

use super::documents::{Operation, operations};

static ROOT: LazyLock<Node> = LazyLock::new(|| {
    let mut root = Node::default();
    for operation in operations() {
        root.add(operation);
    }
    root
});

/// What the templates say that begin with the same segments.
#[derive(Default)]
struct Node {
    literals: HashMap<&'static str, Node>,
    /// Any segment. Templates that differ only in a parameter's name meet here.
    parameter: Option<Box<Node>>,
    operations: Vec<&'static Operation>,
}

/// What became of the search.
#[derive(Debug)]
pub(crate) enum Found {
    /// The operation and its path parameters, decoded.
    Operation(&'static Operation, Vec<(&'static str, String)>),
    /// The path is known, with other methods.
    OtherMethods(Vec<&'static Method>),
    /// Nothing has this path.
    Nothing,
}

/// The operation of a method and a path.
pub(crate) fn find(method: &Method, path: &str) -> Found {
    let Some(path) = path.strip_prefix('/') else {
        return Found::Nothing;
    };
    let segments: Vec<&str> = path.split('/').collect();
    let mut others = Vec::new();
    match ROOT.find(&segments, method, &mut others) {
        Some(operation) => Found::Operation(operation, parameters(operation, &segments)),
        None if others.is_empty() => Found::Nothing,
        None => Found::OtherMethods(others),
    }
}

impl Node {
    fn add(&mut self, operation: &'static Operation) {
        let mut node = self;
        for segment in operation.path().trim_start_matches('/').split('/') {
            node = match name(segment) {
                Some(_) => node.parameter.get_or_insert_default(),
                None => node.literals.entry(segment).or_default(),
            };
        }
        node.operations.push(operation);
    }

    /// A literal segment wins over a parameter, as long as the rest of the path fits.
    fn find(
        &self,
        segments: &[&str],
        method: &Method,
        others: &mut Vec<&'static Method>,
    ) -> Option<&'static Operation> {
        let Some((first, rest)) = segments.split_first() else {
            let known = self
                .operations
                .iter()
                .find(|known| known.method() == method);
            if known.is_none() {
                others.extend(self.operations.iter().map(|known| known.method()));
            }
            return known.copied();
        };
        let literal = self.literals.get(first);
        literal
            .and_then(|node| node.find(rest, method, others))
            .or_else(|| {
                let node = self.parameter.as_ref().filter(|_| !first.is_empty())?;
                node.find(rest, method, others)
            })
    }
}

/// The name of a parameter's segment.
fn name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn parameters(operation: &'static Operation, segments: &[&str]) -> Vec<(&'static str, String)> {
    let template = operation.path().trim_start_matches('/').split('/');
    template
        .zip(segments)
        .filter_map(|(part, segment)| Some((name(part)?, decoded(segment))))
        .collect()
}

/// Without percent signs.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut left = segment.as_bytes();
    while let Some((byte, rest)) = left.split_first() {
        let digits = rest.get(..2).filter(|_| *byte == b'%');
        let value = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(value.unwrap_or(*byte));
        left = if value.is_some() { &rest[2..] } else { rest };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::documents::operation;
    use super::*;

    fn found(method: Method, path: &str) -> String {
        match find(&method, path) {
            Found::Operation(operation, parameters) => {
                format!("{} {parameters:?}", operation.id())
            }
            Found::OtherMethods(others) => format!("{others:?}"),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn literals_win_and_parameters_are_decoded() {
        for (method, path, expected) in [
            (Method::GET, "/alert/P-1", r#"get-alert [("id", "P-1")]"#),
            (Method::GET, "/alert/policy", "get-alerts-grouped []"),
            (
                Method::GET,
                "/policy/a%2Fb%20%C3%BC%",
                r#"get-policy [("id", "a/b ü%")]"#,
            ),
            (Method::PUT, "/v2/alert", "[GET, POST]"),
            (Method::GET, "/alert/", "nothing"),
            (Method::GET, "/nowhere", "nothing"),
            (Method::GET, "*", "nothing"),
        ] {
            assert_eq!(found(method, path), expected, "{path}");
        }
    }

    #[test]
    fn every_operation_is_found_by_its_own_sample() {
        for expected in operations() {
            let path = expected.path().replace('{', "x").replace('}', "");
            let Found::Operation(operation, _) = find(expected.method(), &path) else {
                panic!("{} is not found", expected.key());
            };
            // `POST /policy/{id}`-like siblings of literals are other operations; names of parameters do not matter.
            let shape = |operation: &Operation| {
                let segments = operation.path().split('/');
                segments
                    .map(|part| name(part).map_or(part, |_| ""))
                    .collect::<Vec<_>>()
                    .join("/")
            };
            assert_eq!(shape(operation), shape(expected));
        }
        assert!(operation("get-alert").is_some());
    }
}
