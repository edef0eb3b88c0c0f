//! Rules about the vendored documents themselves.

use roas::v3_0::spec::Spec;
use roas::validation::{Options, Validate};
use serde_json::Value;

use super::{Problem, REGEN, Workspace, difference};
use crate::pipeline::failure::Pointer;
use crate::pipeline::walk::{self, Node};
use crate::pipeline::{canonical, conformance};

/// Both documents can be read.
pub fn readable(workspace: &Workspace) -> Vec<Problem> {
    workspace.unreadable.clone()
}

/// The bytes are those that `regen` writes.
pub fn canonical(workspace: &Workspace) -> Vec<Problem> {
    let documents = workspace.documents.iter();
    documents
        .filter_map(|document| {
            let expected = canonical::pretty(&document.value);
            (document.text != expected).then(|| {
                let diff = difference(&document.text, &expected);
                let message = format!("{} is not canonical:\n{diff}", document.file);
                Problem::new("canonical", message, REGEN)
            })
        })
        .collect()
}

/// Keywords of prose.
const PROSE: [&str; 6] = [
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "externalDocs",
];

/// No prose of the published documents is carried over.
pub fn facts_only(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for document in &workspace.documents {
        let mut note = |at: &Pointer, key: &str| {
            let message = format!("{}#{}: holds prose", document.file, at.child(key));
            problems.push(Problem::new("facts", message, REGEN));
        };
        let mut copy = document.value.clone();
        // The visit refuses nothing, so that all places are found.
        let _ = walk::down(&mut copy, &mut |node, at, value| {
            for key in PROSE {
                // OpenAPI demands a description of each response; an empty one says nothing.
                let allowed = node == Node::Response && key == "description" && value[key] == "";
                if value.get(key).is_some() && !allowed {
                    note(at, key);
                }
            }
            Ok(())
        });
        outside_the_walk(&document.value, document.product.name(), &mut note);
    }
    problems
}

/// The parts that are not interface: info, servers and tags hold names and addresses only.
fn outside_the_walk(value: &Value, product: &str, note: &mut dyn FnMut(&Pointer, &str)) {
    let info = Pointer::root().child("info");
    for (key, text) in value["info"].as_object().into_iter().flatten() {
        let is_name = text == product || text == &format!("prisma-cloud-{product}");
        let is_ours = key == "version" || is_name;
        if !is_ours {
            note(&info, key);
        }
    }
    for (section, allowed) in [("servers", "url"), ("tags", "name")] {
        let at = Pointer::root().child(section);
        for (index, entry) in value[section].as_array().into_iter().flatten().enumerate() {
            for (key, _) in entry.as_object().into_iter().flatten() {
                if key != allowed {
                    note(&at.child(index), key);
                }
            }
        }
    }
}

/// The documents are in the subset of OpenAPI that the pipeline promises.
pub fn conforming(workspace: &Workspace) -> Vec<Problem> {
    let documents = workspace.documents.iter();
    documents
        .flat_map(|document| {
            conformance::violations(document.product, &document.file, &document.value)
        })
        .map(|violation| Problem::new("conformance", violation.to_string(), REGEN))
        .collect()
}

/// Others than the pipeline take the documents for OpenAPI 3.0: the parser of the generator, and a
/// validator that has nothing to do with it.
pub fn valid(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for document in &workspace.documents {
        let mut note = |message: String| {
            let message = format!("{}: {message}", document.file);
            problems.push(Problem::new("validator", message, REGEN));
        };
        if let Err(error) = serde_json::from_str::<openapiv3::OpenAPI>(&document.text) {
            note(format!("openapiv3: {error}"));
        }
        let spec: Spec = match serde_json::from_str(&document.text) {
            Ok(spec) => spec,
            Err(error) => {
                note(format!("roas: {error}"));
                continue;
            }
        };
        let options = Options::IgnoreEmptyResponseDescription.only();
        let errors = spec.validate(options, None).err();
        for error in errors.into_iter().flat_map(|error| error.errors) {
            let text = error.to_string();
            if !is_published_so(&text) && !is_misread(&text) {
                note(format!("roas: {text}"));
            }
        }
    }
    problems
}

/// The service publishes paths that differ only in the names of their parameters. They are carried
/// as they are: each is an operation of its own, and both exist.
fn is_published_so(error: &str) -> bool {
    error.contains("collapse to the same shape")
}

/// A discriminator may map to references, as OpenAPI 3.0 says; the validator takes each for a name.
/// Whether references lead anywhere, `conforming` has looked at already.
fn is_misread(error: &str) -> bool {
    error.contains(".discriminator.mapping[") && error.contains("`#/components/schemas/#/")
}
