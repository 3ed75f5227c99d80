//! A scenario, resolved: templates expanded, names looked up, numbers in their units.
//!
//! This is what a world runs. It does not say how: the simulated world and, later, the kernel
//! world take the same value. Everything is plain data in the order of the file; hosts, networks and
//! so on refer to each other by index types, and every name that a world shows is here.

mod endpoint;
mod firewall;
mod header;
mod host;
mod ids;
mod nat;
mod network;
mod observe;
mod scenario;
mod service;
mod subnet;
mod timeline;

pub use endpoint::*;
pub use firewall::*;
pub use header::*;
pub use host::*;
pub use ids::*;
pub use nat::*;
pub use network::*;
pub use observe::*;
pub use scenario::*;
pub use service::*;
pub use subnet::*;
pub use timeline::*;
