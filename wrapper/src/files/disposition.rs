//! The name of a file, from the `Content-Disposition` header, made safe to use as a name.

use percent_encoding::percent_decode_str;

/// Longer names are cut, before the extension. Common file systems allow 255 bytes, and a temporary name is longer.
const MOST_BYTES: usize = 200;
/// An extension longer than this is none.
const MOST_EXTENSION: usize = 16;

/// The name that `header` gives the file: `filename*` (RFC 8187) before `filename`, as RFC 6266 wants it. Whatever the server
/// says, the result is one name and never a path.
pub(crate) fn name(header: &str) -> Option<String> {
    let parameters = parameters(header);
    let value = |wanted: &str| {
        parameters
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    value("filename*")
        .and_then(extended)
        .and_then(|name| safe(&name))
        .or_else(|| value("filename").and_then(safe))
}

/// The parameters behind the disposition's type, names in lower case, values without their quotes.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = match header.split_once(';') {
        Some((_, rest)) => rest,
        None => return found,
    };
    while let Some((name, behind)) = rest.split_once('=') {
        let name = name.trim_matches([' ', '\t', ';']).to_ascii_lowercase();
        let behind = behind.trim_start();
        let value;
        (value, rest) = match behind.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let end = behind.find(';').unwrap_or(behind.len());
                (behind[..end].trim_end().to_owned(), &behind[end..])
            }
        };
        found.push((name, value));
    }
    found
}

/// The text up to the closing quote, and what is behind it. A backslash quotes the character after it only if that is a
/// quote or a backslash: servers write paths of Windows without quoting.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return (value, &text[index + 1..]),
            '\\' => match characters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, quoted)) => value.push(quoted),
                None => value.push('\\'),
            },
            character => value.push(character),
        }
    }
    (value, "")
}

/// `UTF-8'en'%e2%82%ac%20rates`: character set, language, and bytes in percent form.
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_decode_str(encoded);
    if charset.eq_ignore_ascii_case("utf-8") {
        bytes.decode_utf8().ok().map(Into::into)
    } else if charset.eq_ignore_ascii_case("iso-8859-1") {
        Some(bytes.map(char::from).collect())
    } else {
        None
    }
}

/// `name` as one component that every common platform takes; nothing if nothing is left of it.
pub(crate) fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next()?;
    let clean: String = last
        .chars()
        .filter(|character| !character.is_control())
        .map(|character| match character {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            character => character,
        })
        .collect();
    // A dot in front would hide the file; at the end Windows drops dots and spaces.
    let clean = clean
        .trim_start_matches([' ', '.'])
        .trim_end_matches([' ', '.']);
    if clean.is_empty() {
        return None;
    }
    let cut = shorten(clean);
    Some(if is_device(&cut) {
        format!("_{cut}")
    } else {
        cut
    })
}

/// At most [`MOST_BYTES`], with the extension kept.
fn shorten(name: &str) -> String {
    if name.len() <= MOST_BYTES {
        return name.to_owned();
    }
    let extension = match name.rfind('.') {
        Some(dot) if name.len() - dot <= MOST_EXTENSION => &name[dot..],
        _ => "",
    };
    let mut end = MOST_BYTES - extension.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", &name[..end])
}

/// Names that mean a device on Windows, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    let upper = stem.to_ascii_uppercase();
    match upper.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" => true,
        other => {
            (other.len() == 4)
                && (other.starts_with("COM") || other.starts_with("LPT"))
                && other.ends_with(|digit: char| digit.is_ascii_digit())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_servers_write_them() {
        for (header, expected) in [
            ("attachment; filename=alerts.csv", Some("alerts.csv")),
            (
                "attachment; filename=\"my alerts.csv\"",
                Some("my alerts.csv"),
            ),
            (
                "ATTACHMENT ;FileName = \"a;b=c.csv\" ; x=y",
                Some("a;b=c.csv"),
            ),
            (
                r#"attachment; filename="a \"b\" c.csv""#,
                Some("a _b_ c.csv"),
            ),
            (
                "attachment; filename=old.csv; filename*=UTF-8''%e2%82%ac%20rates.csv",
                Some("€ rates.csv"),
            ),
            ("attachment; filename*=iso-8859-1'en'%A3.csv", Some("£.csv")),
            (
                "attachment; filename=x.csv; filename*=UTF-16''%00",
                Some("x.csv"),
            ),
            (
                "attachment; filename=x.csv; filename*=UTF-8''%ff",
                Some("x.csv"),
            ),
            ("attachment; filename=\"unclosed.csv", Some("unclosed.csv")),
            ("attachment", None),
            ("inline; size=3", None),
            ("attachment; filename=\"\"", None),
        ] {
            assert_eq!(name(header).as_deref(), expected, "{header}");
        }
    }

    #[test]
    fn a_name_is_never_a_path() {
        for (given, expected) in [
            ("../../etc/passwd", Some("passwd")),
            ("/etc/passwd", Some("passwd")),
            (r"C:\Windows\report.pdf", Some("report.pdf")),
            ("..", None),
            ("a/..", None),
            ("a/", None),
            (".bashrc", Some("bashrc")),
            ("a\0b\nc.csv", Some("abc.csv")),
            ("CON.csv", Some("_CON.csv")),
            ("com1", Some("_com1")),
            ("command.csv", Some("command.csv")),
            ("report 12:30?.csv ", Some("report 12_30_.csv")),
        ] {
            assert_eq!(safe(given).as_deref(), expected, "{given}");
        }
        let header = r#"attachment; filename*=UTF-8''..%2F..%2Froot%2F.ssh%2Fauthorized_keys"#;
        assert_eq!(name(header).as_deref(), Some("authorized_keys"));
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = safe(&format!("{}.csv", "ä".repeat(200))).unwrap();
        assert!(
            name.len() <= MOST_BYTES && name.ends_with("ä.csv"),
            "{name}"
        );
        assert_eq!(safe(&"x".repeat(300)).unwrap().len(), MOST_BYTES);
    }
}
