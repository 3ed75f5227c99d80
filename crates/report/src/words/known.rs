//! How a known fault fits, as a sentence.

use super::refusal;
use unanswered_explain::{Circumstance, Fact, Fit};

/// What agrees and what could not be seen: `agrees: ...; not seen here: ...`. Where the mechanism needs something that these
/// captures cannot show, that comes first: `compatible, not checked: ...`.
#[must_use]
pub fn fit(fit: &Fit) -> String {
    let parts = |list: &[Circumstance], open| list.iter().map(|c| circumstance(c, open)).collect::<Vec<_>>();
    let mut said = Vec::new();
    for (start, list, open) in [
        ("compatible, not checked", &fit.unseen, true),
        ("agrees", &fit.fits, false),
        ("beside it", &fit.does_not, false),
        ("not seen here", &fit.unknown, true),
    ] {
        if !list.is_empty() {
            said.push(format!("{start}: {}", parts(list, open).join(", ")));
        }
    }
    let words = said.join("; ");
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
        Circumstance::Outside(words) => whether(&crate::text::safe(words)),
        Circumstance::Step(step) => format!("the step is {step}"),
        Circumstance::Protocol(name) => format!("the protocol is {name}"),
        Circumstance::Outcome(outcome) => format!("requests are {outcome}"),
        Circumstance::Refusal(how) => format!("the refusal is {}", refusal(*how)),
        Circumstance::Fact(known) => whether(fact(*known)),
        Circumstance::Always => whether("nearly all such requests fail"),
        Circumstance::Unmentioned(subject) => {
            format!("the entry says nothing about {}", crate::text::safe(subject.words()))
        }
        Circumstance::SomeStep => "at which step requests failed".to_owned(),
        Circumstance::SomeRefusal => "how they were refused".to_owned(),
    }
}

/// A fact of the captures, as words that can follow "whether".
pub(crate) const fn fact(fact: Fact) -> &'static str {
    match fact {
        Fact::Translated => "the requests pass an address translation",
        Fact::BehindTranslation => "the clients stand behind an address translation",
        Fact::PassesTranslation => "all that was sent of the requests is seen behind the translation",
        Fact::PortRewritten => "a translation gives the requests another source port",
        Fact::SharedAddress => "several clients share a translated address",
        Fact::SharedIdentity => "another client behind the same translated address uses the same port or id",
        Fact::SentElsewhere => "behind the translation the requests go to another server than answered ones",
        Fact::ReplySeen => "replies are on the wire",
        Fact::WrongSource => "replies come from another address or port than the request went to",
        Fact::WrongIdentity => "replies do not carry the request's identity",
        Fact::ReplyFragmented => "replies are sent in fragments",
        Fact::RetryAnswered => "the same request is answered when retransmitted",
        Fact::NewFlow => "the failed requests open new flows",
        Fact::OpenFlowsAnswered => "requests on flows that are open already are answered meanwhile",
        Fact::SeveralClients => "several clients fail",
        Fact::WholeFlows => "flows fail altogether or not at all, also between the same two machines",
        Fact::FlowDied => "the flows were answered before",
        Fact::OtherFlowAnswered => "the same clients are answered on other flows meanwhile",
        Fact::WaysDiffer => "replies pass places that their requests do not",
        Fact::TwoHardwareAddresses => {
            "the server answered through this hardware address, and later through another one"
        }
        Fact::Ipv4Answered => "the same service answers over IPv4",
        Fact::LinkLocalServer => "the servers have link-local addresses",
        Fact::DontFragment => "the packets may not be fragmented",
        Fact::SynData => "the SYNs carry data",
        Fact::Acknowledged => "the server's host acknowledged the requests",
        Fact::OldConnection => "the server answers the SYNs for an older connection of the same ports",
        Fact::SmallerBufferAnswered => {
            "the same questions are answered when they offer a buffer of 1232 to 1472 bytes"
        }
        Fact::OthersOpen => "many other questions to the same server are open at that moment",
        Fact::OtherInterface => "the same clients are answered where requests arrive at another place",
        Fact::SaysTooOften => "the server says that it gets too many requests",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_table::Step;

    #[test]
    fn a_fit_is_a_sentence() {
        let agrees = Fit {
            fits: vec![Circumstance::Step(Step::DeliverRequest), Circumstance::Fact(Fact::NewFlow)],
            unknown: vec![Circumstance::Fact(Fact::RetryAnswered)],
            ..Fit::default()
        };
        assert_eq!(
            fit(&agrees),
            "agrees: the step is DELIVER_REQUEST, the failed requests open new flows; \
             not seen here: whether the same request is answered when retransmitted"
        );
        let unseen = vec![Circumstance::Outside("the server is chronyd".to_owned())];
        let compatible = Fit { unseen, through_rival: Some(0), ..agrees };
        assert!(
            fit(&compatible).starts_with(
                "in the words of rival 1, which has the same requests: \
                 compatible, not checked: whether the server is chronyd; agrees: the step is"
            ),
            "{}",
            fit(&compatible)
        );
    }
}
