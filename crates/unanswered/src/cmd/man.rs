//! `unanswered man`.

use crate::failure::Failure;
use crate::shell;
use std::io;
use std::process::ExitCode;

/// Prints the manual page (roff); see it with `unanswered man | man -l -`
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, command: clap::Command) -> Result<ExitCode, Failure> {
    let mut page = Vec::new();
    render(command, &mut page).map_err(|error| Failure::new("manual page", error))?;
    shell::print(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}

/// The program's page, each command's synopsis and options after it.
fn render(mut command: clap::Command, out: &mut Vec<u8>) -> io::Result<()> {
    command.build();
    let page = clap_mangen::Man::new(command.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_subcommands_section(out)?;
    for sub in command.get_subcommands() {
        let heading = sub.get_name().to_uppercase();
        out.extend(format!(".SH \"{heading}\"\n").into_bytes());
        let mut body = Vec::new();
        let page = clap_mangen::Man::new(sub.clone());
        page.render_synopsis_section(&mut body)?;
        page.render_description_section(&mut body)?;
        page.render_options_section(&mut body)?;
        // Inside the command's section these are subsections.
        out.extend(
            String::from_utf8_lossy(&body).replace("\n.SH ", "\n.SS ").replacen(".SH ", ".SS ", 1).bytes(),
        );
    }
    out.extend(EXIT_STATUS.bytes());
    page.render_extra_section(out)?;
    page.render_version_section(out)
}

const EXIT_STATUS: &str = ".SH \"EXIT STATUS\"\n.TP\n0\ndone (whatever was found)\n\
.TP\n1\nonly with \\-\\-exit\\-code: something is wrong or cannot be told\n.TP\n2\nusage or input error\n";
