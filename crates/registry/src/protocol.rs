//! The one feature that every request has: which protocol it speaks.

use crate::{CaptureTerm, DisplayTerm, Feature};

/// The protocol of a request, by its name in the list of protocols. Requests of different protocols are
/// not a contrast to each other in what only one of them can do.
pub static PROTOCOL: Feature = Feature::code("protocol", "protocol")
    .says_where()
    .tells(crate::Role::Service)
    .captured(CaptureTerm::Protocol)
    .displayed(DisplayTerm::Protocol)
    .price(crate::Price::Derived);
