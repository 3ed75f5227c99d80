//! What a pcapng file can hold besides packets: about its section, an interface, a packet, and what was lost.

use unanswered_wire::{Direction, LinkType, Time};

/// What a section header says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SectionDescription<'a> {
    /// The program that writes the file (`shb_userappl`).
    pub application: &'a str,
    /// The operating system of the capturing host (`shb_os`).
    pub system: Option<&'a str>,
    /// Its hardware (`shb_hardware`).
    pub hardware: Option<&'a str>,
    /// Anything else worth knowing (`opt_comment`).
    pub comment: Option<&'a str>,
}

/// What an interface description says. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceDescription<'a> {
    /// Its name (`if_name`).
    pub name: &'a str,
    /// Where it is (`if_description`).
    pub description: Option<&'a str>,
    /// The link layer of its frames.
    pub link_type: LinkType,
    /// Snapshot length: bytes to keep of each frame; 0 is no limit.
    pub snap_length: u32,
    /// The filter that frames passed, as text (`if_filter`).
    pub filter: Option<&'a str>,
    /// The operating system that the interface belongs to (`if_os`).
    pub system: Option<&'a str>,
}

impl<'a> InterfaceDescription<'a> {
    /// An interface of which only this is known.
    #[must_use]
    pub const fn new(name: &'a str, link_type: LinkType, snap_length: u32) -> Self {
        Self { name, description: None, link_type, snap_length, filter: None, system: None }
    }
}

/// To whom a frame was addressed (bits 2 to 4 of `epb_flags`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reception {
    /// Not known.
    #[default]
    Unspecified,
    /// To the capturing host.
    Unicast,
    /// To a group.
    Multicast,
    /// To all.
    Broadcast,
    /// To another host: seen because the interface is in promiscuous mode.
    Promiscuous,
}

/// The flags of a packet (`epb_flags`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketFlags {
    /// Which way it crossed the interface. [`Direction::Other`] is written as coming in.
    pub direction: Option<Direction>,
    /// To whom it was addressed.
    pub reception: Reception,
}

impl PacketFlags {
    /// The 32 bits, or `None` when they would say nothing.
    pub(super) fn bits(self) -> Option<u32> {
        let direction = match self.direction {
            None => 0,
            Some(Direction::In | Direction::Other) => 1,
            Some(Direction::Out) => 2,
        };
        let reception = match self.reception {
            Reception::Unspecified => 0,
            Reception::Unicast => 1,
            Reception::Multicast => 2,
            Reception::Broadcast => 3,
            Reception::Promiscuous => 4,
        };
        Some(direction | reception << 2).filter(|bits| *bits != 0)
    }
}

/// What an interface counted from `start` to `end`; in the last block of an interface that is the whole
/// file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// When capturing began (`isb_starttime`).
    pub start: Time,
    /// When it ended (`isb_endtime`); also the time of the block.
    pub end: Time,
    /// Packets that passed the filter, lost ones included (`isb_ifrecv`).
    pub received: u64,
    /// Packets that were lost for lack of space (`isb_ifdrop`, which is where dumpcap puts them
    /// and Wireshark looks).
    pub dropped: u64,
    /// Packets written (`isb_usrdeliv`).
    pub delivered: u64,
}
