//! Tunnels: whether a packet is one, and where its content begins.

use super::{Inside, Writer, memory, number};
use crate::filter::assembler::code;

impl Writer<'_> {
    /// Into a tunnel at `TRANSPORT`, if it is one; X is there.
    pub(super) fn tunnel(&mut self, inside: Inside) {
        let [udp, gre, ip] = [(); 3].map(|()| self.to.label());
        self.to.plain(code::RECALL, memory::PROTOCOL);
        self.to.go_if(code::IF_EQUAL, number::UDP, udp);
        self.to.go_if(code::IF_EQUAL, number::GRE, gre);
        for version in [number::IPV4, number::IPV6] {
            self.to.go_if(code::IF_EQUAL, version, ip);
        }
        self.to.go_if(code::IF_EQUAL, number::MPLS, self.keep);
        self.to.go(self.drop);
        self.to.place(ip);
        self.to.plain(code::STORE_X, memory::NETWORK);
        self.to.go(inside.ip);
        self.to.place(gre);
        self.gre(inside);
        self.to.place(udp);
        let [vxlan, geneve] = [(); 2].map(|()| self.to.label());
        self.to.plain(code::LOAD_HALF, 2);
        self.to.go_if(code::IF_EQUAL, 4789, vxlan);
        self.to.go_if(code::IF_EQUAL, 8472, vxlan);
        self.to.go_if(code::IF_EQUAL, 6081, geneve);
        // MPLS in UDP (RFC 7510).
        self.to.go_if(code::IF_EQUAL, 6635, self.keep);
        self.to.go(self.drop);
        self.to.place(vxlan);
        // The flag that says that a network identifier is present (RFC 7348 section 5).
        self.to.plain(code::LOAD_BYTE, 8);
        self.to.go_unless(code::IF_ANY_BIT, 0x08, self.drop);
        self.x_plus(16);
        self.to.plain(code::STORE, memory::NETWORK);
        self.to.go(inside.ethernet);
        self.to.place(geneve);
        // Options in words of 4 bytes (RFC 8926 section 3.4).
        self.to.plain(code::LOAD_BYTE, 8);
        self.to.plain(code::AND, 0x3f);
        self.to.plain(code::SHIFT_LEFT, 2);
        self.to.plain(code::ADD_X, 0);
        self.to.plain(code::ADD, 16);
        self.to.plain(code::STORE, memory::NETWORK);
        self.to.plain(code::LOAD_HALF, 10);
        self.by_ether_type(inside);
    }

    /// Version 0 with checksum, key and sequence number, 4 bytes each (RFC 2784, RFC 2890).
    fn gre(&mut self, inside: Inside) {
        self.to.plain(code::LOAD_HALF, 0);
        self.to.go_if(code::IF_ANY_BIT, 0x4fff, self.drop);
        self.x_plus(4);
        self.to.plain(code::STORE, memory::NETWORK);
        for flag in [0x8000, 0x2000, 0x1000] {
            let without = self.to.label();
            self.to.plain(code::LOAD_HALF, 0);
            self.to.go_unless(code::IF_ANY_BIT, flag, without);
            self.to.plain(code::RECALL, memory::NETWORK);
            self.to.plain(code::ADD, 4);
            self.to.plain(code::STORE, memory::NETWORK);
            self.to.place(without);
        }
        self.to.plain(code::LOAD_HALF, 2);
        self.by_ether_type(inside);
    }

    /// With the type of what is at `NETWORK` in A.
    fn by_ether_type(&mut self, inside: Inside) {
        self.to.go_if(code::IF_EQUAL, 0x6558, inside.ethernet);
        self.to.go_if(code::IF_EQUAL, 0x0800, inside.ip);
        self.to.go_if(code::IF_EQUAL, 0x86dd, inside.ip);
        self.kept_if_labels();
        self.to.go(self.drop);
    }
}
