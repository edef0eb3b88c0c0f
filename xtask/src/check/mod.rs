//! The gate that CI runs: is everything in the repository that can be told offline in order?
//!
//! Each rule is one function from the [`Workspace`] to the problems it finds; `run` calls them
//! all, so that one run shows everything. Each problem names the command that repairs it.

mod data;
mod derived;
mod documents;
mod operations;
mod overlays;
mod pagination;
mod reference;
mod workflows;
mod workspace;

use std::fmt;

pub use workspace::Workspace;

/// Something that is not in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule that found it.
    pub rule: &'static str,
    /// What is wrong and where, with a diff where that helps.
    pub message: String,
    /// What repairs it.
    pub repair: String,
}

impl Problem {
    /// A problem that `repair` solves.
    pub fn new(rule: &'static str, message: impl Into<String>, repair: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            repair: repair.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.rule, self.message.trim_end())?;
        write!(f, "    repair: {}", self.repair)
    }
}

/// How documents are written anew.
pub const REGEN: &str = "cargo xtask regen --from <folder with the published documents>";
/// How names are pinned.
pub const PIN: &str = "cargo xtask regen --pin --from <folder with the published documents>";

type Rule = fn(&Workspace) -> Vec<Problem>;

/// All rules, the cheap ones first.
const RULES: [Rule; 21] = [
    documents::canonical,
    documents::facts_only,
    documents::conforming,
    documents::valid,
    operations::features,
    operations::summaries,
    operations::summaries_of_nothing,
    operations::references,
    operations::pinned,
    operations::pins_of_nothing,
    operations::empty_answers,
    overlays::readable,
    overlays::applied,
    overlays::reported,
    data::entries,
    pagination::complete,
    workflows::sound,
    derived::operation_list,
    derived::report,
    derived::type_names,
    derived::public_api,
];

/// Applies all rules; those alone that are about reading, where something cannot be read: whatever
/// the others would find then comes from that.
pub fn run(workspace: &Workspace) -> Vec<Problem> {
    let unreadable = documents::readable(workspace);
    if !unreadable.is_empty() {
        return unreadable;
    }
    RULES.iter().flat_map(|rule| rule(workspace)).collect()
}

/// The difference between what is in the repository and what should be, as a unified diff of at
/// most so many lines that it is still read.
fn difference(found: &str, expected: &str) -> String {
    const SHOWN: usize = 40;
    let diff = similar::TextDiff::from_lines(found, expected);
    let text = diff
        .unified_diff()
        .context_radius(2)
        .missing_newline_hint(false)
        .to_string();
    let lines: Vec<&str> = text.lines().collect();
    let mut shown: String = lines
        .iter()
        .take(SHOWN)
        .map(|line| format!("    {line}\n"))
        .collect();
    if lines.len() > SHOWN {
        shown.push_str(&format!("    … and {} more lines\n", lines.len() - SHOWN));
    }
    shown
}

#[cfg(test)]
mod tests;
