//! What the program tests, in which order.
//!
//! The same sequence appears once for each depth: the packet on the link, one in a tunnel, one in a tunnel in
//! a tunnel. Where the IP header begins, where the transport header begins, which protocol it is and whether the host is
//! wanted are kept in scratch memory, so that the sequence is the same for all of them. A packet is let through as soon
//! as it is known to be wanted: a load beyond its end ends the program and drops it, and that must not
//! happen because of something inside.

mod tunnels;

use super::assembler::{Assembler, Label, code};
use super::{Begins, Filter, Instruction, Prefix};
use unanswered_wire::{TcpSelection, UdpSelection};

/// Scratch memory.
mod memory {
    /// Offset of the IP header, or of an Ethernet header inside a tunnel.
    pub(super) const NETWORK: u32 = 0;
    /// Offset of what follows the IP header.
    pub(super) const TRANSPORT: u32 = 1;
    /// Its protocol number.
    pub(super) const PROTOCOL: u32 = 2;
    /// 1 if the host is wanted.
    pub(super) const HOST: u32 = 3;
}

/// How many nested tunnels are looked into.
const DEPTH: usize = 2;

/// How many IPv6 extension headers are walked. Beyond that, the packet is kept if its host is wanted.
const EXTENSIONS: usize = 4;

/// How many VLAN tags of a frame are skipped.
const TAGS: usize = 2;

/// The ether type of ARP.
const ARP: u32 = 0x0806;

/// IANA's protocol numbers.
mod number {
    pub(super) const ICMP: u32 = 1;
    pub(super) const IPV4: u32 = 4;
    pub(super) const TCP: u32 = 6;
    pub(super) const UDP: u32 = 17;
    pub(super) const IPV6: u32 = 41;
    pub(super) const FRAGMENT: u32 = 44;
    pub(super) const GRE: u32 = 47;
    pub(super) const AUTHENTICATION: u32 = 51;
    pub(super) const ICMPV6: u32 = 58;
    pub(super) const MPLS: u32 = 137;
    /// Hop-by-hop, routing, destination options, mobility, HIP, SHIM6: length in units of 8 bytes, without the
    /// first.
    pub(super) const EXTENSIONS: [u32; 6] = [0, 43, 60, 135, 139, 140];
}

/// The program for this filter.
pub(super) fn assembled(filter: &Filter, begins: Begins, snap: u32) -> Vec<Instruction> {
    let mut assembler = Assembler::default();
    if !filter.is_everything() {
        let (keep, drop) = (assembler.label(), assembler.label());
        let mut writer = Writer { to: &mut assembler, filter, keep, drop };
        writer.set(memory::NETWORK, 0);
        writer.levels(begins);
        assembler.place(drop);
        assembler.plain(code::KEEP, 0);
        assembler.place(keep);
    }
    assembler.plain(code::KEEP, snap);
    assembler.assemble()
}

/// Writes the program for one filter.
struct Writer<'a> {
    to: &'a mut Assembler,
    filter: &'a Filter,
    keep: Label,
    drop: Label,
}

/// Where to continue with what a tunnel carries.
#[derive(Clone, Copy)]
struct Inside {
    ethernet: Label,
    ip: Label,
}

impl Writer<'_> {
    fn levels(&mut self, begins: Begins) {
        let mut here = Inside { ethernet: self.to.label(), ip: self.to.label() };
        for depth in 0..=DEPTH {
            // Nothing inside the innermost tunnel can be tested: whatever is there is kept.
            let inside = match depth {
                DEPTH => Inside { ethernet: self.keep, ip: self.keep },
                _ => Inside { ethernet: self.to.label(), ip: self.to.label() },
            };
            if depth > 0 || begins == Begins::Ethernet {
                self.to.place(here.ethernet);
                self.ethernet();
            }
            self.to.place(here.ip);
            self.ip(inside);
            here = inside;
        }
    }

    /// From an Ethernet header to the network header after it and its tags.
    fn ethernet(&mut self) {
        let (found, arp) = (self.to.label(), self.to.label());
        self.to.plain(code::RECALL_X, memory::NETWORK);
        for tag in 0..=TAGS {
            let ahead = u32::try_from(tag * 4).unwrap_or(0);
            self.to.plain(code::LOAD_HALF, 12 + ahead);
            let next = self.to.label();
            if tag < TAGS {
                for ether_type in [0x8100, 0x88a8, 0x9100] {
                    self.to.go_if(code::IF_EQUAL, ether_type, next);
                }
            }
            self.by_link_type(ahead, found, arp);
            self.to.place(next);
        }
        self.to.go(self.drop);
        self.arp(arp);
        self.to.place(found);
        self.to.plain(code::STORE, memory::NETWORK);
    }

    /// With the ether type in A, `ahead` bytes after its usual place: to `found` with the network header's
    /// offset in A, to `arp` with that of ARP, or else away.
    fn by_link_type(&mut self, ahead: u32, found: Label, arp: Label) {
        let (ip, length) = (self.to.label(), self.to.label());
        let (arp_here, arp_in_snap) = (self.to.label(), self.to.label());
        for ether_type in [0x0800, 0x86dd] {
            self.to.go_if(code::IF_EQUAL, ether_type, ip);
        }
        if self.neighbours() {
            self.to.go_if(code::IF_EQUAL, ARP, arp_here);
        }
        self.kept_if_labels();
        self.to.go_unless(code::IF_AT_LEAST, 0x600, length);
        self.to.go(self.drop);
        self.to.place(length);
        // A length: LLC, of which only SNAP with an ether type is followed (RFC 1042).
        self.to.plain(code::LOAD_WORD, 14 + ahead);
        self.to.go_unless(code::IF_EQUAL, 0xaaaa_0300, self.drop);
        self.to.plain(code::LOAD_HALF, 20 + ahead);
        let snap = self.to.label();
        for ether_type in [0x0800, 0x86dd] {
            self.to.go_if(code::IF_EQUAL, ether_type, snap);
        }
        if self.neighbours() {
            self.to.go_if(code::IF_EQUAL, ARP, arp_in_snap);
        }
        self.to.go(self.drop);
        if self.neighbours() {
            for (label, offset) in [(arp_here, 14), (arp_in_snap, 22)] {
                self.to.place(label);
                self.x_plus(offset + ahead);
                self.to.go(arp);
            }
        }
        self.to.place(snap);
        self.x_plus(22 + ahead);
        self.to.go(found);
        self.to.place(ip);
        self.x_plus(14 + ahead);
        self.to.go(found);
    }

    /// Whether ARP and neighbour discovery are wanted; neither has a port.
    fn neighbours(&self) -> bool {
        let Filter { protocols, ports, .. } = self.filter;
        let any = protocols.iter().any(|p| p.declaration().selection.neighbours);
        (protocols.is_empty() || any) && ports.is_empty()
    }

    /// At `label` an ARP packet, its offset in A: kept if the sender's or the target's IPv4 address is wanted (RFC 826).
    fn arp(&mut self, label: Label) {
        if !self.neighbours() {
            return;
        }
        self.to.place(label);
        if self.filter.hosts.is_empty() {
            return self.to.go(self.keep);
        }
        self.to.plain(code::STORE, memory::NETWORK);
        self.to.plain(code::RECALL_X, memory::NETWORK);
        self.set(memory::HOST, 0);
        self.host_at(false, &[14, 24]);
        self.kept_if_host();
        self.to.go(self.drop);
    }

    /// Kept if the host is wanted.
    fn kept_if_host(&mut self) {
        self.to.plain(code::RECALL, memory::HOST);
        self.to.go_if(code::IF_EQUAL, 1, self.keep);
    }

    /// With an ether type in A.
    fn kept_if_labels(&mut self) {
        for ether_type in [0x8847, 0x8848] {
            self.to.go_if(code::IF_EQUAL, ether_type, self.keep);
        }
    }

    /// An IP packet at `NETWORK`.
    fn ip(&mut self, inside: Inside) {
        let (v6, extensions, transport) = (self.to.label(), self.to.label(), self.to.label());
        let (later, unsure) = (self.to.label(), self.to.label());
        self.to.plain(code::RECALL_X, memory::NETWORK);
        self.to.plain(code::LOAD_BYTE, 0);
        self.to.plain(code::AND, 0xf0);
        self.to.go_if(code::IF_EQUAL, 0x60, v6);
        self.to.go_unless(code::IF_EQUAL, 0x40, self.drop);
        self.hosts(false);
        self.to.plain(code::LOAD_BYTE, 0);
        self.to.plain(code::AND, 0xf);
        self.to.plain(code::SHIFT_LEFT, 2);
        self.to.plain(code::ADD_X, 0);
        self.to.plain(code::STORE, memory::TRANSPORT);
        self.to.plain(code::LOAD_HALF, 6);
        self.to.go_if(code::IF_ANY_BIT, 0x1fff, later);
        self.to.plain(code::LOAD_BYTE, 9);
        self.to.plain(code::STORE, memory::PROTOCOL);
        self.to.go_if(code::IF_EQUAL, number::AUTHENTICATION, extensions);
        self.to.go(transport);
        self.to.place(v6);
        self.hosts(true);
        self.x_plus(40);
        self.to.plain(code::STORE, memory::TRANSPORT);
        self.to.plain(code::LOAD_BYTE, 6);
        self.to.plain(code::STORE, memory::PROTOCOL);
        self.to.place(extensions);
        for _ in 0..EXTENSIONS {
            self.extension(transport, later);
        }
        self.to.go(unsure);
        self.to.place(later);
        self.to.place(unsure);
        self.to.plain(code::RECALL, memory::HOST);
        self.to.go_if(code::IF_EQUAL, 1, self.keep);
        self.to.go(self.drop);
        self.to.place(transport);
        self.transport(inside);
    }

    /// Whether an address of the IP header at X is wanted; into `HOST`.
    fn hosts(&mut self, v6: bool) {
        if self.filter.hosts.is_empty() {
            return self.set(memory::HOST, 1);
        }
        self.set(memory::HOST, 0);
        self.host_at(v6, if v6 { &[8, 24] } else { &[12, 16] });
    }

    /// Whether an address that many bytes after X is wanted; if so, 1 into `HOST`.
    fn host_at(&mut self, v6: bool, places: &[u32]) {
        let (wanted, end) = (self.to.label(), self.to.label());
        let mut hosts: Vec<Prefix> = self.filter.hosts.iter().copied().filter(|h| h.is_v6() == v6).collect();
        if !v6 {
            self.v4_host_at(&mut hosts, places, wanted);
            hosts.clear();
        }
        for host in &hosts {
            for &place in places {
                let other = self.to.label();
                for (word, (value, mask)) in (0_u32..).zip(host.words()) {
                    if mask == 0 {
                        break;
                    }
                    self.to.plain(code::LOAD_WORD, place + word * 4);
                    if mask != u32::MAX {
                        self.to.plain(code::AND, mask);
                    }
                    self.to.go_unless(code::IF_EQUAL, value, other);
                }
                self.to.go(wanted);
                self.to.place(other);
            }
        }
        self.to.go(end);
        self.to.place(wanted);
        self.set(memory::HOST, 1);
        self.to.place(end);
    }

    /// Goes to `wanted` if one of the IPv4 addresses at these places is of one of the prefixes. Those of one length are compared
    /// with one load: programs with many hosts stay below what a socket has memory for.
    fn v4_host_at(&mut self, hosts: &mut [Prefix], places: &[u32], wanted: Label) {
        let word = |host: &Prefix| host.words().first().copied().unwrap_or((0, 0));
        hosts.sort_by_key(|host| word(host).1);
        for &place in places {
            let mut loaded = None;
            for (value, mask) in hosts.iter().map(word) {
                if loaded != Some(mask) {
                    self.to.plain(code::LOAD_WORD, place);
                    self.to.plain(code::AND, mask);
                    loaded = Some(mask);
                }
                self.to.go_if(code::IF_EQUAL, value, wanted);
            }
        }
    }

    /// One extension header at `TRANSPORT`, its kind in `PROTOCOL`: to `transport` if it is not one, to `later` if it is
    /// that of a fragment after the first; otherwise it is skipped.
    fn extension(&mut self, transport: Label, later: Label) {
        let [eights, fours, fragment, pass] = [(); 4].map(|()| self.to.label());
        self.to.plain(code::RECALL_X, memory::TRANSPORT);
        self.to.plain(code::RECALL, memory::PROTOCOL);
        for kind in number::EXTENSIONS {
            self.to.go_if(code::IF_EQUAL, kind, eights);
        }
        self.to.go_if(code::IF_EQUAL, number::AUTHENTICATION, fours);
        self.to.go_if(code::IF_EQUAL, number::FRAGMENT, fragment);
        self.to.go(transport);
        self.to.place(fragment);
        // Later fragments carry the next header of the first one, too.
        self.to.plain(code::LOAD_HALF, 2);
        self.to.go_if(code::IF_ANY_BIT, 0xfff8, later);
        self.to.plain(code::SET, 8);
        self.to.go(pass);
        self.to.place(fours);
        self.to.plain(code::LOAD_BYTE, 1);
        self.to.plain(code::ADD, 2);
        self.to.plain(code::SHIFT_LEFT, 2);
        self.to.go(pass);
        self.to.place(eights);
        self.to.plain(code::LOAD_BYTE, 1);
        self.to.plain(code::ADD, 1);
        self.to.plain(code::SHIFT_LEFT, 3);
        self.to.place(pass);
        self.to.plain(code::ADD_X, 0);
        self.to.plain(code::STORE, memory::TRANSPORT);
        self.to.plain(code::LOAD_BYTE, 0);
        self.to.plain(code::STORE, memory::PROTOCOL);
    }

    /// What is at `TRANSPORT`: wanted, a tunnel, or neither.
    fn transport(&mut self, inside: Inside) {
        let [icmp, icmp_v6, tunnel, echo] = [(); 4].map(|()| self.to.label());
        self.to.plain(code::RECALL_X, memory::TRANSPORT);
        self.to.plain(code::RECALL, memory::PROTOCOL);
        self.to.go_if(code::IF_EQUAL, number::ICMP, icmp);
        self.to.go_if(code::IF_EQUAL, number::ICMPV6, icmp_v6);
        self.to.plain(code::RECALL, memory::HOST);
        self.to.go_unless(code::IF_EQUAL, 1, tunnel);
        self.wanted(tunnel);
        self.to.go(self.keep);
        self.to.place(icmp);
        self.to.plain(code::LOAD_BYTE, 0);
        // Unreachable, source quench, redirect, time exceeded, parameter problem (RFC 792).
        for kind in [3, 4, 5, 11, 12] {
            self.to.go_if(code::IF_EQUAL, kind, self.keep);
        }
        self.to.go(echo);
        self.to.place(icmp_v6);
        self.to.plain(code::LOAD_BYTE, 0);
        // Errors have types below 128 (RFC 4443 section 2.1).
        self.to.go_unless(code::IF_AT_LEAST, 128, self.keep);
        self.discovery();
        self.to.place(echo);
        let protocols = &self.filter.protocols;
        let echo = protocols.is_empty() || protocols.iter().any(|p| p.declaration().selection.echo);
        if echo && self.filter.ports.is_empty() {
            self.kept_if_host();
        }
        self.to.go(self.drop);
        self.to.place(tunnel);
        self.tunnel(inside);
    }

    /// With the type of an ICMPv6 message at X in A: away if it is one of neighbour discovery (RFC 4861), whose target counts
    /// as a host, too.
    fn discovery(&mut self) {
        let (ours, other) = (self.to.label(), self.to.label());
        for kind in [135, 136] {
            self.to.go_if(code::IF_EQUAL, kind, ours);
        }
        self.to.go(other);
        self.to.place(ours);
        if self.neighbours() {
            self.kept_if_host();
            self.host_at(true, &[8]);
            self.kept_if_host();
        }
        self.to.go(self.drop);
        self.to.place(other);
    }

    /// Falls through if protocol and port are wanted, else goes to `otherwise`; X is at the transport.
    fn wanted(&mut self, otherwise: Label) {
        let Filter { protocols, ports, .. } = self.filter;
        let right = self.to.label();
        if !protocols.is_empty() {
            for protocol in protocols {
                let selection = protocol.declaration().selection;
                match selection.udp {
                    UdpSelection::Ports([]) => {}
                    UdpSelection::Ports(ports) => self.carried(&[number::UDP], ports, right),
                    UdpSelection::All => self.carried(&[number::UDP], &[], right),
                }
                match selection.tcp {
                    TcpSelection::None => {}
                    TcpSelection::Ports(ports) => self.carried(&[number::TCP], ports, right),
                    TcpSelection::All => self.carried(&[number::TCP], &[], right),
                }
            }
            self.to.go(otherwise);
        }
        self.to.place(right);
        if !ports.is_empty() {
            let right = self.to.label();
            // SCTP has its ports at the same place (RFC 9260 section 3.1).
            self.carried(&[number::UDP, number::TCP, 132], ports, right);
            self.to.go(otherwise);
            self.to.place(right);
        }
    }

    /// Goes to `right` if the protocol is one of `carriers` and a port one of `ports` (or there are none).
    fn carried(&mut self, carriers: &[u32], ports: &[u16], right: Label) {
        let (look, not) = (self.to.label(), self.to.label());
        self.to.plain(code::RECALL, memory::PROTOCOL);
        for carrier in carriers {
            self.to.go_if(code::IF_EQUAL, *carrier, look);
        }
        self.to.go(not);
        self.to.place(look);
        if ports.is_empty() {
            self.to.go(right);
        }
        for side in [0, 2].into_iter().filter(|_| !ports.is_empty()) {
            self.to.plain(code::LOAD_HALF, side);
            for port in ports {
                self.to.go_if(code::IF_EQUAL, u32::from(*port), right);
            }
        }
        self.to.place(not);
    }

    /// A = X + value.
    fn x_plus(&mut self, value: u32) {
        self.to.plain(code::SET, value);
        self.to.plain(code::ADD_X, 0);
    }

    /// A word of scratch memory gets a value.
    fn set(&mut self, place: u32, value: u32) {
        self.to.plain(code::SET, value);
        self.to.plain(code::STORE, place);
    }
}
