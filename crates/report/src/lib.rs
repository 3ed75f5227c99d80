//! Findings for people and programs: terminal, JSON, HTML, annotated pcapng, filters for other tools.
//!
//! Nothing in here decides anything about requests. Everything that came out of a packet, a table or a file name
//! is hostile until [`text::safe`] or the format's own escaping has processed it.
//!
//! # Data flow
//!
//! A [`Report`] borrows the diagnosis and adds what only the reader of the inputs knows: their names, the totals,
//! what was not understood. Each renderer is one function from a `Report` to text. Filters are made from one
//! [`Finding`](unanswered_explain::Finding) each; there is none if the other tool cannot express exactly the same.
//!
//! # Entry points
//!
//! - [`Report::on_captures`] and [`Report::on_table`] make a report.
//! - [`first_lines::first_lines`] is the report in three sentences, chosen by [`gist`].
//! - [`terminal::render`], [`json::render`] and [`html::render_on_captures`] render it;
//!   [`annotate::annotate`] writes the requests and their replies to a pcapng file, with comments.
//! - [`Report::display_filter`] is a finding as Wireshark's filter, [`Report::capture_filter`] as tcpdump's.
//! - [`words::telltale`] is a telltale in English; [`words`] has all other words that renderers share.
//! - [`trace::Trace`] follows single requests from place to place, [`forecast`] reports on many simulated
//!   runs, [`experiment`] on requests that were sent to find something out.
//!
//! # From captures to a Wireshark filter
//!
//! This is the whole program, from the public API of the crates:
//!
//! ```
//! use unanswered_capture::InputSpec;
//! use unanswered_evidence::ExchangeSource;
//! use unanswered_exchange::{PairerConfig, read_captures};
//! use unanswered_explain::{Options, explain};
//! use unanswered_report::{Report, terminal, words};
//!
//! let files = [InputSpec::parse("router=../../testdata/battery/dns-edns-unanswered/r-in.pcap.zst")];
//! let exchanges = read_captures(&files, &PairerConfig::default(), &mut |_| {})?;
//! let source = ExchangeSource::new(&exchanges);
//! let diagnosis = explain(&source, &Options::default());
//!
//! let report = Report::on_captures(&diagnosis, &source);
//! let page = terminal::render(&report, terminal::Options::default());
//! assert!(page.starts_with("Cause found: 169 of 713 requests failed"));
//!
//! let finding = &diagnosis.findings[0];
//! let telltale = words::telltale(&finding.clauses);
//! assert_eq!(telltale, "requests to 10.43.2.12 whose number of additional records is 1 or higher");
//! let wireshark = report.display_filter(finding);
//! assert_eq!(wireshark.as_deref(), Some("ip.dst == 10.43.2.12 && dns.count.add_rr >= 1"));
//! # Ok::<(), unanswered_capture::OpenError>(())
//! ```

pub mod annotate;
pub mod catalogue;
pub mod experiment;
pub mod filter;
pub mod first_lines;
pub mod forecast;
pub mod html;
pub mod json;
pub mod number;
pub mod plot;
pub mod terminal;
pub mod text;
pub mod time;
pub mod trace;
pub mod words;

pub mod gist;
mod headline;
mod mark;
mod narrowing;
pub mod page;
mod paint;
mod report;
mod select;
mod text_table;

pub use filter::Families;
pub use report::{Input, PlaceSummary, Record, Report, Slow, Understood};
pub use time::Clock;
