//! The kinds of table in a scenario file and their keys.
//!
//! `docs/scenario.schema.json` and `docs/scenario.md` have the same; tests compare them.

use super::toml_values::Section;

macro_rules! sections {
    ($($constant:ident $name:literal [$($key:literal)*])*) => {
        $(pub(super) static $constant: Section = Section { name: $name, keys: &[$($key),*] };)*
        /// All of them.
        #[cfg(test)]
        pub(super) static ALL: &[&Section] = &[$(&$constant),*];
    };
}

sections! {
    ROOT "scenario" [
        "version" "name" "title" "about" "start" "duration" "seed" "network" "host" "template" "group" "without"
        "event" "vantage" "alarm" "chapter" "expect" "variant"
    ]
    NETWORK "network" [
        "subnet" "vlan" "bundle" "tunnel"
        "delay" "jitter" "loss" "reorder" "reorder_by" "duplicate" "mtu" "rate" "queue" "silent_mtu"
    ]
    LINK "link" [
        "delay" "jitter" "loss" "reorder" "reorder_by" "duplicate" "mtu" "rate" "queue" "silent_mtu"
    ]
    BURSTY "loss" ["enter" "leave" "loss"]
    BUNDLE "bundle" ["members" "hash" "bad" "loss" "fault"]
    TUNNEL "tunnel" ["kind" "id" "over"]
    TEMPLATE "template" ["network" "host"]
    GROUP "group" ["template" "i" "count" "names" "with" "set"]
    HOST "host" [
        "count" "first" "on" "network" "address" "link" "interface" "via" "routes" "forward" "conntrack" "kernel"
        "nat" "firewall" "rp_filter" "clock" "ttl" "boot" "icmp_errors" "service"
    ]
    INTERFACE "interface" ["network" "address" "link"]
    ROUTE "route" ["to" "via"]
    CLOCK "clock" ["offset" "frequency_ppm" "wander_ppm"]
    CONNTRACK "conntrack" [
        "table_size" "drop_invalid" "udp" "udp_stream" "udp_stream_after" "tcp_syn" "tcp_established" "tcp_closing"
        "icmp" "insert_race"
    ]
    INSERT_RACE "insert_race" ["within" "probability"]
    SOURCE_NAT "masquerade" ["masquerade" "address" "policy" "ports" "mapping" "filtering"]
    DESTINATION_NAT "dnat" ["name" "dnat" "to"]
    FIREWALL "firewall" ["name" "chain" "when" "probability" "action" "enabled" "fault"]
    LIMIT "limit" ["rate" "burst"]
    NTP_SERVER "ntp-server" ["kind" "enabled" "profile" "stratum" "reference" "limit" "service_time"]
    NTP_LIMIT "ntp-limit" ["average" "minimum" "burst" "kod"]
    NTP_CLIENT "ntp-client" [
        "kind" "enabled" "profile" "servers" "minpoll" "maxpoll" "iburst" "disciplines" "source_port"
    ]
    DNS_SERVER "dns-server" [
        "kind" "enabled" "service_time" "in_flight" "refuse" "edns" "ignores" "answer_size" "reply_from"
    ]
    DNS_CLIENT "dns-client" [
        "kind" "enabled" "server" "names" "types" "interval" "timeout" "attempts" "source_ports" "edns" "in_flight"
    ]
    TCP_SERVER "tcp-server" ["kind" "enabled" "port" "backlog" "service_time" "workers"]
    TCP_CLIENT "tcp-client" ["kind" "enabled" "to" "interval" "source_ports" "syn_retries" "ecn"]
    PING "ping" ["kind" "enabled" "to" "interval" "identifier" "sizes" "dont_fragment" "ttl"]
    ECHO_SERVER "echo-server" ["kind" "enabled" "port" "service_time" "workers" "queue" "size"]
    ECHO_CLIENT "echo-client" ["kind" "enabled" "to" "interval" "timeout" "source_ports" "sizes"]
    EXPONENTIAL "exponential" ["exponential"]
    UNIFORM "uniform" ["uniform"]
    EVENT "event" [
        "name" "at" "every" "random" "after"
        "reboot" "off" "on" "upgrade" "start_service" "stop_service" "network" "link" "bundle_bad" "firewall"
        "backends" "flush_conntrack" "clock_step"
    ]
    START "start" ["at" "every" "random" "after"]
    EVERY "every" ["first" "period" "until"]
    RANDOM "random" ["mean" "from" "until"]
    AFTER "after" ["alarm_raised" "alarm_cleared" "event" "occurrence" "from" "wait"]
    HOSTS "hosts" ["hosts" "pick"]
    REBOOT "reboot" ["hosts" "pick" "down" "spread"]
    UPGRADE "upgrade" ["hosts" "pick" "service" "to"]
    SERVICE_CHANGE "service-change" ["hosts" "pick" "service"]
    NETWORK_CHANGE "network-change" ["name" "up"]
    LINK_CHANGE "link-change" [
        "network" "lasts" "fault"
        "delay" "jitter" "loss" "reorder" "reorder_by" "duplicate" "mtu" "rate" "queue" "silent_mtu"
    ]
    BUNDLE_BAD "bundle_bad" ["network" "bad"]
    FIREWALL_CHANGE "firewall-change" ["hosts" "pick" "rule" "enabled"]
    BACKENDS "backends" ["hosts" "pick" "nat" "to"]
    CLOCK_STEP "clock_step" ["hosts" "pick" "by"]
    VANTAGE "vantage" ["name" "at" "start" "affected_only" "lasts" "about"]
    ALARM "alarm" ["name" "hosts" "threshold"]
    CHAPTER "chapter" ["name" "title" "text" "show" "at" "every" "random" "after"]
    EXPECT "expect" ["vantages" "verdicts" "fault" "features" "step" "not_yet"]
    VARIANT "variant" ["name" "title" "set" "remove"]
}
