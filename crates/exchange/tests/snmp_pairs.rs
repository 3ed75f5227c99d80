//! SNMP: every transmission finds the reply with its identity, and tshark's pairs are ours.
//!
//! `testdata/protocols/snmp/NAME.csv.zst` has the frames of each question, of its retransmissions and of its replies,
//! and the pairs that tshark makes in one pass (`testdata/protocols/snmp/README.md`). Version 3 repeats a question in
//! a message with another msgID, which counts as a separate request here.

#[path = "common/questions.rs"]
mod questions;

use questions::{capture, ours, questions, quoted, tshark};
use unanswered_capture::{InputSpec, VantageId, Vantages, open};
use unanswered_exchange::{Exchanges, FrameId, Pairer, PairerConfig};
use unanswered_table::OutcomeCounts;
use unanswered_wire::{ProtocolId, Transport, decode};

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
        let quoted = quoted("snmp", name);
        for (request, reply) in theirs {
            let question = question_of(request).unwrap_or_else(|| panic!("{name}: no question at {request}"));
            let replies: Vec<u64> =
                question.frames.iter().filter_map(|frame| ours.get(frame).copied().flatten()).collect();
            // Of several replies, the manager took the first.
            let taken = if question.cells["version"] == "3" { question.replies.len() } else { 1 };
            match question.replies.iter().position(|own| *own == reply) {
                Some(index) if index < taken => {
                    assert!(replies.contains(&reply), "{name}: {reply} to {request}, but ours {replies:?}");
                    agreed += 1;
                }
                // A further reply, or one that an ICMP error quotes.
                Some(_) => {}
                None => assert!(quoted.contains(&reply), "{name}: {reply} to {request} is no reply of it"),
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

/// What became of the requests where all is seen at one place, or what goes to agents at one and the rest at another.
fn outcomes(name: &str, split: bool) -> OutcomeCounts {
    let mut reader = open(&InputSpec::new(capture("snmp", name)), &Vantages::new()).expect("the test data");
    let mut pairer = Pairer::new(PairerConfig::default());
    while let Some(frame) = reader.next_frame() {
        let Ok(packet) = decode(frame.link_type, frame.bytes, frame.length) else { continue };
        let asks = matches!(packet.transport, Transport::Udp(udp) if udp.destination_port == 161);
        let vantage = VantageId(u16::from(split && !asks));
        pairer.handle_packet(frame.time, FrameId { vantage, input: 0, number: frame.number }, &packet);
    }
    Exchanges::new(pairer, Vec::new(), Vec::new()).totals().outcomes
}

#[test]
fn the_two_halves_of_a_tap_are_one_capture() {
    for name in ["status", "fragments/agent"] {
        assert_eq!(outcomes(name, true), outcomes(name, false), "{name}");
    }
    // With one request-id to two agents at once, the other half cannot be told apart; it is not called unanswered.
    assert_eq!(outcomes("poller", true).failed(), 0);
}
