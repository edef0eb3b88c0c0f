//! `cargo xtask examples`: do the types take the examples that the documents publish?
//!
//! The types have to be compiled in for that, with all groups; since nothing else here needs them,
//! they are behind a feature, and the command starts itself again with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use serde::Deserialize;

use super::{Outcome, workspace};

/// The arguments of `examples`.
#[derive(clap::Args)]
#[cfg_attr(not(feature = "examples"), allow(dead_code))]
pub struct Arguments {
    /// The folder with the published documents: `cspm/` and `code/`.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The form of the result.
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
#[cfg_attr(not(feature = "examples"), allow(dead_code))]
enum Format {
    Text,
    Json,
}

/// Examples that no schema can take, by document, operation and part, each with the reason.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
#[cfg_attr(not(feature = "examples"), allow(dead_code))]
pub struct Exceptions(BTreeMap<String, String>);

#[cfg_attr(not(feature = "examples"), allow(dead_code))]
impl Exceptions {
    /// Reads `spec/example-exceptions.json`.
    fn read() -> Result<Self, Box<dyn std::error::Error>> {
        let path = workspace().join("spec/example-exceptions.json");
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?)
    }
}

/// Runs the command in a build that has the types.
///
/// # Errors
/// If cargo cannot be started.
#[cfg(not(feature = "examples"))]
pub fn run(_: &Arguments) -> Outcome {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = std::process::Command::new(cargo)
        .args([
            "run",
            "--quiet",
            "--package",
            "xtask",
            "--features",
            "examples",
            "--",
        ])
        .args(std::env::args_os().skip(1))
        .status()?;
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// Runs the command.
///
/// # Errors
/// Documents that cannot be read or repaired.
#[cfg(feature = "examples")]
pub fn run(arguments: &Arguments) -> Outcome {
    let exceptions = Exceptions::read()?;
    let report = with_types::judge(&arguments.from, &exceptions)?;
    match arguments.format {
        Format::Text => print!("{}", report.text()),
        Format::Json => print!("{}", crate::pipeline::canonical::pretty(&report.json())),
    }
    Ok(if report.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[cfg(feature = "examples")]
mod with_types {
    use std::path::Path;

    use prisma_cloud_api::inspect::{Misfit as Unfit, Outcome, Part};
    use prisma_cloud_api::{code, cspm};
    use serde_json::{Value, json};

    use super::Exceptions;
    use crate::codegen;
    use crate::pipeline::document::{Document, Product};
    use crate::pipeline::failure::Failure;
    use crate::pipeline::names::key;
    use crate::pipeline::{source, walk};

    /// An example that the types do not take.
    pub struct Misfit {
        document: String,
        operation: String,
        part: &'static str,
        reason: String,
    }

    /// What became of all examples.
    #[derive(Default)]
    pub struct Report {
        responses: (usize, usize),
        requests: (usize, usize),
        /// Examples that fail and should not.
        pub failures: Vec<Misfit>,
        excused: Vec<Misfit>,
    }

    impl Report {
        pub fn text(&self) -> String {
            let mut text = String::new();
            for (label, list) in [("failed", &self.failures), ("excused", &self.excused)] {
                for misfit in list {
                    text.push_str(&format!(
                        "{label}: {} {} {}: {}\n",
                        misfit.document, misfit.operation, misfit.part, misfit.reason
                    ));
                }
            }
            text.push_str(&format!(
                "responses: {}/{} requests: {}/{}\n",
                self.responses.0, self.responses.1, self.requests.0, self.requests.1
            ));
            text
        }

        pub fn json(&self) -> Value {
            let list = |list: &[Misfit]| -> Vec<Value> {
                list.iter()
                    .map(|misfit| {
                        json!({"document": misfit.document, "operation": misfit.operation,
                            "part": misfit.part, "reason": misfit.reason})
                    })
                    .collect()
            };
            json!({
                "responses": {"passed": self.responses.0, "total": self.responses.1},
                "requests": {"passed": self.requests.0, "total": self.requests.1},
                "failures": list(&self.failures),
                "excused": list(&self.excused),
            })
        }
    }

    /// Tries all examples of the documents below `folder`.
    pub fn judge(folder: &Path, exceptions: &Exceptions) -> Result<Report, Failure> {
        let edition = source::read(folder)?;
        let mut report = Report::default();
        for document in edition.documents {
            examples(document, exceptions, &mut report);
        }
        Ok(report)
    }

    fn examples(mut document: Document, exceptions: &Exceptions, report: &mut Report) {
        let root = document.value.clone();
        let (product, name) = (document.product, document.name.clone());
        for site in walk::operations(&mut document.value) {
            let operation = Value::Object(site.value.clone());
            let key = key(site.method, site.path);
            let body = follow(&root, &operation["requestBody"]);
            for example in of_content(&root, &body["content"]) {
                report.requests.1 += 1;
                let outcome = inspect(product, &key, Part::Request, &example);
                let passed = settle(report, exceptions, &name, &key, "request", outcome);
                report.requests.0 += usize::from(passed);
            }
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                if !walk::is_success(status) {
                    continue;
                }
                let response = follow(&root, response);
                for example in of_content(&root, &response["content"]) {
                    report.responses.1 += 1;
                    let outcome = inspect(product, &key, Part::Response, &example);
                    let passed = settle(report, exceptions, &name, &key, "response", outcome);
                    report.responses.0 += usize::from(passed);
                }
            }
        }
    }

    fn settle(
        report: &mut Report,
        exceptions: &Exceptions,
        document: &str,
        operation: &str,
        part: &'static str,
        outcome: Result<(), String>,
    ) -> bool {
        let Err(reason) = outcome else { return true };
        let excuse = exceptions.0.get(&format!("{document} {operation} {part}"));
        let misfit = Misfit {
            document: document.to_owned(),
            operation: operation.to_owned(),
            part,
            reason: excuse.cloned().unwrap_or(reason),
        };
        match excuse {
            Some(_) => report.excused.push(misfit),
            None => report.failures.push(misfit),
        }
        false
    }

    fn follow<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
        value["$ref"]
            .as_str()
            .and_then(|reference| root.pointer(reference.strip_prefix('#')?))
            .unwrap_or(value)
    }

    /// The examples of the JSON media types of a body: on the media type, else on its schema.
    fn of_content(root: &Value, content: &Value) -> Vec<Value> {
        let mut found = Vec::new();
        for (media_type, media) in content.as_object().into_iter().flatten() {
            if !media_type.contains("json") && media_type != "*/*" {
                continue;
            }
            let before = found.len();
            found.extend(media.get("example").cloned());
            for (_, example) in media["examples"].as_object().into_iter().flatten() {
                found.extend(follow(root, example).get("value").cloned());
            }
            if found.len() == before {
                found.extend(follow(root, &media["schema"]).get("example").cloned());
            }
        }
        // `example: null` is what a generator writes where there is none.
        found.retain(|example| !example.is_null());
        found
    }

    fn inspect(product: Product, key: &str, part: Part, example: &Value) -> Result<(), String> {
        // An example may be JSON in a string.
        let parsed = example
            .as_str()
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
            .filter(|value| value.is_object() || value.is_array());
        let example = parsed.as_ref().unwrap_or(example);
        let bytes = example.to_string();
        let outcome = by_key(product, key)
            .and_then(|name| match product {
                Product::Cspm => cspm::types::inspect(&name, part, bytes.as_bytes()),
                Product::Code => code::types::inspect(&name, part, bytes.as_bytes()),
                // Nothing is published of the others.
                _ => None,
            })
            .ok_or_else(|| "the operation has no such body".to_owned())?;
        complete(example, outcome)
    }

    /// The example has to come out again with everything that its type knows of it.
    fn complete(example: &Value, outcome: Outcome) -> Result<(), String> {
        let written = outcome.map_err(|unfit| match unfit {
            Unfit::Unreadable(reason) => reason,
            Unfit::Unstable(written) => format!("reads back as something else: {written}"),
        })?;
        if example.is_object() != written.is_object() || example.is_array() != written.is_array() {
            return Err(format!("comes out as another kind of value: {written}"));
        }
        if let (Some(list), Some(again)) = (example.as_array(), written.as_array()) {
            if list.len() != again.len() {
                return Err(format!(
                    "{} of {} elements come out",
                    again.len(),
                    list.len()
                ));
            }
        }
        Ok(())
    }

    fn by_key(product: Product, key: &str) -> Option<String> {
        let operations = match product {
            Product::Cspm => cspm::OPERATIONS,
            Product::Code => code::OPERATIONS,
            _ => &[],
        };
        operations
            .iter()
            .find(|operation| format!("{} {}", operation.method, operation.path) == key)
            .map(|operation| codegen::method_name(operation.id))
    }
}
