//! A forecast as JSON; schema `unanswered.lab.forecast/1`.
//!
//! Times are seconds with a fraction, shares are numbers from 0 to 1, confidence intervals are at 95 %. A
//! time that was not reached is `null`.

use serde::Serialize;
use unanswered_forecast::statistics::{Pairs, Share, ShareInterval, TimeInterval, newcombe};
use unanswered_forecast::{Case, Fault, Forecast, PortRolls, RebootEffect, Showing, WaitingTimes};
use unanswered_wire::Span;

/// The forecast as JSON text.
#[must_use]
pub fn to_json(forecast: &Forecast) -> String {
    let mut text = serde_json::to_string_pretty(&ForecastView::new(forecast))
        .expect("numbers, texts and lists have a JSON form");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct ForecastView<'a> {
    schema: &'static str,
    scenario: &'a str,
    title: &'a str,
    duration: f64,
    first_seed: u64,
    seeds: u64,
    groups: usize,
    group_word: &'a str,
    reboot_window: f64,
    cases: Vec<CaseView<'a>>,
}

impl<'a> ForecastView<'a> {
    fn new(forecast: &'a Forecast) -> Self {
        Self {
            schema: "unanswered.lab.forecast/1",
            scenario: &forecast.name,
            title: &forecast.title,
            duration: forecast.duration.seconds(),
            first_seed: forecast.first_seed,
            seeds: forecast.seeds,
            groups: forecast.groups,
            group_word: forecast.group_word,
            reboot_window: forecast.reboot_window.seconds(),
            cases: forecast.cases.iter().map(|case| CaseView::new(&forecast.faults, case)).collect(),
        }
    }
}

#[derive(Serialize)]
struct CaseView<'a> {
    /// `null` for the scenario itself.
    variant: Option<&'a str>,
    title: &'a str,
    requests: u64,
    failed: u64,
    faults: Vec<FaultView<'a>>,
    rolls: Option<RollsView>,
    reboots: Vec<RebootView<'a>>,
}

impl<'a> CaseView<'a> {
    fn new(faults: &'a [Fault], case: &'a Case) -> Self {
        let showings = faults.iter().zip(&case.showings);
        Self {
            variant: case.name.as_deref(),
            title: &case.title,
            requests: case.requests,
            failed: case.failed,
            faults: showings.map(|(fault, showing)| FaultView::new(fault, showing)).collect(),
            rolls: case.rolls.map(|PortRolls { low, expected }| RollsView {
                low: ShareView::new(low),
                expected: expected.value(),
            }),
            reboots: case.reboots.iter().map(|effect| RebootView::new(faults, effect)).collect(),
        }
    }
}

#[derive(Serialize)]
struct FaultView<'a> {
    id: &'a str,
    what: &'a str,
    /// In the catalogue.
    known: bool,
    places: Vec<&'a str>,
    /// Runs in which it showed.
    shown: ShareView,
    /// The variant's share minus that of the scenario itself.
    difference: Option<DifferenceView>,
    /// From the start of the run.
    first: WaitingView,
    failed_requests: u64,
    failed_requests_by_run: &'a [u64],
    groups_mean: f64,
    /// Index: number of groups.
    runs_by_groups: &'a [u64],
    /// From the first failed request.
    alarm: Option<WaitingView>,
    /// Length of the capture.
    named: Option<WaitingView>,
}

impl<'a> FaultView<'a> {
    fn new(fault: &'a Fault, showing: &'a Showing) -> Self {
        Self {
            id: &fault.id,
            what: &fault.what,
            known: fault.known,
            places: fault.places.iter().map(String::as_str).collect(),
            shown: ShareView::new(showing.shown),
            difference: showing.against_base.map(DifferenceView::new),
            first: WaitingView::new(&showing.first),
            failed_requests: showing.failed,
            failed_requests_by_run: &showing.failed_by_run,
            groups_mean: showing.groups_mean(),
            runs_by_groups: &showing.runs_by_groups,
            alarm: showing.alarm.as_ref().map(WaitingView::new),
            named: showing.named.as_ref().map(WaitingView::new),
        }
    }
}

#[derive(Serialize)]
struct ShareView {
    part: u64,
    all: u64,
    share: f64,
    interval: [f64; 2],
}

impl ShareView {
    fn new(share: Share) -> Self {
        let Share { part, all } = share;
        Self { part, all, share: share.value(), interval: ends(share.interval()) }
    }
}

#[derive(Serialize)]
struct DifferenceView {
    difference: f64,
    interval: [f64; 2],
    both: u64,
    only_variant: u64,
    only_base: u64,
    neither: u64,
}

impl DifferenceView {
    fn new(pairs: Pairs) -> Self {
        let Pairs { both, first, second, neither } = pairs;
        let interval = ends(newcombe(pairs));
        Self {
            difference: pairs.difference(),
            interval,
            both,
            only_variant: first,
            only_base: second,
            neither,
        }
    }
}

#[derive(Serialize)]
struct WaitingView {
    happened: u64,
    all: u64,
    lower_quartile: Option<f64>,
    median: Option<f64>,
    upper_quartile: Option<f64>,
    median_interval: [Option<f64>; 2],
    /// Time and the share by then.
    curve: Vec<(f64, f64)>,
}

impl WaitingView {
    fn new(waiting: &WaitingTimes) -> Self {
        let seconds = |span: Option<Span>| span.map(Span::seconds);
        let TimeInterval { low, high } = waiting.median_interval();
        let Share { part, all } = waiting.happened();
        Self {
            happened: part,
            all,
            lower_quartile: seconds(waiting.quantile(0.25)),
            median: seconds(waiting.quantile(0.5)),
            upper_quartile: seconds(waiting.quantile(0.75)),
            median_interval: [seconds(low), seconds(high)],
            curve: waiting.steps().iter().map(|step| (step.time.seconds(), step.share)).collect(),
        }
    }
}

#[derive(Serialize)]
struct RollsView {
    /// Rolled ports below 123.
    low: ShareView,
    expected: f64,
}

#[derive(Serialize)]
struct RebootView<'a> {
    event: &'a str,
    fault: &'a str,
    /// Reboots with that name in all runs.
    times: u64,
    /// Groups with a host that went down.
    struck: AroundView,
    /// The others, over the same times.
    spared: AroundView,
}

impl<'a> RebootView<'a> {
    fn new(faults: &'a [Fault], effect: &'a RebootEffect) -> Self {
        Self {
            event: &effect.event,
            fault: faults.get(effect.fault).map_or("", |fault| &fault.id),
            times: effect.times,
            struck: AroundView::new(effect.struck),
            spared: AroundView::new(effect.spared),
        }
    }
}

/// Groups by whether they had the fault before and after.
#[derive(Serialize)]
struct AroundView {
    before_and_after: u64,
    only_before: u64,
    only_after: u64,
    neither: u64,
}

impl AroundView {
    const fn new(pairs: Pairs) -> Self {
        let Pairs { both, first, second, neither } = pairs;
        Self { before_and_after: both, only_before: first, only_after: second, neither }
    }
}

const fn ends(interval: ShareInterval) -> [f64; 2] {
    [interval.low, interval.high]
}
