//! How the time of a request is read, whatever the log's way of writing it, and how it is found.

use unanswered_logs::How;
use unanswered_table::io::{
    EpochUnit, Origin, TableError, TableRead, TableSpec, TableSummary, TableWarning, TimeUnit, TimeWriting,
    table_of,
};
use unanswered_time::dates::DateShape;

/// The table that a text is.
fn read_table(text: &[u8], spec: &TableSpec) -> Result<TableRead, TableError> {
    table_of(unanswered_logs::read(text, &How::default()).expect("a log"), spec)
}

/// `date -u -d '2024-05-17 10:05:00' +%s`
const MOMENT: f64 = 1_715_940_300.0;

/// A log of 40 rows, two and a half seconds apart; `write` puts the whole second and the fraction into a cell.
fn log(column: &str, cells: &[String]) -> String {
    let rows = cells
        .iter()
        .enumerate()
        .map(|(row, cell)| format!("\"{cell}\";h{};{}\n", row % 3, if row % 9 == 4 { 504 } else { 200 }));
    format!("{column};host;status\n{}", rows.collect::<String>())
}

fn read(text: &str, spec: &TableSpec) -> TableRead {
    read_table(text.as_bytes(), spec).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Hour, minute and second of a row.
fn of_day(row: usize) -> (usize, usize, usize) {
    let second = row * 5 / 2;
    (10, 5 + second / 60, second % 60)
}

fn written(row: usize, form: &str) -> String {
    let (hour, minute, second) = of_day(row);
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    form.replace("CLOCK", &clock).replace("COMPACT", &clock.replace(':', ""))
}

#[test]
fn times_are_read_in_the_ways_that_programs_write_them() {
    use DateShape::{Compact, DayFirst, MonthFirst, MonthNamed, YearFirst};
    for (form, shape) in [
        ("2024-05-17TCLOCKZ", YearFirst),
        ("2024-05-17 CLOCK", YearFirst),
        ("2024-05-17TCLOCK,000+00:00", YearFirst),
        ("2024-05-17 CLOCK.000000 +0000 UTC", YearFirst),
        ("20240517TCOMPACTZ", Compact),
        ("Fri, 17 May 2024 CLOCK GMT", MonthNamed),
        ("Friday, 17-May-24 CLOCK GMT", MonthNamed),
        ("Fri May 17 CLOCK 2024", MonthNamed),
        ("May 17, 2024 CLOCK.000000000 UTC", MonthNamed),
        ("17/May/2024:CLOCK +0000", MonthNamed),
        ("[17/May/2024:CLOCK +0000]", MonthNamed),
        ("17/May/2024:CLOCK.000", MonthNamed),
        ("05/17/2024 CLOCK AM", MonthFirst),
        ("17.05.2024 CLOCK", DayFirst),
        ("17/05/2024 CLOCK", DayFirst),
    ] {
        let cells: Vec<String> = (0..40).map(|row| written(row, form)).collect();
        let TableRead { table, summary, .. } = read(&log("x", &cells), &TableSpec::default());
        let time = summary.time.unwrap_or_else(|| panic!("{form}: no time found"));
        assert_eq!((time.written, time.origin), (TimeWriting::Date(shape), Origin::Found), "{form}");
        assert_eq!((table.times[0], table.times[39]), (MOMENT, MOMENT + 97.0), "{form}");
    }
}

#[test]
fn the_unit_of_numbers_that_count_from_1970_follows_from_their_size() {
    for (unit, scale) in [
        (EpochUnit::Seconds, 1_i64),
        (EpochUnit::Milliseconds, 1_000),
        (EpochUnit::Microseconds, 1_000_000),
        (EpochUnit::Nanoseconds, 1_000_000_000),
    ] {
        for decimals in ["", ".25"] {
            let cells: Vec<String> =
                (0..40).map(|row| format!("{}{decimals}", (1_715_940_300 + row) * scale)).collect();
            let TableRead { table, summary, .. } = read(&log("when", &cells), &TableSpec::default());
            let time = summary.time.expect("a time");
            assert_eq!((time.written, time.unit), (TimeWriting::Epoch(unit), TimeUnit::SecondsSinceEpoch));
            assert!((table.times[39] - MOMENT - 39.0).abs() < 0.3, "{unit:?}: {}", table.times[39]);
        }
    }
}

#[test]
fn numbers_of_a_clock_of_its_own_stay_numbers_and_are_not_taken_unasked() {
    let cells: Vec<String> = (0..40).map(|row| format!("{}", row * 3)).collect();
    let text = log("time", &cells);
    assert_eq!(read(&text, &TableSpec::default()).summary.time, None, "it may be a duration");
    let asked = TableSpec { time: Some("time".to_owned()), ..TableSpec::default() };
    let TableRead { table, summary, .. } = read(&text, &asked);
    assert_eq!(summary.time.map(|time| (time.unit, time.origin)), Some((TimeUnit::Own, Origin::Given)));
    assert_eq!(table.times[39].to_bits(), 117.0_f64.to_bits());
}

fn warnings(summary: &TableSummary) -> Vec<String> {
    summary
        .warnings
        .iter()
        .map(ToString::to_string)
        .filter(|warning| !warning.contains("time zone"))
        .collect()
}

#[test]
fn day_and_month_are_told_apart_by_any_row_or_said_to_be_ambiguous() {
    // 3 April to 12 April: each day is a month, too.
    let cells = |days: std::ops::RangeInclusive<u32>, form: fn(u32, u32) -> String| -> Vec<String> {
        days.flat_map(|day| (0..4).map(move |hour| form(day, hour))).collect()
    };
    let last_decides = cells(4..=13, |day, hour| format!("{day}/4/2024 {hour}:00:00"));
    let TableRead { table, summary, .. } = read(&log("when", &last_decides), &TableSpec::default());
    assert_eq!(summary.time.as_ref().map(|t| t.written), Some(TimeWriting::Date(DateShape::DayFirst)));
    assert_eq!((table.times[39] - table.times[0]).to_bits(), (9.0 * 86_400.0 + 3.0 * 3600.0_f64).to_bits());
    assert_eq!(warnings(&summary), Vec::<String>::new());
    // One day only: nothing decides.
    let one_day = cells(4..=4, |day, hour| format!("{day}/3/2024 {hour}:00:00"));
    let TableRead { summary, .. } =
        read(&log("when", &one_day), &TableSpec { time: Some("when".to_owned()), ..TableSpec::default() });
    assert_eq!(summary.time.as_ref().map(|t| t.written), Some(TimeWriting::Date(DateShape::MonthFirst)));
    assert!(
        warnings(&summary).iter().any(|said| said.contains("with the month first")),
        "{:?}",
        summary.warnings
    );
    // Points are nobody's months first.
    let points = cells(4..=4, |day, hour| format!("{day}.3.2024 {hour}:00:00"));
    let TableRead { summary, .. } =
        read(&log("when", &points), &TableSpec { time: Some("when".to_owned()), ..TableSpec::default() });
    assert_eq!(summary.time.as_ref().map(|t| t.written), Some(TimeWriting::Date(DateShape::DayFirst)));
    // Sorted one way only: 31 days of growing months against growing days.
    let sorted = cells(1..=9, |month, hour| format!("{month}/{}/2024 {hour}:00:00", 10 - month));
    let TableRead { summary, .. } = read(&log("when", &sorted), &TableSpec::default());
    assert_eq!(summary.time.as_ref().map(|t| t.written), Some(TimeWriting::Date(DateShape::MonthFirst)));
    assert_eq!(warnings(&summary), Vec::<String>::new());
}

#[test]
fn dates_without_a_year_keep_their_order_over_a_new_year() {
    let mut cells: Vec<String> = (0..20).map(|row| format!("Dec 31 23:59:{:02}", row + 30)).collect();
    cells.extend((0..20).map(|row| format!("Jan  1 00:00:{row:02}")));
    // A straggler of the old year.
    cells[25] = "Dec 31 23:59:59".to_owned();
    let text = log("when", &cells);
    // `date -u -d '2025-03-01' +%s`: the log was written by then.
    let spec = TableSpec { latest: Some(1_740_787_200.0), ..TableSpec::default() };
    let TableRead { table, summary, .. } = read(&text, &spec);
    // `date -u -d '2024-12-31 23:59:30' +%s`
    assert_eq!((table.times[0], table.times[39]), (1_735_689_570.0, 1_735_689_570.0 + 49.0));
    assert!(
        matches!(summary.warnings[0], TableWarning::NoYear { year: Some(2025), turns: 1, .. }),
        "{:?}",
        summary.warnings
    );
    let TableRead { table, summary, .. } = read(&text, &TableSpec::default());
    assert!(table.times.is_sorted() && table.times[39] - table.times[0] < 60.0);
    assert!(matches!(summary.warnings[0], TableWarning::NoYear { year: None, .. }), "{:?}", summary.warnings);
    // 29 February is in a leap year.
    let leap: Vec<String> = (0..40).map(|row| format!("Feb 29 10:00:{row:02}")).collect();
    let TableRead { summary, .. } = read(&log("when", &leap), &spec);
    assert!(
        matches!(summary.warnings[0], TableWarning::NoYear { year: Some(2024), .. }),
        "{:?}",
        summary.warnings
    );
}

#[test]
fn times_of_day_go_on_over_midnight() {
    let mut cells: Vec<String> = (0..20).map(|row| format!("23:59:{:02}.5", row + 40)).collect();
    cells.extend((0..20).map(|row| format!("00:00:{row:02}.5")));
    let TableRead { table, summary, .. } = read(&log("time", &cells), &TableSpec::default());
    assert_eq!(
        summary.time.map(|time| (time.unit, time.written)),
        Some((TimeUnit::SecondsOfDay, TimeWriting::OfDay))
    );
    assert_eq!((table.times[0], table.times[39]), (86_380.5, 86_419.5));
}

#[test]
fn a_column_that_holds_no_times_is_an_error_and_single_cells_are_said() {
    let named = TableSpec { time: Some("when".to_owned()), ..TableSpec::default() };
    let cells: Vec<String> = (0..40).map(|row| format!("tick {row}")).collect();
    let error = read_table(log("when", &cells).as_bytes(), &named).unwrap_err();
    assert!(matches!(error, TableError::NoTimes { rows: 40, row: 1, .. }));
    assert!(error.to_string().contains("tick 0") && error.to_string().contains("when"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("--time")));
    let mut cells: Vec<String> = (0..40).map(|row| written(row, "2024-05-17 CLOCK")).collect();
    cells[7] = "n/a".to_owned();
    let TableRead { table, summary, .. } = read(&log("when", &cells), &named);
    assert_eq!((table.rows(), summary.rows, summary.skipped), (39, 39, 1));
    assert!(
        summary.warnings.iter().any(|w| w.to_string().contains("row 8 has \"n/a\"")),
        "{:?}",
        summary.warnings
    );
}

#[test]
fn of_several_times_the_beginning_is_taken_and_the_others_are_no_features() {
    let row = |row: u32| {
        let at = 1_715_940_300 + row;
        format!("{},{at},h{},{}\n", at + 60, row % 3, if row % 9 == 4 { 504 } else { 200 })
    };
    let text = format!("end,start,host,status\n{}", (0..40).map(row).collect::<String>());
    let summary = read(&text, &TableSpec::default()).summary;
    assert_eq!(summary.time.as_ref().map(|time| time.column.as_str()), Some("start"));
    let left_out: Vec<(&str, &str)> =
        summary.left_out.iter().map(|left| (left.column.as_str(), left.reason.code())).collect();
    assert_eq!(left_out, [("end", "other_time")]);
    let other = TableSpec { time: Some("end".to_owned()), ..TableSpec::default() };
    assert_eq!(read(&text, &other).table.times[0].to_bits(), (MOMENT + 60.0).to_bits());
}

#[test]
fn numbers_and_dates_that_are_no_times_of_requests_stay_features() {
    // An expiry date of three values in no order, a size that looks like an epoch only now and then, and no time at all.
    let row = |row: u32| {
        let expiry = ["2025-01-01", "2024-12-01", "2026-07-01"][row as usize * 7 % 3];
        format!("{expiry},{},h{},{}\n", 1000 + row * 37 % 900, row % 5, if row % 9 == 4 { 504 } else { 200 })
    };
    let text = format!("expiry,size,host,status\n{}", (0..60).map(row).collect::<String>());
    let TableRead { table, summary, .. } = read(&text, &TableSpec::default());
    assert_eq!(summary.time, None);
    assert_eq!(table.columns.len(), 3);
}
