//! What happens when: the scenario's events, chapters and captures, and what waits for what.

use super::agenda::ItemKind;
use super::world::{QueuedEvent, World};
use crate::observer::{Happening, Observer};
use crate::streams::Stream;
use unanswered_scenario::model::{Change, Endpoint, HostId, NatRule, Pick, Targets, Trigger, TriggerCause};
use unanswered_wire::Span;

impl<O: Observer> World<'_, O> {
    pub(super) fn begin_timeline(&mut self) {
        let start = self.now;
        for index in 0..self.agenda.items.len() {
            let item = &mut self.agenda.items[index];
            let first = match &item.trigger {
                Trigger::At(at) => *at,
                Trigger::Every { first, .. } => *first,
                Trigger::Random { mean, from, until } => {
                    let at = plus(*from, item.random.exponential_span(*mean));
                    if until.is_some_and(|until| at > until) {
                        continue;
                    }
                    at
                }
                Trigger::After { .. } => continue,
            };
            self.schedule(start + first, QueuedEvent::Item { item: number(index) });
        }
    }

    /// An item's time has come.
    pub(super) fn item(&mut self, index: u32) {
        let Some(item) = self.agenda.items.get_mut(index as usize) else { return };
        let since_start = self.now - self.state.scenario.start;
        let again = match &item.trigger {
            Trigger::Every { period, until, .. } => Some((plus(since_start, *period), *until)),
            Trigger::Random { mean, until, .. } => {
                Some((plus(since_start, item.random.exponential_span(*mean)), *until))
            }
            Trigger::At(_) | Trigger::After { .. } => None,
        };
        let (kind, name, about) = (item.kind, item.name.clone(), item.about);
        if let Some((at, until)) = again
            && until.is_none_or(|until| at <= until)
        {
            self.schedule(self.state.scenario.start + at, QueuedEvent::Item { item: index });
        }
        let about = match kind {
            ItemKind::Event(event) => self.event(event, index, about),
            ItemKind::Chapter(chapter) => {
                self.tell(&Happening::Chapter { chapter, about });
                about
            }
            ItemKind::Capture(vantage) => {
                self.capture_starts(vantage, about);
                about
            }
        };
        self.caused(&|cause| matches!(cause, TriggerCause::Event(waited) if *waited == name), about);
    }

    pub(super) fn alarm_raised(&mut self, rule: usize, host: HostId) {
        let name = self.state.scenario.alarms[rule].name.clone();
        self.caused(
            &|cause| matches!(cause, TriggerCause::AlarmRaised(waited) if *waited == name),
            Some(host),
        );
    }

    pub(super) fn alarm_cleared(&mut self, rule: usize, host: HostId) {
        let name = self.state.scenario.alarms[rule].name.clone();
        self.caused(
            &|cause| matches!(cause, TriggerCause::AlarmCleared(waited) if *waited == name),
            Some(host),
        );
    }

    /// Something happened that items may wait for.
    fn caused(&mut self, is_it: &dyn Fn(&TriggerCause) -> bool, about: Option<HostId>) {
        let since_start = self.now - self.state.scenario.start;
        for index in 0..self.agenda.items.len() {
            let item = &mut self.agenda.items[index];
            let Trigger::After { cause, occurrence, from, wait } = &item.trigger else { continue };
            if item.fired || since_start < *from || !is_it(cause) {
                continue;
            }
            item.seen += 1;
            if item.seen >= *occurrence {
                item.fired = true;
                item.about = about;
                let at = self.now + *wait;
                self.schedule(at, QueuedEvent::Item { item: number(index) });
            }
        }
    }

    /// Carries out an event; returns the host that it is about.
    fn event(&mut self, event: usize, item: u32, about: Option<HostId>) -> Option<HostId> {
        let scenario = self.state.scenario;
        self.tell(&Happening::Event(event));
        let change = &scenario.timeline[event].what;
        let Some(targets) = targets(change) else {
            self.change_networks(change);
            return about;
        };
        let hosts = self.chosen(targets, item, about);
        for host in &hosts {
            self.change_host(change, *host, item);
        }
        // If one group or one host was struck, what follows is about it.
        let chosen =
            matches!(targets.pick, Pick::One | Pick::OneGroup).then(|| hosts.first().copied()).flatten();
        chosen.or(about).or(hosts.first().copied().filter(|_| hosts.len() == 1))
    }

    /// The hosts that a change strikes.
    fn chosen(&mut self, targets: &Targets, item: u32, about: Option<HostId>) -> Vec<HostId> {
        let scenario = self.state.scenario;
        let pick = &mut self.agenda.items[item as usize].pick;
        let group = |host: &HostId| scenario.host(*host).group.as_str();
        let in_group = |name: &str| targets.hosts.iter().copied().filter(|h| group(h) == name).collect();
        match targets.pick {
            Pick::All => targets.hosts.clone(),
            Pick::One => one(&targets.hosts, pick).into_iter().collect(),
            Pick::OneGroup => one(&targets.hosts, pick).map_or(Vec::new(), |host| in_group(group(&host))),
            Pick::Affected => about.map_or(Vec::new(), |host| in_group(group(&host))),
            Pick::Unaffected => {
                let struck = about.as_ref().map_or("", group);
                targets.hosts.iter().copied().filter(|host| group(host) != struck).collect()
            }
        }
    }

    fn change_host(&mut self, change: &Change, host: HostId, item: u32) {
        match change {
            Change::Reboot { down, spread, .. } => {
                let late = self.agenda.items[item as usize].pick.span_below(*spread);
                self.shut_down(host, Some(self.now + *down + late));
            }
            Change::Off(_) => self.shut_down(host, None),
            Change::On(_) => self.switch_on(host, Span::default()),
            Change::Upgrade { service, to, .. } => self.upgrade(host, service, to),
            Change::StartService { service: name, .. } => {
                if let Some(service) = self.service_named(host, name) {
                    self.state.host_mut(host).services[service].enabled = true;
                    self.start_service(host, service);
                    self.tell(&Happening::Started { host, service: name.clone() });
                }
            }
            Change::StopService { service: name, .. } => {
                if let Some(service) = self.service_named(host, name) {
                    self.state.host_mut(host).services[service].enabled = false;
                    self.stop_process(host, service);
                    self.tell(&Happening::Stopped { host, service: name.clone() });
                }
            }
            Change::Firewall { rule, enabled, .. } => {
                let rules = &self.state.scenario.host(host).firewall;
                if let Some(index) = rules.iter().position(|known| known.name == *rule) {
                    self.state.host_mut(host).rules[index].enabled = *enabled;
                }
            }
            Change::Backends { nat, to, .. } => self.change_backends(host, nat, to),
            Change::FlushConntrack(_) => {
                if let Some(conntrack) = &mut self.state.host_mut(host).conntrack {
                    conntrack.flush();
                }
            }
            Change::ClockStep { by, .. } => {
                let now = self.now;
                self.state.host_mut(host).clock.step(now, *by);
            }
            Change::Network { .. } | Change::Link { .. } | Change::BundleBad { .. } | Change::Nothing => {}
        }
    }

    fn change_backends(&mut self, host: HostId, name: &str, to: &[Endpoint]) {
        let rules = &self.state.scenario.host(host).nat;
        let named = |rule: &NatRule| matches!(rule, NatRule::Destination(d) if d.name == name);
        if let Some(index) = rules.iter().position(named) {
            self.state.host_mut(host).backends[index] = to.to_vec();
        }
    }

    fn change_networks(&mut self, change: &Change) {
        let now = self.now;
        match change {
            Change::Network { network, up } => self.state.networks[network.0 as usize].up = *up,
            Change::BundleBad { network, bad } => {
                self.state.networks[network.0 as usize].bad.clone_from(bad);
            }
            Change::Link { network, link, lasts, fault } => {
                let state = &mut self.state.networks[network.0 as usize];
                state.link = (**link).clone();
                state.fault.clone_from(fault);
                state.changes += 1;
                let changes = state.changes;
                if let Some(lasts) = lasts {
                    self.schedule(now + *lasts, QueuedEvent::LinkEnds { network: network.0, changes });
                }
            }
            Change::Reboot { .. }
            | Change::Off(_)
            | Change::On(_)
            | Change::Upgrade { .. }
            | Change::StartService { .. }
            | Change::StopService { .. }
            | Change::Firewall { .. }
            | Change::Backends { .. }
            | Change::FlushConntrack(_)
            | Change::ClockStep { .. }
            | Change::Nothing => {}
        }
    }

    pub(super) fn link_ends(&mut self, network: u32, changes: u32) {
        let model = &self.state.scenario.networks[network as usize];
        let state = &mut self.state.networks[network as usize];
        if state.changes == changes {
            state.link = model.link.clone();
            state.fault = None;
        }
    }

    fn capture_starts(&mut self, vantage: usize, about: Option<HostId>) {
        let scenario = self.state.scenario;
        let model = &scenario.vantages[vantage];
        let group = &scenario.host(model.interface.host).group;
        if model.affected_only && about.is_none_or(|host| scenario.host(host).group != *group) {
            return;
        }
        let watchers = self.watchers(vantage);
        if watchers.contains(&number(vantage)) {
            return;
        }
        watchers.push(number(vantage));
        if let Some(lasts) = model.lasts {
            self.schedule(self.now + lasts, QueuedEvent::CaptureEnds { vantage: number(vantage) });
        }
        self.tell(&Happening::CaptureStarts(vantage));
    }

    pub(super) fn capture_ends(&mut self, vantage: u32) {
        self.watchers(vantage as usize).retain(|watcher| *watcher != vantage);
        self.tell(&Happening::CaptureEnds(vantage as usize));
    }

    fn watchers(&mut self, vantage: usize) -> &mut Vec<u32> {
        let at = self.state.scenario.vantages[vantage].interface;
        &mut self.state.host_mut(at.host).attachments[usize::from(at.index)].watchers
    }
}

/// The hosts that a change names.
const fn targets(change: &Change) -> Option<&Targets> {
    match change {
        Change::Reboot { hosts, .. }
        | Change::Upgrade { hosts, .. }
        | Change::Firewall { hosts, .. }
        | Change::Backends { hosts, .. }
        | Change::Off(hosts)
        | Change::On(hosts)
        | Change::StartService { hosts, .. }
        | Change::StopService { hosts, .. }
        | Change::FlushConntrack(hosts)
        | Change::ClockStep { hosts, .. } => Some(hosts),
        Change::Network { .. } | Change::Link { .. } | Change::BundleBad { .. } | Change::Nothing => None,
    }
}

fn one(hosts: &[HostId], pick: &mut Stream) -> Option<HostId> {
    let index = pick.below(hosts.len() as u64);
    hosts.get(usize::try_from(index).unwrap_or(0)).copied()
}

fn plus(a: Span, b: Span) -> Span {
    Span::from_nanoseconds(a.nanoseconds().saturating_add(b.nanoseconds()))
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
