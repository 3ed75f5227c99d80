//! The ring that the kernel puts frames into (`TPACKET_V3`, Documentation/networking/packet_mmap.rst).
//!
//! The memory is a row of blocks. The kernel fills one after the other and hands each over when it is full
//! or when the time-out has passed, by setting its status word; the reader hands it back the same way. A block
//! that was handed over is not written to until it is handed back: that makes it a plain slice of bytes, which
//! [`Received`] reads without further assumptions.

use super::block::Received;
use super::socket::set;
use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bytes of a block: a frame of 64 KiB from segmentation offload fits several times, and even a small ring
/// has several blocks.
pub(crate) const BLOCK: usize = 1 << 18;

/// Where the status word is in a block (`tpacket_block_desc`: version, offset to private, then
/// `tpacket_hdr_v1`).
const STATUS: usize = 8;

/// The status bit that hands a block over (`TP_STATUS_USER`).
const HANDED_OVER: u32 = 1;

/// The shared memory of one socket. It is unmapped when dropped.
#[derive(Debug)]
pub(crate) struct Ring {
    memory: NonNull<u8>,
    blocks: usize,
    /// The next block.
    next: usize,
}

impl Ring {
    /// Gives the socket a ring of `bytes` (whole blocks, at least two) whose blocks are handed over after at most
    /// twice `timeout_ms` milliseconds.
    pub(crate) fn new(socket: &impl AsFd, bytes: usize, timeout_ms: u32) -> Result<Self, Errno> {
        let blocks = (bytes / BLOCK).max(2);
        let number = |value: usize| u32::try_from(value).map_err(|_| Errno::EINVAL);
        set(socket, libc::SOL_PACKET, libc::PACKET_VERSION, &libc::tpacket_versions::TPACKET_V3)?;
        let request = libc::tpacket_req3 {
            tp_block_size: number(BLOCK)?,
            tp_block_nr: number(blocks)?,
            // One frame per block: version 3 puts as many into a block as fit, whatever this says.
            tp_frame_size: number(BLOCK)?,
            tp_frame_nr: number(blocks)?,
            tp_retire_blk_tov: timeout_ms,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        set(socket, libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let length = NonZeroUsize::new(blocks * BLOCK).ok_or(Errno::EINVAL)?;
        let (protection, flags) = (ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED);
        // SAFETY: a new mapping at an address of the kernel's choice; nothing else refers to it.
        let memory = unsafe { mmap(None, length, protection, flags, socket, 0) }?;
        Ok(Self { memory: memory.cast(), blocks, next: 0 })
    }

    /// Bytes of the ring.
    pub(crate) const fn bytes(&self) -> usize {
        self.blocks * BLOCK
    }

    /// Passes on the next block, if the kernel has handed it over, and hands it back afterwards; returns whether there
    /// was one.
    pub(crate) fn next_block(&mut self, see: impl FnOnce(Received<'_>)) -> bool {
        // SAFETY: `next` is below `blocks`, so the block lies in the mapping.
        let block = unsafe { self.memory.add(self.next * BLOCK) };
        // SAFETY: the status word is aligned (blocks are page-aligned), lies in the mapping as long as `self`
        // lives, and the kernel reads and writes it as one word.
        let status = unsafe { AtomicU32::from_ptr(block.add(STATUS).cast().as_ptr()) };
        if status.load(Ordering::Acquire) & HANDED_OVER == 0 {
            return false;
        }
        // SAFETY: the whole block lies in the mapping. It was handed over, which the load above ensures:
        // the kernel does not write to it before the store below, and this slice has ended by then. (The
        // status word itself, which the slice covers too, the kernel does not touch either.)
        let bytes = unsafe { std::slice::from_raw_parts(block.as_ptr(), BLOCK) };
        see(Received::new(bytes));
        status.store(0, Ordering::Release);
        self.next = (self.next + 1) % self.blocks;
        true
    }
}

// SAFETY: the mapping belongs to this value alone, and no thread is bound to it.
unsafe impl Send for Ring {}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: this mapping, of this length, was made in `new` and no slice of it outlives `self`. An error
        // would mean that it is gone already.
        let _ = unsafe { munmap(self.memory.cast(), self.bytes()) };
    }
}
