//! What is reported of a translation: facts, for reports to put in words.

use std::net::IpAddr;

/// Requests that could be judged, and those of them that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// Judged.
    pub requests: u64,
    /// Failed.
    pub failed: u64,
}

/// A flow before its translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside {
    /// The client's address.
    pub address: IpAddr,
    /// Its port, or the identifier of an echo.
    pub port: u16,
    /// The server, as the client names it.
    pub server: IpAddr,
    /// The port is the identifier of an echo.
    pub echo: bool,
}

/// A flow's source behind its translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Address.
    pub address: IpAddr,
    /// Port, or the identifier of an echo.
    pub port: u16,
}

/// Why requests fail now: what happened to the translation that they go through. Times are seconds.
#[derive(Clone, Debug, PartialEq)]
pub enum WhyNow {
    /// The translation was chosen anew, and the failures began with that.
    Changed {
        /// Of this flow.
        flow: Inside,
        /// What the flow went through before, each once, the latest last; of many, the latest.
        before: Vec<Outside>,
        /// What it went through since.
        to: Outside,
        /// First request through it.
        at: f64,
        /// Requests through it.
        since: Tries,
        /// How many of them failed before the first was answered.
        failed_first: u64,
        /// Requests of the flow before.
        earlier: Tries,
    },
    /// The failing translation was kept for some time, and no other that worked came before it.
    Kept {
        /// Of this flow.
        flow: Inside,
        /// What it goes through.
        to: Outside,
        /// First request through it.
        since: f64,
        /// It may have been there before the captures began.
        older: bool,
        /// From the first to the last request through it.
        kept_for: f64,
        /// Longest time between two of its requests.
        longest_pause: f64,
        /// None of its pauses is longer than translators keep a flow: each request renews it.
        renewed: bool,
        /// Requests through it.
        tries: Tries,
    },
    /// How often translations of the failing flows were chosen anew.
    ChosenAnew {
        /// Flows whose failing began with a choice.
        flows: u64,
        /// Choices after the first ones.
        times: u64,
        /// Translations in all.
        mappings: u64,
        /// Of these, those through which most requests failed.
        failing: u64,
    },
    /// The flow still goes to a server that new flows to the same address no longer get.
    LeftBehind {
        /// The flow; its server is the address that is translated.
        flow: Inside,
        /// Where it goes.
        to: IpAddr,
        /// Where new flows go instead.
        others_to: IpAddr,
        /// The first of those.
        since: f64,
        /// Failed requests of this flow.
        failed: u64,
    },
    /// The port that the client would have kept belongs to another client.
    Held {
        /// The port.
        port: u16,
        /// The other client.
        by: IpAddr,
        /// The client.
        instead_of: IpAddr,
    },
}

impl WhyNow {
    /// Stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "translation_changed",
            Self::Kept { .. } => "translation_kept",
            Self::ChosenAnew { .. } => "translations_chosen_anew",
            Self::LeftBehind { .. } => "left_behind",
            Self::Held { .. } => "port_held",
        }
    }
}
