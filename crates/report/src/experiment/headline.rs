//! The answer in one sentence, and what was asked of whom.

use super::{Experiment, answers, reasons, units, varied};
use crate::{number, text};

/// Longest name of a server or file that is shown in full, columns.
const NAME: usize = 60;

/// The answer, or why there is none: one sentence.
pub(super) fn answer(of: &Experiment) -> String {
    match answers::found(of) {
        Ok(found) => format!("{}.", units::capital(&found)),
        Err(because) => {
            format!("Cannot tell {}, because {}.", reasons::question(of), reasons::because(because, of))
        }
    }
}

/// `ntp-a (192.0.2.21), port 123`; the address only where it is not the name.
pub(super) fn whom(server: &str, address: std::net::IpAddr, port: Option<u16>) -> String {
    let address = address.to_string();
    let name = name(server);
    let port = port.map_or_else(String::new, |port| format!(", port {port}"));
    if name == address { format!("{address}{port}") } else { format!("{name} ({address}){port}") }
}

/// A name from outside, made safe and short.
pub(super) fn name(name: &str) -> String {
    text::shorten_middle(&text::safe(name), NAME).into_owned()
}

/// `37 requests in 12.3 s: 20 answered (1 of them late), 17 silent`.
pub(super) fn sent(of: &Experiment) -> String {
    let tally = of.tally;
    let late = match tally.late {
        0 => String::new(),
        late => format!(" ({late} of them late)"),
    };
    let known = tally.answered.saturating_add(tally.silent).saturating_add(tally.refused);
    let others = tally.sent.saturating_sub(known);
    let mut parts = vec![format!("{} answered{late}", tally.answered), format!("{} silent", tally.silent)];
    for (number, what) in
        [(tally.refused, "refused"), (others, "other (ICMP error, other address or not sent)")]
    {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    let requests = number::count(u64::from(tally.sent), &format!("{} request", name(&of.protocol)));
    format!("{requests} in {}: {}", units::lasting(of.took), parts.join(", "))
}

/// `source port 50000, which is known to work: 4 of them sent, 0 failed`; `None` where there was no control.
pub(super) fn control(of: &Experiment) -> Option<String> {
    (of.tally.controls > 0).then(|| {
        format!(
            "requests known to work ({}) between: {} sent, {} failed",
            units::settings(&of.fields, &of.control),
            of.tally.controls,
            of.tally.controls_failed
        )
    })
}

/// What was varied, and what all requests had in common.
pub(super) fn varied(of: &Experiment) -> Option<String> {
    let mut parts: Vec<String> = of.varied.iter().map(|one| varied::words(one, &of.fields)).collect();
    if !of.with.is_empty() {
        parts.push(format!("all with {}", units::settings(&of.fields, &of.with)));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
