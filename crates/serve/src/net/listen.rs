//! Where to listen, as typed.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// An address with a port, or without for the service's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address; unspecified for all of a family.
    pub address: IpAddr,
    /// The port; 0 lets the kernel choose one.
    pub port: Option<u16>,
}

impl Listen {
    /// The address, with the service's port if none was typed.
    #[must_use]
    pub fn with_default(self, port: u16) -> SocketAddr {
        SocketAddr::new(self.address, self.port.unwrap_or(port))
    }
}

/// Why a text is no place to listen on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address")]
pub struct ListenError(String);

impl ListenError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(
            "expected an address with or without a port: 127.0.0.1, 0.0.0.0:1123, ::1, [::1]:1123".to_owned(),
        )
    }
}

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        if let Ok(both) = text.parse::<SocketAddr>() {
            return Ok(Self { address: both.ip(), port: Some(both.port()) });
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        let address = bare.parse().map_err(|_| ListenError(text.to_owned()))?;
        Ok(Self { address, port: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_are_read_with_a_port_and_without() {
        let read = |text: &str| text.parse::<Listen>().map(|listen| listen.with_default(123).to_string());
        for (typed, meant) in [
            ("127.0.0.1", "127.0.0.1:123"),
            ("0.0.0.0:1123", "0.0.0.0:1123"),
            ("::1", "[::1]:123"),
            ("[::1]", "[::1]:123"),
            ("[::]:0", "[::]:0"),
        ] {
            assert_eq!(read(typed).as_deref(), Ok(meant));
        }
        for wrong in ["", "localhost", "127.0.0.1:", "127.0.0.1:65536", "[::1", "1.2.3"] {
            assert_eq!(read(wrong), Err(ListenError(wrong.to_owned())));
        }
    }
}
