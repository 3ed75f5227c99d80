//! The filters at work: each has its own state and decides about one request at a time.

use crate::behaviour::{Bucket, Filter, Ports, Shared};
use crate::decision::Reason;
use crate::recent::Recent;
use crate::request::Request;
use std::net::{IpAddr, SocketAddr};
use unanswered_probe::Random;
use unanswered_wire::{Span, Time};

/// A filter with what it remembers.
#[derive(Clone, Debug)]
pub(crate) enum Gate {
    Ports(Vec<Ports>),
    RequestSize(usize),
    Loss { share: f64, random: Random },
    Bucket { bucket: Bucket, everybody: Level, clients: Recent<IpAddr, Level> },
    Forgets { pause: Span, last: Recent<SocketAddr, Option<Time>> },
    DeadLink(u64),
}

/// The state of a token bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    tokens: f64,
    at: Time,
}

impl Gate {
    /// A filter at `now`. `seed` is its own.
    pub(crate) fn new(filter: &Filter, seed: u64, now: Time) -> Self {
        match filter {
            Filter::Ports(ports) => Self::Ports(ports.clone()),
            Filter::RequestSize(most) => Self::RequestSize(*most),
            Filter::Loss(share) => Self::Loss { share: *share, random: Random::new(seed) },
            Filter::Bucket(bucket) => {
                let everybody = Level { tokens: f64::from(bucket.depth), at: now };
                Self::Bucket { bucket: *bucket, everybody, clients: Recent::default() }
            }
            Filter::Forgets(pause) => Self::Forgets { pause: *pause, last: Recent::default() },
            Filter::DeadLink(links) => Self::DeadLink(u64::from(*links)),
        }
    }

    /// Why the request goes no further; `None` lets it pass.
    pub(crate) fn stops(&mut self, request: &Request<'_>) -> Option<Reason> {
        let (stopped, reason) = match self {
            Self::Ports(ports) => {
                (!ports.iter().any(|some| some.has(request.from.port())), Reason::SourcePort)
            }
            Self::RequestSize(most) => (request.payload.len() > *most, Reason::RequestSize),
            Self::Loss { share, random } => (random.fraction() < *share, Reason::Loss),
            Self::Bucket { bucket, everybody, clients } => {
                let level = match bucket.shared {
                    Shared::All => everybody,
                    Shared::Client => {
                        let full = Level { tokens: f64::from(bucket.depth), at: request.now };
                        clients.of(request.from.ip(), || full)
                    }
                };
                (!level.take(bucket, request.now), Reason::NoToken)
            }
            Self::Forgets { pause, last } => {
                let last = last.of(request.from, || None);
                let before = last.replace(request.now);
                (before.is_some_and(|before| request.now - before > *pause), Reason::Forgotten)
            }
            Self::DeadLink(links) => (flow_hash(request).is_multiple_of(*links), Reason::DeadLink),
        };
        stopped.then_some(reason)
    }
}

impl Level {
    fn take(&mut self, bucket: &Bucket, now: Time) -> bool {
        let gained = (now - self.at).seconds().max(0.0) * bucket.rate;
        self.tokens = (self.tokens + gained).min(f64::from(bucket.depth));
        self.at = now;
        let there = self.tokens >= 1.0;
        if there {
            self.tokens -= 1.0;
        }
        there
    }
}

/// A hash of addresses and ports as a router's, whose formula nobody outside knows: FNV-1a over the flow's fields, with
/// the mixing of a random stream behind it.
fn flow_hash(request: &Request<'_>) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    let over = |hash: u64, bytes: &[u8]| {
        bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let address = match request.from.ip() {
        IpAddr::V4(address) => over(OFFSET, &address.octets()),
        IpAddr::V6(address) => over(OFFSET, &address.octets()),
    };
    let ports = over(over(address, &request.from.port().to_be_bytes()), &request.port.to_be_bytes());
    Random::new(ports).bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a filter says of requests: when in milliseconds, from which last byte of an address and port, how long.
    fn stops(filter: &Filter, requests: &[(i64, u8, u16, usize)]) -> Vec<Option<Reason>> {
        let mut gate = Gate::new(filter, 1, at(0));
        let one = |&(when, host, port, length): &(i64, u8, u16, usize)| {
            let payload = vec![0; length];
            let from = SocketAddr::new([192, 0, 2, host].into(), port);
            gate.stops(&Request { now: at(when), clock: at(0), from, port: 123, payload: &payload })
        };
        requests.iter().map(one).collect()
    }

    fn at(milliseconds: i64) -> Time {
        Time::from_nanoseconds(milliseconds * 1_000_000)
    }

    #[test]
    fn only_the_source_ports_of_the_list_pass() {
        let filter = Filter::Ports(vec![Ports::Range(123..=123), Ports::Range(1024..=65_535)]);
        let asked = [122, 123, 124, 1023, 1024, 65_535].map(|port| (0, 1, port, 48));
        let no = Some(Reason::SourcePort);
        assert_eq!(stops(&filter, &asked), [no, None, no, no, None, None]);
        let asked = [50_000, 50_001].map(|port| (0, 1, port, 48));
        assert_eq!(stops(&Filter::Ports(vec![Ports::Even]), &asked), [None, no]);
        assert_eq!(stops(&Filter::Ports(vec![Ports::Odd]), &asked), [no, None]);
    }

    #[test]
    fn a_request_as_long_as_the_limit_passes_and_a_byte_more_does_not() {
        let asked = [(0, 1, 1, 48), (0, 1, 1, 49)];
        assert_eq!(stops(&Filter::RequestSize(48), &asked), [None, Some(Reason::RequestSize)]);
    }

    #[test]
    fn the_share_that_is_lost_is_the_one_asked_for() {
        let asked = vec![(0, 1, 1, 48); 10_000];
        let lost = |share| stops(&Filter::Loss(share), &asked).iter().flatten().count();
        assert_eq!((lost(0.0), lost(1.0)), (0, 10_000));
        // The standard deviation is 30; the seed is fixed, so this cannot vary.
        assert!((880..=1120).contains(&lost(0.1)), "{}", lost(0.1));
    }

    #[test]
    fn a_bucket_gives_its_depth_at_once_and_then_its_rate() {
        let bucket = |shared| Filter::Bucket(Bucket { rate: 2.0, depth: 3, shared });
        let no = Some(Reason::NoToken);
        let asked = [(0, 1, 1, 1), (0, 2, 1, 1), (0, 1, 1, 1), (0, 1, 1, 1), (499, 1, 1, 1), (500, 1, 1, 1)];
        assert_eq!(stops(&bucket(Shared::All), &asked), [None, None, None, no, no, None]);
        // The other client's token is not missed.
        assert_eq!(stops(&bucket(Shared::Client), &asked), [None, None, None, None, no, None]);
    }

    #[test]
    fn a_flow_that_paused_longer_loses_its_next_request_only() {
        let asked =
            [(0, 1, 9, 1), (20_000, 1, 9, 1), (40_001, 1, 9, 1), (40_002, 1, 9, 1), (70_000, 1, 8, 1)];
        let gone = Some(Reason::Forgotten);
        assert_eq!(stops(&Filter::Forgets(Span::from_seconds(20)), &asked), [None, None, gone, None, None]);
    }

    #[test]
    fn the_dead_link_takes_its_share_of_flows_and_always_the_same() {
        let asked: Vec<_> = (1024..5024).map(|port| (0, 1, port, 48)).collect();
        let first = stops(&Filter::DeadLink(4), &asked);
        assert_eq!(first, stops(&Filter::DeadLink(4), &asked));
        // 1,000 on average, with a standard deviation of 27.
        let dead = first.iter().flatten().count();
        assert!((890..=1110).contains(&dead), "{dead}");
        assert_eq!(stops(&Filter::DeadLink(1), &asked).iter().flatten().count(), 4000);
    }
}
