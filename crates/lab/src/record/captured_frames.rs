//! Frames in memory, and one pcapng file with an interface for each vantage point.
//!
//! Frames are kept until the end and sorted by time, because a packet that is fragmented or captured
//! at several places may come out of order by some nanoseconds.

use super::frames::{Crossed, FrameMaker};
use std::io::{self, Write};
use unanswered_capture::PcapngWriter;
use unanswered_scenario::model::Scenario;
use unanswered_wire::{LinkType, Time};
use unanswered_world::observer::CapturedPacket;

/// Everything captured so far.
#[derive(Debug, Default)]
pub struct Captures {
    maker: FrameMaker,
    bytes: Vec<u8>,
    index: Vec<KeptFrame>,
    /// Packets that could not be written as bytes.
    not_emitted: u64,
}

/// One frame.
#[derive(Clone, Copy, Debug)]
struct KeptFrame {
    time: Time,
    vantage: u32,
    start: usize,
    length: u32,
}

impl Captures {
    /// Keeps what passed a vantage point.
    pub fn keep(&mut self, scenario: &Scenario, captured: &CapturedPacket<'_>) {
        let Self { maker, bytes, index, not_emitted } = self;
        let link = Crossed { network: captured.network, from: captured.from, to: captured.to };
        let made = maker.frames(scenario, captured.packet, link, |frame| {
            index.push(KeptFrame {
                time: captured.time,
                vantage: captured.vantage,
                start: bytes.len(),
                length: u32::try_from(frame.len()).unwrap_or(u32::MAX),
            });
            bytes.extend_from_slice(frame);
        });
        *not_emitted += u64::from(made.is_err());
    }

    /// How many frames were captured.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether nothing was captured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Packets that could not be written as bytes.
    #[must_use]
    pub const fn not_emitted(&self) -> u64 {
        self.not_emitted
    }

    /// Writes the frames of the chosen vantage points (all when none is chosen) up to a time, as a
    /// pcapng file with one interface each.
    ///
    /// # Errors
    /// Errors of the stream.
    pub fn write<W: Write>(
        &self,
        scenario: &Scenario,
        chosen: &[u32],
        until: Option<Time>,
        to: W,
    ) -> io::Result<W> {
        let mut writer = PcapngWriter::new(to, "unanswered lab")?;
        let mut numbers = vec![None; scenario.vantages.len()];
        for (index, vantage) in (0_u32..).zip(&scenario.vantages) {
            if chosen.is_empty() || chosen.contains(&index) {
                let interface = scenario.interface(vantage.interface);
                let host = &scenario.host(vantage.interface.host).name;
                let description = format!("{host}, {}: {}", interface.name, vantage.about);
                let number =
                    writer.add_interface(&vantage.name, Some(&description), LinkType::Ethernet, 0)?;
                numbers[index as usize] = Some(number);
            }
        }
        let mut order: Vec<&KeptFrame> = self.index.iter().collect();
        order.sort_by_key(|entry| entry.time);
        for entry in order {
            let Some(number) = numbers[entry.vantage as usize] else { continue };
            if until.is_some_and(|until| entry.time > until) {
                continue;
            }
            let bytes = &self.bytes[entry.start..entry.start + entry.length as usize];
            writer.write(number, entry.time, entry.length, bytes, &[])?;
        }
        writer.finish()
    }
}
