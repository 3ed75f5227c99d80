//! `FIELD=VALUE`, `FIELD=LOW..HIGH` and `FIELD=A,B,C`.

use crate::failure::Failure;
use unanswered_experiment::{Declaration, FIELDS, Settable};
use unanswered_probe::Setting;

/// A field with the values that are to be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// All that the field can have.
    All,
    /// From one to another, both included.
    Range(u64, u64),
    /// These.
    These(Vec<u64>),
}

/// The field of that name.
pub(super) fn field(option: &'static str, code: &str) -> Result<&'static Declaration, Failure> {
    Settable::by_code(code).and_then(Settable::declaration).ok_or_else(|| {
        let all: Vec<&str> = FIELDS.iter().map(|field| field.code).collect();
        Failure::new(option, format!("{code} is no field that can be set"))
            .hint(format!("fields: {}", all.join(", ")))
    })
}

/// `FIELD` with or without values.
pub(super) fn varied(option: &'static str, text: &str) -> Result<(&'static Declaration, Values), Failure> {
    let (code, values) = text.split_once('=').map_or((text, None), |(code, values)| (code, Some(values)));
    let field = field(option, code)?;
    let Some(values) = values else { return Ok((field, Values::All)) };
    if let Some((low, high)) = values.split_once("..") {
        let (low, high) = (value(option, field, low)?, value(option, field, high)?);
        if low >= high {
            return Err(Failure::new(
                option,
                format!("{low}..{high} is no range: the second value must be larger"),
            ));
        }
        return Ok((field, Values::Range(low, high)));
    }
    let values: Result<Vec<u64>, Failure> = values.split(',').map(|one| value(option, field, one)).collect();
    Ok((field, Values::These(values?)))
}

/// `FIELD=VALUE`.
pub(super) fn setting(option: &'static str, text: &str) -> Result<Setting, Failure> {
    let Some((code, given)) = text.split_once('=') else {
        return Err(
            Failure::new(option, format!("{text} has no value")).hint("FIELD=VALUE, such as source-port=123")
        );
    };
    let field = field(option, code)?;
    Ok(Setting { field: field.settable.field(), value: value(option, field, given)? })
}

pub(super) fn settings(option: &'static str, all: &[String]) -> Result<Vec<Setting>, Failure> {
    all.iter().map(|text| setting(option, text)).collect()
}

/// A value of a field, within its range.
pub(super) fn value(option: &'static str, field: &Declaration, text: &str) -> Result<u64, Failure> {
    let wrong = |cause: String| {
        Failure::new(option, cause).hint(format!("{} takes {} to {}", field.code, field.low, field.high))
    };
    let value: u64 = text.trim().parse().map_err(|_| wrong(format!("{text} is no whole number")))?;
    if (field.low..=field.high).contains(&value) {
        Ok(value)
    } else {
        Err(wrong(format!("{value} is out of range")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(&'static str, Values), String> {
        varied("--sets", text)
            .map(|(field, values)| (field.code, values))
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn fields_come_with_a_range_with_values_or_alone() {
        assert_eq!(parsed("ttl"), Ok(("ttl", Values::All)));
        assert_eq!(parsed("source-port=1..1023"), Ok(("source-port", Values::Range(1, 1023))));
        assert_eq!(parsed("ntp-version=3,4"), Ok(("ntp-version", Values::These(vec![3, 4]))));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_right() {
        for (text, said) in [
            ("port", "port is no field that can be set"),
            ("ttl=0", "0 is out of range"),
            ("ttl=9..3", "9..3 is no range"),
            ("ttl=x", "x is no whole number"),
        ] {
            let failure = parsed(text).unwrap_err();
            assert!(failure.contains(said), "{failure}");
        }
    }
}
