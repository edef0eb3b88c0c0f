//! Has the calls of listings hand out the body of their answer, too, so that items can be read one by one.
//!
//! ```text
//! pub async fn send(self) -> Answer {                pub async fn send(self) -> Answer { Self::read_answer(self.unread().await?) }
//!     ..                                             pub(crate) fn read_answer(answered: Answered) -> Answer { decoded(answered) }
//!     decoded(answered(response).await?)             pub(crate) async fn unread(self) -> Result<Answered, Error<()>> { ..
//! }                                                      answered(response).await }
//! ```

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::super::CodegenError;

/// Edits the builders called `names` in `tokens`, whose calls are lean already.
///
/// # Errors
/// A call that is written in another way.
pub fn split(tokens: TokenStream, names: &BTreeSet<String>) -> Result<TokenStream, CodegenError> {
    let mut left = names.clone();
    let mut before: Vec<String> = Vec::new();
    let mut edited = TokenStream::new();
    for token in tokens {
        let token = match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                // impl < 'a > Name < 'a > { .. }
                let name = match &before[..] {
                    [.., word, _, _, _, _, name, _, _, _, _] if word == "impl" => name.clone(),
                    _ => String::new(),
                };
                before.clear();
                match split_send(group.stream()) {
                    Some(split) if left.remove(&name) => {
                        TokenTree::Group(Group::new(Delimiter::Brace, split))
                    }
                    _ => TokenTree::Group(group),
                }
            }
            token => {
                // A lifetime is an apostrophe and a word.
                before.push(token.to_string());
                token
            }
        };
        edited.extend([token]);
    }
    match left.first() {
        None => Ok(edited),
        Some(name) => Err(CodegenError::new(format!(
            "the call `{name}` is written in a way that generated/codegen/paging/unread.rs does not know"
        ))),
    }
}

/// The methods of a builder, with `send` in two.
fn split_send(methods: TokenStream) -> Option<TokenStream> {
    let tokens: Vec<TokenTree> = methods.into_iter().collect();
    let words = ["pub", "async", "fn", "send", "(self)", "-", ">"];
    let begin = tokens.windows(words.len()).position(|window| {
        window
            .iter()
            .zip(words)
            .all(|(token, word)| token.to_string() == word)
    })?;
    let (before, after) = (&tokens[..begin], &tokens[begin + words.len()..]);
    let body = after.iter().position(
        |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
    )?;
    let answer: TokenStream = after[..body].iter().cloned().collect();
    let TokenTree::Group(code) = &after[body] else {
        return None;
    };
    let code = unread(code.stream())?;
    let methods = format!(
        "pub async fn send(self) -> {answer} {{ Self::read_answer(self.unread().await?) }}\n\
         pub(crate) fn read_answer(answered: crate::support::Answered) -> {answer} {{ crate::support::decoded(answered) }}\n\
         pub(crate) async fn unread(self) -> Result<crate::support::Answered, Error<()>> {{ {code} }}"
    );
    let methods: TokenStream = methods.parse().ok()?;
    Some(
        before
            .iter()
            .cloned()
            .chain(methods)
            .chain(after[body + 1..].iter().cloned())
            .collect(),
    )
}

/// `code` without `crate::support::decoded(..?)` around what it decodes; nothing if that is not in it.
fn unread(code: TokenStream) -> Option<TokenStream> {
    let mut found = false;
    let mut tokens: Vec<TokenTree> = Vec::new();
    for token in code {
        let TokenTree::Group(group) = token else {
            tokens.push(token);
            continue;
        };
        let inner = group.stream();
        let is_decoded = group.delimiter() == Delimiter::Parenthesis
            && tokens
                .last()
                .is_some_and(|word| word.to_string() == "decoded");
        if is_decoded {
            // `crate :: support :: decoded`
            tokens.truncate(tokens.len().checked_sub(7)?);
            let mut inner: Vec<TokenTree> = inner.into_iter().collect();
            (inner.pop()?.to_string() == "?").then_some(())?;
            tokens.extend(inner);
            found = true;
        } else if let Some(edited) = unread(inner) {
            tokens.push(TokenTree::Group(Group::new(group.delimiter(), edited)));
            found = true;
        } else {
            tokens.push(TokenTree::Group(group));
        }
    }
    found.then(|| tokens.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "impl < 'a > GetX < 'a > { pub fn new() -> Self { Self { } } \
        pub async fn send(self) -> Result<ResponseValue<Vec<X>>, Error<()>> { let Self { client } = self; \
        match status { 200..=299 => { crate::support::decoded(crate::support::answered(response).await?) } \
        _ => Err(e) } } }";

    fn edited(code: &str, name: &str) -> Result<String, CodegenError> {
        let names = BTreeSet::from([name.to_owned()]);
        let tokens: TokenStream = code.parse().unwrap();
        Ok(without_spaces(&split(tokens, &names)?.to_string()))
    }

    /// Where tokens are set apart depends on how they came about.
    fn without_spaces(code: &str) -> String {
        code.split_whitespace().collect()
    }

    #[test]
    fn a_call_can_be_read_later() {
        let expected = "impl < 'a > GetX < 'a > { pub fn new() -> Self { Self { } } \
            pub async fn send(self) -> Result<ResponseValue<Vec<X>>, Error<()>> { Self::read_answer(self.unread().await?) } \
            pub(crate) fn read_answer(answered: crate::support::Answered) -> Result<ResponseValue<Vec<X>>, Error<()>> { crate::support::decoded(answered) } \
            pub(crate) async fn unread(self) -> Result<crate::support::Answered, Error<()>> { let Self { client } = self; \
            match status { 200..=299 => { crate::support::answered(response).await } _ => Err(e) } } }";
        assert_eq!(edited(CALL, "GetX").unwrap(), without_spaces(expected));
    }

    #[test]
    fn a_call_that_is_written_otherwise_is_noticed() {
        for (from, to) in [
            ("GetX", "GetY"),
            ("support::decoded", "support::read"),
            ("async fn send", "fn send"),
            (".await?)", ".await)"),
        ] {
            let refused = edited(&CALL.replace(from, to), "GetX")
                .unwrap_err()
                .to_string();
            assert!(refused.contains("`GetX`"), "{to}: {refused}");
        }
    }
}
