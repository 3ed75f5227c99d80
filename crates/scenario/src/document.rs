//! A scenario file that can be changed and written back.
//!
//! Sweeps set values, `shrink` removes hosts and events and shortens the run; what stays is a file
//! like any other. Comments and layout are lost, the order is kept.

use super::diagnosis_names::DiagnosisNames;
use super::expand::expand;
use super::model::Scenario;
use super::problems::Problems;
use super::resolve::resolve;
use super::sections::ROOT;
use super::toml_values::{Fields, parse_path, remove, set, to_toml};
use super::variant::variants;
use std::collections::BTreeSet;
use std::path::Path;
use unanswered_time::spans::written;
use unanswered_toml_text::{
    Complaint, Node, NodeKind, ParseErrorKind, ParsedToml, ProblemSink, TomlTable, advised,
};
use unanswered_wire::Span;

/// A value to set.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A list.
    List(Vec<Self>),
}

impl From<&str> for Setting {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Setting {
    fn into_node(self) -> Node {
        let kind = match self {
            Self::Text(text) => NodeKind::Text(text),
            Self::Integer(integer) => NodeKind::Integer(integer),
            Self::Float(float) => NodeKind::Float(float),
            Self::Bool(truth) => NodeKind::Bool(truth),
            Self::List(items) => NodeKind::List(items.into_iter().map(Self::into_node).collect()),
        };
        Node::new(0, kind)
    }
}

/// A change that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The path is wrong, or leads nowhere.
    #[error("{message}")]
    Path {
        /// What is wrong.
        message: String,
        /// What to do about it, where that is known.
        hint: Option<String>,
    },
    /// It does not exist.
    #[error("no {what} {name}")]
    Unknown {
        /// `host`, `event`, ...
        what: &'static str,
        /// The name.
        name: String,
    },
}

impl EditError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Path { hint, .. } => hint.clone(),
            Self::Unknown { .. } => Some("the scenario has none of this name".to_owned()),
        }
    }
}

impl From<Complaint> for EditError {
    fn from(said: Complaint) -> Self {
        Self::Path { message: said.message, hint: said.hint }
    }
}

/// A scenario file, parsed but not resolved.
#[derive(Clone, Debug)]
pub struct Document {
    file_name: String,
    text: String,
    names: DiagnosisNames,
    root: TomlTable,
}

impl Document {
    /// Parses the TOML; what it means is read by [`Self::scenario`], with `names` for `[[expect]]`.
    ///
    /// # Errors
    /// If it is not valid TOML.
    pub fn parse(text: &str, file_name: &str, names: DiagnosisNames) -> Result<Self, Problems> {
        let ParsedToml { table: root, errors } = TomlTable::parse(text);
        let sink = ProblemSink::one_a_place();
        for error in errors {
            let complaint = match error.kind {
                ParseErrorKind::Syntax => format!("not valid TOML: {}", error.complaint).into(),
                ParseErrorKind::NumberTooBig => error.complaint,
            };
            sink.problem(error.start, complaint);
        }
        let problems = sink.problems(text, Path::new(file_name));
        if problems.is_empty() {
            return Ok(Self { file_name: file_name.to_owned(), text: text.to_owned(), names, root });
        }
        Err(Problems { problems })
    }

    /// The names that its `[[expect]]` may use.
    #[must_use]
    pub const fn names(&self) -> DiagnosisNames {
        self.names
    }

    /// The scenario that it describes. Problems of values that were set since are reported at line 1.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of lines.
    pub fn scenario(&self) -> Result<Scenario, Problems> {
        let sink = ProblemSink::one_a_place();
        let scenario = resolve(&sink, &self.root, &self.file_name, self.names);
        // A variant of a wrong file would repeat every problem.
        let variants = if sink.is_empty() {
            variants(&sink, &self.root, &self.file_name, self.names)
        } else {
            Vec::new()
        };
        match scenario.filter(|_| sink.is_empty()) {
            Some(scenario) => Ok(Scenario { variants, ..scenario }),
            None => Err(Problems { problems: sink.problems(&self.text, Path::new(&self.file_name)) }),
        }
    }

    /// Sets the value at a dotted path: `seed`, `host.a.service.ntpd.profile`, `event.reboot.at`.
    ///
    /// # Errors
    /// When the path is wrong.
    pub fn set(&mut self, path: &str, value: impl Into<Setting>) -> Result<(), EditError> {
        let path = parse_path(path)?;
        Ok(set(&mut self.root, &path, value.into().into_node())?)
    }

    /// Removes what is at a dotted path.
    ///
    /// # Errors
    /// When nothing is there.
    pub fn remove(&mut self, path: &str) -> Result<(), EditError> {
        let parts = parse_path(path)?;
        if remove(&mut self.root, &parts) {
            return Ok(());
        }
        Err(advised(format!("nothing stands at {path}"), "name it as in \"event.reboot\"").into())
    }

    /// Removes a host by its full name, whether it stands alone or comes from a template. Nothing
    /// else changes: addresses stay, lists skip it.
    ///
    /// # Errors
    /// When there is no such host.
    pub fn remove_host(&mut self, name: &str) -> Result<(), EditError> {
        if !self.host_names().contains(name) {
            return Err(EditError::Unknown { what: "host", name: name.to_owned() });
        }
        if !self.remove_unnamed(name) {
            self.leave_out(name);
        }
        Ok(())
    }

    /// Removes a group, as `remove_host` does for each of its hosts.
    ///
    /// # Errors
    /// When there is no such group.
    pub fn remove_group(&mut self, name: &str) -> Result<(), EditError> {
        if !self.group_names().contains(name) {
            return Err(EditError::Unknown { what: "group", name: name.to_owned() });
        }
        self.leave_out(&format!("{name}-*"));
        Ok(())
    }

    /// Removes the host's table if nothing in the file names it and no address changes by that.
    fn remove_unnamed(&mut self, name: &str) -> bool {
        let mut shorter = self.clone();
        let gone = remove(&mut shorter.root, &["host".to_owned(), name.to_owned()]);
        let mut longer = self.clone();
        longer.leave_out(name);
        match (longer.scenario(), shorter.scenario()) {
            (Ok(with), Ok(without)) if gone && with == without => *self = shorter,
            (Ok(_) | Err(_), Ok(_) | Err(_)) => return false,
        }
        true
    }

    fn leave_out(&mut self, pattern: &str) {
        let item = Node::text(0, pattern);
        match self.root.get_mut("without") {
            Some(Node { kind: NodeKind::List(items), .. }) => items.push(item),
            Some(old) => *old = Node::new(0, NodeKind::List(vec![old.clone(), item])),
            None => self.root.insert("without", Node::new(0, NodeKind::List(vec![item]))),
        }
    }

    /// Removes an event.
    ///
    /// # Errors
    /// When there is no such event.
    pub fn remove_event(&mut self, name: &str) -> Result<(), EditError> {
        if remove(&mut self.root, &["event".to_owned(), name.to_owned()]) {
            return Ok(());
        }
        Err(EditError::Unknown { what: "event", name: name.to_owned() })
    }

    /// Sets how long the run takes.
    pub fn set_duration(&mut self, duration: Span) {
        self.root.insert("duration", Node::text(0, written(duration)));
    }

    /// Removes the variants, which a reduced scenario does not need.
    pub fn remove_variants(&mut self) {
        self.root.remove("variant");
    }

    /// The file's content, unresolved.
    #[must_use]
    pub const fn root(&self) -> &TomlTable {
        &self.root
    }

    /// The names of all hosts, including those from templates.
    #[must_use]
    pub fn host_names(&self) -> BTreeSet<String> {
        self.made().0
    }

    /// The names of all groups that have a host.
    #[must_use]
    pub fn group_names(&self) -> BTreeSet<String> {
        self.made().1
    }

    fn made(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let sink = ProblemSink::one_a_place();
        let root = Fields::of_table(&sink, &self.root, 0, &ROOT);
        let drafts = expand(&root);
        let without = super::addressing::without(&root, &drafts.hosts);
        let left_out = |name: &str| without.iter().any(|pattern| super::placed_site::glob(pattern, name));
        let kept = drafts.hosts.into_iter().filter(|draft| !left_out(&draft.name));
        let (hosts, groups): (BTreeSet<_>, BTreeSet<_>) = kept.map(|draft| (draft.name, draft.group)).unzip();
        (hosts, groups.into_iter().filter(|group| !group.is_empty()).collect())
    }

    /// The names of all events.
    #[must_use]
    pub fn event_names(&self) -> Vec<String> {
        let events = self.root.get("event").map(Node::items).unwrap_or_default();
        let names = events.iter().filter_map(|event| event.as_table()?.get("name")?.as_text());
        names.map(str::to_owned).collect()
    }

    /// The file as TOML text.
    #[must_use]
    pub fn to_toml(&self) -> String {
        to_toml(&self.root)
    }
}
