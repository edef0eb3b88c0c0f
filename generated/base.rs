//! The base URL of a client, parsed once.
//!
//! Most of parsing a URL goes into its host, which is the same for each call.

use std::fmt;
use std::sync::OnceLock;

use reqwest::Url;

/// A base URL as generated calls want it: without what each call adds.
#[derive(Debug)]
pub(crate) struct Base {
    text: String,
    url: Url,
    /// The path of the base, without a slash at its end.
    prefix: String,
}

impl Base {
    fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("the base URL {text:?}: {error}"))?;
        if url.cannot_be_a_base() {
            return Err(format!("the base URL {text:?} names no host"));
        }
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self {
            text: text.to_owned(),
            url,
            prefix,
        })
    }

    /// The URL of `path`, which begins with a slash and is encoded already.
    fn at(&self, path: fmt::Arguments<'_>) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.prefix));
        url
    }
}

/// Keeps the first base URL it is asked for.
///
/// Clones of a client share one. Where clients with other base URLs share it too, theirs are parsed for each call.
#[derive(Debug, Default)]
pub(crate) struct BaseCache(OnceLock<Base>);

impl BaseCache {
    /// The URL of `path` below `base`.
    pub(crate) fn url(&self, base: &str, path: fmt::Arguments<'_>) -> Result<Url, String> {
        match self.0.get() {
            Some(known) if known.text == base => Ok(known.at(path)),
            _ => {
                let parsed = Base::parse(base)?;
                let url = parsed.at(path);
                // Another call may have been faster.
                let _ = self.0.set(parsed);
                Ok(url)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(cache: &BaseCache, base: &str, path: &str) -> Result<String, String> {
        cache.url(base, format_args!("{path}")).map(String::from)
    }

    #[test]
    fn is_what_parsing_the_whole_makes() {
        let bases = [
            "https://api.prismacloud.io",
            "http://127.0.0.1:8080",
            "http://[::1]:9",
            "https://gateway.example/prisma/cloud",
            "https://GATEWAY.example:443/a%20b",
        ];
        let paths = [
            "/login",
            "/policy/p-1",
            "/policy/",
            "/a//b",
            "/policy/a%2Fb%3Fc%23d",
            "/policy/../user/me",
            "/policy/./x",
            "/policy/%2e%2E/x",
            "/policy/zürich",
            "/policy/a\\b",
            "/policy/a'b|c",
        ];
        for base in bases {
            // One for all paths, so that the later ones are answered from what is kept.
            let cache = BaseCache::default();
            for path in paths {
                let whole = Url::parse(&format!("{base}{path}")).unwrap();
                assert_eq!(
                    url(&cache, base, path).as_deref(),
                    Ok(whole.as_str()),
                    "{base} {path}"
                );
            }
        }
    }

    #[test]
    fn another_base_is_not_answered_with_the_first() {
        let cache = BaseCache::default();
        assert_eq!(
            url(&cache, "https://a.example", "/x").unwrap(),
            "https://a.example/x"
        );
        assert_eq!(
            url(&cache, "https://b.example", "/x").unwrap(),
            "https://b.example/x"
        );
        assert_eq!(
            url(&cache, "https://a.example", "/y").unwrap(),
            "https://a.example/y"
        );
    }

    #[test]
    fn what_is_no_base_is_refused_by_name() {
        for base in ["", "no url", "mailto:someone", "https://"] {
            let refused = url(&BaseCache::default(), base, "/x").unwrap_err();
            assert!(refused.contains(&format!("{base:?}")), "{refused}");
        }
    }
}
