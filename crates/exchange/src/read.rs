//! Captures in, exchanges out: the one call that reads, decodes, pairs and joins.

use crate::{Exchanges, FrameId, Pairer, PairerConfig};
use std::collections::BTreeMap;
use unanswered_capture::{InputSpec, InputSummary, Merged, OpenError, Reader, Vantages, open};
use unanswered_wire::{NotUnderstood, decode};

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
    let mut not_understood: Vec<BTreeMap<NotUnderstood, u64>> = vec![BTreeMap::new(); readers.len()];
    let mut merged = Merged::new(readers, vantages);
    let mut pairer = Pairer::new(config.clone());
    let mut until_progress = PROGRESS_EVERY;
    while let Some((input, frame)) = merged.next_with_input() {
        let id = FrameId {
            vantage: frame.vantage,
            input: u16::try_from(input).unwrap_or(u16::MAX),
            number: frame.number,
        };
        match decode(frame.link_type, frame.bytes, frame.length) {
            Ok(packet) => pairer.handle_packet(frame.time, id, &packet),
            Err(reason) => {
                pairer.handle_frame(frame.time, frame.vantage);
                *not_understood[input].entry(reason).or_default() += 1;
            }
        }
        until_progress -= 1;
        if until_progress == 0 {
            until_progress = PROGRESS_EVERY;
            progress(Progress { read: merged.bytes_read(), total: merged.bytes_total() });
        }
    }
    let mut inputs: Vec<InputSummary> = merged.summaries();
    for (input, reasons) in inputs.iter_mut().zip(not_understood) {
        input.not_understood = reasons;
    }
    Exchanges::new(pairer, merged.vantages().list(), inputs)
}
