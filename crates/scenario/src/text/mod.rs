//! The text of a scenario: TOML into values that know where they stand, and back.
//!
//! Values are owned, so that templates can be copied and patched; each keeps the byte of the file at
//! which it was written, whatever was made of it since.

mod fields;
mod node;
mod path;
mod placeholder;
mod write;

pub(super) use fields::{Fields, Section};
pub(super) use node::{Key, Kind, Node, Table};
pub(super) use path::{parse_path, remove, set};
pub(super) use placeholder::{Values, fill, fill_text};
pub(super) use write::to_toml;
