//! Source ports that translations choose at random, and the arithmetic to compare with: how many are low?
//!
//! Linux (and vRouters with sticky ports) replaces a port below 512 by one of 1-511; the taken one itself
//! cannot be rolled. A client that sends from port 123 therefore gets one of 510, of which 122 are
//! below 123. This matters only if some server has a check that low ports do not pass.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use unanswered_forecast::statistics::Share;
use unanswered_ntp::{PortCheck, ServerProfile};
use unanswered_scenario::model::{
    Change, HostId, NatRule, PortPolicy, Scenario, ServiceKind, SourceNat, Transport,
};
use unanswered_world::conntrack::Tuple;
use unanswered_world::observer::Rewritten;

/// Ports below this are low: ntpd's check.
pub(super) const LOW: u16 = 123;
/// First port of the next class in the kernel's `nf_nat_core.c`.
const CLASS_END: u16 = 512;
/// Low ports among those that can be rolled for a taken port 123.
pub(super) const EXPECTED: Share = Share { part: 122, all: 510 };

/// Rolls of one or more runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PortChoices {
    /// Ports rolled for sources below port 512.
    pub(super) rolls: u64,
    /// Those below 123.
    pub(super) low: u64,
}

/// Whether some server has the check at the start, or gets it later.
pub(super) fn matters(scenario: &Scenario) -> bool {
    let has = |profile: &str| ServerProfile::by_name(profile).is_some_and(|p| p.ports == PortCheck::From123);
    let services = scenario.hosts.iter().flat_map(|host| &host.services);
    let now = services
        .into_iter()
        .any(|service| matches!(&service.kind, ServiceKind::NtpServer(server) if has(&server.profile)));
    now || scenario.timeline.iter().any(|event| matches!(&event.what, Change::Upgrade { to, .. } if has(to)))
}

/// Counts rolls while a world runs.
pub(super) struct RolledPorts {
    /// Translating hosts whose rolls can be compared with the arithmetic.
    nats: Vec<HostId>,
    /// The outside port that an inside source had last, and had last towards a server.
    last: FxHashMap<(HostId, Ipv4Addr, u16), u16>,
    last_to: FxHashMap<(HostId, Ipv4Addr, u16, Ipv4Addr), u16>,
    choices: PortChoices,
}

impl RolledPorts {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let compared = |rule: &NatRule| match rule {
            NatRule::Source(SourceNat { policy, ports, .. }) => {
                ports.is_none() && matches!(policy, PortPolicy::Linux | PortPolicy::Sticky)
            }
            NatRule::Destination(_) => false,
        };
        let source = |rule: &NatRule| matches!(rule, NatRule::Source(_));
        let nats = scenario.host_ids().filter(|(_, host)| {
            host.nat.iter().any(source) && host.nat.iter().filter(|rule| source(rule)).all(compared)
        });
        let nats = if matters(scenario) { nats.map(|(id, _)| id).collect() } else { Vec::new() };
        Self {
            nats,
            last: FxHashMap::default(),
            last_to: FxHashMap::default(),
            choices: PortChoices::default(),
        }
    }

    /// A flow did not keep its source. It is a roll when the port is neither the source's last one nor
    /// its last one towards this server: living mappings and remembered ports are reused. A roll
    /// that gives the same port again is not seen; low and high ports alike, so the share is the same.
    pub(super) fn handle(&mut self, rewritten: &Rewritten) {
        if !self.nats.contains(&rewritten.nat) {
            return;
        }
        let Tuple { source, destination, protocol } = rewritten.inside;
        let port = rewritten.outside.source.port;
        if protocol == Transport::Icmp || source.port >= CLASS_END || port == source.port {
            return;
        }
        let before = self.last.insert((rewritten.nat, source.address, source.port), port);
        let key = (rewritten.nat, source.address, source.port, destination.address);
        let before_to = self.last_to.insert(key, port);
        if before != Some(port) && before_to != Some(port) {
            self.choices.rolls += 1;
            self.choices.low += u64::from(port < LOW);
        }
    }

    pub(super) fn choices(self) -> PortChoices {
        self.choices
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_scenario::model::Endpoint;
    use unanswered_scenario::{DiagnosisNames, parse};
    use unanswered_wire::Time;

    const SMALL: &str = include_str!("../../tests/forecast_files/small.toml");

    fn rewritten(scenario: &Scenario, nat: &str, client: u8, server: u8, ports: (u16, u16)) -> Rewritten {
        let id = scenario.host_ids().find(|(_, host)| host.name == nat).map(|(id, _)| id);
        let end = |last, port| Endpoint { address: Ipv4Addr::new(10, 0, 0, last), port };
        let inside =
            Tuple { protocol: Transport::Udp, source: end(client, ports.0), destination: end(server, 123) };
        let outside = inside.with_source(end(99, ports.1));
        Rewritten { time: Time::from_nanoseconds(0), nat: id.unwrap(), inside, outside }
    }

    #[test]
    fn a_port_that_is_used_again_is_no_roll() {
        let scenario = parse(SMALL, "small.toml", DiagnosisNames::default()).unwrap();
        let mut rolled = RolledPorts::new(&scenario);
        // Client, server, outside port, and whether it is a roll.
        let flows = [
            (1, 8, 108, true),
            (1, 8, 108, false),
            (1, 9, 108, false),
            (2, 8, 300, true),
            (1, 9, 400, true),
            (1, 8, 108, false),
            (1, 8, 122, true),
            (1, 8, 123, false),
        ];
        let mut expected = 0;
        for (client, server, port, roll) in flows {
            rolled.handle(&rewritten(&scenario, "osa-vrouter", client, server, (123, port)));
            expected += u64::from(roll);
            assert_eq!(rolled.choices.rolls, expected, "{client} {server} {port}");
        }
        rolled.handle(&rewritten(&scenario, "osa-vrouter", 3, 8, (4000, 5000)));
        assert_eq!(rolled.choices(), PortChoices { rolls: 4, low: 2 });
    }

    #[test]
    fn only_translations_that_the_arithmetic_is_about_are_counted() {
        for (policy, counted) in [
            ("policy = \"linux\"", 1),
            ("policy = \"random\"", 0),
            ("policy = \"linux-rover\"", 0),
            ("policy = \"linux\", ports = \"1024-65535\"", 0),
        ] {
            let scenario =
                parse(&SMALL.replace("policy = \"sticky\"", policy), "small.toml", DiagnosisNames::default())
                    .unwrap();
            let mut rolled = RolledPorts::new(&scenario);
            rolled.handle(&rewritten(&scenario, "osb-vrouter", 1, 8, (123, 7)));
            assert_eq!(rolled.choices().rolls, counted, "{policy}");
        }
        let scenario = parse(SMALL, "small.toml", DiagnosisNames::default()).unwrap();
        assert!(matters(&scenario) && !matters(&scenario.variants[0].scenario));
    }
}
