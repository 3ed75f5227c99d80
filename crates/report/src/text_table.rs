//! Aligned tables for terminals, where one that is too wide continues below with its row names repeated;
//! and tables for pages.

use crate::plot::escape;
use crate::text;
use std::fmt::Write as _;

/// A column.
pub(crate) struct TextColumn {
    /// Heading.
    head: String,
    /// Numbers are aligned to the right.
    right: bool,
    cells: Vec<String>,
}

impl TextColumn {
    /// Words.
    pub(crate) fn left(head: &str, cells: impl IntoIterator<Item = String>) -> Self {
        Self { head: head.to_owned(), right: false, cells: cells.into_iter().collect() }
    }

    /// Numbers.
    pub(crate) fn right(head: &str, cells: impl IntoIterator<Item = String>) -> Self {
        Self { right: true, ..Self::left(head, cells) }
    }

    /// Cells below the heading.
    pub(crate) fn rows(&self) -> usize {
        self.cells.len()
    }

    fn width(&self) -> usize {
        self.cells.iter().chain([&self.head]).map(|cell| text::width(cell)).max().unwrap_or(0)
    }

    fn line(&self, row: Option<usize>) -> &str {
        row.map_or(Some(&self.head), |row| self.cells.get(row)).map_or("", String::as_str)
    }
}

/// Space between columns.
const GAP: usize = 2;

/// The table, each line indented by two; the first column names the rows.
pub(crate) fn render(columns: &[TextColumn], width: usize) -> String {
    let Some((names, rest)) = columns.split_first() else { return String::new() };
    let mut out = String::new();
    let mut rest = rest;
    while !rest.is_empty() {
        let mut used = GAP + names.width();
        // At least one column, or it would never end.
        let mut count = 0;
        for column in rest {
            used += GAP + column.width();
            if used > width && count > 0 {
                break;
            }
            count += 1;
        }
        let (now, later) = rest.split_at(count);
        let shown: Vec<&TextColumn> = std::iter::once(names).chain(now).collect();
        lines(&mut out, &shown);
        rest = later;
        if !rest.is_empty() {
            out.push('\n');
        }
    }
    out
}

fn lines(out: &mut String, columns: &[&TextColumn]) {
    let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    for row in std::iter::once(None).chain((0..rows).map(Some)) {
        let mut line = String::new();
        for column in columns {
            let cell = column.line(row);
            let space = " ".repeat(column.width() - text::width(cell));
            line.push_str("  ");
            if column.right {
                line.push_str(&space);
            }
            line.push_str(cell);
            if !column.right {
                line.push_str(&space);
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// The same as an HTML table, in one piece.
pub(crate) fn to_html(columns: &[TextColumn]) -> String {
    let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    let mut out = String::from("<table>");
    for row in std::iter::once(None).chain((0..rows).map(Some)) {
        let tag = if row.is_none() { "th" } else { "td" };
        out.push_str("<tr>");
        for column in columns {
            let class = if column.right { " class=\"n\"" } else { "" };
            let _ = write!(out, "<{tag}{class}>{}</{tag}>", escape(column.line(row)));
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_too_wide_goes_on_below() {
        let cells = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let columns = [
            TextColumn::left("who", cells("one two")),
            TextColumn::right("runs", cells("7 100")),
            TextColumn::left("when", cells("soon later")),
        ];
        assert_eq!(render(&columns, 80), "  who  runs  when\n  one     7  soon\n  two   100  later\n");
        let stacked = "  who  runs\n  one     7\n  two   100\n\n  who  when\n  one  soon\n  two  later\n";
        assert_eq!(render(&columns, 12), stacked);
    }
}
