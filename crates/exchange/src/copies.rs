//! Recordings that are in the input twice: a copy under another name, a merged file and its parts.
//!
//! A copy shows nothing that its original does not, and would pass for a second place. Frames are merged by time, so that the
//! frames of a recording and of its copy come one behind the other; they are compared by length and first bytes. Where practically
//! all frames of one source are another's too, from the first to the last that they share, it is a copy. Two interfaces of one
//! host may give a received packet one time, but not the packet that goes back as well.

use rustc_hash::FxHasher;
use std::collections::BTreeMap;
use std::hash::Hasher as _;
use unanswered_capture::{Frame, VantageId};
use unanswered_wire::Time;

/// One frame in so many may be missing in the original.
const PRACTICALLY_ALL: u64 = 100;

/// Fewer frames in common are a copy only where the source has no others.
const COMMON_MIN: u64 = 10;

/// Bytes of a frame that are compared.
const COMPARED: usize = 64;

/// Frames of one microsecond that are remembered.
const AT_ONCE_MAX: usize = 256;

/// A vantage point of an input whose frames are another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CopyOf {
    pub(crate) input: u16,
    pub(crate) vantage: u16,
    pub(crate) of_input: u16,
    pub(crate) of_vantage: u16,
    /// From when to when the two hold the same frames.
    pub(crate) from: Time,
    pub(crate) to: Time,
}

/// One vantage point of one input.
#[derive(Clone, Copy, Debug)]
struct Source {
    input: u16,
    vantage: u16,
    frames: u64,
    /// Frames that some other source has, too.
    shared: u64,
}

#[derive(Clone, Copy, Debug)]
struct Recent {
    source: usize,
    length: u32,
    hash: u64,
    shared: bool,
}

/// What two sources have in common.
#[derive(Clone, Copy, Debug)]
struct Common {
    frames: u64,
    /// Time of the first common frame, and how many frames each had before it.
    from: Time,
    before: (u64, u64),
    /// Time of the last one, and how many frames each had with it.
    to: Time,
    until: (u64, u64),
}

/// Compares the frames of all sources as they are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copies {
    sources: Vec<Source>,
    last: usize,
    microsecond: i64,
    recent: Vec<Recent>,
    /// By source, the lower one first.
    common: BTreeMap<(usize, usize), Common>,
}

impl Copies {
    /// Takes the next frame in order of time.
    pub(crate) fn handle(&mut self, input: u16, frame: &Frame<'_>) {
        let source = self.source(input, frame.vantage);
        let microsecond = frame.time.nanoseconds().div_euclid(1000);
        if microsecond != self.microsecond {
            self.microsecond = microsecond;
            self.recent.clear();
        }
        let mut hasher = FxHasher::default();
        hasher.write(frame.bytes.get(..COMPARED).unwrap_or(frame.bytes));
        let mut new = Recent { source, length: frame.length, hash: hasher.finish(), shared: false };
        if let Some(source) = self.sources.get_mut(source) {
            source.frames += 1;
        }
        let mut recent = std::mem::take(&mut self.recent);
        for known in &mut recent {
            if known.source == source || (known.length, known.hash) != (new.length, new.hash) {
                continue;
            }
            new.shared = true;
            if !std::mem::replace(&mut known.shared, true)
                && let Some(source) = self.sources.get_mut(known.source)
            {
                source.shared += 1;
            }
            self.note(known.source, source, frame.time);
        }
        if let Some(source) = self.sources.get_mut(source) {
            source.shared += u64::from(new.shared);
        }
        if recent.len() < AT_ONCE_MAX {
            recent.push(new);
        }
        self.recent = recent;
    }

    fn source(&mut self, input: u16, vantage: VantageId) -> usize {
        let same = |source: &Source| (source.input, source.vantage) == (input, vantage.0);
        if self.sources.get(self.last).is_some_and(same) {
            return self.last;
        }
        self.last = self.sources.iter().position(same).unwrap_or_else(|| {
            self.sources.push(Source { input, vantage: vantage.0, frames: 0, shared: 0 });
            self.sources.len() - 1
        });
        self.last
    }

    fn note(&mut self, a: usize, b: usize, time: Time) {
        let (a, b) = (a.min(b), a.max(b));
        let frames = |source: usize| self.sources.get(source).map_or(0, |source| source.frames);
        let now = (frames(a), frames(b));
        let before = (now.0.saturating_sub(1), now.1.saturating_sub(1));
        let first = Common { frames: 0, from: time, before, to: time, until: now };
        let common = self.common.entry((a, b)).or_insert(first);
        common.frames += 1;
        common.to = time;
        common.until = now;
    }

    /// The copies, in the order of the inputs. None is the original of another.
    pub(crate) fn found(&self) -> Vec<CopyOf> {
        let mut copies: Vec<Option<CopyOf>> =
            (0..self.sources.len()).map(|whole| self.merged(whole)).collect();
        for (&(a, b), common) in &self.common {
            if copies[a].is_some() || copies[b].is_some() {
                continue;
            }
            if self.is_within(b, a) {
                copies[b] = Some(self.copy(b, a, common));
            } else if self.is_within(a, b) {
                copies[a] = Some(self.copy(a, b, common));
            }
        }
        copies.into_iter().flatten().collect()
    }

    fn common(&self, a: usize, b: usize) -> Option<&Common> {
        self.common.get(&(a.min(b), a.max(b)))
    }

    /// Whether the frames of `part` are among those of `whole`, from the first to the last that they share.
    fn is_within(&self, part: usize, whole: usize) -> bool {
        let Some(common) = self.common(part, whole) else { return false };
        let (of_part, of_whole) = (&self.sources[part], &self.sources[whole]);
        let passed = (common.until.0 - common.before.0, common.until.1 - common.before.1);
        let passed = if part < whole { passed.0 } else { passed.1 };
        // The interfaces of one file may have been one host's, where a packet that came in has one time at two of them.
        if of_part.input == of_whole.input {
            return common.frames == of_part.frames && common.frames == of_whole.frames;
        }
        let missing = passed.saturating_sub(common.frames);
        missing.saturating_mul(PRACTICALLY_ALL) <= common.frames
            && (common.frames >= COMMON_MIN || common.frames == of_part.frames)
    }

    /// A file that several others were merged into shows less than they do: it is the copy then.
    fn merged(&self, whole: usize) -> Option<CopyOf> {
        let of = self.sources[whole];
        let parts: Vec<usize> = (0..self.sources.len())
            .filter(|&part| part != whole && self.sources[part].frames < of.frames)
            .filter(|&part| self.is_within(part, whole))
            .collect();
        let missing = of.frames.saturating_sub(of.shared);
        if parts.len() < 2 || missing.saturating_mul(PRACTICALLY_ALL) > of.frames {
            return None;
        }
        let common = |part: &usize| self.common(*part, whole);
        let largest = *parts.iter().rev().max_by_key(|part| common(part).map(|common| common.frames))?;
        let from = parts.iter().filter_map(common).map(|common| common.from).min()?;
        let to = parts.iter().filter_map(common).map(|common| common.to).max()?;
        Some(CopyOf { from, to, ..self.copy(whole, largest, common(&largest)?) })
    }

    fn copy(&self, copy: usize, original: usize, common: &Common) -> CopyOf {
        let (copy, original) = (self.sources[copy], self.sources[original]);
        CopyOf {
            input: copy.input,
            vantage: copy.vantage,
            of_input: original.input,
            of_vantage: original.vantage,
            from: common.from,
            to: common.to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unanswered_wire::LinkType;

    /// Frames by their time in microseconds, input (also the vantage point) and first byte.
    fn found(frames: &[(i64, u16, u8)]) -> Vec<(u16, u16)> {
        let mut frames = frames.to_vec();
        frames.sort_unstable();
        let mut copies = Copies::default();
        for (at, input, byte) in frames {
            let bytes = [byte; 80];
            let frame = Frame {
                time: Time::from_nanoseconds(at * 1000),
                vantage: VantageId(input),
                link_type: LinkType::Ethernet,
                number: 1,
                length: 80,
                direction: None,
                bytes: &bytes,
            };
            copies.handle(input, &frame);
        }
        copies.found().iter().map(|copy| (copy.vantage, copy.of_vantage)).collect()
    }

    fn recording(input: u16, from: i64, to: i64) -> impl Iterator<Item = (i64, u16, u8)> {
        (from..to).map(move |number| (number * 50, input, u8::try_from(number % 200).unwrap()))
    }

    #[test]
    fn a_recording_and_its_copy_are_one() {
        let frames: Vec<_> = recording(0, 0, 100).chain(recording(1, 0, 100)).collect();
        assert_eq!(found(&frames), [(1, 0)]);
        // Three of them, of which one goes on for longer.
        let frames: Vec<_> =
            recording(0, 0, 60).chain(recording(1, 0, 100)).chain(recording(2, 30, 80)).collect();
        assert_eq!(found(&frames), [(1, 0), (2, 0)]);
    }

    #[test]
    fn a_file_merged_of_two_is_the_copy_of_both_and_of_one_the_original() {
        let later = |input| recording(input, 0, 100).map(|(at, input, byte)| (at + 7, input, byte));
        let merged = || recording(0, 0, 100).chain(later(0));
        let both: Vec<_> = merged().chain(recording(1, 0, 100)).chain(later(2)).collect();
        assert_eq!(found(&both), [(0, 1)]);
        let one: Vec<_> = merged().chain(recording(1, 0, 100)).collect();
        assert_eq!(found(&one), [(1, 0)]);
    }

    #[test]
    fn two_places_that_a_host_gave_one_time_for_received_packets_only_are_two() {
        let sent = |input| {
            recording(input, 0, 100).map(|(at, input, byte)| (at + 9 + 3 * i64::from(input), input, byte))
        };
        let frames: Vec<_> =
            recording(0, 0, 100).chain(recording(1, 0, 100)).chain(sent(0)).chain(sent(1)).collect();
        assert_eq!(found(&frames), []);
    }
}
