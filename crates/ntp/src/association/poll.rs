//! When an association sends: the poll process (RFC 5905 section 13).
//!
//! ntpd counts whole seconds from its start and sends on its timer's ticks;
//! programs that do not tick are scheduled to the nanosecond. The two ways to
//! spread polls, the bursts and the headway are those of ntpd's `transmit` and
//! `poll_update`, before and after its rate management.

use unanswered_wire::Time;

use super::{Association, STAGES, System};
use crate::packet::Mode;
use crate::profile::{Burst, Jitter, Polling};
use crate::random::{RandomSource, fraction};
use crate::seconds::{after, poll_seconds, span};
use crate::timestamp::Timestamp;

/// Minimum time between two packets: seconds (ntpd `NTP_MINPKT`, BURST_DELAY; RFC 5905 section 7.2, BTIME).
const PACKET_GAP: i64 = 2;
/// Maximum part of an interval that chrony adds at random (its `SAMPLING_RANDOMNESS`).
const CHRONY_JITTER: f64 = 0.02;
/// An SNTP client halves its interval above this offset: seconds (systemd-timesyncd `NTP_ACCURACY_SEC`).
const SNTP_ACCURACY: f64 = 0.2;

impl Association {
    /// The poll process (RFC 5905 section 13). True if the filter lost its last sample.
    pub(crate) fn handle_timeout(&mut self, system: &System<'_>, random: &mut impl RandomSource) -> bool {
        let mut poll = self.host_poll;
        let mut silent = false;
        if self.burst == 0 {
            let was_reachable = self.reach != 0;
            self.polled_at = system.second();
            self.unreach = self.unreach.saturating_add(1);
            self.reach <<= 1;
            if self.reach & system.profile.silence_mask == 0 {
                self.filter.handle_silence(system.now, system.synchronised, self.interval());
                silent = was_reachable;
            }
            if self.reach == 0 {
                self.begin_burst(system);
            } else {
                self.unreach = 0;
                if system.profile.polling == Polling::Disciplined {
                    poll = system.poll;
                }
            }
            if self.unreach >= system.profile.unreachable_after
                && system.profile.polling == Polling::Disciplined
            {
                poll = poll.saturating_add(1);
            }
        } else {
            self.burst -= 1;
        }
        self.retry = self.retry.saturating_sub(1);
        self.transmit(system, random);
        self.update_poll(poll, system, false, random);
        silent
    }

    fn begin_burst(&mut self, system: &System<'_>) {
        match system.profile.burst {
            // The first packet of a blind burst is this poll's.
            Burst::Blind { packets } if system.iburst && self.unreach == 1 => {
                self.burst = packets.saturating_sub(1)
            }
            Burst::AfterReply { retries, .. } if system.iburst && self.retry == 0 => self.retry = retries,
            Burst::Blind { .. } | Burst::AfterReply { .. } | Burst::Never => {}
        }
    }

    fn transmit(&mut self, system: &System<'_>, random: &mut impl RandomSource) {
        let mut header = system.header;
        header.mode = if system.profile.symmetric { Mode::SymmetricActive } else { Mode::Client };
        header.poll = i8::try_from(self.host_poll).unwrap_or(i8::MAX);
        header.transmit = if system.profile.opaque {
            Timestamp::from_bits(random.bits())
        } else {
            header.origin = self.last_transmit;
            header.receive = self.last_arrival;
            Timestamp::from_time(system.clock)
        };
        self.waiting = Some(header.transmit);
        self.departed = system.now;
        self.departure_clock = system.clock;
        self.throttle = self.throttled(system.second()) + poll_seconds(self.minimum_poll) - PACKET_GAP;
        self.throttled_at = system.second();
        self.requests += 1;
        self.outgoing = Some(header);
    }

    /// Headway still used up at that second; it decreases by one per second.
    fn throttled(&self, second: i64) -> i64 {
        (self.throttle - (second - self.throttled_at)).max(0)
    }

    /// Sets the host poll and the next moment to send (ntpd `poll_update`).
    pub(super) fn update_poll(
        &mut self,
        poll: u8,
        system: &System<'_>,
        receiving: bool,
        random: &mut impl RandomSource,
    ) {
        self.host_poll = poll.min(self.maximum_poll).max(self.minimum_poll);
        if self.next.is_none() || (self.burst > 0 && receiving && self.next > Some(system.now)) {
            return;
        }
        if !system.ticks() {
            self.next = Some(self.next_untimed(system, random));
            return;
        }
        let second = system.second();
        let at = match system.profile.jitter {
            Jitter::FewSeconds => self.next_by_few_seconds(second, random),
            Jitter::Sixteenth | Jitter::Fiftieth | Jitter::None => self.next_by_sixteenth(second, random),
        };
        // What the receive process schedules is sent by the next tick of the timer.
        self.next = Some(after(system.start, at.max(second + 1)));
    }

    fn next_by_sixteenth(&self, second: i64, random: &mut impl RandomSource) -> i64 {
        let throttle = self.throttled(second);
        let least = poll_seconds(self.minimum_poll);
        let earliest = second + (throttle - (STAGES - 1) * least).max(PACKET_GAP);
        if self.burst > 0 {
            return earliest;
        }
        let extended = 0x1000 | i64::from(random.bits().to_le_bytes()[0]);
        let next = self.polled_at + ((extended << self.effective_poll()) >> 12);
        let held_back = if throttle > least { PACKET_GAP } else { 0 };
        next.max(earliest) + held_back
    }

    fn next_by_few_seconds(&self, second: i64, random: &mut impl RandomSource) -> i64 {
        if self.burst > 0 {
            return second + PACKET_GAP;
        }
        let poll = self.host_poll.min(self.peer_poll).max(self.minimum_poll);
        self.polled_at + poll_seconds(poll) - 1 + i64::from(random.bits().to_le_bytes()[0] & 3)
    }

    fn next_untimed(&self, system: &System<'_>, random: &mut impl RandomSource) -> Time {
        if self.burst > 0 {
            return after(system.now, PACKET_GAP);
        }
        let interval = poll_seconds(self.effective_poll()) as f64;
        let part =
            if system.profile.jitter == Jitter::Fiftieth { CHRONY_JITTER * fraction(random) } else { 0.0 };
        (self.departed + span(interval * (1.0 + part))).max(system.now)
    }

    /// The exponent in use: minpoll in a retry, the host's alone while unreachable, else the lesser of both.
    fn effective_poll(&self) -> u8 {
        if self.retry > 0 {
            self.minimum_poll
        } else if self.reach == 0 {
            self.host_poll
        } else {
            self.host_poll.min(self.peer_poll)
        }
    }

    /// The first reply after an armed retry begins the burst (ntpd `process_packet`).
    pub(super) fn continue_burst(&mut self, system: &System<'_>) {
        let Burst::AfterReply { packets, .. } = system.profile.burst else { return };
        if self.retry == 0 {
            return;
        }
        self.retry = 0;
        self.burst = packets.saturating_sub(1);
        if self.burst > 0 {
            self.next = Some(system.now);
        }
    }

    /// The interval of an SNTP client doubles while its clock is right.
    pub(super) fn grow(&mut self, offset: f64, system: &System<'_>, random: &mut impl RandomSource) {
        if system.profile.polling != Polling::Growing {
            return;
        }
        let poll = if libm::fabs(offset) > SNTP_ACCURACY {
            self.host_poll.saturating_sub(1)
        } else {
            self.host_poll.saturating_add(1)
        };
        self.peer_poll = self.maximum_poll;
        self.update_poll(poll, system, true, random);
    }

    /// The discipline changed the interval: so does the system peer's schedule.
    pub(crate) fn adopt_poll(&mut self, system: &System<'_>, random: &mut impl RandomSource) {
        if system.profile.polling == Polling::Disciplined && self.host_poll != system.poll {
            self.update_poll(system.poll, system, true, random);
        }
    }
}
