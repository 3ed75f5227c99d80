//! Writes everything that was asked for.

use super::plan::Plan;
use crate::cmd::captures;
use crate::failure::Failure;
use crate::shell;
use unanswered_capture::InputSpec;
use unanswered_evidence::{CapturedRequests, ends};
use unanswered_exchange::Exchanges;
use unanswered_explain::Source;
use unanswered_report::annotate::annotate;
use unanswered_report::{Report, html, json, terminal};
use unanswered_table::io::{write_requests, write_table};

/// The captures from which requests come, if they do not come from a table.
#[derive(Clone, Copy)]
pub(super) struct Captured<'a> {
    pub(super) inputs: &'a [InputSpec],
    pub(super) exchanges: &'a Exchanges,
}

/// Files first, so that a reader who leaves early does not cost them.
pub(super) fn written(
    plan: &Plan,
    source: &dyn Source,
    captured: Option<Captured<'_>>,
    report: &Report<'_>,
) -> Result<(), Failure> {
    if let Some(rows) = &plan.exchanges {
        let all: Vec<u32> = (0_u32..).take(source.rows()).collect();
        let table = source.sample(&all);
        match captured {
            Some(Captured { exchanges, .. }) => {
                let requests = CapturedRequests::new(exchanges);
                rows.write(|to| Ok(write_requests(&table, &ends(), &requests, to)?))?;
            }
            None => rows.write(|to| Ok(write_table(&table, to)?))?,
        }
    }
    if let Some(page) = &plan.html {
        page.write_text(&match captured {
            Some(captured) => html::render_on_captures(report, source, captured.exchanges),
            None => html::render(report, source),
        })?;
    }
    if let (Some(file), Some(Captured { inputs, exchanges })) = (&plan.annotate, captured) {
        file.write(|to| match annotate(inputs, exchanges, source, report.diagnosis, to) {
            Ok(_) => Ok(()),
            Err(error) => Err(captures::not_annotated(error)),
        })?;
    }
    if plan.json {
        shell::print(&json::render(report))
    } else if plan.quiet {
        Ok(())
    } else {
        shell::print(&terminal::render(report, plan.terminal))
    }
}
