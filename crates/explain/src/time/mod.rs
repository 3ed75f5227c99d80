//! Structure in time: how failures depend on the ones before, and loss that rises.

pub(crate) mod period;
pub(crate) mod ramp;
pub(crate) mod serial;
