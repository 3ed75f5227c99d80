//! Errors that tell the client what it needs to ask rightly (SNMP version 3, RFC 3414 section 4).
//!
//! A manager first asks for the engine's id with a request that names none (discovery): whichever Report comes has it. Then
//! it may be told that its idea of the engine's time is wrong, and asks again with the right one. Where it does, and is not
//! told the same again, the Report was a step of the protocol. A manager that stops there, or is told so each time, has
//! failed: nothing that it asked for was served.

use super::Requests;
use crate::names::AddressId;
use std::collections::BTreeMap;
use unanswered_registry::RefusalKind;
use unanswered_table::{Outcome, Reason};
use unanswered_wire::protocols::snmp::DISCOVERY;
use unanswered_wire::{ProtocolId, Time};

/// Protocol, client and server with their ports: managers go on from the same socket.
type Ends = (u8, AddressId, u16, AddressId, u16);

pub(super) fn mark(requests: &mut Requests<'_>) {
    let told = requests.with_reason(|reason| matches!(reason, Reason::Error(how) if may_be_step(how.kind())));
    if told.is_empty() {
        return;
    }
    let mut asked: BTreeMap<Ends, Vec<(Time, u32)>> =
        told.iter().map(|&row| (ends(requests, row), Vec::new())).collect();
    for row in requests.rows() {
        if let Some(asked) = asked.get_mut(&ends(requests, row)) {
            asked.push((requests.nearest(row).time, row));
        }
    }
    // Judged by what they were told, before any of it is changed.
    let steps: Vec<(u32, bool)> = told
        .iter()
        .filter_map(|&row| {
            let followed = asked.get(&ends(requests, row)).is_some_and(|asked| goes_on(requests, row, asked));
            (discovers(requests, row) || followed && is_step(requests, row)).then_some((row, followed))
        })
        .collect();
    for (row, followed) in steps {
        // Nothing but the next request shows that the Report arrived.
        let reason = if followed { Reason::Plain } else { Reason::PassedHere };
        requests.give(row, Outcome::Answered, reason);
    }
}

/// Reports, of which each may be the answer to a discovery.
fn may_be_step(kind: &RefusalKind) -> bool {
    ProtocolId::SNMP.declaration().refusals.iter().any(|known| **known == *kind)
}

fn ends(requests: &Requests<'_>, row: u32) -> Ends {
    let leg = requests.nearest(row);
    (leg.protocol, leg.client, leg.client_port, leg.server, leg.server_port)
}

fn is_step(requests: &Requests<'_>, row: u32) -> bool {
    matches!(requests.reason(row), Reason::Error(how) if how.kind().step)
}

/// Whether the request only asks for the engine's id.
fn discovers(requests: &Requests<'_>, row: u32) -> bool {
    let leg = requests.nearest(row);
    let store = &requests.legs.stores[usize::from(leg.protocol)];
    let discovery = store.features().find(|(_, feature, _)| feature.is(&DISCOVERY));
    discovery.is_some_and(|(index, ..)| store.value(usize::from(index), leg.row, leg.shape) == Some(1))
}

/// Whether the client asks again after it was told, within its time-out, and gets further than before.
fn goes_on(requests: &Requests<'_>, row: u32, asked: &[(Time, u32)]) -> bool {
    let leg = requests.nearest(row);
    let timeout = requests.legs.config.timeout(ProtocolId(leg.protocol));
    let told = leg.time + leg.reply_after;
    let from = asked.partition_point(|(time, _)| *time < told);
    asked[from..]
        .iter()
        .take_while(|(time, _)| *time - told <= timeout)
        .any(|&(_, next)| next != row && !is_step(requests, next) && !discovers(requests, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_packets::{At, Made, check, udp};

    const MANAGER: &str = "10.0.0.1";
    const AGENT: &str = "10.9.0.1";

    /// A value in BER: the tests' are short.
    fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let inside = parts.concat();
        [&[tag, u8::try_from(inside.len()).expect("short")], inside.as_slice()].concat()
    }

    fn integer(number: u8) -> Vec<u8> {
        value(2, &[&[number]])
    }

    /// A message of version 3 with that id: from an engine, or to one; `pdu` with the first object's name.
    fn message(id: u8, flags: u8, engine: &[u8], pdu: u8, object: &[u8]) -> Vec<u8> {
        let global = value(0x30, &[&integer(id), &integer(100), &value(4, &[&[flags]]), &integer(3)]);
        let name = value(4, &[b"user"]);
        let empty = value(4, &[]);
        let user = [value(4, &[engine]), integer(1), integer(9), name, empty.clone(), empty.clone()].concat();
        let user = value(4, &[&value(0x30, &[&user])]);
        let bindings = value(0x30, &[&value(0x30, &[&value(6, &[object]), &value(5, &[])])]);
        let pdu = value(0xa0 + pdu, &[&integer(7), &integer(0), &integer(0), &bindings]);
        let scoped = value(0x30, &[&value(4, &[engine]), &empty, &pdu]);
        value(0x30, &[&integer(3), &global, &user, &scoped])
    }

    fn ask(port: u16, id: u8, engine: &[u8]) -> Made {
        udp(MANAGER, port, AGENT, 161, message(id, 4, engine, 0, &[0x2b, 6, 1, 2, 1]))
    }

    /// A Report that names this counter of the user-based security model.
    fn report(port: u16, id: u8, counter: u8) -> Made {
        let object = [0x2b, 6, 1, 6, 3, 15, 1, 1, counter, 0];
        udp(AGENT, 161, MANAGER, port, message(id, 0, b"engine", 8, &object))
    }

    fn answer(port: u16, id: u8) -> Made {
        udp(AGENT, 161, MANAGER, port, message(id, 0, b"engine", 2, &[0x2b, 6, 1, 2, 1]))
    }

    const ANSWERED: (Outcome, Reason) = (Outcome::Answered, Reason::Plain);
    const TIME: u8 = 2;
    const USER: u8 = 3;
    const ENGINE: u8 = 4;

    /// What the requests of these tests come to: outcomes, and the codes of errors.
    fn outcomes(packets: &[At]) -> Vec<(Outcome, &'static str)> {
        let all = crate::test_packets::read(packets, crate::PairerConfig::default(), Vec::new());
        let code = |reason: Reason| reason.refusal().map_or("", |refusal| refusal.kind().code);
        all.iter().map(|e| (e.outcome(), code(e.reason()))).collect()
    }

    #[test]
    fn discovery_and_a_corrected_time_are_steps_on_the_way_to_an_answer() {
        let packets = [
            At(0, 0, ask(4000, 1, b"")),
            At(1, 0, report(4000, 1, ENGINE)),
            At(2, 0, ask(4000, 2, b"engine")),
            At(3, 0, report(4000, 2, TIME)),
            At(4, 0, ask(4000, 3, b"engine")),
            At(5, 0, answer(4000, 3)),
        ];
        check(&packets, &[ANSWERED, ANSWERED, ANSWERED]);
        // Discovery is all that a scan wants; agents name other counters, too.
        check(&packets[..2], &[ANSWERED]);
        check(&[packets[0].clone(), At(1, 0, report(4000, 1, 9))], &[ANSWERED]);
    }

    #[test]
    fn a_time_that_is_wrong_again_and_again_is_a_failure() {
        let wrong = (Outcome::Error, "snmp.not_in_time_window");
        let mut packets = Vec::new();
        for id in 1..=3_u8 {
            let at = i64::from(id) * 10;
            packets.extend([At(at, 0, ask(4000, id, b"engine")), At(at + 1, 0, report(4000, id, TIME))]);
        }
        assert_eq!(outcomes(&packets), [wrong; 3]);
        // Another session of the same manager shows nothing of this one, nor does one that begins much later.
        packets.extend([At(60, 0, ask(4001, 9, b"engine")), At(61, 0, answer(4001, 9))]);
        packets.extend([At(20_000, 0, ask(4000, 10, b"engine")), At(20_001, 0, answer(4000, 10))]);
        assert_eq!(outcomes(&packets)[..3], [wrong; 3]);
        // Nor a discovery in between.
        packets.insert(6, At(40, 0, ask(4000, 11, b"")));
        packets.insert(7, At(41, 0, report(4000, 11, ENGINE)));
        assert_eq!(outcomes(&packets)[..3], [wrong; 3]);
    }

    #[test]
    fn an_engine_that_stays_unknown_and_a_user_who_is_are_errors() {
        let packets = [At(0, 0, ask(4000, 1, b"other")), At(1, 0, report(4000, 1, ENGINE))];
        assert_eq!(outcomes(&packets), [(Outcome::Error, "snmp.unknown_engine_id")]);
        // The user stays unknown, whatever is asked next.
        let packets = [
            At(0, 0, ask(4000, 1, b"engine")),
            At(1, 0, report(4000, 1, USER)),
            At(2, 0, ask(4000, 2, b"engine")),
            At(3, 0, answer(4000, 2)),
        ];
        assert_eq!(outcomes(&packets)[0], (Outcome::Error, "snmp.unknown_user"));
    }
}
