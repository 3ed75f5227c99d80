//! One request on the walk through all of them.

use super::translation::Translation;
#[cfg(test)]
use unanswered_table::MISSING;

/// One request on the walk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) now: i64,
    pub(crate) server: u32,
    pub(crate) client: u32,
    pub(crate) pair: u32,
    pub(crate) flow: u32,
    pub(crate) port: u32,
    pub(crate) address: u32,
    pub(crate) outside: u32,
    pub(crate) translation: Translation,
    /// Last packet of the exchange.
    pub(crate) last_packet: i64,
    pub(crate) connect: bool,
    /// When a right reply or a refusal came.
    pub(crate) replied: Option<i64>,
    /// When the connection that it opened ended; `None` for none, the far future for "not seen".
    pub(crate) closed: Option<i64>,
}

impl Request {
    #[cfg(test)]
    pub(crate) const fn for_test(now: i64, replied: Option<i64>, closed: Option<i64>) -> Self {
        Self {
            now,
            server: 0,
            client: 0,
            pair: 0,
            flow: 0,
            port: 0,
            address: MISSING,
            outside: MISSING,
            translation: Translation::OneSide,
            last_packet: now,
            connect: true,
            replied,
            closed,
        }
    }

    pub(crate) const fn is_connect(&self) -> bool {
        self.connect
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests within seconds")]
pub(crate) fn count(n: usize) -> f64 {
    n as f64
}
