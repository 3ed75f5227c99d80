//! How long each request was open: until its reply, the end of its connection, or the time-out.

use unanswered_exchange::{Exchange, Exchanges};
use unanswered_table::Outcome;
use unanswered_wire::Carrier;

/// When each of the rows stopped being open, and when its reply came, in seconds since the epoch; not a number where there was
/// none. A connection whose end was not seen is open still.
pub(super) fn until_and_replied(exchanges: &Exchanges, rows: &[u32]) -> (Vec<f64>, Vec<f64>) {
    rows.iter().map(|&row| of(exchanges, &exchanges.get(row))).unzip()
}

fn of(exchanges: &Exchanges, exchange: &Exchange<'_>) -> (f64, f64) {
    let sent = exchange.time();
    let replied = exchange.reply_after().map_or(f64::NAN, |after| (sent + after).seconds());
    let answered = matches!(exchange.outcome(), Outcome::Answered | Outcome::Late);
    let until = match (exchange.outcome(), exchange.protocol().carrier()) {
        (_, Carrier::TcpConnect) if answered => {
            let near = exchange.nearest();
            let clock = sent - near.time();
            near.connection_closed().map_or(f64::INFINITY, |closed| (closed + clock).seconds())
        }
        (Outcome::Unanswered, _) => (sent + exchanges.timeout(exchange.protocol())).seconds(),
        _ => replied,
    };
    (until, replied)
}
