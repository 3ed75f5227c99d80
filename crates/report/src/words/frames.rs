//! Frames that pair with nothing, by what they are.

use crate::number;
use std::collections::BTreeMap;
use unanswered_exchange::{FrameCounts, UnpairedFrames};
use unanswered_wire::Unpaired;

/// Kinds that are named; the others are counted together.
const NAMED_MAX: usize = 5;

/// `40 DHCP frames and 12 frames to UDP 1812 are not paired, all of them one way`; `None` where all are paired, belong to
/// connections or were not understood.
#[must_use]
pub fn not_paired(counts: &FrameCounts) -> Option<String> {
    let all: u64 = counts.not_paired.iter().map(|group| group.frames).sum();
    let one_way: u64 = counts.not_paired.iter().map(|group| group.one_way).sum();
    if all == 0 {
        return None;
    }
    let verb = if all == 1 { "is" } else { "are" };
    let ways = match one_way {
        0 => String::new(),
        1 if all == 1 => ", one way".to_owned(),
        n if n == all => ", all of them one way".to_owned(),
        n => format!(", {n} of them one way"),
    };
    Some(format!("{} {verb} not paired{ways}", super::listed(&kinds(&counts.not_paired), "and")))
}

/// The most frequent kinds in words, and how many others there are.
fn kinds(groups: &[UnpairedFrames]) -> Vec<String> {
    // Two ports of one service have one name.
    let mut named: BTreeMap<&str, u64> = BTreeMap::new();
    let mut all: Vec<(u64, String)> = Vec::new();
    for group in groups {
        match group.what.name() {
            Some(name) => *named.entry(name).or_default() += group.frames,
            None => all.push((group.frames, unnamed(group))),
        }
    }
    all.extend(named.into_iter().map(|(name, n)| (n, number::count(n, &format!("{name} frame")))));
    all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let others: u64 = all.iter().skip(NAMED_MAX).map(|(frames, _)| frames).sum();
    let mut kinds: Vec<String> = all.into_iter().take(NAMED_MAX).map(|(_, words)| words).collect();
    if others > 0 {
        kinds.push(number::count(others, "other frame"));
    }
    kinds
}

/// `12 frames to UDP 1812`.
fn unnamed(group: &UnpairedFrames) -> String {
    let frames = number::count(group.frames, "frame");
    match group.what {
        Unpaired::Udp(port) => format!("{frames} to UDP {port}"),
        Unpaired::UdpBetween => format!("{frames} between ephemeral UDP ports"),
        Unpaired::Sctp(port) => format!("{frames} to SCTP {port}"),
        Unpaired::Icmp(kind) => format!("{frames} of ICMP type {kind}"),
        Unpaired::IcmpV6(kind) => format!("{frames} of ICMPv6 type {kind}"),
        Unpaired::Ip(protocol) => format!("{frames} of IP protocol {protocol}"),
        Unpaired::Arp => format!("{frames} of ARP"),
        Unpaired::Discovery => format!("{frames} of neighbour discovery"),
        Unpaired::Fragment => number::count(group.frames, "later fragment"),
    }
}

/// Where all frames went: `690 frames: 600 paired, 80 in TCP connections, 10 not paired`.
#[must_use]
pub fn frames(counts: &FrameCounts) -> String {
    let parts = [
        (counts.paired, "paired"),
        (counts.connection, "in TCP connections"),
        (counts.not_paired_total(), "not paired"),
        (counts.not_understood, "not understood"),
        (counts.left_out, "left out"),
    ];
    let said = parts.iter().filter(|(frames, _)| *frames > 0);
    let said: Vec<String> = said.map(|(frames, what)| format!("{frames} {what}")).collect();
    let read = number::count(counts.read, "frame");
    if said.is_empty() { read } else { format!("{read}: {}", said.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(groups: &[(Unpaired, u64, u64)]) -> Option<String> {
        let not_paired =
            groups.iter().map(|&(what, frames, one_way)| UnpairedFrames { what, frames, one_way });
        not_paired_of(not_paired.collect())
    }

    fn not_paired_of(groups: Vec<UnpairedFrames>) -> Option<String> {
        not_paired(&FrameCounts { not_paired: groups, ..FrameCounts::default() })
    }

    #[test]
    fn kinds_are_named_by_their_service_or_number() {
        assert_eq!(of(&[]), None);
        let words =
            of(&[(Unpaired::Udp(67), 30, 0), (Unpaired::Udp(1812), 12, 12), (Unpaired::Udp(68), 10, 0)]);
        let expected = "40 DHCP frames and 12 frames to UDP 1812 are not paired, 12 of them one way";
        assert_eq!(words.as_deref(), Some(expected));
        let words = of(&[(Unpaired::Udp(161), 200, 200)]);
        assert_eq!(words.as_deref(), Some("200 frames to UDP 161 are not paired, all of them one way"));
        assert_eq!(of(&[(Unpaired::Ip(89), 1, 0)]).as_deref(), Some("1 OSPF frame is not paired"));
    }

    #[test]
    fn of_many_kinds_the_most_frequent_are_named() {
        let many: Vec<_> = (1..=8).map(|n| (Unpaired::Ip(200 + n), u64::from(n), 0)).collect();
        let words = of(&many).unwrap_or_default();
        assert!(words.starts_with("8 frames of IP protocol 208, 7 frames"), "{words}");
        assert!(words.ends_with("4 frames of IP protocol 204 and 6 other frames are not paired"), "{words}");
    }

    #[test]
    fn all_frames_are_said_with_where_they_went() {
        let counts = FrameCounts { read: 7, paired: 4, left_out: 3, ..FrameCounts::default() };
        assert_eq!(frames(&counts), "7 frames: 4 paired, 3 left out");
    }
}
