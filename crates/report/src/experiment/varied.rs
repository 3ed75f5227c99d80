//! What an experiment varies, and within which range.

use super::{FieldName, units};
use crate::number;
use unanswered_probe::{Field, Setting};
use unanswered_time::Span;

/// What is varied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Varied {
    /// Nothing: the same request is sent again.
    Nothing,
    /// A field within a range, both ends included.
    Range {
        /// The field.
        field: Field,
        /// The smallest value that may be sent.
        low: u64,
        /// The largest.
        high: u64,
    },
    /// A field, of which only these values may be sent.
    Values {
        /// The field.
        field: Field,
        /// The values.
        values: Vec<u64>,
    },
    /// Whole requests, each by what it sets.
    Requests(Vec<Vec<Setting>>),
    /// How many requests are sent in a burst.
    Burst {
        /// The largest burst.
        largest: u32,
        /// Time between two requests of a burst.
        spacing: Span,
    },
    /// The pause between two requests.
    Pause {
        /// The shortest that is tried.
        shortest: Span,
        /// The longest.
        longest: Span,
    },
}

/// `source port from 1 to 65535`.
pub(super) fn words(varied: &Varied, fields: &[FieldName]) -> String {
    match varied {
        Varied::Nothing => "nothing: the same request again".to_owned(),
        Varied::Range { field, low, high } => {
            let name = units::named(fields, *field);
            format!("{} from {} to {}", name.words, units::value(name, *low), units::value(name, *high))
        }
        Varied::Values { field, values } => {
            let name = units::named(fields, *field);
            let values: Vec<String> = values.iter().map(|v| units::value(name, *v)).collect();
            format!("{}: {}", name.words, several(&values))
        }
        Varied::Requests(list) => {
            let list: Vec<String> = list.iter().map(|settings| units::settings(fields, settings)).collect();
            format!("requests with {}", several(&list))
        }
        Varied::Burst { largest, spacing } => format!(
            "bursts of up to {}, {} apart",
            number::count(u64::from(*largest), "request"),
            units::span(*spacing)
        ),
        Varied::Pause { shortest, longest } => {
            format!("pauses from {} to {}", units::lasting(*shortest), units::lasting(*longest))
        }
    }
}

/// How many of a list are named.
const NAMED: usize = 12;

fn several(list: &[String]) -> String {
    let more = list.len().saturating_sub(NAMED);
    let shown: Vec<String> = list.iter().take(NAMED).cloned().collect();
    if more > 0 { format!("{} and {more} more", shown.join("; ")) } else { shown.join("; ") }
}
