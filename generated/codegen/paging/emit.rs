//! Writes the implementations.

use std::fmt::Write;

use super::super::emit;
use super::super::model::Kind;
use super::super::operations::method_name;
use super::context::{Context, Operation, Result, bare};
use super::table::{Counted, Pages, Then};

/// Sends `call`.
const SEND: &str = "crate::paging::PageBody::of(call.unread().await?)";

/// Reads `body` as what the builder `of` answers. Some answers may be empty, and are options therefore.
fn read(of: &str) -> String {
    format!(
        "crate::paging::IntoPage::into_page({of}::read_answer(body.into_answered())?.into_inner())"
    )
}

/// `path` as a list of names.
fn items_at(path: &str) -> String {
    let names: Vec<&str> = path.split('.').filter(|name| !name.is_empty()).collect();
    format!("&{names:?}")
}

/// For an operation that answers all pages itself.
pub fn pages(context: &Context<'_>, key: &str, pages: &Pages) -> Result<String> {
    let operation = context.operation(key)?;
    let fields = context.fields(&operation.builder)?;
    let builder = &operation.builder;
    let mut code = context.head(&operation, &operation.response, pages)?;
    let _ = writeln!(code, "#[allow(unused_mut)]\nlet mut call = self;");
    if !pages.defaults.is_empty() {
        code.push_str("if let Ok(v) = call.body.as_mut() {\n");
        for (member, value) in &pages.defaults {
            let body = operation.request.as_ref().ok_or("it has no body")?;
            let field = context.field(body, member)?;
            let _ = writeln!(
                code,
                "crate::paging::or_default(&mut v.{}, {:?});",
                field.name,
                value.to_string()
            );
        }
        code.push_str("}\n");
    }
    let counting = match &pages.count {
        None => "crate::paging::Counting::Nothing".to_owned(),
        Some(count) => {
            let start = context.number(&operation, &count.request)?;
            let (variant, first) = match count.by {
                Counted::Items => ("Items", 0),
                Counted::Pages => ("Pages", count.first),
            };
            format!("crate::paging::Counting::{variant}({start}.unwrap_or({first}))")
        }
    };
    let size = match &pages.size {
        None => "None".to_owned(),
        Some(size) => context.number(&operation, size)?,
    };
    let _ = writeln!(
        code,
        "let listing_counting = {counting};\nlet listing_size: Option<u64> = {size};\nlet client = call.{client}.clone();\n\
         let Self {{ {client}: _, {taken} }} = call;\n\
         crate::paging::Listing::new(listing_counting, listing_size, move |place| {{\n\
         let (client, place) = (client.clone(), place.clone());\n{clones}\
         Box::pin(async move {{\n#[allow(unused_mut)]\n\
         let mut call = {builder} {{ {client}: &client, {given} }};\n{set}\
         Ok({answer})\n}})\n}})\n}}\n\
         fn read(body: crate::paging::PageBody, _: &crate::paging::Place) -> Result<Self::Page, crate::paging::PageError> {{\n\
         Ok({read})\n}}\n\
         fn items_at(_: &crate::paging::Place) -> &'static [&'static str] {{ {items} }}\n",
        client = context.client(builder)?,
        taken = taken(&fields),
        given = given(&fields),
        clones = clones(&fields),
        set = context.set(&operation, pages)?,
        answer = SEND,
        read = read(builder),
        items = items_at(&pages.items),
    );
    code.push_str(&context.tail(&operation.response, pages)?);
    Ok(code)
}

/// For an operation that answers the first page, and leaves the others to another one.
pub fn then(context: &Context<'_>, key: &str, then: &Then, pages: &Pages) -> Result<String> {
    let first = context.operation(key)?;
    let other = context.operation(&then.operation)?;
    let fields = context.fields(&first.builder)?;
    let (page, kind) = context.owned("answer", &first.response, &then.page)?;
    if kind != other.response {
        return Err(format!(
            "it does not answer what `{}` answers",
            then.operation
        ));
    }
    let mut code = context.head(&first, &other.response, pages)?;
    let body = other.request.as_ref().ok_or("the other has no body")?;
    let body_path = emit::path_with(body, &context.types());
    let mut carry = String::new();
    for (from, to) in &then.carry {
        carry.push_str(&context.carry(&first, from, &other, to)?);
    }
    let _ = writeln!(
        code,
        "let client = self.{client}.clone();\nlet Self {{ {client}: _, {taken} }} = self;\n\
         crate::paging::Listing::new(crate::paging::Counting::Nothing, None, move |place| {{\n\
         let (client, place) = (client.clone(), place.clone());\n{clones}\
         Box::pin(async move {{\n\
         if place == crate::paging::Place::Start {{\n\
         let call = {builder} {{ {client}: &client, {given} }};\n\
         return Ok({answer});\n}}\n\
         let mut call = {other_builder}::new(&client).body({body_path}::new());\n{carry}{set}\
         Ok({answer})\n}})\n}})\n}}\n\
         fn read(body: crate::paging::PageBody, place: &crate::paging::Place) -> Result<Self::Page, crate::paging::PageError> {{\n\
         if *place != crate::paging::Place::Start {{\nreturn Ok({read});\n}}\n\
         let answer: {first_page} = {read_first};\n\
         Ok({page}.next().unwrap_or_default())\n}}\n\
         fn items_at(place: &crate::paging::Place) -> &'static [&'static str] {{\n\
         if *place == crate::paging::Place::Start {{ {first_items} }} else {{ {items} }}\n}}\n",
        client = context.client(&first.builder)?,
        taken = taken(&fields),
        given = given(&fields),
        clones = clones(&fields),
        builder = first.builder,
        first_page = emit::path_with(&first.response, &context.types()),
        answer = SEND,
        other_builder = other.builder,
        set = context.set(&other, pages)?,
        read = read(&other.builder),
        read_first = read(&first.builder),
        first_items = items_at(&format!("{}.{}", then.page, pages.items)),
        items = items_at(&pages.items),
    );
    code.push_str(&context.tail(&other.response, pages)?);
    Ok(code)
}

/// What the caller gave as `field`. Parameters may be called as variables of an implementation are.
pub fn variable(field: &str) -> String {
    format!("given_{field}")
}

/// A pattern that takes `fields` out of a builder.
fn taken(fields: &[String]) -> String {
    let pairs = fields
        .iter()
        .map(|field| format!("{field}: {},", variable(field)));
    pairs.collect()
}

/// The members of a builder with what was taken out of another one.
fn given(fields: &[String]) -> String {
    let pairs = fields
        .iter()
        .map(|field| format!("{field}: {},", variable(field)));
    pairs.collect()
}

fn clones(fields: &[String]) -> String {
    let variables = fields.iter().map(|field| variable(field));
    variables
        .map(|name| format!("let {name} = {name}.clone();\n"))
        .collect()
}

impl Context<'_> {
    /// The beginning of an implementation, up to the body of `into_listing`.
    fn head(&self, operation: &Operation<'_>, page: &Kind, pages: &Pages) -> Result<String> {
        let (_, items) = self.borrowed("page", page, &pages.items)?;
        let Kind::List(item) = bare(&items) else {
            return Err(format!("`{}` is no list", pages.items));
        };
        let types = self.types();
        Ok(format!(
            "impl<'a> crate::paging::Paged for {builder}<'a> {{\ntype Page = {page};\ntype Item = {item};\ntype Owned = {builder}<'static>;\n\
             const OPERATION: &'static str = {name:?};\n\
             fn into_listing(self) -> crate::paging::Listing {{\n",
            builder = operation.builder,
            page = emit::path_with(page, &types),
            item = emit::path_with(item, &types),
            name = method_name(operation.value["operationId"].as_str().unwrap_or_default()),
        ))
    }

    /// The rest of an implementation, after `into_listing`.
    fn tail(&self, page: &Kind, pages: &Pages) -> Result<String> {
        let number = |path: &Option<String>| -> Result<String> {
            let Some(path) = path else {
                return Ok("None".to_owned());
            };
            let (code, _) = self.borrowed("page", page, path)?;
            Ok(format!(
                "{code}.next().and_then(crate::paging::Number::number)"
            ))
        };
        let mut tokens = String::new();
        for next in &pages.next {
            let (code, _) = self.borrowed("page", page, &next.answer)?;
            let _ = match &next.parameter {
                None => writeln!(
                    tokens,
                    "{code}.filter_map(crate::paging::Token::token).last(),"
                ),
                Some(name) => writeln!(
                    tokens,
                    "{code}.filter_map(|v| crate::paging::query_of(v, {name:?})).last(),"
                ),
            };
        }
        let more = match &pages.more {
            None => "None".to_owned(),
            Some(path) => format!("{}.next().copied()", self.borrowed("page", page, path)?.0),
        };
        let (borrowed, _) = self.borrowed("page", page, &pages.items)?;
        let (owned, _) = self.owned("page", page, &pages.items)?;
        // One list is taken as it is; several are put together.
        let items = if pages.items.split('.').any(|segment| segment == "[]") {
            format!("{owned}.flat_map(|v| v.into_iter()).collect()")
        } else {
            format!("{owned}.next().map(Vec::from).unwrap_or_default()")
        };
        Ok(format!(
            "fn read_item(json: &[u8]) -> ::serde_json::Result<Option<Self::Item>> {{\n\
             crate::paging::read_item(json)\n}}\n\
             fn facts(page: &Self::Page) -> crate::paging::PageFacts {{\n\
             crate::paging::PageFacts {{\n\
             items: {borrowed}.map(|v| v.len()).sum(),\nlists: {borrowed}.count(),\ntokens: vec![{tokens}],\nmore: {more},\n\
             total: {total},\npages: {pages},\n}}\n}}\n\
             fn into_items(page: Self::Page) -> Vec<Self::Item> {{\n\
             {items}\n}}\n}}\n",
            total = number(&pages.total)?,
            pages = number(&pages.pages)?,
        ))
    }
}
