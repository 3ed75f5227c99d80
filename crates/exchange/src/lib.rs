//! What happened to each request.
mod caveats;
mod config;
mod exchanges;
mod feature_store;
pub mod follow;
mod join;
mod leg;
mod lookup;
mod names;
mod pairer;
mod read;
#[cfg(test)]
mod test_packets;
pub use caveats::Caveat;
pub use config::PairerConfig;
pub use exchanges::{Exchange, Exchanges, OrphanReply, Sighting, StoredFeature, Totals};
pub use feature_store::Meaning;
pub use join::ClockEstimate;
pub use leg::{Place, PlaceId};
pub use names::{AddressId, Endpoint};
pub use pairer::{FrameId, PacketCounts, Pairer};
pub use read::{Progress, read_all, read_captures};
