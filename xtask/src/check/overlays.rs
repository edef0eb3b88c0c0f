//! Rules about overlays. Whether one still matches the published documents only `regen` can tell;
//! whether the vendored documents are what it makes of them can be told without.

use serde_json::Value;

use super::workspace::Vendored;
use super::{Problem, REGEN, Workspace};
use crate::pipeline::overlay::{self, Overlay};
use json_patch::PatchOperation;

fn read(workspace: &Workspace, document: &Vendored) -> Vec<Overlay> {
    overlay::read(&workspace.root.join("spec"), document.product).unwrap_or_default()
}

/// Every overlay can be read and gives a reason.
pub fn readable(workspace: &Workspace) -> Vec<Problem> {
    let spec = workspace.root.join("spec");
    let documents = workspace.documents.iter();
    documents
        .filter_map(|document| overlay::read(&spec, document.product).err())
        .map(|failure| {
            let repair = format!("edit spec/{}, then run `{REGEN}`", failure.document);
            Problem::new("overlays", format!("spec/{failure}"), repair)
        })
        .collect()
}

/// The line of the report that says that an optional overlay found nothing to change.
fn is_absent(report: &str, overlay: &Overlay) -> bool {
    report.contains(&format!("- `{}` (not in this edition)", overlay.file))
}

/// The vendored documents hold what the overlays put there.
pub fn applied(workspace: &Workspace) -> Vec<Problem> {
    let report = workspace.text("spec/REPORT.md").unwrap_or_default();
    let mut problems = Vec::new();
    for document in &workspace.documents {
        let overlays = read(workspace, document);
        let steps: Vec<(&Overlay, &PatchOperation)> = overlays
            .iter()
            .filter(|overlay| !(overlay.optional && is_absent(&report, overlay)))
            .flat_map(|overlay| overlay.patch.iter().map(move |step| (overlay, step)))
            .collect();
        for (index, (overlay, step)) in steps.iter().enumerate() {
            let path = step.path().to_string();
            let later = steps[index + 1..].iter();
            // What a later step may change again says nothing.
            if later.clone().any(|(_, later)| touches(later, &path)) {
                continue;
            }
            if let Err(message) = holds(step, &path, &document.value) {
                let message = format!("spec/{}: {}#{path}: {message}", overlay.file, document.file);
                problems.push(Problem::new("overlays", message, REGEN));
            }
        }
    }
    problems
}

/// Whether `step` can change what is at `path`: it changes that, a part of it, what it is in, or
/// the positions of the list that it is in.
fn touches(step: &PatchOperation, path: &str) -> bool {
    let changed: Vec<String> = match step {
        PatchOperation::Test(_) => Vec::new(),
        PatchOperation::Move(step) => vec![step.path.to_string(), step.from.to_string()],
        other => vec![other.path().to_string()],
    };
    changed.iter().any(|changed| {
        let within = |inner: &str, outer: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let (list, last) = changed.rsplit_once('/').unwrap_or_default();
        let is_element = last == "-" || last.bytes().all(|byte| byte.is_ascii_digit());
        within(path, changed) || within(changed, path) || (is_element && within(path, list))
    })
}

fn holds(step: &PatchOperation, path: &str, document: &Value) -> Result<(), String> {
    let found = document.pointer(path);
    let expect = |value: &Value| match found {
        Some(found) if found == value => Ok(()),
        Some(found) => Err(format!("is {found}, and the overlay makes it {value}")),
        None => Err(format!("is missing, and the overlay makes it {value}")),
    };
    let (list, last) = path.rsplit_once('/').unwrap_or_default();
    match step {
        PatchOperation::Add(step) => match document.pointer(list) {
            Some(Value::Array(items)) if items.contains(&step.value) => Ok(()),
            Some(Value::Array(_)) => Err(format!("lacks {}, which the overlay adds", step.value)),
            _ => expect(&step.value),
        },
        PatchOperation::Replace(step) => expect(&step.value),
        PatchOperation::Test(step) => expect(&step.value),
        // After an element is gone, another is at its place.
        PatchOperation::Remove(_) if last.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
        PatchOperation::Remove(_) if found.is_some() => {
            Err("is there, and the overlay removes it".to_owned())
        }
        PatchOperation::Copy(_) | PatchOperation::Move(_) if found.is_none() => {
            Err("is missing, and the overlay puts something there".to_owned())
        }
        _ => Ok(()),
    }
}

/// The report tells of every overlay, with its reason.
pub fn reported(workspace: &Workspace) -> Vec<Problem> {
    let report = workspace.text("spec/REPORT.md").unwrap_or_default();
    let mut problems = Vec::new();
    let mut known = Vec::new();
    for document in &workspace.documents {
        for overlay in read(workspace, document) {
            let line = format!("`: {}", overlay.reason);
            let absent = format!("` (not in this edition): {}", overlay.reason);
            let start = format!("- `{}", overlay.file);
            let told = report.lines().any(|text| {
                text.strip_prefix(&start)
                    .is_some_and(|rest| rest == line || rest == absent)
            });
            if !told {
                let message = format!("spec/REPORT.md does not tell of spec/{}", overlay.file);
                problems.push(Problem::new("overlays", message, REGEN));
            }
            known.push(start);
        }
    }
    let section = report.split("\n## Overlays\n").nth(1).unwrap_or_default();
    for line in section.lines().filter(|line| line.starts_with("- `")) {
        if !known.iter().any(|start| line.starts_with(start)) {
            let message = format!("spec/REPORT.md tells of an overlay that is gone: {line}");
            problems.push(Problem::new("overlays", message, REGEN));
        }
    }
    problems
}
