use crate::test_packets::{At, Made, dns, read};
use std::collections::BTreeMap;
use unanswered_table::{Outcome, Reason};

const CLIENT: &str = "10.0.0.1";
const FIRST: &str = "10.9.0.1";
const SECOND: &str = "10.9.0.2";

/// What is said of requests, counted.
type Counts = BTreeMap<(Outcome, Reason), usize>;

/// A client's packets.
#[derive(Debug, Default)]
struct Talk {
    packets: Vec<At>,
    id: u16,
}

impl Talk {
    /// A question at a time in milliseconds; the answer after so many, if one is seen.
    fn ask(&mut self, at: i64, server: &str, name: &str, after: Option<i64>) {
        self.ask_coded(at, server, name, after, 0);
    }

    fn ask_coded(&mut self, at: i64, server: &str, name: &str, after: Option<i64>, code: u8) {
        self.id += 1;
        let port = 10_000 + self.id;
        let made = |code: Option<u8>| -> Made {
            match code {
                None => dns(CLIENT, port, server, 53, self.id, name, None),
                Some(_) => dns(server, 53, CLIENT, port, self.id, name, code),
            }
        };
        self.packets.push(At(at, 0, made(None).ttl(63)));
        self.packets.extend(after.map(|after| At(at + after, 0, made(Some(code)).ttl(63))));
    }

    fn counts(mut self) -> Counts {
        self.ask(10_000_000, FIRST, "end.test", Some(1));
        self.packets.sort_by_key(|packet| packet.0);
        let all = read(&self.packets, crate::PairerConfig::default(), Vec::new());
        let mut counts = Counts::new();
        for exchange in all.iter() {
            *counts.entry((exchange.outcome(), exchange.reason())).or_default() += 1;
        }
        counts
    }
}

fn of(counts: &Counts, outcome: Outcome, reason: Reason) -> usize {
    counts.get(&(outcome, reason)).copied().unwrap_or_default()
}

/// Lookups, each of another name and half a minute after the one before; `kind` says what becomes of each.
fn lookups(number: i64, mut each: impl FnMut(&mut Talk, i64, i64, &str)) -> Talk {
    let mut talk = Talk::default();
    for n in 0..number {
        each(&mut talk, n, n * 30_000, &format!("h{n}.test"));
    }
    talk
}

/// Every fourth lookup gets nothing from the first server, every fourth an answer that is lost behind this place.
fn losing(gap: impl Fn(i64) -> i64, code: u8) -> Counts {
    lookups(40, |talk, n, at, name| match n % 4 {
        0 => {
            talk.ask(at, FIRST, name, None);
            talk.ask(at + gap(n), SECOND, name, Some(2));
        }
        1 => {
            talk.ask_coded(at, FIRST, name, Some(2), code);
            talk.ask(at + gap(n), SECOND, name, Some(2));
        }
        _ => talk.ask(at, FIRST, name, Some(2)),
    })
    .counts()
}

#[test]
fn a_client_that_asks_the_next_server_when_its_patience_ends_has_lost_the_answer() {
    for patience in [1_000, 2_000, 5_000] {
        let counts = losing(|n| patience + n % 7, 0);
        assert_eq!(of(&counts, Outcome::Unanswered, Reason::ReplyLost), 10, "{patience} {counts:?}");
        assert_eq!(of(&counts, Outcome::Unanswered, Reason::Plain), 10, "{patience} {counts:?}");
    }
}

/// A program that fails for another reason asks the same server again, after a pause like the resolver's.
#[test]
fn of_a_client_that_asks_the_same_server_again_it_is_not_known() {
    let counts = lookups(40, |talk, n, at, name| {
        talk.ask(at, FIRST, name, (n % 4 != 0).then_some(2));
        if n % 4 < 2 {
            talk.ask(at + 5_000, FIRST, name, Some(2));
        }
    })
    .counts();
    assert_eq!(of(&counts, Outcome::Unknown, Reason::ReplyLost), 10, "{counts:?}");
    assert_eq!(of(&counts, Outcome::Unanswered, Reason::ReplyLost), 0, "{counts:?}");
}

#[test]
fn an_error_explains_the_next_question_otherwise() {
    let counts = losing(|_| 5_000, 2);
    assert_eq!(of(&counts, Outcome::Unanswered, Reason::ReplyLost), 0, "{counts:?}");
}

/// Cached answers that expire, several programs, many hosts behind one address: at any moment.
#[test]
fn questions_that_come_again_at_any_moment_show_nothing() {
    let mut state = 1_i64;
    let mut talk = lookups(40, |talk, n, at, name| {
        if n % 4 == 0 {
            talk.ask(at, FIRST, name, None);
            talk.ask(at + 5_000, SECOND, name, Some(2));
        } else {
            state = state * 1_103_515_245 % 2_147_483_647;
            talk.ask(at, FIRST, name, Some(2));
            talk.ask(at + 500 + state % 9_000, SECOND, name, Some(2));
        }
    });
    // Some of them at that moment, by chance.
    for n in 0..4 {
        let name = format!("chance{n}.test");
        talk.ask(2_000_000 + n * 30_000, FIRST, &name, Some(2));
        talk.ask(2_005_000 + n * 30_000, FIRST, &name, Some(2));
    }
    let counts = talk.counts();
    for outcome in [Outcome::Unanswered, Outcome::Unknown] {
        assert_eq!(of(&counts, outcome, Reason::ReplyLost), 0, "{counts:?}");
    }
}

/// Some names every five seconds, of which one question in four gets nothing: the pace is no patience.
#[test]
fn a_poller_s_pace_is_no_sign() {
    for (names, polls) in [(1, 40), (5, 8), (8, 3)] {
        let mut talk = Talk::default();
        for poll in 0..polls {
            for name in 0..names {
                let lost = (poll * 3 + name) % 4 == 0;
                let at = poll * 5_000 + name * 10;
                talk.ask(at, FIRST, &format!("p{name}.test"), (!lost).then_some(2));
            }
        }
        let counts = talk.counts();
        for outcome in [Outcome::Unanswered, Outcome::Unknown] {
            assert_eq!(of(&counts, outcome, Reason::ReplyLost), 0, "{names} {counts:?}");
        }
        assert!(of(&counts, Outcome::Unanswered, Reason::Plain) > 0);
    }
}

#[test]
fn two_lost_answers_are_no_habit() {
    let counts = lookups(20, |talk, n, at, name| {
        let reply = (n >= 10).then_some(2);
        talk.ask(at, FIRST, name, reply);
        if n < 12 {
            talk.ask(at + 5_000, SECOND, name, Some(2));
        }
    })
    .counts();
    assert_eq!(of(&counts, Outcome::Unanswered, Reason::ReplyLost), 0, "{counts:?}");
}

/// The first server takes two seconds, the client waits for one.
#[test]
fn an_answer_after_the_next_server_s_is_late() {
    let after = Reason::AfterTimeout;
    let counts = lookups(5, |talk, _, at, name| {
        talk.ask(at, FIRST, name, Some(2_000));
        talk.ask(at + 1_000, SECOND, name, Some(3));
    })
    .counts();
    assert_eq!((of(&counts, Outcome::Late, after), counts.values().sum::<usize>()), (5, 11), "{counts:?}");
    // The first answer to come may have been taken, whichever question it is to: a poller's, of one second.
    let counts = lookups(5, |talk, _, at, name| {
        for n in 0..4 {
            talk.ask(at + n * 1_000, FIRST, name, Some(2_000));
        }
    })
    .counts();
    assert_eq!(of(&counts, Outcome::Late, after), 0, "{counts:?}");
    // Two programs, by chance: not at one moment.
    let counts = lookups(5, |talk, n, at, name| {
        talk.ask(at, FIRST, name, Some(2_000));
        talk.ask(at + 400 + n * 300, SECOND, name, Some(3));
    })
    .counts();
    assert_eq!(of(&counts, Outcome::Late, after), 0, "{counts:?}");
}
