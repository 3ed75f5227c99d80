//! Default routes where the file has none, and whether requests can get where they are going.

use super::model::{Host, HostId, NatRule, NetworkId, Route, ServiceKind, Subnet};
use super::placed_site::PlacedSite;
use rustc_hash::FxHashMap;
use std::net::Ipv4Addr;
use unanswered_toml_text::advised;

const EVERYWHERE: Subnet = Subnet { address: Ipv4Addr::UNSPECIFIED, prefix: 0 };
/// A packet's time to live ends sooner.
const HOPS_MAX: usize = 64;
/// Nobody would read more.
const NOTED_MAX: usize = 20;

/// Gives each host without routes a default route through the one other host on its networks that forwards.
pub(super) fn fill(site: &PlacedSite<'_>, hosts: &mut [Host]) {
    let mut routers: FxHashMap<NetworkId, Vec<(HostId, Ipv4Addr)>> = FxHashMap::default();
    for (id, host) in (0..).map(HostId).zip(hosts.iter()).filter(|(_, host)| host.forward) {
        for interface in &host.interfaces {
            routers.entry(interface.network).or_default().push((id, interface.address));
        }
    }
    let written = site.hosts.iter().filter(|placed| placed.id.is_some());
    for ((id, host), placed) in (0..).map(HostId).zip(hosts.iter_mut()).zip(written) {
        if ["via", "routes"].iter().any(|key| placed.draft.table.get(key).is_some()) {
            continue;
        }
        let near = host.interfaces.iter().filter_map(|interface| routers.get(&interface.network)).flatten();
        let mut others = near.filter(|(router, _)| *router != id);
        if let Some(&(first, via)) = others.next()
            && others.all(|(router, _)| *router == first)
        {
            host.routes.push(Route { to: EVERYWHERE, via });
        }
    }
}

/// Follows each client's requests to their server; a hop without a route is a problem.
pub(super) fn check(site: &PlacedSite<'_>, hosts: &[Host]) {
    let mut owners: FxHashMap<(NetworkId, Ipv4Addr), HostId> = FxHashMap::default();
    for (id, host) in (0..).map(HostId).zip(hosts) {
        for interface in &host.interfaces {
            owners.insert((interface.network, interface.address), id);
        }
    }
    let requests = (0..).map(HostId).zip(hosts).flat_map(|(id, host)| {
        host.services.iter().flat_map(|service| asked(&service.kind)).map(move |server| (id, server))
    });
    let stuck = requests.filter_map(|(id, to)| follow(site, hosts, &owners, id, to).map(|at| (id, to, at)));
    for (id, to, at) in stuck.take(NOTED_MAX) {
        note(site, hosts, id, to, at);
    }
}

fn asked(kind: &ServiceKind) -> Vec<Ipv4Addr> {
    match kind {
        ServiceKind::NtpClient(client) => client.servers.clone(),
        ServiceKind::DnsClient(client) => vec![client.server],
        ServiceKind::TcpClient(client) => vec![client.to.address],
        ServiceKind::Ping(ping) => vec![ping.to],
        ServiceKind::EchoClient(client) => vec![client.to.address],
        ServiceKind::NtpServer(_)
        | ServiceKind::DnsServer(_)
        | ServiceKind::TcpServer(_)
        | ServiceKind::EchoServer(_) => Vec::new(),
    }
}

/// The host that has no route onward, if there is one.
fn follow(
    site: &PlacedSite<'_>,
    hosts: &[Host],
    owners: &FxHashMap<(NetworkId, Ipv4Addr), HostId>,
    from: HostId,
    to: Ipv4Addr,
) -> Option<HostId> {
    let mut at = from;
    for _ in 0..HOPS_MAX {
        let host = hosts.get(at.0 as usize)?;
        let own = host.interfaces.iter().any(|interface| interface.address == to);
        let translated =
            host.nat.iter().any(|rule| matches!(rule, NatRule::Destination(rule) if rule.address == to));
        if own || translated {
            return None;
        }
        let on = |address: Ipv4Addr| {
            let near = |network: NetworkId| site.networks.get(network.0 as usize);
            host.interfaces.iter().find(|i| near(i.network).is_some_and(|n| n.subnet.contains(address)))
        };
        if on(to).is_some() {
            return None;
        }
        let Some(route) = host.routes.iter().find(|route| route.to.contains(to)) else { return Some(at) };
        // A next hop that no host owns is a fault that a scenario may want (a stale route).
        let interface = on(route.via)?;
        at = *owners.get(&(interface.network, route.via))?;
    }
    None
}

fn note(site: &PlacedSite<'_>, hosts: &[Host], from: HostId, to: Ipv4Addr, stuck: HostId) {
    let name = |id: HostId| hosts.get(id.0 as usize).map_or("", |host| host.name.as_str());
    let routers: Vec<&str> = hosts
        .get(stuck.0 as usize)
        .into_iter()
        .flat_map(|host| &host.interfaces)
        .flat_map(|own| {
            let near = move |other: &&Host| other.interfaces.iter().any(|i| i.network == own.network);
            hosts.iter().filter(|other| other.forward && other.name != name(stuck)).filter(near)
        })
        .map(|host| host.name.as_str())
        .take(4)
        .collect();
    let (why, hint) = match routers.len() {
        0 => {
            ("no host on its networks forwards".to_owned(), "set forward = true on a router, or give routes")
        }
        _ => (
            format!("more than one host on its networks forwards ({}, ...)", routers.join(", ")),
            "say which by via",
        ),
    };
    let message = if from == stuck {
        format!("{} has no route to {to}: {why}", name(from))
    } else {
        format!("requests of {} to {to} end at {}, which has no route: {why}", name(from), name(stuck))
    };
    site.sink.problem(site.host_start(stuck), advised(message, hint));
}
