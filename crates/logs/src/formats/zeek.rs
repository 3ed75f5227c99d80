//! Zeek logs: its own tab-separated ones, and JSON. <https://docs.zeek.org/en/master/log-formats.html>

use crate::beginning::{Beginning, Sureness};
use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::format::Format;
use crate::input::{Line, Lines};
use crate::json;
use crate::rows::Rows;

/// Zeek's tab-separated logs.
pub(super) struct Tsv;
/// Zeek's JSON logs.
pub(super) struct Json;

/// What conn.log, dns.log, http.log, ssl.log and their like say. States: `S0` no reply to a first packet, `REJ` refused,
/// `RSTOS0` and `SH` given up by the client before a reply, `RSTRH` and `SHR` replies whose request was not seen.
const RULES: &[Rule] = &[
    Rule::new("conn_state", &["S0", "REJ", "RSTOS0", "RSTRH", "SH", "SHR"]),
    Rule { outcome: "rcode_name", failed: &["missing", "SERVFAIL"], with: &["query"] },
    Rule { outcome: "rcode", failed: &["missing", "2"], with: &["query"] },
    Rule { outcome: "status_code", failed: &["missing", "5xx"], with: &["uri"] },
    Rule { outcome: "established", failed: &["F", "false"], with: &["server_name"] },
];
const ANSWER: &[&str] = &[
    "duration",
    "service",
    "orig_bytes",
    "resp_bytes",
    "missed_bytes",
    "history",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
    "rtt",
    "rcode",
    "rcode_name",
    "AA",
    "RA",
    "TC",
    "answers",
    "TTLs",
    "rejected",
    "Z",
    "status_code",
    "status_msg",
    "info_code",
    "info_msg",
    "response_body_len",
    "resp_fuids",
    "resp_filenames",
    "resp_mime_types",
    "version",
    "cipher",
    "curve",
    "resumed",
    "last_alert",
    "next_protocol",
    "ssl_history",
    "cert_chain_fps",
    "cert_chain_fuids",
    "sni_matches_cert",
    "subject",
    "issuer",
    "validation_status",
];
const IDLE: &[&str] = &["uid", "trans_id", "tunnel_parents", "trans_depth", "_path", "_write_ts"];

static TSV: Declaration = Declaration {
    name: "a Zeek log",
    recognised_by: "#separator and #fields",
    rules: RULES,
    time: &["ts"],
    answer: ANSWER,
    idle: IDLE,
};
static JSON: Declaration =
    Declaration { name: "a Zeek log (JSON)", recognised_by: "the keys ts, uid and id.orig_h", ..TSV };

impl Format for Tsv {
    fn declaration(&self) -> &'static Declaration {
        &TSV
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        let zeek = beginning.lines.iter().take(8).any(|line| line.starts_with(b"#fields"))
            && beginning.first().starts_with(b"#");
        zeek.then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        let mut log = Log::default();
        while let Some(line) = lines.next()? {
            match line.text.strip_prefix(b"#") {
                Some(meta) => log.meta(meta, rows),
                None if line.text.is_empty() => {}
                None => log.row(&line, rows),
            }
        }
        Ok(())
    }
}

/// What the lines that begin with # said last; several logs may follow each other.
struct Log {
    separator: u8,
    empty: Vec<u8>,
    unset: Vec<u8>,
    columns: Vec<Option<usize>>,
}

impl Default for Log {
    fn default() -> Self {
        Self { separator: b'\t', empty: b"(empty)".to_vec(), unset: b"-".to_vec(), columns: Vec::new() }
    }
}

impl Log {
    fn meta(&mut self, meta: &[u8], rows: &mut Rows) {
        let (key, value) = match meta.iter().position(|&byte| byte == self.separator || byte == b' ') {
            Some(at) => (meta.get(..at).unwrap_or_default(), meta.get(at + 1..).unwrap_or_default()),
            None => (meta, &b""[..]),
        };
        match key {
            b"separator" => self.separator = separator(value).unwrap_or(self.separator),
            b"empty_field" => self.empty = value.to_vec(),
            b"unset_field" => self.unset = value.to_vec(),
            b"fields" => self.columns = rows.header(value.split(|&byte| byte == self.separator)),
            _ => {}
        }
    }

    fn row(&self, line: &Line<'_>, rows: &mut Rows) {
        let width = memchr::memchr_iter(self.separator, line.text).count() + 1;
        if width != self.columns.len() {
            rows.ragged(line, self.columns.len(), width);
            return;
        }
        for (cell, &column) in line.text.split(|&byte| byte == self.separator).zip(&self.columns) {
            let none = cell == self.unset || cell == self.empty;
            rows.set(column, if none { b"" } else { cell });
        }
        rows.end();
    }
}

/// `\x09`, or the byte itself.
fn separator(written: &[u8]) -> Option<u8> {
    match written.strip_prefix(b"\\x") {
        Some(digits) => u8::from_str_radix(std::str::from_utf8(digits.get(..2)?).ok()?, 16).ok(),
        None => written.first().copied(),
    }
}

impl Format for Json {
    fn declaration(&self) -> &'static Declaration {
        &JSON
    }

    fn recognise(&self, beginning: &Beginning<'_>) -> Option<Sureness> {
        beginning.json_keys(&["ts", "uid", "id.orig_h"]).then_some(Sureness::Named)
    }

    fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        json::read_plain(lines, rows)
    }
}
