//! Variants: the same file with something set differently.

use super::diagnosis_names::DiagnosisNames;
use super::model::{Scenario, Variant};
use super::resolve::resolve;
use super::sections::{ROOT, VARIANT};
use super::toml_values::{Fields, parse_path, remove, set};
use super::units::text;
use std::collections::BTreeSet;
use unanswered_toml_text::{ProblemSink, TomlTable, advised};

/// All variants of a file that is itself sound.
pub(super) fn variants(
    sink: &ProblemSink,
    table: &TomlTable,
    file_name: &str,
    known: DiagnosisNames,
) -> Vec<Variant> {
    let root = Fields::of_table(sink, table, 0, &ROOT);
    let mut names = BTreeSet::new();
    let tables = root.tables("variant", &VARIANT);
    let variants = tables.iter().filter_map(|fields| {
        let name = fields.required("name", text)?;
        if !names.insert(name.clone()) {
            let message = format!("two variants are called {name}");
            fields.problem("name", advised(message, "each needs a name of its own"));
        }
        let title = fields.read("title", text).unwrap_or_else(|| name.clone());
        let changed = patched(table, fields)?;
        let own = ProblemSink::one_a_place();
        let scenario = resolve(&own, &changed, file_name, known);
        own.pass_on(sink, &format!("in variant {name}: "));
        let scenario = Box::new(Scenario { title: title.clone(), ..scenario? });
        Some(Variant { name, title, scenario })
    });
    variants.collect()
}

/// The file with the variant's changes.
fn patched(table: &TomlTable, fields: &Fields<'_>) -> Option<TomlTable> {
    let mut changed = table.clone();
    changed.remove("variant");
    let mut wrong = false;
    for item in fields.list("remove", text).unwrap_or_default() {
        let gone = parse_path(&item).is_ok_and(|path| remove(&mut changed, &path));
        if !gone {
            wrong = true;
            let message = format!("nothing stands at {item}");
            fields.problem("remove", advised(message, "name it as in \"event.reboot\""));
        }
    }
    for (key, value) in fields.named("set") {
        if let Err(said) = parse_path(&key.name).and_then(|path| set(&mut changed, &path, value.clone())) {
            wrong = true;
            fields.sink.problem(key.start, said);
        }
    }
    if fields.named("set").is_empty() && !fields.has("remove") {
        fields.sink.problem(fields.start, advised("a variant that changes nothing", "add set or remove"));
    }
    (!wrong).then_some(changed)
}
