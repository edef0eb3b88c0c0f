//! The file that the console offers when an access key is made.

use std::path::Path;

use secrecy::SecretString;

use super::open::problem;
use super::pieces::Pieces;
use crate::error::Error;

/// What the id and the secret are called; letters and digits only.
const IDS: [&str; 3] = ["accesskeyid", "accesskey", "id"];
const SECRETS: [&str; 3] = ["secretkey", "secretaccesskey", "secret"];

/// Id and secret in `text`, which came from `path`: a row of names above a row of values, or each name before its value.
pub(super) fn parse(path: &Path, text: &str) -> Result<Pieces, Error> {
    let rows: Vec<(usize, Vec<String>)> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| (index + 1, fields(line)))
        .collect();
    let Some(((_, head), rest)) = rows.split_first() else {
        return Err(problem(path, "the file is empty"));
    };
    let column = |names: &[&str]| head.iter().position(|field| is_one_of(field, names));
    let (id, secret) = match (column(&IDS), column(&SECRETS)) {
        (Some(id), Some(secret)) => in_columns(path, rest, id, secret)?,
        (None, None) => {
            return Err(problem(
                path,
                "line 1 names neither \"Access Key ID\" nor \"Secret Key\"; give the file as the console made it",
            ));
        }
        // The names stand in the first column.
        (id, _) => match (named(&rows, &IDS), named(&rows, &SECRETS)) {
            (Some(id), Some(secret)) => (id, secret),
            _ => {
                let lacks = if id.is_some() {
                    "Secret Key"
                } else {
                    "Access Key ID"
                };
                return Err(problem(path, format!("line 1 does not name \"{lacks}\"")));
            }
        },
    };
    for ((line, value), name) in [(&id, "Access Key ID"), (&secret, "Secret Key")] {
        if value.is_empty() {
            return Err(problem(path, format!("line {line}: \"{name}\" is empty")));
        }
    }
    Ok(Pieces {
        identity: Some(id.1),
        secret: Some(SecretString::from(secret.1)),
        ..Pieces::default()
    })
}

type Row = (usize, Vec<String>);
/// A value, and its line.
type Found = (usize, String);

fn in_columns(
    path: &Path,
    rows: &[Row],
    id: usize,
    secret: usize,
) -> Result<(Found, Found), Error> {
    match rows {
        [] => Err(problem(path, "there is no line with a key below the names")),
        [(line, row)] => {
            let value = |column: usize| row.get(column).cloned().unwrap_or_default();
            Ok(((*line, value(id)), (*line, value(secret))))
        }
        [_, (line, _), ..] => Err(problem(
            path,
            format!("line {line} holds a second key; keep the line of the key to use"),
        )),
    }
}

/// The second field of the row that begins with one of `names`.
fn named(rows: &[Row], names: &[&str]) -> Option<Found> {
    let (line, row) = rows.iter().find(|(_, row)| is_one_of(&row[0], names))?;
    Some((*line, row.get(1)?.clone()))
}

fn is_one_of(field: &str, names: &[&str]) -> bool {
    let letters: String = field.chars().filter(char::is_ascii_alphanumeric).collect();
    names.contains(&letters.to_ascii_lowercase().as_str())
}

/// The fields of a line, without the quotes around them.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.trim_end_matches('\r').chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(field) = fields.last_mut() else {
            break;
        };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            letter => field.push(letter),
        }
    }
    fields.iter().map(|field| field.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_commas_are_read_as_spreadsheets_write_them() {
        for (line, expected) in [
            ("a,b", &["a", "b"][..]),
            ("\"a\", b ,\"\"", &["a", "b", ""]),
            ("\"a,b\",\"say \"\"hi\"\"\"", &["a,b", "say \"hi\""]),
            ("", &[""]),
        ] {
            assert_eq!(fields(line), expected, "{line}");
        }
    }
}
