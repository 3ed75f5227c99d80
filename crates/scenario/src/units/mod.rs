//! Values in their units. Each reader takes a value of the file and returns it, or says what is accepted.

mod address;
mod amount;
mod durations;

pub(super) use address::{
    address, address_text, dnat_target, endpoint_text, port_range, ports_text, subnet, subnet_text,
};
pub(super) use amount::{
    above_zero, flag, number, one_of, probability, rate, size, text, whole, within, word,
};
pub(super) use durations::{date, length, span};
