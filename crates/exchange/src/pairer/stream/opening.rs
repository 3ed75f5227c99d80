//! What the first bytes of a request and of its answer say: its protocol, and whether the server failed at it.
//!
//! Only a request's very first bytes name its protocol, and only an answer's very first bytes are read. Where they were not
//! captured, or passed earlier or later than others, the request stays `tcp-data` until they come, and the answer is some
//! answer. What places disagree about is settled before they are joined (`agree`).

use super::turn::{Said, Turn, beginning};
use crate::pairer::{Pairer, Seen, refused};
use unanswered_table::Outcome;
use unanswered_wire::{Answer, Opening, ProtocolId, Span, Tcp};

/// The captured bytes of a segment from that sequence number on, and how many there are on the wire; `None` where it has not
/// that byte.
fn from<'a>(tcp: &Tcp<'a>, start: u32) -> Option<(&'a [u8], u32)> {
    let skip = start.wrapping_sub(tcp.sequence);
    let left = tcp.payload_length.checked_sub(skip).filter(|left| *left > 0)?;
    Some((tcp.payload.get(usize::try_from(skip).ok()?..).unwrap_or_default(), left))
}

impl Pairer {
    /// How long the client of a request waits.
    pub(super) fn timeout_of(&self, leg: u32) -> Span {
        self.out.config.timeout(ProtocolId(self.out.legs[leg as usize].protocol))
    }

    /// Takes a request's first bytes that come, or come whole, only now.
    pub(super) fn recognise_late(&mut self, seen: &Seen<'_, '_>, tcp: &Tcp<'_>, turn: &mut Turn) {
        if turn.recognised {
            return;
        }
        let found = beginning(tcp, turn.start);
        turn.recognised = found.sure;
        let leg = self.out.legs[turn.leg as usize];
        if leg.settled || ProtocolId(leg.protocol) == found.protocol || !found.sure {
            return;
        }
        let (row, shape) = self.store(seen, found.protocol, turn.number);
        let leg = &mut self.out.legs[turn.leg as usize];
        (leg.protocol, leg.row, leg.shape) = (found.protocol.0, row, shape);
    }

    /// Reads the first bytes of an answer.
    pub(super) fn read_opening(&mut self, tcp: &Tcp<'_>, turn: &mut Turn) -> Said {
        let id = ProtocolId(self.out.legs[turn.leg as usize].protocol);
        let (protocol, known) = (id.protocol(), turn.recognised || id != ProtocolId::TCP_DATA);
        // Each round takes at least one byte of the segment.
        while let Some((bytes, on_wire)) = turn.unread.and_then(|next| from(tcp, next)) {
            let answer = match protocol.opening(bytes, on_wire) {
                Opening::Interim(length) => {
                    turn.unread = turn.unread.map(|next| next.wrapping_add(length.max(1)));
                    if length >= on_wire {
                        return Said::NothingYet;
                    }
                    continue;
                }
                Opening::Answer(answer) if known => answer,
                // Another place may have captured more.
                Opening::Answer(_) | Opening::Unread => break,
            };
            turn.unread = None;
            return match answer {
                Answer::Refused(refusal) => Said::Failed(refusal),
                Answer::Given | Answer::Truncated => Said::Answer,
            };
        }
        self.unread.push(turn.leg);
        Said::Answer
    }

    /// Reads the first bytes of an answer that come after others of it: out of order, or sent again.
    pub(super) fn read_opening_late(&mut self, tcp: &Tcp<'_>, turn: &mut Turn) {
        if turn.unread.and_then(|next| from(tcp, next)).is_none() {
            return;
        }
        let Said::Failed(refusal) = self.read_opening(tcp, turn) else { return };
        if matches!(self.outcome_of(turn.leg), Outcome::Answered | Outcome::Late) {
            let (outcome, reason) = refused(refusal);
            self.give(turn.leg, outcome, reason);
        }
    }
}

#[cfg(test)]
mod tests;
