//! One line for each public item of a crate.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, TraitItem, Type, UseTree, Visibility};

use super::tree::{Module, is_left_out};
use super::{declared, spelling};

/// Where an item is declared: the modules, and its name.
type Place = Vec<String>;

/// The public items of the crate `name`.
pub fn list(name: &str, root: &Module) -> BTreeSet<String> {
    let mut crate_items = Crate {
        root,
        public: BTreeMap::new(),
        lines: BTreeSet::new(),
        depth: 0,
    };
    crate_items.module(root, &[], name);
    crate_items.implementations(root, &[]);
    crate_items.lines
}

struct Crate<'a> {
    root: &'a Module,
    /// The public paths of items, by where they are declared.
    public: BTreeMap<Place, BTreeSet<String>>,
    lines: BTreeSet<String>,
    /// How many imports lead to what is being listed.
    depth: usize,
}

/// Longer chains of imports lead round: rustc refuses them, and here they are not followed.
const MAX_IMPORTS: usize = 16;

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The name and visibility of an item that has both.
fn named(item: &Item) -> Option<(String, bool)> {
    let (name, visibility, attributes): (_, _, &[Attribute]) = match item {
        Item::Struct(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Enum(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Trait(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Type(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Const(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Static(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Fn(item) => (&item.sig.ident, &item.vis, &item.attrs),
        Item::Macro(call) => {
            let declared = declared_by(call)?;
            return Some((declared.name, true));
        }
        _ => return None,
    };
    Some((
        name.to_string(),
        is_public(visibility) && !is_left_out(attributes),
    ))
}

fn declared_by(call: &syn::ItemMacro) -> Option<declared::Declared> {
    let of = call.mac.path.segments.last()?.ident.to_string();
    declared::read(&of, call.mac.tokens.clone())
}

impl<'a> Crate<'a> {
    fn find(&self, place: &[String]) -> Option<&'a Module> {
        place
            .iter()
            .try_fold(self.root, |module, name| module.modules.get(name))
    }

    /// Lists `module`, which users see as `path`.
    fn module(&mut self, module: &'a Module, place: &[String], path: &str) {
        for item in &module.items {
            match item {
                Item::Use(import) if is_public(&import.vis) && !is_left_out(&import.attrs) => {
                    let mut leaves = Vec::new();
                    flatten(&import.tree, &mut Vec::new(), &mut leaves);
                    let prefix = spelling::attributes(&import.attrs);
                    if self.depth < MAX_IMPORTS {
                        self.depth += 1;
                        for leaf in leaves {
                            self.export(place, path, &leaf, &prefix);
                        }
                        self.depth -= 1;
                    }
                }
                item => {
                    if let Some((name, true)) = named(item) {
                        self.item(item, place, &name, &format!("{path}::{name}"), "");
                    }
                }
            }
        }
        for (name, inner) in &module.modules {
            if inner.public {
                let place: Place = place.iter().chain([name]).cloned().collect();
                self.module(inner, &place, &format!("{path}::{name}"));
            }
        }
    }

    /// Lists what `pub use` brings to `path`.
    fn export(&mut self, place: &[String], path: &str, leaf: &Leaf, prefix: &str) {
        let target = self.resolve(place, &leaf.path);
        if leaf.name == "*" {
            match target
                .as_deref()
                .and_then(|target| Some((target, self.find(target)?)))
            {
                Some((target, module)) => self.module(module, target, path),
                None => {
                    let line = format!("{prefix}pub use {}::*", leaf.path.join("::"));
                    self.lines.insert(format!("{path}: {line}"));
                }
            }
            return;
        }
        let as_path = format!("{path}::{}", leaf.name);
        if let Some(target) = target {
            if let Some(module) = self.find(&target) {
                self.module(module, &target, &as_path);
                return;
            }
            if let Some((name, modules)) = target.split_last()
                && let Some(module) = self.find(modules)
            {
                let found = module
                    .items
                    .iter()
                    .find(|item| named(item).is_some_and(|(other, _)| other == *name));
                if let Some(item) = found {
                    self.item(item, modules, name, &as_path, prefix);
                    return;
                }
                let import = imports(module).into_iter().find(|leaf| leaf.name == *name);
                if let Some(import) = import {
                    let leaf = Leaf {
                        name: leaf.name.clone(),
                        path: import.path,
                    };
                    if self.depth < MAX_IMPORTS {
                        self.depth += 1;
                        self.export(modules, path, &leaf, prefix);
                        self.depth -= 1;
                    }
                    return;
                }
            }
        }
        let line = format!("{prefix}pub use {}", leaf.path.join("::"));
        self.lines.insert(format!("{as_path}: {line}"));
    }

    /// The place that `path` names in the module at `place`, if it is in this crate.
    fn resolve(&self, place: &[String], path: &[String]) -> Option<Place> {
        self.resolve_within(place, path, MAX_IMPORTS)
    }

    fn resolve_within(&self, place: &[String], path: &[String], left: usize) -> Option<Place> {
        let left = left.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        let mut target: Place = match first.as_str() {
            "crate" => Vec::new(),
            "self" => place.to_vec(),
            "super" => place.split_last()?.1.to_vec(),
            _ => {
                let module = self.find(place)?;
                let is_here = module.modules.contains_key(first)
                    || (rest.is_empty()
                        && module
                            .items
                            .iter()
                            .any(|item| named(item).is_some_and(|(name, _)| name == *first)));
                if is_here {
                    let mut target = place.to_vec();
                    target.push(first.clone());
                    target
                } else {
                    let import = imports(module)
                        .into_iter()
                        .find(|leaf| leaf.name == *first)?;
                    if import.path.first() == Some(first) {
                        return None;
                    }
                    self.resolve_within(place, &import.path, left)?
                }
            }
        };
        for name in rest {
            if name == "super" {
                target.pop()?;
            } else {
                target.push(name.clone());
            }
        }
        Some(target)
    }

    fn line(&mut self, attributes: &[Attribute], prefix: &str, text: String) {
        let attributes = spelling::attributes(attributes);
        self.lines
            .insert(format!("{text}{}", after(prefix, &attributes)));
    }

    fn item(&mut self, item: &Item, place: &[String], name: &str, path: &str, prefix: &str) {
        let declared_at: Place = place.iter().cloned().chain([name.to_owned()]).collect();
        self.public
            .entry(declared_at)
            .or_default()
            .insert(path.to_owned());
        match item {
            Item::Struct(item) => {
                let generics = generics(&item.generics);
                self.line(&item.attrs, prefix, format!("{path}: pub struct{generics}"));
                for (index, field) in item.fields.iter().enumerate() {
                    if is_public(&field.vis) && !is_left_out(&field.attrs) {
                        let name = field
                            .ident
                            .as_ref()
                            .map_or(index.to_string(), ToString::to_string);
                        self.lines
                            .insert(format!("{path}.{name}: {}", spelling::of(&field.ty)));
                    }
                }
            }
            Item::Enum(item) => {
                let generics = generics(&item.generics);
                self.line(&item.attrs, prefix, format!("{path}: pub enum{generics}"));
                for variant in item
                    .variants
                    .iter()
                    .filter(|variant| !is_left_out(&variant.attrs))
                {
                    let fields = match &variant.fields {
                        Fields::Unit => String::new(),
                        Fields::Named(fields) => format!(" {}", spelling::of(fields)),
                        Fields::Unnamed(fields) => spelling::of(fields),
                    };
                    self.lines
                        .insert(format!("{path}::{}{fields}", variant.ident));
                }
            }
            Item::Trait(item) => {
                let generics = generics(&item.generics);
                let above = match item.supertraits.is_empty() {
                    true => String::new(),
                    false => format!(": {}", spelling::of(&item.supertraits)),
                };
                self.line(
                    &item.attrs,
                    prefix,
                    format!("{path}: pub trait{generics}{above}"),
                );
                for item in &item.items {
                    let text = match item {
                        TraitItem::Fn(item) => {
                            let default = if item.default.is_some() {
                                " { … }"
                            } else {
                                ""
                            };
                            format!("{}: {}{default}", item.sig.ident, spelling::of(&item.sig))
                        }
                        TraitItem::Const(item) => {
                            format!("{}: const {}", item.ident, spelling::of(&item.ty))
                        }
                        TraitItem::Type(item) => format!("{}: {}", item.ident, spelling::of(item)),
                        _ => continue,
                    };
                    self.lines.insert(format!("{path}::{text}"));
                }
            }
            Item::Type(item) => {
                let generics = generics(&item.generics);
                let text = format!("{path}: pub type{generics} = {}", spelling::of(&item.ty));
                self.line(&item.attrs, prefix, text);
            }
            Item::Const(item) => {
                let text = format!("{path}: pub const {}", spelling::of(&item.ty));
                self.line(&item.attrs, prefix, text);
            }
            Item::Static(item) => {
                let text = format!("{path}: pub static {}", spelling::of(&item.ty));
                self.line(&item.attrs, prefix, text);
            }
            Item::Fn(item) => {
                let text = format!("{path}: pub {}", spelling::of(&item.sig));
                self.line(&item.attrs, prefix, text);
            }
            Item::Macro(call) => {
                if let Some(declared) = declared_by(call) {
                    self.lines.insert(format!("{path}: pub {}", declared.sort));
                    for member in declared.members {
                        self.lines.insert(format!("{path}{member}"));
                    }
                }
            }
            _ => {}
        }
    }

    /// Lists the methods and traits of public types, wherever they are implemented.
    fn implementations(&mut self, module: &'a Module, place: &[String]) {
        for item in &module.items {
            if let Item::Impl(item) = item
                && !is_left_out(&item.attrs)
            {
                for path in self.implementer(item, place) {
                    self.implementation(item, &path);
                }
            }
        }
        for (name, inner) in &module.modules {
            let place: Place = place.iter().chain([name]).cloned().collect();
            self.implementations(inner, &place);
        }
    }

    /// The public paths of the type that `item` is about.
    fn implementer(&self, item: &ItemImpl, place: &[String]) -> Vec<String> {
        let Type::Path(path) = item.self_ty.as_ref() else {
            return Vec::new();
        };
        let segments: Vec<String> = path
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.resolve(place, &segments)
            .and_then(|target| self.public.get(&target))
            .map(|paths| paths.iter().cloned().collect())
            .unwrap_or_default()
    }

    fn implementation(&mut self, item: &ItemImpl, path: &str) {
        if let Some((not, name, _)) = &item.trait_ {
            let not = if not.is_some() { "!" } else { "" };
            let text = format!(
                "{path}: impl{} {not}{}",
                generics(&item.generics),
                spelling::of(name)
            );
            self.line(&item.attrs, "", text);
            return;
        }
        let own = spelling::attributes(&item.attrs);
        for member in &item.items {
            match member {
                ImplItem::Fn(member) if is_public(&member.vis) && !is_left_out(&member.attrs) => {
                    let text = format!(
                        "{path}::{}: pub {}",
                        member.sig.ident,
                        spelling::of(&member.sig)
                    );
                    self.line(&member.attrs, &own, text);
                }
                ImplItem::Const(member)
                    if is_public(&member.vis) && !is_left_out(&member.attrs) =>
                {
                    let text = format!(
                        "{path}::{}: pub const {}",
                        member.ident,
                        spelling::of(&member.ty)
                    );
                    self.line(&member.attrs, &own, text);
                }
                _ => {}
            }
        }
    }
}

fn after(prefix: &str, attributes: &str) -> String {
    let text = format!("{prefix}{attributes}");
    if text.is_empty() {
        text
    } else {
        format!(" {}", text.trim_end())
    }
}

fn generics(generics: &syn::Generics) -> String {
    let parameters = &generics.params;
    let condition = generics.where_clause.as_ref();
    let mut text = String::new();
    if !parameters.is_empty() {
        text.push_str(&format!("<{}>", spelling::of(parameters)));
    }
    if let Some(condition) = condition {
        text.push_str(&format!(" {}", spelling::of(condition)));
    }
    text
}

/// One name that `use` brings.
struct Leaf {
    name: String,
    path: Vec<String>,
}

fn imports(module: &Module) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for item in &module.items {
        if let Item::Use(import) = item {
            flatten(&import.tree, &mut Vec::new(), &mut leaves);
        }
    }
    leaves
}

fn flatten(tree: &UseTree, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    let leaf = |path: &[String], name: String, last: Option<String>| Leaf {
        name,
        path: path.iter().cloned().chain(last).collect(),
    };
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            flatten(&part.tree, path, leaves);
            path.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            let own = path.last().cloned().unwrap_or_default();
            leaves.push(leaf(path, own, None));
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            leaves.push(leaf(path, name.clone(), Some(name)));
        }
        UseTree::Rename(name) => {
            leaves.push(leaf(
                path,
                name.rename.to_string(),
                Some(name.ident.to_string()),
            ));
        }
        UseTree::Glob(_) => leaves.push(leaf(path, "*".to_owned(), None)),
        UseTree::Group(group) => group
            .items
            .iter()
            .for_each(|tree| flatten(tree, path, leaves)),
    }
}
