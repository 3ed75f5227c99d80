//! SNMP: every transmission finds the reply with its identity, and tshark's pairs are ours.
//!
//! `testdata/protocols/snmp/NAME.csv.zst` has the frames of each question, of its retransmissions and of its replies,
//! and the pairs that tshark makes in one pass (`testdata/protocols/snmp/README.md`). Version 3 repeats a question in
//! a message with another msgID, which counts as a separate request here.

#[path = "common/questions.rs"]
mod questions;

use questions::{ours, questions, tshark};
use unanswered_wire::ProtocolId;

const CAPTURES: [&str; 9] = [
    "community",
    "v3",
    "retransmit-manager",
    "retransmit-agent",
    "poller",
    "status",
    "traps",
    "fragments/manager",
    "fragments/agent",
];

#[test]
fn each_question_has_its_reply_and_repetitions_are_none() {
    for name in CAPTURES {
        let ours = ours("snmp", name, ProtocolId::SNMP);
        let mut expected = 0;
        for question in questions("snmp", name) {
            let secured = question.cells["version"] == "3";
            let requests: Vec<u64> = question
                .frames
                .iter()
                .copied()
                .take(if secured { question.frames.len() } else { 1 })
                .collect();
            expected += requests.len();
            let replies: Vec<u64> = requests
                .iter()
                .filter_map(|frame| {
                    *ours.get(frame).unwrap_or_else(|| panic!("{name}: no request at {frame}"))
                })
                .collect();
            let wanted = question.replies.iter().take(requests.len()).count();
            assert_eq!(replies.len(), wanted, "{name}: replies to {:?}", question.frames);
            assert!(
                replies.iter().all(|reply| question.replies.contains(reply)),
                "{name}: {replies:?} to {:?}",
                question.frames
            );
        }
        assert_eq!(ours.len(), expected, "{name}: requests");
    }
}

#[test]
fn pairs_are_those_of_tshark() {
    let mut agreed = 0;
    for name in CAPTURES {
        let Some(theirs) = tshark("snmp", name, "snmp.response_to") else {
            eprintln!("skipped: tshark is not installed, so pairs are not compared with it");
            return;
        };
        // tshark pairs by request-id, which repetitions share; in version 3 each has its own msgID and its own reply.
        let questions = questions("snmp", name);
        let question_of = |frame: u64| questions.iter().find(|question| question.frames.contains(&frame));
        let ours = ours("snmp", name, ProtocolId::SNMP);
        for (request, reply) in theirs {
            let question = question_of(request).unwrap_or_else(|| panic!("{name}: no question at {request}"));
            let replies: Vec<u64> =
                question.frames.iter().filter_map(|frame| ours.get(frame).copied().flatten()).collect();
            // Of several replies, the manager took the first.
            let taken = if question.cells["version"] == "3" { question.replies.len() } else { 1 };
            // tshark also reads replies that ICMP errors quote.
            if question.replies.iter().take(taken).any(|own| *own == reply) {
                assert!(replies.contains(&reply), "{name}: {reply} to {request}, but ours {replies:?}");
                agreed += 1;
            }
        }
    }
    assert!(agreed > 800, "{agreed} pairs");
}

/// What an agent reads and what it does not: everything that tshark takes for a request, except one of indefinite
/// length, which RFC 3417 section 8 forbids and the agent leaves unanswered.
#[test]
fn odd_messages_are_read_as_the_agent_reads_them() {
    let indefinite = 30;
    let ours = ours("snmp", "odd", ProtocolId::SNMP);
    let questions = questions("snmp", "odd");
    for question in questions.iter().filter(|question| question.frames != [indefinite]) {
        let reply = ours.get(&question.frames[0]).unwrap_or_else(|| panic!("{:?}", question.frames));
        assert_eq!(*reply, question.replies.first().copied(), "{:?}", question.frames);
    }
    assert_eq!(ours.len(), questions.len() - 1);
}
