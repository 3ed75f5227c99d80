//! Packet sockets: making, filtering, binding, counting; and giving up privileges.
//!
//! Order matters (packet(7)): a socket with protocol 0 receives nothing, so filter and ring are in place before
//! [`receive`] lets the first frame in.

use crate::filter::Instruction;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};

/// What the frames of a socket begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The link header.
    Link,
    /// The network header; the kernel removes whatever the device puts in front.
    Network,
}

/// What the kernel has counted since the last call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Frames that passed the filter, including lost ones.
    pub(crate) received: u64,
    /// Frames for which the ring had no room.
    pub(crate) dropped: u64,
}

/// A packet socket in the network namespace of this thread that receives nothing yet.
pub(crate) fn packet_socket(kind: Kind) -> Result<OwnedFd, Errno> {
    let kind = match kind {
        Kind::Link => SockType::Raw,
        Kind::Network => SockType::Datagram,
    };
    socket(AddressFamily::Packet, kind, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, None)
}

/// Attaches a filter; the kernel checks it (`EINVAL` if it rejects it).
pub(crate) fn attach(socket: &impl AsFd, filter: &[Instruction]) -> Result<(), Errno> {
    let mut code: Vec<libc::sock_filter> = filter
        .iter()
        .map(|one| libc::sock_filter { code: one.code, jt: one.yes, jf: one.no, k: one.value })
        .collect();
    let length = u16::try_from(code.len()).map_err(|_| Errno::EINVAL)?;
    // The kernel copies the program and does not change it.
    let program = libc::sock_fprog { len: length, filter: code.as_mut_ptr() };
    set(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
}

/// Says which interface the socket is for, without receiving: it has to exist (`ENODEV`). Protocol 0 means none.
pub(crate) fn point(socket: &impl AsFd, interface: i32) -> Result<(), Errno> {
    bind_to(socket, interface, 0)
}

/// Lets the socket receive from one interface, every protocol. The kernel only adds it to a list, which takes
/// microseconds; a socket that receives already would have to be taken off another list first, which takes thousands.
pub(crate) fn receive(socket: &impl AsFd, interface: i32) -> Result<(), Errno> {
    let every = u16::try_from(libc::ETH_P_ALL).map_err(|_| Errno::EINVAL)?;
    bind_to(socket, interface, every)
}

fn bind_to(socket: &impl AsFd, interface: i32, protocol: u16) -> Result<(), Errno> {
    let family = u16::try_from(libc::AF_PACKET).map_err(|_| Errno::EAFNOSUPPORT)?;
    let address = libc::sockaddr_ll {
        sll_family: family,
        sll_protocol: protocol.to_be(),
        sll_ifindex: interface,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    let length = libc::socklen_t::try_from(size_of::<libc::sockaddr_ll>()).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the pointer is to a whole sockaddr_ll that outlives the call, and the length is its own.
    let done = unsafe { libc::bind(socket.as_fd().as_raw_fd(), (&raw const address).cast(), length) };
    Errno::result(done).map(drop)
}

/// Makes the interface accept frames to other hosts too, for as long as the socket is open.
pub(crate) fn promiscuous(socket: &impl AsFd, interface: i32) -> Result<(), Errno> {
    let kind = u16::try_from(libc::PACKET_MR_PROMISC).map_err(|_| Errno::EINVAL)?;
    let membership =
        libc::packet_mreq { mr_ifindex: interface, mr_type: kind, mr_alen: 0, mr_address: [0; 8] };
    set(socket, libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &membership)
}

/// Makes the kernel leave out what the interface sends. Kernels before 4.20 refuse.
pub(crate) fn ignore_outgoing(socket: &impl AsFd) -> Result<(), Errno> {
    set(socket, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1_i32)
}

/// What the kernel has counted since the last call.
pub(crate) fn statistics(socket: &impl AsFd) -> Result<Tally, Errno> {
    // tpacket_stats_v3: packets, drops, freezes.
    let mut counts = [0_u32; 3];
    let mut length = libc::socklen_t::try_from(size_of_val(&counts)).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the kernel writes at most `length` bytes into `counts`, which is that long, and any bits are
    // a valid u32.
    let done = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
            counts.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    Errno::result(done)?;
    let [received, dropped, _] = counts.map(u64::from);
    Ok(Tally { received, dropped })
}

/// The index of the interface that the socket receives from; -1 once that is unregistered. (nix accepts no address of
/// an interface whose own address is shorter than eight bytes.)
pub(crate) fn bound(socket: &impl AsFd) -> Result<i32, Errno> {
    // sockaddr_ll in words of four bytes: family and protocol, interface, ...
    let mut address = [0_i32; size_of::<libc::sockaddr_ll>() / 4];
    let mut length = libc::socklen_t::try_from(size_of_val(&address)).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the kernel writes at most `length` bytes into `address`, which is that long, and any bits are a
    // valid i32.
    let done = unsafe {
        libc::getsockname(socket.as_fd().as_raw_fd(), address.as_mut_ptr().cast(), &raw mut length)
    };
    Errno::result(done)?;
    Ok(address[1])
}

/// The hardware type (`ARPHRD_*`) of an interface in the network namespace of this thread (netdevice(7)). The list of
/// interfaces has it only for those with a hardware address.
pub(crate) fn hardware(name: &str) -> Result<u16, Errno> {
    let socket = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    let family = libc::sockaddr { sa_family: 0, sa_data: [0; 14] };
    let mut request = libc::ifreq {
        ifr_name: [0; libc::IFNAMSIZ],
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_hwaddr: family },
    };
    // The last byte stays 0 and terminates the name.
    let room = request.ifr_name.iter_mut().take(libc::IFNAMSIZ - 1);
    for (slot, byte) in room.zip(name.bytes()) {
        *slot = libc::c_char::from_ne_bytes([byte]);
    }
    // SAFETY: the request is a whole ifreq with a name that is terminated by 0; the kernel reads the name and writes the
    // hardware address, nothing else.
    let done = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFHWADDR, &raw mut request) };
    Errno::result(done)?;
    // SAFETY: the call succeeded, so that the kernel has filled in this member (which was there before, too).
    Ok(unsafe { request.ifr_ifru.ifru_hwaddr.sa_family })
}

/// Sets a socket option of any plain type.
pub(super) fn set<T>(socket: &impl AsFd, level: i32, name: i32, value: &T) -> Result<(), Errno> {
    let length = libc::socklen_t::try_from(size_of::<T>()).map_err(|_| Errno::EINVAL)?;
    let socket = socket.as_fd().as_raw_fd();
    // SAFETY: the pointer is to a whole T that outlives the call, and the length is its own; the kernel
    // only reads. (Of a filter it also reads the program that the value points to, which the caller keeps.)
    let done = unsafe { libc::setsockopt(socket, level, name, (&raw const *value).cast(), length) };
    Errno::result(done).map(drop)
}

/// `struct __user_cap_header_struct` of `linux/capability.h`.
#[repr(C)]
struct CapabilityHeader {
    version: u32,
    process: i32,
}

/// `_LINUX_CAPABILITY_VERSION_3`: two words each of effective, permitted and inheritable.
const CAPABILITY_VERSION: u32 = 0x2008_0522;

/// Drops every capability of this thread (capset(2)); if it stays root, all that it can still do is own files.
pub(crate) fn drop_capabilities() -> Result<(), Errno> {
    let header = CapabilityHeader { version: CAPABILITY_VERSION, process: 0 };
    let none = [[0_u32; 3]; 2];
    // SAFETY: header and data have the layout of this version and outlive the call; the kernel only
    // reads them.
    let done = unsafe { libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) };
    Errno::result(done).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Begins, Filter};
    use std::net::UdpSocket;
    use unanswered_wire::ProtocolId;

    #[test]
    fn the_kernel_s_checker_takes_every_kind_of_program() {
        let protocols = [Vec::new(), ProtocolId::all().collect()];
        let few = ["192.0.2.1", "198.51.100.0/24", "2001:db8::/32", "0.0.0.0/0"];
        let many = (0..60).map(|number| format!("192.0.2.{number}")).collect::<Vec<_>>();
        let hosts = [Vec::new(), few.map(str::to_owned).to_vec(), many];
        // Any socket takes a filter; that needs no privileges.
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for protocols in protocols {
            for hosts in &hosts {
                for ports in [Vec::new(), vec![123, 53]] {
                    let hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
                    let filter = Filter { protocols: protocols.clone(), hosts, ports };
                    for begins in [Begins::Ethernet, Begins::Ip] {
                        let program = filter.program(begins, 65_535).unwrap();
                        assert_eq!(attach(&socket, &program), Ok(()), "{filter:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn loopback_has_its_own_hardware_type_and_what_is_not_there_has_none() {
        assert_eq!(hardware("lo"), Ok(libc::ARPHRD_LOOPBACK));
        assert_eq!(hardware("none-of-that-name-at-all"), Err(Errno::ENODEV));
    }

    #[test]
    fn a_socket_that_is_no_packet_socket_counts_nothing_and_says_so() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(statistics(&socket).is_err());
    }
}
