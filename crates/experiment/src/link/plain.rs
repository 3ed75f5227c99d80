//! Ordinary UDP sockets, for who has no rights: one for each flow, connected to the server.

use super::wait::readable;
use super::{Link, LinkError};
use crate::batch::Incoming;
use crate::maker::Request;
use std::io::{ErrorKind, Result as IoResult};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

/// Largest datagram.
const DATAGRAM_MOST: usize = 65_535;

/// A link of ordinary sockets.
#[derive(Debug)]
pub struct PlainLink {
    local: IpAddr,
    to: SocketAddr,
    open: Vec<(u16, UdpSocket)>,
    buffer: Vec<u8>,
}

impl PlainLink {
    /// A link to a server. Nothing is opened before the first request.
    #[must_use]
    pub fn new(local: IpAddr, to: SocketAddr) -> Self {
        Self { local, to, open: Vec::new(), buffer: vec![0; DATAGRAM_MOST] }
    }

    fn opened(&self, request: &Request) -> IoResult<UdpSocket> {
        let socket = UdpSocket::bind((self.local, request.key.port))?;
        socket.set_nonblocking(true)?;
        if self.to.is_ipv4() {
            socket.set_ttl(u32::from(request.ttl))?;
        }
        socket.connect(self.to)?;
        Ok(socket)
    }
}

impl Link for PlainLink {
    fn send(&mut self, request: &Request) -> Result<bool, LinkError> {
        let port = request.key.port;
        if !self.open.iter().any(|(open, _)| *open == port) {
            match self.opened(request) {
                Ok(socket) => self.open.push((port, socket)),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    return Err(LinkError::LowPort(port));
                }
                Err(error) if error.kind() == ErrorKind::AddrInUse => return Ok(false),
                Err(source) => return Err(LinkError::System { doing: "opening a socket", source }),
            }
        }
        let Some((_, socket)) = self.open.iter().find(|(open, _)| *open == port) else { return Ok(false) };
        match socket.send(&request.payload) {
            Ok(_) => Ok(true),
            // An ICMP error for an earlier request is told to the next one that is sent.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionRefused | ErrorKind::WouldBlock | ErrorKind::Interrupted
                ) =>
            {
                Ok(socket.send(&request.payload).is_ok())
            }
            Err(source) => Err(LinkError::NoRoute { to: self.to.ip(), source }),
        }
    }

    fn receive(&mut self, patience: Duration) -> Result<Option<Incoming>, LinkError> {
        let sockets: Vec<_> = self.open.iter().map(|(_, socket)| socket.as_fd()).collect();
        let ready = readable(&sockets, patience)?;
        for ((port, socket), _) in self.open.iter().zip(ready).filter(|(_, ready)| *ready) {
            match socket.recv(&mut self.buffer) {
                Ok(length) => {
                    let payload = self.buffer.get(..length).unwrap_or_default().to_vec();
                    return Ok(Some(Incoming::Datagram { port: *port, payload }));
                }
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    return Ok(Some(Incoming::Closed { port: *port }));
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                // Other ICMP errors: the request was not answered.
                Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }

    fn plan_ended(&mut self) {
        self.open.clear();
    }
}
