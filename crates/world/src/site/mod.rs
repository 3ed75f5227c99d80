//! The site at a moment: hosts, networks, links, firewalls, and which address is where.

mod firewall;
mod link_state;
mod state;
mod topology;

pub(crate) use firewall::{Judgement, judge};
pub(crate) use link_state::LinkResult;
pub(crate) use topology::{NextHop, NoNextHop};

pub use firewall::RuleState;
pub use link_state::LinkState;
pub use state::{Attachment, HostState, NetworkState, RunningService, SiteState, StandingAlarm};
pub use topology::Topology;
