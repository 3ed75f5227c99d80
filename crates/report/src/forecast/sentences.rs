//! What every rendering of a forecast shows: its sentences and the columns of its tables.

use super::words;
use crate::number;
use crate::text_table::TextColumn;
use unanswered_forecast::statistics::{Pairs, Share, newcombe};
use unanswered_forecast::{Case, Fault, Forecast, PortRolls, RebootEffect, Showing, WaitingTimes};

/// The answer in one to three sentences.
pub(super) fn answer(forecast: &Forecast) -> String {
    let duration = words::length(forecast.duration);
    let Some(base) = forecast.cases.first() else { return String::new() };
    let Some((fault, showing)) = leading(forecast, base) else {
        let none = Share { part: 0, all: forecast.seeds };
        let runs = number::count(forecast.seeds, "run");
        return format!(
            "No fault of the catalogue showed itself in {runs} of {duration}; if one does, then in fewer than \
             {} of runs (at 95 %).",
            words::percent(none.interval().high)
        );
    };
    let mut answer = format!(
        "{} shows itself in {} runs of {duration} ({} at 95 %)",
        fault.id,
        words::of(showing.shown),
        words::interval(showing.shown.interval())
    );
    if let Some(median) = showing.first.quantile(0.5) {
        answer.push_str(&format!(", in half of all runs within {}", words::length(median)));
    }
    answer.push_str(&format!(
        "; it strikes {} of {} on average.",
        number::short((showing.groups_mean() * 10.0).round() / 10.0),
        number::count(forecast.groups as u64, forecast.group_word)
    ));
    let index = forecast.faults.iter().position(|known| known.id == fault.id).unwrap_or(0);
    answer.push_str(&variants(forecast, index));
    answer
}

/// In how many runs a fault shows with each variant; variants with equal counts together.
fn variants(forecast: &Forecast, fault: usize) -> String {
    let mut by_count: Vec<(Share, Vec<&str>)> = Vec::new();
    for case in forecast.cases.iter().filter(|case| case.name.is_some()) {
        let shown = case.showings[fault].shown;
        match by_count.iter_mut().find(|(other, _)| *other == shown) {
            Some((_, names)) => names.push(words::case(case)),
            None => by_count.push((shown, vec![words::case(case)])),
        }
    }
    let sentences: Vec<String> = by_count
        .iter()
        .map(|(shown, names)| {
            let count = if shown.part == 0 { format!("none of {}", shown.all) } else { words::of(*shown) };
            format!("with {} in {count}", listed(names))
        })
        .collect();
    if sentences.is_empty() { String::new() } else { format!(" It shows itself {}.", sentences.join(", ")) }
}

/// `a`, `a or b`, `a, b or c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The fault of the catalogue that shows most often in the scenario itself.
fn leading<'f>(forecast: &'f Forecast, base: &'f Case) -> Option<(&'f Fault, &'f Showing)> {
    let known = forecast.faults.iter().zip(&base.showings).filter(|(fault, _)| fault.known);
    known.max_by_key(|(_, showing)| (showing.shown.part, showing.failed)).filter(|(_, s)| s.shown.part > 0)
}

/// One row per case.
pub(super) fn fault_columns(forecast: &Forecast, index: usize) -> Vec<TextColumn> {
    let showings = || forecast.cases.iter().map(|case| (case, &case.showings[index]));
    let cells = |cell: &dyn Fn(&Case, &Showing) -> String| -> Vec<String> {
        showings().map(|(case, showing)| cell(case, showing)).collect()
    };
    let mut columns = vec![
        TextColumn::left("", cells(&|case, _| words::case(case).to_owned())),
        TextColumn::right("runs", cells(&|_, s| words::of(s.shown))),
        TextColumn::left("95 %", cells(&|_, s| words::interval(s.shown.interval()))),
    ];
    if forecast.cases.len() > 1 {
        let difference = |s: &Showing| s.against_base.map_or_else(|| "-".to_owned(), difference);
        columns.push(TextColumn::right("difference in points", cells(&|_, s| difference(s))));
    }
    columns.push(TextColumn::right("half by", cells(&|_, s| words::median(&s.first))));
    columns.push(TextColumn::left("quartiles", cells(&|_, s| words::quartiles(&s.first))));
    let groups = format!("{} per run", number::plural(forecast.group_word));
    columns.push(TextColumn::right(&groups, cells(&|_, s| format!("{:.1}", s.groups_mean()))));
    let of_requests = |case: &Case, s: &Showing| number::percent(s.failed, case.requests);
    columns.push(TextColumn::right("failed requests", cells(&of_requests)));
    if showings().any(|(_, s)| s.alarm.is_some()) {
        columns.push(TextColumn::right("alarm", cells(&|_, s| happened(s.alarm.as_ref()))));
        columns.push(TextColumn::right("half after", cells(&|_, s| median(s.alarm.as_ref()))));
    }
    if showings().any(|(_, s)| s.named.is_some()) {
        columns.push(TextColumn::right("explain names it", cells(&|_, s| happened(s.named.as_ref()))));
        columns.push(TextColumn::right("half within", cells(&|_, s| median(s.named.as_ref()))));
    }
    columns
}

/// Percentage points by which a variant differs from the scenario itself.
fn difference(pairs: Pairs) -> String {
    words::points(pairs.difference(), newcombe(pairs))
}

/// In how many runs with the fault something happened.
fn happened(waiting: Option<&WaitingTimes>) -> String {
    let some = waiting.filter(|waiting| !waiting.waits.is_empty());
    some.map_or_else(|| "-".to_owned(), |waiting| words::of(waiting.happened()))
}

fn median(waiting: Option<&WaitingTimes>) -> String {
    let some = waiting.filter(|waiting| !waiting.waits.is_empty());
    some.map_or_else(|| "-".to_owned(), words::median)
}

/// What the arithmetic says of rolled ports, for each case with some.
pub(super) fn rolls(forecast: &Forecast) -> Option<String> {
    let rolled = |case: &Case| -> Option<String> {
        let PortRolls { low, expected } = case.rolls.filter(|rolls| rolls.low.all > 0)?;
        let ends = low.interval();
        let judged = if (ends.low..=ends.high).contains(&expected.value()) {
            "which agrees with it"
        } else {
            "which chance alone would produce in fewer than one of 20 sweeps"
        };
        let of = case.name.as_ref().map_or_else(|| "As it is".to_owned(), |name| format!("With {name}"));
        Some(format!(
            "{of}, {} rolls are below 123: {} ({} at 95 %), {judged}.",
            words::of(low),
            words::percent(low.value()),
            words::interval(ends)
        ))
    };
    let sentences: Vec<String> = forecast.cases.iter().filter_map(rolled).collect();
    let expected = forecast.cases.iter().find_map(|case| case.rolls)?.expected;
    if sentences.is_empty() {
        return Some(
            "No translation had to replace a source port below 512, so none was rolled there.".to_owned(),
        );
    }
    Some(format!(
        "A taken port 123 is replaced by one of 1 to 511, so {} are below 123: {:.1} % expected. {}",
        words::of(expected),
        expected.value() * 100.0,
        sentences.join(" ")
    ))
}

pub(super) fn reboot_columns(forecast: &Forecast, effects: &[RebootEffect]) -> Vec<TextColumn> {
    let cells = |cell: &dyn Fn(&RebootEffect) -> String| effects.iter().map(cell).collect::<Vec<_>>();
    let name = |effect: &RebootEffect| {
        let fault = forecast.faults.get(effect.fault).map_or("", |fault| fault.id.as_str());
        format!("{}, {fault}", effect.event)
    };
    let bad = |part: u64, pairs: Pairs| words::of(Share { part, all: all(pairs) });
    vec![
        TextColumn::left("event", cells(&name)),
        TextColumn::right("bad before", cells(&|e| bad(e.struck.both + e.struck.first, e.struck))),
        TextColumn::right("after", cells(&|e| bad(e.struck.both + e.struck.second, e.struck))),
        TextColumn::right("went", cells(&|e| bad(e.struck.first, before(e.struck)))),
        TextColumn::right("came", cells(&|e| bad(e.struck.second, sound(e.struck)))),
        TextColumn::right("changed", cells(&|e| changed(e.struck))),
        TextColumn::right("changed elsewhere", cells(&|e| changed(e.spared))),
    ]
}

const fn all(pairs: Pairs) -> u64 {
    pairs.both + pairs.first + pairs.second + pairs.neither
}

/// Groups that had it before.
const fn before(pairs: Pairs) -> Pairs {
    Pairs { second: 0, neither: 0, ..pairs }
}

/// Groups that did not have it before.
const fn sound(pairs: Pairs) -> Pairs {
    Pairs { both: 0, first: 0, ..pairs }
}

/// Groups that had it only before or only after.
fn changed(pairs: Pairs) -> String {
    let share = Share { part: pairs.first + pairs.second, all: all(pairs) };
    if share.all == 0 { "-".to_owned() } else { words::percent(share.value()) }
}

/// What a reboot does, in words.
pub(super) fn reboot_words(forecast: &Forecast, effects: &[RebootEffect]) -> String {
    let sum = |side: &dyn Fn(&RebootEffect) -> Pairs| {
        effects.iter().map(side).fold(Pairs::default(), |sum, pairs| Pairs {
            both: sum.both + pairs.both,
            first: sum.first + pairs.first,
            second: sum.second + pairs.second,
            neither: sum.neither + pairs.neither,
        })
    };
    let (struck, spared) = (sum(&|effect| effect.struck), sum(&|effect| effect.spared));
    let groups = number::plural(forecast.group_word);
    let window = words::length(forecast.reboot_window);
    let had = struck.both + struck.first;
    let sound = struck.second + struck.neither;
    let mut out = format!(
        "Of {had} {groups} that had the fault in the {window} before their reboot, {} had it no more in the {window} \
         after; of {sound} that did not, {} had it then.",
        struck.first, struck.second
    );
    if struck.first > 0 && struck.second > 0 {
        out.push_str(" A reboot does not fix it: ports are chosen anew.");
    }
    out.push_str(&if all(spared) == 0 {
        format!(" Every one of the {groups} was rebooted, so there is none to compare with.")
    } else {
        format!(" Of the {groups} left out, {} changed over the same times.", changed(spared))
    });
    out
}

/// Indexes of the causes that the catalogue does not know.
pub(super) fn others(forecast: &Forecast) -> Vec<usize> {
    (0..forecast.faults.len()).filter(|index| !forecast.faults[*index].known).collect()
}

/// One row per other cause, one column per case.
pub(super) fn other_columns(forecast: &Forecast, others: &[usize]) -> Vec<TextColumn> {
    let names = others.iter().map(|index| words::fault(&forecast.faults[*index]));
    let mut columns = vec![TextColumn::left("cause", names)];
    for case in &forecast.cases {
        let shown = others.iter().map(|index| words::of(case.showings[*index].shown));
        columns.push(TextColumn::right(words::case(case), shown));
    }
    if let Some(base) = forecast.cases.first() {
        let failed = others.iter().map(|index| number::percent(base.showings[*index].failed, base.requests));
        columns.push(TextColumn::right("requests failed", failed));
    }
    columns
}

/// What the numbers do not say.
pub(super) fn limits(forecast: &Forecast) -> Vec<String> {
    let last = forecast.first_seed.wrapping_add(forecast.seeds.saturating_sub(1));
    let mut limits = vec![
        format!(
            "Intervals are for chance among the seeds {} to {last}; whether the site behaves as the scenario says, \
             no number of seeds can tell.",
            forecast.first_seed
        ),
        "Groups of one run share servers and events, so they are not counted as independent: shares and intervals \
         are over runs."
            .to_owned(),
        "A fault shows itself when it makes a request fail; a bad mapping that nobody used does not count.".to_owned(),
    ];
    if forecast.cases.len() > 1 {
        limits.push(
            "Variants run with the same seeds, and differences are between runs with the same seed."
                .to_owned(),
        );
    }
    let any = |has: &dyn Fn(&Showing) -> bool| forecast.cases.iter().flat_map(|case| &case.showings).any(has);
    if any(&|showing| {
        showing.alarm.as_ref().is_some_and(|alarm| alarm.happened().part < alarm.happened().all)
    }) {
        limits.push(
            "Alarms are counted from the first failed request. A run without one is counted as \"not until its end\"."
                .to_owned(),
        );
    }
    if any(&|showing| showing.named.is_some()) {
        limits.push(
            "Captures for explain begin with the first failed request: who begins later, or elsewhere, may need more."
                .to_owned(),
        );
    }
    limits
}
