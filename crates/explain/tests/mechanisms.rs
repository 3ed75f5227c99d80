//! Mechanisms found in requests as captures show them: several services behind one device, times that are not those of the
//! device, a little loss, and outcomes that do not count.

use unanswered_explain::mechanism::{Charge, Fit, History, Key, Mechanism, fit_all, replay};

/// A linear congruence: the same everywhere.
struct Dice(u64);

impl Dice {
    fn bits(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).expect("31 bits")
    }

    /// Evenly between 0 and 1.
    fn unit(&mut self) -> f64 {
        f64::from(self.bits()) / f64::from(1u32 << 31)
    }

    /// Evenly below a number.
    fn below(&mut self, n: u32) -> u32 {
        u32::try_from((u64::from(self.bits()) * u64::from(n)) >> 31).expect("below n")
    }
}

/// What clients asked, in nanoseconds at the device, in order.
struct Asked {
    at: Vec<i64>,
    client: Vec<u32>,
    server: Vec<u32>,
}

fn asked(seed: u64, clients: u32, seconds: i64) -> Asked {
    let mut dice = Dice(seed);
    let mut sent: Vec<(i64, u32, u32)> = Vec::new();
    for client in 0..clients {
        let mut now = 0;
        while now < seconds * 1_000_000_000 {
            // Now and then a page that needs many names at once.
            let many = if dice.unit() < 0.06 { 8 + dice.below(30) } else { 1 };
            for _ in 0..many {
                sent.push((now, client, dice.below(3)));
                now += i64::from(dice.below(30_000_000));
            }
            now += i64::from(dice.below(1_600_000_000));
        }
    }
    sent.sort_unstable();
    Asked {
        at: sent.iter().map(|s| s.0).collect(),
        client: sent.iter().map(|s| s.1).collect(),
        server: sent.iter().map(|s| s.2).collect(),
    }
}

/// The kernel's way: nanoseconds of credit, `tokens_max = burst * 1e9 / rate`.
fn limited(asked: &Asked, per_second: i64, burst: i64, key: impl Fn(usize) -> usize) -> Vec<bool> {
    let cost = 1_000_000_000 / per_second;
    let mut state = vec![(burst * cost, 0i64); 64];
    (0..asked.at.len())
        .map(|row| {
            let (credit, last) = &mut state[key(row)];
            *credit = (*credit + asked.at[row] - *last).min(burst * cost);
            *last = asked.at[row];
            let over = *credit < cost;
            *credit -= if over { 0 } else { cost };
            over
        })
        .collect()
}

/// As a capture shows it: times some hundred microseconds earlier, two in a hundred lost besides, one in thirty undecided.
fn best(asked: &Asked, dropped: &[bool], seed: u64) -> (Fit, Vec<bool>) {
    let mut dice = Dice(seed ^ 0xCAB);
    let mut times: Vec<f64> =
        asked.at.iter().map(|&at| 1.79e9 + at as f64 / 1e9 - 0.0002 - 0.0002 * dice.unit()).collect();
    for row in 1..times.len() {
        times[row] = times[row].max(times[row - 1]);
    }
    let failed: Vec<bool> = dropped.iter().map(|&dropped| dropped || dice.unit() < 0.02).collect();
    let counted: Vec<bool> = failed.iter().map(|_| dice.unit() > 0.03).collect();
    let failed: Vec<bool> =
        failed.iter().zip(&counted).map(|(&failed, &counted)| failed && counted).collect();
    let history = History {
        times: &times,
        failed: &failed,
        counted: &counted,
        client: &asked.client,
        server: &asked.server,
        ..History::default()
    };
    let fit = fit_all(&history).into_iter().next().expect("a mechanism");
    assert_eq!(replay(&fit.mechanism, &history), fit.predicted, "a replay is what was fitted");
    (fit, failed)
}

#[test]
fn limits_by_source_and_over_all_are_found_as_they_are_configured() {
    let cases: [(u64, i64, i64, Key); 4] =
        [(1, 7, 20, Key::Client), (2, 3, 10, Key::Client), (3, 6, 15, Key::All), (4, 2, 6, Key::Server)];
    for (seed, rate, burst, key) in cases {
        let asked = asked(seed, 4, 240);
        let by = |row: usize| match key {
            Key::Client => asked.client[row] as usize,
            Key::Server => asked.server[row] as usize,
            Key::All | Key::ClientNetwork | Key::ClientAndServer | Key::Flow | Key::Id | Key::ClientAndId => {
                0
            }
        };
        let dropped = limited(&asked, rate, burst, by);
        let (fit, failed) = best(&asked, &dropped, seed);
        let Mechanism::Bucket(bucket) = &fit.mechanism else { panic!("{:?}", fit.mechanism) };
        assert_eq!((bucket.key, bucket.charge), (key, Charge::Passed));
        assert!((bucket.rate.value / rate as f64 - 1.0).abs() < 0.03, "{rate} {bucket:?}");
        assert!(bucket.depth.low <= burst as f64 && burst as f64 <= bucket.depth.high, "{burst} {bucket:?}");
        let dropped_and_seen = dropped.iter().zip(&failed).filter(|(d, f)| **d && **f).count();
        assert!(fit.inside_failed as usize * 100 >= dropped_and_seen * 95, "{fit:?}");
        assert!(fit.score() > 50.0);
    }
}

#[test]
fn no_history_is_no_mechanism() {
    assert!(fit_all(&History::default()).is_empty());
    let unsound =
        History { times: &[2.0, 1.0], failed: &[true; 2], counted: &[true; 2], ..History::default() };
    assert!(fit_all(&unsound).is_empty());
    let all = History { times: &[1.0; 9], failed: &[true; 9], counted: &[true; 9], ..History::default() };
    assert!(fit_all(&all).is_empty());
}

#[test]
fn strange_histories_do_no_harm() {
    for seed in 0..300 {
        let mut dice = Dice(seed);
        let n = dice.below(60) as usize;
        let mut code = |labels: u32| -> Vec<u32> {
            (0..n)
                .map(|_| if dice.below(9) == 0 { u32::MAX } else { dice.below(labels) * 40_000_000 })
                .collect()
        };
        let (client, server, flow, id) = (code(3), code(2), code(20), code(9));
        let mut dice = Dice(seed ^ 0x5EED);
        let strange = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e300, 1e300, 0.0];
        let mut moment =
            |time: f64| if dice.below(3) == 0 { strange[dice.below(6) as usize] } else { time + dice.unit() };
        let times: Vec<f64> = (0..n).map(|row| (row / 4) as f64).collect();
        let until: Vec<f64> = times.iter().map(|&time| moment(time)).collect();
        let replied: Vec<f64> = times.iter().map(|&time| moment(time)).collect();
        let failed: Vec<bool> = (0..n).map(|row| row % 3 == 0 || dice.below(4) == 0).collect();
        let counted: Vec<bool> = (0..n).map(|_| dice.below(6) > 0).collect();
        let history = History {
            times: &times,
            failed: &failed,
            counted: &counted,
            client: &client,
            client_network: &server,
            server: &server,
            flow: &flow,
            id: &id,
            bytes: &replied,
            until: &until,
            replied: &replied,
        };
        for fit in fit_all(&history) {
            assert_eq!(fit.predicted.len(), n);
            assert!(fit.score().is_finite());
            // Over other requests, or over some that lack its columns.
            assert_eq!(replay(&fit.mechanism, &History { client: &[], ..history }).len(), n);
        }
    }
}
