//! The comment on each frame of a request that is followed.

use super::Names;
use super::changes::Changes;
use super::ladder::Located;
use crate::mark::{Mark, fate};
use unanswered_evidence::step::Steps;
use unanswered_exchange::follow::{Follow, RequestPath};
use unanswered_exchange::{InputFrame, Sighting};

/// Writes the comments of all requests, one path at a time.
pub(crate) struct Comments<'a> {
    follow: &'a Follow<'a>,
    steps: &'a Steps<'a>,
    changes: Changes<'a>,
    names: Names,
}

impl<'a> Comments<'a> {
    pub(crate) fn new(follow: &'a Follow<'a>, steps: &'a Steps<'a>) -> Self {
        let exchanges = follow.exchanges();
        Self { follow, steps, changes: Changes::of(exchanges), names: Names::of(exchanges) }
    }

    /// All frames to comment. A mark's `sighting` counts the places of the path, those beside it last.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        let mut marks = Vec::new();
        for row in (0_u32..).take(self.follow.exchanges().len()) {
            let path = self.follow.path(row);
            let mut mark = |frame: Option<InputFrame>, place: usize, reply| {
                if let Some(InputFrame { input, number: frame }) = frame {
                    let sighting = u16::try_from(place).unwrap_or(u16::MAX);
                    marks.push(Mark { input, frame, row, sighting, reply });
                }
            };
            for (place, stop) in path.stops.iter().enumerate() {
                mark(stop.request.as_ref().map(Sighting::input_frame), place, false);
                mark(stop.reply_frame, place, true);
            }
            for (index, copy) in path.beside.iter().enumerate() {
                let place = path.stops.len() + index;
                mark(Some(copy.input_frame()), place, false);
                mark(copy.reply_input_frame(), place, true);
            }
        }
        marks
    }

    pub(crate) fn of(&self, mark: Mark) -> String {
        let path = self.follow.path(mark.row);
        let place = usize::from(mark.sighting);
        let what = if mark.reply { "reply to request" } else { "request" };
        let number = u64::from(mark.row) + 1;
        let Some(stop) = path.stops.get(place) else {
            let copy = path.beside.get(place - path.stops.len());
            let name = copy.map_or("", |copy| self.names.name(copy.place()));
            return format!("{what} {number}: a copy was flooded to {name}, beside its path: no delivery");
        };
        let mut parts = vec![format!(
            "{what} {number}: place {} of {} on its path ({})",
            place + 1,
            path.stops.len(),
            self.names.name(stop.place)
        )];
        if !mark.reply {
            parts.extend(self.changed(&path, place));
        }
        parts.push(fate(&path.exchange));
        parts.extend(stop.request.as_ref().map_or_else(Vec::new, signs));
        if !mark.reply && path.last_request() == Some(place) {
            parts.extend(self.steps.of(mark.row).map(|located| {
                Located {
                    step: located.step,
                    last_seen: self.names.name(located.last_seen).to_owned(),
                    missing_at: located.missing_at.map(|p| self.names.name(p).to_owned()),
                    because: String::new(),
                    narrow: None,
                    code: located.fate.code(),
                }
                .sentence()
            }));
        }
        parts.join("; ")
    }

    fn changed(&self, path: &RequestPath<'_>, place: usize) -> Vec<String> {
        let Some(to) = path.stops.get(place).and_then(|stop| stop.request.as_ref()) else {
            return Vec::new();
        };
        let before = path.stops.iter().take(place).rev().find_map(|stop| stop.request.as_ref());
        self.changes.between(path.exchange.protocol(), before, to)
    }
}

/// What else the place saw of the request.
fn signs(sighting: &Sighting<'_>) -> Vec<String> {
    sighting.signs().into_iter().map(|sign| crate::words::sign(sign).to_owned()).collect()
}
