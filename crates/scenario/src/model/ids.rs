//! How parts of a scenario refer to each other, and what all of them use.

/// Index of a network in [`Scenario::networks`](super::Scenario::networks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(pub u32);

/// Index of a host in [`Scenario::hosts`](super::Scenario::hosts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

/// One interface of one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId {
    /// The host.
    pub host: HostId,
    /// Index in [`Host::interfaces`](super::Host::interfaces).
    pub index: u16,
}

/// A probability, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Probability(pub f64);
