//! Who is asked, and in which protocol.

use super::Args;
use crate::failure::Failure;
use clap::ValueEnum;
use std::net::{IpAddr, ToSocketAddrs as _};
use unanswered_experiment::Asking;

/// Protocols to ask in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Protocol {
    /// NTP, UDP port 123
    Ntp,
    /// DNS over UDP, port 53
    Dns,
    /// ICMP echo
    Echo,
    /// TCP: a SYN, which a SYN-ACK answers
    Tcp,
    /// UDP, with the payload of a file
    Udp,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// As the user named it, without a port.
    pub(super) named: String,
    pub(super) address: IpAddr,
    /// 0 for ICMP.
    pub(super) port: u16,
}

/// The protocol and the server.
pub(super) fn resolved(args: &Args) -> Result<(Asking, Server), Failure> {
    let (host, port) = split(&args.server)?;
    let of_fault = args.question.protocols();
    let dns = port == Some(53) || port.is_none() && of_fault == ["dns"];
    let protocol = args.protocol.unwrap_or(if dns { Protocol::Dns } else { Protocol::Ntp });
    let asking = match protocol {
        Protocol::Ntp => Asking::Ntp,
        Protocol::Dns => Asking::Dns { name: args.name.clone() },
        Protocol::Echo => Asking::Echo,
        Protocol::Tcp => Asking::Tcp,
        Protocol::Udp => Asking::Udp { payload: payload(args)? },
    };
    let port = match (port, asking.usual_port(), protocol) {
        (_, _, Protocol::Echo) => 0,
        (Some(port), _, _) | (None, Some(port), _) => port,
        (None, None, _) => {
            return Err(Failure::new(&args.server, "a port is needed").hint(format!("{host}:PORT")));
        }
    };
    let address = address(args, host)?;
    refused(&args.server, address)?;
    Ok((asking, Server { named: host.to_owned(), address, port }))
}

/// Name and port; an IPv6 address with a port stands in brackets.
fn split(server: &str) -> Result<(&str, Option<u16>), Failure> {
    let port = |text: &str| {
        let wrong = || Failure::new(server, format!("{text} is no port")).hint("ports are 1 to 65535");
        text.parse::<u16>().ok().filter(|port| *port > 0).map(Some).ok_or_else(wrong)
    };
    if let Some((address, rest)) = server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return match rest.strip_prefix(':') {
            Some(text) => Ok((address, port(text)?)),
            None => Ok((address, None)),
        };
    }
    match server.split_once(':') {
        Some((host, text)) if !text.contains(':') => Ok((host, port(text)?)),
        _ => Ok((server, None)),
    }
}

fn address(args: &Args, host: &str) -> Result<IpAddr, Failure> {
    let found = (host, 0).to_socket_addrs().map_err(|error| {
        Failure::new(host, format!("the name has no address that can be found: {error}"))
            .hint("an address can be given instead of a name")
    })?;
    let wanted =
        |address: &IpAddr| if args.ipv6 { address.is_ipv6() } else { !args.ipv4 || address.is_ipv4() };
    let all: Vec<IpAddr> = found.map(|socket| socket.ip()).filter(wanted).collect();
    // Most fields can be set over IPv4 only.
    let first = all.iter().find(|address| address.is_ipv4()).or(all.first()).copied();
    first.ok_or_else(|| {
        let version = if args.ipv6 { "IPv6" } else { "IPv4" };
        Failure::new(host, format!("the name has no {version} address"))
    })
}

/// One target, and never many machines.
fn refused(server: &str, address: IpAddr) -> Result<(), Failure> {
    let many = match address {
        IpAddr::V4(v4) => v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_multicast(),
    };
    if many {
        return Err(Failure::new(server, "this address is of many machines, and one is asked at a time"));
    }
    if address.is_unspecified() {
        return Err(Failure::new(server, "this address is of no machine"));
    }
    Ok(())
}

fn payload(args: &Args) -> Result<Vec<u8>, Failure> {
    let Some(path) = &args.payload else {
        return Err(Failure::new("--protocol udp", "what to send is not known").hint("--payload FILE"));
    };
    std::fs::read(path).map_err(|error| Failure::new(path.display().to_string(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_port_or_not() {
        let of = |server| split(server).map_err(|failure| failure.to_string());
        assert_eq!(of("ntp.example.net"), Ok(("ntp.example.net", None)));
        assert_eq!(of("192.0.2.1:5353"), Ok(("192.0.2.1", Some(5353))));
        assert_eq!(of("2001:db8::1"), Ok(("2001:db8::1", None)));
        assert_eq!(of("[2001:db8::1]:53"), Ok(("2001:db8::1", Some(53))));
        assert!(of("192.0.2.1:70000").is_err_and(|said| said.contains("70000 is no port")));
    }

    #[test]
    fn many_machines_are_not_asked() {
        for address in ["224.0.1.1", "255.255.255.255", "ff02::101", "0.0.0.0", "::"] {
            assert!(refused(address, address.parse().expect("an address")).is_err(), "{address}");
        }
        assert!(refused("127.0.0.1", [127, 0, 0, 1].into()).is_ok());
    }
}
