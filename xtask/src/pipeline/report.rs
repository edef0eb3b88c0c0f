//! `spec/REPORT.md`: what each pass repairs, how often, and where.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::document::Product;
use super::log::{Firing, Log};
use super::merge;
use super::overlay::Applied;
use super::pass::PASSES;

/// How many operations a product publishes, and how many are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The product.
    pub product: Product,
    /// Operations in the published documents.
    pub published: usize,
    /// Operations in the vendored document.
    pub carried: usize,
}

/// The line that `regen` ends with: `operations: cspm 545/545 code 84/84`.
pub fn count_line(counts: &[Count]) -> String {
    let parts: Vec<String> = counts
        .iter()
        .map(|count| format!("{} {}/{}", count.product, count.carried, count.published))
        .collect();
    format!("operations: {}", parts.join(" "))
}

/// The passes that fired, by the text of an earlier report.
pub fn fired(report: &str) -> Vec<String> {
    report
        .lines()
        .filter_map(|line| line.strip_prefix("| [")?.split_once("](#"))
        .filter(|(_, counts)| {
            let counts = counts.split('|').skip(1);
            counts
                .into_iter()
                .any(|count| count.trim().parse::<usize>().is_ok_and(|count| count > 0))
        })
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The text of the report.
pub fn text(counts: &[Count], log: &Log, overlays: &[Applied]) -> String {
    let mut by_pass: BTreeMap<&str, Vec<&Firing>> = BTreeMap::new();
    for firing in log.firings() {
        by_pass.entry(firing.pass).or_default().push(firing);
    }
    let steps: Vec<(&str, &str)> = PASSES
        .iter()
        .map(|pass| (pass.name, pass.repairs))
        .chain(merge::STEPS)
        .collect();
    let mut text = String::from(
        "# Repairs\n\n\
         Written by `cargo xtask regen`; not edited by hand. Each pass with what it repairs, how often \
         it fired in the published documents, and where.\n\n",
    );
    let _ = writeln!(text, "{}\n", count_line(counts));
    text.push_str("| pass | cspm | code |\n|---|---:|---:|\n");
    for (name, _) in &steps {
        let firings = by_pass.get(name).map(Vec::as_slice).unwrap_or_default();
        let of = |product: Product| {
            let prefix = format!("{product}/");
            firings
                .iter()
                .filter(|firing| firing.document.starts_with(&prefix))
                .count()
        };
        let _ = writeln!(
            text,
            "| [{name}](#{name}) | {} | {} |",
            of(Product::Cspm),
            of(Product::Code)
        );
    }
    for (name, repairs) in &steps {
        let firings = by_pass.get(name).map(Vec::as_slice).unwrap_or_default();
        let _ = writeln!(text, "\n## {name}\n\n{repairs}\n");
        places(&mut text, firings);
    }
    overlay_section(&mut text, overlays);
    text
}

fn places(text: &mut String, firings: &[&Firing]) {
    if firings.is_empty() {
        text.push_str("Did not fire.\n");
        return;
    }
    let mut sorted: Vec<&&Firing> = firings.iter().collect();
    sorted.sort();
    let mut document = "";
    for firing in sorted {
        if firing.document != document {
            document = &firing.document;
            let _ = writeln!(text, "- {document}");
        }
        let _ = if firing.note.is_empty() {
            writeln!(text, "  - `{}`", firing.pointer)
        } else {
            writeln!(text, "  - `{}` {}", firing.pointer, firing.note)
        };
    }
}

fn overlay_section(text: &mut String, overlays: &[Applied]) {
    text.push_str("\n## Overlays\n\nCorrections that are judgement, each with its reason.\n\n");
    if overlays.is_empty() {
        text.push_str("None.\n");
    }
    for overlay in overlays {
        let state = if overlay.matched {
            ""
        } else {
            " (not in this edition)"
        };
        let _ = writeln!(text, "- `{}`{state}: {}", overlay.file, overlay.reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::failure::Pointer;

    #[test]
    fn every_pass_is_listed_with_its_places() {
        let mut log = Log::default();
        log.enter("enum-values", "cspm/A.json");
        log.noted(&Pointer::root().child("a"), "\"x,y\"");
        let counts = [Count {
            product: Product::Cspm,
            published: 3,
            carried: 3,
        }];
        let text = text(&counts, &log, &[]);
        assert!(text.contains("operations: cspm 3/3\n"), "{text}");
        assert!(
            text.contains("| [enum-values](#enum-values) | 1 | 0 |"),
            "{text}"
        );
        assert!(text.contains("- cspm/A.json\n  - `/a` \"x,y\"\n"), "{text}");
        assert_eq!(fired(&text), ["enum-values"]);
        for pass in PASSES {
            assert!(text.contains(&format!("\n## {}\n", pass.name)));
        }
    }
}
