#!/usr/bin/env bash
# Records the captures of testdata/healthy: real daemons and clients in network namespaces, with the
# mess that every network has, and nothing wrong. Needs root and Debian's dnsmasq-base unbound bind9
# bind9-dnsutils chrony ntpsec nginx curl openssl nmap mtr-tiny traceroute udhcpc iputils-arping
# iputils-ping avahi-daemon openssh-server openssh-client snmp snmpd freeradius freeradius-utils
# tftpd-hpa redis-server socat bsdutils python3 iptables nftables iproute2 tcpdump zstd.
#
#   testdata/healthy/record.sh [NAME...]      all of them by default; about a quarter of an hour
#
# CHRONYD names another chronyd, since Debian installs either chrony or ntpsec. No clock is touched:
# chronyd runs with -x, ntpd without the right to set one.
#
# Each recording is a function of that name in recording/*.sh. It leaves NAME/PLACE.pcap.zst and
# NAME/truth.csv: what the clients tried and how much of it worked, by their own exit codes.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../protocols/recording/lab.sh
. "$here/../protocols/recording/lab.sh"
CHRONYD=${CHRONYD:-chronyd}
declare -A TRIED=() WORKED=()

# did WHAT COMMAND...: a request of a client, counted. A failure is the truth, and no error here.
did() {
    local what=$1
    shift
    TRIED[$what]=$((${TRIED[$what]:-0} + 1))
    if timeout 30 "$@" >>"$WORK/did.log" 2>&1 </dev/null; then
        WORKED[$what]=$((${WORKED[$what]:-0} + 1))
    else
        echo "failed: $what: $*" >>"$WORK/did.log"
    fi
}

export LAB WORK

# asks NAME WHAT COMMAND...: `did` of a command that runs at NAME, with the name servers of $WORK/resolv.conf.
asks() {
    local name=$1 what=$2
    shift 2
    # shellcheck disable=SC2016  # for the inner shell
    did "$what" ip netns exec "$LAB-$name" sh -c 'mount --bind "$WORK/resolv.conf" /etc/resolv.conf && exec "$@"' - "$@"
}

# watch PLACE NAME INTERFACE [OPTIONS]: all of an interface's packets into PLACE.pcap, until `captures_end`.
watch() {
    local place=$1 name=$2 interface=$3
    shift 3
    (exec ip netns exec "$LAB-$name" tcpdump -i "$interface" -n -U --immediate-mode -Z root \
        -w "$OUT/$place.pcap" "$@") 2>"$WORK/$place.tcpdump" &
    CAPTURES+=("$!")
    until_ready grep -q "listening on" "$WORK/$place.tcpdump"
}

for file in "$here"/recording/*.sh; do
    # shellcheck source=/dev/null
    . "$file"
done

recordings() {
    sed -n 's/^record_\([a-z0-9_]*\)() {$/\1/p' "$here"/recording/*.sh
}

one() {
    local name=$1 what
    OUT=$here/${name//_/-}
    mkdir -p "$OUT"
    rm -f "$OUT"/*.zst
    lab_begin
    export LAB
    "record_$name"
    captures_end
    {
        echo "what,tried,worked"
        for what in "${!TRIED[@]}"; do
            echo "$what,${TRIED[$what]},${WORKED[$what]:-0}"
        done | sort
    } >"$OUT/truth.csv"
    grep -s '^failed:' "$WORK/did.log" >&2 || true
    zstd -q -f -19 --ultra -22 --rm "$OUT"/*.pcap
}

if [[ $# -eq 1 ]]; then
    one "$1"
else
    names=("$@")
    [[ $# -gt 0 ]] || mapfile -t names < <(recordings)
    for name in "${names[@]}"; do
        echo "$name"
        "$here/record.sh" "$name"
    done
fi
