//! Everything that was asked for, written.

use super::plan::Plan;
use crate::cmd::captures;
use crate::failure::Failure;
use crate::shell;
use std::path::Path;
use unanswered_capture::InputSpec;
use unanswered_evidence::ExchangeSource;
use unanswered_exchange::Exchanges;
use unanswered_explain::{Diagnosis, Source};
use unanswered_report::annotate::annotate;
use unanswered_report::{Report, html, json, terminal};
use unanswered_table::io::write_table;

/// Files first, so that a reader who leaves early does not cost them.
pub(super) fn written(
    plan: &Plan,
    source: &dyn Source,
    exchanges: Option<&Exchanges>,
    report: &Report<'_>,
) -> Result<(), Failure> {
    if let Some(path) = &plan.exchanges {
        let rows: Vec<u32> = (0_u32..).take(source.rows()).collect();
        let table = source.sample(&rows);
        shell::write_file(path, |file| write_table(&table, file))?;
    }
    if let Some(path) = &plan.html {
        let page = match exchanges {
            Some(exchanges) => html::render_on_captures(report, source, exchanges),
            None => html::render(report, source),
        };
        shell::write_file(path, |file| file.write_all(page.as_bytes()))?;
    }
    if plan.json {
        shell::print(&json::render(report))
    } else if plan.quiet {
        Ok(())
    } else {
        shell::print(&terminal::render(report, plan.terminal))
    }
}

pub(super) fn annotated(
    path: &Path,
    inputs: &[InputSpec],
    exchanges: &Exchanges,
    source: &ExchangeSource<'_>,
    diagnosis: &Diagnosis,
) -> Result<(), Failure> {
    let mut file = shell::create(path)?;
    let done = annotate(inputs, exchanges, source, diagnosis, &mut file);
    done.map_err(|error| captures::not_annotated(path, error))?;
    Ok(())
}
