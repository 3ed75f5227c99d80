//! What `docs/tables.md` says of the formats is what they declare.

use unanswered_logs::{Declaration, declarations};

const DOCS: &str = include_str!("../../../docs/tables.md");

fn code(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

/// The format's row in the table.
fn row(format: &Declaration) -> String {
    let rules: Vec<String> =
        format.rules.iter().map(|rule| format!("`{}`: {}", rule.outcome, code(rule.failed))).collect();
    let rules = if rules.is_empty() { "-".to_owned() } else { rules.join("; ") };
    let row = format!("| {} | {} | {rules} | {} |", format.name, format.recognised_by, code(format.time));
    // A bar would end a cell of a Markdown table.
    row.replace("(tabs or |)", "(tabs or \\|)").replace("tabs or | |", "tabs or \\| |")
}

/// The format's columns that are no causes.
fn left_out(format: &Declaration) -> Option<String> {
    let some = !format.answer.is_empty() || !format.idle.is_empty();
    some.then(|| {
        format!("- **{}**. Answer: {}. Idle: {}.", format.name, code(format.answer), code(format.idle))
    })
}

#[test]
fn the_documentation_says_of_every_format_what_it_declares() {
    let rows: Vec<String> = declarations().map(row).collect();
    let mut lists: Vec<String> = declarations().filter_map(left_out).collect();
    lists.dedup();
    let has = |line: &String| DOCS.lines().any(|documented| documented == line);
    assert!(
        rows.iter().chain(&lists).all(has),
        "docs/tables.md lacks:\n{}\n\n{}",
        rows.join("\n"),
        lists.join("\n")
    );
    let listed = |is: fn(&str) -> bool| DOCS.lines().filter(|line| is(line)).count();
    let table = listed(|line| {
        line.starts_with("| ") && !line.starts_with("| ---") && !line.starts_with("| format |")
    });
    assert_eq!(table, rows.len(), "docs/tables.md lists formats that there are not");
    let columns = listed(|line| line.contains("**. Answer: "));
    assert_eq!(columns, lists.len(), "docs/tables.md lists columns of formats that there are not");
}
