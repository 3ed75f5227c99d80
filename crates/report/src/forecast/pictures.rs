//! The pictures of a forecast: when a fault has shown, and in how many groups.

use super::words;
use crate::number;
use crate::plot::{Area, Axis, Chart, Layer};
use unanswered_forecast::statistics::Share;
use unanswered_forecast::{Case, Forecast, Showing};
use unanswered_wire::Span;

/// Style classes of the cases' lines; with more cases they start over.
const LINES: [&str; 6] = ["s0", "s1", "s2", "s3", "s4", "s5"];
const BANDS: [&str; 6] = ["band f0", "band f1", "band f2", "band f3", "band f4", "band f5"];
const BARS: [&str; 6] = ["f0", "f1", "f2", "f3", "f4", "f5"];
/// Share of a row that its bars take.
const BARS_WIDTH: f64 = 0.8;

/// Height in pixels of the space between rows, and of a bar.
const ROW: f64 = 8.0;
const BAR: f64 = 14.0;

const DAY: Span = Span::from_seconds(86_400);

/// The share of runs in which a fault has shown by each time, with its confidence interval.
pub(super) fn shown_by(forecast: &Forecast, fault: usize) -> Chart {
    let (unit, unit_word) = unit(forecast);
    let end = forecast.duration.seconds() / unit;
    let mut bands = Vec::new();
    let mut lines = Vec::new();
    for (number, case) in forecast.cases.iter().enumerate() {
        let steps = steps(&case.showings[fault], unit, end);
        let areas = steps.windows(2).map(|pair| {
            let ends = pair[0].1.interval();
            Area { x: (pair[0].0, pair[1].0), y: (ends.low * 100.0, ends.high * 100.0) }
        });
        bands.push(Layer::Areas { class: pick(&BANDS, number), label: None, areas: areas.collect() });
        let mut points = Vec::new();
        let mut height = 0.0;
        for (x, share) in steps {
            points.push((x, height));
            height = share.value() * 100.0;
            points.push((x, height));
        }
        lines.push(Layer::Line { class: pick(&LINES, number), label: Some(label(case)), points });
    }
    bands.append(&mut lines);
    Chart {
        title: format!("Share of runs in which {} has shown itself, by time", forecast.faults[fault].id),
        x: Axis::Linear { low: 0.0, high: end },
        x_label: format!("{unit_word} since the start of the run"),
        y: Axis::Linear { low: 0.0, high: 100.0 },
        y_label: "% of runs".to_owned(),
        height: 260.0,
        layers: bands,
    }
}

pub(super) fn shown_by_caption(forecast: &Forecast) -> String {
    format!(
        "In how many of the {} runs the first request had failed because of the fault by a time. Shaded: the \
         interval at 95 %, for each time by itself.",
        forecast.seeds
    )
}

/// In how many groups a fault showed: a row for each number of groups, a bar for each case.
pub(super) fn groups(forecast: &Forecast, fault: usize) -> Chart {
    let most = forecast.cases.iter().map(|case| case.showings[fault].runs_by_groups.len()).max().unwrap_or(1);
    let cases = forecast.cases.len().max(1) as f64;
    let width = BARS_WIDTH / cases;
    let mut counts = Vec::new();
    let mut layers: Vec<Layer> = Vec::new();
    for (number, case) in forecast.cases.iter().enumerate() {
        let showing = &case.showings[fault];
        let mut areas = Vec::new();
        for (groups, runs) in showing.runs_by_groups.iter().enumerate().filter(|(_, runs)| **runs > 0) {
            // The next row is below, and so is the next case.
            let top = groups as f64 - BARS_WIDTH / 2.0 + width * number as f64;
            let share = Share { part: *runs, all: showing.shown.all }.value() * 100.0;
            areas.push(Area { x: (0.0, share), y: (top, top + width * 0.92) });
            counts.push((share, top + width * 0.46, runs.to_string()));
        }
        layers.push(Layer::Areas { class: pick(&BARS, number), label: Some(label(case)), areas });
    }
    layers.push(Layer::Notes { class: "count", notes: counts });
    let rows = (0..most as u64).map(|groups| number::count(groups, forecast.group_word));
    Chart {
        title: format!(
            "Number of {} in which {} showed itself",
            number::plural(forecast.group_word),
            forecast.faults[fault].id
        ),
        x: Axis::Linear { low: 0.0, high: 106.0 },
        x_label: "% of runs; beside the bars their number".to_owned(),
        y: Axis::Names(rows.collect()),
        y_label: String::new(),
        height: (ROW + BAR * cases) * most as f64,
        layers,
    }
}

pub(super) fn groups_caption(forecast: &Forecast) -> String {
    format!(
        "In how many {} of a run the fault made a request fail; at 0 are the runs without it. Bars stand in the \
         order of the legend.",
        number::plural(forecast.group_word)
    )
}

/// Times in units of the axis, and the share of runs in which it has shown from then on.
fn steps(showing: &Showing, unit: f64, end: f64) -> Vec<(f64, Share)> {
    let all = showing.shown.all;
    let mut steps = vec![(0.0, Share { part: 0, all })];
    for (part, wait) in (1..).zip(showing.first.waits.iter().filter(|wait| wait.happened)) {
        steps.push((wait.time.seconds() / unit, Share { part, all }));
    }
    let last = steps.last().map_or_else(Share::default, |(_, share)| *share);
    steps.push((end, last));
    steps
}

/// Seconds of the axis' unit, and its name.
fn unit(forecast: &Forecast) -> (f64, &'static str) {
    if forecast.duration >= Span::from_nanoseconds(2 * DAY.nanoseconds()) {
        (DAY.seconds(), "days")
    } else {
        (3600.0, "hours")
    }
}

fn label(case: &Case) -> String {
    words::case(case).to_owned()
}

fn pick(classes: &[&'static str; 6], number: usize) -> &'static str {
    classes[number % classes.len()]
}
