//! What all pages have in common.

/// The style sheet of every page; classes of charts included.
pub const STYLE: &str = include_str!("html/style.css");

/// Forbids the page to load or run anything, whatever text it contains.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
