//! What is wrong with a query, and where.

use std::fmt;

use crate::error::Error;
use crate::error::printable::printable;

/// Why the service refuses an RQL query: its words, the place in the query, and what it would take there instead.
///
/// It is the source of the error of a search; [`RqlProblem::of`] finds it. Displayed, it shows the line with a caret:
///
/// ```text
/// mismatched input 'form' expecting 'from'
///   config form cloud.resource where api.name = 'aws-ec2'
///          ^ expected: from
/// ```
#[derive(Clone)]
pub struct RqlProblem {
    query: String,
    words: String,
    position: Option<usize>,
    expected: Vec<String>,
    refusal: Error,
}

impl RqlProblem {
    /// The problem behind `error`, if it is about a query.
    pub fn of(error: &Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }

    pub(super) fn new(query: &str, refusal: Error) -> Self {
        let words = printable(words(&refusal));
        Self {
            position: position(&words, query),
            query: query.to_owned(),
            expected: Vec::new(),
            words,
            refusal,
        }
    }

    /// With what the service suggests; its place counts only if its words name none.
    pub(super) fn suggested(mut self, offset: Option<usize>, expected: Vec<String>) -> Self {
        let length = self.query.chars().count();
        self.position = self.position.or(offset.filter(|offset| *offset <= length));
        self.expected = expected.into_iter().map(printable).collect();
        self
    }

    /// The query as it was sent.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// What the service says.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The character of the query that the service stumbles over, counted from 0; nothing if it does not tell.
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// What the service suggests at that place; may be empty.
    pub fn expected(&self) -> &[String] {
        &self.expected
    }

    /// The refusal itself, with status, keys and request id.
    pub fn refusal(&self) -> &Error {
        &self.refusal
    }

    /// The place in one sentence, for the message of the error.
    pub(super) fn place(&self) -> Option<String> {
        let position = self.position?;
        let rest: String = self.query.chars().skip(position).collect();
        let near = rest.split_whitespace().next().unwrap_or_default();
        let place = match near {
            "" => "the query ends too early".to_owned(),
            near => format!("see character {} of the query, at `{near}`", position + 1),
        };
        Some(match self.expected.first() {
            Some(first) => format!("{place}; `{first}` would fit there"),
            None => place,
        })
    }
}

impl fmt::Display for RqlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        let mut begin = 0;
        for line in self.query.split('\n') {
            let line = line.trim_end_matches('\r');
            write!(f, "\n  {}", line.replace('\t', " "))?;
            let length = line.chars().count();
            if let Some(position) = self.position
                && (begin..=begin + length).contains(&position)
            {
                // As a width of `{:>}` a place beyond 65 535 would be a panic.
                write!(f, "\n  {}^", " ".repeat(position - begin))?;
                if !self.expected.is_empty() {
                    let shown: Vec<&str> =
                        self.expected.iter().take(5).map(String::as_str).collect();
                    write!(f, " expected: {}", shown.join(", "))?;
                }
            }
            begin += length + 1;
        }
        Ok(())
    }
}

impl fmt::Debug for RqlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RqlProblem")
            .field("words", &self.words)
            .field("position", &self.position)
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for RqlProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.refusal)
    }
}

/// The most telling of what the service says: the subject of a status entry, the words of the body, or a key.
fn words(refusal: &Error) -> String {
    let subjects = refusal.entries().iter();
    let subject = subjects
        .clone()
        .filter_map(|entry| entry.subject.as_deref())
        .find(|subject| subject.contains(' '));
    if let Some(subject) = subject {
        return subject.to_owned();
    }
    let content_type = refusal.headers().get(http::header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    if let Some(message) = crate::error::body::parse(refusal.body(), content_type).message {
        return message;
    }
    match subjects.map(|entry| entry.key.as_str()).next() {
        Some(key) => format!("the query is not accepted: {key}"),
        None => "the query is not accepted".to_owned(),
    }
}

/// The place that `words` name: `line 1:7` as parsers write it, a position or a column, or a word in quotes that is
/// in the query once.
fn position(words: &str, query: &str) -> Option<usize> {
    let lower = words.to_ascii_lowercase();
    let length = query.chars().count();
    at_line(&lower, query)
        .or_else(|| number_after(&lower, &["position", "offset", "index"]))
        .or_else(|| number_after(&lower, &["column", "character"])?.checked_sub(1))
        .filter(|position| *position <= length)
        .or_else(|| quoted(words, query))
}

/// `line 2:7`: lines count from 1, characters in them from 0.
fn at_line(words: &str, query: &str) -> Option<usize> {
    let rest = words.split("line ").nth(1)?;
    let (line, rest) = rest.split_once(':')?;
    let line: usize = line.trim().parse().ok()?;
    let digits: String = rest
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let before: usize = query
        .split('\n')
        .take(line.checked_sub(1)?)
        .map(|line| line.chars().count() + 1)
        .sum();
    before.checked_add(digits.parse().ok()?)
}

/// The number that follows one of `names`, with little in between.
fn number_after(words: &str, names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| {
        let rest = words.split(name).nth(1)?;
        let rest = rest.trim_start_matches([' ', ':', '=', '#']);
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

fn quoted(words: &str, query: &str) -> Option<usize> {
    ['\'', '"', '`'].into_iter().find_map(|quote| {
        let word = words.split(quote).nth(1)?.trim();
        let mut places = query.match_indices(word);
        match (word, places.next(), places.next()) {
            ("", _, _) => None,
            (_, Some((bytes, _)), None) => Some(query[..bytes].chars().count()),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, StatusEntry};

    const QUERY: &str = "config form cloud.resource where api.name = 'aws-ec2'";

    #[test]
    fn places_as_services_write_them() {
        for (words, query, expected) in [
            (
                "line 1:7 mismatched input 'form' expecting 'from'",
                QUERY,
                Some(7),
            ),
            ("Syntax error at line 2:3", "config\n  form", Some(10)),
            ("unexpected token at position 7", QUERY, Some(7)),
            ("error, offset: 7", QUERY, Some(7)),
            ("Invalid query (column 8)", QUERY, Some(7)),
            ("mismatched input 'form' expecting 'from'", QUERY, Some(7)),
            (
                "unknown attribute `api.nam`",
                "config where api.nam = 1",
                Some(13),
            ),
            // Not in the query, in it twice, beyond it, or nothing at all.
            ("unknown 'nothing'", QUERY, None),
            ("unknown 'a'", QUERY, None),
            ("at position 700", QUERY, None),
            ("invalid query", QUERY, None),
            ("line 0:x", QUERY, None),
            ("line 2:18446744073709551615", "a\nb", None),
            (
                "line 18446744073709551615:18446744073709551615",
                "a\nb",
                None,
            ),
            ("line 2:99999999999999999999", "a\nb", None),
            ("column 18446744073709551615", "a\nb", None),
            ("position 18446744073709551615", "a\nb", None),
            ("column 0", "a\nb", None),
            ("mismatched input 'größe'", "ü größe", Some(2)),
        ] {
            assert_eq!(position(words, query), expected, "{words}");
        }
    }

    fn refusal(subject: Option<&str>, body: &'static str) -> Error {
        let entry = StatusEntry {
            key: "bad_rql".into(),
            severity: None,
            subject: subject.map(str::to_owned),
        };
        Error::new(ErrorKind::InvalidRequest, "no")
            .with_entries(vec![entry])
            .with_body(body.into(), false)
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        let problem = RqlProblem::new(QUERY, refusal(Some("line 1:7 mismatched input 'form'"), ""));
        assert_eq!(
            problem.to_string(),
            format!("line 1:7 mismatched input 'form'\n  {QUERY}\n         ^")
        );
        let problem = problem.suggested(Some(3), vec!["from".into()]);
        assert_eq!(problem.position(), Some(7), "the words win");
        assert!(problem.to_string().ends_with("\n         ^ expected: from"));
        assert_eq!(
            problem.place().unwrap(),
            "see character 8 of the query, at `form`; `from` would fit there"
        );

        let lines = "config from cloud.resource\n  were x = 1";
        let problem = RqlProblem::new(lines, refusal(Some("line 2:2 no viable alternative"), ""));
        assert!(
            problem.to_string().ends_with("\n    were x = 1\n    ^"),
            "{problem}"
        );
        let early = RqlProblem::new("config", refusal(None, "")).suggested(Some(6), Vec::new());
        assert_eq!(early.place().unwrap(), "the query ends too early");
        let nowhere = RqlProblem::new("config", refusal(None, "")).suggested(Some(60), Vec::new());
        assert_eq!(nowhere.place(), None);
    }

    #[test]
    fn a_place_far_into_a_line_is_shown() {
        let query = format!("{}form", " ".repeat(70_000));
        let problem = RqlProblem::new(&query, refusal(Some("mismatched at line 1:70000"), ""));
        let shown = problem.to_string();
        assert!(shown.ends_with(&format!("\n  {}^", " ".repeat(70_000))));
    }

    #[test]
    fn neither_words_nor_suggestions_steer_a_terminal() {
        let problem = RqlProblem::new(
            "config",
            refusal(None, "{\"message\":\"\u{202e}at position 3\"}"),
        );
        let shown = problem.suggested(None, vec!["\u{1b}[31mfrom\u{200b}".into()]);
        assert_eq!(shown.words(), r"\u{202e}at position 3");
        assert_eq!(shown.expected(), [r"\u{1b}[31mfrom\u{200b}"]);
    }

    #[test]
    fn the_words_are_the_services_own() {
        for (subject, body, expected) in [
            (
                Some("a whole sentence"),
                "{\"message\":\"other\"}",
                "a whole sentence",
            ),
            (
                Some("query"),
                "{\"message\":\"from the body\"}",
                "from the body",
            ),
            (None, "", "the query is not accepted: bad_rql"),
        ] {
            assert_eq!(words(&refusal(subject, body)), expected);
        }
    }
}
