//! A chart and its rendering.

use super::Axis;
use super::svg::{Px, escape};
use crate::text;
use std::fmt::Write as _;

/// The form of a mark; each outcome has its own, so that colour is never needed to tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A filled dot.
    Dot,
    /// A diagonal cross.
    Cross,
    /// An open square.
    Square,
    /// An open triangle.
    Triangle,
    /// An open diamond.
    Diamond,
    /// An open circle.
    Ring,
    /// A horizontal stroke.
    Dash,
    /// A vertical stroke.
    Stroke,
}

/// One layer of a chart, drawn in order. `class` is a class of the style sheet; layers with a
/// `label` are in the legend.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Points as marks.
    Marks {
        /// Form of each mark.
        shape: Shape,
        /// Style class.
        class: &'static str,
        /// Legend text.
        label: Option<String>,
        /// Values on both axes.
        points: Vec<(f64, f64)>,
    },
    /// Rectangles between two values on each axis: bars of any direction, shaded ranges.
    Areas {
        /// Style class.
        class: &'static str,
        /// Legend text.
        label: Option<String>,
        /// Each from `x.0` to `x.1` and from `y.0` to `y.1`; infinite ends reach the frame.
        areas: Vec<Area>,
    },
    /// A line from point to point, as a curve or in steps.
    Line {
        /// Style class.
        class: &'static str,
        /// Legend text.
        label: Option<String>,
        /// Values on both axes, in order.
        points: Vec<(f64, f64)>,
    },
    /// A horizontal line across, with a note at its end.
    Rule {
        /// Value on the vertical axis.
        at: f64,
        /// The note.
        note: String,
    },
    /// Words at a point.
    Notes {
        /// Style class.
        class: &'static str,
        /// Values on both axes, and the words that start there.
        notes: Vec<(f64, f64, String)>,
    },
}

/// A rectangle in values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Ends on the horizontal axis.
    pub x: (f64, f64),
    /// Ends on the vertical axis; on a [`Axis::Names`] axis rows are cut at `i - 0.5` and `i + 0.5`.
    pub y: (f64, f64),
}

/// Two axes and layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What the picture shows, for those who cannot see it.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Words under it.
    pub x_label: String,
    /// Vertical axis.
    pub y: Axis,
    /// Words beside it.
    pub y_label: String,
    /// Height of the frame in pixels.
    pub height: f64,
    /// From back to front.
    pub layers: Vec<Layer>,
}

const WIDTH: f64 = 940.0;
const TOP: f64 = 34.0;
const RIGHT: f64 = 18.0;
const BOTTOM: f64 = 46.0;
/// Approximate width of a letter of the axis font.
const LETTER: f64 = 6.6;
/// Letters of a row's name that are shown.
const NAME_MAX: usize = 34;

struct Frame {
    left: f64,
    width: f64,
    height: f64,
}

impl Chart {
    /// The chart as an `<svg>` element.
    #[must_use]
    pub fn svg(&self) -> String {
        let frame = self.frame();
        let mut out = String::new();
        let total = TOP + frame.height + BOTTOM;
        let title = escape(&self.title);
        let _ = write!(
            out,
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{title}\">\
             <title>{title}</title>",
            Px(total)
        );
        self.grid(&frame, &mut out);
        for layer in &self.layers {
            self.layer(&frame, layer, &mut out);
        }
        let _ = write!(
            out,
            "<rect class=\"frame\" x=\"{}\" y=\"{TOP}\" width=\"{}\" height=\"{}\"/>",
            Px(frame.left),
            Px(frame.width),
            Px(frame.height)
        );
        self.legend(&frame, &mut out);
        out.push_str("</svg>");
        out
    }

    fn frame(&self) -> Frame {
        let longest =
            |labels: Vec<(f64, String)>| labels.iter().map(|l| text::width(&l.1)).max().unwrap_or(0);
        let letters = longest(self.y.ticks(6)).min(NAME_MAX) as f64;
        let left = 34.0 + LETTER * letters;
        Frame { left, width: WIDTH - left - RIGHT, height: self.height }
    }

    fn grid(&self, frame: &Frame, out: &mut String) {
        let bottom = TOP + frame.height;
        for (value, label) in self.y.ticks(6) {
            let y = self.y_of(frame, value);
            if !matches!(self.y, Axis::Names(_)) {
                let _ = write!(
                    out,
                    "<path class=\"grid\" d=\"M{} {}h{}\"/>",
                    Px(frame.left),
                    Px(y),
                    Px(frame.width)
                );
            }
            let label = escape(&text::shorten(&text::safe(&label), NAME_MAX));
            let _ = write!(
                out,
                "<text class=\"tick end\" x=\"{}\" y=\"{}\">{label}</text>",
                Px(frame.left - 6.0),
                Px(y + 4.0)
            );
        }
        for (value, label) in self.x.ticks(8) {
            let x = self.x_of(frame, value);
            let _ = write!(
                out,
                "<path class=\"grid\" d=\"M{x} {TOP}V{}\"/><text class=\"tick mid\" x=\"{x}\" y=\"{}\">{}</text>",
                Px(bottom),
                Px(bottom + 16.0),
                escape(&label),
                x = Px(x)
            );
        }
        let _ = write!(
            out,
            "<text class=\"axis mid\" x=\"{}\" y=\"{}\">{}</text>\
             <text class=\"axis mid\" transform=\"translate(14 {}) rotate(-90)\">{}</text>",
            Px(frame.left + frame.width / 2.0),
            Px(bottom + 36.0),
            escape(&self.x_label),
            Px(TOP + frame.height / 2.0),
            escape(&self.y_label)
        );
    }

    fn layer(&self, frame: &Frame, layer: &Layer, out: &mut String) {
        match layer {
            Layer::Marks { shape, class, points, .. } => {
                let places = points.iter().map(|&(x, y)| (self.x_of(frame, x), self.y_of(frame, y)));
                marks(*shape, class, places, out);
            }
            Layer::Areas { class, areas, .. } => {
                let _ = write!(out, "<path class=\"{class}\" d=\"");
                for area in areas {
                    self.area(frame, *area, out);
                }
                out.push_str("\"/>");
            }
            Layer::Line { class, points, .. } => {
                let _ = write!(out, "<path class=\"line {class}\" d=\"");
                for (index, (x, y)) in points.iter().enumerate() {
                    let command = if index == 0 { 'M' } else { 'L' };
                    let (x, y) = (self.x_of(frame, *x), self.y_of(frame, *y));
                    let _ = write!(out, "{command}{} {}", Px(x), Px(y));
                }
                out.push_str("\"/>");
            }
            Layer::Rule { at, note } => {
                let y = self.y_of(frame, *at);
                let _ = write!(
                    out,
                    "<path class=\"rule\" d=\"M{} {}h{}\"/><text class=\"note end\" x=\"{}\" y=\"{}\">{}</text>",
                    Px(frame.left),
                    Px(y),
                    Px(frame.width),
                    Px(frame.left + frame.width - 6.0),
                    Px(if y > TOP + 20.0 { y - 5.0 } else { y + 14.0 }),
                    escape(note)
                );
            }
            Layer::Notes { class, notes } => {
                for (x, y, words) in notes {
                    let (x, y) = (self.x_of(frame, *x) + 6.0, self.y_of(frame, *y) + 4.0);
                    let _ = write!(
                        out,
                        "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
                        Px(x),
                        Px(y),
                        escape(words)
                    );
                }
            }
        }
    }

    fn area(&self, frame: &Frame, area: Area, out: &mut String) {
        let end = |value: f64, of: &dyn Fn(f64) -> f64, low: f64, high: f64| match value {
            v if v == f64::NEG_INFINITY => low,
            v if v == f64::INFINITY => high,
            v => of(v),
        };
        let (left, right) = (frame.left, frame.left + frame.width);
        let (bottom, top) = (TOP + frame.height, TOP);
        let x = |v: f64| end(v, &|v| self.x_of(frame, v), left, right);
        let y = |v: f64| end(v, &|v| self.y_of(frame, v), bottom, top);
        let (x0, x1, y0, y1) = (x(area.x.0), x(area.x.1), y(area.y.0), y(area.y.1));
        // Never too thin to be seen.
        let width = (x1 - x0).abs().max(1.0);
        let _ = write!(out, "M{} {}h{}V{}h{}z", Px(x0.min(x1)), Px(y0), Px(width), Px(y1), Px(-width));
    }

    fn legend(&self, frame: &Frame, out: &mut String) {
        let mut x = frame.left + 6.0;
        for layer in &self.layers {
            let (Layer::Marks { label: Some(label), .. }
            | Layer::Areas { label: Some(label), .. }
            | Layer::Line { label: Some(label), .. }) = layer
            else {
                continue;
            };
            match layer {
                Layer::Marks { shape, class, .. } => marks(*shape, class, std::iter::once((x, 16.0)), out),
                Layer::Areas { class, .. } => {
                    let _ = write!(out, "<path class=\"{class}\" d=\"M{} 10h12v12h-12z\"/>", Px(x - 6.0));
                }
                Layer::Line { class, .. } => {
                    let _ = write!(out, "<path class=\"line {class}\" d=\"M{} 16h14\"/>", Px(x - 7.0));
                }
                Layer::Rule { .. } | Layer::Notes { .. } => {}
            }
            let _ =
                write!(out, "<text class=\"tick\" x=\"{}\" y=\"20\">{}</text>", Px(x + 11.0), escape(label));
            x += 36.0 + LETTER * text::width(label) as f64;
        }
    }

    fn x_of(&self, frame: &Frame, value: f64) -> f64 {
        frame.left + frame.width * self.x.position(value)
    }

    fn y_of(&self, frame: &Frame, value: f64) -> f64 {
        TOP + frame.height * (1.0 - self.y.position(value))
    }
}

/// All points of one form as one path.
fn marks(shape: Shape, class: &str, points: impl Iterator<Item = (f64, f64)>, out: &mut String) {
    let form = match shape {
        Shape::Dot => "dot",
        Shape::Cross
        | Shape::Square
        | Shape::Triangle
        | Shape::Diamond
        | Shape::Ring
        | Shape::Dash
        | Shape::Stroke => "open",
    };
    let _ = write!(out, "<path class=\"{form} {class}\" d=\"");
    for (x, y) in points {
        let _ = match shape {
            // A line of zero length with round ends is a dot.
            Shape::Dot => write!(out, "M{} {}h0", Px(x), Px(y)),
            Shape::Cross => write!(out, "M{} {}l7 7m0-7l-7 7", Px(x - 3.5), Px(y - 3.5)),
            Shape::Square => write!(out, "M{} {}h6v6h-6z", Px(x - 3.0), Px(y - 3.0)),
            Shape::Triangle => write!(out, "M{} {}l4 7h-8z", Px(x), Px(y - 4.0)),
            Shape::Diamond => write!(out, "M{} {}l4 4l-4 4l-4-4z", Px(x), Px(y - 4.0)),
            Shape::Ring => write!(out, "M{} {}a3 3 0 1 0 6 0a3 3 0 1 0-6 0", Px(x - 3.0), Px(y)),
            Shape::Dash => write!(out, "M{} {}h7", Px(x - 3.5), Px(y)),
            Shape::Stroke => write!(out, "M{} {}v7", Px(x), Px(y - 3.5)),
        };
    }
    out.push_str("\"/>");
}
