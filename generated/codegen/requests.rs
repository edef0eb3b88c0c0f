//! Takes out of the generated calls what each of them would do in vain: parse the base URL again, send a header that no
//! service knows, look up its operation by name, copy the headers of the answer.
//!
//! What the generator writes for every call, and what becomes of it:
//!
//! ```text
//! let url = format!("{}/policy/{}", client.baseurl, ..);   client.inner.url(&client.baseurl, format_args!("/policy/{}", ..)).map_err(..)?
//! encode_path(&id.to_string())                             crate::support::argument("id", &id.to_string())?
//! let mut header_map = HeaderMap::with_capacity(1usize);   gone, if the header below is all it holds
//! header_map.append("api-version", ..);                    gone
//! client.client.get(url).headers(header_map)               crate::support::Outgoing::new(Method::GET, url)
//! let info = OperationInfo { operation_id: "get_policy" }; gone
//! client.pre(&mut request, &info).await?;                  gone
//! let result = client.exec(request, &info).await;          let result = client.inner.exchange(.., const { operation }).await;
//! client.post(&result, &info).await?;                      gone
//! ResponseValue::from_response(response).await             crate::support::decoded(crate::support::answered(response).await?)
//! ```
//!
//! A variable of the generator's own gets an underscore in front where a parameter has its name: `_url`, `_client`.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};

use super::CodegenError;
use super::parameters::Renamed;
use super::session_values;

/// Edits the calls in `builders`, the generated module of that name.
///
/// `describe` says of a builder which document, operation and parameters it is of; `renamed` holds the parameters whose
/// published names are put back.
///
/// # Errors
/// A call that the generator has written in another way, with what `describe` says of it.
pub fn lean(
    builders: TokenStream,
    renamed: &Renamed,
    describe: impl Fn(&str) -> String,
) -> Result<TokenStream, CodegenError> {
    let mut edited = Vec::new();
    // The words since the last braces: `impl < 'a > Name < 'a >`.
    let mut words: Vec<String> = Vec::new();
    for token in builders {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let name = implemented(&words).unwrap_or_default();
                words.clear();
                edited.push(if is_call(&group) {
                    let mut call = Call::of(renamed.get(&name));
                    let stream = call.edit(group.stream());
                    call.check(&stream).map_err(|what| {
                        CodegenError::new(format!(
                            "{}: the generator writes {what} in a way that \
                             generated/codegen/requests.rs does not know",
                            describe(&name)
                        ))
                    })?;
                    TokenTree::Group(Group::new(Delimiter::Brace, stream))
                } else {
                    TokenTree::Group(group)
                });
            }
            token => {
                words.push(token.to_string());
                edited.push(token);
            }
        }
    }
    Ok(edited.into_iter().collect())
}

/// The type that an `impl` at the end of `words` is of: the first word that is neither a mark nor a lifetime.
fn implemented(words: &[String]) -> Option<String> {
    let begin = words.iter().rposition(|word| word == "impl")? + 1;
    let mut before = "";
    words[begin..].iter().find_map(|word| {
        let is_name = word.starts_with(char::is_alphabetic) && before != "'";
        before = word;
        is_name.then(|| word.clone())
    })
}

/// Whether the methods in `group` send something.
fn is_call(group: &Group) -> bool {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    tokens
        .windows(3)
        .any(|three| is(&three[0], "async") && is(&three[1], "fn") && is(&three[2], "send"))
}

/// What was edited in one call.
#[derive(Default)]
struct Call<'a> {
    renamed: &'a [(String, String)],
    urls: usize,
    versions: usize,
    requests: usize,
    exchanges: usize,
    /// Whether the map of headers is left out.
    map_is_gone: bool,
    /// An argument of the path that is written otherwise.
    odd_argument: Option<String>,
}

impl<'a> Call<'a> {
    fn of(renamed: Option<&'a Vec<(String, String)>>) -> Self {
        Self {
            renamed: renamed.map(Vec::as_slice).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The part of a call that is not as it was, if there is one.
    fn check(&self, edited: &TokenStream) -> Result<(), String> {
        if let Some(argument) = &self.odd_argument {
            return Err(format!("the argument `{argument}` of the path"));
        }
        for (edits, what) in [
            (self.urls, "the URL"),
            (self.versions, "the version of the document"),
            (self.requests, "the request"),
            (self.exchanges, "the exchange"),
        ] {
            if edits != 1 {
                return Err(what.to_owned());
            }
        }
        if holds_reading(edited) {
            return Err("the reading of the answer".to_owned());
        }
        Ok(())
    }

    fn edit(&mut self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut edited = Vec::with_capacity(tokens.len());
        let mut rest = &tokens[..];
        while let Some((first, after)) = rest.split_first() {
            if let Some((url, after)) = self.url(rest) {
                self.urls += 1;
                edited.extend(url);
                rest = after;
            } else if let Some((statement, after)) =
                statement(rest, &["let", "mut", "header_map", "="])
            {
                self.map_is_gone = ends_with_one(statement);
                if !self.map_is_gone {
                    edited.extend(statement.iter().cloned());
                }
                rest = after;
            } else if let Some(after) = version(rest) {
                self.versions += 1;
                rest = after;
            } else if let Some(after) = self
                .map_is_gone
                .then(|| after_words(rest, &[".", "headers"]))
                .flatten()
            {
                rest = &after[1..];
            } else if let Some((outgoing, after)) = outgoing(rest) {
                self.requests += 1;
                edited.extend(outgoing);
                rest = after;
            } else if let Some((exchange, after)) = exchange(rest) {
                self.exchanges += 1;
                edited.extend(exchange);
                rest = after;
            } else if let Some((answer, after)) = answer(rest) {
                edited.extend(answer);
                rest = after;
            } else {
                edited.push(match first {
                    TokenTree::Group(group) => self.nested(group),
                    TokenTree::Literal(literal) => self.published(literal),
                    token => token.clone(),
                });
                rest = after;
            }
        }
        edited.into_iter().collect()
    }

    fn nested(&mut self, group: &Group) -> TokenTree {
        let mut copy = Group::new(group.delimiter(), self.edit(group.stream()));
        copy.set_span(group.span());
        TokenTree::Group(copy)
    }

    /// The name of a parameter, as it is published.
    fn published(&self, literal: &Literal) -> TokenTree {
        let text = literal.to_string();
        let mut renamed = self.renamed.iter();
        TokenTree::Literal(
            match renamed.find(|(name, _)| text == format!("{name:?}")) {
                Some((_, published)) => Literal::string(published),
                None => literal.clone(),
            },
        )
    }

    /// `let url = format!("{}<path>", client.baseurl, <arguments>);` in its new form, and what follows.
    fn url<'t>(&mut self, tokens: &'t [TokenTree]) -> Option<(TokenStream, &'t [TokenTree])> {
        let after = after_words(tokens, &["let"])?;
        let (url, after) = variable(after, "url")?;
        let after = after_words(after, &["=", "format", "!"])?;
        let (TokenTree::Group(group), after) = after.split_first()? else {
            return None;
        };
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        let (TokenTree::Literal(template), rest) = inner.split_first()? else {
            return None;
        };
        let path = template.to_string().strip_prefix("\"{}/")?.to_owned();
        let (client, rest) = variable(after_words(rest, &[","])?, "client")?;
        let rest = after_words(rest, &[".", "baseurl", ","])?;
        let mut arguments = String::new();
        for argument in rest.split(|token| is(token, ",")) {
            if argument.is_empty() {
                continue;
            }
            let Some(name) = argument_name(argument) else {
                let tokens: TokenStream = argument.iter().cloned().collect();
                self.odd_argument = Some(tokens.to_string());
                return None;
            };
            let function = if session_values::FIELDS.contains(&name.as_str()) {
                "argument_of_session"
            } else {
                "argument"
            };
            arguments.push_str(&format!(
                "crate::support::{function}(\"{name}\", &{name}.to_string())?,"
            ));
        }
        Some((
            parsed(&format!(
                "let {url} = {client}.inner.url(&{client}.baseurl, format_args!(\"/{path}, {arguments})).map_err(Error::InvalidRequest)?"
            )),
            after,
        ))
    }
}

/// The parameter in `encode_path(&id.to_string())`.
fn argument_name(argument: &[TokenTree]) -> Option<String> {
    let after = after_words(argument, &["encode_path"])?;
    let [TokenTree::Group(group)] = after else {
        return None;
    };
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    let (TokenTree::Ident(name), rest) = after_words(&inner, &["&"])?.split_first()? else {
        return None;
    };
    let rest = after_words(rest, &[".", "to_string"])?;
    let empty = matches!(rest, [TokenTree::Group(group)] if group.stream().is_empty());
    empty.then(|| name.to_string())
}

/// What follows `header_map.append(::reqwest::header::HeaderName::from_static("api-version"), ..);`: the version of the
/// document, which the generator sends with each call. Headers of the operation begin with their names.
fn version(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let after = after_words(tokens, &["header_map", ".", "append"])?;
    let (TokenTree::Group(group), after) = after.split_first()? else {
        return None;
    };
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    after_words(&inner, &[":", ":", "reqwest"])?;
    after_words(after, &[";"])
}

/// `client.client.get(url)` in its new form, and what follows: reqwest's builder hands the whole request on from method to
/// method.
fn outgoing(tokens: &[TokenTree]) -> Option<(TokenStream, &[TokenTree])> {
    let (_, after) = variable(tokens, "client")?;
    let after = after_words(after, &[".", "client", "."])?;
    let (TokenTree::Ident(method), after) = after.split_first()? else {
        return None;
    };
    let (TokenTree::Group(group), after) = after.split_first()? else {
        return None;
    };
    let url = only_variable(group, "url")?;
    let method = method.to_string().to_uppercase();
    Some((
        parsed(&format!(
            "crate::support::Outgoing::new(::reqwest::Method::{method}, {url})"
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
    let (client, rest) = variable(after, "client")?;
    after_words(rest, &[".", "pre"])?;
    let (_, after) = statement(after, &[])?;
    let (result, rest) = variable(after_words(after, &["let"])?, "result")?;
    let rest = after_words(rest, &["=", &client, ".", "exec"])?;
    let TokenTree::Group(arguments) = rest.first()? else {
        return None;
    };
    let arguments: Vec<TokenTree> = arguments.stream().into_iter().collect();
    let (request, _) = variable(&arguments, "request")?;
    let (_, after) = statement(after, &[])?;
    let (_, after) = statement(after, &[&client, ".", "post"])?;
    Some((
        parsed(&format!(
            "let {result} = {client}.inner.exchange(&{client}.client, {request}, \
             const {{ crate::seam::operation(super::OPERATIONS, {name}) }}).await;"
        )),
        after,
    ))
}

/// `ResponseValue::from_response(response).await` in its new form, and what follows.
fn answer(tokens: &[TokenTree]) -> Option<(TokenStream, &[TokenTree])> {
    let after = after_words(tokens, &FROM_RESPONSE)?;
    let (TokenTree::Group(group), after) = after.split_first()? else {
        return None;
    };
    let response = only_variable(group, "response")?;
    let after = after_words(after, &[".", "await"])?;
    Some((
        parsed(&format!(
            "crate::support::decoded(crate::support::answered({response}).await?)"
        )),
        after,
    ))
}

const FROM_RESPONSE: [&str; 4] = ["ResponseValue", ":", ":", "from_response"];

/// Whether an answer is read as the generator does it.
fn holds_reading(tokens: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    // The last two words: a path in front of them changes nothing.
    let words = &FROM_RESPONSE[2..];
    (0..tokens.len()).any(|at| after_words(&tokens[at..], words).is_some())
        || tokens
            .iter()
            .any(|token| matches!(token, TokenTree::Group(group) if holds_reading(&group.stream())))
}

/// The generator's variable `name` at the beginning of `tokens`, with the underscores that tell it from parameters, and
/// what follows.
fn variable<'a>(tokens: &'a [TokenTree], name: &str) -> Option<(String, &'a [TokenTree])> {
    let (TokenTree::Ident(ident), after) = tokens.split_first()? else {
        return None;
    };
    let ident = ident.to_string();
    (ident.trim_start_matches('_') == name).then_some((ident, after))
}

/// The variable `name`, if nothing else is in `group`.
fn only_variable(group: &Group, name: &str) -> Option<String> {
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    let (found, after) = variable(&inner, name)?;
    after.is_empty().then_some(found)
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

    fn leaned(code: &str) -> Result<TokenStream, CodegenError> {
        lean(tokens(code), &Renamed::new(), |name| {
            format!("cspm: {name}")
        })
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
             let url = client.inner.url(&client.baseurl, format_args!(\"/policy/{}/x\", crate::support::argument(\"id\", &id.to_string())?,)).map_err(Error::InvalidRequest)?; \
             let mut request = crate::support::Outgoing::new(::reqwest::Method::GET, url).build()?; \
             let result = client.inner.exchange(&client.client, request, \
             const { crate::seam::operation(super::OPERATIONS, \"get_policy\") }).await; \
             let response = result?; \
             match response.status() { 200 => crate::support::decoded(crate::support::answered(response).await?), _ => x } } }";
        let edited = leaned(&call("1usize", "")).unwrap();
        assert_eq!(without_spaces(&edited), without_spaces(&tokens(expected)));
    }

    #[test]
    fn headers_of_the_operation_stay() {
        let code = leaned(&call(
            "2usize",
            "header_map.append(\"x-tenant\", tenant.to_string().try_into()?);",
        ))
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
    fn a_header_that_is_called_as_the_version_stays() {
        let header = "header_map.append(\"api-version\", api_version.to_string().try_into()?);";
        let code = leaned(&call("2usize", header)).unwrap();
        let code = without_spaces(&code);
        assert_eq!(code.matches("api-version").count(), 1, "{code}");
        assert!(code.contains(&without_spaces(&tokens(header))), "{code}");
    }

    #[test]
    fn a_generator_that_writes_otherwise_is_noticed() {
        for (from, to, part) in [
            ("let url =", "let address =", "the URL"),
            ("header_map", "headers_to_send", "the version"),
            (
                "ResponseValue::",
                "progenitor_client::Answer::",
                "the answer",
            ),
            ("client.post(", "client.after(", "the exchange"),
            ("client.get(url)", "client.get(address)", "the request"),
            ("encode_path(&id", "encode(&id", "encode (& id"),
        ] {
            let other = call("1usize", "").replace(from, to);
            let refused = leaned(&other).unwrap_err().to_string();
            for told in ["cspm: X", "requests.rs", part] {
                assert!(refused.contains(told), "{to}: {told}: {refused}");
            }
        }
    }
}
