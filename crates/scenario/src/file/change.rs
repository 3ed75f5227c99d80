//! What an event does.

use super::nat::backends;
use super::network::{link, members_of};
use super::ntp::profile;
use crate::model::{Change, Host, HostId, Link, NatRule, NetworkId, Pick, Service, ServiceKind, Targets};
use crate::placed_site::PlacedSite;
use crate::profiles::{known_client_profile, known_server_profile};
use crate::sections::{
    BACKENDS, BUNDLE_BAD, CLOCK_STEP, FIREWALL_CHANGE, HOSTS, LINK_CHANGE, NETWORK_CHANGE, REBOOT,
    SERVICE_CHANGE, UPGRADE,
};
use crate::toml_values::{Fields, Section};
use crate::units::{flag, length, span, text, word};
use std::collections::BTreeSet;
use unanswered_toml_text::{advised, unknown};
use unanswered_wire::Span;

/// The keys of an event that do something.
pub(super) const ACTIONS: [&str; 13] = [
    "reboot",
    "off",
    "on",
    "upgrade",
    "start_service",
    "stop_service",
    "network",
    "link",
    "bundle_bad",
    "firewall",
    "backends",
    "flush_conntrack",
    "clock_step",
];
const PICKS: &[(&str, Pick)] = &[
    ("all", Pick::All),
    ("one", Pick::One),
    ("affected", Pick::Affected),
    ("unaffected", Pick::Unaffected),
    ("one-group", Pick::OneGroup),
];

/// What the action of this key does.
pub(super) fn change(site: &PlacedSite<'_>, hosts: &[Host], event: &Fields<'_>, key: &str) -> Option<Change> {
    let at = EventAction { site, hosts, event, key };
    match key {
        "reboot" => {
            let (targets, table) = at.short(&REBOOT)?;
            let read = |key: &str, usual| table.and_then(|t| t.read(key, length)).unwrap_or(usual);
            let down = read("down", Span::from_seconds(120));
            Some(Change::Reboot { hosts: targets, down, spread: read("spread", Span::default()) })
        }
        "off" => at.short(&HOSTS).map(|(targets, _)| Change::Off(targets)),
        "on" => at.short(&HOSTS).map(|(targets, _)| Change::On(targets)),
        "flush_conntrack" => at.short(&HOSTS).map(|(targets, _)| Change::FlushConntrack(targets)),
        "upgrade" => at.upgrade(),
        "start_service" | "stop_service" => {
            let table = at.table(&SERVICE_CHANGE)?;
            let targets = at.targets(&table)?;
            let name = at.service(&table, &targets)?;
            Some(match key {
                "start_service" => Change::StartService { hosts: targets, service: name },
                _ => Change::StopService { hosts: targets, service: name },
            })
        }
        "network" => {
            let table = at.table(&NETWORK_CHANGE)?;
            let network = at.network(&table, "name")?;
            Some(Change::Network { network, up: table.required("up", flag)? })
        }
        "link" => {
            let table = at.table(&LINK_CHANGE)?;
            let network = at.network(&table, "network")?;
            let before: &Link = &site.networks.get(network.0 as usize)?.link;
            let (lasts, fault) = (table.read("lasts", length), table.read("fault", text));
            Some(Change::Link { network, link: Box::new(link(&table, before)), lasts, fault })
        }
        "bundle_bad" => at.bundle_bad(),
        "firewall" => at.firewall(),
        "backends" => at.backends(),
        _ => {
            let table = at.table(&CLOCK_STEP)?;
            Some(Change::ClockStep { hosts: at.targets(&table)?, by: table.required("by", span)? })
        }
    }
}

/// One action of an event.
struct EventAction<'s, 'a> {
    site: &'s PlacedSite<'a>,
    hosts: &'s [Host],
    event: &'s Fields<'s>,
    key: &'s str,
}

impl<'s> EventAction<'s, '_> {
    fn table(&self, section: &'static Section) -> Option<Fields<'s>> {
        self.event.table(self.key, section)
    }

    /// Only hosts (`off = "a"`), or a table with more.
    fn short(&self, section: &'static Section) -> Option<(Targets, Option<Fields<'s>>)> {
        let node = self.event.get(self.key)?;
        if node.as_table().is_none() {
            return Some((Targets { hosts: self.site.hosts("", node), pick: Pick::All }, None));
        }
        let table = self.table(section)?;
        Some((self.targets(&table)?, Some(table)))
    }

    fn targets(&self, table: &Fields<'_>) -> Option<Targets> {
        let Some(node) = table.get("hosts") else {
            table.missing("hosts");
            return None;
        };
        let pick = table.read("pick", word(PICKS)).unwrap_or(Pick::All);
        Some(Targets { hosts: self.site.hosts("", node), pick })
    }

    fn network(&self, table: &Fields<'_>, key: &str) -> Option<NetworkId> {
        let Some(node) = table.get(key) else {
            table.missing(key);
            return None;
        };
        self.site.network("", node)
    }

    fn chosen(&self, targets: &Targets) -> impl Iterator<Item = &'s Host> {
        let ids: BTreeSet<HostId> = targets.hosts.iter().copied().collect();
        (0..).map(HostId).zip(self.hosts).filter(move |(id, _)| ids.contains(id)).map(|(_, host)| host)
    }

    /// Notes a name that none of the chosen hosts has; a host that is left out may have had it.
    fn known<'n>(&self, table: &Fields<'_>, key: &str, name: &str, names: impl Iterator<Item = &'n str>) {
        let names: BTreeSet<&str> = names.collect();
        let any_host = !self.hosts.is_empty();
        if any_host && !names.contains(name) {
            table.problem(key, unknown(format!("none of these hosts has {name}"), name, names));
        }
    }

    fn services(&self, targets: &Targets) -> impl Iterator<Item = &'s Service> {
        self.chosen(targets).flat_map(|host| &host.services)
    }

    fn service(&self, table: &Fields<'_>, targets: &Targets) -> Option<String> {
        let name = table.required("service", text)?;
        if !targets.hosts.is_empty() {
            self.known(table, "service", &name, self.services(targets).map(|service| service.name.as_str()));
        }
        Some(name)
    }

    fn upgrade(&self) -> Option<Change> {
        let table = self.table(&UPGRADE)?;
        let hosts = self.targets(&table)?;
        let service = self.service(&table, &hosts)?;
        let kinds = || self.services(&hosts).filter(|s| s.name == service).map(|s| &s.kind);
        let clients = kinds().any(|kind| matches!(kind, ServiceKind::NtpClient(_)));
        let servers = kinds().any(|kind| matches!(kind, ServiceKind::NtpServer(_)));
        if !clients && !servers && kinds().next().is_some() {
            let message = format!("{service} has no profile");
            table.problem("service", advised(message, "only NTP services are upgraded"));
        }
        let known = if clients { known_client_profile } else { known_server_profile };
        let to = table.required("to", profile(known))?;
        Some(Change::Upgrade { hosts, service, to })
    }

    fn bundle_bad(&self) -> Option<Change> {
        let table = self.table(&BUNDLE_BAD)?;
        let network = self.network(&table, "network")?;
        let bundle = self.site.networks.get(network.0 as usize)?.bundle.as_ref();
        let Some(bundle) = bundle else {
            let message = "this network has no bundle";
            table.problem("network", advised(message, "add bundle = { members = 2 } to it"));
            return None;
        };
        if !table.has("bad") {
            table.missing("bad");
        }
        Some(Change::BundleBad { network, bad: members_of(&table, bundle.members) })
    }

    fn firewall(&self) -> Option<Change> {
        let table = self.table(&FIREWALL_CHANGE)?;
        let hosts = self.targets(&table)?;
        let rule = table.required("rule", text)?;
        if !hosts.hosts.is_empty() {
            let rules = self.chosen(&hosts).flat_map(|host| &host.firewall);
            self.known(&table, "rule", &rule, rules.map(|rule| rule.name.as_str()));
        }
        Some(Change::Firewall { hosts, rule, enabled: table.required("enabled", flag)? })
    }

    fn backends(&self) -> Option<Change> {
        let table = self.table(&BACKENDS)?;
        let hosts = self.targets(&table)?;
        let nat = table.required("nat", text)?;
        let rules = || {
            self.chosen(&hosts).flat_map(|host| &host.nat).filter_map(|rule| match rule {
                NatRule::Destination(rule) => Some(rule),
                NatRule::Source(_) => None,
            })
        };
        if !table.has("to") {
            table.missing("to");
        }
        let first = hosts.hosts.first();
        let placed = first.and_then(|id| self.site.hosts.iter().find(|placed| placed.id == Some(*id)));
        // The hosts are left out: the event stays as a name to wait for.
        let Some(placed) = placed else { return Some(Change::Nothing) };
        self.known(&table, "nat", &nat, rules().map(|rule| rule.name.as_str()));
        let port = rules().find(|rule| rule.name == nat).and_then(|rule| rule.port);
        let to = backends(self.site, placed, &table, port);
        Some(Change::Backends { hosts, nat, to })
    }
}
