//! Connection tracking and address translation, as the Linux kernel does it, and other port policies.
//!
//! A host with a [`Conntrack`] asks it at most twice per packet: [`Conntrack::lookup`] says what a
//! packet of a known flow is translated to, in either direction; if it knows nothing, the host goes
//! through its rules, decides about the destination (DNAT) and the rule for the source (SNAT), and
//! [`Conntrack::open`] finds a port and keeps the flow. ICMP errors about a flow's packets are translated
//! back by [`Conntrack::translate_error`].
//!
//! Where it differs from the kernel, apart from what the files of this module say:
//! - a full table refuses; the kernel first looks for an unassured entry to drop (`early_drop`) in
//!   a few hash chains;
//! - expired entries are gone at once; in the kernel they only take up memory for a while;
//! - a port is never taken over from a TCP flow in `TIME_WAIT` (`nf_nat_used_tuple_harder`, 6.7);
//! - no helpers, zones, marks, expectations, and a packet is tracked when it is asked about, so two
//!   packets cannot clash between look-up and confirmation (`insert_race` is the simulated host's).
//!
//! `now` should not go backwards; where it does, flows live longer and nothing else happens.

mod choice;
mod flow_table;
mod mapping_view;
mod ports;
mod refusal;
mod timers;
mod tracker;
mod tuple;

pub use flow_table::FlowId;
pub use mapping_view::MappingView;
pub use ports::SourceMapping;
pub use refusal::FlowRefusal;
pub use timers::{PacketKind, RESET_LIFE, TcpPhase};
pub use tracker::{Conntrack, FlowHit, OpenedFlow, QuotedPacket};
pub use tuple::{FlowDirection, Tuple};
