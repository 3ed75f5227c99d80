//! What a column or a clause is about.

use crate::feature::{Aspect, Feature, Layer, Price, Quantity, Role};

/// A declared feature, or a column of a user's table.
///
/// Of a user's column only the name is known; two are the same when their names are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A feature of requests in captures.
    Feature(&'static Feature),
    /// A column, by the name that its table gives it.
    Column(String),
}

impl Subject {
    /// The feature's or column's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Feature(feature) => feature.name,
            Self::Column(name) => name,
        }
    }

    /// The same in words; a user's column speaks for itself.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Feature(feature) => feature.words,
            Self::Column(name) => name,
        }
    }

    /// What reports and programs take it for: a prefix is a value of the address.
    #[must_use]
    pub fn reported(&self) -> Self {
        match self {
            Self::Feature(feature) => Self::Feature(feature.shown_as.unwrap_or(feature)),
            Self::Column(name) => Self::Column(name.clone()),
        }
    }

    /// The name that reports and programs read.
    #[must_use]
    pub fn reported_name(&self) -> &str {
        let shown = self.feature().and_then(|feature| feature.shown_as);
        shown.map_or_else(|| self.name(), |feature| feature.name)
    }

    /// The declaration, if there is one.
    #[must_use]
    pub const fn feature(&self) -> Option<&'static Feature> {
        match self {
            Self::Feature(feature) => Some(feature),
            Self::Column(_) => None,
        }
    }

    /// Whether it is that feature.
    #[must_use]
    pub fn is(&self, feature: &Feature) -> bool {
        self.feature().is_some_and(|own| own.is(feature))
    }

    /// Where the property comes from; `None` for a user's column.
    #[must_use]
    pub fn layer(&self) -> Option<Layer> {
        self.feature().map(|f| f.layer)
    }

    /// What naming it costs; a user's column is as plain as they come.
    #[must_use]
    pub fn price(&self) -> Price {
        self.feature().map_or(Price::Plain, |f| f.price)
    }

    /// What it measures, if that is declared.
    #[must_use]
    pub fn quantity(&self) -> Quantity {
        self.feature().map_or(Quantity::Other, |f| f.quantity)
    }

    /// Which part of "who asked whom for what" it tells; for a user's column that is not guessed.
    #[must_use]
    pub fn role(&self) -> Role {
        self.feature().map_or(Role::Other, |f| f.role)
    }

    /// Whether it says where a request went; for a user's column that is not guessed.
    #[must_use]
    pub fn aspect(&self) -> Aspect {
        self.feature().map_or(Aspect::What, |f| f.aspect)
    }
}
