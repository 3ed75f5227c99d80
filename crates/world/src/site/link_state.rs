//! One link: what happens to each packet on it.

use crate::streams::Stream;
use unanswered_scenario::model::{Link, Loss, Probability};
use unanswered_wire::{Span, Time};

/// State of a link on one sender's side.
#[derive(Clone, Debug)]
pub struct LinkState {
    loss: Stream,
    delay: Stream,
    /// In the bad state of bursty loss.
    bad: bool,
    /// Until when the wire is busy with earlier packets.
    busy: Time,
    /// When the last packet arrives that was not held back.
    latest: Time,
}

/// What becomes of a packet on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkResult {
    /// It arrives.
    Arrives {
        /// How long it takes.
        after: Span,
        /// How long a copy of it takes, where there is one.
        copy: Option<Span>,
    },
    /// It is lost by chance.
    Lost,
    /// The queue before the link is full.
    QueueFull,
}

impl LinkState {
    /// The state of the link named `name` on the side of `sender`.
    #[must_use]
    pub fn new(seed: u64, name: &str, sender: &str) -> Self {
        Self {
            loss: Stream::new(seed, &["link loss", name, sender]),
            delay: Stream::new(seed, &["link delay", name, sender]),
            bad: false,
            busy: Time::default(),
            latest: Time::default(),
        }
    }

    /// Sends `bytes` over the link.
    #[inline]
    pub fn pass(&mut self, now: Time, link: &Link, bytes: u32) -> LinkResult {
        if self.loses(link.loss) {
            return LinkResult::Lost;
        }
        let mut after = link.delay;
        if link.jitter > Span::default() {
            after = plus(after, self.delay.exponential_span(link.jitter));
        }
        if let Some(rate) = link.rate {
            match self.queued(now, rate, link.queue, bytes) {
                Some(wait) => after = plus(after, wait),
                None => return LinkResult::QueueFull,
            }
        }
        // A link keeps the order of its packets, whatever their jitter ...
        self.latest = self.latest.max(now + after);
        after = self.latest - now;
        // ... except for those that it holds back.
        if self.delay.chance(link.reorder.0) {
            after = plus(after, link.reorder_by);
        }
        let copy = self.delay.chance(link.duplicate.0).then(|| plus(after, Span::from_nanoseconds(20_000)));
        LinkResult::Arrives { after, copy }
    }

    /// Whether a bad member of a bundle loses this sender's packet.
    pub fn member_loses(&mut self, loss: Probability) -> bool {
        self.loss.chance(loss.0)
    }

    fn loses(&mut self, loss: Loss) -> bool {
        match loss {
            Loss::None => false,
            Loss::Independent(probability) => self.loss.chance(probability.0),
            Loss::Bursty { enter, leave, loss } => {
                let change = if self.bad { leave } else { enter };
                if self.loss.chance(change.0) {
                    self.bad = !self.bad;
                }
                self.bad && self.loss.chance(loss.0)
            }
        }
    }

    /// Time spent waiting and in transmission behind earlier packets; `None` when too many bytes wait.
    fn queued(&mut self, now: Time, rate: u64, queue: u32, bytes: u32) -> Option<Span> {
        let begin = self.busy.max(now);
        let waiting =
            u128::try_from((begin - now).nanoseconds()).unwrap_or(0) * u128::from(rate) / 8_000_000_000;
        if waiting > u128::from(queue) {
            return None;
        }
        let nanoseconds = u64::from(bytes) * 8_000_000_000 / rate.max(1);
        self.busy = begin + Span::from_nanoseconds(i64::try_from(nanoseconds).unwrap_or(i64::MAX));
        Some(self.busy - now)
    }
}

fn plus(a: Span, b: Span) -> Span {
    Span::from_nanoseconds(a.nanoseconds().saturating_add(b.nanoseconds()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(loss: Loss) -> Link {
        Link {
            delay: Span::from_milliseconds(1),
            jitter: Span::default(),
            loss,
            reorder: Probability(0.0),
            reorder_by: Span::default(),
            duplicate: Probability(0.0),
            mtu: 1500,
            rate: None,
            queue: 0,
            silent_mtu: false,
        }
    }

    fn lost(loss: Loss, packets: u32) -> Vec<bool> {
        let mut state = LinkState::new(3, "net", "host");
        (0..packets).map(|_| state.pass(Time::default(), &link(loss), 76) == LinkResult::Lost).collect()
    }

    #[test]
    fn independent_loss_has_its_rate() {
        let count = lost(Loss::Independent(Probability(0.1)), 20_000).iter().filter(|l| **l).count();
        // Binomial(20000, 0.1): standard deviation 42; five of them (error rate 6e-7).
        assert!(count.abs_diff(2000) < 212, "{count}");
    }

    #[test]
    fn bursty_loss_comes_in_runs() {
        let pattern = lost(
            Loss::Bursty { enter: Probability(0.01), leave: Probability(0.25), loss: Probability(1.0) },
            50_000,
        );
        let losses = pattern.iter().filter(|l| **l).count();
        let runs = pattern.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        // A run lasts 4 packets on average; its standard error with some 480 runs is 0.16.
        let mean = losses as f64 / runs as f64;
        assert!((mean - 4.0).abs() < 0.8, "{mean}");
    }

    #[test]
    fn jitter_keeps_the_order_and_reordering_does_not() {
        let overtakes = |reorder: f64| {
            let mut state = LinkState::new(3, "net", "host");
            let link = Link {
                jitter: Span::from_milliseconds(5),
                reorder: Probability(reorder),
                reorder_by: Span::from_milliseconds(50),
                ..link(Loss::None)
            };
            let arrivals: Vec<Time> = (0..1000)
                .map(|number| {
                    let sent = Time::from_nanoseconds(number * 1_000_000);
                    let LinkResult::Arrives { after, copy: None } = state.pass(sent, &link, 76) else {
                        panic!("nothing is lost or doubled")
                    };
                    sent + after
                })
                .collect();
            arrivals.windows(2).filter(|pair| pair[1] < pair[0]).count()
        };
        assert_eq!(overtakes(0.0), 0);
        assert!(overtakes(0.1) > 50);
    }

    #[test]
    fn packets_wait_behind_each_other_until_the_queue_is_full() {
        let mut state = LinkState::new(3, "net", "host");
        // 1000 bytes take 1 ms at 8 Mbit/s.
        let slow = Link { rate: Some(8_000_000), queue: 1500, ..link(Loss::None) };
        let mut send = || state.pass(Time::default(), &slow, 1000);
        assert_eq!(send(), LinkResult::Arrives { after: Span::from_milliseconds(2), copy: None });
        assert_eq!(send(), LinkResult::Arrives { after: Span::from_milliseconds(3), copy: None });
        assert_eq!(send(), LinkResult::QueueFull);
    }
}
