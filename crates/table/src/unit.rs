//! What counts as one independent piece of evidence.

/// A thousand requests of one flow share their fate and prove no more than one. This is what shares it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Each request is a unit of its own.
    #[default]
    Request,
    /// Each row of a table is a unit of its own.
    Row,
    /// A flow: both ends with their ports.
    Flow,
    /// A flow as an address translation made it.
    NatMapping,
    /// What a user's table calls it.
    Named(String),
}

impl Unit {
    /// The word for one of them, in tables and reports.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Request => "request",
            Self::Row => "row",
            Self::Flow => "flow",
            Self::NatMapping => "NAT mapping",
            Self::Named(name) => name,
        }
    }

    /// The unit of that [word](Self::word).
    #[must_use]
    pub fn named(word: &str) -> Self {
        let known = [Self::Request, Self::Row, Self::Flow, Self::NatMapping];
        known.into_iter().find(|unit| unit.word() == word).unwrap_or_else(|| Self::Named(word.to_owned()))
    }
}
