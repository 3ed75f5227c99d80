//! Placeholders of templates: `{n}`, `{i}`, `{name}`, with `{i+100}`, `{n:02}` and `{{` for a brace.

use std::collections::BTreeMap;
use unanswered_toml_text::{Complaint, Node, NodeKind, advised};

/// What placeholders stand for.
pub(crate) type Placeholders = BTreeMap<String, String>;

/// Replaces the placeholders in all texts of a value. A text that is just one placeholder and becomes a
/// whole number is then a number: `id = "{i+5000}"`.
pub(crate) fn fill(node: &mut Node, values: &Placeholders, problem: &mut impl FnMut(usize, Complaint)) {
    match &mut node.kind {
        NodeKind::Text(text) if text.contains(['{', '}']) => {
            let alone = text.starts_with('{') && text.find('}') == Some(text.len() - 1);
            match fill_text(text, values) {
                Ok(filled) => {
                    node.kind = match filled.parse() {
                        Ok(integer) if alone => NodeKind::Integer(integer),
                        Ok(_) | Err(_) => NodeKind::Text(filled),
                    }
                }
                Err(said) => problem(node.start, said),
            }
        }
        NodeKind::List(items) => {
            for item in items {
                fill(item, values, problem);
            }
        }
        NodeKind::Table(table) => {
            for (key, value) in &mut table.entries {
                if key.name.contains('{') {
                    match fill_text(&key.name, values) {
                        Ok(filled) => key.name = filled,
                        Err(said) => problem(key.start, said),
                    }
                }
                fill(value, values, problem);
            }
        }
        NodeKind::Text(_)
        | NodeKind::Integer(_)
        | NodeKind::Float(_)
        | NodeKind::Bool(_)
        | NodeKind::Date(_) => {}
    }
}

/// Replaces the placeholders in a text.
pub(crate) fn fill_text(text: &str, values: &Placeholders) -> Result<String, Complaint> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if let Some((inside, after)) = from.strip_prefix('{').and_then(|t| t.split_once('}')) {
            out.push_str(&value(inside, values)?);
            rest = after;
        } else {
            return Err(advised("a brace without its partner", "write {{ or }} for a brace"));
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn value(inside: &str, values: &Placeholders) -> Result<String, Complaint> {
    let (expression, width) = match inside.split_once(':') {
        Some((expression, width)) => (expression, Some(width)),
        None => (inside, None),
    };
    let (name, operator, number) = match expression.find(['+', '-', '*']) {
        Some(at) if at > 0 => {
            let (name, rest) = expression.split_at(at);
            let mut letters = rest.chars();
            let operator = letters.next();
            (name, operator, Some(letters.as_str()))
        }
        Some(_) | None => (expression, None, None),
    };
    let name = name.trim();
    let Some(text) = values.get(name) else {
        let known: Vec<String> = values.keys().map(|key| format!("{{{key}}}")).collect();
        let hint = match known.is_empty() {
            true => "write {{ for a brace".to_owned(),
            false => format!("there are {}", known.join(", ")),
        };
        return Err(advised(format!("no placeholder {{{name}}} here"), hint));
    };
    if operator.is_none() && width.is_none() {
        return Ok(text.clone());
    }
    let wrong = || {
        let hint = "write a number's placeholder as {i+100} or {i:02}";
        advised(format!("{{{inside}}} cannot be worked out"), hint)
    };
    let left: i64 = text.parse().map_err(|_| wrong())?;
    let right: i64 = number.map_or(Ok(0), |n| n.trim().parse()).map_err(|_| wrong())?;
    let result = match operator {
        Some('+') => left.checked_add(right),
        Some('-') => left.checked_sub(right),
        Some('*') => left.checked_mul(right),
        Some(_) | None => Some(left),
    };
    let result = result.ok_or_else(wrong)?;
    let width: usize = width.map_or(Ok(0), str::parse).map_err(|_| wrong())?;
    if width > 20 {
        return Err(wrong());
    }
    Ok(format!("{result:0width$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_and_pad() {
        let values =
            Placeholders::from([("i".to_owned(), "7".to_owned()), ("name".to_owned(), "osa".to_owned())]);
        assert_eq!(fill_text("10.{i}.{i+3}.2", &values).unwrap(), "10.7.10.2");
        assert_eq!(fill_text("{name}-{i:03}{{x}}", &values).unwrap(), "osa-007{x}");
        assert_eq!(fill_text("{n}", &values).unwrap_err().hint.as_deref(), Some("there are {i}, {name}"));
        assert!(fill_text("{", &values).is_err());
        assert!(fill_text("{name+1}", &values).is_err());
        assert!(fill_text("{i*9223372036854775807}", &values).is_err());
    }
}
