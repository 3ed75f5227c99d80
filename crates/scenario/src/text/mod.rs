//! What is done with the values of a scenario file: tables are read key by key (`fields`), placeholders
//! filled, values set and taken away by path (`key_path`), and all of it written back (`write`).

mod fields;
mod key_path;
mod placeholder;
mod write;

pub(super) use fields::{Fields, Section};
pub(super) use key_path::{parse_path, remove, set};
pub(super) use placeholder::{Placeholders, fill, fill_text};
pub(super) use write::to_toml;
