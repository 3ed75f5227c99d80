//! A run in prose, for a reader who does not know it.
//!
//! Data flow: the scenario's own chapters (its words, its order) and what really happened between
//! them (`between`), with what a chapter shows below it (`shown`): billboards, translations, alarms,
//! counts, packets, the diagnosis. All facts come from the record of the run; a chapter whose trigger
//! never came is left out. The truth comes at the end: which faults struck.

mod between;
mod captured_requests;
mod layout;
mod shown;

use crate::diagnosis::{diagnose, exchanges};
use crate::record::{RunRecord, Truth};
use layout::Page;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::Exchanges;
use unanswered_report::{Report, terminal};
use unanswered_scenario::model::{Scenario, Show};
use unanswered_wire::Time;

/// The run as text, in lines of at most `columns`.
#[must_use]
pub fn narrate(scenario: &Scenario, record: &RunRecord, truth: &Truth, columns: usize) -> String {
    let mut page = Page::new(columns);
    page.heading(&scenario.title);
    page.paragraphs(&scenario.about);
    page.line(&format!(
        "Seed {}. {} from {}. {} and {}.",
        truth.seed,
        layout::days(scenario.duration.seconds()),
        layout::date(scenario.start),
        layout::count(scenario.hosts.len(), "host"),
        layout::count(scenario.networks.len(), "network"),
    ));
    let mut told = 0;
    for (number, snapshot) in record.snapshots.iter().enumerate() {
        told = between::told(&mut page, scenario, record, told, snapshot.time);
        let chapter = &scenario.chapters[snapshot.chapter];
        page.chapter(&layout::moment(scenario, snapshot.time), &chapter.title);
        page.paragraphs(&chapter.text);
        let earlier = number.checked_sub(1).and_then(|earlier| record.snapshots.get(earlier));
        for show in &chapter.show {
            match show {
                Show::Billboard(_) => shown::billboards(&mut page, scenario, snapshot),
                Show::Nat(hosts) => shown::translations(&mut page, scenario, record, snapshot, hosts),
                Show::Alarms => shown::alarms(&mut page, scenario, snapshot),
                Show::Counts => shown::counts(&mut page, scenario, snapshot, earlier),
                Show::Packets => {
                    captured(&mut page, scenario, record, snapshot.time, captured_requests::around_the_last)
                }
                Show::Explain => captured(&mut page, scenario, record, snapshot.time, explained),
            }
        }
    }
    between::told(&mut page, scenario, record, told, scenario.start + scenario.duration);
    page.chapter(&layout::moment(scenario, scenario.start + scenario.duration), "What was true");
    shown::truth(&mut page, truth);
    page.finish()
}

/// Shows something that is made from the captures so far.
fn captured(
    page: &mut Page,
    scenario: &Scenario,
    record: &RunRecord,
    until: Time,
    show: impl Fn(&mut Page, &Exchanges),
) {
    match exchanges(scenario, &record.captures, &[], Some(until)) {
        Ok(exchanges) => show(page, &exchanges),
        Err(error) => {
            let hint = error.hint().map_or_else(String::new, |hint| format!("; {hint}"));
            page.line(&format!("({error}{hint})"));
        }
    }
}

fn explained(page: &mut Page, exchanges: &Exchanges) {
    let diagnosis = diagnose(exchanges);
    let source = ExchangeSource::new(exchanges);
    let report = Report::on_captures(&diagnosis, &source);
    let columns = page.inner_columns();
    let options = terminal::Options { columns, ..terminal::Options::default() };
    page.verbatim(&terminal::render(&report, options));
}
