//! Which versions of IP a filter has to mention.

use std::net::IpAddr;
use unanswered_exchange::Exchanges;
use unanswered_registry::DisplayTerm;
use unanswered_table::{Table, Values};

/// Which IP versions the requests use: decides how the merged address and hop-limit features are
/// spelled in filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families {
    /// There are IPv4 requests.
    pub v4: bool,
    /// There are IPv6 requests.
    pub v6: bool,
}

impl Default for Families {
    fn default() -> Self {
        Self { v4: true, v6: false }
    }
}

impl Families {
    /// The IP versions of the requests.
    #[must_use]
    pub fn of(exchanges: &Exchanges) -> Self {
        let addresses = exchanges.addresses();
        let mut families = Self { v4: false, v6: false };
        for exchange in exchanges.iter() {
            let server = exchange.nearest().server().address;
            match addresses.get(server.0 as usize) {
                Some(address) if address.is_ipv6() => families.v6 = true,
                _ => families.v4 = true,
            }
        }
        families
    }

    /// The IP versions of addresses in a table; IPv4 where there are none.
    #[must_use]
    pub fn of_table(table: &Table) -> Self {
        let mut families = Self { v4: false, v6: false };
        for column in &table.columns {
            let is_address =
                column.subject.feature().is_some_and(|f| matches!(f.display, DisplayTerm::Address { .. }));
            let Values::Codes { labels, .. } = &column.values else { continue };
            for address in labels.iter().filter(|_| is_address).filter_map(|label| label.parse().ok()) {
                match address {
                    IpAddr::V4(_) => families.v4 = true,
                    IpAddr::V6(_) => families.v6 = true,
                }
            }
        }
        if families.v4 || families.v6 { families } else { Self::default() }
    }
}
