//! Answers in words: each a sentence without its full stop, and brief (`brief`) for lists and for the line of progress.

pub mod brief;

use super::units;
use super::{Experiment, FieldName};
use crate::experiment::CameTo;
use crate::number;
use unanswered_forecast::statistics::ShareInterval;
use unanswered_probe::{
    Again, Because, Boundary, Compared, ComparisonSpec, Conclusion, Decided, Difference, FailingSet, Limited,
    Pause, Place, Verdict, Ways, WhereEvidence,
};

/// `source port 122 or lower fails, 123 works`. Of a range that was searched; values between those asked are inferred.
#[must_use]
pub fn boundary_words(boundary: Boundary, name: FieldName) -> String {
    let what = named(name);
    let value = |v| units::value(name, v);
    match boundary {
        Boundary::NothingFails => format!("every {} of the range works", name.words),
        Boundary::AllFail => format!("every {} of the range fails", name.words),
        Boundary::FailsBelow { first_working } => {
            let last = units::at_most(name, first_working.saturating_sub(1));
            format!("{what} {last} fails, {} works", value(first_working))
        }
        Boundary::FailsFrom { first_failing } => {
            let first = units::at_least(name, first_failing);
            format!("{what} {first} fails, {} works", value(first_failing.saturating_sub(1)))
        }
        Boundary::FailsWithin { first_failing, last_failing } => {
            format!("{what} {} fails, others work", window(name, first_failing, last_failing))
        }
        Boundary::WorksWithin { first_working, last_working } => {
            format!("only {what} {} works", window(name, first_working, last_working))
        }
    }
}

/// `source port`, `payload length of`: what a value may follow.
fn named(name: FieldName) -> String {
    if units::is_size(name) { format!("{} of", name.words) } else { name.words.to_owned() }
}

fn window(name: FieldName, first: u64, last: u64) -> String {
    if first == last {
        return units::value(name, first);
    }
    format!("{} to {}", units::value(name, first), units::value(name, last))
}

/// `requests with source port 11 fail more often than those with source port 123, by 40 to 71 percentage points`.
#[must_use]
pub fn compared_words(compared: Compared, spec: &ComparisonSpec, fields: &[FieldName]) -> String {
    let settings = |index: usize| match spec.values.get(index) {
        Some(settings) => units::settings(fields, settings),
        None => format!("value {}", index + 1),
    };
    match compared {
        Compared::Different { value, by } => {
            let how = if by.high < 0.0 { "less" } else { "more" };
            let points = points(by);
            format!(
                "requests with {} fail {how} often than those with {}, by {points}",
                settings(value),
                settings(0)
            )
        }
        Compared::SameWithin { margin } => {
            format!(
                "all {} kinds of requests fail equally often, to within {} percentage points",
                spec.values.len(),
                number::short((margin * 1000.0).round() / 10.0)
            )
        }
    }
}

/// A difference of rates without its sign: `40 to 71 percentage points`.
pub(super) fn points(by: Difference) -> String {
    let (low, high) = if by.high < 0.0 { (-by.high, -by.low) } else { (by.low, by.high) };
    format!("{:.0} to {:.0} percentage points", 100.0 * low, 100.0 * high)
}

/// `odd values of the source port fail, even ones work`.
#[must_use]
pub fn failing_set_words(set: FailingSet, name: FieldName) -> String {
    let of = format!("values of the {}", name.words);
    match set {
        FailingSet::Nothing => format!("no value of the {} fails", name.words),
        FailingSet::All => format!("all {of} fail"),
        FailingSet::Remainder { modulus: 2, remainder: 0 } => {
            format!("even {of} fail, odd ones work")
        }
        FailingSet::Remainder { modulus: 2, remainder: _ } => {
            format!("odd {of} fail, even ones work")
        }
        FailingSet::Remainder { modulus, remainder } => {
            format!("{of} fail that leave remainder {remainder} when divided by {modulus}; others work")
        }
        FailingSet::AllButRemainder { modulus, remainder } => {
            format!("only {of} work that leave remainder {remainder} when divided by {modulus}")
        }
        FailingSet::Bit { bit, set } => {
            let is = if set { "set" } else { "not set" };
            let worth = 1_u64.checked_shl(bit).unwrap_or(0);
            format!("{of} fail in which bit {bit} (worth {worth}) is {is}; others work")
        }
        FailingSet::Ordered => {
            format!("the {of} that fail lie on one side of a boundary, or in a window")
        }
        FailingSet::FixedFate => {
            format!("some {of} always fail and others never, by no rule that is known")
        }
        FailingSet::RandomPerRequest => {
            format!("requests fail at random, whatever their {} is", name.words)
        }
    }
}

/// `a token bucket: 4.8 to 5.2 requests a second, and 9 to 11 at once when it is full`.
#[must_use]
pub fn limited_words(limited: Limited) -> String {
    match limited {
        Limited::NotUpTo { burst } => {
            format!("no limit was met, up to a burst of {}", number::count(u64::from(burst), "request"))
        }
        // Its numbers are not known: asking keeps it shut.
        Limited::Bucket { all_pay: true, .. } => {
            "a token bucket limits requests, and those that are dropped take tokens as well".to_owned()
        }
        Limited::Bucket { rate, depth, all_pay: false } => format!(
            "a token bucket limits requests: {} a second, and {} at once when it is full",
            amounts(rate, "request"),
            wholes(depth),
        ),
        Limited::Open { limit } => format!("at most {} requests can be open at once", wholes(limit)),
    }
}

/// Both ends of an interval to two significant digits: `4.8 to 5.2 requests`.
fn amounts(ends: ShareInterval, noun: &str) -> String {
    let digits = |value: f64| {
        if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
    };
    format!("{} to {} {}", digits(ends.low), digits(ends.high), number::plural(noun))
}

/// Whole numbers within an interval: `9 to 11`, `10`.
pub(super) fn wholes(ends: ShareInterval) -> String {
    let (low, high) = (format!("{:.0}", ends.low), format!("{:.0}", ends.high));
    if low == high { low } else { format!("{low} to {high}") }
}

/// `the next request of a flow passes after a pause of 18.2 s and fails after 20.0 s`.
#[must_use]
pub fn pause_words(pause: Pause, again: Again) -> String {
    let what = match again {
        Again::NextRequest => "the next request of a flow",
        Again::ReplyHeldBack => "a reply that is held back",
        Again::Reused => "a request that uses a port or identifier again",
    };
    match pause {
        Pause::NoneMatters => format!("{what} passes after every pause of the range"),
        Pause::AllFail => format!("{what} fails after every pause of the range"),
        Pause::FailsAfter { passes, fails } => format!(
            "{what} passes after a pause of {} and fails after {}",
            units::span(passes),
            units::span(fails)
        ),
        Pause::FailsBefore { fails, passes } => format!(
            "{what} fails after a pause of {} and passes after {}",
            units::span(fails),
            units::span(passes)
        ),
    }
}

/// `80 % to 100 % of the requests are lost between hop 3 (192.0.2.3) and hop 5 (192.0.2.5)`; addresses and the
/// target are named where the evidence is given.
#[must_use]
pub fn place_words(place: Place, path: Option<&WhereEvidence>) -> String {
    match place {
        Place::Nowhere => "no place on the path loses more requests than the rest of it".to_owned(),
        Place::Between { after, before, lost } => {
            let share = number::shares(lost);
            let from = hop(after, path);
            match before {
                Some(before) => {
                    format!("{share} of the requests are lost between {from} and {}", hop(before, path))
                }
                None => {
                    let silent = path.is_some_and(|path| path.last_answering.unwrap_or(0) == after);
                    let silent = if silent { ", and nothing behind it answers" } else { "" };
                    format!("{share} of the requests are lost behind {from}{silent}")
                }
            }
        }
    }
}

/// `hop 3 (192.0.2.3)`, `the target (hop 7)`, `the sender`.
fn hop(number: u8, path: Option<&WhereEvidence>) -> String {
    let Some(index) = usize::from(number).checked_sub(1) else { return "the sender".to_owned() };
    let Some(path) = path else { return format!("hop {number}") };
    let target = path.reached_with.map_or(path.hops.len(), |reached| usize::from(reached).saturating_sub(1));
    if index >= target {
        // Where no TTL reached it, its distance is not known.
        return match path.reached_with {
            Some(reached) => format!("the target (hop {reached})"),
            None => "the target".to_owned(),
        };
    }
    let routers: Vec<String> = path
        .hops
        .get(index)
        .map(|hop| hop.routers.keys().map(ToString::to_string).collect())
        .unwrap_or_default();
    match routers.as_slice() {
        [] => format!("hop {number}"),
        [one] => format!("hop {number} ({one})"),
        [first, others @ ..] => format!("hop {number} ({first} and {} more)", others.len()),
    }
}

/// `4 ways lie behind the hop, and 1 of them is dead`.
#[must_use]
pub fn ways_words(ways: Ways) -> String {
    let Ways { members, dead } = ways;
    let all = if members == 1 { "1 way lies".to_owned() } else { format!("{members} ways lie") };
    let dead = match dead {
        0 if members == 1 => "it is alive".to_owned(),
        0 => "none of them is dead".to_owned(),
        1 if members == 1 => "it is dead".to_owned(),
        1 => "1 of them is dead".to_owned(),
        many if many == members => "all of them are dead".to_owned(),
        many => format!("{many} of them are dead"),
    };
    format!("{all} behind the hop, and {dead}")
}

/// The explanation in the caller's words, or that it is none of them.
#[must_use]
pub fn decided_words(decided: Decided, words: &[String]) -> String {
    match decided {
        Decided::Rival(index) => {
            words.get(index).cloned().unwrap_or_else(|| format!("explanation {}", index + 1))
        }
        Decided::NothingFails => "no request fails now, and none of the explanations holds".to_owned(),
        Decided::NoneOfThese => "requests fail, but not as any of the explanations says".to_owned(),
    }
}

/// What was found in words with how sure that is, or why it cannot be told.
///
/// # Errors
/// The reason.
pub(super) fn found(of: &Experiment) -> Result<String, Because> {
    let fields = &of.fields;
    match &of.came_to {
        CameTo::Threshold(came, field) => {
            sure(came, |answer| boundary_words(*answer, units::named(fields, *field)))
        }
        // Its probability is one minus an error rate, not a posterior.
        CameTo::Comparison(came, spec) => match &came.verdict {
            Verdict::Found(weighed) => Ok(format!(
                "{}: found, wrong in at most {} of such tests",
                compared_words(weighed.answer, spec, fields),
                number::share(1.0 - weighed.probability)
            )),
            Verdict::CannotTell(because) => Err(*because),
        },
        CameTo::Sets(came, field) => {
            sure(came, |answer| failing_set_words(*answer, units::named(fields, *field)))
        }
        CameTo::Limits(came, _) => sure(came, |answer| limited_words(*answer)),
        CameTo::Wait(came, again) => sure(came, |answer| pause_words(*answer, *again)),
        CameTo::Where(came) => sure(came, |answer| place_words(*answer, Some(&came.evidence))),
        CameTo::Members(came) => sure(came, |answer| ways_words(*answer)),
        CameTo::Rivals { conclusion, words } => sure(conclusion, |answer| decided_words(*answer, words)),
    }
}

fn sure<A, E>(came: &Conclusion<A, E>, words: impl Fn(&A) -> String) -> Result<String, Because> {
    match &came.verdict {
        Verdict::Found(weighed) => {
            Ok(format!("{}: found, {} sure", words(&weighed.answer), units::probability(weighed.probability)))
        }
        Verdict::CannotTell(because) => Err(*because),
    }
}
