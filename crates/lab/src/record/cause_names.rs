//! Causes and places in words, and the catalogue ids of faults.

use unanswered_scenario::model::{HostId, InterfaceId, NetworkId, Scenario, Service, ServiceKind};
use unanswered_world::ledger::{LossPlace, LossReason};

/// A cause in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFault {
    /// Catalogue id where the catalogue knows the fault, else `mechanism:place`.
    pub id: String,
    /// What happens, as a sentence without a full stop.
    pub what: String,
    /// Where: a host, or a network.
    pub place: String,
}

/// Describes a cause. `episode` is the name of a network's loss episode, if it has one.
#[must_use]
pub fn fault(scenario: &Scenario, reason: LossReason, episode: Option<&str>) -> NamedFault {
    let fault =
        |id: &str, what: String, place: &str| NamedFault { id: id.to_owned(), what, place: place.to_owned() };
    let at = |kind: &str, place: &str, what: &str| {
        fault(&format!("{kind}:{place}"), format!("{what} ({place})"), place)
    };
    let host = |id: HostId| scenario.host(id).name.as_str();
    let network = |id: NetworkId| scenario.network(id).name.as_str();
    let known = |id: &str, at: HostId, what: &str| fault(id, format!("{} {what}", host(at)), host(at));
    match reason {
        LossReason::LinkLoss { network: net, .. } => match episode {
            Some(id) => fault(id, format!("packets are lost on {}", network(net)), network(net)),
            None => at("link-loss", network(net), "packets are lost by chance"),
        },
        LossReason::QueueFull(net) => at("queue-full", network(net), "the queue before the link is full"),
        LossReason::NetworkDown(net) => at("network-down", network(net), "the network is cut"),
        LossReason::Member { network: net, member } => {
            let bundle = scenario.network(net).bundle.as_ref();
            let id = bundle.and_then(|b| b.fault.as_deref()).unwrap_or("lag-or-ecmp-dead-member");
            let what = format!("member {member} of {} loses what is hashed to it", network(net));
            fault(id, what, network(net))
        }
        LossReason::TooBig(net) => {
            let mtu = scenario.network(net).link.mtu;
            let what = format!("packets larger than the {mtu} bytes that {} takes are dropped", network(net));
            fault("overlay-mtu-blackhole", what, network(net))
        }
        LossReason::Rule { host, rule: index } => rule(scenario, host, index),
        LossReason::TableFull(at) => {
            known("conntrack-table-full", at, "has no room for new flows in its conntrack table")
        }
        LossReason::NoPort(at) => {
            known("cloud-snat-port-exhaustion", at, "has no free port for a new translation")
        }
        LossReason::PortTaken(h) => at("nat-port-taken", host(h), "the port is taken and no other is chosen"),
        LossReason::Invalid(at) => known(
            "asymmetric-path-invalid-drop",
            at,
            "drops packets of flows whose beginning it has not seen",
        ),
        LossReason::InsertRace(at) => known(
            "dns-conntrack-a-aaaa-race",
            at,
            "loses the second of two packets that open one flow at once",
        ),
        LossReason::ReversePath(at) => {
            known("rp-filter-strict", at, "drops packets whose way back is another interface")
        }
        LossReason::TtlExpired(at) => {
            known("ttl-expires-on-the-way", at, "gets packets whose time to live has run out")
        }
        LossReason::NoRoute(h) => at("no-route", host(h), "there is no route"),
        LossReason::NoNeighbour(net) => at("no-such-address", network(net), "no host has the address"),
        LossReason::NotForwarding(h) => at("not-forwarding", host(h), "the host does not forward"),
        LossReason::HostDown(h) => at("host-down", host(h), "the host is down"),
        LossReason::NotListening(host)
        | LossReason::LowPort(host)
        | LossReason::ReservedPort(host)
        | LossReason::RateLimited(host)
        | LossReason::IgnoresEdns(host)
        | LossReason::IgnoresType { host, .. }
        | LossReason::Ignored(host)
        | LossReason::Busy(host)
        | LossReason::ReplyRejected(host)
        | LossReason::WrongSource(host)
        | LossReason::TooLate(host) => of_a_service(scenario, reason, host),
    }
}

/// Causes inside the host of a service or a client.
#[expect(clippy::wildcard_enum_match_arm, reason = "only its caller gives it causes, and no others")]
fn of_a_service(scenario: &Scenario, reason: LossReason, here: HostId) -> NamedFault {
    let place = scenario.host(here).name.as_str();
    let fault = |id: &str, what: String| NamedFault { id: id.to_owned(), what, place: place.to_owned() };
    let at = |kind: &str, what: &str| fault(&format!("{kind}:{place}"), format!("{what} ({place})"));
    let known = |id: &str, what: &str| fault(id, format!("{place} {what}"));
    match reason {
        LossReason::NotListening(_) => at("not-listening", "nothing listens on the port"),
        LossReason::LowPort(_) => {
            known("ntpd-lowport-lt123", "runs an ntpd that drops requests from source ports below 123")
        }
        LossReason::ReservedPort(_) => known(
            "ntpd-pre412-reserved-port",
            "runs an ntpd that answers only port 123 and ports from 1024 on",
        ),
        LossReason::RateLimited(at) => {
            known(rate_limit(scenario, at), "limits the rate of requests of each address")
        }
        LossReason::IgnoresEdns(_) => known("dns-edns-unanswered", "ignores questions with an OPT record"),
        LossReason::IgnoresType { kind, .. } => {
            let id = if kind == 28 { "dns-aaaa-unanswered" } else { "dns-type-unanswered" };
            known(id, &format!("ignores questions of type {kind}"))
        }
        LossReason::Ignored(_) => at("ignored", "the service ignores such requests"),
        LossReason::Busy(_) => at("busy", "the service has too much to do"),
        LossReason::ReplyRejected(_) => at("reply-rejected", "the client does not take the reply"),
        LossReason::WrongSource(_) => known(
            "multihomed-reply-source",
            "gets replies from another address than it asked, and does not take them",
        ),
        LossReason::TooLate(_) => at("too-late", "the client had given up when the reply came"),
        _ => at("ignored", "the service ignores such requests"),
    }
}

/// A fault's id without its place: `mechanism:place` is the mechanism, a catalogue id is itself.
#[must_use]
pub fn without_place(id: &str) -> &str {
    id.split_once(':').map_or(id, |(mechanism, _)| mechanism)
}

/// Whose rate limit it is, going by the time server's program in the scenario.
fn rate_limit(scenario: &Scenario, at: HostId) -> &'static str {
    let chrony = |service: &Service| matches!(&service.kind, ServiceKind::NtpServer(server) if server.profile == "chrony");
    if scenario.host(at).services.iter().any(chrony) { "chrony-ratelimit-nat-sum" } else { "ntpd-guard-time" }
}

fn rule(scenario: &Scenario, host: HostId, index: u16) -> NamedFault {
    let model = scenario.host(host);
    let rule = model.firewall.get(usize::from(index));
    let name = rule.map_or("", |rule| rule.name.as_str());
    let id = rule.and_then(|rule| rule.fault.clone());
    NamedFault {
        id: id.unwrap_or_else(|| format!("firewall:{}:{name}", model.name)),
        what: format!("rule {name} of {} drops packets", model.name),
        place: model.name.clone(),
    }
}

/// The interface as `host:interface`.
#[must_use]
pub fn interface(scenario: &Scenario, id: InterfaceId) -> String {
    format!("{}:{}", scenario.host(id.host).name, scenario.interface(id).name)
}

/// Where a packet ended: one host, or the two interfaces between which it was lost.
#[must_use]
pub fn place(scenario: &Scenario, place: LossPlace) -> Vec<String> {
    match place {
        LossPlace::Host(host) => vec![scenario.host(host).name.clone()],
        LossPlace::Between { from, to } => vec![interface(scenario, from), interface(scenario, to)],
    }
}
