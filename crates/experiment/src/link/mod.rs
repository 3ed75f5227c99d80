//! Sockets: what sends requests and hands over what arrives.

mod plain;
mod raw;
mod wait;

pub use plain::PlainLink;
pub use raw::RawLink;

use crate::batch::Incoming;
use crate::maker::Request;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

/// Something that sends and receives.
pub trait Link {
    /// Sends a request. `false`: it could not be sent this time (a port that is held, no buffer), and says nothing.
    ///
    /// # Errors
    /// What will not pass by itself: no route, an interface that is down, a request longer than the path takes.
    fn send(&mut self, request: &Request) -> Result<bool, LinkError>;

    /// The next arrival, after at most so long.
    ///
    /// # Errors
    /// What the system says of its sockets.
    fn receive(&mut self, patience: Duration) -> Result<Option<Incoming>, LinkError>;

    /// The plan is over: ports that were held for it are free again.
    fn plan_ended(&mut self);
}

/// Why requests cannot be sent or replies not received.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No raw sockets.
    #[error("raw sockets take root or CAP_NET_RAW")]
    NoRights,
    /// Raw sockets are of IPv4 here.
    #[error(
        "requests with fields of their own headers can be sent over IPv4 only; the server's address is {0}"
    )]
    OnlyIpv4(IpAddr),
    /// A port below 1024.
    #[error("source port {0} takes root or CAP_NET_BIND_SERVICE")]
    LowPort(u16),
    /// There is no way to the server.
    #[error("there is no route to {to}: {source}")]
    NoRoute {
        /// Where to.
        to: IpAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system refused.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

/// The address from which the system would send to the server.
///
/// # Errors
/// No route.
pub fn local_address(to: IpAddr, port: u16) -> Result<IpAddr, LinkError> {
    let any: IpAddr = match to {
        IpAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    let no_route = |source| LinkError::NoRoute { to, source };
    let socket = std::net::UdpSocket::bind((any, 0)).map_err(no_route)?;
    // Connecting sends nothing: it chooses the route.
    socket.connect((to, port.max(1))).map_err(no_route)?;
    socket.local_addr().map(|address| address.ip()).map_err(no_route)
}
