//! Has the errors of calls that are not sent name their operation.
//!
//! ```text
//! id.map_err(Error::InvalidRequest)?     id.map_err(crate::support::incomplete(const { operation }))?
//! request.build()?                       request.build().map_err(crate::support::named(const { operation }))?
//! ```

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Functions whose errors are those of incomplete requests already.
const FUNCTIONS: [&str; 3] = ["build", "argument", "argument_of_session"];

/// Edits the calls in `builders`, which are lean already. What sends nothing stays as it is.
pub fn named(builders: TokenStream) -> TokenStream {
    let edited = builders.into_iter().map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            match operation(group.stream()) {
                Some(operation) => grouped(&group, edit(group.stream(), &operation)),
                None => TokenTree::Group(group),
            }
        }
        token => token,
    });
    edited.collect()
}

/// The expression in `tokens` that finds the operation.
fn operation(tokens: TokenStream) -> Option<String> {
    let mut before = Vec::new();
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            let inner = group.stream();
            let is_it = before.last().is_some_and(|word| word == "operation")
                && inner.to_string().contains("OPERATIONS");
            if is_it {
                return Some(format!("const {{ crate::seam::operation({inner}) }}"));
            }
            if let Some(found) = operation(inner) {
                return Some(found);
            }
        }
        before.push(token.to_string());
    }
    None
}

fn edit(tokens: TokenStream, operation: &str) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut edited: Vec<TokenTree> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let words = |from: usize, count: usize| {
            let words = tokens.get(from..from + count)?;
            Some(words.iter().map(ToString::to_string).collect::<String>())
        };
        if words(at, 4).as_deref() == Some("Error::InvalidRequest") {
            edited.extend(parsed(&format!("crate::support::incomplete({operation})")));
            at += 4;
            continue;
        }
        let is_function = at > 0 && FUNCTIONS.contains(&tokens[at - 1].to_string().as_str());
        match token {
            TokenTree::Group(group) => {
                edited.push(grouped(group, edit(group.stream(), operation)));
                if is_function && words(at + 1, 1).as_deref() == Some("?") {
                    edited.extend(parsed(&format!(
                        ".map_err(crate::support::named({operation}))"
                    )));
                }
            }
            token => edited.push(token.clone()),
        }
        at += 1;
    }
    edited.into_iter().collect()
}

fn grouped(group: &Group, stream: TokenStream) -> TokenTree {
    let mut copy = Group::new(group.delimiter(), stream);
    copy.set_span(group.span());
    TokenTree::Group(copy)
}

fn parsed(code: &str) -> TokenStream {
    code.parse().expect("an expression is tokens")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(code: &str) -> String {
        let tokens = named(code.parse().unwrap());
        tokens.to_string().split_whitespace().collect()
    }

    #[test]
    fn every_error_of_a_call_names_its_operation() {
        let call = "impl X { fn id(self) -> Self { self } async fn send(self) { \
             let id = id.map_err(Error::InvalidRequest)?; let url = argument(\"id\", &id)?; \
             if bad { return Err(Error::InvalidRequest(\"bad\".into())); } \
             let mut request = Outgoing::new(M, url).json(&body).build()?; \
             let result = exchange(request, const { crate::seam::operation(super::OPERATIONS, \"x\") }).await; } }";
        let operation = "const{crate::seam::operation(super::OPERATIONS,\"x\")}";
        let edited = edited(call);
        for expected in [
            format!("id.map_err(crate::support::incomplete({operation}))?;"),
            format!("argument(\"id\",&id).map_err(crate::support::named({operation}))?;"),
            format!("Err(crate::support::incomplete({operation})(\"bad\".into()))"),
            format!(".build().map_err(crate::support::named({operation}))?;"),
        ] {
            assert!(edited.contains(&expected), "{expected}: {edited}");
        }
    }

    #[test]
    fn what_sends_nothing_stays() {
        let code = "struct X { a: B } impl X { fn f() { a.map_err(Error::InvalidRequest)?; } }";
        assert_eq!(edited(code), code.split_whitespace().collect::<String>());
    }
}
