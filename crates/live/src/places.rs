//! Places: one interface in one namespace each. Which exist, which are wanted, and opening them.
//!
//! Data flow: [`chosen`] lists the interfaces of each namespace asked for and keeps those that match the patterns;
//! [`opening`] makes a socket and a ring for each of them and starts all at once. Whatever cannot be captured is
//! reported and skipped.

pub(crate) mod opening;

use crate::CaptureError;
use crate::kernel::{Kind, hardware};
use crate::namespaces::{Namespace, chosen as chosen_namespaces};
use crate::pattern::{is_pattern, matches, near};
use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use std::collections::BTreeMap;
use unanswered_wire::LinkType;

/// Which places are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Names of interfaces, or patterns with `*` and `?`; `any`, or none at all, is every interface that is up.
    pub interfaces: Vec<String>,
    /// Names of network namespaces, or patterns; `all` is every one of the host, none is the current one.
    pub namespaces: Vec<String>,
}

/// A place as `--list` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPlace {
    /// Name of the network namespace; the host's for the current one.
    pub namespace: String,
    /// Name of the interface.
    pub interface: String,
    /// Whether it is up.
    pub up: bool,
    /// The link layer of its frames in a capture; `None` when it cannot be captured.
    pub link_type: Option<LinkType>,
    /// Its hardware type (`ARPHRD_*` of linux/if_arp.h).
    pub hardware: u16,
}

/// An interface that is to be captured.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// `namespace/interface`, or only the interface where only the current namespace is captured.
    pub(crate) name: String,
    pub(crate) interface: Interface,
    /// Which of the namespaces it is in.
    namespace: usize,
}

/// An interface as the kernel describes it.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    pub(crate) name: String,
    index: i32,
    up: bool,
    hardware: u16,
}

/// All places that are wanted.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) namespaces: Vec<Namespace>,
    pub(crate) places: Vec<Place>,
}

/// What each wanted place is, in the order of the namespaces and of the kernel's interfaces.
pub(crate) fn chosen(selection: &Selection, host: &str) -> Result<Chosen, CaptureError> {
    let namespaces = chosen_namespaces(&selection.namespaces, host)?;
    let alone = namespaces.iter().all(Namespace::is_current);
    let (mut all, mut places) = (Vec::new(), Vec::new());
    for (index, namespace) in namespaces.iter().enumerate() {
        let there = match namespace.within(interfaces) {
            Ok(there) => there.map_err(|errno| CaptureError::system("list the interfaces", errno))?,
            // It ended with its last process in the meantime.
            Err(error) if error.is_gone() && namespaces.len() > 1 => continue,
            Err(error) => return Err(error),
        };
        for interface in there {
            all.push(interface.name.clone());
            if wanted(&selection.interfaces, &interface) {
                let name = match alone {
                    true => interface.name.clone(),
                    false => format!("{}/{}", namespace.name, interface.name),
                };
                places.push(Place { name, interface, namespace: index });
            }
        }
    }
    all.sort();
    all.dedup();
    for asked in &selection.interfaces {
        if asked == "any" || all.iter().any(|name| matches(asked, name)) {
            continue;
        }
        return Err(if is_pattern(asked) {
            CaptureError::NothingMatches { option: "--on", pattern: asked.clone(), known: all }
        } else {
            CaptureError::NoInterface { name: asked.clone(), near: near(asked, all.into_iter()) }
        });
    }
    Ok(Chosen { namespaces, places })
}

fn wanted(patterns: &[String], interface: &Interface) -> bool {
    let any = patterns.is_empty() || patterns.iter().any(|pattern| pattern == "any");
    (any && interface.up) || patterns.iter().any(|pattern| matches(pattern, &interface.name))
}

/// The interfaces of the namespace that this thread is in, in the kernel's order.
fn interfaces() -> Result<Vec<Interface>, Errno> {
    let mut found = BTreeMap::new();
    for entry in getifaddrs()? {
        let name = entry.interface_name;
        // Each interface is listed once as a link, and once for each of its addresses (under the old naming scheme with a
        // label for a name, which is not an interface).
        let Ok(index) = if_nametoindex(name.as_str()) else { continue };
        let (Ok(index), Ok(hardware)) = (i32::try_from(index), hardware(&name)) else { continue };
        let up = entry.flags.contains(InterfaceFlags::IFF_UP);
        found.entry(index).or_insert(Interface { name, index, up, hardware });
    }
    Ok(found.into_values().collect())
}

impl Interface {
    /// What its frames begin with, by its hardware type: Ethernet, or IP where the kernel removes what little there
    /// is in front (`dev_is_mac_header_xmit` in linux/if_arp.h). Other types are not captured.
    pub(crate) const fn link(&self) -> Option<(LinkType, Kind)> {
        match self.hardware {
            libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Some((LinkType::Ethernet, Kind::Link)),
            libc::ARPHRD_TUNNEL
            | libc::ARPHRD_TUNNEL6
            | libc::ARPHRD_SIT
            | libc::ARPHRD_IPGRE
            | libc::ARPHRD_NONE
            | libc::ARPHRD_PPP
            | RAW_IP
            | GRE_OVER_IPV6 => Some((LinkType::Raw, Kind::Network)),
            _ => None,
        }
    }

    /// On loopback every frame appears twice, sent and received; the received one is kept (as libpcap does).
    pub(crate) const fn is_loopback(&self) -> bool {
        self.hardware == libc::ARPHRD_LOOPBACK
    }
}

/// `ARPHRD_RAWIP` and `ARPHRD_IP6GRE` of linux/if_arp.h.
const RAW_IP: u16 = 519;
const GRE_OVER_IPV6: u16 = 823;

impl Chosen {
    /// As `--list` shows them.
    pub(crate) fn listed(&self) -> Vec<ListedPlace> {
        let listed = self.places.iter().map(|place| ListedPlace {
            namespace: self.namespaces.get(place.namespace).map_or_else(String::new, |n| n.name.clone()),
            interface: place.interface.name.clone(),
            up: place.interface.up,
            link_type: place.interface.link().map(|(link_type, _)| link_type),
            hardware: place.interface.hardware,
        });
        listed.collect()
    }

    /// The name of a place's namespace; `None` for the current one.
    pub(crate) fn namespace(&self, place: &Place) -> Option<&str> {
        let namespace = self.namespaces.get(place.namespace)?;
        (!namespace.is_current()).then_some(namespace.name.as_str())
    }
}
