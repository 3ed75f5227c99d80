//! What became of requests, and why.

use unanswered_evidence::SlowReplies;
use unanswered_exchange::Lookups;
use unanswered_exchange::ReasonCount;
use unanswered_explain::Class;
use unanswered_registry::{Refusal, RefusedBy};
use unanswered_table::{Outcome, OutcomeCounts, Reason};
use unanswered_time::spans::{self, measured};
use unanswered_wire::ProtocolId;

/// Reasons named for each outcome before the rest is only counted.
const REASONS_MAX: usize = 3;

/// `1 TCP connect`, `19 requests inside TCP connections`.
#[must_use]
pub fn requests(count: u64, protocol: ProtocolId) -> String {
    let many = protocol.declaration().requests;
    if count != 1 {
        return format!("{count} {many}");
    }
    // The first word in small letters is what is counted; the names of protocols before it are written in capitals.
    let mut counted = false;
    let one = many.split(' ').map(|word| match word.strip_suffix('s') {
        Some(stem) if !counted => {
            counted = true;
            stem
        }
        Some(_) | None => word,
    });
    format!("1 {}", one.collect::<Vec<_>>().join(" "))
}

/// Requests by outcome with the reasons that say more: `38 answered, 11 unanswered (11: the reply passed here and did not
/// arrive)`.
#[must_use]
pub fn outcomes_because(counts: &OutcomeCounts, reasons: &[ReasonCount]) -> String {
    let part = |(outcome, count): (Outcome, u64)| {
        let more = reasons.iter().filter(|one| one.outcome == outcome && says_more(one));
        let words: Vec<String> = more
            .clone()
            .take(REASONS_MAX)
            .map(|one| format!("{}: {}", one.requests, why(outcome, one.reason)))
            .collect();
        let rest: u64 = more.skip(REASONS_MAX).map(|one| one.requests).sum();
        let rest = if rest > 0 { format!("; {rest} for other reasons") } else { String::new() };
        match words.as_slice() {
            [] => counted(outcome, count),
            words => format!("{} ({}{rest})", counted(outcome, count), words.join("; ")),
        }
    };
    counts.present().map(part).collect::<Vec<_>>().join(", ")
}

/// Whether the reason tells a reader of totals anything. That replies passed and are not known to have arrived is said
/// once, in a note.
fn says_more(count: &ReasonCount) -> bool {
    count.reason != Reason::Plain && (count.outcome, count.reason) != (Outcome::Answered, Reason::PassedHere)
}

/// Answers that were too late for an impatient client, one line for each protocol: `slow: 63 of 1061 answers to DNS
/// requests took more than 1 s (half of them 0.4 ms or less)`.
#[must_use]
pub fn slow(replies: &[SlowReplies], counted: bool) -> Vec<String> {
    let counted = if counted { "; here they count as late" } else { "" };
    let line = |of: &SlowReplies| {
        format!(
            "slow: {} of {} answers to {} took more than {} (half of them {} or less){counted}",
            of.slow,
            of.answered,
            of.protocol.declaration().requests,
            spans::in_words(of.patience.seconds()).unwrap_or_default(),
            measured(of.median)
        )
    };
    replies.iter().map(line).collect()
}

/// The outcome as the heading of a column or a mark: `no reply due`.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NoneDue => "no reply due",
        Outcome::Answered
        | Outcome::Refused
        | Outcome::Error
        | Outcome::Late
        | Outcome::Rejected
        | Outcome::Unanswered
        | Outcome::Superseded
        | Outcome::Unknown => outcome.word(),
    }
}

/// What requests with the outcome were: `refused`, `answered with an error`.
#[must_use]
pub fn were(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Error => "answered with an error",
        Outcome::NoneDue => "not due a reply",
        Outcome::Answered
        | Outcome::Refused
        | Outcome::Late
        | Outcome::Rejected
        | Outcome::Unanswered
        | Outcome::Superseded
        | Outcome::Unknown => outcome.word(),
    }
}

/// The reason of a request with that outcome; empty for one that adds nothing.
#[must_use]
pub fn why(outcome: Outcome, of: Reason) -> String {
    match (outcome, of) {
        // What is known is that a reply before the last one was lost.
        (Outcome::Unknown, Reason::ReplyLost) => {
            "the client asked again after a reply had passed here; nothing shows whether the last one arrived"
                .to_owned()
        }
        (_, other) => reason(other),
    }
}

/// What the packets of failed requests say: `refused by 10.71.1.1 (ICMP administratively prohibited)`.
#[must_use]
pub fn class(class: &Class) -> String {
    let by = class.by.as_ref().map_or_else(String::new, |by| format!(" by {}", crate::text::safe(by)));
    if let Reason::Refused(how) = class.reason {
        // Whoever sends a reset sends it in the server's name.
        let in_its_name = how.kind().by == RefusedBy::Host && !how.kind().alone;
        let name = class.by.as_ref().filter(|_| in_its_name);
        let name = name.map(|by| format!(" in the name of {}", crate::text::safe(by)));
        return format!("refused{} ({})", name.unwrap_or(by), refusal(how));
    }
    if let Reason::Error(how) = class.reason {
        return format!("answered with an error{by} ({})", refusal(how));
    }
    format!("{} ({})", were(class.outcome), reason(class.reason))
}

/// Requests by outcome: `285 answered, 57 unanswered`; empty when there are none.
#[must_use]
pub fn outcomes(counts: &OutcomeCounts) -> String {
    let parts: Vec<String> = counts.present().map(|(outcome, count)| counted(outcome, count)).collect();
    parts.join(", ")
}

/// Lookups by how they ended: `50 lookups: 50 succeeded (12 of them had to ask again, 5.00 s in the median)`.
#[must_use]
pub fn lookups(lookups: &Lookups) -> String {
    let mut parts = Vec::new();
    if lookups.succeeded > 0 {
        let again = match lookups.delayed {
            0 => String::new(),
            delayed => {
                format!(" ({delayed} of them had to ask again, {} in the median)", measured(lookups.delay))
            }
        };
        parts.push(format!("{} succeeded{again}", lookups.succeeded));
    }
    for (count, word) in [(lookups.failed, "failed"), (lookups.unknown, "unknown")] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    format!("{}: {}", crate::number::count(lookups.all(), "lookup"), parts.join(", "))
}

fn counted(outcome: Outcome, count: u64) -> String {
    match outcome {
        Outcome::Error if count == 1 => "1 error answer".to_owned(),
        Outcome::Error => format!("{count} error answers"),
        Outcome::NoneDue => format!("{count} with no reply due"),
        Outcome::Answered
        | Outcome::Refused
        | Outcome::Late
        | Outcome::Rejected
        | Outcome::Unanswered
        | Outcome::Superseded
        | Outcome::Unknown => format!("{count} {outcome}"),
    }
}

/// A refusal: `ICMP port unreachable`, `NTP control error 4`.
#[must_use]
pub fn refusal(refusal: Refusal) -> String {
    let mut words = refusal.kind().words.to_owned();
    for (word, number) in refusal.numbers() {
        words.push_str(&format!(" {word} {number}"));
    }
    words
}

/// The reason; empty for one that adds nothing to the outcome.
#[must_use]
pub fn reason(reason: Reason) -> String {
    let fixed = match reason {
        Reason::Refused(how) => return refusal(how),
        Reason::Error(how) => return format!("the answer is {}", refusal(how)),
        Reason::ReplyBounced(how) => return format!("the reply came back: {}", refusal(how)),
        Reason::Plain => "",
        Reason::Truncated => "the answer was cut off",
        Reason::FallbackFailed => "the answer was cut off, and the TCP connect for the rest of it failed",
        Reason::PassedHere => "the reply passed here; nothing shows whether it arrived",
        Reason::ReplyLost => "the reply passed here and did not arrive",
        Reason::ReplyIncomplete => "some of the reply did not arrive",
        Reason::Acknowledged => "the server's host acknowledged the request, and no answer followed",
        Reason::GaveUp => "the client ended the connection before any answer",
        Reason::ClosedWithoutReply => "the server ended the connection without an answer",
        Reason::CrossedClose => "the server was closing the connection when the request was sent",
        Reason::OldConnection => "the server still holds an older connection of these ports",
        Reason::PathProbe => "a probe of the path, meant to end on the way",
        Reason::Scan => "one of many ports or addresses that its client tried out",
        Reason::AddressCheck => "a DHCP server asked whether the address that it then offered is free",
        Reason::Closing => "the last message before the client closed",
        Reason::AsksNothing => "its bytes are of a kind that wants no reply",
        Reason::MayBePush => "the server's host has it; this connection carries messages that want no reply",
        Reason::StillOpen => {
            "the server's host has it, and the connection stays open: nothing shows whether the client waits"
        }
        Reason::WhoAsks => "the capture does not show which end of the connection is the client",
        Reason::ToMany => "it went to many machines, of which none has to answer",
        Reason::WrongSource => "the reply came from another address or port",
        Reason::WrongQuestion => "the reply answers another question",
        Reason::WrongOrigin => "the reply's origin timestamp is not the request's",
        Reason::PortClosed => "the client's port was closed when the reply came",
        Reason::IncompleteFragments => "fragments of the reply are missing",
        Reason::Repeated => "it took more than one transmission",
        Reason::AfterTimeout => "the reply came after the time-out",
        Reason::EndOfCapture => "the capture ended before the time-out",
        Reason::OneDirection => "the capture shows one direction only",
        Reason::Streaming => "the client keeps sending without waiting for a reply",
        Reason::CaptureDropped => "the capture lost packets here",
    };
    fixed.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_wire::errors;

    #[test]
    fn one_request_is_one() {
        assert_eq!(requests(1, ProtocolId::TCP), "1 TCP connect");
        assert_eq!(requests(1, ProtocolId::TCP_DATA), "1 request inside TCP connections");
        assert_eq!(requests(2, ProtocolId::DNS), "2 DNS requests");
        for id in ProtocolId::all() {
            assert_ne!(requests(1, id), format!("1 {}", id.declaration().requests));
        }
    }

    #[test]
    fn reasons_are_said_where_they_say_more_and_never_too_many() {
        let counts = OutcomeCounts::from([(Outcome::Answered, 38), (Outcome::Unanswered, 20)]);
        let count = |outcome, reason, requests| ReasonCount { outcome, reason, requests };
        let mut reasons = vec![
            count(Outcome::Answered, Reason::PassedHere, 38),
            count(Outcome::Unanswered, Reason::ReplyLost, 11),
            count(Outcome::Unanswered, Reason::Plain, 9),
        ];
        assert_eq!(
            outcomes_because(&counts, &reasons),
            "38 answered, 20 unanswered (11: the reply passed here and did not arrive)"
        );
        for reason in [Reason::GaveUp, Reason::Acknowledged, Reason::CrossedClose] {
            reasons.push(count(Outcome::Unanswered, reason, 1));
        }
        assert!(outcomes_because(&counts, &reasons).ends_with("; 1 for other reasons)"));
    }

    #[test]
    fn lookups_say_how_many_had_to_ask_again() {
        let mut all = Lookups {
            requests: 62,
            succeeded: 50,
            delayed: 12,
            delay: unanswered_time::Span::from_seconds(5),
            failed: 0,
            unknown: 0,
        };
        assert_eq!(
            lookups(&all),
            "50 lookups: 50 succeeded (12 of them had to ask again, 5.00 s in the median)"
        );
        (all.delayed, all.failed) = (0, 1);
        assert_eq!(lookups(&all), "51 lookups: 50 succeeded, 1 failed");
    }

    #[test]
    fn refusals_have_the_names_of_their_standards() {
        let icmp = |v6, kind, code| refusal(errors::refusal(v6, kind, code).unwrap());
        assert_eq!(icmp(false, 3, 3), "ICMP port unreachable");
        assert_eq!(icmp(true, 1, 4), "ICMPv6 port unreachable");
        assert_eq!(icmp(true, 2, 0), "ICMPv6 packet too big");
        assert_eq!(icmp(false, 12, 0), "ICMP type 12 code 0");
        let bounced = Reason::ReplyBounced(errors::refusal(false, 3, 4).unwrap());
        assert_eq!(reason(bounced), "the reply came back: ICMP fragmentation needed");
    }
}
