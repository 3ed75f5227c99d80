//! Firewall rules: the first that matches decides.

use crate::header_fields::matches;
use crate::sim_packet::SimPacket;
use crate::streams::Stream;
use unanswered_scenario::model::{Action, Chain, FirewallRule, Host};
use unanswered_wire::Time;

/// The state of a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleState {
    /// In force.
    pub enabled: bool,
    tokens: f64,
    filled: Time,
}

/// The firewall's decision about a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It may go on.
    Passes,
    /// Dropped by the rule of this index.
    Dropped(u16),
    /// Rejected by the rule of this index.
    Rejected(u16),
}

impl RuleState {
    /// As the scenario has it, with a full bucket.
    #[must_use]
    pub fn new(rule: &FirewallRule) -> Self {
        let tokens = if let Action::Limit { burst, .. } = rule.action { f64::from(burst) } else { 0.0 };
        Self { enabled: rule.enabled, tokens, filled: Time::default() }
    }

    /// Takes a token, if there is one.
    fn take(&mut self, now: Time, rate: f64, burst: u32) -> bool {
        let passed = (now - self.filled).seconds().max(0.0);
        self.tokens = (self.tokens + passed * rate).min(f64::from(burst));
        self.filled = now;
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

/// Asks the rules of one chain; `states` and `chance` are those of the host.
pub(crate) fn judge(
    states: &mut [RuleState],
    chance: &mut Stream,
    host: &Host,
    now: Time,
    chain: Chain,
    packet: &SimPacket,
) -> Judgement {
    for (index, (rule, state)) in (0_u16..).zip(host.firewall.iter().zip(states)) {
        let asked = state.enabled && rule.chain == chain && matches(packet, &rule.when);
        if !asked || !chance.chance(rule.probability.0) {
            continue;
        }
        match rule.action {
            Action::Accept => return Judgement::Passes,
            Action::Drop => return Judgement::Dropped(index),
            Action::Reject => return Judgement::Rejected(index),
            // Packets that the bucket lets through go on to later rules, as with `limit rate over`.
            Action::Limit { rate, burst } if state.take(now, rate, burst) => {}
            Action::Limit { .. } => return Judgement::Dropped(index),
        }
    }
    Judgement::Passes
}
