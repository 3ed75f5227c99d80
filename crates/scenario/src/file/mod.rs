//! The sections of a scenario file into the model, one file each.

mod change;
mod firewall;
mod host;
mod kernel_version;
mod nat;
mod network;
mod ntp;
mod observe;
mod service;
mod service_table;
mod timeline;

pub(super) use host::hosts;
pub(super) use network::{link_of, networks};
pub(super) use observe::{alarms, chapters, expectations, vantages};
pub(super) use timeline::{AwaitedName, events};
