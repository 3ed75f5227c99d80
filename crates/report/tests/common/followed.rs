//! Recorded captures, read and followed.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::allow_attributes, reason = "whether dead_code fires differs between test binaries")]

use std::path::{Path, PathBuf};
use unanswered_capture::InputSpec;
use unanswered_evidence::step::Steps;
use unanswered_exchange::follow::Follow;
use unanswered_exchange::{Exchanges, PairerConfig, read_captures};
use unanswered_report::trace::{Selection, Trace, TraceError};

/// Exchanges with the inputs they are from.
pub(crate) struct Captured {
    pub(crate) inputs: Vec<InputSpec>,
    pub(crate) exchanges: Exchanges,
}

impl Captured {
    pub(crate) fn of(inputs: Vec<InputSpec>) -> Self {
        let exchanges = read_captures(&inputs, &PairerConfig::default(), &mut |_| {}).expect("captures");
        Self { inputs, exchanges }
    }

    pub(crate) fn trace(&self, selection: &Selection) -> Result<Trace, TraceError> {
        Trace::new(&Follow::new(&self.exchanges), &Steps::new(&self.exchanges), selection)
    }
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name)
}

/// The story at its clients, behind the router and at the servers.
pub(crate) fn story() -> Captured {
    story_at(&["cpn1", "cpn2", "cpn3", "vrouter-out", "ntp-a", "ntp-b"])
}

/// The story at some of its places.
pub(crate) fn story_at(places: &[&str]) -> Captured {
    let file = |place: &&str| testdata(&format!("captures/story-osa/{place}.pcap.zst"));
    Captured::of(places.iter().map(|place| InputSpec::new(file(place))).collect())
}

/// An overlay network, all places in one file.
pub(crate) fn nested(name: &str) -> Captured {
    Captured::of(vec![InputSpec::new(testdata(&format!("nested/{name}/merged.pcapng.zst")))])
}

/// One place only.
pub(crate) fn single() -> Captured {
    Captured::of(vec![InputSpec::new(testdata("captures/dns/vrouter-out.pcap.zst"))])
}

/// Places with names that an attacker would choose.
pub(crate) fn hostile() -> Captured {
    let named = [
        ("<script>alert(1)</script>\x1b[2J", "cpn2"),
        ("\u{202e}\"onload='x' & \n", "vrouter-out"),
        ("]]><svg/onload=1>", "ntp-a"),
    ];
    let spec = |(name, place): (&str, &str)| InputSpec {
        name: Some(name.to_owned()),
        ..InputSpec::new(testdata(&format!("captures/story-osa/{place}.pcap.zst")))
    };
    Captured::of(named.into_iter().map(spec).collect())
}
