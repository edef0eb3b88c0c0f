//! Rules about every operation: its feature, its summary, its reference page, its pinned name.

use std::collections::BTreeMap;

use super::reference;
use super::workspace::{Operation, Vendored};
use super::{PIN, Problem, Workspace, difference};
use crate::codegen::{self, Summary};
use crate::command::features as feature_lists;
use crate::pipeline::names::Names;
use crate::pipeline::pass::PUBLISHED_ID;

/// The features in the manifests are the groups of the documents.
pub fn features(workspace: &Workspace) -> Vec<Problem> {
    const REPAIR: &str = "cargo xtask features";
    let expected = match feature_lists::current(&workspace.root) {
        Ok(expected) => expected,
        Err(error) => return vec![Problem::new("features", error.to_string(), REPAIR)],
    };
    let manifests = expected.into_iter().filter_map(|(path, expected)| {
        let file = path.display().to_string();
        let found = workspace.text(&file).unwrap_or_default();
        (found != expected).then(|| {
            let diff = difference(&found, &expected);
            let message = format!("{file}: the features are not the API groups:\n{diff}");
            Problem::new("features", message, REPAIR)
        })
    });
    manifests.collect()
}

/// The summaries of one API group.
struct Group {
    file: String,
    summaries: Result<BTreeMap<String, Summary>, String>,
}

fn group(workspace: &Workspace, product: &str, group: &str) -> Group {
    let file = format!("spec/summaries/{product}/{group}.json");
    let text = workspace.text(&file);
    let summaries = text.and_then(|text| {
        if text.is_empty() {
            return Ok(BTreeMap::new());
        }
        serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))
    });
    Group { file, summaries }
}

/// The operations of a document by the names of their groups.
fn groups(document: &Vendored) -> BTreeMap<String, Vec<Operation<'_>>> {
    let mut groups: BTreeMap<String, Vec<Operation<'_>>> = BTreeMap::new();
    for operation in document.operations() {
        let name = codegen::group(operation.value);
        groups.entry(name).or_default().push(operation);
    }
    groups
}

fn edit(file: &str) -> String {
    format!("edit {file}, then run `cargo xtask check` again")
}

/// Every operation has a summary of one sentence.
pub fn summaries(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for document in &workspace.documents {
        for (name, operations) in groups(document) {
            let group = group(workspace, document.product.name(), &name);
            let mut note = |message: String| {
                problems.push(Problem::new("summaries", message, edit(&group.file)));
            };
            let summaries = match &group.summaries {
                Ok(summaries) => summaries,
                Err(message) => {
                    note(message.clone());
                    continue;
                }
            };
            for operation in operations {
                let key = operation.key();
                let Some(entry) = summaries.get(&key) else {
                    note(format!("{}: `{key}` has no summary", group.file));
                    continue;
                };
                let length = entry.summary.chars().count();
                if !(40..=140).contains(&length) {
                    note(format!(
                        "{}: the summary of `{key}` has {length} characters, not 40 to 140",
                        group.file
                    ));
                }
                if !entry.summary.ends_with('.') {
                    note(format!(
                        "{}: the summary of `{key}` does not end in a full stop",
                        group.file
                    ));
                }
            }
        }
    }
    problems
}

/// No summary is left of an operation that is gone or in another group.
pub fn summaries_of_nothing(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for document in &workspace.documents {
        let groups = groups(document);
        let folder = format!("spec/summaries/{}", document.product);
        for file in workspace.files(&folder, ".json") {
            let name = file.trim_end_matches(".json");
            let group = group(workspace, document.product.name(), name);
            let operations = groups.get(name).map(Vec::as_slice).unwrap_or_default();
            for key in group.summaries.into_iter().flatten().map(|(key, _)| key) {
                if !operations.iter().any(|operation| operation.key() == key) {
                    let message = format!(
                        "{}: `{key}` is no operation of the group `{name}`",
                        group.file
                    );
                    problems.push(Problem::new("summaries", message, edit(&group.file)));
                }
            }
        }
    }
    problems
}

/// Every operation is linked to its reference page.
pub fn references(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for document in &workspace.documents {
        for (name, operations) in groups(document) {
            let group = group(workspace, document.product.name(), &name);
            let summaries = group.summaries.unwrap_or_default();
            for operation in operations {
                let key = operation.key();
                let Some(entry) = summaries.get(&key) else {
                    continue;
                };
                let published = operation.value[PUBLISHED_ID]
                    .as_str()
                    .unwrap_or_else(|| operation.id());
                let expected = reference::address(document.product.name(), published);
                if entry.reference != expected {
                    let diff = difference(&entry.reference, &expected);
                    let message = format!("{}: the reference of `{key}`:\n{diff}", group.file);
                    problems.push(Problem::new("references", message, edit(&group.file)));
                }
            }
        }
    }
    problems
}

/// Every operation has the name that is pinned for it.
pub fn pinned(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    let spec = workspace.root.join("spec");
    for document in &workspace.documents {
        let file = format!("spec/names/{}.json", document.product);
        let names = match Names::read(&spec, document.product) {
            Ok(names) => names,
            Err(failure) => {
                problems.push(Problem::new("pins", failure.to_string(), edit(&file)));
                continue;
            }
        };
        for operation in document.operations() {
            let key = operation.key();
            let Some(pin) = names.get(&key) else {
                let message = format!("{file}: `{key}` has no pinned name");
                problems.push(Problem::new("pins", message, PIN));
                continue;
            };
            for (what, pinned, found) in [
                ("id", pin.id.as_str(), operation.id()),
                ("tag", pin.tag.as_str(), operation.tag()),
            ] {
                if pinned != found {
                    let message = format!(
                        "{file}: the {what} of `{key}` is pinned as `{pinned}`, and `{found}` in {}",
                        document.file
                    );
                    problems.push(Problem::new("pins", message, PIN));
                }
            }
        }
    }
    problems
}

/// No pin is left of an operation that is gone.
pub fn pins_of_nothing(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    let spec = workspace.root.join("spec");
    for document in &workspace.documents {
        let file = format!("spec/names/{}.json", document.product);
        let names = Names::read(&spec, document.product).unwrap_or_default();
        let operations = document.by_key();
        for key in names.keys().filter(|key| !operations.contains_key(*key)) {
            let message = format!("{file}: `{key}` is no operation of {}", document.file);
            problems.push(Problem::new("pins", message, edit(&file)));
        }
    }
    problems
}

/// The judgements on POSTs that answer nothing.
const EMPTY_ANSWERS: &str = "spec/empty-answers.json";

/// Every POST without a body in its answer has been judged, with a reason, and nothing else has.
pub fn empty_answers(workspace: &Workspace) -> Vec<Problem> {
    let repair = format!("edit {EMPTY_ANSWERS}, then run `cargo xtask check` again");
    let problem = |message: String| Problem::new("empty-answers", message, repair.clone());
    let judged: serde_json::Value = match workspace
        .text(EMPTY_ANSWERS)
        .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
    {
        Ok(judged) => judged,
        Err(error) => return vec![problem(format!("{EMPTY_ANSWERS}: {error}"))],
    };
    let mut problems = Vec::new();
    for document in &workspace.documents {
        let judged = &judged[document.product.name()];
        let mut open: std::collections::BTreeSet<String> = judged
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect();
        for operation in document.operations() {
            let empty = operation.method == "post"
                && codegen::answer(operation.value) == codegen::Answer::Empty;
            let key = operation.key();
            let has_reason = judged[&key]
                .as_str()
                .is_some_and(|reason| reason.len() > 10);
            if empty && !has_reason {
                problems.push(problem(format!(
                    "{key} answers nothing; say why that is right, or declare its body by an overlay"
                )));
            }
            if empty {
                open.remove(&key);
            }
        }
        for key in open {
            problems.push(problem(format!(
                "{key} is judged, but it is no POST without an answer"
            )));
        }
    }
    problems
}
