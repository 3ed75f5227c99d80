//! Access logs of Apache and nginx: common, combined, with a virtual host in front, with fields behind.
//! <https://httpd.apache.org/docs/current/logs.html>

use super::template::{RULES, request};
use crate::beginning::{Beginning, Sureness};
use crate::declaration::Declaration;
use crate::error::LogError;
use crate::format::Format;
use crate::input::{Line, Lines};
use crate::rows::Rows;
use crate::tokens::{given, split};

/// Apache's and nginx's access log.
pub(super) struct Access;

static ACCESS: Declaration = Declaration {
    name: "an access log (Apache, nginx)",
    recognised_by: "client, ident, user, [time], \"request\", status, bytes; perhaps virtual host, referer, agent, more",
    rules: RULES,
    time: &["time"],
    answer: &[
        "bytes",
        "rt",
        "uct",
        "uht",
        "urt",
        "request_time",
        "upstream_response_time",
        "upstream_connect_time",
        "upstream_header_time",
        "upstream_status",
        "us",
    ],
    idle: &["ident", "request_id"],
};
const EXPECTED: &str = "a line of an access log";

/// Where the fields of a line are.
struct Places {
    /// There is a virtual host in front.
    host: bool,
    /// Index of the time.
    time: usize,
}

fn places(tokens: &[&[u8]]) -> Option<Places> {
    let places = [3, 4].into_iter().map(|time| Places { host: time == 4, time });
    places.into_iter().find(|place| {
        let at = |index: usize| tokens.get(place.time + index).copied().unwrap_or_default();
        let number = |cell: &[u8]| cell == b"-" || !cell.is_empty() && cell.iter().all(u8::is_ascii_digit);
        is_time(at(0)) && at(2).len() == 3 && number(at(2)) && number(at(3))
    })
}

/// `10/Oct/2000:13:55:36 -0700`, or a date in ISO order.
fn is_time(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let common = text.get(2) == Some(&b'/') && text.get(6) == Some(&b'/') && text.get(11) == Some(&b':');
    let iso = text.get(4) == Some(&b'-') && text.get(7) == Some(&b'-') && text.get(13) == Some(&b':');
    digits >= 12 && (common || iso)
}

impl Format for Access {
    fn declaration(&self) -> &'static Declaration {
        &ACCESS
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let fits = |line: &[u8]| {
            let mut tokens = Vec::new();
            split(line, &mut tokens) && places(&tokens).is_some()
        };
        beginning.most(fits).then_some(Sureness::Shape)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        while let Some(line) = lines.next()? {
            if line.text.trim_ascii().is_empty() {
                continue;
            }
            let mut tokens = Vec::with_capacity(16);
            match split(line.text, &mut tokens).then(|| places(&tokens)).flatten() {
                Some(place) => row(&tokens, &place, &line, rows),
                None => rows.odd(&line, EXPECTED),
            }
        }
        Ok(())
    }
}

fn row(tokens: &[&[u8]], places: &Places, line: &Line<'_>, rows: &mut Rows) {
    let at = |index: usize| given(tokens.get(index).copied().unwrap_or_default());
    let first = usize::from(places.host);
    if places.host {
        rows.named("vhost", at(0));
    }
    rows.named("time", at(places.time));
    rows.named("client", at(first));
    rows.named("ident", at(first + 1));
    rows.named("user", at(first + 2));
    request(at(places.time + 1), rows);
    rows.named("status", at(places.time + 2));
    rows.named("bytes", at(places.time + 3));
    let behind = tokens.get(places.time + 4..).unwrap_or_default();
    let pair = |token: &[u8]| key_and_value(token).is_some();
    // Referer and agent come together, before all that a site adds.
    let more = match behind {
        [referer, agent, more @ ..] if !pair(referer) && !pair(agent) => {
            rows.named("referer", given(referer));
            rows.named("agent", given(agent));
            more
        }
        more => more,
    };
    for (index, token) in more.iter().enumerate() {
        match key_and_value(token) {
            Some((key, value)) => rows.named(key, given(value)),
            None => rows.named(&format!("field_{}", index + 1), given(token)),
        }
    }
    rows.envelope(line);
    rows.end();
}

/// `rt=0.012`, or with quotes around the value.
fn key_and_value(token: &[u8]) -> Option<(&str, &[u8])> {
    let at = memchr::memchr(b'=', token)?;
    let (key, value) = (token.get(..at)?, token.get(at + 1..)?);
    let name = !key.is_empty()
        && key.len() <= 40
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    name.then_some((std::str::from_utf8(key).ok()?, crate::beginning::unquoted(value)))
}
