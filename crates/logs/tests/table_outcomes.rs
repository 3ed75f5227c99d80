//! Which requests failed: what arguments say, what names and values say, and what is asked.

use unanswered_logs::How;
use unanswered_table::Outcome;
use unanswered_table::io::{Origin, TableError, TableRead, TableSpec, table_of};

/// The table that a text is.
fn read_table(text: &[u8], spec: &TableSpec) -> Result<TableRead, TableError> {
    table_of(unanswered_logs::read(text, &How::default()).expect("a log"), spec)
}

fn spec(outcome: &str, failed: &[&str], ok: &[&str]) -> TableSpec {
    let owned = |list: &[&str]| list.iter().map(|rule| (*rule).to_owned()).collect();
    TableSpec {
        outcome: (!outcome.is_empty()).then(|| outcome.to_owned()),
        failed: owned(failed),
        ok: owned(ok),
        ..TableSpec::default()
    }
}

/// One letter for each row: failed, answered, unknown.
fn outcomes(text: &str, spec: &TableSpec) -> String {
    let read = read_table(text.as_bytes(), spec).unwrap_or_else(|error| panic!("{error}"));
    let letter = |outcome: &Outcome| match (outcome.failed(), outcome.judged()) {
        (true, _) => 'F',
        (false, true) => 'a',
        (false, false) => '?',
    };
    read.table.outcomes.iter().map(letter).collect()
}

#[test]
fn rules_say_what_failed_and_what_did_not() {
    let text = "host,status,error\na,200,\nb,504,\nc,timeout,refused\nd,,\ne,404,\nf,-,x\n";
    for (failed, ok, expected) in [
        (&["504", "TIMEOUT"][..], &[][..], "aFF?aa"),
        (&["missing"], &[], "aaaFaF"),
        (&["5xx"], &[], "aF??a?"),
        (&["5xx", "missing"], &[], "aF?FaF"),
        (&[">=404"], &[], "aF??F?"),
        (&["~ ^(5|t)"], &[], "aFF?aa"),
        (&["!~ ^[24]"], &[], "aFFFaF"),
        (&["error:!missing"], &[], "aaFaaF"),
        (&["status:5xx", "error:!missing"], &[], "aFF?aF"),
        (&[], &["2xx", "4xx"], "aFFFaF"),
        (&[], &["200"], "aFFFFF"),
        (&["504"], &["200"], "aF????"),
    ] {
        assert_eq!(outcomes(text, &spec("status", failed, ok)), expected, "{failed:?} {ok:?}");
    }
}

#[test]
fn cells_that_no_rule_about_numbers_can_judge_are_said() {
    let text = "host,status\na,200\nb,504\nc,broken\nd,broken\n";
    let summary = read_table(text.as_bytes(), &spec("status", &["5xx"], &[])).unwrap().summary;
    let said = summary.warnings[0].to_string();
    assert_eq!(said, "rows whose status is not a number are not judged: 2 (first: broken)");
}

#[test]
fn without_arguments_the_column_and_its_rule_are_found() {
    let json = r#"{"prb":1,"result":{"rt":1.5}}
{"prb":2,"result":{},"error":{"timeout":5000}}
{"prb":1,"result":{"rt":2.5}}
"#;
    for (text, column, rule, expected) in [
        ("host,status\na,200\nb,504\nc,404\n", "status", "5xx", "aFa"),
        ("host,rcode\na,NOERROR\nb,SERVFAIL\nc,NXDOMAIN\n", "rcode", "SERVFAIL", "aFa"),
        ("host,success,status\na,true,200\nb,false,200\nc,true,200\n", "success", "false", "aFa"),
        (json, "error.timeout", "!missing", "aFa"),
        ("host,rtt\na,1.5\nb,\nc,2.5\n", "rtt", "missing", "aFa"),
        ("src,action,log-status\na,ACCEPT,OK\nb,REJECT,OK\nc,ACCEPT,OK\n", "action", "REJECT", "aFa"),
    ] {
        assert_eq!(outcomes(text, &TableSpec::default()), expected, "{text}");
        let TableRead { summary, .. } = read_table(text.as_bytes(), &TableSpec::default()).unwrap();
        let outcome = summary.outcome.expect("rules");
        assert_eq!((outcome.column.as_str(), outcome.origin), (column, Origin::Found));
        assert_eq!(outcome.failed[0].to_string(), rule);
    }
}

#[test]
fn a_healthy_log_is_healthy_and_one_with_doubtful_values_is_a_question() {
    let healthy = "host,status\na,200\nb,304\nc,200\n";
    assert_eq!(outcomes(healthy, &TableSpec::default()), "aaa");
    let doubtful = "host,status\na,200\nb,429\nc,404\n";
    let error = read_table(doubtful.as_bytes(), &TableSpec::default()).unwrap_err();
    assert!(matches!(error, TableError::NoneFailed { .. }), "{error}");
    assert_eq!(outcomes(doubtful, &spec("", &["429"], &[])), "aFa");
}

#[test]
fn what_would_be_absurd_is_asked() {
    let error = |text: &str, spec: &TableSpec| read_table(text.as_bytes(), spec).unwrap_err();
    let all: String =
        (0..45).map(|row| format!("h{row},{}\n", if row % 2 == 0 { "timeout" } else { "refused" })).collect();
    let text = format!("host,result\n{all}");
    let none_good = error(&text, &TableSpec::default());
    assert!(
        none_good.to_string().contains("timeout (23)") && none_good.to_string().contains("refused (22)"),
        "{none_good}"
    );
    let hint = none_good.hint().expect("arguments that would choose");
    assert!(hint.contains("--outcome result --failed refused") && hint.contains("--ok timeout"), "{hint}");
    let every = error(&text, &spec("result", &["~ ."], &[]));
    assert_eq!(
        every.to_string(),
        "all 45 rows would have failed; values of result: timeout (23), refused (22)"
    );
    let nothing = error("host,color\na,red\nb,blue\n", &TableSpec::default());
    assert!(matches!(nothing, TableError::WhichFailed { .. }));
    assert!(nothing.to_string().contains("color has blue (1), red (1)"), "{nothing}");
    let strange = error("host,status\na,17\nb,4\n", &spec("status", &[], &[]));
    assert!(matches!(strange, TableError::NoFailedValue { .. }), "{strange}");
}

#[test]
fn misspelt_columns_are_answered_with_the_nearest_name() {
    let text = "host,status,when\na,200,1\nb,504,2\n";
    for (wrong, role) in [
        (
            TableSpec { ignore: vec!["hots".to_owned()], ..TableSpec::default() },
            "--ignore (did you mean host?)",
        ),
        (TableSpec { only: vec!["hosst".to_owned()], ..TableSpec::default() }, "--only (did you mean host?)"),
        (
            TableSpec { count: Some("whn".to_owned()), ..TableSpec::default() },
            "the count (did you mean when?)",
        ),
        (spec("", &["satus:5xx"], &[]), "the outcome (did you mean status?)"),
    ] {
        let error = read_table(text.as_bytes(), &wrong).unwrap_err().to_string();
        assert!(error.ends_with(role), "{error}");
    }
}

#[test]
fn rows_that_stand_for_many_count_as_many() {
    let text = "minute,country,requests,lost\n1715940300,de,1000,10\n1715940300,fr,500,400\n1715940360,de,900,0\n1715940360,fr,bad,0\n";
    let both = TableSpec {
        count: Some("requests".to_owned()),
        failed_count: Some("lost".to_owned()),
        time: Some("minute".to_owned()),
        ..TableSpec::default()
    };
    let TableRead { table, summary, .. } = read_table(text.as_bytes(), &both).unwrap();
    assert_eq!((table.rows(), summary.rows), (2400, 4));
    assert_eq!(table.outcomes.iter().filter(|o| o.failed()).count(), 410);
    assert!(table.times.is_sorted());
    assert_eq!(table.columns.len(), 1, "counts are no features");
    assert!(
        summary.warnings.iter().any(|w| w.to_string().contains("row 4 has \"bad\"")),
        "{:?}",
        summary.warnings
    );
    // The rows' own outcomes, when only their number is given.
    let text = "country,status,requests\nde,200,30\nfr,504,12\n";
    let count = TableSpec { count: Some("requests".to_owned()), ..TableSpec::default() };
    let table = read_table(text.as_bytes(), &count).unwrap().table;
    assert_eq!((table.rows(), table.outcomes.iter().filter(|o| o.failed()).count()), (42, 12));
}
