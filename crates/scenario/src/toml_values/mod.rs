//! What is done with the values of a scenario file: tables are read key by key (`table_fields`), placeholders
//! filled, values set and removed by path (`key_path`), and all of it written back (`toml_writer`).

mod key_path;
mod placeholder;
mod table_fields;
mod toml_writer;

pub(super) use key_path::{parse_path, remove, set};
pub(super) use placeholder::{Placeholders, fill, fill_text};
pub(super) use table_fields::{Fields, Section};
pub(super) use toml_writer::to_toml;
