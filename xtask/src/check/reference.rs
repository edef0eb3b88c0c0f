//! The addresses of the official reference pages.

/// The page of the operation that is published as `id`; the product's index without an id.
pub fn address(product: &str, id: &str) -> String {
    // Of the services that are gone, the documentation of the provider's own SDK is what is left.
    const SDK: &str = "https://pkg.go.dev/github.com/IBM/scc-go-sdk";
    match product {
        "ibm-iam" => {
            let page = "https://cloud.ibm.com/apidocs/iam-identity-token-api";
            return format!("{page}#{}", id.replace('_', "-"));
        }
        "ibm-configuration" => {
            return format!("{SDK}/v4/configurationgovernancev1#ConfigurationGovernanceV1.{id}");
        }
        "ibm-compliance" => {
            return format!(
                "{SDK}/v5/securityandcompliancecenterapiv3#SecurityAndComplianceCenterApiV3.{id}"
            );
        }
        _ => {}
    }
    let index = format!("https://pan.dev/prisma-cloud/api/{product}/");
    let slug = words(id).join("-");
    if slug.is_empty() {
        index
    } else {
        format!("{index}{slug}/")
    }
}

/// The words of `text` in lower case, as lodash's `kebabCase` has them: a run of capitals stays
/// together but for the first letter of a word, and letters and digits are separate words.
fn words(text: &str) -> Vec<String> {
    #[derive(Clone, Copy, PartialEq)]
    enum Sort {
        Upper,
        Lower,
        Digit,
        Other,
    }
    let sort = |c: char| match c {
        'A'..='Z' => Sort::Upper,
        'a'..='z' => Sort::Lower,
        '0'..='9' => Sort::Digit,
        _ => Sort::Other,
    };
    let letters: Vec<char> = text.chars().filter(|c| *c != '\'').collect();
    let mut words: Vec<String> = vec![String::new()];
    for (index, &c) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| sort(letters[index]));
        let after = letters.get(index + 1).copied().map(sort);
        let starts = match (before, sort(c)) {
            (_, Sort::Other) | (None, _) => true,
            (Some(Sort::Upper), Sort::Upper) => after == Some(Sort::Lower),
            (Some(Sort::Upper), Sort::Lower) => false,
            (Some(before), sort) => before != sort,
        };
        if starts {
            words.push(String::new());
        }
        if sort(c) != Sort::Other
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_those_of_the_published_pages() {
        for (id, slug) in [
            ("app-login", "app-login"),
            ("create-integration-v1", "create-integration-v-1"),
            (
                "get-compliance-posture-trend-v2",
                "get-compliance-posture-trend-v-2",
            ),
            ("getVCSRepositoryPage", "get-vcs-repository-page"),
            ("asset_2", "asset-2"),
            ("Get External ID ", "get-external-id"),
        ] {
            let expected = format!("https://pan.dev/prisma-cloud/api/cspm/{slug}/");
            assert_eq!(address("cspm", id), expected);
        }
        assert_eq!(
            address("code", ""),
            "https://pan.dev/prisma-cloud/api/code/"
        );
    }

    #[test]
    fn operations_of_ibm_lead_to_its_own_documentation() {
        for (product, id, end) in [
            (
                "ibm-iam",
                "list_api_keys",
                "iam-identity-token-api#list-api-keys",
            ),
            (
                "ibm-configuration",
                "CreateRules",
                "#ConfigurationGovernanceV1.CreateRules",
            ),
            (
                "ibm-compliance",
                "GetRule",
                "#SecurityAndComplianceCenterApiV3.GetRule",
            ),
        ] {
            let address = address(product, id);
            assert!(
                address.starts_with("https://") && address.ends_with(end),
                "{address}"
            );
        }
    }
}
