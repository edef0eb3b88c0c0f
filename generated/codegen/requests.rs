//! Takes out of the generated calls what each of them would do in vain: parse the base URL again, send a header that no
//! service knows, look up its operation by name, copy the headers of the answer.
//!
//! What the generator writes for every call, and what becomes of it:
//!
//! ```text
//! let url = format!("{}/policy/{}", client.baseurl, ..);   client.inner.url(&client.baseurl, format_args!("/policy/{}", ..)).map_err(..)?
//! let mut header_map = HeaderMap::with_capacity(1usize);   gone, if the header below is all it holds
//! header_map.append("api-version", ..);                    gone
//! client.client.get(url).headers(header_map)               crate::support::Outgoing::new(Method::GET, url)
//! let info = OperationInfo { operation_id: "get_policy" }; gone
//! client.pre(&mut request, &info).await?;                  gone
//! let result = client.exec(request, &info).await;          let result = client.inner.exchange(.., const { operation }).await;
//! client.post(&result, &info).await?;                      gone
//! ResponseValue::from_response(response).await             crate::support::decoded(crate::support::answered(response).await?)
//! ```

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::CodegenError;

/// The version of the document, which the generator sends with each call.
const VERSION: &str = "\"api-version\"";

/// Edits the calls in `builders`, the generated module of that name.
///
/// # Errors
/// A call that the generator has written in another way, so that something of the above is left.
pub fn lean(builders: TokenStream) -> Result<TokenStream, CodegenError> {
    let edited = edit(builders);
    let left = edited.to_string();
    for sign in [
        VERSION,
        "from_response (",
        "\"{}/",
        "& info",
        "client . client .",
    ] {
        if let Some(at) = left.find(sign) {
            let around: String = left[at..].chars().take(120).collect();
            return Err(CodegenError::new(format!(
                "the generator writes calls in a way that generated/codegen/requests.rs does not know: {around}"
            )));
        }
    }
    Ok(edited)
}

fn edit(tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut edited = Vec::with_capacity(tokens.len());
    let mut map_is_gone = false;
    let mut rest = &tokens[..];
    while let Some((first, after)) = rest.split_first() {
        if let Some((url, after)) = url(rest) {
            edited.extend(url);
            rest = after;
        } else if let Some((statement, after)) = statement(rest, &["let", "mut", "header_map", "="])
        {
            map_is_gone = ends_with_one(statement);
            if !map_is_gone {
                edited.extend(statement.iter().cloned());
            }
            rest = after;
        } else if let Some((statement, after)) = statement(rest, &["header_map", ".", "append"]) {
            if !mentions(statement, VERSION) {
                edited.extend(statement.iter().cloned());
            }
            rest = after;
        } else if let Some(after) = map_is_gone
            .then(|| after_words(rest, &[".", "headers"]))
            .flatten()
        {
            rest = &after[1..];
        } else if let Some((outgoing, after)) = outgoing(rest) {
            edited.extend(outgoing);
            rest = after;
        } else if let Some((exchange, after)) = exchange(rest) {
            edited.extend(exchange);
            rest = after;
        } else if let Some(after) = answer(rest) {
            edited.extend(parsed(
                "crate::support::decoded(crate::support::answered(response).await?)",
            ));
            rest = after;
        } else {
            edited.push(match first {
                TokenTree::Group(group) => nested(group),
                token => token.clone(),
            });
            rest = after;
        }
    }
    edited.into_iter().collect()
}

fn nested(group: &Group) -> TokenTree {
    let mut copy = Group::new(group.delimiter(), edit(group.stream()));
    copy.set_span(group.span());
    TokenTree::Group(copy)
}

/// `let url = format!("{}<path>", client.baseurl, <arguments>)`, in its new form, and what follows.
fn url(tokens: &[TokenTree]) -> Option<(TokenStream, &[TokenTree])> {
    let after = after_words(tokens, &["let", "url", "=", "format", "!"])?;
    let (TokenTree::Group(group), after) = after.split_first()? else {
        return None;
    };
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    let (TokenTree::Literal(template), arguments) = inner.split_first()? else {
        return None;
    };
    let path = template.to_string().strip_prefix("\"{}/")?.to_owned();
    let arguments = after_words(arguments, &[",", "client", ".", "baseurl"])?;
    let arguments: TokenStream = arguments.iter().cloned().collect();
    Some((
        parsed(&format!(
            "let url = client.inner.url(&client.baseurl, format_args!(\"/{path} {arguments})).map_err(Error::InvalidRequest)?"
        )),
        after,
    ))
}

/// `client.client.get(url)` in its new form, and what follows: reqwest's builder hands the whole request on from method to
/// method.
fn outgoing(tokens: &[TokenTree]) -> Option<(TokenStream, &[TokenTree])> {
    let after = after_words(tokens, &["client", ".", "client", "."])?;
    let (TokenTree::Ident(method), after) = after.split_first()? else {
        return None;
    };
    let (argument, after) = after.split_first()?;
    (argument.to_string() == "(url)").then_some(())?;
    let method = method.to_string().to_uppercase();
    Some((
        parsed(&format!(
            "crate::support::Outgoing::new(::reqwest::Method::{method}, url)"
        )),
        after,
    ))
}

/// The four statements from `let info = OperationInfo { .. }` to `client.post(..)`, in their new form, and what follows.
///
/// The operation is found while the call is compiled, and a call without an entry in the table does not compile.
fn exchange(tokens: &[TokenTree]) -> Option<(TokenStream, &[TokenTree])> {
    let (info, after) = statement(tokens, &["let", "info", "=", "OperationInfo"])?;
    let name = info.iter().find_map(|token| match token {
        TokenTree::Group(group) => group.stream().into_iter().find_map(|token| match token {
            TokenTree::Literal(name) => Some(name.to_string()),
            _ => None,
        }),
        _ => None,
    })?;
    let (_, after) = statement(after, &["client", ".", "pre"])?;
    let (_, after) = statement(after, &["let", "result", "=", "client", ".", "exec"])?;
    let (_, after) = statement(after, &["client", ".", "post"])?;
    Some((
        parsed(&format!(
            "let result = client.inner.exchange(&client.client, request, \
             const {{ crate::seam::operation(super::OPERATIONS, {name}) }}).await;"
        )),
        after,
    ))
}

/// What follows `ResponseValue::from_response(response).await`.
fn answer(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let after = after_words(tokens, &["ResponseValue", ":", ":", "from_response"])?;
    let (argument, after) = after.split_first()?;
    (argument.to_string() == "(response)").then_some(())?;
    after_words(after, &[".", "await"])
}

/// The statement up to its semicolon, if it begins with `words`, and what follows.
fn statement<'a>(
    tokens: &'a [TokenTree],
    words: &[&str],
) -> Option<(&'a [TokenTree], &'a [TokenTree])> {
    after_words(tokens, words)?;
    let end = tokens.iter().position(|token| is(token, ";"))?;
    Some(tokens.split_at(end + 1))
}

/// What follows `words`, if `tokens` begin with them.
fn after_words<'a>(tokens: &'a [TokenTree], words: &[&str]) -> Option<&'a [TokenTree]> {
    let begin = tokens.get(..words.len())?;
    let same = begin.iter().zip(words).all(|(token, word)| is(token, word));
    same.then(|| &tokens[words.len()..])
}

fn is(token: &TokenTree, word: &str) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Punct(punct) => word.chars().eq([punct.as_char()]),
        _ => false,
    }
}

/// `..with_capacity(1usize);`
fn ends_with_one(statement: &[TokenTree]) -> bool {
    let group = statement.iter().rev().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group),
        _ => None,
    });
    group.is_some_and(|group| group.stream().to_string() == "1usize")
}

fn mentions(statement: &[TokenTree], literal: &str) -> bool {
    statement
        .iter()
        .any(|token| token.to_string().contains(literal))
}

fn parsed(code: &str) -> TokenStream {
    code.parse().expect("an expression is tokens")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(code: &str) -> TokenStream {
        code.parse().unwrap()
    }

    /// Where tokens are set apart depends on how they came about.
    fn without_spaces(tokens: &TokenStream) -> String {
        tokens.to_string().split_whitespace().collect()
    }

    /// A call as the generator writes it, with `headers` before it is sent and a map of `room`.
    fn call(room: &str, headers: &str) -> String {
        format!(
            "impl X {{ async fn send(self) {{ let Self {{ client, id }} = self; \
             let url = format!(\"{{}}/policy/{{}}/x\", client.baseurl, encode_path(&id.to_string()),); \
             let mut header_map = ::reqwest::header::HeaderMap::with_capacity({room}); \
             header_map.append(::reqwest::header::HeaderName::from_static(\"api-version\"), \
             ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),); {headers} \
             let mut request = client.client.get(url).headers(header_map).build()?; \
             let info = OperationInfo {{ operation_id: \"get_policy\", }}; \
             client.pre(&mut request, &info).await?; \
             let result = client.exec(request, &info).await; \
             client.post(&result, &info).await?; \
             let response = result?; \
             match response.status() {{ 200 => ResponseValue::from_response(response).await, _ => x }} }} }}"
        )
    }

    #[test]
    fn a_call_without_headers_needs_no_map() {
        let expected = "impl X { async fn send(self) { let Self { client, id } = self; \
             let url = client.inner.url(&client.baseurl, format_args!(\"/policy/{}/x\", encode_path(&id.to_string()),)).map_err(Error::InvalidRequest)?; \
             let mut request = crate::support::Outgoing::new(::reqwest::Method::GET, url).build()?; \
             let result = client.inner.exchange(&client.client, request, \
             const { crate::seam::operation(super::OPERATIONS, \"get_policy\") }).await; \
             let response = result?; \
             match response.status() { 200 => crate::support::decoded(crate::support::answered(response).await?), _ => x } } }";
        let edited = lean(tokens(&call("1usize", ""))).unwrap();
        assert_eq!(without_spaces(&edited), without_spaces(&tokens(expected)));
    }

    #[test]
    fn headers_of_the_operation_stay() {
        let code = lean(tokens(&call(
            "2usize",
            "header_map.append(\"x-tenant\", tenant.to_string().try_into()?);",
        )))
        .unwrap()
        .to_string();
        for kept in [
            "with_capacity (2usize)",
            "append (\"x-tenant\"",
            ". headers (header_map)",
        ] {
            assert!(code.contains(kept), "{kept}: {code}");
        }
        assert!(!code.contains("api-version"), "{code}");
    }

    #[test]
    fn a_generator_that_writes_otherwise_is_noticed() {
        for (from, to) in [
            ("let url =", "let address ="),
            ("header_map", "headers_to_send"),
            ("ResponseValue::", "progenitor_client::Answer::"),
            ("client.post(", "client.after("),
            ("client.get(url)", "client.get(address)"),
        ] {
            let other = call("1usize", "").replace(from, to);
            let refused = lean(tokens(&other)).unwrap_err().to_string();
            assert!(refused.contains("requests.rs"), "{to}: {refused}");
        }
    }
}
