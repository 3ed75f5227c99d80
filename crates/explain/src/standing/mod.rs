//! Standing differences, and what fails beyond them.
//!
//! Devices, networks and sites differ in how often they fail at all times. In a table of names in which something fails
//! everywhere now and then, these differences are most of what tells failures apart, and they explain no incident. So
//! each row gets an [expected](model) rate, the product of what its values are known for; and conjunctions of single values are
//! [scored](conjunctions) by how many more of their rows fail than that.
//!
//! Data flow: ranked features of names and the rows searched -> [`model::Expected`] -> the conjunctions with the largest excess
//! -> rules for `diagnose`, which compares them with those of the search by the same measure.

mod conjunctions;
mod model;

pub(crate) use conjunctions::{Excess, best, price};
pub(crate) use model::{Expected, Seen};
