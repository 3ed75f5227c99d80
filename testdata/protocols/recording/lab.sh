# shellcheck shell=bash
# What both recordings need: hosts around a router (network namespaces), captures, and cleaning up.
# Sourced by record-radius.sh and record-snmp.sh; needs root, iproute2, nftables, tcpdump and zstd.
#
#   lab_begin              namespaces get names of their own; everything ends with the script
#   host NAME NET          NAME with 10.88.NET.2 and fd88:NET::2 on eth0, behind the router's 10.88.NET.1
#   on NAME COMMAND...     runs there
#   start NAME COMMAND...  runs there until the end, or until `stop_last`
#   rules NAME <<RULES     the chain `faults` of NAME: nft statements, one a line; empty removes them
#   capture FILE NAME      records NAME's eth0 into FILE.pcap until `captures_end`

set -euo pipefail

lab_begin() {
    [[ $EUID -eq 0 ]] || { echo "needs root, for network namespaces" >&2; exit 1; }
    LAB="rec$$"
    WORK=$(mktemp -d)
    export WORK
    echo "nameserver 127.0.0.1" >"$WORK/resolv.conf"
    HOSTS=() STARTED=() CAPTURES=()
    trap lab_end EXIT
    trap 'exit 130' INT TERM
    namespace router
    on router sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

lab_end() {
    local pid name
    for pid in "${CAPTURES[@]}" "${STARTED[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    wait
    for name in "${HOSTS[@]}"; do
        ip netns del "$LAB-$name"
    done
    rm -rf "$WORK"
}

namespace() {
    ip netns add "$LAB-$1"
    HOSTS+=("$1")
    on "$1" sysctl -q net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
    on "$1" ip link set lo up
}

host() {
    local name=$1 net=$2
    namespace "$name"
    ip link add eth0 netns "$LAB-$name" type veth peer name "$name" netns "$LAB-router"
    on router ip addr add "10.88.$net.1/24" dev "$name"
    on router ip addr add "fd88:$net::1/64" dev "$name" nodad
    on router ip link set "$name" up
    on "$name" ip addr add "10.88.$net.2/24" dev eth0
    on "$name" ip addr add "fd88:$net::2/64" dev eth0 nodad
    on "$name" ip link set eth0 up
    on "$name" ip route add default via "10.88.$net.1"
    on "$name" ip -6 route add default via "fd88:$net::1"
}

on() {
    local name=$1
    shift
    ip netns exec "$LAB-$name" "$@"
}

start() {
    local name=$1
    shift
    # exec, so that the number is the command's own. `ip netns exec` gives it mounts of its own: names
    # of addresses are not asked of the recording machine's name server, which would be in the captures.
    # shellcheck disable=SC2016  # for the inner shell
    (exec ip netns exec "$LAB-$name" sh -c 'mount --bind "$WORK/resolv.conf" /etc/resolv.conf && exec "$@"' - "$@") \
        >>"$WORK/$name.log" 2>&1 &
    STARTED+=("$!")
}

stop_last() {
    local pid=${STARTED[-1]}
    unset 'STARTED[-1]'
    kill "$pid"
    wait "$pid" 2>/dev/null || true
}

# Waits until a command succeeds; the recordings must not depend on how fast the machine is.
until_ready() {
    local tries=100
    until "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || { echo "never ready: $*" >&2; cat "$WORK"/*.log >&2; exit 1; }
        sleep 0.1
    done
}

# Forwarding for the router, input and output for a host: what is dropped at a host's input is
# still seen by a capture there, what is dropped at its output is not.
rules() {
    local name=$1 statements hooks=(input output)
    statements=$(cat)
    [[ $name == router ]] && hooks=(forward)
    {
        echo "add table inet faults"
        echo "delete table inet faults"
        if [[ -n $statements ]]; then
            echo "table inet faults {"
            echo "chain faults {"
            echo "$statements"
            echo "}"
            for hook in "${hooks[@]}"; do
                echo "chain $hook {"
                echo "type filter hook $hook priority 0; policy accept;"
                echo "jump faults"
                echo "}"
            done
            echo "}"
        fi
    } | on "$name" nft -f -
}

capture() {
    local file=$1 name=$2 said
    said="$WORK/$(basename "$file").tcpdump"
    mkdir -p "$(dirname "$file")"
    # Without ARP, neighbour and multicast listener discovery: nothing there asks for what these captures are about.
    (exec ip netns exec "$LAB-$name" tcpdump -i eth0 -n -U --immediate-mode -Z root -w "$file.pcap" \
        'ip or (ip6 and ip6[6] != 0 and not (icmp6 and ip6[40] >= 130))') 2>"$said" &
    CAPTURES+=("$!")
    until_ready grep -q "listening on" "$said"
}

captures_end() {
    local pid
    # Interrupted, tcpdump leaves behind what it has not read yet.
    sleep 1.5
    for pid in "${CAPTURES[@]}"; do
        kill -INT "$pid"
        wait "$pid" || true
    done
    CAPTURES=()
}
