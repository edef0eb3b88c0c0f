//! A comparison as Markdown, for the text of a pull request.

use std::fmt::Write;

use super::group;
use super::model::{Change, Class, Comparison, Entry, ProductComparison};

/// The whole comparison.
pub fn render(comparison: &Comparison) -> String {
    let mut text = String::from(
        "| product | added | removed | changed | breaking | compatible |\n\
         |---|---:|---:|---:|---:|---:|\n",
    );
    for product in &comparison.products {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            product.product,
            product.added.len(),
            product.removed.len(),
            product.changed.len(),
            product.count(Class::Breaking),
            product.count(Class::Compatible)
        );
    }
    for product in comparison
        .products
        .iter()
        .filter(|product| !product.is_empty())
    {
        section(&mut text, product);
    }
    text
}

fn section(text: &mut String, product: &ProductComparison) {
    let _ = writeln!(text, "\n## {}", product.product);
    entries(text, "Removed: breaking", "moved to", &product.removed);
    entries(text, "Added: compatible", "moved from", &product.added);
    let grouped = group::group(product);
    if !grouped.shared.is_empty() {
        text.push_str("\n### Schemas of several operations\n");
    }
    for group in &grouped.shared {
        let _ = writeln!(
            text,
            "\n`{}`, in {}:\n",
            group.schema,
            group::list(&group.operations, "`")
        );
        table(text, &group.changes);
    }
    if !grouped.own.is_empty() {
        text.push_str("\n### Operations\n");
    }
    for (entry, changes) in &grouped.own {
        let _ = writeln!(text, "\n`{}` (`{}`)\n", group::name(entry), entry.id);
        let rows: Vec<(&str, &Change)> = changes
            .iter()
            .map(|change| (change.place.as_str(), *change))
            .collect();
        table(text, &rows);
    }
}

fn entries(text: &mut String, title: &str, verb: &str, entries: &[Entry]) {
    if entries.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n### {title}\n");
    for entry in entries {
        let moved = entry
            .moved
            .as_ref()
            .map(|path| format!(", {verb} `{path}`"))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "- `{} {}` (`{}`){moved}",
            entry.method, entry.path, entry.id
        );
    }
}

fn table(text: &mut String, rows: &[(&str, &Change)]) {
    text.push_str("| class | side | where | what | why |\n|---|---|---|---|---|\n");
    for (place, change) in rows {
        let class = match change.class {
            Class::Breaking => "**breaking**",
            Class::Compatible => "compatible",
        };
        let _ = writeln!(
            text,
            "| {class} | {} | {} | {} | {} |",
            change.direction.name(),
            cell(place),
            cell(&change.what),
            cell(change.reason)
        );
    }
}

/// Text from a document must not end the cell, open a tag or name somebody.
fn cell(text: &str) -> String {
    if text.is_empty() {
        return "itself".to_owned();
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' => safe.push_str("\\|"),
            '<' => safe.push_str("&lt;"),
            '@' => safe.push_str("&#64;"),
            '\n' | '\r' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
