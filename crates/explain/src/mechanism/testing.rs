//! Traffic for the tests of mechanisms: made with a pinned generator, by clients that ask in bursts.

use super::{Fit, History, fit_all};

/// A splitmix generator: small, and the same everywhere.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678_9ABC_DEF0)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly between 0 and 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly among 0 up to, not including, a number.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.next() % u64::from(n)).unwrap()
    }

    /// Exponential with a mean.
    pub(super) fn pause(&mut self, mean: f64) -> f64 {
        -(1.0 - self.unit()).ln() * mean
    }
}

/// Columns of made requests.
#[derive(Clone, Default)]
pub(super) struct Made {
    pub(super) times: Vec<f64>,
    pub(super) failed: Vec<bool>,
    pub(super) counted: Vec<bool>,
    pub(super) client: Vec<u32>,
    /// Empty: not known.
    pub(super) client_network: Vec<u32>,
    pub(super) server: Vec<u32>,
    pub(super) flow: Vec<u32>,
    pub(super) id: Vec<u32>,
    /// Empty: not known.
    pub(super) bytes: Vec<f64>,
    pub(super) until: Vec<f64>,
    pub(super) replied: Vec<f64>,
}

impl Made {
    pub(super) fn history(&self) -> History<'_> {
        History {
            times: &self.times,
            failed: &self.failed,
            counted: &self.counted,
            client: &self.client,
            client_network: &self.client_network,
            server: &self.server,
            flow: &self.flow,
            id: &self.id,
            bytes: &self.bytes,
            until: &self.until,
            replied: &self.replied,
        }
    }

    pub(super) fn failures(&self) -> usize {
        self.failed.iter().filter(|&&f| f).count()
    }

    /// Losses that have nothing to do with anything.
    pub(super) fn lose(&mut self, seed: u64, rate: f64) {
        let mut dice = Dice::new(seed ^ 0xBAC);
        for failed in &mut self.failed {
            *failed |= dice.unit() < rate;
        }
    }
}

/// Requests of clients to servers, nothing failed: single ones and bursts of up to thirty, `load` a second for each client. Replies
/// come within milliseconds; flows are a few ports of each client; ids count up and wrap.
pub(super) fn traffic(seed: u64, n: usize, clients: u32, servers: u32, load: f64) -> Made {
    let mut dice = Dice::new(seed);
    let mut sent: Vec<(f64, u32)> = Vec::new();
    let each = n.div_ceil(clients as usize);
    for client in 0..clients {
        let mut now = dice.pause(1.0 / load);
        let mut made = 0;
        while made < each {
            let burst = if dice.unit() < 0.08 { 5 + dice.below(25) } else { 1 };
            for _ in 0..burst {
                sent.push((now, client));
                now += dice.pause(0.03 / load.max(1.0).sqrt());
                made += 1;
            }
            now += dice.pause(f64::from(burst).sqrt() / load);
        }
    }
    sent.sort_by(|a, b| a.0.total_cmp(&b.0));
    sent.truncate(n);
    let mut made = Made::default();
    for (time, client) in sent {
        let server = dice.below(servers);
        let reply = time + 0.001 + dice.pause(0.004);
        made.times.push(1.7e9 + time);
        made.client.push(client);
        made.server.push(server);
        made.flow.push((client * servers + server) * 8 + dice.below(8));
        made.id.push(dice.below(2000));
        made.until.push(1.7e9 + reply);
        made.replied.push(1.7e9 + reply);
    }
    made.failed = vec![false; n];
    made.counted = vec![true; n];
    made
}

/// The best mechanism.
pub(super) fn best_of(made: &Made) -> Option<Fit> {
    fit_all(&made.history()).into_iter().next()
}
