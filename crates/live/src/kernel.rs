//! The few calls into the kernel that no safe wrapper exists for: the one place with unsafe code.
//!
//! [`packet_socket`] makes a socket that hears nothing yet; [`Ring`] gives it shared memory; [`bind`] lets it
//! hear. [`drop_capabilities`] gives up rights. Everything else of this crate is safe code on top.
#![expect(
    unsafe_code,
    reason = "shared memory of a packet socket, and socket options and addresses that nix lacks"
)]

mod block;
mod ring;
mod socket;

pub(crate) use ring::{BLOCK, Ring};
pub(crate) use socket::{
    Kind, Tally, attach, bind, bound, drop_capabilities, hardware, ignore_outgoing, packet_socket,
    promiscuous, statistics,
};
