//! Captures in, exchanges out: the one call that reads, decodes, pairs and joins.

use crate::{Exchanges, FrameId, Pairer, PairerConfig, Windows};
use std::collections::BTreeMap;
use unanswered_capture::{
    Frame, InputSpec, InputSummary, LeftOut, Merged, OpenError, Reader, Vantages, open,
};
use unanswered_narrow::{Backwards, Narrowed, Narrowing};
use unanswered_wire::{NotUnderstood, Span, decode};

/// Frames between two calls of the progress function.
const PROGRESS_EVERY: u32 = 16_384;

/// How far reading has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read of all files.
    pub read: u64,
    /// Length of all files; `None` when one of them is a pipe.
    pub total: Option<u64>,
}

/// Reads captures of any number of places, merged by time.
///
/// # Errors
/// When an input cannot be opened or is not a capture. Damage inside one is not an error: it is among the
/// warnings of [`Exchanges::inputs`], and what could be read is there.
///
/// ```no_run
/// use unanswered_capture::InputSpec;
/// use unanswered_exchange::{PairerConfig, read_captures};
/// let inputs = [InputSpec::parse("inside=a.pcap"), InputSpec::parse("outside=b.pcapng.zst")];
/// let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {})?;
/// for exchange in exchanges.iter() {
///     let place = exchanges.place_name(exchange.nearest().place());
///     println!("{:.6} {place} {}", exchange.time().seconds(), exchange.outcome());
/// }
/// # Ok::<(), unanswered_capture::OpenError>(())
/// ```
pub fn read_captures(
    inputs: &[InputSpec],
    config: &PairerConfig,
    progress: &mut dyn FnMut(Progress),
) -> Result<Exchanges, OpenError> {
    let vantages = Vantages::new();
    let readers = inputs.iter().map(|input| open(input, &vantages)).collect::<Result<Vec<_>, _>>()?;
    Ok(read_all(readers, vantages, config, progress))
}

/// Reads captures that are open already (standard input, a stream in memory).
pub fn read_all(
    readers: Vec<Reader>,
    vantages: Vantages,
    config: &PairerConfig,
    progress: &mut dyn FnMut(Progress),
) -> Exchanges {
    read_narrowed(readers, vantages, config, &Narrowing::default(), progress)
        .expect("without bounds, no window ends before it begins")
}

/// The same for those frames only that are wanted; moments that are relative to the first frame count from the earliest
/// of all inputs.
///
/// Frames outside of the window are not paired. Where there are any, their place was capturing up to the window's edge: a
/// request is unknown when its time-out ends after the window, and not when it ends after the last frame within. Frames that
/// the filter leaves out show that the capture went on at their times.
///
/// # Errors
/// When the window turns out to end before it begins, which is known when the first frame has been read.
pub fn read_narrowed(
    readers: Vec<Reader>,
    vantages: Vantages,
    config: &PairerConfig,
    narrowing: &Narrowing,
    progress: &mut dyn FnMut(Progress),
) -> Result<Exchanges, Backwards> {
    let mut pairer = Pairer::new(config.clone());
    let frames = read_frames(readers, vantages, narrowing, &mut pairer, &mut |pairer, merged, stop| {
        if stop {
            // All of them are rows of the result.
            pairer.skip_settled();
            progress(Progress { read: merged.bytes_read(), total: merged.bytes_total() });
        }
    })?;
    let (inputs, unread, left_out) = frames.summaries();
    let exchanges = Exchanges::new(pairer, frames.merged.vantages().list(), inputs);
    Ok(exchanges.of_frames(frames.narrowed, unread, left_out))
}

/// The same window by window, each as soon as its requests are settled: see [`Windows`].
///
/// # Errors
/// Like [`read_narrowed`].
pub fn read_in_windows(
    readers: Vec<Reader>,
    vantages: Vantages,
    config: &PairerConfig,
    narrowing: &Narrowing,
    length: Span,
    each: &mut dyn FnMut(Exchanges),
) -> Result<(), Backwards> {
    let mut pairer = Pairer::new(config.clone());
    let mut windows = Windows::new(length);
    let frames = read_frames(readers, vantages, narrowing, &mut pairer, &mut |pairer, merged, _| {
        if !windows.is_due(pairer) {
            return;
        }
        pairer.skip_settled();
        let (vantages, inputs) = (merged.vantages().list(), merged.summaries());
        while let Some(exchanges) = windows.poll(pairer, &vantages, &inputs) {
            each(exchanges);
        }
    })?;
    pairer.handle_end();
    let (vantages, (inputs, ..)) = (frames.merged.vantages().list(), frames.summaries());
    while let Some(exchanges) = windows.poll_rest(&mut pairer, &vantages, &inputs) {
        each(exchanges);
    }
    Ok(())
}

/// What was read of all inputs.
struct Frames {
    merged: Merged,
    counts: Vec<Counts>,
    narrowed: Narrowed,
}

impl Frames {
    /// The inputs, and how many of their frames were not understood and left out.
    fn summaries(&self) -> (Vec<InputSummary>, u64, u64) {
        let mut inputs = self.merged.summaries();
        let unread = self.counts.iter().map(|counts| counts.unread).sum();
        let left_out = self.counts.iter().map(|counts| counts.left_out.total()).sum();
        for (input, counts) in inputs.iter_mut().zip(&self.counts) {
            input.not_understood.clone_from(&counts.not_understood);
            input.left_out = counts.left_out;
        }
        (inputs, unread, left_out)
    }
}

/// Gives all frames to the pairer; `after` each of them, it is told whether it is time to say how far reading has got.
fn read_frames(
    readers: Vec<Reader>,
    vantages: Vantages,
    narrowing: &Narrowing,
    pairer: &mut Pairer,
    after: &mut dyn FnMut(&mut Pairer, &Merged, bool),
) -> Result<Frames, Backwards> {
    let beside_others = readers.len() > 1;
    let mut counts = vec![Counts { beside_others, ..Counts::default() }; readers.len()];
    let mut merged = Merged::new(readers, vantages);
    let mut narrowed = None;
    let mut until_stop = PROGRESS_EVERY;
    while let Some((input, frame)) = merged.next_with_input() {
        let narrowed = match &narrowed {
            Some(known) => known,
            None => narrowed.insert(narrowing.from(frame.time)?),
        };
        take(pairer, narrowed, &mut counts[input], input, &frame);
        until_stop -= 1;
        let stop = until_stop == 0;
        if stop {
            until_stop = PROGRESS_EVERY;
        }
        after(pairer, &merged, stop);
    }
    Ok(Frames { merged, counts, narrowed: narrowed.unwrap_or_default() })
}

/// What was not paired of one input.
#[derive(Clone, Debug, Default)]
struct Counts {
    /// There are other inputs: this one may be a copy of one of them.
    beside_others: bool,
    not_understood: BTreeMap<NotUnderstood, u64>,
    /// Those of them that were not left out.
    unread: u64,
    left_out: LeftOut,
}

/// Gives a frame to the pairer, or counts why not.
#[inline]
fn take(pairer: &mut Pairer, narrowed: &Narrowed, counts: &mut Counts, input: usize, frame: &Frame<'_>) {
    if !narrowed.is_within(frame.time) {
        pairer.handle_frame(narrowed.nearest(frame.time), frame.vantage);
        counts.left_out.by_time += 1;
        return;
    }
    if counts.beside_others {
        pairer.handle_recording(u16::try_from(input).unwrap_or(u16::MAX), frame);
    }
    let decoded = decode(frame.link_type, frame.bytes, frame.length);
    if let Err(reason) = decoded {
        *counts.not_understood.entry(reason).or_default() += 1;
    }
    let wanted = narrowed.wants(decoded.as_ref().ok());
    match decoded {
        Ok(mut packet) if wanted => {
            packet.link.flagged_direction = frame.direction;
            let id = FrameId {
                vantage: frame.vantage,
                input: u16::try_from(input).unwrap_or(u16::MAX),
                number: frame.number,
            };
            pairer.handle_packet(frame.time, id, &packet);
        }
        Ok(_) | Err(_) => {
            pairer.handle_frame(frame.time, frame.vantage);
            counts.unread += u64::from(wanted);
            counts.left_out.by_filter += u64::from(!wanted);
        }
    }
}
