//! The next version, by what changes for users.

use super::model::{Class, Comparison};

/// A version of three numbers; the workspace uses nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u64, pub u64, pub u64);

impl Version {
    /// Reads `1.2.3`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        let version = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(version)
    }

    /// The version after a breaking change: below 1.0 the minor number says it.
    #[must_use]
    pub fn breaking(self) -> Self {
        match self {
            Self(0, minor, _) => Self(0, minor + 1, 0),
            Self(major, ..) => Self(major + 1, 0, 0),
        }
    }

    /// The version after a compatible change.
    #[must_use]
    pub fn compatible(self) -> Self {
        match self {
            Self(0, minor, patch) => Self(0, minor, patch + 1),
            Self(major, minor, _) => Self(major, minor + 1, 0),
        }
    }

    /// The version after `comparison`.
    #[must_use]
    pub fn after(self, comparison: &Comparison) -> Self {
        if comparison.is_breaking() {
            self.breaking()
        } else if comparison.is_empty() {
            self
        } else {
            self.compatible()
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// An entry for `CHANGELOG.md`, to be edited by hand: what came and went, and what breaks.
pub fn changelog(version: Version, edition: &str, comparison: &Comparison) -> String {
    let mut text = format!("## {version}\n\nThe documents are those of {edition}.\n");
    for product in &comparison.products {
        if product.is_empty() {
            continue;
        }
        text.push_str(&format!("\n### {}\n\n", product.product));
        for (verb, entries) in [("Removed", &product.removed), ("Added", &product.added)] {
            if entries.is_empty() {
                continue;
            }
            let names: Vec<String> = entries
                .iter()
                .map(|entry| format!("`{} {}`", entry.method, entry.path))
                .collect();
            text.push_str(&format!("- {verb}: {}\n", names.join(", ")));
        }
        for entry in &product.changed {
            let breaks: Vec<String> = entry
                .changes
                .iter()
                .filter(|change| change.class == Class::Breaking)
                .map(|change| format!("{}: {}", change.place, change.what))
                .collect();
            if !breaks.is_empty() {
                text.push_str(&format!(
                    "- Breaking, `{} {}`: {}\n",
                    entry.method,
                    entry.path,
                    breaks.join("; ")
                ));
            }
        }
        let compatible = product
            .changed
            .iter()
            .filter(|entry| {
                entry
                    .changes
                    .iter()
                    .all(|change| change.class == Class::Compatible)
            })
            .count();
        if compatible > 0 {
            text.push_str(&format!(
                "- Compatible changes in {compatible} more operations\n"
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_follows_the_class() {
        for (now, breaking, compatible) in [
            ("0.1.0", "0.2.0", "0.1.1"),
            ("0.3.7", "0.4.0", "0.3.8"),
            ("1.2.3", "2.0.0", "1.3.0"),
        ] {
            let now = Version::parse(now).unwrap();
            assert_eq!(now.breaking().to_string(), breaking);
            assert_eq!(now.compatible().to_string(), compatible);
        }
        for text in ["", "1", "1.2", "1.2.3.4", "1.2.x", "1.2.3-rc"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
