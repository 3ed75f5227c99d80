//! What happened to each request: captures in, exchanges out.
//!
//! An exchange is a request with all its replies, at all places where it was captured, and has exactly one
//! outcome. What tells failed requests from answered ones is not decided here (`unanswered-explain` does that).
//!
//! # Data flow
//!
//! [`read_captures`] opens the files, merges their frames by time and decodes them. [`Pairer`] pairs requests
//! and replies at each place, by the protocols' own identities; then the places are joined by fingerprints that
//! survive NAT and tunnels, and their clocks are compared. The result is [`Exchanges`]: one row for each
//! request, in order of time. Apart from the reading, no I/O; the only clock is the packets'.
//!
//! # Entry points
//!
//! - [`read_captures`] reads files; [`read_all`] reads captures that are open already (standard input, a stream
//!   in memory), [`read_narrowed`] only those of their frames that are wanted.
//! - [`Windows`] hands exchanges out window by window, while packets still come; [`read_in_windows`] does so for files.
//! - [`PairerConfig`] has the time-outs, and the path where the user knows it.
//! - [`Exchanges`], and its views [`Exchange`] (a request) and [`Sighting`] (a request as one place saw it).
//! - [`follow::Follow`] derives the path of a request, loss between neighbouring places and the NAT table from them.
//! - [`Caveat`]: what the captures cannot show.
//!
//! ```
//! use unanswered_capture::InputSpec;
//! use unanswered_exchange::{PairerConfig, read_captures};
//! use unanswered_table::Outcome;
//!
//! let inputs = [
//!     InputSpec::parse("client=../../testdata/captures/asym/cpn2.pcap.zst"),
//!     InputSpec::parse("server=../../testdata/captures/asym/ntp-a.pcap.zst"),
//! ];
//! let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})?;
//!
//! let failed = exchanges.iter().find(|exchange| exchange.outcome() == Outcome::Unanswered);
//! let sightings = failed.expect("there is one").sightings();
//! let path: Vec<_> = sightings.map(|at| (exchanges.place_name(at.place()), at.reply_seen())).collect();
//! // The server replied; the reply did not get back to the client.
//! assert_eq!(path, [("client".to_owned(), false), ("server".to_owned(), true)]);
//! # Ok::<(), unanswered_capture::OpenError>(())
//! ```
mod caveats;
mod config;
mod copies;
mod exchanges;
mod feature_store;
pub mod follow;
mod join;
mod leg;
mod lookup;
mod names;
mod pairer;
mod read;
#[cfg(test)]
mod test_packets;
mod wanted;
mod windows;
pub use caveats::{Caveat, PlaceCount};
pub use config::PairerConfig;
pub use exchanges::{
    CaptureTimes, Exchange, Exchanges, InputFrame, Lookups, OrphanReply, ProtocolTotals, ReasonCount,
    RefusalSeen, SaidNo, Sighting, Sign, Speaker, StoredFeature, Totals,
};
pub use feature_store::Meaning;
pub use join::ClockEstimate;
pub use leg::{Place, PlaceId, Side};
pub use names::{AddressId, Endpoint};
pub use pairer::{Deadline, FrameCounts, FrameId, PacketCounts, Pairer, Settled, UnpairedFrames};
pub use read::{Progress, read_all, read_captures, read_in_windows, read_narrowed};
pub use windows::Windows;
