//! What became of requests, and why.

use unanswered_registry::Refusal;
use unanswered_table::{Outcome, OutcomeCounts, Reason};

/// Requests by outcome: `285 answered, 57 unanswered`; empty when there are none.
#[must_use]
pub fn outcomes(counts: &OutcomeCounts) -> String {
    let parts: Vec<String> = counts.present().map(|(outcome, count)| counted(outcome, count)).collect();
    parts.join(", ")
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
        Reason::Closing => "the last message before the client closed",
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
