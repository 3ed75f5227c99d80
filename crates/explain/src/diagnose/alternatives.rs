//! Which of a finding's rivals a person can use: other explanations, said in a few words.
//!
//! The data leave many telltales with the same requests. Most only add a clause to the finding or to each other, repeat it with other
//! bounds, or list values one by one. They stay in the finding for programs; these here are worth a sentence and a test.

use super::naming::of_subject;
use crate::{Clause, Condition, Finding, Rival, Value};
use unanswered_registry::{Feature, Layer, Price, Quantity, Role};

/// Most alternatives: more is a list that nobody tests (judgement).
const ALTERNATIVES_MAX: usize = 3;
/// A longer list of values is no property that a person would name (judgement).
const VALUES_MAX: usize = 3;
/// A split is clean when at most one request in so many lies on the wrong side (judgement).
const CLEAN: u64 = 20;

impl Finding {
    /// The rivals that are other explanations, by their indices, the plainest first; at most three.
    #[must_use]
    pub fn alternatives(&self) -> Vec<usize> {
        alternatives(&self.clauses, &self.rivals)
    }

    /// Whether nearly all requests inside fail and hardly any outside: only then does a bound between them say where the cause
    /// begins.
    #[must_use]
    pub const fn splits_cleanly(&self) -> bool {
        let answered = self.inside.requests.saturating_sub(self.inside.failed);
        answered * CLEAN <= self.inside.requests && self.outside.failed * CLEAN <= self.outside.requests
    }
}

/// The same for the clauses and rivals of a finding that is being made.
pub(crate) fn alternatives(clauses: &[Clause], rivals: &[Rival]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rivals.len()).filter(|index| sayable(&rivals[*index])).collect();
    let odd = |index: &usize| rivals[*index].clauses.iter().map(|c| of_subject(&c.subject)).sum::<u32>();
    order.sort_by_key(|index| (!rivals[*index].same_requests, rivals[*index].clauses.len(), odd(index)));
    let mut kept: Vec<usize> = Vec::new();
    for index in order {
        let own = &rivals[index].clauses;
        // What the finding says too tells nobody apart.
        let distinct = |of: usize| -> Vec<&Clause> {
            rivals[of].clauses.iter().filter(|one| !clauses.contains(one)).collect()
        };
        let of_its_own = distinct(index);
        let finding: Vec<&Clause> = clauses.iter().collect();
        let told: Vec<Vec<&Clause>> =
            std::iter::once(finding).chain(kept.iter().map(|of| distinct(*of))).collect();
        let all: Vec<&Clause> = own.iter().collect();
        let repeats = told.iter().any(|told| !told.is_empty() && repeats(told, &all));
        let shared = own.len() - of_its_own.len();
        let longer = !clauses.is_empty() && of_its_own.len() > clauses.len().saturating_sub(shared).max(1);
        let shadow = of_its_own.iter().any(|one| told.iter().flatten().any(|of| goes_with(one, of)));
        if !repeats && !shadow && !longer {
            kept.push(index);
        }
    }
    kept.truncate(ALTERNATIVES_MAX);
    kept
}

/// Whether it is short enough to be said, and says more than "these flows".
fn sayable(rival: &Rival) -> bool {
    !rival.clauses.is_empty()
        && rival.clauses.iter().all(|clause| {
            let values = match &clause.condition {
                Condition::In(values) | Condition::NotIn(values) => values.len(),
                Condition::Range { .. } | Condition::Modulus { .. } => 1,
            };
            values <= VALUES_MAX && clause.subject.price() != Price::Flow && usable(clause)
        })
}

/// Whether the other is about all that this one is about: it only adds a clause, or draws other bounds.
fn repeats(told: &[&Clause], other: &[&Clause]) -> bool {
    told.iter().all(|one| other.iter().any(|clause| one.same_subject(clause)))
}

/// Whether a property is only what goes with another one that is told: the hardware address of a host, the length of what has a
/// name, a pause beside anything that stands in the packets.
fn goes_with(one: &Clause, told: &Clause) -> bool {
    let both_sides = one.subject == told.subject && one.condition == told.condition;
    // A name and the zone that it is, an address under two fields.
    let same_name = one.condition == told.condition && names(one);
    if both_sides || same_name {
        return true;
    }
    let (Some(of), Some(by)) = (one.subject.feature(), told.subject.feature()) else { return false };
    let length = |feature: &Feature| feature.quantity == Quantity::Length;
    identifies(of) && says_who(told)
        || length(of) && (length(by) || by.layer == Layer::Application)
        // Pauses and counts follow from what fails, too: a client that gets no answer asks again sooner.
        || of.layer == Layer::History
}

/// Whether the values are names, which mean the same wherever they stand.
fn names(clause: &Clause) -> bool {
    let text = |value: &Value| match value {
        Value::Text(text) => text.parse::<f64>().is_err(),
        Value::Number(_) => false,
    };
    match &clause.condition {
        Condition::In(values) => values.iter().all(text),
        Condition::NotIn(_) | Condition::Range { .. } | Condition::Modulus { .. } => false,
    }
}

/// A number or a pair of addresses that goes with whoever asks or is asked.
const fn identifies(feature: &Feature) -> bool {
    match feature.price {
        Price::Identifier | Price::Pair | Price::Flow => true,
        Price::Plain | Price::Near | Price::Derived => false,
    }
}

fn says_who(clause: &Clause) -> bool {
    match clause.subject.reported().role() {
        Role::Client | Role::ClientNetwork | Role::Server => true,
        Role::Service | Role::Size | Role::Other => false,
    }
}

/// Whether a person can do something with it: hashes of headers and branches of the path are read off the captures and not
/// chosen by anybody.
fn usable(clause: &Clause) -> bool {
    let counts_up = |feature: &Feature| feature.price == Price::Identifier && feature.layer != Layer::Link;
    // Numbers that only identify a packet or a question are no property that anybody looks at.
    if clause.subject.feature().is_some_and(counts_up) {
        return false;
    }
    clause.subject.feature().is_none_or(|feature| match feature.layer {
        Layer::Network | Layer::Transport | Layer::Path => {
            let who = feature.shown_as.unwrap_or(feature).role.names();
            feature.settable || feature.of_reply || who || feature.price == Price::Pair
        }
        // What others do is nobody's choice either.
        Layer::History => feature.settable,
        Layer::Link | Layer::Tunnel | Layer::Application | Layer::Translation => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_registry::Subject;
    use unanswered_table::Viewpoint;

    static CLIENT: Feature =
        Feature::code("ip.src", "source address").layer(Layer::Network).tells(Role::Client);
    static NETWORK: Feature = Feature::code("ip.src/24", "source network").shown_as(&CLIENT);
    static HARDWARE: Feature =
        Feature::code("eth.src", "hardware source address").layer(Layer::Link).price(Price::Identifier);
    static PAIR: Feature = Feature::code("client>server", "pair").price(Price::Pair);
    static PORT: Feature = Feature::amount("udp.srcport", "source port").layer(Layer::Transport).settable();
    static NAME: Feature = Feature::code("dns.qry.name", "queried name");

    fn clause(feature: &'static Feature, values: &[&str]) -> Clause {
        Clause {
            subject: Subject::Feature(feature),
            at: Viewpoint::Client,
            condition: Condition::In(values.iter().map(|v| Value::Text((*v).to_owned())).collect()),
            bracket_low: None,
            bracket_high: None,
        }
    }

    fn rival(clauses: Vec<Clause>) -> Rival {
        Rival { clauses, score_difference: 0.0, same_requests: true }
    }

    #[test]
    fn rivals_that_add_a_clause_or_list_values_are_no_alternatives() {
        let (client, port) = (clause(&CLIENT, &["a"]), clause(&PORT, &["123"]));
        let rivals = [
            rival(vec![client.clone(), clause(&NAME, &["x"])]),
            rival(vec![clause(&NETWORK, &["a/24"])]),
            rival(vec![clause(&NAME, &["x", "y", "z", "w"])]),
            rival(vec![port.clone()]),
            rival(vec![port, clause(&NAME, &["x"])]),
        ];
        assert_eq!(alternatives(std::slice::from_ref(&client), &rivals), [3]);
    }

    #[test]
    fn what_only_goes_with_an_address_that_is_named_is_none() {
        let rivals = [rival(vec![clause(&HARDWARE, &["02:00"])]), rival(vec![clause(&PAIR, &["a > b"])])];
        assert_eq!(alternatives(&[clause(&CLIENT, &["a"])], &rivals), [0_usize; 0]);
        assert_eq!(alternatives(&[clause(&NAME, &["x"])], &rivals).len(), 2, "nobody is named here");
    }

    #[test]
    fn a_length_goes_with_another_length_and_with_a_name() {
        static LENGTH: Feature = Feature::amount("ip.len", "IP length")
            .layer(Layer::Network)
            .measures(Quantity::Length)
            .settable();
        static HELLO: Feature = Feature::amount("hello", "length of the hello").measures(Quantity::Length);
        let rivals = [rival(vec![clause(&LENGTH, &["60"])])];
        let none: [usize; 0] = [];
        assert_eq!(alternatives(&[clause(&HELLO, &["20"])], &rivals), none);
        assert_eq!(alternatives(&[clause(&NAME, &["x"])], &rivals), none);
        assert_eq!(
            alternatives(&[clause(&CLIENT, &["a"])], &rivals),
            [0],
            "whoever asks may ask for anything"
        );
    }

    #[test]
    fn one_name_under_two_fields_and_one_bound_on_two_sides_are_the_same() {
        static ZONE: Feature = Feature::code("dns.qry.zone", "zone");
        let far = Clause { at: Viewpoint::BeyondNat, ..clause(&PORT, &["11"]) };
        let none: [usize; 0] = [];
        let zone = [rival(vec![clause(&ZONE, &["big.test"])])];
        assert_eq!(alternatives(&[clause(&NAME, &["big.test"])], &zone), none);
        assert_eq!(alternatives(&[clause(&NAME, &["a.big.test"])], &zone), [0]);
        assert_eq!(alternatives(&[clause(&PORT, &["11"])], &[rival(vec![far])]), none);
    }

    #[test]
    fn what_nobody_chooses_and_what_takes_more_clauses_is_none() {
        static BUCKET: Feature = Feature::code("hash%8", "bucket").layer(Layer::Transport);
        static IP_ID: Feature = Feature::amount("ip.id", "IP identification")
            .layer(Layer::Network)
            .price(Price::Identifier)
            .settable();
        static BRANCH: Feature = Feature::code("path.via", "branch").layer(Layer::Path);
        let (port, name) = (clause(&PORT, &["123"]), clause(&NAME, &["x"]));
        let rivals = [
            rival(vec![clause(&IP_ID, &["4711"])]),
            rival(vec![clause(&BUCKET, &["6"])]),
            rival(vec![clause(&BRANCH, &["s3"])]),
            rival(vec![port, name]),
        ];
        assert_eq!(alternatives(&[clause(&CLIENT, &["a"])], &rivals), [0_usize; 0]);
    }

    #[test]
    fn the_plainest_come_first_and_three_are_enough() {
        static LABELS: Feature = Feature::amount("labels", "labels");
        static TTL: Feature = Feature::amount("ip.ttl", "time to live").layer(Layer::Network).settable();
        let rivals: Vec<Rival> = [&LABELS, &PORT, &TTL, &CLIENT]
            .map(|feature| rival(vec![clause(feature, &["1"])]))
            .into_iter()
            .collect();
        let order = alternatives(&[clause(&NAME, &["x"])], &rivals);
        assert_eq!((order.len(), order[0]), (3, 3));
    }
}
