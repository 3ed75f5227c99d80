//! What captures contribute to the diagnosis.
//!
//! It turns exchanges into what `unanswered-explain` reads. Nothing here decides what tells failed requests from
//! answered ones.
//!
//! # Data flow
//!
//! [`Exchanges`](unanswered_exchange::Exchanges) come in; [`ExchangeSource`] shows them to `unanswered-explain`
//! as a table whose columns are made when they are asked for (`columns`). What only captures can tell goes
//! through a second trait, [`Captured`](unanswered_explain::Captured): at which [`step`] requests failed, as
//! the places saw them; what happened to the translation that they go through (`mapping_history`); and what
//! the packets themselves show, for the catalogue (`observed`).
//!
//! # Entry points
//!
//! - [`ExchangeSource::new`] is what [`explain`](unanswered_explain::explain()) is given.
//! - [`step::step`] says where many failed requests failed, [`step::Steps`] where a single one did.
//! - [`slow_replies`] counts answers that came too late for an impatient client.
//! - [`CapturedRequests`] says what is written of each request besides its features.
//! - [`features`] has the features that are derived here; [`vocabulary`] lists the names that catalogue files may use.
//!
//! ```
//! use unanswered_capture::InputSpec;
//! use unanswered_evidence::ExchangeSource;
//! use unanswered_exchange::{PairerConfig, read_captures};
//! use unanswered_explain::{Options, explain};
//! use unanswered_table::Step;
//!
//! let inputs = ["cpn2", "cpn3", "ntp-a"]
//!     .map(|place| InputSpec::new(format!("../../testdata/captures/asym/{place}.pcap.zst")));
//! let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})?;
//! let diagnosis = explain(&ExchangeSource::new(&exchanges), &Options::default());
//!
//! let finding = &diagnosis.findings[0];
//! assert_eq!(finding.clauses[0].subject.name(), "ip.src");
//! // Replies left the server ntp-a and did not reach the client cpn2.
//! let step = finding.step.as_ref().expect("captures show where requests failed");
//! assert_eq!(step.step, Some(Step::DeliverReply));
//! # Ok::<(), unanswered_capture::OpenError>(())
//! ```

mod behind;
mod classes;
mod columns;
mod hop_loss;
mod mapping_history;
mod mapping_life;
mod observed;
mod repeats;
mod requests;
mod slow;
mod source;
pub mod step;
mod vocabulary;

pub use columns::features;
pub use requests::{CapturedRequests, ends};
pub use slow::{SlowReplies, slow_replies};
pub use source::ExchangeSource;
pub use vocabulary::{declared_features, vocabulary};
