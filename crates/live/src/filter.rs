//! Which packets are wanted, and the program with which the kernel selects them.
//!
//! [`Filter`] is what the user asked for. [`Filter::program`] turns it into classic BPF for one kind of link:
//! `program` says what is tested in which order, `assembler` turns labels into jumps. The kernel runs it for each
//! frame, so that a busy node copies only what is wanted.
//!
//! Several protocols, hosts or ports are alternatives; protocol, host and port must all match. They are matched against
//! the packet on the link or one inside up to two tunnels. What cannot be decided is let through: fragments
//! after the first (they have no ports; the host is checked), labels (MPLS), tunnels inside two others. ICMP errors
//! are always let through, whoever sent them: they say why there was no reply.

mod assembler;
mod prefix;
mod program;

pub use prefix::{NotAPrefix, Prefix};

use std::fmt;
use unanswered_wire::ProtocolId;

/// What is wanted; the default is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Any of these, as they declare what a live capture has to let through; empty means all.
    pub protocols: Vec<ProtocolId>,
    /// From or to any of these; empty means all.
    pub hosts: Vec<Prefix>,
    /// With any of these as source or destination port; empty means all.
    pub ports: Vec<u16>,
}

/// One instruction of classic BPF (`struct sock_filter`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What it does.
    pub code: u16,
    /// How many instructions a conditional jump skips when its condition holds.
    pub yes: u8,
    /// How many when it does not.
    pub no: u8,
    /// Its operand.
    pub value: u32,
}

/// What a frame begins with, as the filter sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// An Ethernet header.
    Ethernet,
    /// An IP header.
    Ip,
}

/// The filter is longer than the kernel accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the filter has {instructions} instructions and the kernel takes {most}", most = Filter::INSTRUCTIONS_MAX)]
pub struct TooLong {
    /// Its instructions.
    pub instructions: usize,
}

impl TooLong {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some("use fewer --host or wider prefixes".to_owned())
    }
}

impl Filter {
    /// Maximum number of instructions that the kernel accepts (`BPF_MAXINSNS`).
    pub const INSTRUCTIONS_MAX: usize = 4096;

    /// Whether everything is wanted.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.protocols.is_empty() && self.hosts.is_empty() && self.ports.is_empty()
    }

    /// The program that keeps `snap` bytes of each frame that is wanted.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn program(&self, begins: Begins, snap: u32) -> Result<Vec<Instruction>, TooLong> {
        let program = program::assembled(self, begins, snap);
        let instructions = program.len();
        if instructions > Self::INSTRUCTIONS_MAX { Err(TooLong { instructions }) } else { Ok(program) }
    }
}

impl fmt::Display for Filter {
    /// As on the command line: `protocol ntp,dns and host 192.0.2.1`; nothing when everything is wanted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: Vec<String>| values.join(",");
        let kinds = [
            ("protocol", list(self.protocols.iter().map(|p| p.declaration().name.to_owned()).collect())),
            ("host", list(self.hosts.iter().map(ToString::to_string).collect())),
            ("port", list(self.ports.iter().map(ToString::to_string).collect())),
        ];
        let asked = kinds.iter().filter(|(_, values)| !values.is_empty());
        let words: Vec<String> = asked.map(|(kind, values)| format!("{kind} {values}")).collect();
        f.write_str(&words.join(" and "))
    }
}
