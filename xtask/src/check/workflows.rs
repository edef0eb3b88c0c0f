//! Rules about the workflows: what they may do, and which code of others they run.

use serde_json::Value;

use super::{Problem, Workspace};

const FOLDER: &str = ".github/workflows";

/// Workflows are valid YAML, say what they may do, and use actions at one commit each.
pub fn sound(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in workspace.files(FOLDER, ".yml") {
        let file = format!("{FOLDER}/{name}");
        let repair = format!("edit {file}, then run `cargo xtask check` again");
        let text = workspace.text(&file).unwrap_or_default();
        let mut note = |message: String| {
            let message = format!("{file}: {message}");
            problems.push(Problem::new("workflows", message, repair.clone()));
        };
        let workflow: Value = match serde_saphyr::from_str(&text) {
            Ok(workflow) => workflow,
            Err(error) => {
                note(error.to_string());
                continue;
            }
        };
        if !workflow["permissions"].is_object() {
            note("states no permissions, so it has more than it needs".to_owned());
        }
        for action in actions(&workflow) {
            if !is_pinned(action) {
                note(format!("`{action}` is not pinned to a commit"));
            }
        }
    }
    problems
}

fn actions(workflow: &Value) -> impl Iterator<Item = &str> {
    let jobs = workflow["jobs"].as_object().into_iter().flatten();
    jobs.flat_map(|(_, job)| {
        let steps = job["steps"].as_array().into_iter().flatten();
        steps.chain([job]).filter_map(|step| step["uses"].as_str())
    })
}

/// A tag can be moved to other code, a commit cannot.
fn is_pinned(action: &str) -> bool {
    action.split_once('@').is_some_and(|(_, version)| {
        version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
