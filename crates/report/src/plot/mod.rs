//! One set of drawing code for every picture: a chart is two axes and layers of marks,
//! written as an SVG element that takes its colours from the page's style sheet.
//!
//! No scripts, no references to anything outside, all text escaped. Points of a
//! layer share one path, so that thousands of marks stay small.

mod axis;
mod chart;
mod svg;

pub use axis::Axis;
pub use chart::{Area, Chart, Layer, Shape};
pub(crate) use svg::Px;
pub use svg::escape;
