//! Interfaces and addresses: those given in the file, then the next free ones for the rest.

use super::expand::Draft;
use super::file;
use super::model::{HostId, Interface, Network, NetworkId, Subnet};
use super::placed_site::{Placed, glob, network_of};
use super::sections::{HOST, INTERFACE};
use super::toml_values::Fields;
use super::units::{address, text};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use unanswered_toml_text::{Complaint, Node, ProblemSink, advised};

/// More than any router has, and few enough for an index of 16 bits.
const INTERFACES_MAX: usize = 10_000;

/// An interface whose address may not be decided yet.
struct Open {
    host: usize,
    start: usize,
    name: String,
    network: NetworkId,
    address: Option<Ipv4Addr>,
    link: Option<super::model::Link>,
}

/// Gives every host its interfaces and its id; hosts whose names match `without` get no id.
pub(super) fn assign(
    sink: &ProblemSink,
    networks: &[Network],
    ids: &BTreeMap<String, NetworkId>,
    drafts: Vec<Draft>,
    without: &[String],
) -> Vec<Placed> {
    let mut open: Vec<Open> = Vec::new();
    for (host, draft) in drafts.iter().enumerate() {
        interfaces(sink, networks, ids, draft, host, &mut open);
    }
    let taken = given(sink, networks, &drafts, &open);
    let mut addresses = Free { taken, next: BTreeMap::new() };
    let mut next_id = 0;
    let mut placed: Vec<Placed> = drafts
        .into_iter()
        .map(|draft| {
            let left_out = without.iter().any(|pattern| glob(pattern, &draft.name));
            let id = (!left_out).then_some(HostId(next_id));
            next_id += u32::from(!left_out);
            Placed { draft, id, interfaces: Vec::new() }
        })
        .collect();
    for interface in open {
        let found = interface.address.or_else(|| addresses.take(networks, interface.network));
        let Some(address) = found else {
            let full = networks.get(interface.network.0 as usize).map_or("", |n| n.name.as_str());
            let message = format!("no free address is left in {full}");
            sink.problem(interface.start, advised(message, "make its subnet bigger"));
            continue;
        };
        if let Some(host) = placed.get_mut(interface.host) {
            let Open { name, network, link, .. } = interface;
            host.interfaces.push(Interface { name, network, address, link });
        }
    }
    placed
}

fn interfaces(
    sink: &ProblemSink,
    networks: &[Network],
    ids: &BTreeMap<String, NetworkId>,
    draft: &Draft,
    host: usize,
    open: &mut Vec<Open>,
) {
    let fields = Fields::of_table(sink, &draft.table, draft.start, &HOST);
    let add = |open: &mut Vec<Open>, name: &str, start: usize, table: &Fields<'_>| {
        let Some(node) = table.get("network") else {
            let message = format!("{} has no network", draft.name);
            return sink.problem(start, advised(message, "add network = \"...\""));
        };
        let Some(network) = network_of(sink, ids, &draft.group, node) else { return };
        let address = table.read("address", address);
        if table.has("address") && address.is_none() {
            return;
        }
        let place = table.place("address");
        let of = networks.get(network.0 as usize);
        if let (Some(address), Some(of)) = (address, of)
            && let Some(said) = misplaced(address, of)
        {
            sink.problem(place, said);
        }
        let link = table.get("link").and_then(|node| file::link_of(sink, node, of.map(|of| &of.link)));
        open.push(Open { host, start: place, name: name.to_owned(), network, address, link });
    };
    if fields.has("network") {
        add(open, "eth0", draft.start, &fields);
    } else if let Some(key) = ["address", "link"].into_iter().find(|key| fields.has(key)) {
        fields.problem(key, advised(format!("{key} without a network"), "add network = \"...\""));
    }
    let named = fields.named("interface");
    if named.len() > INTERFACES_MAX {
        let message = format!("more than {INTERFACES_MAX} interfaces");
        fields.problem("interface", advised(message, "spread them over hosts"));
    }
    for (key, node) in named.iter().take(INTERFACES_MAX) {
        if fields.has("network") && key.name == "eth0" {
            let message = "network already makes an interface eth0";
            sink.problem(key.start, advised(message, "choose another name"));
        } else if node.as_text().is_some() {
            // interface.eth0 = "oam" for the one key that every interface has.
            if let Some(network) = network_of(sink, ids, &draft.group, node) {
                let start = node.start;
                open.push(Open { host, start, name: key.name.clone(), network, address: None, link: None });
            }
        } else if let Some(table) = Fields::of(sink, node, &INTERFACE) {
            add(open, &key.name, key.start, &table);
        }
    }
    if !fields.has("network") && fields.named("interface").is_empty() {
        let hint = "add network = \"...\" or interface.eth0";
        sink.problem(draft.start, advised(format!("{} is on no network", draft.name), hint));
    }
}

fn misplaced(address: Ipv4Addr, network: &Network) -> Option<Complaint> {
    let Subnet { address: base, prefix } = network.subnet;
    let of = format!("{base}/{prefix} of {}", network.name);
    if !network.subnet.contains(address) {
        return Some(advised(format!("{address} lies outside {of}"), "choose an address in it"));
    }
    let ends = prefix < 31 && (address == base || u32::from(address) == last(network.subnet));
    let message = || format!("{address} is the network or broadcast address of {of}");
    ends.then(|| advised(message(), "choose one between"))
}

fn last(subnet: Subnet) -> u32 {
    let hosts = u32::MAX.checked_shr(u32::from(subnet.prefix)).unwrap_or(0);
    u32::from(subnet.address) | hosts
}

/// The addresses given in the file; the same one twice in one network is a problem.
fn given(
    sink: &ProblemSink,
    networks: &[Network],
    drafts: &[Draft],
    open: &[Open],
) -> BTreeSet<(NetworkId, Ipv4Addr)> {
    let mut owners: BTreeMap<(NetworkId, Ipv4Addr), usize> = BTreeMap::new();
    for interface in open {
        let Some(address) = interface.address else { continue };
        if let Some(other) = owners.insert((interface.network, address), interface.host) {
            let owner = drafts.get(other).map_or("", |draft| draft.name.as_str());
            let own = drafts.get(interface.host).map_or("", |draft| draft.name.as_str());
            let network = networks.get(interface.network.0 as usize).map_or("", |n| n.name.as_str());
            let message = format!("{address} of {own} is already the address of {owner} in {network}");
            let hint = "choose another, or give none for the next free one";
            sink.problem(interface.start, advised(message, hint));
        }
    }
    owners.into_keys().collect()
}

/// Hands out addresses in their order.
struct Free {
    taken: BTreeSet<(NetworkId, Ipv4Addr)>,
    next: BTreeMap<NetworkId, u32>,
}

impl Free {
    fn take(&mut self, networks: &[Network], id: NetworkId) -> Option<Ipv4Addr> {
        let subnet = networks.get(id.0 as usize)?.subnet;
        let edge = u32::from(subnet.prefix < 31);
        let first = u32::from(subnet.address).checked_add(edge)?;
        let end = last(subnet).checked_sub(edge)?;
        let next = self.next.entry(id).or_insert(first);
        while *next <= end {
            let address = Ipv4Addr::from(*next);
            *next = next.checked_add(1)?;
            if self.taken.insert((id, address)) {
                return Some(address);
            }
        }
        None
    }
}

/// The names and globs in `without`; each must match a host.
pub(super) fn without(root: &Fields<'_>, hosts: &[Draft]) -> Vec<String> {
    let named = |node: &Node| {
        let pattern = text(node)?;
        let any = hosts.iter().any(|draft| glob(&pattern, &draft.name));
        if any { Ok(pattern) } else { Err("no host is called so; name hosts as they are made".to_owned()) }
    };
    root.list("without", named).unwrap_or_default()
}
