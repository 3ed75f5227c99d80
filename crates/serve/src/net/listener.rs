//! A socket that requests come to: how it is opened, and how many datagrams are read and sent with one call.
//!
//! A socket on the unspecified address is told with each datagram to which address it went (`IP_PKTINFO`, ip(7);
//! `IPV6_PKTINFO`, RFC 3542 section 6), and says the same when it answers: otherwise the kernel would choose an address,
//! and clients would not know who answers them.

use super::error::ServeError;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, Shutdown, SockFlag, SockType,
    SockaddrStorage, bind, recvmmsg, sendmmsg, setsockopt, shutdown, socket, sockopt,
};
use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

/// Datagrams read or sent with one call: more gains little, since the calls then cost less than the datagrams
/// (judgement), and chance keeps others waiting longer.
pub(super) const BATCH: usize = 64;
/// The longest UDP payload (RFC 768) over IPv4.
const LONGEST: usize = 65_507;
/// Room for one datagram: a few cache lines more than a power of two, so that the beginnings of all of them do not share
/// the same places in the processor's cache.
const ROOM: usize = 65_536 + 192;
/// Asked of the kernel for requests that wait: tens of thousands of small ones. It may give less
/// (`net.core.rmem_max`).
const RECEIVE_BUFFER: usize = 4 << 20;

/// A socket that requests come to.
#[derive(Debug)]
pub(super) struct Listener {
    socket: UdpSocket,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// The address that answers come from, if it is another one.
    source: Option<IpAddr>,
}

/// A datagram of a batch.
pub(super) struct Arrived<'a> {
    pub(super) from: SocketAddr,
    /// The address that answers have to name, if the kernel has to be told.
    pub(super) source: Option<IpAddr>,
    pub(super) payload: &'a [u8],
}

/// What one thread needs to read and send batches.
pub(super) struct Batches {
    rooms: Vec<u8>,
    headers: Vec<Headers>,
}

/// The kernel's headers of a listener's batches. Each listener and direction has its own: reading leaves in them how long
/// an address and a control message were, which is how much room the next reading has, and sending leaves pointers to
/// addresses that are gone.
struct Headers {
    receiving: MultiHeaders<SockaddrStorage>,
    /// Sends from the address that the kernel chooses.
    plain: MultiHeaders<SockaddrStorage>,
    /// Sends from a given one.
    sourced: MultiHeaders<SockaddrStorage>,
}

impl Batches {
    pub(super) fn new(listeners: &[Listener]) -> Self {
        Self { rooms: vec![0; ROOM * BATCH], headers: listeners.iter().map(Headers::new).collect() }
    }
}

impl Headers {
    fn new(listener: &Listener) -> Self {
        let space = || {
            let four = listener.address.is_ipv4();
            if four { nix::cmsg_space!(libc::in_pktinfo) } else { nix::cmsg_space!(libc::in6_pktinfo) }
        };
        Self {
            receiving: MultiHeaders::preallocate(BATCH, listener.told().then(space)),
            plain: MultiHeaders::preallocate(BATCH, None),
            sourced: MultiHeaders::preallocate(BATCH, Some(space())),
        }
    }
}

impl Listener {
    /// Opens `count` sockets on one address, which share what comes (`SO_REUSEPORT`, socket(7)).
    pub(super) fn open(
        at: SocketAddr,
        source: Option<IpAddr>,
        count: usize,
    ) -> Result<Vec<Self>, ServeError> {
        // Alone first: sockets that share a port would also share it with another program's.
        let alone = Self::bound(at, source, false)?;
        if count <= 1 {
            return Ok(vec![alone]);
        }
        let at = alone.address;
        drop(alone);
        (0..count).map(|_| Self::bound(at, source, true)).collect()
    }

    fn bound(at: SocketAddr, source: Option<IpAddr>, shared: bool) -> Result<Self, ServeError> {
        let failed = |errno| ServeError::listening(at, errno);
        let family = if at.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
        let socket = socket(family, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None).map_err(failed)?;
        let prepared = prepare(&socket, at, shared);
        prepared.and_then(|()| bind(socket.as_raw_fd(), &SockaddrStorage::from(at))).map_err(failed)?;
        // Less room only loses more under overload.
        let _ = setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_BUFFER);
        let socket = UdpSocket::from(socket);
        let address = socket.local_addr().map_err(|_| failed(Errno::last()))?;
        Ok(Self { socket, address, source })
    }

    /// What tells that something has come.
    pub(super) fn handle(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Whether the kernel says to which address a datagram went.
    fn told(&self) -> bool {
        self.address.ip().is_unspecified()
    }

    /// Wakes up whoever waits in [`Listener::read`]; it reads nothing any more. (On a socket without a peer the call fails
    /// with `ENOTCONN`, and does this all the same: `inet_shutdown` of the kernel.)
    pub(super) fn end(&self) {
        let _ = shutdown(self.socket.as_raw_fd(), Shutdown::Read);
    }

    /// A second handle for the same socket.
    pub(super) fn again(&self) -> Result<Self, ServeError> {
        let socket =
            self.socket.try_clone().map_err(|_| ServeError::system("copy a socket", Errno::last()))?;
        Ok(Self { socket, address: self.address, source: self.source })
    }

    /// Reads what is there, at most a batch, and hands it over one by one with its number; returns how many there were.
    /// With `waits` it waits for the first one. What comes when `over` says so is ignored. `place` is the listener's in the list that the batches were made of.
    pub(super) fn read(
        &self,
        place: usize,
        batches: &mut Batches,
        waits: bool,
        over: impl Fn() -> bool,
        mut each: impl FnMut(usize, Arrived<'_>),
    ) -> Result<usize, ServeError> {
        let mut rooms = batches.rooms.chunks_exact_mut(ROOM);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(rooms.next().unwrap_or_default())]);
        let flags = if waits { MsgFlags::MSG_WAITFORONE } else { MsgFlags::MSG_DONTWAIT };
        let socket = self.socket.as_raw_fd();
        let told = self.told();
        let Some(headers) = batches.headers.get_mut(place) else { return Ok(0) };
        let arrived = match recvmmsg(socket, &mut headers.receiving, slices.iter_mut(), flags, None) {
            Ok(arrived) => arrived,
            Err(Errno::EAGAIN | Errno::EINTR) => return Ok(0),
            Err(errno) => return Err(ServeError::system(format!("read from {}", self.address), errno)),
        };
        // What a socket that was shut down returns is no datagram, and has no address.
        if over() {
            return Ok(0);
        }
        let mut count = 0;
        for message in arrived {
            let number = count;
            count += 1;
            let Some(from) = message.address.as_ref().and_then(address) else { continue };
            let mut source = self.source;
            if told && source.is_none() {
                source = message.cmsgs().ok().and_then(|mut all| all.find_map(destination));
            }
            each(number, Arrived { from, source, payload: message.iovs().next().unwrap_or_default() });
        }
        Ok(count)
    }

    /// Sends replies from one address, at most a batch; returns how many the kernel took.
    pub(super) fn send(
        &self,
        place: usize,
        batches: &mut Batches,
        replies: &[(SocketAddr, &[u8])],
        source: Option<IpAddr>,
    ) -> usize {
        let slices: Vec<[IoSlice<'_>; 1]> =
            replies.iter().map(|(_, payload)| [IoSlice::new(payload)]).collect();
        let to: Vec<Option<SockaddrStorage>> = replies.iter().map(|(to, _)| Some((*to).into())).collect();
        let Some(headers) = batches.headers.get_mut(place) else { return 0 };
        let (mut begin, mut sent) = (0, 0);
        while begin < replies.len() {
            match self.send_some(headers, &slices[begin..], &to[begin..], source) {
                Ok(count) => {
                    sent += count;
                    begin += count;
                    // What stopped it is the first one's error in the next call.
                    if count == 0 {
                        begin += 1;
                    }
                }
                Err(Errno::EINTR) => {}
                // One that cannot be sent (port 0, no route) must not hold up the others.
                Err(_) => begin += 1,
            }
        }
        sent
    }

    fn send_some(
        &self,
        headers: &mut Headers,
        slices: &[[IoSlice<'_>; 1]],
        to: &[Option<SockaddrStorage>],
        source: Option<IpAddr>,
    ) -> Result<usize, Errno> {
        let (socket, flags) = (self.socket.as_raw_fd(), MsgFlags::empty());
        let sent = match source {
            None => sendmmsg(socket, &mut headers.plain, slices, to, [], flags)?.count(),
            Some(IpAddr::V4(address)) => {
                let spec = libc::in_addr { s_addr: u32::from_ne_bytes(address.octets()) };
                let none = libc::in_addr { s_addr: 0 };
                let info = libc::in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: spec, ipi_addr: none };
                let about = [ControlMessage::Ipv4PacketInfo(&info)];
                sendmmsg(socket, &mut headers.sourced, slices, to, about, flags)?.count()
            }
            Some(IpAddr::V6(address)) => {
                let spec = libc::in6_addr { s6_addr: address.octets() };
                let info = libc::in6_pktinfo { ipi6_addr: spec, ipi6_ifindex: 0 };
                let about = [ControlMessage::Ipv6PacketInfo(&info)];
                sendmmsg(socket, &mut headers.sourced, slices, to, about, flags)?.count()
            }
        };
        Ok(sent)
    }
}

fn prepare(socket: &OwnedFd, at: SocketAddr, shared: bool) -> Result<(), Errno> {
    if shared {
        setsockopt(socket, sockopt::ReusePort, &true)?;
    }
    if at.is_ipv6() {
        // 0.0.0.0 and :: can then both be listened on, and IPv4 addresses look like themselves.
        setsockopt(socket, sockopt::Ipv6V6Only, &true)?;
    }
    match (at.ip().is_unspecified(), at.is_ipv4()) {
        (true, true) => setsockopt(socket, sockopt::Ipv4PacketInfo, &true),
        (true, false) => setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true),
        (false, _) => Ok(()),
    }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let four = storage.as_sockaddr_in().map(|four| SocketAddr::from(*four));
    four.or_else(|| storage.as_sockaddr_in6().map(|six| SocketAddr::from(*six)))
}

/// To which of this host's addresses a datagram went.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "nix has dozens of other messages, none of which was asked for"
)]
fn destination(message: ControlMessageOwned) -> Option<IpAddr> {
    match message {
        // The local address rather than the header's: for a broadcast they differ (ip(7)).
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            Some(IpAddr::from(info.ipi_spec_dst.s_addr.to_ne_bytes()))
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(IpAddr::from(info.ipi6_addr.s6_addr)),
        _ => None,
    }
}

const _: () = assert!(ROOM > LONGEST);
