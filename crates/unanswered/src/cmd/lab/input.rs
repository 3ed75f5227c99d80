//! Scenario files, variants, places and times as they are typed.

use crate::failure::Failure;
use std::path::Path;
use unanswered_lab::diagnosis::names;
use unanswered_scenario::model::{HostId, Scenario};
use unanswered_scenario::{Document, FileError, Problems, read_file, span};
use unanswered_wire::Time;

/// The scenario of a file, or one of its variants.
pub(crate) fn scenario(path: &Path, name: Option<&str>) -> Result<Scenario, Failure> {
    let scenario = read_file(path, names()).map_err(failure)?;
    match name {
        None => Ok(scenario),
        Some(name) => variant(&scenario, path, name).cloned(),
    }
}

/// The variant with that name.
pub(crate) fn variant<'s>(scenario: &'s Scenario, path: &Path, name: &str) -> Result<&'s Scenario, Failure> {
    let found = scenario.variants.iter().find(|variant| variant.name == name);
    found.map(|variant| variant.scenario.as_ref()).ok_or_else(|| {
        let names: Vec<&str> = scenario.variants.iter().map(|variant| variant.name.as_str()).collect();
        let known =
            if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
        Failure::new(path.display().to_string(), format!("there is no variant {name:?}")).hint(known)
    })
}

/// The scenario file as a document that can be changed.
pub(crate) fn document(path: &Path) -> Result<Document, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {}", path.display()), error))?;
    Document::parse(&text, &path.display().to_string(), names()).map_err(|wrong| problems(&wrong))
}

pub(crate) fn failure(error: FileError) -> Failure {
    match error {
        FileError::Read { path, source } => Failure::new(format!("cannot read {}", path.display()), source),
        FileError::Problems(wrong) => problems(&wrong),
    }
}

/// Everything that is wrong with a scenario file, one line each with its own advice.
pub(crate) fn problems(wrong: &Problems) -> Failure {
    Failure::new("", wrong.with_hints())
}

/// `HOST@TIME`: a host, and a time after the start.
pub(crate) fn host_at(scenario: &Scenario, option: &str, typed: &str) -> Result<(HostId, Time), Failure> {
    let wrong = |cause: String| {
        Failure::new(option, cause).hint("HOST@TIME is a host's name and a time after the start: cpn1@2d6h")
    };
    let (name, time) = typed.rsplit_once('@').ok_or_else(|| wrong(format!("{typed:?} has no @")))?;
    let host = scenario.host_ids().find(|(_, host)| host.name == name).map(|(id, _)| id);
    let host = host.ok_or_else(|| wrong(format!("there is no host {name:?} in the scenario")))?;
    let since = span(time).ok_or_else(|| wrong(format!("{time:?} is not a time")))?;
    if since > scenario.duration {
        return Err(wrong(format!("{time} is after the end of the run")));
    }
    Ok((host, scenario.start + since))
}
