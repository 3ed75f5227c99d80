//! RADIUS: every request finds the reply that the shared secret proves to be its own, and tshark's pairs are ours.
//!
//! `testdata/protocols/radius/NAME.csv.zst` has the frames of each request, of its retransmissions and of its
//! replies as computed with the secret (`testdata/protocols/radius/README.md`).

#[path = "common/questions.rs"]
mod questions;

use questions::{Question, ours, questions, tshark};
use std::collections::BTreeSet;
use unanswered_wire::ProtocolId;

const PROVEN: [&str; 10] = [
    "auth",
    "coa",
    "retransmit-nas",
    "retransmit-server",
    "parallel",
    "failover",
    "silent",
    "low-ports/nas1",
    "low-ports/nas2",
    "low-ports/server",
];

#[test]
fn each_request_has_the_reply_that_the_secret_proves_and_repetitions_are_none() {
    for name in PROVEN {
        let ours = ours("radius", name, ProtocolId::RADIUS);
        let truth = questions("radius", name);
        assert_eq!(ours.len(), truth.len(), "{name}: requests");
        for question in truth {
            let first = question.frames[0];
            let reply = ours.get(&first).unwrap_or_else(|| panic!("{name}: no request at frame {first}"));
            assert_eq!(*reply, question.replies.first().copied(), "{name}: reply to frame {first}");
        }
    }
}

#[test]
fn pairs_are_those_of_tshark_but_where_it_is_known_to_be_wrong() {
    let mut agreed = 0;
    for name in PROVEN.into_iter().chain(["busy"]) {
        let Some(theirs) = tshark("radius", name, "radius.reqframe") else {
            eprintln!("skipped: tshark is not installed, so pairs are not compared with it");
            return;
        };
        let ours = ours("radius", name, ProtocolId::RADIUS);
        // tshark names any transmission of a request, and any of its replies.
        let truth = questions("radius", name);
        let first_of = |frame: u64| {
            let found = truth.iter().find(|question| question.frames.contains(&frame));
            found.map_or(frame, |question| question.frames[0])
        };
        let mut first_replies: BTreeSet<(u64, u64)> = BTreeSet::new();
        for (request, reply) in theirs {
            let request = first_of(request);
            if !first_replies.iter().any(|(known, _)| *known == request) {
                first_replies.insert((request, reply));
            }
        }
        for (request, reply) in ours {
            let their = first_replies.iter().find(|(known, _)| *known == request).map(|(_, reply)| *reply);
            if their == reply {
                agreed += u32::from(reply.is_some());
            } else {
                // It does not pair Status-Server and does not compare server addresses.
                assert!(
                    name == "failover" || is_status(&truth, request),
                    "{name}: frame {request} has {reply:?} here and {their:?} there"
                );
            }
        }
    }
    assert!(agreed > 1_500, "{agreed} pairs");
}

fn is_status(truth: &[Question], request: u64) -> bool {
    let found = truth.iter().find(|question| question.frames[0] == request);
    found.is_some_and(|question| question.cells["code"] == "Status-Server")
}
