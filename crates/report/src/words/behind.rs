//! Servers that fail because of those whom they ask themselves.

use super::listed;
use unanswered_explain::Behind;
use unanswered_wire::ProtocolId;

/// Whom a server asked in vain: `10.0.0.5 itself asked 10.0.0.9 (HTTP requests) in vain, for 60 of 60 failed requests and 0 of
/// 142 answered ones: look there first`.
#[must_use]
pub fn behind(behind: &Behind) -> String {
    let asked: Vec<String> = behind.asked.iter().map(ToString::to_string).collect();
    let how = ProtocolId::by_name(&behind.protocol).map(|protocol| protocol.declaration().requests);
    let how = how.map_or_else(String::new, |requests| format!(" ({requests})"));
    format!(
        "{} itself asked {}{how} in vain, for {} of {} failed requests and {} of {} answered ones: look there first",
        behind.asker,
        listed(&asked, "and"),
        behind.failed_with,
        behind.failed,
        behind.answered_with,
        behind.answered
    )
}

/// Whom to look at: `look at 10.0.0.9 first: 10.0.0.5 itself asked it in vain`.
#[must_use]
pub fn look_behind(behind: &Behind) -> String {
    let asked: Vec<String> = behind.asked.iter().map(ToString::to_string).collect();
    let it = if asked.len() == 1 { "it" } else { "them" };
    format!("look at {} first: {} itself asked {it} in vain", listed(&asked, "and"), behind.asker)
}
