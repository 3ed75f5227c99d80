//! Firewall rules.

use super::header::HeaderCondition;
use super::ids::Probability;

/// A firewall rule.
#[derive(Clone, Debug, PartialEq)]
pub struct FirewallRule {
    /// Name, unique on the host: the timeline turns the rule on and off by it.
    pub name: String,
    /// Which packets it sees.
    pub chain: Chain,
    /// Conditions, all of which must match.
    pub when: Vec<HeaderCondition>,
    /// Applies only to this share of the packets that match.
    pub probability: Probability,
    /// What happens then.
    pub action: Action,
    /// In force at the start.
    pub enabled: bool,
    /// Catalogue id of the fault that the rule stands for, for `truth.json`.
    pub fault: Option<String>,
}

/// Where a firewall rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Packets for the host itself.
    Input,
    /// Packets from the host itself.
    Output,
    /// Packets that it forwards.
    Forward,
    /// Whatever comes in through an interface, seen after the capture point.
    Ingress(u16),
    /// Whatever leaves through an interface (after translation), seen before the capture point.
    Egress(u16),
}

/// What a firewall rule does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Lets the packet pass; no later rule is checked.
    Accept,
    /// Drops it silently.
    Drop,
    /// ICMP port unreachable (type 3, code 3), or RST for TCP.
    Reject,
    /// A token bucket: up to `burst` at once and `rate` per second pass, the rest is dropped.
    Limit {
        /// Packets per second.
        rate: f64,
        /// Packets at once.
        burst: u32,
    },
}
