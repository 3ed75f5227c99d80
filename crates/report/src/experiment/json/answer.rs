//! Answers as JSON: a code, words, and the numbers of that code.

use crate::experiment::{CameTo, Experiment, answers, codes, units};
use serde_json::{Value, json};
use unanswered_forecast::statistics::ShareInterval;
use unanswered_probe::{
    Boundary, Compared, Conclusion, Decided, FailingSet, Limited, Pause, Place, Verdict, Ways,
};

/// The answer that was found (`null` where none was), and those that are possible with their probabilities.
pub(super) fn views(of: &Experiment) -> (Value, Vec<Value>) {
    let fields = &of.fields;
    match &of.came_to {
        CameTo::Threshold(came, field) => {
            let name = units::named(fields, *field);
            both(came, |answer| boundary(*answer, answers::boundary_words(*answer, name)))
        }
        CameTo::Comparison(came, spec) => {
            both(came, |answer| compared(*answer, answers::compared_words(*answer, spec, fields)))
        }
        CameTo::Sets(came, field) => {
            let name = units::named(fields, *field);
            both(came, |answer| failing_set(*answer, answers::failing_set_words(*answer, name)))
        }
        CameTo::Limits(came, _) => both(came, |answer| limited(*answer)),
        CameTo::Wait(came, again) => {
            both(came, |answer| pause(*answer, answers::pause_words(*answer, *again)))
        }
        CameTo::Where(came) => {
            both(came, |answer| place(*answer, answers::place_words(*answer, Some(&came.evidence))))
        }
        CameTo::Members(came) => both(came, |answer| ways(*answer)),
        CameTo::Rivals { conclusion, words } => {
            both(conclusion, |answer| decided(*answer, answers::decided_words(*answer, words)))
        }
    }
}

fn both<A, E>(came: &Conclusion<A, E>, view: impl Fn(&A) -> Value) -> (Value, Vec<Value>) {
    let answer = match &came.verdict {
        Verdict::Found(weighed) => view(&weighed.answer),
        Verdict::CannotTell(_) => Value::Null,
    };
    let remaining = came
        .remaining
        .iter()
        .map(|weighed| json!({ "answer": view(&weighed.answer), "probability": weighed.probability }));
    (answer, remaining.collect())
}

pub(super) fn ends(interval: ShareInterval) -> Value {
    json!([interval.low, interval.high])
}

fn boundary(answer: Boundary, words: String) -> Value {
    let code = codes::boundary(answer);
    match answer {
        Boundary::NothingFails | Boundary::AllFail => json!({ "code": code, "words": words }),
        Boundary::FailsBelow { first_working } => {
            json!({ "code": code, "words": words, "first_working": first_working })
        }
        Boundary::FailsFrom { first_failing } => {
            json!({ "code": code, "words": words, "first_failing": first_failing })
        }
        Boundary::FailsWithin { first_failing, last_failing } => {
            json!({ "code": code, "words": words, "first_failing": first_failing, "last_failing": last_failing })
        }
        Boundary::WorksWithin { first_working, last_working } => {
            json!({ "code": code, "words": words, "first_working": first_working, "last_working": last_working })
        }
    }
}

fn compared(answer: Compared, words: String) -> Value {
    let code = codes::compared(answer);
    match answer {
        // The index into `values`.
        Compared::Different { value, by } => {
            json!({ "code": code, "words": words, "value": value, "by": [by.low, by.high] })
        }
        Compared::SameWithin { margin } => json!({ "code": code, "words": words, "margin": margin }),
    }
}

fn failing_set(answer: FailingSet, words: String) -> Value {
    let code = codes::failing_set(answer);
    match answer {
        FailingSet::Nothing
        | FailingSet::All
        | FailingSet::Ordered
        | FailingSet::FixedFate
        | FailingSet::RandomPerRequest => json!({ "code": code, "words": words }),
        FailingSet::Remainder { modulus, remainder } | FailingSet::AllButRemainder { modulus, remainder } => {
            json!({ "code": code, "words": words, "modulus": modulus, "remainder": remainder })
        }
        FailingSet::Bit { bit, set } => json!({ "code": code, "words": words, "bit": bit, "set": set }),
    }
}

fn limited(answer: Limited) -> Value {
    let (code, words) = (codes::limited(answer), answers::limited_words(answer));
    match answer {
        Limited::NotUpTo { burst } => json!({ "code": code, "words": words, "burst": burst }),
        Limited::Bucket { all_pay: true, .. } => json!({ "code": code, "words": words, "all_pay": true }),
        Limited::Bucket { rate, depth, all_pay: false } => json!({
            "code": code, "words": words, "rate": ends(rate), "depth": ends(depth), "all_pay": false,
        }),
        Limited::Open { limit } => json!({ "code": code, "words": words, "limit": ends(limit) }),
    }
}

fn pause(answer: Pause, words: String) -> Value {
    let code = codes::pause(answer);
    match answer {
        Pause::NoneMatters | Pause::AllFail => json!({ "code": code, "words": words }),
        Pause::FailsAfter { passes, fails } | Pause::FailsBefore { fails, passes } => json!({
            "code": code, "words": words, "fails_s": fails.seconds(), "passes_s": passes.seconds(),
        }),
    }
}

fn place(answer: Place, words: String) -> Value {
    let code = codes::place(answer);
    match answer {
        Place::Nowhere => json!({ "code": code, "words": words }),
        Place::Between { after, before, lost } => {
            json!({ "code": code, "words": words, "after": after, "before": before, "lost": ends(lost) })
        }
    }
}

fn ways(answer: Ways) -> Value {
    let Ways { members, dead } = answer;
    json!({ "code": codes::ways(answer), "words": answers::ways_words(answer), "members": members, "dead": dead })
}

fn decided(answer: Decided, words: String) -> Value {
    let code = codes::decided(answer);
    match answer {
        // The index into `explanations`.
        Decided::Rival(index) => json!({ "code": code, "words": words, "explanation": index }),
        Decided::NothingFails | Decided::NoneOfThese => json!({ "code": code, "words": words }),
    }
}
