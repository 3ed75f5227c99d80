//! Each alarm of each upstream of each client.

use std::net::Ipv4Addr;
use unanswered_ntp::UpstreamAlarm;
use unanswered_scenario::model::{HostId, Scenario, ServiceKind};
use unanswered_wire::Time;

/// The alarms of a run.
#[derive(Debug, Default)]
pub(super) struct AlarmStates {
    pub(super) states: Vec<AlarmState>,
    /// Indexes of those of each host.
    pub(super) of_host: Vec<Vec<u32>>,
}

/// One rule for one upstream server of one client.
#[derive(Debug)]
pub(super) struct AlarmState {
    pub(super) rule: usize,
    pub(super) host: HostId,
    pub(super) server: Ipv4Addr,
    /// `None` while the client is not running.
    pub(super) alarm: Option<UpstreamAlarm>,
    /// When it is checked next.
    pub(super) scheduled: Option<Time>,
}

impl AlarmStates {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let mut all = Self { states: Vec::new(), of_host: vec![Vec::new(); scenario.hosts.len()] };
        for (rule, model) in scenario.alarms.iter().enumerate() {
            for host in &model.hosts {
                for service in &scenario.host(*host).services {
                    let ServiceKind::NtpClient(client) = &service.kind else { continue };
                    for server in &client.servers {
                        let index = u32::try_from(all.states.len()).unwrap_or(u32::MAX);
                        all.of_host[host.0 as usize].push(index);
                        all.states.push(AlarmState {
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
        all
    }
}
