//! What became of each frame, as both documents write it.

use serde::Serialize;
use unanswered_exchange::{FrameCounts, UnpairedFrames};

/// All frames; `read` is the sum of all others.
#[derive(Serialize)]
pub(crate) struct FramesView {
    read: u64,
    paired: u64,
    connection: u64,
    not_paired: Vec<UnpairedView>,
    not_understood: u64,
    left_out: u64,
}

#[derive(Serialize)]
struct UnpairedView {
    what: &'static str,
    port: Option<u16>,
    number: Option<u8>,
    name: Option<&'static str>,
    frames: u64,
    one_way: u64,
}

impl FramesView {
    pub(crate) fn new(counts: &FrameCounts) -> Self {
        Self {
            read: counts.read,
            paired: counts.paired,
            connection: counts.connection,
            not_paired: counts.not_paired.iter().map(UnpairedView::new).collect(),
            not_understood: counts.not_understood,
            left_out: counts.left_out,
        }
    }
}

impl UnpairedView {
    fn new(group: &UnpairedFrames) -> Self {
        let UnpairedFrames { what, frames, one_way } = *group;
        Self {
            what: what.code(),
            port: what.port(),
            number: what.number(),
            name: what.name(),
            frames,
            one_way,
        }
    }
}
