//! What captures say to the diagnosis.
//!
//! Data flow: [`Exchanges`](unanswered_exchange::Exchanges) come in; [`ExchangeSource`] shows them to
//! `unanswered-explain` as a table whose columns are made when they are asked for (`columns`). What only
//! captures can tell goes the same way through a second trait: at which [`step`] requests failed, as the
//! places saw them; what happened to the translation that they go through (`mapping_history`); and what
//! the packets themselves show, for the catalogue (`observed`).
//!
//! Nothing here decides what tells failed requests from answered ones.

mod columns;
mod mapping_history;
mod mapping_life;
mod observed;
mod source;
pub mod step;
mod vocabulary;

pub use columns::features;
pub use source::ExchangeSource;
pub use vocabulary::vocabulary;
