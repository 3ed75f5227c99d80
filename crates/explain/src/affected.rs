//! Whom failures struck, of what service, and when: what a reader asks first.

use crate::Value;

/// Some of the values that failed requests have, those with the most failures first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// A few of the values.
    pub values: Vec<Value>,
    /// How many different ones there are.
    pub all: usize,
}

/// How failures lie in time, beside requests of the same kind that were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Course {
    /// As far as can be told, from the first such request to the last.
    #[default]
    Throughout,
    /// Such requests were answered before the first failure.
    Since,
    /// Such requests were answered after the last failure.
    Until,
    /// Both.
    Between,
}

impl Course {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Throughout => "throughout",
            Self::Since => "since",
            Self::Until => "until",
            Self::Between => "between",
        }
    }
}

/// Whom failures struck, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Affected {
    /// Names of the protocols; none where the rows do not say.
    pub protocols: Named,
    /// Addresses of those who asked.
    pub clients: Named,
    /// Addresses of those who were asked.
    pub servers: Named,
    /// Time of the first failed request, in seconds; `None` without times.
    pub from: Option<f64>,
    /// Time of the last failed request.
    pub to: Option<f64>,
    /// How the failures lie in time.
    pub course: Course,
}
