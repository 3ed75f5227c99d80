//! Ladders as one inline SVG: places from top to bottom, requests going down, replies coming up, what a
//! layer changed beside the arrow, a cross where it stopped. Two ladders that are alike share their places.
//!
//! Takes its colours from the page's style sheet; all text is escaped.

use super::lanes::{alike, lanes, rung};
use super::{Gap, Ladder, Rung};
use crate::plot::{Px, escape};
use crate::{text, time, words};
use std::fmt::Write as _;
use unanswered_time::spans::measured;

const WIDTH: f64 = 940.0;
/// Minimum and maximum width of the places' names.
const NAMES: (f64, f64) = (60.0, 190.0);
/// Approximate width of a letter, and of a bold one.
const LETTER: f64 = 6.3;
const BOLD_LETTER: f64 = 7.4;
const LINE: f64 = 15.0;
/// Minimum distance between two places.
const GAP_MIN: f64 = 26.0;
/// From a ladder's left to its request, and from its right to its reply.
const REQUEST: f64 = 16.0;
const REPLY: f64 = 78.0;
/// Transmissions that are drawn; more are only counted.
const ATTEMPTS_MAX: u8 = 3;
/// Distance between the arrows of two of them.
const ATTEMPT: f64 = 6.0;
/// From an arrow to the words beside it.
const BESIDE: f64 = 10.0;

/// Ladders in drawings of one or two: neighbours that are alike stand side by side.
#[must_use]
pub fn groups(ladders: &[Ladder]) -> Vec<Vec<&Ladder>> {
    let mut groups: Vec<Vec<&Ladder>> = Vec::new();
    for ladder in ladders {
        match groups.last_mut() {
            Some(group) if group.len() == 1 && alike(group[0], ladder) => group.push(ladder),
            _ => groups.push(vec![ladder]),
        }
    }
    groups
}

/// One drawing as an `<svg>` element.
#[must_use]
pub fn svg(ladders: &[&Ladder]) -> String {
    let lanes = lanes(ladders);
    let count = ladders.len().max(1);
    let names = names(&lanes);
    #[expect(clippy::cast_precision_loss, reason = "one or two ladders")]
    let width = (WIDTH - names) / count as f64;
    let headers: Vec<Vec<Line>> = ladders.iter().map(|ladder| header(ladder, width)).collect();
    let top = height(headers.iter().map(Vec::len).max().unwrap_or(0)) + 26.0;
    let mut body = Body { out: String::new(), names, width, rows: Vec::new() };
    let mut y = top;
    for (index, place) in lanes.iter().enumerate() {
        let notes = ladders.iter().filter_map(|l| rung(l, place)).map(|r| notes(r, None, width).len());
        let notes = height(notes.max().unwrap_or(0));
        // The first place has the header above it.
        y += if index > 0 { GAP_MIN.max(notes + 18.0) } else { notes };
        body.rows.push(y);
        body.lane(place, y);
    }
    for (index, ladder) in ladders.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "one or two ladders")]
        let left = names + index as f64 * width;
        body.lines(&headers[index], left, LINE);
        let other = ladders.iter().find(|other| other.number != ladder.number).copied();
        body.ladder(ladder, other, &lanes, left);
    }
    let titles: Vec<String> = ladders
        .iter()
        .map(|l| {
            format!("request {} from {} to {}: {}", l.number, l.client, l.server, words::outcome(l.outcome))
        })
        .collect();
    let title = escape(&titles.join("; "));
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>{}</svg>",
        Px(y + 22.0),
        body.out
    )
}

/// Width for the longest name.
#[expect(clippy::cast_precision_loss, reason = "a width in letters")]
fn names(lanes: &[&str]) -> f64 {
    let longest = lanes.iter().map(|name| text::width(&text::safe(name))).max().unwrap_or(0);
    (longest as f64 * BOLD_LETTER + 12.0).clamp(NAMES.0, NAMES.1)
}

/// Words with their style class.
type Line = (&'static str, String);

#[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
fn height(lines: usize) -> f64 {
    lines as f64 * LINE
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width in letters")]
fn letters(width: f64) -> usize {
    (width / LETTER).max(8.0) as usize
}

fn header(ladder: &Ladder, width: f64) -> Vec<Line> {
    let class = if ladder.outcome.failed() { "name words-bad" } else { "name" };
    let mut outcome = format!("#{} {}", ladder.number, words::outcome(ladder.outcome));
    if let Some(after) = ladder.reply_after {
        let _ = write!(outcome, " after {}", measured(after));
    }
    if !ladder.reason.is_empty() {
        let _ = write!(outcome, ": {}", ladder.reason);
    }
    let ends = format!("{} {} -> {}", ladder.protocol, ladder.client, ladder.server);
    let mut parts = vec![(class, outcome)];
    parts.extend(ladder.said_no.as_ref().map(|said| ("change", words::said_no(said))));
    parts.extend([("tick", time::precise(ladder.time)), ("change", ends)]);
    parts.extend(ladder.asked.as_ref().map(|asked| ("change", asked.clone())));
    let room = letters(width - 20.0);
    let wrapped =
        |(class, words): Line| text::wrap(&text::safe(&words), room).into_iter().map(move |l| (class, l));
    parts.into_iter().flat_map(wrapped).collect()
}

/// The text beside the request's arrow to a place; changes that the other ladder does not show stand
/// out.
fn notes(rung: &Rung, other: Option<&Rung>, width: f64) -> Vec<Line> {
    let room = letters((width - REQUEST - BESIDE - REPLY - 8.0) * LETTER / BOLD_LETTER);
    let mut lines = Vec::new();
    for change in &rung.changes {
        let differs = other.is_some_and(|other| other.request.is_some() && !other.changes.contains(change));
        let class = if differs { "change differs" } else { "change" };
        lines.extend(text::wrap(&text::safe(change), room).into_iter().map(|line| (class, line)));
    }
    for sign in &rung.new_signs {
        lines.extend(text::wrap(words::sign(*sign), room).into_iter().map(|line| ("tick", line)));
    }
    if rung.gap == Some(Gap::Transmission) {
        lines.push(("change words-bad", format!("\u{d7} {}", Gap::Transmission.words())));
    }
    lines
}

struct Body {
    out: String,
    /// Width of the places' names.
    names: f64,
    /// Width of a ladder.
    width: f64,
    /// Height of each place.
    rows: Vec<f64>,
}

impl Body {
    fn lane(&mut self, place: &str, y: f64) {
        let name = text::safe(place);
        let name = escape(&text::shorten_middle(&name, letters((self.names - 10.0) * LETTER / BOLD_LETTER)));
        let _ = write!(
            self.out,
            "<text class=\"name\" x=\"0\" y=\"{}\">{name}</text><path class=\"grid\" d=\"M{} {}H{WIDTH}\"/>",
            Px(y + 4.0),
            Px(self.names),
            Px(y)
        );
    }

    /// Lines of text from `top` on.
    fn lines(&mut self, lines: &[Line], x: f64, top: f64) {
        for (index, (class, words)) in lines.iter().enumerate() {
            self.words(class, x, top + height(index), words);
        }
    }

    fn words(&mut self, class: &str, x: f64, y: f64, words: &str) {
        let _ = write!(
            self.out,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            Px(x),
            Px(y),
            escape(words)
        );
    }

    fn ladder(&mut self, ladder: &Ladder, other: Option<&Ladder>, lanes: &[&str], left: f64) {
        let class = match (ladder.outcome.judged(), ladder.outcome.failed()) {
            (false, _) => "muted",
            (true, true) => "bad",
            (true, false) => "good",
        };
        let (down, up) = (left + REQUEST, left + self.width - REPLY);
        let mut request: Option<f64> = None;
        let mut replies: Vec<f64> = Vec::new();
        for (place, y) in lanes.iter().zip(self.rows.clone()) {
            let Some(own) = rung(ladder, place) else { continue };
            let notes = notes(own, other.and_then(|o| rung(o, place)), self.width);
            self.lines(&notes, down + BESIDE, y - height(notes.len()) + 2.0);
            if let Some(passage) = own.request {
                self.attempts(class, down, request, y, passage.transmissions);
                let times = if passage.transmissions > 1 {
                    format!(" \u{d7}{}", passage.transmissions)
                } else {
                    String::new()
                };
                self.words(
                    "tick halo",
                    down + BESIDE,
                    y + 4.0,
                    &format!("{}{times}", measured(passage.after)),
                );
                request = Some(y);
            }
            if let Some(passage) = own.reply {
                replies.push(y);
                self.words("tick halo", up + BESIDE, y + 4.0, &measured(passage.after));
            }
            match own.gap {
                Some(Gap::Request) => self.stopped(down, request, y, Gap::Request),
                Some(Gap::NoReply) => self.stopped(up, None, y, Gap::NoReply),
                Some(Gap::Reply) => {
                    let below = self.reply_below(ladder, lanes, y);
                    self.stopped(up, below, y, Gap::Reply);
                }
                Some(Gap::Transmission) | None => {}
            }
        }
        // A reply comes from below.
        for (index, &y) in replies.iter().enumerate() {
            self.arrow(class, up, replies.get(index + 1).copied(), y);
        }
    }

    /// Height of the nearest place below that saw the reply.
    fn reply_below(&self, ladder: &Ladder, lanes: &[&str], y: f64) -> Option<f64> {
        let mut below = lanes.iter().zip(&self.rows).filter(|(_, row)| **row > y);
        below.find(|(place, _)| rung(ladder, place).is_some_and(|r| r.reply.is_some())).map(|(_, row)| *row)
    }

    /// An arrow for each transmission: the first one, and to its left a few of the others.
    fn attempts(&mut self, class: &str, x: f64, from: Option<f64>, to: f64, transmissions: u8) {
        for again in (1..transmissions.min(ATTEMPTS_MAX)).rev() {
            let x = x - f64::from(again) * ATTEMPT;
            if let Some(from) = from {
                let _ = write!(
                    self.out,
                    "<path class=\"arrow {class}\" d=\"M{} {}V{}\"/>",
                    Px(x),
                    Px(from),
                    Px(to)
                );
            }
            let _ = write!(self.out, "<path class=\"dot {class}\" d=\"M{} {}h0\"/>", Px(x), Px(to));
        }
        self.arrow(class, x, from, to);
    }

    /// A dot, and the arrow that led to it.
    fn arrow(&mut self, class: &str, x: f64, from: Option<f64>, to: f64) {
        if let Some(from) = from {
            let back = if from < to { -1.0 } else { 1.0 };
            let _ = write!(
                self.out,
                "<path class=\"arrow {class}\" d=\"M{x0} {}V{}m-4 {}l4 {}l4 {}\"/>",
                Px(from),
                Px(to + 4.0 * back),
                Px(6.0 * back),
                Px(-6.0 * back),
                Px(6.0 * back),
                x0 = Px(x)
            );
        }
        let _ = write!(self.out, "<path class=\"dot {class}\" d=\"M{} {}h0\"/>", Px(x), Px(to));
    }

    /// A cross, and the stretch on which it was expected.
    fn stopped(&mut self, x: f64, from: Option<f64>, to: f64, gap: Gap) {
        if let Some(from) = from {
            let _ = write!(
                self.out,
                "<path class=\"arrow missing bad\" d=\"M{} {}V{}\"/>",
                Px(x),
                Px(from),
                Px(to)
            );
        }
        let _ = write!(
            self.out,
            "<path class=\"cross bad\" d=\"M{} {}l12 12m0-12l-12 12\"/>",
            Px(x - 6.0),
            Px(to - 6.0)
        );
        // To the right of the replies' arrow there is only room for a time.
        let (class, x) = match gap {
            Gap::Reply => ("change words-bad halo end", x - BESIDE - 2.0),
            Gap::Request | Gap::NoReply | Gap::Transmission => ("change words-bad halo", x + BESIDE + 2.0),
        };
        self.words(class, x, to + 4.0, gap.words());
    }
}
