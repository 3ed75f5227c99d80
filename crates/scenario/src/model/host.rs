//! Hosts: interfaces, routes, clocks.

use super::firewall::FirewallRule;
use super::ids::{HostId, NetworkId};
use super::nat::{ConntrackConfig, NatRule};
use super::network::Link;
use super::service::Service;
use super::subnet::Subnet;
use std::net::Ipv4Addr;
use unanswered_wire::Span;

/// Anything with an address: a server, a VM, a router, a router inside a VM.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Its name, unique.
    pub name: String,
    /// The group (template instance) to which it belongs, e.g. the cluster `osa`; empty for none.
    pub group: String,
    /// The host that it runs on: when that goes down, this one goes down too.
    pub on: Option<HostId>,
    /// Its interfaces.
    pub interfaces: Vec<Interface>,
    /// Routes beyond its own networks, most specific first; the default route is 0.0.0.0/0.
    pub routes: Vec<Route>,
    /// Forwards packets that are not for itself.
    pub forward: bool,
    /// Connection tracking; translations need it.
    pub conntrack: Option<ConntrackConfig>,
    /// Translations.
    pub nat: Vec<NatRule>,
    /// Firewall rules, the first that matches decides.
    pub firewall: Vec<FirewallRule>,
    /// Reverse-path filter.
    pub rp_filter: ReversePath,
    /// Oscillator.
    pub clock: Oscillator,
    /// Time to live of packets that it sends.
    pub ttl: u8,
    /// How long after switching on its services start: this much, and up to as much again.
    pub boot: Span,
    /// Sends ICMP errors (port unreachable, time exceeded, fragmentation needed).
    pub icmp_errors: bool,
    /// What runs on it.
    pub services: Vec<Service>,
}

/// An attachment to a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Interface {
    /// Its name, unique on the host.
    pub name: String,
    /// The network.
    pub network: NetworkId,
    /// Its address.
    pub address: Ipv4Addr,
    /// A further link between this interface and the network, both ways.
    pub link: Option<Link>,
}

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Destinations.
    pub to: Subnet,
    /// Next hop, an address on one of the host's networks.
    pub via: Ipv4Addr,
}

/// Reverse-path filtering (RFC 3704; `net.ipv4.conf.*.rp_filter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReversePath {
    /// None.
    Off,
    /// The route back must leave through the interface that the packet came in by.
    Strict,
    /// There must be a route back.
    Loose,
}

/// An oscillator: `offset + frequency x t` plus a random walk of the frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Oscillator {
    /// Maximum offset at the start, drawn evenly from -offset to offset.
    pub offset: Span,
    /// Standard deviation of the frequency error, in parts per million.
    pub frequency_ppm: f64,
    /// Standard deviation of the change of frequency per hour, in parts per million.
    pub wander_ppm: f64,
}
