//! Hosts and services go up and down.

use super::world::{QueuedEvent, World};
use crate::observer::{Happening, Observer};
use crate::service;
use crate::streams::Stream;
use unanswered_scenario::model::{HostId, ServiceKind};
use unanswered_table::Outcome;
use unanswered_wire::{Span, Time};

impl<O: Observer> World<'_, O> {
    /// A host is switched on.
    pub(super) fn boot(&mut self, host: HostId, generation: u16) {
        let scenario = self.state.scenario;
        let node = self.state.host_mut(host);
        if node.up || node.generation != generation {
            return;
        }
        // What runs on a host that is down is started by that host later.
        if scenario.host(host).on.is_some_and(|below| !self.state.host(below).up) {
            return;
        }
        let node = self.state.host_mut(host);
        node.up = true;
        if let Some(conntrack) = &mut node.conntrack {
            conntrack.reboot();
        }
        self.tell(&Happening::Up(host));
        let model = scenario.host(host);
        let mut stream = Stream::new(self.state.seed, &["boot", &model.name, &generation.to_string()]);
        let ready = self.now + model.boot + stream.span_below(model.boot);
        self.schedule(ready, QueuedEvent::Start { host: host.0, generation });
        // What runs on it is started by it.
        for (guest, model) in scenario.host_ids() {
            if model.on == Some(host) {
                let generation = self.state.host(guest).generation;
                self.schedule(ready, QueuedEvent::Boot { host: guest.0, generation });
            }
        }
    }

    /// A host has booted.
    pub(super) fn start_services(&mut self, host: HostId, generation: u16) {
        if self.state.host(host).generation != generation {
            return;
        }
        for service in 0..self.state.host(host).services.len() {
            if self.state.host(host).services[service].enabled {
                self.start_service(host, service);
            }
        }
        self.restart_alarms(host);
    }

    /// A host goes down with everything that runs on it; those that will come up again do so at `up`.
    pub(super) fn shut_down(&mut self, host: HostId, up: Option<Time>) {
        for (guest, model) in self.state.scenario.host_ids() {
            if model.on == Some(host) {
                self.shut_down(guest, None);
            }
        }
        let node = self.state.host_mut(host);
        let was_up = node.up;
        node.up = false;
        node.generation = node.generation.wrapping_add(1);
        let generation = node.generation;
        for service in 0..self.state.host(host).services.len() {
            self.stop_process(host, service);
        }
        if was_up {
            self.withdraw_alarms(host);
            self.tell(&Happening::Down(host));
        }
        if let Some(at) = up {
            self.schedule(at, QueuedEvent::Boot { host: host.0, generation });
        }
    }

    pub(super) fn start_service(&mut self, host: HostId, service: usize) {
        let now = self.now;
        let node = self.state.host_mut(host);
        if !node.up {
            return;
        }
        let Some(running) = node.services.get_mut(service) else { return };
        if running.process.is_some() {
            return;
        }
        running.process = service::process(&running.kind, now);
        running.scheduled = None;
        let service = u16::try_from(service).unwrap_or(u16::MAX);
        self.call(host, service, |process, context| process.start(context));
    }

    /// A process ends; how its open requests would have ended, nobody will know.
    pub(super) fn stop_process(&mut self, host: HostId, service: usize) {
        let number = u16::try_from(service).unwrap_or(u16::MAX);
        let node = self.state.host_mut(host);
        let Some(running) = node.services.get_mut(service) else { return };
        if running.process.take().is_none() {
            return;
        }
        running.scheduled = None;
        node.sockets.release(number);
        for request in self.state.ledger.abandon(host, Some(number)) {
            self.observer.request(&self.state, &request, Outcome::Unknown);
        }
    }

    /// The service of this name on a host.
    pub(super) fn service_named(&self, host: HostId, name: &str) -> Option<usize> {
        self.state.scenario.host(host).services.iter().position(|service| service.name == name)
    }

    /// Gives a service another behaviour profile and restarts it.
    pub(super) fn upgrade(&mut self, host: HostId, name: &str, to: &str) {
        let Some(service) = self.service_named(host, name) else { return };
        let running = &mut self.state.host_mut(host).services[service];
        match &mut running.kind {
            ServiceKind::NtpServer(server) => to.clone_into(&mut server.profile),
            ServiceKind::NtpClient(client) => to.clone_into(&mut client.profile),
            ServiceKind::DnsServer(_)
            | ServiceKind::DnsClient(_)
            | ServiceKind::TcpServer(_)
            | ServiceKind::TcpClient(_)
            | ServiceKind::Ping(_)
            | ServiceKind::EchoServer(_)
            | ServiceKind::EchoClient(_) => return,
        }
        self.stop_process(host, service);
        self.start_service(host, service);
        let (service, profile) = (name.to_owned(), to.to_owned());
        self.tell(&Happening::Upgraded { host, service, profile });
    }

    /// Switches a host on.
    pub(super) fn switch_on(&mut self, host: HostId, after: Span) {
        let generation = self.state.host(host).generation;
        self.schedule(self.now + after, QueuedEvent::Boot { host: host.0, generation });
    }
}
