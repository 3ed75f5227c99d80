//! Captures made in memory, and reading all of one.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::{self, Cursor, Read};
use unanswered_capture::{InputSpec, OpenError, Reader, Vantage, Vantages, Warning, open_stream};
use unanswered_wire::{LinkType, Time};

/// A frame, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) time: Time,
    pub(crate) vantage: u16,
    pub(crate) link_type: LinkType,
    pub(crate) number: u64,
    pub(crate) length: u32,
    pub(crate) bytes: Vec<u8>,
}

/// All of a capture.
#[derive(Debug)]
pub(crate) struct Read1 {
    pub(crate) frames: Vec<Owned>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) vantages: Vec<Vantage>,
}

impl Read1 {
    pub(crate) fn bytes(&self) -> Vec<&[u8]> {
        self.frames.iter().map(|frame| frame.bytes.as_slice()).collect()
    }
}

pub(crate) fn read(bytes: &[u8]) -> Result<Read1, OpenError> {
    read_from(Box::new(Cursor::new(bytes.to_vec())))
}

pub(crate) fn read_from(source: Box<dyn Read + Send>) -> Result<Read1, OpenError> {
    let vantages = Vantages::new();
    let mut reader = open_stream(&InputSpec::new("dir/test.pcap"), source, None, &vantages)?;
    let frames = drain(&mut reader);
    Ok(Read1 { frames, warnings: reader.warnings().to_vec(), vantages: vantages.list() })
}

pub(crate) fn drain(reader: &mut Reader) -> Vec<Owned> {
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame() {
        frames.push(Owned {
            time: frame.time,
            vantage: frame.vantage.0,
            link_type: frame.link_type,
            number: frame.number,
            length: frame.length,
            bytes: frame.bytes.to_vec(),
        });
    }
    frames
}

/// Hands out one byte at a time, as the slowest of pipes would.
pub(crate) struct Trickle(pub(crate) Cursor<Vec<u8>>);

impl Read for Trickle {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let one = room.len().min(1);
        self.0.read(&mut room[..one])
    }
}

/// The byte order of a generated file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    pub(crate) fn u16(self, value: u16) -> [u8; 2] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    pub(crate) fn u32(self, value: u32) -> [u8; 4] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }
}

pub(crate) fn u32_of(length: usize) -> u32 {
    u32::try_from(length).expect("short")
}

/// A pcap file header.
pub(crate) fn pcap_header(order: Order, magic: u32, snap_length: u32, link_type: u32) -> Vec<u8> {
    let mut file = order.u32(magic).to_vec();
    file.extend(order.u16(2));
    file.extend(order.u16(4));
    file.extend([0; 8]);
    file.extend(order.u32(snap_length));
    file.extend(order.u32(link_type));
    file
}

/// A pcap record.
pub(crate) fn pcap_record(order: Order, time: [u32; 2], wire: usize, bytes: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    for field in [time[0], time[1], u32_of(bytes.len()), u32_of(wire)] {
        record.extend(order.u32(field));
    }
    record.extend(bytes);
    record
}

/// Microseconds, Ethernet, one packet per payload, one second apart.
pub(crate) fn pcap(order: Order, payloads: &[&[u8]]) -> Vec<u8> {
    let mut file = pcap_header(order, 0xa1b2_c3d4, 65_535, 1);
    for (second, payload) in payloads.iter().enumerate() {
        let second = 1_700_000_000 + u32_of(second);
        file.extend(pcap_record(order, [second, 250_000], payload.len(), payload));
    }
    file
}

/// A pcapng block around a body.
pub(crate) fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = order.u32(u32_of(padded + 12));
    let mut block = order.u32(kind).to_vec();
    block.extend(length);
    block.extend(body);
    block.resize(8 + padded, 0);
    block.extend(length);
    block
}

pub(crate) fn section(order: Order) -> Vec<u8> {
    let mut body = order.u32(0x1a2b_3c4d).to_vec();
    body.extend(order.u16(1));
    body.extend(order.u16(0));
    body.extend([0xff; 8]);
    block(order, 0x0a0d_0d0a, &body)
}

pub(crate) fn option(order: Order, code: u16, value: &[u8]) -> Vec<u8> {
    let mut option = order.u16(code).to_vec();
    option.extend(order.u16(u16::try_from(value.len()).expect("short")));
    option.extend(value);
    option.resize(4 + value.len().next_multiple_of(4), 0);
    option
}

pub(crate) fn interface(order: Order, link_type: u16, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = order.u16(link_type).to_vec();
    body.extend([0; 2]);
    body.extend(order.u32(0));
    for (code, value) in options {
        body.extend(option(order, *code, value));
    }
    block(order, 1, &body)
}

pub(crate) fn enhanced(order: Order, interface: u32, time: u64, bytes: &[u8]) -> Vec<u8> {
    let half = |value: u64| u32::try_from(value & 0xffff_ffff).expect("32 bits");
    let mut body = Vec::new();
    for field in [interface, half(time >> 32), half(time), u32_of(bytes.len()), u32_of(bytes.len())] {
        body.extend(order.u32(field));
    }
    body.extend(bytes);
    block(order, 6, &body)
}
