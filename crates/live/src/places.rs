//! Places: one interface in one namespace each. Which exist, which are wanted, and opening them.
//!
//! Data flow: [`chosen`] lists the interfaces of each namespace asked for and keeps those that match the patterns;
//! [`Place::open`] makes socket and ring in that namespace. Whatever cannot be captured is reported
//! and skipped.

use crate::filter::{Begins, Filter};
use crate::kernel::{Kind, Ring, attach, bind, hardware, ignore_outgoing, packet_socket, promiscuous};
use crate::namespaces::{Namespace, chosen as chosen_namespaces};
use crate::pattern::{is_pattern, matches, near};
use crate::{CaptureError, Notice};
use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
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

/// What a socket is opened with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'a> {
    pub(crate) filter: &'a Filter,
    pub(crate) snap: u32,
    /// Bytes of the ring.
    pub(crate) ring: usize,
    pub(crate) promiscuous: bool,
}

/// A place that is being captured.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) socket: OwnedFd,
    pub(crate) ring: Ring,
}

/// How long a block may stay with the kernel, in milliseconds: the delay of a live stream, and how often a block
/// costs a wake-up. Judgement.
pub(crate) const BLOCK_TIMEOUT_MS: u32 = 100;

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

/// Why a place that was there a moment ago is skipped.
const GONE: &str = "it is gone";

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

    /// Opens all places, each in its namespace; those that cannot be captured are reported and left out.
    pub(crate) fn open(
        &self,
        settings: Settings<'_>,
        tell: &mut dyn FnMut(Notice),
    ) -> Result<Vec<(Place, Opened)>, CaptureError> {
        let mut opened = Vec::new();
        for (index, namespace) in self.namespaces.iter().enumerate() {
            let here: Vec<&Place> = self.places.iter().filter(|place| place.namespace == index).collect();
            let done = namespace.within(|| {
                here.iter().map(|place| place.open(settings)).collect::<Result<Vec<_>, CaptureError>>()
            });
            let done = match done {
                Err(error) if error.is_gone() => here.iter().map(|_| Err(GONE.to_owned())).collect(),
                done => done??,
            };
            for (place, socket) in here.into_iter().zip(done) {
                match socket {
                    Ok(socket) => opened.push((place.clone(), socket)),
                    Err(why) => tell(Notice::Skipped { place: place.name.clone(), why }),
                }
            }
        }
        if opened.is_empty() { Err(CaptureError::NoPlace) } else { Ok(opened) }
    }
}

impl Place {
    /// Opens it, or says why only this one is skipped.
    fn open(&self, settings: Settings<'_>) -> Result<Result<Opened, String>, CaptureError> {
        let Some((link_type, kind)) = self.interface.link() else {
            let hardware = self.interface.hardware;
            return Ok(Err(format!("its link type (hardware type {hardware}) is not supported")));
        };
        let begins = if link_type == LinkType::Ethernet { Begins::Ethernet } else { Begins::Ip };
        let program = settings.filter.program(begins, settings.snap)?;
        let failed = |what: &str, errno: Errno| {
            if matches!(errno, Errno::EPERM | Errno::EACCES) {
                CaptureError::NoRight("capture")
            } else if errno == Errno::EAFNOSUPPORT {
                CaptureError::NoPacketSockets
            } else if errno == Errno::ENOMEM {
                CaptureError::NoMemory { place: self.name.clone(), mib: settings.ring >> 20 }
            } else {
                CaptureError::system(format!("{what} {}", self.name), errno)
            }
        };
        let socket = packet_socket(kind).map_err(|errno| failed("open a socket at", errno))?;
        attach(&socket, &program).map_err(|errno| match errno == Errno::ENOMEM {
            true => CaptureError::FilterMemory(program.len()),
            false => failed("set the filter at", errno),
        })?;
        let ring = Ring::new(&socket, settings.ring, BLOCK_TIMEOUT_MS);
        let ring = ring.map_err(|errno| failed("set up a ring at", errno))?;
        if self.interface.is_loopback() {
            // Where the kernel is too old for that, outgoing frames are left out on reading.
            let _ = ignore_outgoing(&socket);
        } else if settings.promiscuous && kind == Kind::Link {
            // An interface that cannot do it still shows what it accepts.
            let _ = promiscuous(&socket, self.interface.index);
        }
        match bind(&socket, self.interface.index) {
            Ok(()) => Ok(Ok(Opened { socket, ring })),
            Err(Errno::ENODEV | Errno::ENXIO) => Ok(Err(GONE.to_owned())),
            Err(errno) => Err(failed("listen at", errno)),
        }
    }
}
