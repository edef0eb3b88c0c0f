//! A comparison as text, for a terminal.

use std::fmt::Write;

use super::group::{self, Grouped};
use super::model::{ADDED, Change, Class, Comparison, MOVED, ProductComparison, REMOVED};

/// One line for each product: `cspm: 12 operations added, 1 removed, 40 changed; …`.
pub fn summary(comparison: &Comparison) -> String {
    comparison.products.iter().map(head).collect()
}

fn head(product: &ProductComparison) -> String {
    if product.is_empty() {
        return format!("{}: no change\n", product.product);
    }
    format!(
        "{}: {} operations added, {} removed, {} changed; {} breaking and {} compatible changes\n",
        product.product,
        product.added.len(),
        product.removed.len(),
        product.changed.len(),
        product.count(Class::Breaking),
        product.count(Class::Compatible),
    )
}

/// The whole comparison.
pub fn render(comparison: &Comparison) -> String {
    let mut text = String::new();
    for product in &comparison.products {
        text.push_str(&head(product));
        whole(&mut text, product);
        changes(&mut text, &group::group(product));
    }
    text
}

/// Operations that come and go.
fn whole(text: &mut String, product: &ProductComparison) {
    for entry in &product.removed {
        let _ = write!(text, "  - {} {} ({})", entry.method, entry.path, entry.id);
        let _ = match &entry.moved {
            Some(to) => writeln!(text, ": breaking, moved to {to}: {MOVED}"),
            None => writeln!(text, ": breaking, removed: {REMOVED}"),
        };
    }
    for entry in &product.added {
        let _ = write!(text, "  + {} {} ({})", entry.method, entry.path, entry.id);
        let _ = match &entry.moved {
            Some(from) => writeln!(text, ": moved from {from}"),
            None => writeln!(text, ": compatible, added: {ADDED}"),
        };
    }
}

fn changes(text: &mut String, grouped: &Grouped<'_>) {
    for group in &grouped.shared {
        let operations = group::list(&group.operations, "");
        let _ = writeln!(text, "  ~ schema {} in {operations}", group.schema);
        for (place, change) in &group.changes {
            line(text, place, change);
        }
    }
    for (entry, changes) in &grouped.own {
        let _ = writeln!(text, "  ~ {} ({})", group::name(entry), entry.id);
        for change in changes {
            line(text, &change.place, change);
        }
    }
}

fn line(text: &mut String, place: &str, change: &Change) {
    let place = if place.is_empty() { "itself" } else { place };
    let _ = writeln!(
        text,
        "      {} ({}) {place}: {}: {}",
        change.class.name(),
        change.direction.name(),
        change.what,
        change.reason
    );
}
