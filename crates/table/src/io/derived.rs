//! What a person would say of addresses, host names, paths and agents: networks, suffixes, first parts.
//!
//! A cause that is a network, a zone or a part of a site shows as a list of addresses, names or paths, of which nobody can say
//! whether they have anything in common. So such columns get a second one with what their values begin or end with. It is
//! derived from the labels alone.

use crate::cells::CellColumn;
use crate::{Column, MISSING, Values, Viewpoint};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use unanswered_registry::Subject;

/// Fewer different values can be listed.
const VALUES_MIN: usize = 6;
/// Of ten labels so many must have the form.
const FORM_OF_TEN: usize = 8;
/// On average so many values must share what is derived, or nothing is gained.
const SHARED_MIN: usize = 2;

/// A way to derive a column.
struct Way {
    /// What is added to the column's name.
    suffix: &'static str,
    /// What is derived from a label; `None` where it does not have the form.
    of: fn(&str) -> Option<String>,
}

const WAYS: [Way; 4] = [
    Way { suffix: "network", of: network },
    Way { suffix: "suffix", of: suffix },
    Way { suffix: "first part", of: first_part },
    Way { suffix: "product", of: product },
];

/// One more column for each column of names that has one of the forms.
pub(super) fn columns(columns: &[Column]) -> Vec<Column> {
    columns.iter().filter_map(of_column).collect()
}

/// The same for a column of ids, of which no names are kept: read off its cells.
pub(super) fn of_ids(cells: &CellColumn) -> Option<Column> {
    let known = cells.cells().filter(|cell| !cell.is_empty()).count();
    WAYS.iter().find_map(|way| {
        let (mut without, mut order) = (0, Vec::new());
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut codes = Vec::with_capacity(cells.rows());
        for cell in cells.cells() {
            let part = if cell.is_empty() { None } else { (way.of)(&String::from_utf8_lossy(cell)) };
            without += usize::from(part.is_none() && !cell.is_empty());
            codes.push(part.map_or(MISSING, |part| {
                *numbers.entry(part).or_insert_with_key(|part| {
                    order.push(part.clone());
                    u32::try_from(order.len() - 1).unwrap_or(MISSING)
                })
            }));
            if without * 10 > known * (10 - FORM_OF_TEN) || order.len() * SHARED_MIN > known {
                return None;
            }
        }
        (order.len() > 1).then(|| Column {
            subject: Subject::Column(format!("{} ({})", cells.name, way.suffix)),
            at: Viewpoint::Client,
            values: Values::Codes { codes, labels: order },
        })
    })
}

fn of_column(column: &Column) -> Option<Column> {
    let (Subject::Column(name), Values::Codes { codes, labels }) = (&column.subject, &column.values) else {
        return None;
    };
    if labels.len() < VALUES_MIN {
        return None;
    }
    WAYS.iter().find_map(|way| {
        let derived: Vec<Option<String>> = labels.iter().map(|label| (way.of)(label)).collect();
        let with_form = derived.iter().flatten().count();
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut order: Vec<String> = Vec::new();
        let new: Vec<u32> = derived
            .iter()
            .map(|one| {
                let Some(one) = one else { return MISSING };
                *known.entry(one).or_insert_with(|| {
                    order.push(one.clone());
                    u32::try_from(order.len() - 1).unwrap_or(MISSING)
                })
            })
            .collect();
        let gains = order.len() > 1 && order.len() * SHARED_MIN <= labels.len();
        (with_form * 10 >= labels.len() * FORM_OF_TEN && gains).then(|| Column {
            subject: Subject::Column(format!("{name} ({})", way.suffix)),
            at: column.at,
            values: Values::Codes {
                codes: codes.iter().map(|code| new.get(*code as usize).copied().unwrap_or(MISSING)).collect(),
                labels: order,
            },
        })
    })
}

/// The /24 of an IPv4 address, the /64 of an IPv6 address.
fn network(label: &str) -> Option<String> {
    Some(match label.parse().ok()? {
        IpAddr::V4(v4) => format!("{}/24", Ipv4Addr::from_bits(v4.to_bits() & !0xff)),
        IpAddr::V6(v6) => format!("{}/64", Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    })
}

/// The last two labels of a host name.
fn suffix(label: &str) -> Option<String> {
    let name = label.trim_end_matches('.');
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !name.chars().all(plain) || network(name).is_some() || name.chars().all(|c| !c.is_alphabetic()) {
        return None;
    }
    let mut from_end = name.rmatch_indices('.');
    let (_, second) = (from_end.next()?, from_end.next());
    Some(second.map_or(name, |(at, _)| name.get(at + 1..).unwrap_or(name)).to_owned())
}

/// The first part of a path or of a URL's path, with its slash.
fn first_part(label: &str) -> Option<String> {
    let path = match label.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => label.starts_with('/').then_some(label)?,
    };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let first = path.get(1..).unwrap_or_default().split('/').next().unwrap_or_default();
    Some(format!("/{first}"))
}

/// The first product of an agent, without its version (RFC 9110 section 10.1.5).
fn product(label: &str) -> Option<String> {
    let (product, _) = label.split_once('/')?;
    let token =
        !product.is_empty() && product.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c));
    (token && label.contains(|c: char| c.is_ascii_digit())).then(|| product.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(labels: &[&str]) -> Option<(String, Vec<String>)> {
        let codes = (0_u32..).take(labels.len()).collect();
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let values = Values::Codes { codes, labels };
        let column = Column { subject: Subject::Column("x".to_owned()), at: Viewpoint::Client, values };
        let [new] = <[Column; 1]>::try_from(columns(&[column])).ok()?;
        let Values::Codes { codes, labels } = new.values else { panic!("names") };
        let of_rows = codes.iter().map(|code| labels.get(*code as usize).cloned().unwrap_or_default());
        Some((new.subject.name().to_owned(), of_rows.collect()))
    }

    #[test]
    fn values_get_what_they_have_in_common() {
        let (name, networks) =
            derived(&["10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.2.1", "10.0.2.9", "fd00::1", "fd00::2"])
                .unwrap();
        assert_eq!(name, "x (network)");
        assert_eq!(networks[..4], ["10.0.1.0/24", "10.0.1.0/24", "10.0.1.0/24", "10.0.2.0/24"]);
        assert_eq!(networks[5..], ["fd00::/64", "fd00::/64"]);

        let (name, zones) = derived(&[
            "a.corp.test",
            "b.corp.test",
            "c.x.corp.test",
            "www.example.net",
            "example.net",
            "m.example.net.",
        ])
        .unwrap();
        assert_eq!(name, "x (suffix)");
        assert_eq!(
            zones,
            ["corp.test", "corp.test", "corp.test", "example.net", "example.net", "example.net"]
        );

        let (name, parts) =
            derived(&["/api/a", "/api/b?x=/1", "/api", "/static/1.js", "/static/2.js", "https://h/static/3"])
                .unwrap();
        assert_eq!(name, "x (first part)");
        assert_eq!(parts, ["/api", "/api", "/api", "/static", "/static", "/static"]);

        let (name, products) =
            derived(&["curl/7.1", "curl/8.0", "curl/8.1", "okhttp/4.12.0", "okhttp/3", "okhttp/4.9 (x)"])
                .unwrap();
        assert_eq!(name, "x (product)");
        assert_eq!(products[2..4], ["curl", "okhttp"]);
    }

    #[test]
    fn nothing_is_derived_where_nothing_is_gained() {
        assert!(derived(&["a", "b", "c", "d", "e", "f", "g"]).is_none());
        assert!(derived(&["10.0.1.1", "10.0.2.2"]).is_none(), "two values are said one by one");
        assert!(derived(&["10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.4", "10.0.1.5", "10.0.1.6"]).is_none());
        let apart = ["10.0.1.1", "10.0.2.1", "10.0.3.1", "10.0.4.1", "10.0.5.1", "10.0.6.1"];
        assert!(derived(&apart).is_none(), "each is its own network");
        assert!(derived(&["1.5", "2.5", "3.5", "4.5", "5.5", "6.5"]).is_none());
    }
}
