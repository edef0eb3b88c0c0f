//! The types that the generator's macros declare: `open_enum!`, `union_of!`, `sent!`, `received!`.
//!
//! Each holds attributes and one `pub enum` or `pub struct` in a syntax of its own; what is listed
//! are its variants and fields, whatever the macro makes of them beyond.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::spelling;

/// A type that a macro declares.
pub struct Declared {
    /// Its name.
    pub name: String,
    /// `enum` or `struct`.
    pub sort: String,
    /// Its variants or fields, as text that follows the name.
    pub members: Vec<String>,
}

/// The type that the macro `of` this name and body declares.
pub fn read(of: &str, body: TokenStream) -> Option<Declared> {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let start = tokens.windows(3).position(|three| {
        matches!(three, [TokenTree::Ident(first), TokenTree::Ident(sort), TokenTree::Ident(_)]
            if first == "pub" && (sort == "enum" || sort == "struct"))
    })?;
    let sort = tokens[start + 1].to_string();
    let name = tokens[start + 2].to_string();
    let TokenTree::Group(group) = tokens.get(start + 3)? else {
        return None;
    };
    if group.delimiter() != Delimiter::Brace {
        return None;
    }
    let mut members = Vec::new();
    // Fields are optional unless the macro says otherwise.
    collect(group.stream(), of == "received", &mut members);
    let sort = format!("{of}! {sort}");
    Some(Declared {
        name,
        sort,
        members,
    })
}

/// Splits at commas, and goes into the parts `required { … }` and `optional { … }`.
fn collect(tokens: TokenStream, optional: bool, members: &mut Vec<String>) {
    let mut current: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match &token {
            TokenTree::Punct(sign) if sign.as_char() == ',' => {
                members.extend(member(&current, optional));
                current.clear();
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let part = current.last().map(ToString::to_string);
                match part.as_deref() {
                    Some(part @ ("required" | "optional")) if current.len() == 1 => {
                        let optional = part == "optional";
                        current.clear();
                        collect(group.stream(), optional, members);
                    }
                    _ => current.push(token),
                }
            }
            _ => current.push(token),
        }
    }
    members.extend(member(&current, optional));
}

/// `"wire" name: Type` as `.name: Type` with the name on the wire, `Variant = "wire"` and
/// `Variant(Type) = shape` as `::Variant…` without what only tells variants apart.
fn member(mut tokens: &[TokenTree], optional: bool) -> Option<String> {
    // What documents it is left out.
    while let [TokenTree::Punct(sign), TokenTree::Group(_), rest @ ..] = tokens
        && sign.as_char() == '#'
    {
        tokens = rest;
    }
    let text = |tokens: &[TokenTree]| spelling::of(tokens.iter().cloned().collect::<TokenStream>());
    let is_equal =
        |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == '=');
    match tokens {
        [] => None,
        [
            TokenTree::Literal(wire),
            TokenTree::Ident(name),
            TokenTree::Punct(_),
            kind @ ..,
        ] => {
            let kind = text(kind);
            let kind = if optional {
                format!("Option<{kind}>")
            } else {
                kind
            };
            Some(format!(".{name}: {kind} = {wire}"))
        }
        [TokenTree::Ident(variant), rest @ ..] => {
            let end = rest.iter().position(is_equal).unwrap_or(rest.len());
            let value = match rest.get(end + 1) {
                Some(TokenTree::Literal(wire)) if rest.len() == end + 2 => format!(" = {wire}"),
                _ => String::new(),
            };
            Some(format!("::{variant}{}{value}", text(&rest[..end])))
        }
        // `..extra: Type`
        [TokenTree::Punct(_), TokenTree::Punct(_), rest @ ..] => Some(format!(".{}", text(rest))),
        other => Some(format!(" {}", text(other))),
    }
}
