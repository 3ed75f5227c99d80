//! The state of the simulated site at a moment.

use super::firewall::RuleState;
use super::link_state::LinkState;
use super::topology::Topology;
use crate::conntrack::Conntrack;
use crate::host_clock::HostClock;
use crate::ledger::Ledger;
use crate::service::{Behaviour, Sockets};
use crate::streams::Stream;
use std::net::Ipv4Addr;
use unanswered_scenario::model::{
    Endpoint, Host, HostId, InterfaceId, Link, NatRule, NetworkId, Oscillator, ReversePath, Scenario,
    ServiceKind,
};
use unanswered_wire::Time;

/// Everything that changes during a run, apart from what waits in the event queue.
pub struct SiteState<'s> {
    /// The scenario that is being run.
    pub scenario: &'s Scenario,
    /// The seed.
    pub seed: u64,
    /// Addresses and routes.
    pub topology: Topology,
    /// One for each host.
    pub hosts: Vec<HostState>,
    /// One for each network.
    pub networks: Vec<NetworkState>,
    /// Requests.
    pub ledger: Ledger,
    /// Alarms that are raised.
    pub standing: Vec<StandingAlarm>,
    /// Packets that services sent so far.
    pub packets_sent: u64,
    /// Packets that crossed a network so far.
    pub crossings: u64,
}

/// An alarm that is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingAlarm {
    /// Index of its rule.
    pub rule: usize,
    /// The client.
    pub host: HostId,
    /// The server that does not answer.
    pub server: Ipv4Addr,
    /// When it was raised.
    pub since: Time,
}

/// A host at a moment.
pub struct HostState {
    /// Switched on.
    pub up: bool,
    /// How often it was switched on; whatever was scheduled before is void.
    pub generation: u16,
    /// Connection tracking and translations.
    pub conntrack: Option<Conntrack>,
    /// Its clock.
    pub clock: HostClock,
    /// Reverse-path filter.
    pub reverse_path: ReversePath,
    /// Counter of IPv4 identifications.
    pub identification: u16,
    /// Firewall rules.
    pub rules: Vec<RuleState>,
    /// Backends of each DNAT rule (empty for other rules).
    pub backends: Vec<Vec<Endpoint>>,
    /// Interfaces.
    pub attachments: Vec<Attachment>,
    /// Services.
    pub services: Vec<RunningService>,
    /// Who listens on which port.
    pub(crate) sockets: Sockets,
    /// Chance in firewall rules.
    pub rule_chance: Stream,
    /// Choice of backends.
    pub backend_choice: Stream,
    /// Races of new flows.
    pub race_chance: Stream,
}

/// An interface at a moment.
pub struct Attachment {
    /// Its network.
    pub network: NetworkId,
    /// Its address.
    pub address: Ipv4Addr,
    /// The network's link, on this sender's side.
    pub link: LinkState,
    /// The interface's own link.
    pub own: Option<LinkState>,
    /// Vantage points that capture here at the moment.
    pub watchers: Vec<u32>,
}

/// A service at a moment.
pub struct RunningService {
    /// Its configuration.
    pub kind: ServiceKind,
    /// The running process; `None` while it is stopped.
    pub(crate) process: Option<Box<dyn Behaviour>>,
    /// It starts with the host.
    pub enabled: bool,
    /// When it wants to be called, as scheduled in the queue.
    pub scheduled: Option<Time>,
    /// Its random numbers.
    pub random: Stream,
}

/// A network at a moment.
pub struct NetworkState {
    /// Whether it works.
    pub up: bool,
    /// The link as it is now.
    pub link: Link,
    /// How often it was changed; an episode's end does not touch what was changed since.
    pub changes: u32,
    /// Name of the fault while an episode lasts.
    pub fault: Option<String>,
    /// Bad members of the bundle.
    pub bad: Vec<u16>,
}

impl<'s> SiteState<'s> {
    /// Everything switched off, at the start of the run.
    #[must_use]
    pub fn new(scenario: &'s Scenario, seed: u64) -> Self {
        let networks = scenario.networks.iter().map(|network| NetworkState {
            up: true,
            link: network.link.clone(),
            changes: 0,
            fault: None,
            bad: network.bundle.as_ref().map(|bundle| bundle.bad.clone()).unwrap_or_default(),
        });
        Self {
            scenario,
            seed,
            topology: Topology::new(scenario),
            hosts: scenario.hosts.iter().map(|host| HostState::new(scenario, host, seed)).collect(),
            networks: networks.collect(),
            ledger: Ledger::default(),
            standing: Vec::new(),
            packets_sent: 0,
            crossings: 0,
        }
    }

    /// The host's node.
    #[must_use]
    pub fn host(&self, id: HostId) -> &HostState {
        &self.hosts[id.0 as usize]
    }

    /// The host's node, to change.
    pub fn host_mut(&mut self, id: HostId) -> &mut HostState {
        &mut self.hosts[id.0 as usize]
    }

    /// An interface.
    #[inline]
    #[must_use]
    pub fn attachment(&self, id: InterfaceId) -> &Attachment {
        &self.hosts[id.host.0 as usize].attachments[usize::from(id.index)]
    }

    /// The NTP clients that run on a host.
    pub fn ntp_clients(&self, id: HostId) -> impl Iterator<Item = &unanswered_ntp::Client> {
        let services = self.host(id).services.iter();
        services.filter_map(|running| running.process.as_ref().and_then(|process| process.ntp_client()))
    }

    /// The NTP servers that run on a host.
    pub fn ntp_servers(&self, id: HostId) -> impl Iterator<Item = &unanswered_ntp::Server> {
        let services = self.host(id).services.iter();
        services.filter_map(|running| running.process.as_ref().and_then(|process| process.ntp_server()))
    }
}

impl HostState {
    fn new(scenario: &Scenario, host: &Host, seed: u64) -> Self {
        let name = host.name.as_str();
        let attachments = host.interfaces.iter().map(|interface| {
            let network = scenario.network(interface.network);
            let sender = format!("{name}:{}", interface.name);
            Attachment {
                network: interface.network,
                address: interface.address,
                link: LinkState::new(seed, &network.name, &sender),
                own: interface.link.as_ref().map(|_| LinkState::new(seed, "own link", &sender)),
                watchers: Vec::new(),
            }
        });
        let services = host.services.iter().map(|service| RunningService {
            kind: service.kind.clone(),
            process: None,
            enabled: service.enabled,
            scheduled: None,
            random: Stream::new(seed, &["service", name, &service.name]),
        });
        let backends = host.nat.iter().map(|rule| match rule {
            NatRule::Source(_) => Vec::new(),
            NatRule::Destination(destination) => destination.to.clone(),
        });
        let identification = Stream::new(seed, &["identification", name]).bits() & 0xffff;
        Self {
            up: false,
            generation: 0,
            conntrack: host.conntrack.as_ref().map(|config| Conntrack::new(config, seed, name)),
            clock: HostClock::new(&oscillator(host), seed, name, scenario.start),
            identification: u16::try_from(identification).unwrap_or(0),
            reverse_path: host.rp_filter,
            rules: host.firewall.iter().map(RuleState::new).collect(),
            backends: backends.collect(),
            attachments: attachments.collect(),
            services: services.collect(),
            sockets: Sockets::default(),
            rule_chance: Stream::new(seed, &["firewall", name]),
            backend_choice: Stream::new(seed, &["backend", name]),
            race_chance: Stream::new(seed, &["insert race", name]),
        }
    }
}

/// The oscillator of a host. What gives time and gets it from nobody has a reference of its own (a GPS
/// receiver, say) that holds its clock.
fn oscillator(host: &Host) -> Oscillator {
    let gives = host.services.iter().any(|service| matches!(service.kind, ServiceKind::NtpServer(_)));
    let asks = host.services.iter().any(|service| matches!(service.kind, ServiceKind::NtpClient(_)));
    if gives && !asks {
        return Oscillator { frequency_ppm: 0.0, wander_ppm: 0.0, ..host.clock };
    }
    host.clock
}
