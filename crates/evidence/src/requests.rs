//! What is written of every captured request besides its features: who asked whom, and what came of it.

use crate::step::Steps;
use std::fmt::Write as _;
use unanswered_exchange::{Exchange, Exchanges, PlaceId};
use unanswered_table::Reason;
use unanswered_table::io::{Ends, RequestColumn, RequestFacts};
use unanswered_wire::features;
use unanswered_wire::{Carrier, ProtocolId};

/// The features that the ends of each protocol's requests are.
#[must_use]
pub fn ends() -> Vec<Ends> {
    let of = |id: ProtocolId| {
        let protocol = id.declaration().name;
        let none = Ends { protocol, client: None, client_port: None, server: None, server_port: None };
        let routed = Ends { client: Some(&features::SOURCE), server: Some(&features::DESTINATION), ..none };
        match id.carrier() {
            Carrier::Udp(_) | Carrier::OtherUdp => Ends {
                client_port: Some(&features::UDP_SOURCE),
                server_port: Some(&features::UDP_DESTINATION),
                ..routed
            },
            Carrier::TcpConnect | Carrier::TcpBytes => Ends {
                client_port: Some(&features::TCP_SOURCE),
                server_port: Some(&features::TCP_DESTINATION),
                ..routed
            },
            Carrier::Echo => routed,
            // Their addresses are fields of their own, not those of IP.
            Carrier::Neighbour => none,
        }
    };
    ProtocolId::all().map(of).collect()
}

/// The exchanges' rows, as [`write_requests`](unanswered_table::io::write_requests) asks for them.
#[derive(Debug)]
pub struct CapturedRequests<'a> {
    exchanges: &'a Exchanges,
    steps: Steps<'a>,
    places: Vec<String>,
}

impl<'a> CapturedRequests<'a> {
    /// Looks through all exchanges once.
    #[must_use]
    pub fn new(exchanges: &'a Exchanges) -> Self {
        let places = (0_u16..).map(PlaceId).take(exchanges.places().len());
        let places = places.map(|place| exchanges.place_name(place)).collect();
        Self { exchanges, steps: Steps::new(exchanges), places }
    }

    /// Where the request was last seen, or its reply where one came.
    fn last_seen(&self, exchange: &Exchange<'_>) -> PlaceId {
        if let Some(located) = self.steps.of(exchange.row()) {
            return located.last_seen;
        }
        let end = if exchange.reply_after().is_some() { exchange.nearest() } else { exchange.farthest() };
        end.place()
    }
}

impl RequestFacts for CapturedRequests<'_> {
    fn cell(&self, row: usize, column: RequestColumn, cell: &mut String) {
        let Ok(row) = u32::try_from(row) else { return };
        let exchange = self.exchanges.get(row);
        let near = exchange.nearest();
        let address = |id: unanswered_exchange::AddressId| self.exchanges.addresses().get(id.0 as usize);
        let has_ports = exchange.protocol().carrier().has_ports();
        // Writing to a text cannot fail.
        let _ = match column {
            RequestColumn::Time => write!(cell, "{}", exchange.time().seconds()),
            RequestColumn::Protocol => write!(cell, "{}", exchange.protocol().declaration().name),
            RequestColumn::Client => address(near.client().address).map_or(Ok(()), |a| write!(cell, "{a}")),
            RequestColumn::ClientPort if has_ports => write!(cell, "{}", near.client().port),
            RequestColumn::Server => address(near.server().address).map_or(Ok(()), |a| write!(cell, "{a}")),
            RequestColumn::ServerPort if has_ports => write!(cell, "{}", near.server().port),
            RequestColumn::ClientPort | RequestColumn::ServerPort => Ok(()),
            RequestColumn::Outcome => write!(cell, "{}", exchange.outcome()),
            RequestColumn::Reason => reason(exchange.reason(), cell),
            RequestColumn::RoundTripTime => {
                exchange.reply_after().map_or(Ok(()), |after| write!(cell, "{}", after.seconds()))
            }
            RequestColumn::Transmissions => write!(cell, "{}", exchange.transmissions()),
            RequestColumn::Place => {
                let place = self.places.get(usize::from(self.last_seen(&exchange).0));
                place.map_or(Ok(()), |place| write!(cell, "{place}"))
            }
            RequestColumn::Step => {
                let step = self.steps.of(row).and_then(|located| located.step);
                step.map_or(Ok(()), |step| write!(cell, "{step}"))
            }
        };
    }
}

/// The reason's code with that of the refusal in it: `refused:icmp.port_unreachable`.
fn reason(reason: Reason, cell: &mut String) -> std::fmt::Result {
    if reason == Reason::Plain {
        return Ok(());
    }
    cell.push_str(reason.code());
    let Some(refusal) = reason.refusal() else { return Ok(()) };
    write!(cell, ":{}", refusal.kind().code)?;
    refusal.numbers().try_for_each(|(word, number)| write!(cell, " {word} {number}"))
}
