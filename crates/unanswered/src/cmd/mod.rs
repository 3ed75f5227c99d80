//! One file per command: arguments as typed, a validated plan, one library call, a renderer.

pub(crate) mod capture;
pub(crate) mod captures;
pub(crate) mod catalogue;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod lab;
pub(crate) mod man;
pub(crate) mod narrow;
pub(crate) mod probe;
pub(crate) mod trace;
