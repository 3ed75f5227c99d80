//! What a server was found to have of the known faults: for a terminal and for programs.

use crate::{number, text};
use serde::Serialize;
use std::fmt::Write as _;
use std::net::IpAddr;
use unanswered_probe::Because;

/// How a known fault stands after it was asked about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    /// The server, or the path to it, has it.
    Confirmed {
        /// How likely.
        probability: f64,
    },
    /// It has not.
    Excluded,
    /// Requests fail, but not as the fault says.
    FailsOtherwise,
    /// It cannot be told.
    Undecided {
        /// Why.
        because: Because,
    },
    /// To ask takes rights that there were not.
    NeedsRights,
    /// The budget was spent before, or somebody stopped it.
    NotAsked,
}

/// One known fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Screened {
    /// Its id, or several that predict the same.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How it stands.
    pub standing: Standing,
}

/// A server that was screened.
#[derive(Clone, Debug, PartialEq)]
pub struct Screening {
    /// The server, as the user named it.
    pub server: String,
    /// The address that was asked.
    pub address: IpAddr,
    /// The protocol's name in words.
    pub protocol: String,
    /// Requests sent.
    pub sent: u32,
    /// The faults, in the order in which they were asked about.
    pub faults: Vec<Screened>,
    /// The file with the packets.
    pub written: Option<String>,
}

/// The schema of [`json`].
pub const SCHEMA: &str = "unanswered.screening/1";

impl Standing {
    /// Its stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Confirmed { .. } => "confirmed",
            Self::Excluded => "excluded",
            Self::FailsOtherwise => "fails-otherwise",
            Self::Undecided { .. } => "undecided",
            Self::NeedsRights => "needs-rights",
            Self::NotAsked => "not-asked",
        }
    }

    fn words(self) -> String {
        match self {
            Self::Confirmed { probability } => format!("confirmed, {} sure", number::share(probability)),
            Self::Excluded => "excluded".to_owned(),
            Self::FailsOtherwise => "excluded: requests fail, but not so".to_owned(),
            Self::Undecided { because } => format!("undecided: {}", why(because)),
            Self::NeedsRights => "not asked: takes root or CAP_NET_RAW".to_owned(),
            Self::NotAsked => "not asked".to_owned(),
        }
    }
}

/// As text of at most `width` columns.
#[must_use]
pub fn text(of: &Screening, width: usize) -> String {
    let confirmed =
        of.faults.iter().filter(|fault| matches!(fault.standing, Standing::Confirmed { .. })).count();
    let open = of
        .faults
        .iter()
        .filter(|fault| !matches!(fault.standing, Standing::Confirmed { .. } | Standing::Excluded))
        .count();
    let mut out = String::new();
    let mut paragraph = |words: &str, indent: &str| {
        for line in text::wrap(&text::safe(words), width.max(40).saturating_sub(indent.len())) {
            let _ = writeln!(out, "{indent}{line}");
        }
    };
    let all = number::count(of.faults.len() as u64, "known fault");
    paragraph(
        &format!(
            "{} ({}), {}: {confirmed} of {all} confirmed, {open} not decided, with {}.",
            of.server,
            of.address,
            of.protocol,
            number::count(u64::from(of.sent), "request")
        ),
        "",
    );
    for fault in &of.faults {
        paragraph("", "");
        paragraph(&format!("{}: {}", fault.id, fault.standing.words()), "");
        paragraph(&fault.title, "  ");
    }
    if let Some(file) = &of.written {
        paragraph(&format!("Packets: {file}"), "");
    }
    out
}

/// As JSON, schema [`SCHEMA`].
#[must_use]
pub fn json(of: &Screening) -> String {
    let faults = of.faults.iter().map(|fault| Fault {
        id: &fault.id,
        title: &fault.title,
        standing: fault.standing.code(),
        probability: match fault.standing {
            Standing::Confirmed { probability } => Some(probability),
            Standing::Excluded
            | Standing::FailsOtherwise
            | Standing::Undecided { .. }
            | Standing::NeedsRights
            | Standing::NotAsked => None,
        },
    });
    let whole = Whole {
        schema: SCHEMA,
        server: &of.server,
        address: of.address.to_string(),
        protocol: &of.protocol,
        sent: of.sent,
        faults: faults.collect(),
    };
    let mut out = serde_json::to_string_pretty(&whole).expect("plain data is written");
    out.push('\n');
    out
}

/// Why it cannot be told, in few words.
const fn why(because: Because) -> &'static str {
    match because {
        Because::NotYet => "it was stopped before it was decided",
        Because::SilentFromTheStart => "nothing was ever answered, not even the control",
        Because::Outage => "the control stopped being answered",
        Because::BudgetSpent => "more requests are needed; --for asks on",
        Because::TurnedAway => "the server does not want to be asked",
        Because::NotSeparable => "no request tells what is left apart",
        Because::KnownFailingAnswered => "what was said to fail is answered",
        Because::KnownWorkingFails => "what was said to work fails",
        Because::NothingFits => "what came back fits nothing known",
        Because::DroppedRequestsPay => "asking keeps a limit shut",
        Because::NoSetup => "what was to be prepared never came about",
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    schema: &'static str,
    server: &'a str,
    address: String,
    protocol: &'a str,
    sent: u32,
    faults: Vec<Fault<'a>>,
}

#[derive(Serialize)]
struct Fault<'a> {
    id: &'a str,
    title: &'a str,
    standing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screening() -> Screening {
        let fault = |id: &str, standing| Screened {
            id: id.to_owned(),
            title: "a server drops requests that are as long as this title, which is longer than a line"
                .to_owned(),
            standing,
        };
        Screening {
            server: "ntp\u{1b}[31m.example.net".to_owned(),
            address: [192, 0, 2, 9].into(),
            protocol: "NTP".to_owned(),
            sent: 1,
            faults: vec![
                fault("confirmed-one", Standing::Confirmed { probability: 0.995 }),
                fault("excluded-one", Standing::Excluded),
                fault("otherwise", Standing::FailsOtherwise),
                fault("undecided-one", Standing::Undecided { because: Because::BudgetSpent }),
                fault("raw", Standing::NeedsRights),
                fault("late", Standing::NotAsked),
            ],
            written: None,
        }
    }

    #[test]
    fn each_fault_says_how_it_stands_within_eighty_columns() {
        let page = text(&screening(), 80);
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("1 of 6 known faults confirmed, 4 not decided, with 1 request."), "{page}");
        assert!(page.contains("confirmed-one: confirmed, 99.5 % sure"), "{page}");
        assert!(page.contains("undecided-one: undecided: more requests are needed"), "{page}");
        assert!(page.lines().all(|line| line.chars().count() <= 80 && !line.contains('\u{1b}')), "{page}");
    }

    #[test]
    fn only_a_confirmed_fault_has_a_probability() {
        let json: serde_json::Value = serde_json::from_str(&json(&screening())).expect("JSON");
        assert_eq!(json["schema"], SCHEMA);
        let faults = json["faults"].as_array().expect("faults");
        let with = faults.iter().filter(|fault| fault.get("probability").is_some());
        assert_eq!(with.map(|fault| fault["standing"].as_str()).collect::<Vec<_>>(), [Some("confirmed")]);
        let mut codes: Vec<&str> = faults.iter().filter_map(|fault| fault["standing"].as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), faults.len());
    }
}
