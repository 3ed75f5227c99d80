//! Answers as briefly as they can be told apart, where the question is known from beside them.

use crate::experiment::{FieldName, units};
use crate::number;
use unanswered_probe::{Boundary, Compared, Decided, FailingSet, Limited, Pause, Place, Ways};

/// Which values fail: `up to 122`.
#[must_use]
pub fn boundary(boundary: Boundary, name: FieldName) -> String {
    let value = |v| units::value(name, v);
    match boundary {
        Boundary::NothingFails => "nothing".to_owned(),
        Boundary::AllFail => "all".to_owned(),
        Boundary::FailsBelow { first_working } => {
            format!("up to {}", value(first_working.saturating_sub(1)))
        }
        Boundary::FailsFrom { first_failing } => format!("from {}", value(first_failing)),
        Boundary::FailsWithin { first_failing, last_failing } => {
            format!("{first_failing} to {}", value(last_failing))
        }
        Boundary::WorksWithin { first_working, last_working } => {
            format!("all but {first_working} to {}", value(last_working))
        }
    }
}

/// `value 2 fails more often`; values are counted from 1.
#[must_use]
pub fn compared(compared: Compared) -> String {
    match compared {
        Compared::Different { value, by } => {
            format!("value {} fails {} often", value + 1, if by.high < 0.0 { "less" } else { "more" })
        }
        Compared::SameWithin { .. } => "no difference".to_owned(),
    }
}

/// Which values fail: `odd ones`.
#[must_use]
pub fn failing_set(set: FailingSet) -> String {
    match set {
        FailingSet::Nothing => "nothing".to_owned(),
        FailingSet::All => "all".to_owned(),
        FailingSet::Remainder { modulus: 2, remainder: 0 } => "even ones".to_owned(),
        FailingSet::Remainder { modulus: 2, remainder: _ } => "odd ones".to_owned(),
        FailingSet::Remainder { modulus, remainder } => format!("{remainder} modulo {modulus}"),
        FailingSet::AllButRemainder { modulus, remainder } => {
            format!("all but {remainder} modulo {modulus}")
        }
        FailingSet::Bit { bit, set } => format!("bit {bit} {}", if set { "set" } else { "not set" }),
        FailingSet::Ordered => "a side or a window".to_owned(),
        FailingSet::FixedFate => "always the same ones".to_owned(),
        FailingSet::RandomPerRequest => "any, at random".to_owned(),
    }
}

/// `4.8 to 5.2 a second`.
#[must_use]
pub fn limited(limited: Limited) -> String {
    match limited {
        Limited::NotUpTo { burst } => format!("no limit up to {burst}"),
        Limited::Bucket { all_pay: true, .. } => "a bucket, dropped ones count".to_owned(),
        Limited::Bucket { rate, .. } => format!("{:.1} to {:.1} a second", rate.low, rate.high),
        Limited::Open { limit } => format!("{} open", super::wholes(limit)),
    }
}

/// `18.2 s passes, 20.0 s fails`.
#[must_use]
pub fn pause(pause: Pause) -> String {
    match pause {
        Pause::NoneMatters => "all pass".to_owned(),
        Pause::AllFail => "all fail".to_owned(),
        Pause::FailsAfter { passes, fails } => {
            format!("{} passes, {} fails", units::span(passes), units::span(fails))
        }
        Pause::FailsBefore { fails, passes } => {
            format!("{} fails, {} passes", units::span(fails), units::span(passes))
        }
    }
}

/// `between hop 3 and 5`.
#[must_use]
pub fn place(place: Place) -> String {
    match place {
        Place::Nowhere => "nowhere".to_owned(),
        Place::Between { after: 0, before: Some(before), .. } => format!("before hop {before}"),
        Place::Between { after, before: Some(before), .. } => format!("between hop {after} and {before}"),
        Place::Between { after: 0, before: None, .. } => "behind the sender".to_owned(),
        Place::Between { after, before: None, .. } => format!("behind hop {after}"),
    }
}

/// `4 ways, 1 dead`.
#[must_use]
pub fn ways(ways: Ways) -> String {
    format!("{}, {} dead", number::count(u64::from(ways.members), "way"), ways.dead)
}

/// `explanation 2`; they are counted from 1.
#[must_use]
pub fn decided(decided: Decided) -> String {
    match decided {
        Decided::Rival(index) => format!("explanation {}", index + 1),
        Decided::NothingFails => "nothing fails".to_owned(),
        Decided::NoneOfThese => "none of these".to_owned(),
    }
}
