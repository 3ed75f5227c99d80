//! Access logs whose format string is given: `$remote_addr [$time_local] …` of nginx, `%h %l %u %t …` of Apache.
//! <https://nginx.org/en/docs/http/ngx_http_log_module.html>,
//! <https://httpd.apache.org/docs/current/mod/mod_log_config.html>

use crate::declaration::{Declaration, Rule};
use crate::error::LogError;
use crate::input::Lines;
use crate::rows::Rows;
use crate::tokens::{given, path_and_query, quoted_end, request_line};

/// What an access log says of failures.
pub(super) const RULES: &[Rule] = &[Rule::new("status", &["5xx"])];

/// What is known of a log whose format string was given.
pub(crate) static TEMPLATE: Declaration = Declaration {
    name: "a log in the format given",
    recognised_by: "the argument --log-format",
    rules: RULES,
    time: &["time", "time_local", "time_iso8601", "msec"],
    answer: &[
        "bytes",
        "bytes_sent",
        "body_bytes_sent",
        "request_time",
        "upstream_status",
        "upstream_response_time",
        "upstream_connect_time",
        "upstream_header_time",
        "upstream_bytes_received",
        "upstream_response_length",
        "duration_us",
        "duration_s",
        "connection_status",
        "gzip_ratio",
        "request_completion",
    ],
    idle: &["ident", "request_id", "connection", "connection_requests", "pid", "tid", "log_id"],
};

/// A format string, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Text as it is.
    Text(Vec<u8>),
    /// A field of this name.
    Field(String),
}

impl Template {
    /// Takes a format string apart.
    ///
    /// # Errors
    /// When there is no field, or two fields follow each other with nothing between.
    pub(crate) fn new(format: &str) -> Result<Self, LogError> {
        let parts = if format.contains('$') { nginx(format) } else { apache(format)? };
        let field = |part: &Part| matches!(part, Part::Field(_));
        if !parts.iter().any(field) {
            return Err(LogError::LogFormat("it has no field".to_owned()));
        }
        if let Some([Part::Field(first), Part::Field(second)]) =
            parts.windows(2).find(|pair| pair.iter().all(field))
        {
            return Err(LogError::LogFormat(format!("nothing separates {first} and {second}")));
        }
        Ok(Self { parts })
    }

    /// Reads lines of this format.
    ///
    /// # Errors
    /// Those of the input.
    pub(crate) fn read(&self, lines: &mut Lines, rows: &mut Rows) -> Result<(), LogError> {
        while let Some(line) = lines.next()? {
            if line.text.trim_ascii().is_empty() {
                continue;
            }
            if self.row(line.text, rows) {
                rows.envelope(&line);
                rows.end();
            } else {
                rows.undo();
                rows.odd(&line, "a line of the format given");
            }
        }
        Ok(())
    }

    fn row(&self, line: &[u8], rows: &mut Rows) -> bool {
        let mut rest = line;
        let mut in_quotes = false;
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(text) => {
                    let Some(behind) = rest.strip_prefix(text.as_slice()) else { return false };
                    in_quotes = text.last() == Some(&b'"');
                    rest = behind;
                }
                Part::Field(name) => {
                    let end = match self.parts.get(index + 1) {
                        Some(Part::Text(next)) if in_quotes && next.first() == Some(&b'"') => {
                            quote(line, rest)
                        }
                        Some(Part::Text(next)) => end_of_list(rest, next),
                        Some(Part::Field(_)) | None => Some(rest.len()),
                    };
                    let Some((cell, behind)) = end.and_then(|end| rest.split_at_checked(end)) else {
                        return false;
                    };
                    field(name, given(cell), rows);
                    rest = behind;
                }
            }
        }
        rest.trim_ascii().is_empty()
    }
}

/// Where a field ends: at the text behind it, but not inside a list such as nginx's `192.0.2.1:80, 192.0.2.2:80`.
fn end_of_list(rest: &[u8], next: &[u8]) -> Option<usize> {
    let in_list =
        |at: &usize| next.starts_with(b" ") && at.checked_sub(1).and_then(|at| rest.get(at)) == Some(&b',');
    memchr::memmem::find_iter(rest, next).find(|at| !in_list(at))
}

/// Where the quote is that ends a quoted field, whose first quote is the byte before `rest`.
fn quote(line: &[u8], rest: &[u8]) -> Option<usize> {
    let quoted = line.get(line.len() - rest.len() - 1..)?;
    quoted_end(quoted)?.checked_sub(1)
}

fn field(name: &str, cell: &[u8], rows: &mut Rows) {
    if name == "request" {
        request(cell, rows);
    } else {
        rows.named(name, if name == "time" { cell.strip_prefix(b"[").unwrap_or(cell) } else { cell });
    }
}

/// Puts a request line into columns; one that is none becomes no column.
pub(super) fn request(line: &[u8], rows: &mut Rows) {
    let (method, target, protocol) = request_line(line).unwrap_or_default();
    let (path, query) = path_and_query(target);
    rows.named("method", method);
    rows.named("path", path);
    if !query.is_empty() {
        rows.named("query", query);
    }
    rows.named("protocol", protocol);
}

fn nginx(format: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut pieces = format.trim().split('$');
    push_text(&mut parts, pieces.next().unwrap_or_default());
    for piece in pieces {
        let name_char = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, text) = match piece.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            Some(split) => split,
            None => piece.split_at(piece.find(|c| !name_char(c)).unwrap_or(piece.len())),
        };
        parts.push(Part::Field(name.to_owned()));
        push_text(&mut parts, text);
    }
    parts
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Text(before)) => before.extend_from_slice(text.as_bytes()),
        Some(Part::Field(_)) | None => parts.push(Part::Text(text.as_bytes().to_vec())),
    }
}

fn apache(format: &str) -> Result<Vec<Part>, LogError> {
    let mut parts = Vec::new();
    let format = format.trim().replace("\\\"", "\"");
    let mut pieces = format.split('%');
    push_text(&mut parts, pieces.next().unwrap_or_default());
    while let Some(piece) = pieces.next() {
        if piece.is_empty() {
            // Two signs stand for one.
            let next = pieces.next().ok_or_else(|| LogError::LogFormat("it ends in %".to_owned()))?;
            push_text(&mut parts, "%");
            push_text(&mut parts, next);
            continue;
        }
        // Conditions (`!200,304`) and which of several requests (`>`, `<`) say nothing about the name.
        let piece = piece.trim_start_matches(|c: char| c.is_ascii_digit() || "!,<>".contains(c));
        let (of, rest) = match piece.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            Some((of, rest)) => (Some(of), rest),
            None => (None, piece),
        };
        let mut letters = rest.chars();
        let letter = letters.next().ok_or_else(|| LogError::LogFormat("it ends in %".to_owned()))?;
        if letter == 't' && of.is_none() {
            push_text(&mut parts, "[");
            parts.push(Part::Field("time".to_owned()));
            push_text(&mut parts, "]");
        } else {
            parts.push(Part::Field(directive(letter, of)));
        }
        push_text(&mut parts, letters.as_str());
    }
    Ok(parts)
}

/// What Apache's letters stand for.
fn directive(letter: char, of: Option<&str>) -> String {
    let name = match (letter, of) {
        ('i' | 'o' | 'e' | 'n' | 'C', Some(of)) => return of.to_ascii_lowercase(),
        ('T', Some("us")) => "duration_us",
        ('T', Some("ms")) => "duration_ms",
        ('t', Some(_)) => "time",
        ('h' | 'a', _) => "client",
        ('A', _) => "server_address",
        ('l', _) => "ident",
        ('u', _) => "user",
        ('r', _) => "request",
        ('s', _) => "status",
        ('b' | 'B' | 'O', _) => "bytes",
        ('I', _) => "bytes_received",
        ('D', _) => "duration_us",
        ('T', _) => "duration_s",
        ('v' | 'V', _) => "vhost",
        ('p', _) => "port",
        ('P', _) => "pid",
        ('m', _) => "method",
        ('U', _) => "path",
        ('q', _) => "query",
        ('H', _) => "protocol",
        ('X', _) => "connection_status",
        ('k', _) => "keepalive_requests",
        ('L', _) => "log_id",
        ('R', _) => "handler",
        ('f', _) => "file",
        (other, of) => return format!("{}{other}", of.map(|of| format!("{of}_")).unwrap_or_default()),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Part, Template};

    fn fields(format: &str) -> Vec<String> {
        let parts = Template::new(format).unwrap().parts;
        let name = |part: Part| match part {
            Part::Field(name) => Some(name),
            Part::Text(_) => None,
        };
        parts.into_iter().filter_map(name).collect()
    }

    #[test]
    fn both_ways_to_write_a_format_are_taken_apart() {
        assert_eq!(
            fields(r#"$remote_addr - [$time_local] "$request" $status ${upstream}x"#),
            ["remote_addr", "time_local", "request", "status", "upstream"]
        );
        assert_eq!(
            fields(r#"%h %l %u %t \"%r\" %>s %b 100%% "%{Referer}i" %{ms}T"#),
            ["client", "ident", "user", "time", "request", "status", "bytes", "referer", "duration_ms"]
        );
    }

    /// nginx writes all servers that it tried, and how each answered.
    #[test]
    fn a_list_of_upstreams_is_one_field() {
        let line = "192.0.2.1 198.51.100.7:80, 198.51.100.8:80 502, 200 0.001\n";
        let log_format = Some("$remote_addr $upstream_addr $upstream_status $request_time".to_owned());
        let log = crate::read(line.as_bytes(), &crate::How { log_format, pattern: None }).unwrap();
        let cells: Vec<&[u8]> = log.cells.columns.iter().filter_map(|column| column.cells().next()).collect();
        assert_eq!(cells, [&b"192.0.2.1"[..], b"198.51.100.7:80, 198.51.100.8:80", b"502, 200", b"0.001"]);
    }

    #[test]
    fn formats_that_cannot_be_read_say_why() {
        for (format, why) in [
            ("hello", "it has no field"),
            ("$a$b", "nothing separates a and b"),
            ("%h%u", "nothing separates client and user"),
            ("%h %", "it ends in %"),
        ] {
            let said = Template::new(format).unwrap_err().to_string();
            assert!(said.ends_with(why), "{format}: {said}");
        }
    }
}
