//! Groups of hosts: what a fault strikes (clusters, say). A host without a group counts as a group of its own.

use std::collections::BTreeSet;
use unanswered_scenario::model::{HostId, Scenario, ServiceKind};

/// The group of a host (the cluster), or its own name if it has none.
pub(crate) fn group_of(scenario: &Scenario, host: HostId) -> &str {
    let host = scenario.host(host);
    if host.group.is_empty() { &host.name } else { &host.group }
}

/// The groups in which some host sends requests.
pub(crate) fn asking_groups(scenario: &Scenario) -> BTreeSet<&str> {
    let asks = |kind: &ServiceKind| match kind {
        ServiceKind::NtpClient(_)
        | ServiceKind::DnsClient(_)
        | ServiceKind::TcpClient(_)
        | ServiceKind::Ping(_)
        | ServiceKind::EchoClient(_) => true,
        ServiceKind::NtpServer(_)
        | ServiceKind::DnsServer(_)
        | ServiceKind::TcpServer(_)
        | ServiceKind::EchoServer(_) => false,
    };
    let asking =
        scenario.host_ids().filter(|(_, host)| host.services.iter().any(|service| asks(&service.kind)));
    asking.map(|(id, _)| group_of(scenario, id)).collect()
}
