//! What has been placed so far, and looking it up by name.
//!
//! A name in a group means the group's own host or network first (`cpn1` in `osa` is `osa-cpn1`), then the
//! site's. Hosts that the file leaves out (`without`) have a name and addresses, so that nothing else
//! changes, but no id: lists skip them.

use super::expand::Draft;
use super::model::{HostId, Interface, InterfaceId, Network, NetworkId};
use super::units::address_text;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use unanswered_toml_text::{Complaint, Node, ProblemSink, advised, unknown};

/// A host with its addresses.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) draft: Draft,
    /// `None` for a host that is left out.
    pub(super) id: Option<HostId>,
    pub(super) interfaces: Vec<Interface>,
}

/// What could not be created, so that references to it are not blamed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Incomplete {
    /// Some hosts.
    pub(super) hosts: bool,
    /// Some interfaces.
    pub(super) interfaces: bool,
}

/// Networks and hosts by name.
pub(super) struct PlacedSite<'a> {
    pub(super) sink: &'a ProblemSink,
    pub(super) networks: Vec<Network>,
    pub(super) network_ids: BTreeMap<String, NetworkId>,
    pub(super) hosts: Vec<Placed>,
    /// Something was wrong earlier: names that are missing now may be missing because of that.
    pub(super) incomplete: Incomplete,
    by_name: FxHashMap<String, usize>,
}

impl<'a> PlacedSite<'a> {
    pub(super) fn new(
        sink: &'a ProblemSink,
        networks: Vec<Network>,
        network_ids: BTreeMap<String, NetworkId>,
        hosts: Vec<Placed>,
        incomplete: Incomplete,
    ) -> Self {
        let by_name =
            hosts.iter().enumerate().map(|(index, host)| (host.draft.name.clone(), index)).collect();
        Self { sink, networks, network_ids, hosts, incomplete, by_name }
    }

    /// The byte offset of a host's name.
    pub(super) fn host_start(&self, id: HostId) -> usize {
        self.hosts.iter().find(|placed| placed.id == Some(id)).map_or(0, |placed| placed.draft.start)
    }

    /// The network with this name.
    pub(super) fn network(&self, scope: &str, node: &Node) -> Option<NetworkId> {
        network_of(self.sink, &self.network_ids, scope, node)
    }

    fn placed(&self, scope: &str, name: &str) -> Option<&Placed> {
        let scoped = (!scope.is_empty()).then(|| self.by_name.get(&format!("{scope}-{name}"))).flatten();
        scoped.or_else(|| self.by_name.get(name)).and_then(|&index| self.hosts.get(index))
    }

    /// Notes that there is no such host.
    fn unknown(&self, scope: &str, name: &str, start: usize) {
        if self.incomplete.hosts || self.sink.noted(start) {
            return;
        }
        let own = self.hosts.iter().filter_map(|host| host.draft.name.strip_prefix(scope)?.strip_prefix('-'));
        let names = self.hosts.iter().map(|host| host.draft.name.as_str());
        let known = names.chain(own.filter(|_| !scope.is_empty()));
        self.sink.problem(start, unknown(format!("no host {name}"), name, known));
    }

    /// One host; `None` without a problem when it is left out.
    pub(super) fn host(&self, scope: &str, node: &Node) -> Option<HostId> {
        let Some(name) = node.as_text() else {
            self.sink.problem(node.start, format!("write the name of a host, not {}", node.what()));
            return None;
        };
        let Some(placed) = self.placed(scope, name) else {
            self.unknown(scope, name, node.start);
            return None;
        };
        placed.id
    }

    /// Hosts by names and globs, in the order of the file.
    pub(super) fn hosts(&self, scope: &str, node: &Node) -> Vec<HostId> {
        let mut found = Vec::new();
        for item in node.items() {
            match item.as_text() {
                Some(pattern) => found.extend(self.matching(scope, pattern, item.start)),
                None => self.sink.problem(item.start, format!("write names of hosts, not {}", item.what())),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Hosts by one name or glob; if there are none, that is a problem.
    pub(super) fn matching(&self, scope: &str, pattern: &str, start: usize) -> Vec<HostId> {
        if !is_glob(pattern) {
            let placed = self.placed(scope, pattern);
            if placed.is_none() {
                self.unknown(scope, pattern, start);
            }
            return placed.and_then(|host| host.id).into_iter().collect();
        }
        let fits = |pattern: &str| -> Vec<&Placed> {
            self.hosts.iter().filter(|host| glob(pattern, &host.draft.name)).collect()
        };
        let own = if scope.is_empty() { Vec::new() } else { fits(&format!("{scope}-{pattern}")) };
        let all = if own.is_empty() { fits(pattern) } else { own };
        if all.is_empty() && !self.incomplete.hosts {
            let message = format!("no host is called {pattern}");
            self.sink.problem(start, advised(message, "use * and ? for parts of a name"));
        }
        all.into_iter().filter_map(|host| host.id).collect()
    }

    /// An address, or that of a host (`ntp-a`, `ntp-a:eth1`): the one on a network that both are on,
    /// else its first. `None` without a problem when the host is left out.
    pub(super) fn address(&self, from: &Placed, text: &str, start: usize) -> Option<Ipv4Addr> {
        if let Some(address) = address_text(text) {
            return Some(address);
        }
        let (name, interface) = match text.split_once(':') {
            Some((name, interface)) => (name, Some(interface)),
            None => (text, None),
        };
        let Some(placed) = self.placed(&from.draft.group, name) else {
            self.unknown(&from.draft.group, name, start);
            return None;
        };
        placed.id?;
        let found = match interface {
            Some(wanted) => placed.interfaces.iter().find(|i| i.name == wanted),
            None => {
                let near = |i: &&Interface| from.interfaces.iter().any(|own| own.network == i.network);
                placed.interfaces.iter().find(near).or_else(|| placed.interfaces.first())
            }
        };
        if found.is_none() && !self.incomplete.interfaces {
            self.sink.problem(start, no_interface(placed, interface.unwrap_or_default()));
        }
        found.map(|interface| interface.address)
    }

    /// Interfaces at `host:interface`, with globs in both; with their host and name.
    pub(super) fn interfaces(&self, text: &str, start: usize) -> Vec<(InterfaceId, &Placed, &Interface)> {
        let Some((hosts, wanted)) = text.split_once(':') else {
            let message = format!("{text} names no interface");
            self.sink.problem(start, advised(message, "write \"host:interface\""));
            return Vec::new();
        };
        let mut found = Vec::new();
        let ids = self.matching("", hosts, start);
        let kept = self.hosts.iter().filter(|host| host.id.is_some_and(|id| ids.binary_search(&id).is_ok()));
        for placed in kept {
            for (index, interface) in (0_u16..).zip(&placed.interfaces) {
                if glob(wanted, &interface.name)
                    && let Some(host) = placed.id
                {
                    found.push((InterfaceId { host, index }, placed, interface));
                }
            }
            if found.is_empty() && !self.incomplete.interfaces {
                self.sink.problem(start, no_interface(placed, wanted));
            }
        }
        found
    }
}

/// The network with this name.
pub(super) fn network_of(
    sink: &ProblemSink,
    ids: &BTreeMap<String, NetworkId>,
    scope: &str,
    node: &Node,
) -> Option<NetworkId> {
    let Some(name) = node.as_text() else {
        sink.problem(node.start, format!("write the name of a network, not {}", node.what()));
        return None;
    };
    let found = ids.get(&format!("{scope}-{name}")).filter(|_| !scope.is_empty()).or_else(|| ids.get(name));
    if found.is_none() {
        let own = ids.keys().filter_map(|key| key.strip_prefix(scope)?.strip_prefix('-'));
        let names = ids.keys().map(String::as_str).chain(own.filter(|_| !scope.is_empty()));
        sink.problem(node.start, unknown(format!("no network {name}"), name, names));
    }
    found.copied()
}

pub(super) fn no_interface(placed: &Placed, wanted: &str) -> Complaint {
    let known = placed.interfaces.iter().map(|interface| interface.name.as_str());
    unknown(format!("{} has no interface {wanted}", placed.draft.name), wanted, known)
}

/// Whether there is a `*` or `?` in it.
pub(super) fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether a name matches a pattern in which `*` is any text and `?` any character.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where to continue when the text after the last star turns out wrong.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p + 1, n));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == name[n]) {
            p += 1;
            n += 1;
        } else if let Some((after, from)) = star {
            p = after;
            n = from + 1;
            star = Some((after, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&letter| letter == '*')
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn stars_fit_any_text() {
        for (pattern, name) in [("*-cpn*", "osa-cpn1"), ("os?-vr", "osb-vr"), ("*", ""), ("a*b*c", "aXbbYc")]
        {
            assert!(glob(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*-cpn", "osa-cpn1"), ("?", ""), ("a*b", "ac"), ("", "x")] {
            assert!(!glob(pattern, name), "{pattern} {name}");
        }
    }
}
