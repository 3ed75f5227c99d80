//! Translations.

use super::kernel_version::Kernel;
use crate::model::{DestinationNat, Endpoint, Interface, NatBehaviour, NatRule, PortPolicy, SourceNat};
use crate::placed_site::{Placed, PlacedSite};
use crate::sections::{DESTINATION_NAT, SOURCE_NAT};
use crate::toml_values::Fields;
use crate::units::{address, address_text, dnat_target, endpoint_text, port_range, text, word};
use std::collections::BTreeSet;
use unanswered_toml_text::{Node, advised, unknown};

const POLICIES: &[(&str, PortPolicy)] = &[
    ("linux", PortPolicy::Linux),
    ("linux-rover", PortPolicy::LinuxRover),
    ("sticky", PortPolicy::Sticky),
    ("random", PortPolicy::Random),
    ("sequential", PortPolicy::Sequential),
    ("preserve-or-drop", PortPolicy::PreserveOrDrop),
];
const BEHAVIOURS: &[(&str, NatBehaviour)] = &[
    ("endpoint", NatBehaviour::EndpointIndependent),
    ("address", NatBehaviour::AddressDependent),
    ("address-and-port", NatBehaviour::AddressAndPortDependent),
];

/// The translations of a host.
pub(super) fn rules(
    site: &PlacedSite<'_>,
    placed: &Placed,
    host: &Fields<'_>,
    kernel: Kernel,
) -> Vec<NatRule> {
    let Some(node) = host.get("nat") else { return Vec::new() };
    let mut names = BTreeSet::new();
    let mut rules = Vec::new();
    for item in node.items() {
        if item.as_table().is_some_and(|table| table.get("dnat").is_some()) {
            let Some(table) = Fields::of(site.sink, item, &DESTINATION_NAT) else { continue };
            let Some(rule) = destination(site, placed, &table) else { continue };
            if !names.insert(rule.name.clone()) {
                let message = format!("two translations are called {}", rule.name);
                table.problem("name", advised(message, "give each a name"));
            }
            rules.push(NatRule::Destination(rule));
        } else if let Some(table) = Fields::of(site.sink, item, &SOURCE_NAT) {
            rules.extend(source(site, placed, &table, kernel).map(NatRule::Source));
        }
    }
    rules
}

fn source(site: &PlacedSite<'_>, placed: &Placed, table: &Fields<'_>, kernel: Kernel) -> Option<SourceNat> {
    let usual = if kernel == Kernel::Before5 { PortPolicy::LinuxRover } else { PortPolicy::Linux };
    let behaviour = |key| table.read(key, word(BEHAVIOURS)).unwrap_or(NatBehaviour::AddressAndPortDependent);
    let policy = table.read("policy", word(POLICIES)).unwrap_or(usual);
    let (ports, address) = (table.read("ports", port_range), table.read("address", address));
    let (mapping, filtering) = (behaviour("mapping"), behaviour("filtering"));
    let name = table.required("masquerade", text)?;
    let Some((out, interface)) = outward(site, placed, &name) else {
        if !site.incomplete.interfaces {
            let known = placed.interfaces.iter().map(|interface| interface.name.as_str());
            let networks = placed.interfaces.iter().filter_map(|i| network_name(site, i));
            let message = format!("{} has no interface or network {name}", placed.draft.name);
            table.problem("masquerade", unknown(message, &name, known.chain(networks)));
        }
        return None;
    };
    Some(SourceNat { out, address: address.unwrap_or(interface.address), policy, ports, mapping, filtering })
}

/// The interface of this name, or the one on the network of this name.
fn outward<'p>(site: &PlacedSite<'_>, placed: &'p Placed, name: &str) -> Option<(u16, &'p Interface)> {
    let all = || (0_u16..).zip(&placed.interfaces);
    let scoped = format!("{}-{name}", placed.draft.group);
    let on = |i: &Interface| network_name(site, i).is_some_and(|n| n == name || n == scoped);
    all().find(|(_, i)| i.name == name).or_else(|| all().find(|(_, i)| on(i)))
}

fn network_name<'s>(site: &'s PlacedSite<'_>, interface: &Interface) -> Option<&'s str> {
    site.networks.get(interface.network.0 as usize).map(|network| network.name.as_str())
}

fn destination(site: &PlacedSite<'_>, placed: &Placed, table: &Fields<'_>) -> Option<DestinationNat> {
    let (address, protocol, port) = table.required("dnat", dnat_target)?;
    if !table.has("to") {
        table.missing("to");
    }
    let to = backends(site, placed, table, port);
    let name = table.read("name", text).unwrap_or_else(|| "dnat".to_owned());
    Some(DestinationNat { name, address, protocol, port, to })
}

/// The endpoints of `to`; one without a port gets the virtual one.
pub(super) fn backends(
    site: &PlacedSite<'_>,
    from: &Placed,
    table: &Fields<'_>,
    virtual_port: Option<u16>,
) -> Vec<Endpoint> {
    let read = |node: &Node| endpoint(site, from, node, virtual_port);
    table.list("to", read).unwrap_or_default().into_iter().flatten().collect()
}

/// `host:port`, `host:interface:port`, `address:port`; the port is optional where there is a usual one.
/// `Ok(None)` when the host is left out, or unknown (which is then noted).
pub(super) fn endpoint(
    site: &PlacedSite<'_>,
    from: &Placed,
    node: &Node,
    usual_port: Option<u16>,
) -> Result<Option<Endpoint>, String> {
    let wrong = || "write an address or a host's name and a port, as \"web1:443\"".to_owned();
    let text = node.as_text().ok_or_else(wrong)?.trim();
    if let Some(endpoint) = endpoint_text(text) {
        return Ok(Some(endpoint));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if port.starts_with(|c: char| c.is_ascii_digit()) => {
            (host, Some(port.parse().ok().filter(|&port: &u16| port > 0).ok_or_else(wrong)?))
        }
        Some(_) | None => (text, None),
    };
    let port = port.or(usual_port).ok_or_else(wrong)?;
    let address = address_text(host).or_else(|| site.address(from, host, node.start));
    Ok(address.map(|address| Endpoint { address, port }))
}
