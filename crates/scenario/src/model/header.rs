//! Header fields and conditions on them.

use super::subnet::Subnet;

/// A condition on a header field.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderCondition {
    /// The field.
    pub field: HeaderField,
    /// What it must be.
    pub test: HeaderTest,
}

/// What a field's value must be. A packet without the field fails every test.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderTest {
    /// One of these (addresses as their 32 bits, flags as Wireshark numbers them).
    In(Vec<u64>),
    /// None of these.
    NotIn(Vec<u64>),
    /// In the closed range.
    Range {
        /// Smallest.
        low: u64,
        /// Largest.
        high: u64,
    },
    /// In the prefix (addresses only).
    Subnet(Subnet),
    /// `value mod divisor` is one of some remainders.
    Modulus {
        /// The divisor.
        divisor: u64,
        /// The remainders.
        remainders: Vec<u64>,
    },
}

/// A header field, named as Wireshark does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeaderField {
    /// `ip.src`
    IpSource,
    /// `ip.dst`
    IpDestination,
    /// `ip.ttl`
    IpTtl,
    /// `ip.dsfield.dscp`
    IpDscp,
    /// `ip.dsfield.ecn`
    IpEcn,
    /// `ip.len`, before fragmentation
    IpLength,
    /// `ip.proto`
    IpProtocol,
    /// `ip.id`
    IpId,
    /// 1 when the packet is fragmented here (`ip.flags.mf` or an offset)
    IpFragmented,
    /// `udp.srcport`
    UdpSourcePort,
    /// `udp.dstport`
    UdpDestinationPort,
    /// `udp.length`
    UdpLength,
    /// `tcp.srcport`
    TcpSourcePort,
    /// `tcp.dstport`
    TcpDestinationPort,
    /// `tcp.flags`, the low 9 bits
    TcpFlags,
    /// `icmp.type`
    IcmpType,
    /// `icmp.ident`
    IcmpId,
    /// `icmp.seq`
    IcmpSequence,
    /// `ntp.flags.vn`
    NtpVersion,
    /// `ntp.flags.mode`
    NtpMode,
    /// `dns.qry.type`
    DnsType,
    /// `dns.id`
    DnsId,
    /// 1 when the message has an OPT record, else 0
    DnsEdns,
    /// `dns.flags.response`
    DnsResponse,
}
