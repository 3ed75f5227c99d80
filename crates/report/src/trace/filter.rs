//! `--where FIELD=VALUE`: which requests are shown.

use super::failures::Failures;
use super::questions::{Questions, address, end};
use super::{Names, TraceError};
use unanswered_exchange::{Exchange, Exchanges};
use unanswered_table::{Outcome, Step};
use unanswered_time::dates;
use unanswered_wire::ProtocolId;

/// One condition on a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    text: String,
    field: Field,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Number,
    Time,
    Outcome,
    Protocol,
    Client,
    Server,
    Port,
    Name,
    Place,
    Lost,
    Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Below,
    Above,
    Contains,
}

/// All fields, with what they are; the words are part of the help.
const FIELDS: [(&str, Field); 11] = [
    ("number", Field::Number),
    ("time", Field::Time),
    ("outcome", Field::Outcome),
    ("protocol", Field::Protocol),
    ("client", Field::Client),
    ("server", Field::Server),
    ("port", Field::Port),
    ("name", Field::Name),
    ("place", Field::Place),
    ("lost", Field::Lost),
    ("step", Field::Step),
];

/// What a request shows of a field: numbers are compared, texts searched.
enum Shown {
    Number(f64),
    Text(String),
}

/// What all filters of a command look up.
pub(super) struct Looked<'a> {
    pub(super) exchanges: &'a Exchanges,
    pub(super) failures: &'a Failures,
    pub(super) names: &'a Names,
    pub(super) questions: Questions,
}

impl Filter {
    /// Reads `FIELD=VALUE` (or `!=`, `<`, `>`, `~`).
    ///
    /// # Errors
    /// When there is no such field, or it cannot have that value.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let wrong = |cause: String, hint: String| TraceError::Filter { text: text.to_owned(), cause, hint };
        let fields = || {
            let all: Vec<&str> = FIELDS.iter().map(|f| f.0).collect();
            format!("the fields are {}", all.join(", "))
        };
        let found = text.char_indices().find(|(_, c)| matches!(c, '=' | '!' | '<' | '>' | '~'));
        let (name, rest) = found.map_or((text, ""), |(at, _)| text.split_at(at));
        let operators = [
            ("!=", Operator::IsNot),
            ("=", Operator::Is),
            ("<", Operator::Below),
            (">", Operator::Above),
            ("~", Operator::Contains),
        ];
        let operator =
            operators.iter().find_map(|(sign, o)| rest.strip_prefix(sign).map(|value| (*o, value)));
        let Some((operator, value)) = operator else {
            let cause = "expected FIELD=VALUE, with =, !=, <, > or ~ (contains)".to_owned();
            return Err(wrong(cause, "for example --where client=10.0.0.1".to_owned()));
        };
        let name = name.trim();
        let Some((_, field)) = FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            return Err(wrong(format!("there is no field {name:?}"), fields()));
        };
        let filter = Self { text: text.to_owned(), field: *field, operator, value: value.trim().to_owned() };
        filter.sound().map_err(|(cause, hint)| wrong(cause, hint))?;
        Ok(filter)
    }

    /// Whether the operator and the value fit the field.
    fn sound(&self) -> Result<(), (String, String)> {
        let ordered = matches!(self.operator, Operator::Below | Operator::Above);
        let numeric = matches!(self.field, Field::Number | Field::Time | Field::Port);
        if ordered && !numeric {
            let hint = "number, time and port have an order; use = or != here".to_owned();
            return Err(("< and > compare numbers".to_owned(), hint));
        }
        if self.operator == Operator::Contains {
            if numeric {
                return Err(("~ searches names".to_owned(), "use =, !=, < or > here".to_owned()));
            }
            return Ok(());
        }
        let value = self.value.as_str();
        let outcomes: Vec<&str> = Outcome::ALL.iter().map(|o| o.word()).chain(["failed"]).collect();
        let steps: Vec<&str> = Step::ALL.iter().map(|s| s.name()).chain(["unknown"]).collect();
        let protocols: Vec<&str> = ProtocolId::names();
        let one_of = |known: Vec<&str>| match known.iter().any(|k| k.eq_ignore_ascii_case(value)) {
            true => Ok(()),
            false => {
                Err((format!("{value:?} is not one of its values"), format!("known: {}", known.join(", "))))
            }
        };
        match self.field {
            Field::Outcome => one_of(outcomes),
            Field::Step => one_of(steps),
            Field::Protocol => one_of(protocols),
            Field::Number | Field::Port if value.parse::<f64>().is_err() => {
                Err((format!("{value:?} is not a number"), "for example port=123".to_owned()))
            }
            Field::Time if dates::typed(value).is_none() => Err((
                format!("{value:?} is not a time"),
                "write seconds since 1970, 2026-11-23T06:48:51 or 06:48:51, in UTC".to_owned(),
            )),
            Field::Number
            | Field::Port
            | Field::Time
            | Field::Client
            | Field::Server
            | Field::Name
            | Field::Place
            | Field::Lost => Ok(()),
        }
    }

    /// Whether the place that it names exists.
    pub(super) fn check(&self, exchanges: &Exchanges) -> Result<(), TraceError> {
        let exact = matches!(self.operator, Operator::Is | Operator::IsNot);
        let names = Names::of(exchanges);
        if exact && matches!(self.field, Field::Place | Field::Lost) && !names.0.contains(&self.value) {
            return Err(names.unknown(&self.value));
        }
        Ok(())
    }

    pub(super) fn holds(&self, looked: &Looked<'_>, exchange: &Exchange<'_>) -> bool {
        let shown = self.shown(looked, exchange);
        let any = |is: &dyn Fn(&Shown) -> bool| shown.iter().any(is);
        match self.operator {
            Operator::Is => any(&|s| self.equals(s)),
            Operator::IsNot => !any(&|s| self.equals(s)),
            Operator::Contains => any(&|s| match s {
                Shown::Text(text) => text.to_lowercase().contains(&self.value.to_lowercase()),
                Shown::Number(_) => false,
            }),
            Operator::Below => any(&|s| self.compared(s).is_some_and(|(a, b)| a < b)),
            Operator::Above => any(&|s| self.compared(s).is_some_and(|(a, b)| a > b)),
        }
    }

    fn equals(&self, shown: &Shown) -> bool {
        match shown {
            Shown::Text(text) => text.eq_ignore_ascii_case(&self.value),
            Shown::Number(_) => self.compared(shown).is_some_and(|(a, b)| a.total_cmp(&b).is_eq()),
        }
    }

    /// The request's number and the filter's, on one scale.
    fn compared(&self, shown: &Shown) -> Option<(f64, f64)> {
        let Shown::Number(number) = *shown else { return None };
        if self.field != Field::Time {
            return Some((number, self.value.parse().ok()?));
        }
        match dates::typed(&self.value)? {
            dates::Typed::Absolute(seconds) => Some((number, seconds)),
            dates::Typed::OfDay(seconds) => Some((dates::since_midnight(number), seconds)),
        }
    }

    /// All values that the request has in the field.
    fn shown(&self, looked: &Looked<'_>, exchange: &Exchange<'_>) -> Vec<Shown> {
        let text = |words: &str| vec![Shown::Text(words.to_owned())];
        let protocol = exchange.protocol();
        let place = |id| Shown::Text(looked.names.name(id).to_owned());
        match self.field {
            Field::Number => vec![Shown::Number(f64::from(exchange.row()) + 1.0)],
            Field::Time => vec![Shown::Number(exchange.time().seconds())],
            Field::Outcome => {
                let outcome = exchange.outcome();
                let failed = outcome.failed().then(|| Shown::Text("failed".to_owned()));
                text(outcome.word()).into_iter().chain(failed).collect()
            }
            Field::Protocol => text(protocol.declaration().name),
            Field::Client => ends(looked, exchange, |s| s.client()),
            Field::Server => ends(looked, exchange, |s| s.server()),
            Field::Port => exchange.sightings().map(|s| Shown::Number(f64::from(s.client().port))).collect(),
            Field::Name => looked.questions.name(looked.exchanges, exchange).map_or_else(Vec::new, text),
            Field::Place => exchange.sightings().map(|s| place(s.place())).collect(),
            Field::Lost => {
                let at = looked.failures.of_row(exchange.row());
                at.into_iter()
                    .flat_map(|at| [Some(at.last_seen), at.missing_at])
                    .flatten()
                    .map(place)
                    .collect()
            }
            Field::Step => {
                let at = looked.failures.of_row(exchange.row());
                at.map_or_else(Vec::new, |at| text(at.step.map_or("unknown", Step::name)))
            }
        }
    }
}

/// The address and the address with its port, at each place.
fn ends(
    looked: &Looked<'_>,
    exchange: &Exchange<'_>,
    of: impl Fn(&unanswered_exchange::Sighting<'_>) -> unanswered_exchange::Endpoint,
) -> Vec<Shown> {
    let mut all = Vec::new();
    let mut before = None;
    for sighting in exchange.sightings() {
        let one = of(&sighting);
        if before == Some(one) {
            continue;
        }
        before = Some(one);
        all.push(Shown::Text(address(looked.exchanges, one)));
        all.push(Shown::Text(end(looked.exchanges, exchange.protocol(), one)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_is_answered_with_the_known_ones() {
        let error = Filter::parse("colour=red").unwrap_err();
        assert_eq!(error.to_string(), "--where colour=red: there is no field \"colour\"");
        assert!(error.hint().starts_with("the fields are number, time, outcome"), "{}", error.hint());
    }

    #[test]
    fn values_and_operators_that_cannot_hold_are_refused() {
        for (text, words) in [
            ("outcome=lost", "known: answered"),
            ("outcome<answered", "compare numbers"),
            ("port~12", "searches names"),
            ("port=ntp", "is not a number"),
            ("time>noon", "is not a time"),
            ("step=SOMEWHERE", "known: POST_REQUEST"),
            ("protocol=quic", "known: ntp"),
            ("client", "expected FIELD=VALUE"),
        ] {
            let error = Filter::parse(text).unwrap_err();
            let said = format!("{error}; {}", error.hint());
            assert!(said.contains(words), "{text}: {said}");
        }
        for text in
            ["outcome!=answered", "port<1024", "name~example", "step=deliver_request", "time>06:48:51"]
        {
            assert!(Filter::parse(text).is_ok(), "{text}");
        }
    }
}
