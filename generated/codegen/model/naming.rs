//! Names of types, variants and fields.

use std::collections::BTreeSet;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// No name of a generated type or variant is longer.
pub const MAX_TYPE_NAME: usize = 40;

/// The type name that `text` gives.
pub fn type_name(text: &str) -> String {
    let name = ascii(text).to_upper_camel_case();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        format!("Type{name}")
    }
}

/// `parent` and `member` together, without repeating words where they meet, and short enough.
pub fn nested(parent: &str, member: &str) -> String {
    let member = type_name(member);
    let parent = without_suffix(parent);
    let name = match (parent.ends_with(&member), member.starts_with(parent)) {
        (true, _) => parent.to_owned(),
        (_, true) => member,
        _ => format!("{parent}{member}"),
    };
    shorten(&name)
}

/// A parent's name without the words that say only that it is a type.
fn without_suffix(parent: &str) -> &str {
    const SUFFIXES: [&str; 5] = ["Model", "Dto", "Request", "Response", "Body"];
    SUFFIXES
        .iter()
        .find_map(|suffix| parent.strip_suffix(suffix))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(parent)
}

/// Drops words from the front until the name is short enough.
pub fn shorten(name: &str) -> String {
    shorten_to(name, MAX_TYPE_NAME)
}

fn shorten_to(name: &str, most: usize) -> String {
    let mut rest = name;
    while rest.len() > most {
        let next = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| c.is_ascii_uppercase())
            .map_or(rest.len() - most, |(index, _)| index);
        rest = &rest[next..];
    }
    type_name(rest)
}

/// `name`, or `name` with the first number behind it that is free; then it is taken.
pub fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        let digits = number.to_string();
        candidate = if name.len() + digits.len() > MAX_TYPE_NAME {
            shorten_to(name, MAX_TYPE_NAME - digits.len()) + &digits
        } else {
            format!("{name}{digits}")
        };
        number += 1;
    }
    candidate
}

/// The singular of the plurals that property names have.
pub fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return format!("{stem}y");
    }
    for ending in ["sses", "shes", "ches", "xes"] {
        if name.ends_with(ending) {
            return name[..name.len() - 2].to_owned();
        }
    }
    match name.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => format!("{name}Item"),
    }
}

/// The Rust field for the member called `wire`.
pub fn field_name(wire: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = spelled(wire).to_snake_case();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name = format!("field_{name}");
    }
    if is_keyword(&name) {
        name.push('_');
    }
    unique(&name, taken)
}

/// The Rust variant for the text `wire`.
pub fn variant_name(wire: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = spelled(wire).to_upper_camel_case();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name = format!("Value{name}");
    }
    if name == "Self" {
        name = "SelfValue".to_owned();
    }
    unique(&shorten(&name), taken)
}

/// `text` with words for the signs that alone tell one value from another.
fn spelled(text: &str) -> String {
    const SIGNS: [(char, &str); 9] = [
        ('=', " equal "),
        ('!', " not "),
        ('<', " less "),
        ('>', " greater "),
        ('+', " plus "),
        ('*', " any "),
        ('%', " percent "),
        ('&', " and "),
        ('@', " at "),
    ];
    let mut spelled = String::new();
    for c in text.chars() {
        match SIGNS.iter().find(|(sign, _)| *sign == c) {
            Some((_, word)) => spelled.push_str(word),
            None if c.is_ascii_alphanumeric() => spelled.push(c),
            None if c.is_alphabetic() => spelled.push_str(&format!(" u{:x} ", u32::from(c))),
            None => spelled.push(' '),
        }
    }
    spelled
}

fn ascii(text: &str) -> String {
    text.replace(|c: char| !c.is_ascii_alphanumeric(), " ")
}

fn is_keyword(name: &str) -> bool {
    const KEYWORDS: [&str; 52] = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
        "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
        "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
        "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type",
        "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
    ];
    KEYWORDS.contains(&name)
}
