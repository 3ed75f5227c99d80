//! The keys that are read are the keys that the JSON Schema and the document describe.

use super::sections::{ALL, ROOT};
use std::collections::BTreeSet;

fn schema() -> serde_json::Value {
    serde_json::from_str(super::schema()).expect("the schema is JSON")
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema = schema();
    for section in ALL {
        let described = if section.name == ROOT.name { &schema } else { &schema["$defs"][section.name] };
        let described: BTreeSet<&str> = described["properties"]
            .as_object()
            .unwrap_or_else(|| panic!("{} is not in the schema", section.name))
            .keys()
            .map(String::as_str)
            .collect();
        let read: BTreeSet<&str> = section.keys.iter().copied().collect();
        assert_eq!(read, described, "{}", section.name);
    }
}

#[test]
fn the_document_describes_every_key() {
    let document = include_str!("../../../docs/scenario.md");
    for section in ALL {
        for key in section.keys {
            assert!(document.contains(&format!("`{key}`")), "{key} of {} is not described", section.name);
        }
    }
}
