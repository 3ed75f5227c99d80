//! Who else spoke: replies from other addresses, and routers that say why they do not pass a request on.

use super::target::Server;
use crate::shell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use unanswered_probe::Outcome;

/// What others said, with how often.
#[derive(Debug, Default)]
pub(super) struct Others {
    replied: BTreeMap<IpAddr, u32>,
    unreachable: BTreeMap<IpAddr, u32>,
    not_sent: u32,
}

impl Others {
    pub(super) fn note(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            match outcome {
                Outcome::Elsewhere { from } => *self.replied.entry(*from).or_default() += 1,
                Outcome::Unreachable { from } => *self.unreachable.entry(*from).or_default() += 1,
                Outcome::NotSent => self.not_sent += 1,
                Outcome::Answered { .. }
                | Outcome::Late { .. }
                | Outcome::Silent
                | Outcome::Refused(_)
                | Outcome::TimeExceeded { .. } => {}
            }
        }
    }

    /// Says it, as a question's answer counts these requests as failed only.
    pub(super) fn warn(&self, server: &Server) {
        for (from, times) in &self.replied {
            let asked = server.address;
            shell::warn(format!(
                "{times} replies came from {from}, and {asked} was asked: a client drops these"
            ));
        }
        for (from, times) in &self.unreachable {
            shell::warn(format!("{from} said {times} times that the server cannot be reached (ICMP)"));
        }
        if self.not_sent > 0 {
            shell::warn(format!("{} requests could not be sent, and do not count", self.not_sent));
        }
    }
}
