//! The few calls into the kernel for which no safe wrapper exists: the only place with unsafe code.
//!
//! [`packet_socket`] makes a socket that receives nothing yet; [`Ring`] gives it shared memory; [`receive`] lets
//! it receive. [`drop_capabilities`] gives up privileges. Everything else in this crate is safe code on top.
#![expect(
    unsafe_code,
    reason = "shared memory of a packet socket, and socket options and addresses that nix lacks"
)]

mod block;
mod ring;
mod socket;

pub(crate) use ring::{BLOCK, Ring};
pub(crate) use socket::{
    Kind, Tally, attach, bound, drop_capabilities, hardware, ignore_outgoing, packet_socket, point,
    promiscuous, receive, statistics,
};
