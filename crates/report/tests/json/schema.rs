//! The part of JSON Schema that `docs/findings.schema.json` uses. An unknown keyword is a
//! problem, so that nothing in the schema goes unchecked.

use serde_json::Value;

/// What is wrong with the document, each with its JSON pointer.
pub(crate) fn problems(schema: &Value, document: &Value) -> Vec<String> {
    let mut out = Vec::new();
    check(schema, schema, document, "", &mut out);
    out
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" | "required" => {}
            "$ref" => {
                let pointer = rule.as_str().and_then(|r| r.strip_prefix('#')).expect("a local reference");
                let target = root.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
                check(root, target, value, at, out);
            }
            "type" => {
                let of = |t: &Value| is_type(t.as_str().expect("a type's name"), value);
                if !rule.as_array().map_or_else(|| of(rule), |any| any.iter().any(of)) {
                    out.push(format!("{at}: {value} is not of type {rule}"));
                }
            }
            "enum" => {
                if !rule.as_array().expect("values").contains(value) {
                    out.push(format!("{at}: {value} is none of {rule}"));
                }
            }
            "minimum" => {
                if value.as_f64().is_some_and(|v| v < rule.as_f64().expect("a number")) {
                    out.push(format!("{at}: {value} is less than {rule}"));
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}/{index}"), out);
                }
            }
            "anyOf" => {
                let fits = |s: &Value| {
                    let mut inner = Vec::new();
                    check(root, s, value, at, &mut inner);
                    inner.is_empty()
                };
                if !rule.as_array().expect("schemas").iter().any(fits) {
                    out.push(format!("{at}: fits none of the alternatives"));
                }
            }
            "properties" => properties(root, schema, value, at, out),
            "additionalProperties" if schema.get("properties").is_none() => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    check(root, rule, inner, &format!("{at}/{key}"), out);
                }
            }
            "additionalProperties" => assert_eq!(rule, &Value::Bool(false), "objects are closed"),
            other => panic!("keyword {other} is not checked"),
        }
    }
}

fn properties(root: &Value, schema: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    let known = schema["properties"].as_object().expect("an object of schemas");
    assert!(schema.get("additionalProperties").is_some(), "{at}: an open object");
    for (key, inner) in object {
        match known.get(key) {
            Some(rule) => check(root, rule, inner, &format!("{at}/{key}"), out),
            None => out.push(format!("{at}/{key}: not in the schema")),
        }
    }
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(known.contains_key(key), "{at}: {key} is required and not described");
        if !object.contains_key(key) {
            out.push(format!("{at}/{key}: missing"));
        }
    }
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("type {other} is not known"),
    }
}
