//! How real versions behave, as plain data.
//!
//! A profile is looked up by the name a user knows (`ntpd-4.2.7p273`,
//! `chrony`), and ntpd's behaviour is derived from the version itself, so that
//! any release between the ones named in a report is right too.
//!
//! Facts and where they come from:
//! - ntpd before 4.1.2 answers only source port 123 and 1024 or more: NTP source history, January 2002.
//! - ntpd 4.2.5p113 to 4.2.7p273 drops a source port below 123: NTP bug 2174, Red Hat bug 1171630.
//! - Poll jitter up to 4.2.4, 2^poll - 1 + (0 to 3) s: RANDPOLL in its ntp.h.
//! - Poll jitter later, 0 to 6.2 % and whole seconds: `poll_update` in its ntp_proto.c.
//! - Burst up to 4.2.4, 8 packets 2 s apart, once, when unreachable: NTP_BURST, `sys_calldelay`, `transmit`.
//! - Burst later, 6 packets, armed for 3 polls at minpoll and started by the first reply: NTP_IBURST, NTP_RETRY.
//! - Unreachable back-off after 24 polls (4.2.4), after 10 (later): NTP_UNREACH.
//! - Stepout 900 s, 300 s from 4.2.8 on: CLOCK_MINSTEP.
//! - chrony sends 4 packets 2 s apart first (more while unanswered, which is left out), adds up to 2 % to an interval, draws a port per request, sends random transmit
//!   timestamps: its ntp_core.c (`SAMPLING_RANDOMNESS`), chrony.conf(5) `acquisitionport`.
//! - systemd-timesyncd polls 32 s to 2048 s, growing: timesyncd.conf(5).
//! - The Windows Time service sends from port 123 at a fixed interval: Microsoft's W32Time reference.

use std::fmt;

use unanswered_wire::Span;

/// A release of ntpd, ordered as they were released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 4 in 4.2.7p273.
    pub major: u16,
    /// 2 in 4.2.7p273.
    pub minor: u16,
    /// 7 in 4.2.7p273.
    pub point: u16,
    /// 273 in 4.2.7p273; 0 for a plain 4.2.6.
    pub patch: u16,
}

/// 4.1.2, which answered every port again.
const PORTS_OPENED: Version = Version::new(4, 1, 2, 0);
/// 4.2.5p113 (2008-02-08), which dropped low ports.
const LOW_PORTS_DROPPED: Version = Version::new(4, 2, 5, 113);
/// 4.2.7p274 (2012-04-25), which answers them again.
const LOW_PORTS_ANSWERED: Version = Version::new(4, 2, 7, 274);
/// The 4.2.5 development line brought rate management and the present poll process; the line's start is judgement.
const RATE_MANAGEMENT: Version = Version::new(4, 2, 5, 100);
/// 4.2.8, the first with the short stepout.
const SHORT_STEPOUT: Version = Version::new(4, 2, 8, 0);

impl Version {
    /// A version by its numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16, point: u16, patch: u16) -> Self {
        Self { major, minor, point, patch }
    }

    /// Reads `4.2.7p273` or `4.2.6`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (major, minor, last) = (parts.next()?, parts.next()?, parts.next()?);
        let (point, patch) = last.split_once('p').unwrap_or((last, "0"));
        Some(Self::new(number(major)?, number(minor)?, number(point)?, number(patch)?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.point)?;
        if self.patch == 0 { Ok(()) } else { write!(formatter, "p{}", self.patch) }
    }
}

fn number(text: &str) -> Option<u16> {
    // `u16::from_str` would take a plus sign.
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Which program a profile is modelled on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// The reference implementation, of this version.
    Ntpd(Version),
    /// ntpsec, the hardened fork.
    Ntpsec,
    /// chrony 4.
    Chrony,
    /// The Windows Time service as a client.
    Windows,
    /// The Windows Time service in symmetric active mode, as domain members use it.
    WindowsSymmetric,
    /// A simple client or server: systemd-timesyncd, a router's SNTP.
    Sntp,
}

impl Program {
    /// Reads a profile name; see [`names`] for examples.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "ntpsec" => Some(Self::Ntpsec),
            "chrony" => Some(Self::Chrony),
            "windows" => Some(Self::Windows),
            "windows-symmetric" => Some(Self::WindowsSymmetric),
            "sntp" | "systemd-timesyncd" => Some(Self::Sntp),
            _ => Version::parse(name.strip_prefix("ntpd-")?).map(Self::Ntpd),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ntpd(version) => write!(formatter, "ntpd-{version}"),
            Self::Ntpsec => formatter.write_str("ntpsec"),
            Self::Chrony => formatter.write_str("chrony"),
            Self::Windows => formatter.write_str("windows"),
            Self::WindowsSymmetric => formatter.write_str("windows-symmetric"),
            Self::Sntp => formatter.write_str("sntp"),
        }
    }
}

/// Example names for help texts. Any `ntpd-A.B.CpN` is accepted beyond these.
pub fn names() -> impl Iterator<Item = &'static str> {
    [
        "ntpd-4.1.1",
        "ntpd-4.2.4",
        "ntpd-4.2.5p113",
        "ntpd-4.2.6",
        "ntpd-4.2.7p273",
        "ntpd-4.2.7p274",
        "ntpd-4.2.8",
        "ntpsec",
        "chrony",
        "windows",
        "windows-symmetric",
        "sntp",
    ]
    .into_iter()
}

/// How a client spreads its polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// ntpd since 4.2.5: up to 255/4096 longer, in whole seconds.
    Sixteenth,
    /// ntpd up to 4.2.4: one second less to two more.
    FewSeconds,
    /// chrony: up to 2 % longer.
    Fiftieth,
    /// None: the interval is kept.
    None,
}

/// What `iburst` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Burst {
    /// Packets 2 s apart as soon as the server is unreachable, without waiting for a reply.
    Blind {
        /// Packets in the burst, the first included.
        packets: u8,
    },
    /// Polls at minpoll until a reply comes, then packets 2 s apart.
    AfterReply {
        /// Packets in the burst, the first included.
        packets: u8,
        /// Polls at minpoll before the ordinary interval is used again.
        retries: u8,
    },
    /// There is none.
    Never,
}

/// Who decides the poll interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polling {
    /// The clock discipline (RFC 5905 section 11.3) and the poll process (section 13).
    Disciplined,
    /// Nobody: always minpoll.
    Fixed,
    /// Doubles after each good reply, up to maxpoll.
    Growing,
}

/// How one client program behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientProfile {
    /// The program modelled.
    pub program: Program,
    /// Spread of the polls.
    pub jitter: Jitter,
    /// What `iburst` does.
    pub burst: Burst,
    /// Who decides the interval.
    pub polling: Polling,
    /// Polls without a reply after which the interval grows.
    pub unreachable_after: u32,
    /// Reach bits that must all be zero before the clock filter is informed of the silence.
    pub silence_mask: u8,
    /// How long offsets above 128 ms are ignored before the clock is stepped.
    pub stepout: Span,
    /// Mode of its requests: client or symmetric active.
    pub symmetric: bool,
    /// Whether requests leave from port 123 unless configured otherwise.
    pub fixed_port: bool,
    /// Whether the transmit timestamp is random bits and the rest of a request is empty (data minimisation).
    pub opaque: bool,
    /// Whether it acts on kisses.
    pub heeds_kisses: bool,
    /// Its default poll exponents.
    pub default_polls: PollRange,
}

/// Poll exponents: intervals are powers of two of a second (RFC 5905 section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollRange {
    /// The shortest.
    pub minimum: u8,
    /// The longest.
    pub maximum: u8,
}

impl ClientProfile {
    /// The profile of that name, or none if the name is unknown.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Program::by_name(name).map(Self::of)
    }

    /// The profile of a program.
    #[must_use]
    pub fn of(program: Program) -> Self {
        let modern = Self {
            program,
            jitter: Jitter::Sixteenth,
            burst: Burst::AfterReply { packets: 6, retries: 3 },
            polling: Polling::Disciplined,
            unreachable_after: 10,
            silence_mask: 0xff,
            stepout: Span::from_seconds(300),
            symmetric: false,
            fixed_port: true,
            opaque: false,
            heeds_kisses: true,
            default_polls: PollRange { minimum: 6, maximum: 10 },
        };
        let simple = Self { jitter: Jitter::None, burst: Burst::Never, heeds_kisses: false, ..modern };
        match program {
            Program::Ntpd(version) if version < RATE_MANAGEMENT => Self {
                jitter: Jitter::FewSeconds,
                burst: Burst::Blind { packets: 8 },
                unreachable_after: 24,
                silence_mask: 0x07,
                stepout: Span::from_seconds(900),
                ..modern
            },
            Program::Ntpd(version) if version < SHORT_STEPOUT => {
                Self { silence_mask: 0x0f, stepout: Span::from_seconds(900), ..modern }
            }
            Program::Ntpd(_) => modern,
            Program::Ntpsec => Self { opaque: true, ..modern },
            Program::Chrony => Self {
                jitter: Jitter::Fiftieth,
                burst: Burst::Blind { packets: 4 },
                fixed_port: false,
                opaque: true,
                ..modern
            },
            Program::Windows => Self { polling: Polling::Fixed, ..simple },
            Program::WindowsSymmetric => Self { polling: Polling::Fixed, symmetric: true, ..simple },
            Program::Sntp => Self {
                polling: Polling::Growing,
                fixed_port: false,
                default_polls: PollRange { minimum: 5, maximum: 11 },
                ..simple
            },
        }
    }
}

/// Which source ports a server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortCheck {
    /// All.
    Any,
    /// 123 and above; lower ones are dropped before anything else is checked.
    From123,
    /// 123, and 1024 and above.
    NtpOrUnprivileged,
}

impl PortCheck {
    /// Whether a request from `port` gets past the check.
    #[must_use]
    pub const fn admits(self, port: u16) -> bool {
        match self {
            Self::Any => true,
            Self::From123 => port >= 123,
            Self::NtpOrUnprivileged => port == 123 || port >= 1024,
        }
    }
}

/// How a server limits the rate of one client address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limiting {
    /// ntpd's `restrict limited`: minimum and average headway.
    Headway,
    /// chrony's `ratelimit`: a bucket of tokens, and a leak.
    Tokens,
    /// It cannot.
    Never,
}

/// How one server program behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerProfile {
    /// The program modelled.
    pub program: Program,
    /// Which source ports are answered.
    pub ports: PortCheck,
    /// How it limits rates, if configured to do so.
    pub limiting: Limiting,
    /// Whether symmetric active requests get a (symmetric passive) reply.
    pub answers_symmetric: bool,
    /// Precision it states: log2 seconds.
    pub precision: i8,
}

impl ServerProfile {
    /// The profile of that name, or none if the name is unknown.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Program::by_name(name).map(Self::of)
    }

    /// The profile of a program.
    #[must_use]
    pub fn of(program: Program) -> Self {
        let base = Self {
            program,
            ports: PortCheck::Any,
            limiting: Limiting::Headway,
            answers_symmetric: true,
            precision: -24,
        };
        match program {
            Program::Ntpd(version) if version < PORTS_OPENED => {
                Self { ports: PortCheck::NtpOrUnprivileged, ..base }
            }
            Program::Ntpd(version) if (LOW_PORTS_DROPPED..LOW_PORTS_ANSWERED).contains(&version) => {
                Self { ports: PortCheck::From123, ..base }
            }
            Program::Ntpd(_) => base,
            Program::Ntpsec => Self { answers_symmetric: false, ..base },
            Program::Chrony => Self { limiting: Limiting::Tokens, ..base },
            Program::Windows | Program::WindowsSymmetric => {
                Self { limiting: Limiting::Never, precision: -23, ..base }
            }
            Program::Sntp => {
                Self { limiting: Limiting::Never, answers_symmetric: false, precision: -20, ..base }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_name_is_known_and_says_itself() {
        for name in names() {
            assert_eq!(Program::by_name(name).unwrap().to_string(), name);
        }
        for unknown in
            ["ntpd", "ntpd-4.2", "ntpd-4.2.x", "ntpd-4.2.+7", "ntpd-4.2.7p", "ntpd-4.2.7p2p3", "openntpd", ""]
        {
            assert_eq!(Program::by_name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_low_port_check_begins_and_ends_with_the_versions_of_the_bug() {
        let drops = |version: &str| {
            let profile = ServerProfile::by_name(&format!("ntpd-{version}")).unwrap();
            profile.ports == PortCheck::From123
        };
        for affected in ["4.2.5p113", "4.2.5p999", "4.2.6", "4.2.6p5", "4.2.7", "4.2.7p0", "4.2.7p273"] {
            assert!(drops(affected), "{affected}");
        }
        for fine in ["4.1.2", "4.2.0", "4.2.4p8", "4.2.5", "4.2.5p112", "4.2.7p274", "4.2.8", "4.2.8p15"] {
            assert!(!drops(fine), "{fine}");
        }
    }
}
