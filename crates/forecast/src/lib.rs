//! A forecast: what many runs of a scenario have in common.
//!
//! Plain data and its statistics; this crate runs nothing and displays nothing.
//!
//! # Data flow
//!
//! `unanswered-lab` runs a scenario and its variants with many seeds and fills a [`Forecast`], plain data;
//! `unanswered-report` shows it. Neither has to know the other. The statistics that both need (shares, differences
//! of paired shares, waiting times, each with its confidence interval) is in [`statistics`].
//!
//! # Entry points
//!
//! - [`Forecast`], its [`Case`]s (the scenario and its variants) and the [`Fault`]s that showed in them.
//! - [`WaitingTimes`] and [`statistics::Share`] hold most of its numbers.
//!
//! ```
//! use unanswered_forecast::WaitingTimes;
//! use unanswered_forecast::statistics::{Share, WaitingTime};
//! use unanswered_time::Span;
//!
//! let shown = Share { part: 15, all: 148 };
//! assert!(shown.interval().low > 0.06 && shown.interval().high < 0.17);
//!
//! let after = |hours: i64, happened| WaitingTime { time: Span::from_seconds(hours * 3600), happened };
//! let first = WaitingTimes::new([after(5, true), after(2, true), after(12, false)]);
//! assert_eq!(first.quantile(0.5), Some(Span::from_seconds(5 * 3600)));
//! ```

mod data;
pub mod statistics;

pub use data::{Case, Fault, Forecast, PortRolls, RebootEffect, Showing, WaitingTimes};
