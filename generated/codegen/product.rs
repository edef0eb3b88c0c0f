//! The products: which documents there are, and where their clients go.

/// A product: one document in `spec/`, one generated client.
#[derive(Debug)]
pub struct Product {
    /// The name of the document, and of its names, summaries and features.
    pub name: &'static str,
    /// The module of the client, below the crate.
    pub module: &'static str,
    /// The variant of the library's `Product`.
    pub variant: &'static str,
    /// What the client is of, in its documentation.
    pub title: &'static str,
    /// Whether the product is one feature, without which there is no module. Else every API group
    /// is a feature of its own, and the module is there in any case.
    pub whole: bool,
    /// Other features without which the session cannot do with this one.
    pub needs: &'static [&'static str],
}

/// All products, in the order in which they are reported.
pub const PRODUCTS: [Product; 5] = [
    Product {
        name: "cspm",
        module: "cspm",
        variant: "Cspm",
        title: "the CSPM API of Prisma Cloud",
        whole: false,
        needs: &[],
    },
    Product {
        name: "code",
        module: "code",
        variant: "Code",
        title: "the Code Security API of Prisma Cloud",
        whole: false,
        needs: &[],
    },
    Product {
        name: "ibm-iam",
        module: "ibm::iam",
        variant: "IbmIam",
        title: "IBM Cloud IAM: tokens and API keys",
        whole: true,
        needs: &[],
    },
    Product {
        name: "ibm-configuration",
        module: "ibm::configuration",
        variant: "IbmConfiguration",
        title: "the Configuration API v1 of IBM Cloud, which was retired in December 2022",
        whole: true,
        // Tokens come from there.
        needs: &["ibm-iam"],
    },
    Product {
        name: "ibm-compliance",
        module: "ibm::compliance",
        variant: "IbmCompliance",
        title: "the Security and Compliance API v3 of IBM Cloud, whose support ended in December 2025",
        whole: true,
        needs: &["ibm-iam"],
    },
];

impl Product {
    /// The product called `name`.
    ///
    /// # Panics
    /// If there is none: names of products are constants.
    pub fn named(name: &str) -> &'static Self {
        PRODUCTS
            .iter()
            .find(|product| product.name == name)
            .unwrap_or_else(|| panic!("{name} is no product; see generated/codegen/product.rs"))
    }

    /// The cargo feature of the API group called `group`: `cspm-alerts`, or `ibm-iam` for any.
    pub fn feature(&self, group: &str) -> String {
        if self.whole {
            self.name.to_owned()
        } else {
            format!("{}-{group}", self.name)
        }
    }

    /// The feature that enables all products of this one's family, where it is not the product's
    /// own name: `ibm`.
    pub fn family(&self) -> Option<&'static str> {
        self.name
            .split_once('-')
            .filter(|_| self.whole)
            .map(|(family, _)| family)
    }
}
