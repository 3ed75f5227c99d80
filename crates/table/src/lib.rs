//! Requests as rows: what the diagnosis reads, wherever the requests came from.
//!
//! This crate knows neither packets nor causes. Rows are made from captures by `unanswered-evidence`; what tells
//! failed rows from answered ones is the work of `unanswered-explain`.
//!
//! # Data flow
//!
//! A [`Table`] has a row for each request in order of time, a [`Column`] for each feature known when the request
//! was sent, and one [`Outcome`] for each row. [`io::table_of`] makes a table of a
//! [`Log`](log::Log) that crate `unanswered-logs` read; the [`TableSummary`](io::TableSummary) says how a file was understood
//! and what was left out.
//!
//! # Entry points
//!
//! - [`io::table_of`]; [`io::TableSpec`] says which column holds the outcome and which of its values mean failed.
//!   [`io::write_table`] writes.
//! - [`Table`] and [`Column`] can be filled by hand.
//! - [`Outcome`], [`Reason`] and [`Step`] are the words for what became of a request.
//!
//! ```
//! use unanswered_table::Outcome;
//! use unanswered_table::cells::{CellColumn, Cells};
//! use unanswered_table::io::{TableRead, TableSpec, table_of};
//! use unanswered_table::log::Log;
//!
//! let mut columns = ["time", "client", "status"].map(|name| CellColumn::named(name.to_owned()));
//! for row in [["2026-11-23T10:00:02Z", "192.0.2.1", "200"], ["2026-11-23T10:00:01Z", "192.0.2.2", "504"]] {
//!     columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell.as_bytes()));
//! }
//! let cells = Cells { columns: columns.into(), rows: 2, ..Cells::default() };
//! let log = Log { cells, format: "a log made by hand".to_owned(), ..Log::default() };
//! let spec = TableSpec {
//!     outcome: Some("status".into()),
//!     failed: vec!["504".into()],
//!     time: Some("time".into()),
//!     ..TableSpec::default()
//! };
//! let TableRead { table, summary, .. } = table_of(log, &spec)?;
//! assert_eq!(table.outcomes, [Outcome::Unanswered, Outcome::Answered], "rows are sorted by time");
//! let features: Vec<&str> = table.columns.iter().map(|column| column.subject.name()).collect();
//! assert_eq!(features, ["client"]);
//! assert!(summary.warnings.is_empty());
//! # Ok::<(), unanswered_table::io::TableError>(())
//! ```

pub mod cells;
pub mod io;
pub mod log;
mod outcome;
mod outcome_counts;
mod reason;
mod table;
mod threads;
mod unit;
mod warning;
mod writing;

pub use outcome::{Outcome, Step};
pub use outcome_counts::OutcomeCounts;
pub use reason::Reason;
pub use table::{Column, MISSING, Table, Values, Viewpoint};
pub use unit::Unit;
