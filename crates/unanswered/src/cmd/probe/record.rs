//! The packets of an experiment, as a pcapng file.

use crate::failure::Failure;
use crate::outputs::InPlace;
use std::fs::File;
use std::io::BufWriter;
use unanswered_capture::PcapngWriter;
use unanswered_experiment::{Incoming, Request};
use unanswered_wire::{LinkType, Time};

/// A file that is written to.
#[derive(Debug)]
pub(super) struct Record {
    writer: PcapngWriter<BufWriter<File>>,
    interface: u32,
    name: String,
    failed: Option<std::io::Error>,
}

impl Record {
    /// Creates the file.
    pub(super) fn create(file: &InPlace) -> Result<Self, Failure> {
        let name = file.path().display().to_string();
        let failed = |error| Failure::writing(&name, &error);
        let mut writer =
            PcapngWriter::new(BufWriter::new(file.create()?), "unanswered probe").map_err(failed)?;
        let interface = writer.add_interface("probe", None, LinkType::Raw, 0).map_err(failed)?;
        Ok(Self { writer, interface, name: name.clone(), failed: None })
    }

    pub(super) fn sent(&mut self, at: Time, request: &Request) {
        self.write(at, &request.packet);
    }

    /// What arrived; datagrams of ordinary sockets have no headers to write.
    pub(super) fn received(&mut self, at: Time, incoming: &Incoming) {
        match incoming {
            Incoming::Packet(bytes) => self.write(at, bytes),
            Incoming::Datagram { .. } | Incoming::Closed { .. } => {}
        }
    }

    fn write(&mut self, at: Time, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if let (None, Err(error)) = (&self.failed, self.writer.write(self.interface, at, length, bytes, &[]))
        {
            self.failed = Some(error);
        }
    }

    /// Ends the file.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let ended = self.failed.map_or_else(|| self.writer.finish().map(|_| ()), Err);
        ended.map_err(|error| Failure::writing(&self.name, &error))
    }
}
