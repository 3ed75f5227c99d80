//! Hosts: what they are apart from their addresses.

use super::kernel_version::{Kernel, kernel};
use super::{firewall, nat, service};
use crate::model::{ConntrackConfig, Host, InsertRace, Oscillator, ReversePath, Route, Subnet, Timeouts};
use crate::placed_site::{Placed, PlacedSite};
use crate::sections::{CLOCK, CONNTRACK, HOST, INSERT_RACE, ROUTE};
use crate::toml_values::Fields;
use crate::units::{above_zero, flag, length, number, probability, subnet, within, word};
use std::net::Ipv4Addr;
use unanswered_toml_text::{Node, NodeKind, advised};
use unanswered_wire::Span;

const REVERSE_PATHS: &[(&str, ReversePath)] =
    &[("off", ReversePath::Off), ("strict", ReversePath::Strict), ("loose", ReversePath::Loose)];
const EVERYWHERE: Subnet = Subnet { address: Ipv4Addr::UNSPECIFIED, prefix: 0 };

/// All hosts that are not left out.
pub(crate) fn hosts(site: &PlacedSite<'_>) -> Vec<Host> {
    site.hosts.iter().filter(|placed| placed.id.is_some()).map(|placed| host(site, placed)).collect()
}

fn host(site: &PlacedSite<'_>, placed: &Placed) -> Host {
    let draft = &placed.draft;
    let fields = Fields::of_table(site.sink, &draft.table, draft.start, &HOST);
    let kernel = fields.read("kernel", kernel).unwrap_or(Kernel::Since5);
    let nat = nat::rules(site, placed, &fields, kernel);
    let conntrack = conntrack(&fields, kernel).or_else(|| (!nat.is_empty()).then(|| tracked(kernel)));
    if fields.has("first") && !fields.has("count") {
        fields.problem("first", advised("first without count", "add count, or take it out"));
    }
    Host {
        name: draft.name.clone(),
        group: draft.group.clone(),
        on: fields.get("on").and_then(|node| site.host(&draft.group, node)),
        interfaces: placed.interfaces.clone(),
        routes: routes(site, placed, &fields),
        forward: fields.read("forward", flag).unwrap_or(!nat.is_empty()),
        conntrack,
        nat,
        firewall: firewall::rules(&fields, &placed.interfaces),
        rp_filter: fields.read("rp_filter", word(REVERSE_PATHS)).unwrap_or(ReversePath::Off),
        clock: clock(&fields),
        ttl: fields.read("ttl", within(1, 255)).unwrap_or(64),
        boot: fields.read("boot", length).unwrap_or(Span::from_seconds(30)),
        icmp_errors: fields.read("icmp_errors", flag).unwrap_or(true),
        services: service::services(site, placed, &fields),
    }
}

/// The routes given in the file, most specific first.
fn routes(site: &PlacedSite<'_>, placed: &Placed, fields: &Fields<'_>) -> Vec<Route> {
    let via = |node: &Node| {
        let text = node.as_text().ok_or_else(|| "write the next hop's address or name".to_owned())?;
        Ok::<_, String>(site.address(placed, text, node.start))
    };
    let mut routes: Vec<Route> = Vec::new();
    for table in fields.tables("routes", &ROUTE) {
        if let (Some(to), Some(Some(next))) = (table.required("to", subnet), table.required("via", via)) {
            on_network(site, placed, &table, next);
            routes.push(Route { to, via: next });
        }
    }
    if let Some(Some(next)) = fields.read("via", via) {
        on_network(site, placed, fields, next);
        routes.push(Route { to: EVERYWHERE, via: next });
    }
    // Stable: the first of two equal ones wins.
    routes.sort_by_key(|route| std::cmp::Reverse(route.to.prefix));
    routes
}

fn on_network(site: &PlacedSite<'_>, placed: &Placed, table: &Fields<'_>, via: Ipv4Addr) {
    let mut own = placed.interfaces.iter().filter_map(|i| site.networks.get(i.network.0 as usize));
    if !own.any(|network| network.subnet.contains(via)) {
        let message = format!("{via} is on no network of {}", placed.draft.name);
        table.problem("via", advised(message, "a next hop must be"));
    }
}

fn timeouts(kernel: Kernel) -> Timeouts {
    let recent = Timeouts::default();
    match kernel {
        Kernel::Since5 => recent,
        Kernel::Before5 => Timeouts {
            udp_stream: Span::from_seconds(180),
            udp_stream_after: Span::from_seconds(0),
            ..recent
        },
    }
}

fn tracked(kernel: Kernel) -> ConntrackConfig {
    ConntrackConfig { table_size: None, timeouts: timeouts(kernel), drop_invalid: false, insert_race: None }
}

fn conntrack(fields: &Fields<'_>, kernel: Kernel) -> Option<ConntrackConfig> {
    let node = fields.get("conntrack")?;
    if let NodeKind::Bool(on) = node.kind {
        return on.then(|| tracked(kernel));
    }
    let table = Fields::of(fields.sink, node, &CONNTRACK)?;
    let usual = timeouts(kernel);
    let read = |key: &str, usual: Span| table.read(key, length).unwrap_or(usual);
    Some(ConntrackConfig {
        table_size: table.read("table_size", above_zero),
        timeouts: Timeouts {
            udp: read("udp", usual.udp),
            udp_stream: read("udp_stream", usual.udp_stream),
            udp_stream_after: read("udp_stream_after", usual.udp_stream_after),
            tcp_syn: read("tcp_syn", usual.tcp_syn),
            tcp_established: read("tcp_established", usual.tcp_established),
            tcp_closing: read("tcp_closing", usual.tcp_closing),
            icmp: read("icmp", usual.icmp),
        },
        drop_invalid: table.read("drop_invalid", flag).unwrap_or(false),
        insert_race: table.table("insert_race", &INSERT_RACE).and_then(|race| {
            let within = race.required("within", length)?;
            Some(InsertRace { within, probability: race.required("probability", probability)? })
        }),
    })
}

/// A server's quartz, set by hand: within 5 ms at first, some 10 ppm off, hardly wandering (judgement).
fn clock(fields: &Fields<'_>) -> Oscillator {
    let table = fields.table("clock", &CLOCK);
    let table = table.as_ref();
    let ppm = |node: &Node| match number(node) {
        Ok(ppm) if (0.0..=1000.0).contains(&ppm) => Ok(ppm),
        Ok(_) | Err(_) => Err("write parts per million as a number from 0 to 1000".to_owned()),
    };
    Oscillator {
        offset: table.and_then(|t| t.read("offset", length)).unwrap_or(Span::from_milliseconds(5)),
        frequency_ppm: table.and_then(|t| t.read("frequency_ppm", ppm)).unwrap_or(10.0),
        wander_ppm: table.and_then(|t| t.read("wander_ppm", ppm)).unwrap_or(0.01),
    }
}
