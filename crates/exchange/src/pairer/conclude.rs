//! What became of each request at its place, from everything that the packets of both ends showed.
//!
//! A reply that passed a place has not arrived: what the client did next decides. It took the answer where it
//! acknowledged it; where it asked again, or the server replied again and was never acknowledged, the reply was lost behind
//! the place. Where neither shows anything, the reply passed here, and that is all that is known; between the client and
//! its first router (by the times to live of request and reply) passing is arriving.

use super::habits::Habit;
use super::{Pairer, is_initial};
use crate::leg::{Flags, Leg};
use unanswered_table::{Outcome, Reason};
use unanswered_wire::{Carrier, ProtocolId, Span, Time};

/// Share of a client's answered requests that it must have asked again before the last reply to such a request is
/// taken for lost, too: one half.
const MOSTLY: u32 = 2;

/// Fewer answered requests say nothing about what a client mostly does.
const REPLIED_MIN: u32 = 3;

/// A client that asks for the third time after replies have passed has lost two of them in a row.
const TRIES_MANY: u8 = 3;

/// No client tries more often for one reply (Net-SNMP six times, resolvers three to five): a request that comes again and
/// again is a poller's that never changes its number.
const TRIES_MAX: u8 = 10;

/// Whether a request's outcome could be made final.
pub(super) enum Concluded {
    Yes,
    /// Its place has shown no frame since it timed out: the capture there may have ended, or goes on.
    NotYet,
}

impl Pairer {
    /// Gives a request the outcome that the evidence comes to, which is final then. `last`: no more packets come.
    pub(super) fn conclude(&mut self, index: u32, last: bool) -> Concluded {
        let concluded = match self.conclusion(index, last) {
            Ok(concluded) => concluded,
            Err(not_yet) => return not_yet,
        };
        if let Some((outcome, reason)) = concluded {
            if reason == Reason::EndOfCapture && !last {
                return Concluded::NotYet;
            }
            let reason = self.out.reasons.intern(reason);
            let leg = &mut self.out.legs[index as usize];
            (leg.outcome, leg.reason) = (outcome, reason);
        }
        self.out.legs[index as usize].settled = true;
        Concluded::Yes
    }

    /// What the evidence so far makes of a request (nothing, when its outcome is right already), or that it is too early to say.
    pub(super) fn conclusion(
        &mut self,
        index: u32,
        last: bool,
    ) -> Result<Option<(Outcome, Reason)>, Concluded> {
        let leg = self.out.legs[index as usize];
        let place = &self.out.places[usize::from(leg.place.0)];
        let end = self.out.times[usize::from(place.vantage.0)].map_or(leg.time, |t| t.1);
        let timeout = self.out.config.timeout(ProtocolId(leg.protocol));
        let segments = place.segments;
        let habit = self.habits.of(self.now, &leg);
        let is_turn = ProtocolId(leg.protocol).carrier() == Carrier::TcpBytes;
        if is_turn && leg.outcome == Outcome::Unanswered {
            return self.conclude_silent_turn(index, end, timeout, last);
        }
        let unacknowledged = is_turn && self.lacks_acknowledgement(index);
        let seen = Surroundings { end, timeout, segments, unacknowledged, habit };
        Ok(seen.conclude(&leg, self.out.reasons.get(leg.reason)))
    }
}

/// What has to be known of a request besides its leg.
struct Surroundings {
    /// The last frame there.
    end: Time,
    timeout: Span,
    /// Acknowledgements were captured.
    segments: bool,
    /// The acknowledgement of its answer was not captured.
    unacknowledged: bool,
    habit: Option<Habit>,
}

impl Surroundings {
    /// The outcome with its reason; `None` when they are right already.
    fn conclude(&self, leg: &Leg, reason: Reason) -> Option<(Outcome, Reason)> {
        match leg.outcome {
            Outcome::Answered | Outcome::Late => match ProtocolId(leg.protocol).carrier() {
                Carrier::TcpConnect => self.connected(leg, reason),
                Carrier::TcpBytes => self.replied(leg, reason),
                Carrier::Udp(_) | Carrier::OtherUdp => self.passed(leg, reason),
                // A ping is never sent again under its number: one that seems to be is another ping.
                Carrier::Echo => passed_here(leg, reason),
                Carrier::Neighbour => None,
            },
            Outcome::Unanswered => self.silent(leg, reason),
            Outcome::Refused
            | Outcome::Error
            | Outcome::Rejected
            | Outcome::Superseded
            | Outcome::NoneDue
            | Outcome::Unknown => None,
        }
    }

    fn connected(&self, leg: &Leg, reason: Reason) -> Option<(Outcome, Reason)> {
        let again = leg.flags.has(Flags::ASKED_AGAIN) || leg.flags.has(Flags::SENT_AGAIN);
        if leg.flags.has(Flags::ARRIVED) {
            let waited = again && leg.outcome == Outcome::Answered;
            return waited.then_some((Outcome::Late, Reason::Repeated));
        }
        // The client acknowledges at once (RFC 9293 section 3.5).
        let never = self.segments && self.waited_since_reply(leg) >= self.timeout;
        // Where acknowledgements were left out, of two tries the second may have been enough.
        if never || again && (self.segments || leg.transmissions >= TRIES_MANY) {
            return Some((Outcome::Unanswered, Reason::ReplyLost));
        }
        if again {
            return Some((Outcome::Late, Reason::Repeated));
        }
        passed_here(leg, reason)
    }

    fn replied(&self, leg: &Leg, reason: Reason) -> Option<(Outcome, Reason)> {
        let has = |bit| leg.flags.has(bit);
        if has(Flags::ARRIVED) {
            // Whoever waits longer than most, and takes the answer then, was answered.
            let wanted = !has(Flags::GAVE_UP) && !has(Flags::CLIENT_COMPLAINED);
            let slow = leg.outcome == Outcome::Late && reason == Reason::AfterTimeout;
            return (wanted && slow).then_some((Outcome::Answered, Reason::Plain));
        }
        let in_vain = has(Flags::UNCOVERED) && self.waited_since_reply(leg) >= self.timeout;
        if !in_vain && !has(Flags::SENT_AGAIN) && !has(Flags::ASKED_AGAIN) {
            return passed_here(leg, reason);
        }
        if self.unacknowledged {
            return Some((Outcome::Unknown, Reason::CaptureDropped));
        }
        Some((
            Outcome::Unanswered,
            if has(Flags::PARTLY) { Reason::ReplyIncomplete } else { Reason::ReplyLost },
        ))
    }

    fn passed(&self, leg: &Leg, reason: Reason) -> Option<(Outcome, Reason)> {
        // Not to have been asked again is no sign: the client may have asked another server, or in other words.
        let habit = self.habit.filter(|_| leg.flags.has(Flags::ASKED_AGAIN));
        let Some(habit) = habit.filter(|habit| leg.transmissions >= habit.most.min(TRIES_MAX)) else {
            return passed_here(leg, reason);
        };
        if leg.transmissions > TRIES_MAX {
            return passed_here(leg, reason);
        }
        let mostly = habit.replied >= REPLIED_MIN && habit.asked_again * MOSTLY >= habit.replied;
        if leg.transmissions >= TRIES_MANY || mostly {
            return Some((Outcome::Unanswered, Reason::ReplyLost));
        }
        Some((Outcome::Unknown, Reason::ReplyLost))
    }

    /// A connect or a datagram without a reply; what requests inside connections mean is decided with their connections.
    fn silent(&self, leg: &Leg, reason: Reason) -> Option<(Outcome, Reason)> {
        if reason == Reason::ToMany {
            return Some((Outcome::NoneDue, Reason::ToMany));
        }
        if leg.flags.has(Flags::GAVE_UP) {
            return Some((Outcome::Unanswered, Reason::GaveUp));
        }
        if self.end - leg.time < self.timeout {
            return Some((Outcome::Unknown, Reason::EndOfCapture));
        }
        (reason == Reason::Streaming).then_some((Outcome::Unknown, Reason::Streaming))
    }

    fn waited_since_reply(&self, leg: &Leg) -> Span {
        self.end - (leg.time + leg.reply_after)
    }
}

/// All that is known is that the reply passed; between the client and its first router that is enough.
fn passed_here(leg: &Leg, reason: Reason) -> Option<(Outcome, Reason)> {
    let says_nothing = leg.outcome == Outcome::Answered && reason == Reason::Plain;
    // On one link with both, by the times to live, the place may be next to the server as well.
    let next_to_client = is_initial(leg.ttl) && !leg.flags.has(Flags::REPLY_UNROUTED);
    (says_nothing && !next_to_client).then_some((Outcome::Answered, Reason::PassedHere))
}
