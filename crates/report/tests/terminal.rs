//! The terminal page of each kind of diagnosis, at 80 columns.

mod common;

use common::cases;
use unanswered_report::terminal::{Options, render};
use unanswered_report::text::width;

#[test]
fn each_sort_of_diagnosis_has_its_page() {
    for case in cases() {
        insta::assert_snapshot!(case.name, render(&case.report(), Options::default()));
    }
}

#[test]
fn verbose_pages_hold_the_rest() {
    for case in [common::story(), common::many_rivals()] {
        let options = Options { verbose: true, ..Options::default() };
        insta::assert_snapshot!(format!("{}_verbose", case.name), render(&case.report(), options));
    }
}

#[test]
fn no_line_is_wider_than_the_terminal_and_nothing_hostile_gets_through() {
    for case in cases() {
        for (columns, verbose, brief) in
            [(80, false, false), (80, true, false), (40, true, false), (120, false, false), (40, false, true)]
        {
            let page = render(&case.report(), Options { columns, verbose, brief, color: false });
            for line in page.lines() {
                assert!(width(line) <= columns, "{}: {line:?} is wider than {columns}", case.name);
                assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
            }
        }
    }
}

#[test]
fn colour_changes_nothing_but_escape_sequences() {
    for case in cases() {
        let colored = render(&case.report(), Options { color: true, ..Options::default() });
        let plain = render(&case.report(), Options::default());
        assert!(colored.contains("\x1b[1;3"));
        let mut stripped = String::new();
        let mut rest = colored.as_str();
        while let Some((before, after)) = rest.split_once("\x1b[") {
            stripped.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain);
    }
}
