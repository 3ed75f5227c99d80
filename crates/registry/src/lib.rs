//! What is declared once and read by everybody else: features of requests, and ways to refuse them.
//!
//! Declarations only: the code that reads them from packets is next to them, in `unanswered-wire` and
//! `unanswered-evidence`.
//!
//! # Data flow
//!
//! A [`Feature`] is a property of a request: its declaration has all that a consumer needs, from the price in
//! the search to the words of a report and the filter expressions of other tools. A [`RefusalKind`] is a way to
//! say no, with its words and its stable code; a [`Refusal`] is one as it was sent. Declarations are compared by
//! identity or by what they declare, never by their names.
//!
//! # Entry points
//!
//! - [`Feature::amount`], [`Feature::code`] and [`Feature::flag`] start a declaration, their methods add to it.
//! - [`RefusalKind::new`] declares a way to refuse.
//! - A [`Subject`] is what a column or a clause is about: a declared feature, or a column of a user's table, of
//!   which only the name is known.
//!
//! ```
//! use unanswered_registry::{Feature, Layer, Subject};
//! static TTL: Feature = Feature::amount("ip.ttl", "time to live").layer(Layer::Network).wireshark();
//! let subject = Subject::Feature(&TTL);
//! assert_eq!((subject.name(), subject.words()), ("ip.ttl", "time to live"));
//! ```

mod feature;
mod filter;
mod protocol;
mod refusal;
mod subject;

pub use feature::{Aspect, Feature, FeatureKind, FlagWords, Layer, Price, Quantity, Role};
pub use filter::{Bytes, CaptureTerm, Direction, DisplayTerm, Shifted, Transport};
pub use protocol::PROTOCOL;
pub use refusal::{Refusal, RefusalKind, RefusedBy};
pub use subject::Subject;
