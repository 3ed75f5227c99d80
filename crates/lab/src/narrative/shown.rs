//! What a chapter shows below its text.

use super::between::server_name;
use super::layout::{Page, grouped, moment};
use crate::record::{PortRewrite, RunRecord, Snapshot, Truth};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use unanswered_report::number::percent;
use unanswered_scenario::model::{Endpoint, Host, HostId, NatRule, Scenario};
use unanswered_table::OutcomeCounts;
use unanswered_wire::Time;
use unanswered_world::observer::Happening;

/// Maximum number of rows in a table of translations.
const ROWS: usize = 16;

pub(super) fn billboards(page: &mut Page, scenario: &Scenario, snapshot: &Snapshot) {
    if snapshot.billboards.is_empty() {
        page.line("(no host to show a billboard of)");
    }
    for board in &snapshot.billboards {
        let name = &scenario.host(board.look.host).name;
        if board.text.is_empty() {
            page.line(&format!("({name} runs no NTP client just now)"));
            continue;
        }
        page.verbatim(&format!("{name}$ ntpq -pn\n{}", board.text));
    }
}

pub(super) fn alarms(page: &mut Page, scenario: &Scenario, snapshot: &Snapshot) {
    if snapshot.standing.is_empty() {
        page.line("No alarm stands.");
        page.line("");
        return;
    }
    let rows: Vec<Vec<String>> = snapshot
        .standing
        .iter()
        .map(|alarm| {
            vec![
                scenario.alarms[alarm.rule].name.clone(),
                scenario.host(alarm.host).name.clone(),
                server_name(scenario, alarm.server),
                moment(scenario, alarm.since),
            ]
        })
        .collect();
    page.table(&["alarm", "host", "upstream", "since"], &rows);
}

#[derive(Default)]
struct Sums {
    now: OutcomeCounts,
    before: OutcomeCounts,
}

/// Requests since the last chapter, by group (or host) and server.
pub(super) fn counts(page: &mut Page, scenario: &Scenario, snapshot: &Snapshot, earlier: Option<&Snapshot>) {
    let mut sums: BTreeMap<(String, Ipv4Addr), Sums> = BTreeMap::new();
    for (asked, counts) in &snapshot.counts {
        let host = scenario.host(asked.client);
        let group = if host.group.is_empty() { host.name.clone() } else { host.group.clone() };
        let before = earlier.and_then(|earlier| earlier.counts.get(asked)).copied().unwrap_or_default();
        let sum = sums.entry((group, asked.server)).or_default();
        sum.now.merge(counts);
        sum.before.merge(&before);
    }
    let rows: Vec<Vec<String>> = sums
        .iter()
        .map(|((group, server), Sums { now, before })| {
            let (requests, failed) = (now.requests() - before.requests(), now.failed() - before.failed());
            vec![
                group.clone(),
                server_name(scenario, *server),
                grouped(requests),
                grouped(failed),
                percent(failed, requests),
            ]
        })
        .collect();
    let since = if earlier.is_some() { "since the last chapter" } else { "so far" };
    page.caption(&format!("Requests {since}:"));
    page.table(&["from", "to", "requests", "failed", "share"], &rows);
}

/// Rewritten source ports that the translating hosts have used since their last boot.
pub(super) fn translations(
    page: &mut Page,
    scenario: &Scenario,
    record: &RunRecord,
    snapshot: &Snapshot,
    hosts: &[HostId],
) {
    let nats = if hosts.is_empty() { nats_of_group(scenario, snapshot.about) } else { hosts.to_vec() };
    let mut rows = Vec::new();
    let mut more = 0;
    for nat in nats {
        let booted = last_boot(record, nat, snapshot.time);
        // A port may be used for several servers; it is listed once, with all of them.
        let mut ports: BTreeMap<(Endpoint, u16), Vec<&PortRewrite>> = BTreeMap::new();
        let of_nat = record.translations.iter().filter(|t| t.nat == nat && t.first <= snapshot.time);
        for known in of_nat.filter(|t| booted.is_none_or(|booted| t.last >= booted)) {
            ports.entry((known.inside, known.outside.port)).or_default().push(known);
        }
        for ((inside, outside), known) in ports {
            if rows.len() == ROWS {
                more += 1;
                continue;
            }
            let first = known.iter().map(|t| t.first).min().unwrap_or_default();
            let servers: Vec<String> = known.iter().map(|t| t.to.to_string()).collect();
            rows.push(vec![
                scenario.host(nat).name.clone(),
                format!("{}:{}", inside.address, inside.port),
                outside.to_string(),
                moment(scenario, first.max(booted.unwrap_or(first))),
                servers.join(", "),
            ]);
        }
    }
    if rows.is_empty() {
        page.line("No source port has been rewritten since the last boot.");
        page.line("");
        return;
    }
    page.caption("Source ports that were rewritten since the last boot:");
    page.table(&["by", "inside", "port", "since", "towards"], &rows);
    if more > 0 {
        page.line(&format!("and {more} more"));
    }
}

fn nats_of_group(scenario: &Scenario, about: Option<HostId>) -> Vec<HostId> {
    let group = about.map(|host| scenario.host(host).group.as_str());
    let translates = |host: &Host| host.nat.iter().any(|rule| matches!(rule, NatRule::Source(_)));
    let hosts = scenario.host_ids().filter(|(_, host)| translates(host));
    hosts.filter(|(_, host)| group.is_none_or(|group| host.group == group)).map(|(id, _)| id).collect()
}

fn last_boot(record: &RunRecord, host: HostId, until: Time) -> Option<Time> {
    let mut boots = record.happenings.iter().rev().filter(|happened| happened.time <= until);
    boots.find(|happened| happened.what == Happening::Up(host)).map(|happened| happened.time)
}

/// The truth of the run: which faults struck.
pub(super) fn truth(page: &mut Page, truth: &Truth) {
    let total: u64 = truth.outcomes.values().sum();
    if truth.faults.is_empty() {
        page.line(&format!("All of {} requests were answered, or ended with the run.", grouped(total)));
        return;
    }
    page.line(&format!("Of {} requests, these failed:", grouped(total)));
    page.line("");
    let rows: Vec<Vec<String>> = truth
        .faults
        .iter()
        .map(|fault| {
            let clients = match fault.clients.as_slice() {
                [one] => one.clone(),
                many => format!("{} hosts", many.len()),
            };
            vec![grouped(fault.requests), clients, fault.id.clone()]
        })
        .collect();
    page.table(&["requests", "of", "because of"], &rows);
    for fault in &truth.faults {
        page.entry("-", &format!("{}: {}", fault.id, fault.what));
    }
}
