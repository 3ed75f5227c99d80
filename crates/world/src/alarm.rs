//! Alarms: `unanswered_ntp::UpstreamAlarm` for each upstream of each watched client.

use super::observer::{Happening, Observer};
use super::world::{Event, World};
use std::net::Ipv4Addr;
use unanswered_ntp::UpstreamAlarm;
use unanswered_scenario::model::{HostId, Scenario, ServiceKind};
use unanswered_wire::Time;

/// All alarms of a run.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    watches: Vec<Watch>,
    /// The watches of each host.
    of_host: Vec<Vec<u32>>,
}

#[derive(Debug)]
struct Watch {
    rule: usize,
    host: HostId,
    server: Ipv4Addr,
    /// `None` while the client is not running.
    alarm: Option<UpstreamAlarm>,
    /// When it is looked at next.
    scheduled: Option<Time>,
}

impl Alarms {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let mut alarms = Self { watches: Vec::new(), of_host: vec![Vec::new(); scenario.hosts.len()] };
        for (rule, model) in scenario.alarms.iter().enumerate() {
            for host in &model.hosts {
                for service in &scenario.host(*host).services {
                    let ServiceKind::NtpClient(client) = &service.kind else { continue };
                    for server in &client.servers {
                        let watch = u32::try_from(alarms.watches.len()).unwrap_or(u32::MAX);
                        alarms.of_host[host.0 as usize].push(watch);
                        alarms.watches.push(Watch {
                            rule,
                            host: *host,
                            server: *server,
                            alarm: None,
                            scheduled: None,
                        });
                    }
                }
            }
        }
        alarms
    }
}

impl<O: Observer> World<'_, O> {
    /// The client's daemon has started: it is watched from now on.
    pub(super) fn restart_watches(&mut self, host: HostId) {
        for watch in self.alarms.of_host[host.0 as usize].clone() {
            let threshold = self.state.scenario.alarms[self.alarms.watches[watch as usize].rule].threshold;
            self.alarms.watches[watch as usize].alarm = Some(UpstreamAlarm::new(threshold, self.now));
            self.plan_watch(watch);
        }
    }

    /// The host is down: nothing is watched, and its alarms are withdrawn.
    pub(super) fn withdraw_alarms(&mut self, host: HostId) {
        for watch in self.alarms.of_host[host.0 as usize].clone() {
            self.alarms.watches[watch as usize].alarm = None;
            self.withdraw(watch);
        }
    }

    /// An upstream server has answered a client.
    #[inline]
    pub(super) fn upstream_answered(&mut self, host: HostId, server: Ipv4Addr) {
        for index in 0..self.alarms.of_host[host.0 as usize].len() {
            let number = self.alarms.of_host[host.0 as usize][index];
            let watch = &mut self.alarms.watches[number as usize];
            if watch.server != server {
                continue;
            }
            let cleared = watch.alarm.as_mut().and_then(|alarm| alarm.handle_answer(self.now));
            if cleared.is_some() {
                self.withdraw(number);
            }
            self.plan_watch(number);
        }
    }

    /// A watch is looked at.
    pub(super) fn watch(&mut self, number: u32) {
        let now = self.now;
        let Some(watch) = self.alarms.watches.get_mut(number as usize) else { return };
        if watch.scheduled != Some(now) {
            return;
        }
        watch.scheduled = None;
        let raised = watch.alarm.as_mut().and_then(|alarm| alarm.handle_timeout(now));
        if let Some(raised) = raised {
            let (rule, host, server) = (watch.rule, watch.host, watch.server);
            self.state.standing.push((rule, host, server, now));
            self.tell(&Happening::Raised(rule, host, server, raised.silent_for));
            self.alarm_raised(rule, host);
        }
        self.plan_watch(number);
    }

    /// Looks again when the alarm wants it, unless something earlier is planned.
    #[inline]
    fn plan_watch(&mut self, number: u32) {
        let watch = &mut self.alarms.watches[number as usize];
        let wanted = watch.alarm.as_ref().and_then(UpstreamAlarm::poll_timeout);
        // An answer only moves the time away, so the planned look comes first and plans anew.
        if let Some(at) = wanted.filter(|at| watch.scheduled.is_none_or(|scheduled| *at < scheduled)) {
            let at = at.max(self.now);
            watch.scheduled = Some(at);
            self.schedule(at, Event::Watch { watch: number });
        }
    }

    fn withdraw(&mut self, number: u32) {
        let watch = &self.alarms.watches[number as usize];
        let (rule, host, server) = (watch.rule, watch.host, watch.server);
        let standing = &mut self.state.standing;
        let found = standing.iter().position(|(r, h, s, _)| (*r, *h, *s) == (rule, host, server));
        if let Some(index) = found {
            let (.., since) = standing.remove(index);
            self.tell(&Happening::Cleared(rule, host, server, self.now - since));
            self.alarm_cleared(rule, host);
        }
    }
}
