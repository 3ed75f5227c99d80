//! What clients do when a reply does not come, learnt from those that have asked again: how often they try, and for how much
//! of what was replied to. One that asks again for most of it loses its replies.

use super::FORGOTTEN_AFTER;
use crate::leg::{Flags, Leg};
use crate::lookup::Generations;
use crate::names::AddressId;
use unanswered_wire::Time;

/// How a client treats the requests of one protocol, as one place sees it; counted from the first that it sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Habit {
    /// Requests for which a reply passed.
    pub(super) replied: u32,
    /// Those of them that the client sent again after that.
    pub(super) asked_again: u32,
    /// Most transmissions of one request.
    pub(super) most: u8,
}

/// Place, protocol and client.
type Who = (u16, u8, AddressId);

const fn who(leg: &Leg) -> Who {
    (leg.place.0, leg.protocol, leg.client)
}

/// The habits of all clients that have ever asked again.
#[derive(Clone, Debug)]
pub(super) struct Habits {
    known: Generations<Who, Habit>,
    /// Somebody has: until then nothing has to be looked up.
    any: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self { known: Generations::new(FORGOTTEN_AFTER), any: false }
    }
}

impl Habits {
    /// The request was sent again; `after_reply`: for the first time since a reply had passed.
    pub(super) fn sent_again(&mut self, now: Time, leg: &Leg, after_reply: bool) {
        self.any = true;
        let unknown = || Habit { replied: u32::from(leg.flags.has(Flags::REPLY_SEEN)), ..Habit::default() };
        let mut habit = self.known.get(now, &who(leg)).unwrap_or_else(unknown);
        habit.asked_again = habit.asked_again.saturating_add(u32::from(after_reply));
        habit.most = habit.most.max(leg.transmissions);
        self.known.put(who(leg), habit);
    }

    /// The first reply to a request passed.
    pub(super) fn replied(&mut self, now: Time, leg: &Leg) {
        if !self.any {
            return;
        }
        if let Some(mut habit) = self.known.get(now, &who(leg)) {
            habit.replied = habit.replied.saturating_add(1);
            self.known.put(who(leg), habit);
        }
    }

    pub(super) fn of(&mut self, now: Time, leg: &Leg) -> Option<Habit> {
        if self.any { self.known.get(now, &who(leg)) } else { None }
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}
