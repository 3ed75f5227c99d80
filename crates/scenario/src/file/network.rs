//! Networks: links, VLANs, bundles, tunnels.

use crate::expand::Draft;
use crate::file::firewall::field;
use crate::model::{Bundle, HeaderField, Link, Loss, Network, NetworkId, Probability, Tunnel};
use crate::placed_site::network_of;
use crate::sections::{BUNDLE, BURSTY, LINK, NETWORK, TUNNEL};
use crate::toml_values::Fields;
use crate::units::{flag, length, probability, rate, size, subnet, text, whole, within, word};
use std::collections::BTreeMap;
use unanswered_toml_text::{Node, ProblemSink, advised};
use unanswered_wire::{Span, TunnelKind};

/// VLAN tags that a frame may carry: none, one, or two (QinQ).
const VLANS_MAX: usize = 2;
const KINDS: &[(&str, TunnelKind)] =
    &[("vxlan", TunnelKind::Vxlan), ("geneve", TunnelKind::Geneve), ("gre", TunnelKind::Gre)];
/// What routers and bonds usually hash.
const HASH: [HeaderField; 7] = [
    HeaderField::IpSource,
    HeaderField::IpDestination,
    HeaderField::IpProtocol,
    HeaderField::UdpSourcePort,
    HeaderField::UdpDestinationPort,
    HeaderField::TcpSourcePort,
    HeaderField::TcpDestinationPort,
];

/// All networks, and their ids by name.
pub(crate) fn networks(sink: &ProblemSink, drafts: &[Draft]) -> (Vec<Network>, BTreeMap<String, NetworkId>) {
    let mut ids = BTreeMap::new();
    for (id, draft) in (0..).map(NetworkId).zip(drafts) {
        if ids.insert(draft.name.clone(), id).is_some() {
            let message = format!("there is a network {} already", draft.name);
            sink.problem(draft.start, advised(message, "choose another name"));
        }
    }
    let networks = drafts.iter().map(|draft| network(sink, &ids, draft)).collect();
    (networks, ids)
}

fn network(sink: &ProblemSink, ids: &BTreeMap<String, NetworkId>, draft: &Draft) -> Network {
    let fields = Fields::of_table(sink, &draft.table, draft.start, &NETWORK);
    let nowhere = crate::model::Subnet { address: [0, 0, 0, 0].into(), prefix: 0 };
    let vlans = fields.list("vlan", within(1_u16, 4094)).unwrap_or_default();
    if vlans.len() > VLANS_MAX {
        fields.problem("vlan", advised("more than two VLAN ids", "give one, or [outer, inner]"));
    }
    Network {
        name: draft.name.clone(),
        subnet: fields.required("subnet", subnet).unwrap_or(nowhere),
        link: link(&fields, &usual()),
        vlans,
        bundle: fields.table("bundle", &BUNDLE).map(|table| bundle(&table)),
        tunnel: fields.table("tunnel", &TUNNEL).and_then(|table| tunnel(ids, &table, &draft.group)),
    }
}

/// A cable in a data centre.
fn usual() -> Link {
    Link {
        delay: Span::from_nanoseconds(100_000),
        jitter: Span::from_nanoseconds(0),
        loss: Loss::None,
        reorder: Probability(0.0),
        reorder_by: Span::from_milliseconds(5),
        duplicate: Probability(0.0),
        mtu: 1500,
        rate: None,
        queue: 256 << 10,
        silent_mtu: false,
    }
}

/// No delay of its own: the network's is added.
fn bare(mtu: u16) -> Link {
    Link { delay: Span::from_nanoseconds(0), mtu, ..usual() }
}

/// A further link at an interface of a network with this link.
pub(crate) fn link_of(sink: &ProblemSink, node: &Node, network: Option<&Link>) -> Option<Link> {
    let fields = Fields::of(sink, node, &LINK)?;
    Some(link(&fields, &bare(network.map_or(1500, |link| link.mtu))))
}

/// The table's values for a link; the rest is unchanged.
pub(crate) fn link(fields: &Fields<'_>, before: &Link) -> Link {
    Link {
        delay: fields.read("delay", length).unwrap_or(before.delay),
        jitter: fields.read("jitter", length).unwrap_or(before.jitter),
        loss: loss(fields).unwrap_or(before.loss),
        reorder: fields.read("reorder", probability).unwrap_or(before.reorder),
        reorder_by: fields.read("reorder_by", length).unwrap_or(before.reorder_by),
        duplicate: fields.read("duplicate", probability).unwrap_or(before.duplicate),
        mtu: fields.read("mtu", within(68_u16, 65_535)).unwrap_or(before.mtu),
        rate: fields.read("rate", rate).or(before.rate),
        queue: fields.read("queue", size).unwrap_or(before.queue),
        silent_mtu: fields.read("silent_mtu", flag).unwrap_or(before.silent_mtu),
    }
}

fn loss(fields: &Fields<'_>) -> Option<Loss> {
    let node = fields.get("loss")?;
    if node.as_table().is_none() {
        return fields
            .read("loss", probability)
            .map(|share| if share.0 > 0.0 { Loss::Independent(share) } else { Loss::None });
    }
    let table = Fields::of(fields.sink, node, &BURSTY)?;
    Some(Loss::Bursty {
        enter: table.required("enter", probability)?,
        leave: table.required("leave", probability)?,
        loss: table.read("loss", probability).unwrap_or(Probability(1.0)),
    })
}

fn bundle(table: &Fields<'_>) -> Bundle {
    let members = table.required("members", within(1_u16, 1024)).unwrap_or(1);
    Bundle {
        members,
        hash: table.list("hash", field).unwrap_or_else(|| HASH.to_vec()),
        bad: members_of(table, members),
        loss: table.read("loss", probability).unwrap_or(Probability(1.0)),
        fault: table.read("fault", text),
    }
}

/// The bad members, numbered from 0.
pub(crate) fn members_of(table: &Fields<'_>, members: u16) -> Vec<u16> {
    let bad: Vec<u16> = table.list("bad", whole).unwrap_or_default();
    if let Some(wrong) = bad.iter().find(|&&member| member >= members) {
        let last = members.saturating_sub(1);
        let hint = format!("members are numbered from 0 to {last}");
        table.problem("bad", advised(format!("there is no member {wrong}"), hint));
    }
    bad
}

fn tunnel(ids: &BTreeMap<String, NetworkId>, table: &Fields<'_>, scope: &str) -> Option<Tunnel> {
    let kind = table.required("kind", word(KINDS))?;
    // VXLAN and Geneve have 24 bits, a GRE key 32.
    let most = if kind == TunnelKind::Gre { u32::MAX } else { 0xff_ffff };
    let identifier = table.read("id", within(0, most)).unwrap_or(1);
    let Some(over) = table.get("over") else {
        table.missing("over");
        return None;
    };
    let over = network_of(table.sink, ids, scope, over)?;
    Some(Tunnel { kind, identifier, over })
}
