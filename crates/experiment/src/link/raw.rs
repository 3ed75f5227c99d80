//! Raw sockets: whole IPv4 packets out, and copies of all UDP, TCP and ICMP packets that the host accepts in (raw(7)).
//!
//! Replies to ports that a daemon of the node holds arrive here, too: the system hands a copy to each raw socket. The daemon gets its own
//! copy, and drops it as one that it did not ask for. A free port is held by an ordinary socket while a plan lasts, so that the
//! system does not answer the reply with "port unreachable".

use super::wait::readable;
use super::{Link, LinkError};
use crate::batch::Incoming;
use crate::maker::Request;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, recv, sendto, setsockopt, socket,
    sockopt,
};
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;
use unanswered_wire::emit;

/// Largest IP packet.
const PACKET_MOST: usize = 65_535;
/// Bytes that every link takes without fragments, where the system does not say more: Ethernet's.
const MTU: u16 = 1500;
/// Room for arrivals while nobody reads, bytes.
const BUFFER: usize = 1 << 20;

/// A link that sends whole packets.
#[derive(Debug)]
pub struct RawLink {
    out: OwnedFd,
    into: Vec<OwnedFd>,
    to: Ipv4Addr,
    local: Ipv4Addr,
    held: Vec<UdpSocket>,
    buffer: Vec<u8>,
}

impl RawLink {
    /// Opens the sockets. Rights can be given up afterwards.
    ///
    /// # Errors
    /// No rights, an IPv6 address, an interface that does not exist.
    pub fn open(to: IpAddr, local: IpAddr, interface: Option<&str>) -> Result<Self, LinkError> {
        let (IpAddr::V4(to), IpAddr::V4(local)) = (to, local) else { return Err(LinkError::OnlyIpv4(to)) };
        let out = raw(SockProtocol::Raw)?;
        let into = [SockProtocol::Udp, SockProtocol::Icmp, SockProtocol::Tcp].map(raw);
        let into = into.into_iter().collect::<Result<Vec<_>, _>>()?;
        for socket in std::iter::once(&out).chain(&into) {
            if let Some(name) = interface {
                setsockopt(socket, sockopt::BindToDevice, &OsString::from(name))
                    .map_err(|errno| system("binding to the interface", errno))?;
            }
            // Best effort: the default takes some hundred packets.
            let _ = setsockopt(socket, sockopt::RcvBuf, &BUFFER);
        }
        Ok(Self { out, into, to, local, held: Vec::new(), buffer: vec![0; PACKET_MOST] })
    }

    fn send_packet(&self, packet: &[u8]) -> Result<bool, LinkError> {
        let [a, b, c, d] = self.to.octets();
        match sendto(self.out.as_raw_fd(), packet, &SockaddrIn::new(a, b, c, d, 0), MsgFlags::empty()) {
            Ok(_) => Ok(true),
            Err(Errno::ENOBUFS | Errno::EAGAIN | Errno::EINTR | Errno::EPERM) => Ok(false),
            Err(errno @ (Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::ENETDOWN)) => {
                Err(LinkError::NoRoute { to: self.to.into(), source: errno.into() })
            }
            Err(errno) => Err(system("sending a packet", errno)),
        }
    }
}

impl Link for RawLink {
    fn send(&mut self, request: &Request) -> Result<bool, LinkError> {
        // A port that cannot be held is in use, or needs more rights: it can be asked from all the same.
        if let Ok(held) = UdpSocket::bind((self.local, request.key.port)) {
            self.held.push(held);
        }
        if request.packet.len() <= usize::from(MTU) {
            return self.send_packet(&request.packet);
        }
        let (mut pieces, mut all): (Vec<Vec<u8>>, bool) = (Vec::new(), true);
        emit::fragments(&mut Vec::new(), &request.packet, MTU, |piece| pieces.push(piece.to_vec()))
            .map_err(|error| system_words("cutting a request into fragments", &error))?;
        for piece in pieces {
            all &= self.send_packet(&piece)?;
        }
        Ok(all)
    }

    fn receive(&mut self, patience: Duration) -> Result<Option<Incoming>, LinkError> {
        let sockets: Vec<_> = self.into.iter().map(AsFd::as_fd).collect();
        let ready = readable(&sockets, patience)?;
        for (socket, _) in self.into.iter().zip(ready).filter(|(_, ready)| *ready) {
            match recv(socket.as_raw_fd(), &mut self.buffer, MsgFlags::MSG_DONTWAIT) {
                Ok(length) => {
                    return Ok(self.buffer.get(..length).map(|bytes| Incoming::Packet(bytes.to_vec())));
                }
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(errno) => return Err(system("reading a packet", errno)),
            }
        }
        Ok(None)
    }

    fn plan_ended(&mut self) {
        self.held.clear();
    }
}

fn raw(protocol: SockProtocol) -> Result<OwnedFd, LinkError> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    socket(AddressFamily::Inet, SockType::Raw, flags, protocol).map_err(|errno| {
        if matches!(errno, Errno::EPERM | Errno::EACCES) {
            LinkError::NoRights
        } else {
            system("opening a raw socket", errno)
        }
    })
}

fn system(doing: &'static str, errno: Errno) -> LinkError {
    LinkError::System { doing, source: errno.into() }
}

fn system_words(doing: &'static str, error: &emit::CannotEmit) -> LinkError {
    LinkError::System { doing, source: std::io::Error::other(error.to_string()) }
}
