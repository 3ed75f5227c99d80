//! Firewall rules.

use super::header::HeaderCondition;
use super::ids::Probability;

/// A firewall rule.
#[derive(Clone, Debug, PartialEq)]
pub struct FirewallRule {
    /// Name, unique on the host: the timeline turns it on and off by it.
    pub name: String,
    /// Where it looks.
    pub chain: Chain,
    /// Conditions, all of which must hold.
    pub when: Vec<HeaderCondition>,
    /// Only this share of those that match.
    pub probability: Probability,
    /// What then happens.
    pub action: Action,
    /// In force at the start.
    pub enabled: bool,
    /// Catalogue id of the fault that the rule stands for, for the truth.
    pub fault: Option<String>,
}

/// Where a firewall rule looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Packets for the host itself.
    Input,
    /// Packets of the host itself.
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
    /// Lets the packet pass; no later rule is asked.
    Accept,
    /// Silence.
    Drop,
    /// ICMP port unreachable (type 3, code 3), or RST for TCP.
    Reject,
    /// A token bucket: up to `burst` at once and `rate` a second pass, the rest is dropped.
    Limit {
        /// Packets a second.
        rate: f64,
        /// Packets at once.
        burst: u32,
    },
}
