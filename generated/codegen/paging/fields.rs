//! The fields of the builders that progenitor wrote, read from its tokens.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The names of the fields of each struct in `tokens`, in order.
pub fn of_structs(tokens: TokenStream) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        if !matches!(&token, TokenTree::Ident(word) if word == "struct") {
            continue;
        }
        let Some(TokenTree::Ident(name)) = tokens.next() else {
            continue;
        };
        let body = tokens.by_ref().find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                Some(group.stream())
            }
            _ => None,
        });
        if let Some(body) = body {
            found.insert(name.to_string(), names(body));
        }
    }
    found
}

/// A field's name is the last word before the first single colon; commas between angle brackets end no field.
fn names(body: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut word = None;
    let mut in_type = false;
    for token in body {
        match token {
            TokenTree::Ident(ident) if !in_type => word = Some(ident.to_string()),
            TokenTree::Punct(punct) => match punct.as_char() {
                ':' if !in_type => {
                    names.extend(word.take());
                    in_type = true;
                }
                '<' => depth += 1,
                '>' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => in_type = false,
                _ => {}
            },
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_their_types() {
        let tokens = "#[derive(Clone)] pub struct One<'a> { client: &'a super::Client, \
                      r#type: Result<Option<::std::string::String>, String>, \
                      body: Result<A<B<C>, D>, E> } impl<'a> One<'a> { fn x(x: u8) {} } struct Two { a: u8 }";
        let found = of_structs(tokens.parse().unwrap());
        assert_eq!(found["One"], ["client", "r#type", "body"]);
        assert_eq!(found["Two"], ["a"]);
    }
}
