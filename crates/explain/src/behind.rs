//! A server that fails because of those whom it asks itself.

use std::net::IpAddr;

/// The servers of failed requests asked others while these waited, and that failed, too: a proxy and its backend, a resolver
/// and the name server of a zone. What is to be found out lies behind the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// The server that asked.
    pub asker: IpAddr,
    /// Whom it asked without success, most often first; three at most.
    pub asked: Vec<IpAddr>,
    /// Name of the protocol in which it asked.
    pub protocol: String,
    /// Failed requests to the asker for which it asked without success.
    pub failed_with: u64,
    /// All failed requests of the finding to the asker.
    pub failed: u64,
    /// Answered requests to the asker for which it asked without success.
    pub answered_with: u64,
    /// All answered requests to the asker in the same protocols.
    pub answered: u64,
}
