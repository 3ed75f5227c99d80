//! Alarms: `unanswered_ntp::UpstreamAlarm` for each upstream of each watched client.

use super::world::{QueuedEvent, World};
use crate::observer::{Happening, Observer};
use crate::site::StandingAlarm;
use std::net::Ipv4Addr;
use unanswered_ntp::UpstreamAlarm;
use unanswered_scenario::model::HostId;

impl<O: Observer> World<'_, O> {
    /// The client's daemon has started: it is watched from now on.
    pub(super) fn restart_alarms(&mut self, host: HostId) {
        for entry in self.alarms.of_host[host.0 as usize].clone() {
            let threshold = self.state.scenario.alarms[self.alarms.states[entry as usize].rule].threshold;
            self.alarms.states[entry as usize].alarm = Some(UpstreamAlarm::new(threshold, self.now));
            self.plan_alarm(entry);
        }
    }

    /// The host is down: nothing is watched, and its alarms are withdrawn.
    pub(super) fn withdraw_alarms(&mut self, host: HostId) {
        for entry in self.alarms.of_host[host.0 as usize].clone() {
            self.alarms.states[entry as usize].alarm = None;
            self.withdraw(entry);
        }
    }

    /// An upstream server has answered a client.
    #[inline]
    pub(super) fn upstream_answered(&mut self, host: HostId, server: Ipv4Addr) {
        for index in 0..self.alarms.of_host[host.0 as usize].len() {
            let number = self.alarms.of_host[host.0 as usize][index];
            let entry = &mut self.alarms.states[number as usize];
            if entry.server != server {
                continue;
            }
            let cleared = entry.alarm.as_mut().and_then(|alarm| alarm.handle_answer(self.now));
            if cleared.is_some() {
                self.withdraw(number);
            }
            self.plan_alarm(number);
        }
    }

    /// An alarm is checked.
    pub(super) fn look_at_alarm(&mut self, number: u32) {
        let now = self.now;
        let Some(entry) = self.alarms.states.get_mut(number as usize) else { return };
        if entry.scheduled != Some(now) {
            return;
        }
        entry.scheduled = None;
        let raised = entry.alarm.as_mut().and_then(|alarm| alarm.handle_timeout(now));
        if let Some(raised) = raised {
            let (rule, host, server) = (entry.rule, entry.host, entry.server);
            self.state.standing.push(StandingAlarm { rule, host, server, since: now });
            self.tell(&Happening::Raised { rule, host, server, silent_for: raised.silent_for });
            self.alarm_raised(rule, host);
        }
        self.plan_alarm(number);
    }

    /// Checks again when the alarm wants it, unless an earlier check is planned.
    #[inline]
    fn plan_alarm(&mut self, number: u32) {
        let entry = &mut self.alarms.states[number as usize];
        let wanted = entry.alarm.as_ref().and_then(UpstreamAlarm::poll_timeout);
        // An answer only postpones the time, so the planned check comes first and plans the next one.
        if let Some(at) = wanted.filter(|at| entry.scheduled.is_none_or(|scheduled| *at < scheduled)) {
            let at = at.max(self.now);
            entry.scheduled = Some(at);
            self.schedule(at, QueuedEvent::Alarm { alarm: number });
        }
    }

    fn withdraw(&mut self, number: u32) {
        let entry = &self.alarms.states[number as usize];
        let (rule, host, server) = (entry.rule, entry.host, entry.server);
        let standing = &mut self.state.standing;
        let found =
            standing.iter().position(|alarm| (alarm.rule, alarm.host, alarm.server) == (rule, host, server));
        if let Some(index) = found {
            let since = standing.remove(index).since;
            let stood_for = self.now - since;
            self.tell(&Happening::Cleared { rule, host, server, stood_for });
            self.alarm_cleared(rule, host);
        }
    }
}
