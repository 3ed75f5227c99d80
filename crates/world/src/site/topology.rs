//! Which address is where: addresses, next hops, tunnel end points, compiled once from a scenario.

use rustc_hash::FxHashMap;
use std::net::Ipv4Addr;
use unanswered_scenario::model::{HostId, InterfaceId, NatRule, NetworkId, Scenario};

/// The next hop of a packet from a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextHop {
    /// The host's interface.
    pub out: InterfaceId,
    /// The next host's.
    pub to: InterfaceId,
}

/// Why there is no next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoNextHop {
    /// No route.
    Route,
    /// A route, but nobody with the address on that network.
    Neighbour(NetworkId),
}

/// The compiled site.
#[derive(Clone, Debug)]
pub struct Topology {
    owners: FxHashMap<(NetworkId, Ipv4Addr), InterfaceId>,
    hosts: Vec<Routes>,
}

/// Addresses that are kept next to each other; a host seldom has more.
const FEW: usize = 4;
/// Destinations whose hop is kept next to the addresses, each in the slot of its address.
const RECENT: usize = 8;

const fn slot(address: Ipv4Addr) -> usize {
    let [_, b, c, d] = address.octets();
    ((b ^ c ^ d) as usize) % RECENT
}

/// What is needed of a host for each packet is in one place in memory.
#[derive(Clone, Debug)]
struct Routes {
    few: [Ipv4Addr; FEW],
    recent: [Option<(Ipv4Addr, NextHop)>; RECENT],
    /// All further addresses.
    more: Vec<Ipv4Addr>,
    known: FxHashMap<Ipv4Addr, Result<NextHop, NoNextHop>>,
}

impl Routes {
    fn new(addresses: &[Ipv4Addr]) -> Self {
        let mut few = [Ipv4Addr::UNSPECIFIED; FEW];
        for (slot, address) in few.iter_mut().zip(addresses) {
            *slot = *address;
        }
        let more = addresses.iter().skip(FEW).copied().collect();
        Self { few, recent: [None; RECENT], more, known: FxHashMap::default() }
    }
}

impl Topology {
    /// Compiles.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let mut owners = FxHashMap::default();
        let mut hosts = Vec::with_capacity(scenario.hosts.len());
        for (id, host) in scenario.host_ids() {
            let mut addresses: Vec<Ipv4Addr> = Vec::new();
            for (index, interface) in (0..).zip(&host.interfaces) {
                owners.insert((interface.network, interface.address), InterfaceId { host: id, index });
                addresses.push(interface.address);
            }
            // A translation answers for its virtual addresses.
            for rule in &host.nat {
                let address = match rule {
                    NatRule::Source(source) => source.address,
                    NatRule::Destination(destination) => destination.address,
                };
                for (index, interface) in (0..).zip(&host.interfaces) {
                    if scenario.networks[interface.network.0 as usize].subnet.contains(address) {
                        owners.entry((interface.network, address)).or_insert(InterfaceId { host: id, index });
                    }
                }
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            hosts.push(Routes::new(&addresses));
        }
        Self { owners, hosts }
    }

    /// Whether the address is one of the host's.
    #[inline]
    #[must_use]
    pub fn owns(&self, host: HostId, address: Ipv4Addr) -> bool {
        let routes = &self.hosts[host.0 as usize];
        !address.is_unspecified() && (routes.few.contains(&address) || routes.more.contains(&address))
    }

    /// The next hop from a host to an address.
    #[inline]
    pub fn hop(&mut self, scenario: &Scenario, host: HostId, to: Ipv4Addr) -> Result<NextHop, NoNextHop> {
        let routes = &mut self.hosts[host.0 as usize];
        if let Some((_, hop)) = routes.recent[slot(to)].filter(|(address, _)| *address == to) {
            return Ok(hop);
        }
        let known = routes.known.get(&to).copied();
        let found = known.unwrap_or_else(|| self.find(scenario, host, to));
        let routes = &mut self.hosts[host.0 as usize];
        if known.is_none() {
            routes.known.insert(to, found);
        }
        if let Ok(hop) = found {
            routes.recent[slot(to)] = Some((to, hop));
        }
        found
    }

    fn find(&self, scenario: &Scenario, host: HostId, to: Ipv4Addr) -> Result<NextHop, NoNextHop> {
        let model = scenario.host(host);
        let direct = |address: Ipv4Addr| {
            let mut on_link = None;
            for (index, interface) in (0..).zip(&model.interfaces) {
                let network = interface.network;
                if scenario.networks[network.0 as usize].subnet.contains(address) {
                    let out = InterfaceId { host, index };
                    match self.owners.get(&(network, address)) {
                        Some(next) if next.host != host => return Some(Ok(NextHop { out, to: *next })),
                        _ => on_link = Some(Err(NoNextHop::Neighbour(network))),
                    }
                }
            }
            on_link
        };
        if let Some(found) = direct(to) {
            return found;
        }
        let route = model.routes.iter().filter(|route| route.to.contains(to)).max_by_key(|r| r.to.prefix);
        match route {
            Some(route) => direct(route.via).unwrap_or(Err(NoNextHop::Route)),
            None => Err(NoNextHop::Route),
        }
    }

    /// The interface on `network` of the host or of the one it runs on: its tunnel end point there.
    #[must_use]
    pub fn tunnel_end(scenario: &Scenario, host: HostId, network: NetworkId) -> Option<InterfaceId> {
        let mut at = Some(host);
        // A chain of hosts on hosts cannot be longer than the number of hosts.
        for _ in 0..=scenario.hosts.len() {
            let id = at?;
            let model = scenario.host(id);
            let index = model.interfaces.iter().position(|interface| interface.network == network);
            if let Some(index) = index.and_then(|index| u16::try_from(index).ok()) {
                return Some(InterfaceId { host: id, index });
            }
            at = model.on;
        }
        None
    }
}
