//! What can be wrong with an expression.

/// Why a text is not a filter: the place and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct FilterError {
    /// The character where it is wrong, from 1; one behind the last where something is missing.
    pub column: usize,
    /// What is wrong there.
    pub problem: FilterProblem,
}

/// What is wrong at one place of an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterProblem {
    /// There is no expression.
    #[error("the filter is empty")]
    Empty,
    /// The expression ends too early.
    #[error("{0} is missing at the end")]
    Missing(&'static str),
    /// Something else stands there.
    #[error("{found:?} where {expected} is expected")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What could stand there.
        expected: &'static str,
    },
    /// A host or a network by its name.
    #[error("{0:?} is not an address")]
    NotAnAddress(String),
    /// A port by its name, or a number that is none.
    #[error("{0:?} is not a port")]
    NotAPort(String),
    /// Something else that is not the number that it should be.
    #[error("{found:?} is not {expected}")]
    NotANumber {
        /// What stands there.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A part of pcap-filter(7) that is not supported.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// A protocol before a qualifier that does not go with it.
    #[error("{protocol:?} does not go with {kind:?}")]
    Unfit {
        /// The protocol.
        protocol: &'static str,
        /// The kind of value.
        kind: &'static str,
    },
    /// An address with a prefix length where one address is meant.
    #[error("{0:?} is a network, not a host")]
    NetworkForHost(String),
    /// A network with bits set that its prefix length does not cover.
    #[error("{0:?} has bits set behind its prefix")]
    BitsBehindPrefix(String),
    /// More nesting than is followed.
    #[error("more than {0} levels of parentheses and \"not\"")]
    TooDeep(usize),
}

impl FilterError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let supported = "supported are [src|dst] host, net, port and portrange; ip, ip6, arp, tcp, udp, icmp, icmp6 and proto; \
                         ether host, vlan, less, greater; and, or, not and parentheses";
        match &self.problem {
            FilterProblem::Empty => "for example 'host 10.0.0.5 and port 53'".to_owned(),
            FilterProblem::Missing(_) | FilterProblem::Unexpected { .. } | FilterProblem::Unsupported(_) => {
                supported.to_owned()
            }
            FilterProblem::NotAnAddress(_) => {
                "names are not looked up, since the capture may be from another network or day: \
                 write the address, such as host 10.0.0.5 or net 10.0.0.0/8"
                    .to_owned()
            }
            FilterProblem::NotAPort(_) => {
                "names are not looked up: write the number, such as port 53".to_owned()
            }
            FilterProblem::NotANumber { .. } => {
                "write a decimal number, or a hexadecimal one as 0x11".to_owned()
            }
            FilterProblem::Unfit { protocol, kind } => {
                format!("join them with and: {protocol} and {kind} ...")
            }
            FilterProblem::NetworkForHost(_) => "write net instead of host".to_owned(),
            FilterProblem::BitsBehindPrefix(text) => format!(
                "write the network's own address, or host {} for the one host",
                text.split(['/', ' ']).next().unwrap_or_default()
            ),
            FilterProblem::TooDeep(_) => "leave out parentheses".to_owned(),
        }
    }
}
