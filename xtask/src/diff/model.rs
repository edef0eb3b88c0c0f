//! The result of a comparison.

use crate::pipeline::document::Product;

/// What a change means for code that uses the generated API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Code may no longer compile, or no longer mean the same.
    Breaking,
    /// Code goes on as it is.
    Compatible,
}

impl Class {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Compatible => "compatible",
        }
    }
}

/// On which side of a call users meet a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// In what they send: parameters and request bodies.
    Send,
    /// In what they receive: the bodies of successful answers.
    Receive,
    /// In the call itself.
    Both,
}

impl Direction {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Both => "both",
        }
    }
}

/// The named schema that a change lies in, so that reports can say once what many operations
/// share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shared {
    /// The schema's name in the new document.
    pub schema: String,
    /// The place below it.
    pub place: String,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where in the operation: `response body /items/[]/status`.
    pub place: String,
    /// What is different.
    pub what: String,
    /// For whom.
    pub direction: Direction,
    /// How bad.
    pub class: Class,
    /// Why it is of that class.
    pub reason: &'static str,
    /// The enumeration values that were added or removed.
    pub values: Vec<String>,
    /// The named schema it lies in.
    pub shared: Option<Shared>,
}

/// An operation that is in one document only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The method, upper case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// The operation id.
    pub id: String,
    /// The path under which the other document has what seems to be the same operation.
    pub moved: Option<String>,
}

/// An operation that is in both documents and differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The method, upper case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// The operation id in the new document.
    pub id: String,
    /// How it differs.
    pub changes: Vec<Change>,
}

/// The comparison of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductComparison {
    /// The product.
    pub product: Product,
    /// Operations only in the new document.
    pub added: Vec<Entry>,
    /// Operations only in the old document.
    pub removed: Vec<Entry>,
    /// Operations in both.
    pub changed: Vec<Changed>,
}

/// Why an operation that is gone breaks code.
pub const REMOVED: &str = "the generated method is gone";
/// Why an operation that has moved breaks code, even if its method keeps its name.
pub const MOVED: &str = "the method calls another path, and pins and tables are keyed by the path";
/// Why an operation that is new breaks nothing.
pub const ADDED: &str = "a method is added, no other changes";

impl ProductComparison {
    /// How many changes are of `class`. A removed operation is one, and so is an added one.
    pub fn count(&self, class: Class) -> usize {
        let whole = match class {
            Class::Breaking => self.removed.len(),
            Class::Compatible => self.added.len(),
        };
        let changes = self.changed.iter().flat_map(|entry| &entry.changes);
        whole + changes.filter(|change| change.class == class).count()
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// The comparison of two editions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// One for each product.
    pub products: Vec<ProductComparison>,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.products.iter().all(ProductComparison::is_empty)
    }

    /// Whether something breaks code.
    pub fn is_breaking(&self) -> bool {
        self.products
            .iter()
            .any(|product| product.count(Class::Breaking) > 0)
    }
}
