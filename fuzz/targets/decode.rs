//! Frames of any link type. First byte: link type; second: how much the snap length cut off.
#![no_main]

use libfuzzer_sys::fuzz_target;
use unanswered_fuzz::{LINK_TYPES, frame};

fuzz_target!(|data: &[u8]| {
    let [link, cut, bytes @ ..] = data else { return };
    let link_type = LINK_TYPES[usize::from(*link) % LINK_TYPES.len()];
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    frame(link_type, bytes, length.saturating_add(u32::from(*cut)));
});
