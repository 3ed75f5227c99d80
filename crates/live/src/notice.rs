//! What a capture reports while it runs and when it is done.

use std::fmt;
use std::time::Duration;
use unanswered_time::spans::in_words;

/// Something that happened around the capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Everything is open; packets are captured from now on.
    Ready {
        /// Number of places.
        places: usize,
        /// Bytes of each ring.
        ring: usize,
        /// The filter in words; empty when everything is captured.
        filter: String,
    },
    /// What was done about privileges.
    Privileges(String),
    /// The rings were made smaller than usual, because there are so many places.
    SmallRings {
        /// Bytes of the ring of each place.
        ring: usize,
    },
    /// A place that is not captured.
    Skipped {
        /// Its name.
        place: String,
        /// The reason.
        why: String,
    },
    /// A place whose interface went down; capturing resumes when it comes up.
    Down(String),
    /// A place whose interface no longer exists.
    Gone(String),
    /// No place is left.
    NoneLeft,
    /// Packets outside the time in which all places were open.
    Outside {
        /// How many came before.
        early: u64,
        /// How many came afterwards.
        late: u64,
    },
}

impl Notice {
    /// Whether it matters only to those who ask for details.
    #[must_use]
    pub const fn is_detail(&self) -> bool {
        matches!(self, Self::Privileges(_) | Self::SmallRings { .. } | Self::Outside { .. })
    }

    /// Whether something is not as requested.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        matches!(self, Self::Skipped { .. } | Self::Down(_) | Self::Gone(_) | Self::NoneLeft)
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = |bytes: &usize| bytes >> 10;
        match self {
            Self::Ready { places, ring, filter } => {
                let what = if filter.is_empty() { "everything" } else { filter };
                let plural = if *places == 1 { "" } else { "s" };
                let mib = kib(ring) >> 10;
                write!(f, "capturing {what} at {places} place{plural} (ring of {mib} MiB each); Ctrl-C ends")
            }
            Self::Privileges(words) => f.write_str(words),
            Self::SmallRings { ring } => {
                write!(
                    f,
                    "rings of only {} KiB each, since there are very many places; --ring MIB sets it",
                    kib(ring)
                )
            }
            Self::Skipped { place, why } => write!(f, "{place} is not captured: {why}"),
            Self::Down(place) => {
                write!(f, "{place} went down; its capture resumes when it comes up again")
            }
            Self::Gone(place) => write!(f, "{place} is gone; the capture continues at the other places"),
            Self::NoneLeft => f.write_str("no interface is left; the capture ends"),
            Self::Outside { early, late } => {
                write!(f, "left out: {early} packets from before all places were open, {late} after the end")
            }
        }
    }
}

/// What was counted at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceSummary {
    /// Its name.
    pub name: String,
    /// Packets that passed the filter between beginning and end, including lost ones.
    pub received: u64,
    /// Packets that the kernel lost for want of room in the ring.
    pub dropped: u64,
    /// Packets written.
    pub written: u64,
    /// Packets that came before all places were open; they are not written.
    pub early: u64,
    /// Packets that came after the end; they are not written.
    pub late: u64,
}

/// What there is to report of a capture when it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The places, in the order of the file.
    pub places: Vec<PlaceSummary>,
    /// Packets written.
    pub packets: u64,
    /// How long it took.
    pub took: Duration,
    /// How many files were written, if files are rotated.
    pub files: u64,
}

impl Summary {
    /// Packets that the kernel lost.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.places.iter().map(|place| place.dropped).sum()
    }
}

impl fmt::Display for Summary {
    /// One line with what was captured, and what the kernel dropped, place by place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let packets = plural(self.packets, "packet");
        let places = plural(u64::try_from(self.places.len()).unwrap_or(u64::MAX), "place");
        let took = self.took.as_secs_f64();
        let took = in_words(took).unwrap_or_else(|| format!("{took} s"));
        write!(f, "captured {packets} at {places} in {took}")?;
        if self.files > 1 {
            write!(f, ", {} files", self.files)?;
        }
        let dropped = self.dropped();
        if dropped == 0 {
            return f.write_str("; the kernel dropped none");
        }
        write!(f, "; the kernel dropped {dropped}:")?;
        for place in self.places.iter().filter(|place| place.dropped > 0) {
            write!(f, "\n  {}: {} of {}", place.name, place.dropped, place.received)?;
        }
        f.write_str("\nhint: a bigger --ring holds more, a narrower --protocol, --host or --port needs less")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(dropped: u64) -> Summary {
        let place = |name: &str, dropped| PlaceSummary {
            name: name.to_owned(),
            received: 100,
            dropped,
            written: 100 - dropped,
            early: 0,
            late: 0,
        };
        Summary {
            places: vec![place("a/eth0", 0), place("b/eth0", dropped)],
            packets: 200 - dropped,
            took: Duration::from_millis(12_340),
            files: 1,
        }
    }

    #[test]
    fn the_summary_says_that_nothing_was_dropped_or_what_and_where() {
        assert_eq!(
            summary(0).to_string(),
            "captured 200 packets at 2 places in 12.3 s; the kernel dropped none"
        );
        let words = summary(7).to_string();
        assert!(
            words.contains("the kernel dropped 7:\n  b/eth0: 7 of 100\nhint: a bigger --ring"),
            "{words}"
        );
    }
}
