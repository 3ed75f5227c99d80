//! How a known fault fits.

use super::refusal;
use unanswered_explain::{Circumstance, Fact, Fit};

/// What fits, what does not, and what is not known.
#[must_use]
pub fn fit(fit: &Fit) -> String {
    let parts = |list: &[Circumstance], open| list.iter().map(|c| circumstance(c, open)).collect::<Vec<_>>();
    let mut words = format!("fits: {}", parts(&fit.fits, false).join(", "));
    for (start, list, open) in
        [("; does not fit: ", &fit.does_not, false), ("; not known: ", &fit.unknown, true)]
    {
        if !list.is_empty() {
            words.push_str(start);
            words.push_str(&parts(list, open).join(", "));
        }
    }
    match fit.through_rival {
        Some(index) => {
            format!("in the words of rival {}, which has the same requests: {words}", index + 1)
        }
        None => words,
    }
}

/// One circumstance; `open` when it is not known.
fn circumstance(what: &Circumstance, open: bool) -> String {
    let whether = |words: &str| if open { format!("whether {words}") } else { words.to_owned() };
    match what {
        Circumstance::Pattern(words) => whether(words),
        Circumstance::Step(step) => format!("the step is {step}"),
        Circumstance::Protocol(name) => format!("the protocol is {name}"),
        Circumstance::OtherProtocol(name) => format!("{name} requests fail alike"),
        Circumstance::Outcome(outcome) => format!("requests are {outcome}"),
        Circumstance::Refusal(how) => format!("the refusal is {}", refusal(*how)),
        Circumstance::Fact(known) => whether(fact(*known)),
        Circumstance::Unmentioned(subject) => {
            format!("says nothing about {}", crate::text::safe(subject.words()))
        }
        Circumstance::SomeStep => "the step".to_owned(),
        Circumstance::SomeRefusal => "how they were refused".to_owned(),
    }
}

fn fact(fact: Fact) -> &'static str {
    match fact {
        Fact::Translated => "the requests pass an address translation",
        Fact::SharedAddress => "several clients share a translated address",
        Fact::ReplySeen => "replies are on the wire",
        Fact::WrongSource => "replies come from another address or port than the request went to",
        Fact::WrongIdentity => "replies do not carry the request's identity",
        Fact::ReplyFragmented => "replies are sent in fragments",
        Fact::RetryAnswered => "the same request is answered when retransmitted",
        Fact::NewFlow => "the failed requests open new flows",
        Fact::SaysTooOften => "the server says that it gets too many requests",
    }
}
