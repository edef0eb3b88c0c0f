//! Tokens as one line of text, much as a person would write them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Meta};

/// The text of `tokens`.
pub fn of(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    // A comma before the end of a list is a matter of layout.
    text.trim()
        .trim_end_matches(',')
        .replace(", >", ">")
        .replace("  ", " ")
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        // Documentation is an attribute too, and no part of the API.
        if let (TokenTree::Punct(sign), Some(TokenTree::Group(next))) = (&token, tokens.peek())
            && sign.as_char() == '#'
            && next.stream().to_string().starts_with("doc =")
        {
            tokens.next();
            continue;
        }
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                if group.delimiter() == Delimiter::Brace {
                    space(text);
                }
                text.push_str(open);
                let mut inner = String::new();
                write(group.stream(), &mut inner);
                text.push_str(inner.trim().trim_end_matches(','));
                text.push_str(close);
            }
            TokenTree::Punct(sign) => punctuation(sign.as_char(), text),
            word => {
                let ends_word = text
                    .chars()
                    .next_back()
                    .is_some_and(|c| c.is_alphanumeric() || "_)>]\"}".contains(c));
                if ends_word {
                    space(text);
                }
                text.push_str(&word.to_string());
            }
        }
    }
}

fn punctuation(sign: char, text: &mut String) {
    match sign {
        ',' | ';' => {
            text.push(sign);
            text.push(' ');
        }
        // A path separator has no spaces, an annotation has one.
        ':' => {
            if text.ends_with(": ") {
                text.pop();
                text.push(':');
            } else {
                text.push_str(": ");
            }
        }
        '>' if text.ends_with(" - ") => {
            text.truncate(text.len() - 1);
            text.push_str("> ");
        }
        '-' | '=' | '+' => {
            space(text);
            text.push(sign);
            text.push(' ');
        }
        '&' | '\'' | '#' | '*' => {
            let ends_word = text
                .chars()
                .next_back()
                .is_some_and(|c| c.is_alphanumeric());
            if ends_word {
                space(text);
            }
            text.push(sign);
        }
        sign => text.push(sign),
    }
}

fn space(text: &mut String) {
    if !text.is_empty() && !text.ends_with([' ', '(', '<', '&', '[']) {
        text.push(' ');
    }
}

/// The attributes that users of an item depend on.
pub fn attributes(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        let shown = match &attribute.meta {
            Meta::List(list) => list.path.is_ident("derive") || list.path.is_ident("cfg"),
            Meta::Path(path) => path.is_ident("non_exhaustive"),
            Meta::NameValue(_) => false,
        };
        if shown {
            text.push_str(&format!("#[{}] ", of(&attribute.meta)));
        }
    }
    text
}
