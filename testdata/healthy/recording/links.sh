# shellcheck shell=bash
# What happens on a link and on the way: neighbours, DHCP, reboots, VLANs, translation, probes of the path.

# lan NAME...: hosts on one bridge in a namespace `switch`, 10.77.0.N in the order they are named.
lan() {
    local name n=1
    namespace switch
    on switch ip link add br0 type bridge
    on switch ip link set br0 up
    for name in "$@"; do
        namespace "$name"
        ip link add eth0 netns "$LAB-$name" type veth peer name "$name" netns "$LAB-switch"
        on switch ip link set "$name" master br0 up
        on "$name" ip addr add "10.77.0.$n/24" dev eth0
        on "$name" ip link set eth0 up
        n=$((n + 1))
    done
}

# IPv4 and IPv6 side by side: solicitations, duplicate address detection, a router that is looked for and is not there.
record_dual_stack() {
    host client 1; host server 11
    dnsmasq_at server
    web server
    resolvers "timeout:2"
    sed -i "/$DNS2/d" "$WORK/resolv.conf"
    watch client client eth0
    local i
    on client sysctl -q net.ipv6.conf.eth0.accept_dad=1
    for i in 1 2 3 4 5; do
        on client ip -6 addr add "fd88:1::1$i/64" dev eth0
        asks client "pages by name" curl -sf -o /dev/null http://www.lab.test/
        asks client "pages, IPv6" curl -sf -6 -o /dev/null http://www.lab.test/
        asks client "pages, IPv4" curl -sf -4 -o /dev/null http://www.lab.test/
        asks client "echo, IPv6" ping -6 -c 2 -i 0.3 fd88:11::2
        asks client "echo, link-local" ping -6 -c 1 ff02::2%eth0
        on client ip -6 neigh flush dev eth0
        sleep 1
    done
}

# Leases, their renewal, an address that is probed before it is used and announced after.
record_dhcp() {
    lan server client client2
    start server dnsmasq -k -C /dev/null -R -h --pid-file= --user=root --log-facility=- --port=0 \
        --dhcp-range=10.77.0.100,10.77.0.120,2m --dhcp-leasefile="$WORK/leases" --dhcp-authoritative
    watch switch switch br0 -s 400
    printf '%s\n' '#!/bin/sh' 'case $1 in bound) ip addr flush dev eth0; ip addr add $ip/24 dev eth0; ip route replace default via $router;; esac' \
        'exit 0' >"$WORK/udhcpc"
    chmod +x "$WORK/udhcpc"
    on client ip addr flush dev eth0
    on client2 ip addr flush dev eth0
    start client udhcpc -f -i eth0 -s "$WORK/udhcpc" -a
    start client2 udhcpc -f -i eth0 -s "$WORK/udhcpc"
    sleep 8
    local i
    for i in 1 2 3; do
        kill -USR1 "${STARTED[-1]}" "${STARTED[-2]}"
        sleep 2
        asks client "echo" ping -c 2 -i 0.3 10.77.0.1
        asks client2 "echo" ping -c 2 -i 0.3 10.77.0.1
    done
    # Nobody has it: that is what the question is for.
    asks client "address is free" arping -D -c 2 -w 3 -I eth0 10.77.0.50
    on client ip addr add 10.77.0.50/24 dev eth0
    asks client "announced" arping -U -c 2 -I eth0 10.77.0.50
    asks client "announced, as a reply" arping -A -c 2 -I eth0 10.77.0.50
    asks client "neighbour asked by ARP" arping -c 3 -I eth0 10.77.0.1
}

# Names by multicast: probes for names that nobody has, announcements, questions with known answers, SSDP.
record_multicast() {
    lan host1 host2 host3
    local name i
    for name in host1 host2 host3; do
        mkdir -p "$WORK/$name"
        printf '%s\n' '[server]' "host-name=$name" 'use-ipv6=yes' 'allow-interfaces=eth0' 'enable-dbus=no' '[publish]' \
            'publish-workstation=yes' 'publish-hinfo=yes' '[rlimits]' >"$WORK/$name/conf"
    done
    watch switch switch br0
    for name in host1 host2 host3; do
        # The daemon's directory is one for the machine: each gets its own.
        # shellcheck disable=SC2016
        start "$name" sh -c 'mkdir -p /run/avahi-daemon; mount -t tmpfs none /run/avahi-daemon; exec avahi-daemon -f "$1" --no-drop-root --no-chroot' - "$WORK/$name/conf"
        sleep 2
    done
    for i in 1 2 3 4 5; do
        asks host1 "name of a neighbour, mDNS" dig @10.77.0.2 -p 5353 host2.local
        asks host1 "questions to all" python3 "$here/recording/to_all.py" 10.77.0.1
        asks host3 "echo" ping -c 2 -i 0.3 10.77.0.1
        sleep 2
    done
}

# A client that stops in the middle of things, is away, and comes back; what was open is reset.
record_client_reboot() {
    host client 1; host server 11
    dnsmasq_at server
    web server
    resolvers "timeout:2"
    sed -i "/$DNS2/d" "$WORK/resolv.conf"
    watch router router client -s 400
    local i
    for i in 1 2; do
        for _ in 1 2 3 4 5; do
            asks client "pages" curl -sf -o /dev/null http://www.lab.test/
            asks client "echo" ping -c 1 10.88.11.2
            sleep 0.5
        done
        start client curl -sf -o /dev/null --limit-rate 60k http://10.88.11.2/huge
        sleep 2
        on client ip link set eth0 down
        kill -KILL "${STARTED[-1]}"
        unset 'STARTED[-1]'
        sleep 4
        on client ip link set eth0 up
        on client ip route add default via 10.88.1.1
        on client ip addr add "fd88:1::2/64" dev eth0 nodad
        on client ip -6 route add default via fd88:1::1
        sleep 1
    done
    for _ in 1 2 3; do asks client "pages" curl -sf -o /dev/null http://www.lab.test/; done
}

# The cable is out for a moment between requests.
record_link_flap() {
    host client 1; host server 11
    web server
    watch server server eth0
    local i
    for i in $(seq 10); do
        asks client "pages" curl -sf -o /dev/null http://10.88.11.2/
        asks client "echo" ping -c 2 -i 0.2 10.88.11.2
        if ((i % 3 == 0)); then
            on router ip link set client down
            sleep 0.3
            on router ip link set client up
            sleep 0.5
        fi
        sleep 0.5
    done
}

# A trunk: two networks on one cable between two switches, one of them tagged.
record_vlan() {
    host client 1; host client2 2; host server 11
    namespace switch; namespace switch2
    on router ip link set client netns "$LAB-switch"
    on router ip link set client2 netns "$LAB-switch"
    on switch ip link add name trunk type veth peer name trunk netns "$LAB-switch2"
    on router ip link add name one type veth peer name one netns "$LAB-switch2"
    on router ip link add name two type veth peer name two netns "$LAB-switch2"
    on router ip addr add 10.88.1.1/24 dev one
    on router ip addr add 10.88.2.1/24 dev two
    local b i
    for b in router:one router:two client:eth0 client2:eth0 switch:client switch:client2 switch:trunk \
        switch2:trunk switch2:one switch2:two; do
        on "${b%:*}" ip link set dev "${b#*:}" up promisc on
        # Frames on the cable are whole: nothing is left to a network card.
        on "${b%:*}" ethtool -K "${b#*:}" tx off tso off gso off gro off >/dev/null
    done
    start switch python3 "$here/recording/tagger.py" trunk 0 client 7 client2
    start switch2 python3 "$here/recording/tagger.py" trunk 0 one 7 two
    web server
    dnsmasq_at server
    until_ready on client2 ping -c 1 -W 1 10.88.11.2
    watch trunk switch trunk
    for i in $(seq 10); do
        for b in client client2; do
            asks $b "pages" curl -sf -m 10 -o /dev/null http://10.88.11.2/
            asks $b "names" dig @10.88.11.2 www.lab.test
            asks $b "echo" ping -c 2 -i 0.3 10.88.11.2
        done
    done
}

# Masquerading, seen before and behind it.
nat_traffic() {
    local i from
    for i in $(seq 10); do
        for from in client client2; do
            FROM=$from get "pages" $S/ $S/big -o /dev/null
            asks $from "names" dig @10.88.11.2 www.lab.test
            asks $from "echo" ping -c 2 -i 0.3 10.88.11.2
        done
    done
}

nat_site() {
    host client 1; host client2 2; host server 11
    web server
    dnsmasq_at server
    on router nft -f - <<<'table ip nat { chain post { type nat hook postrouting priority 100; oifname "server" masquerade; }; }'
}

record_nat() {
    nat_site
    watch client client eth0; watch outside router server -s 200
    nat_traffic
}

record_any() {
    nat_site
    watch router-any router any -s 200
    nat_traffic
}

# A capture that begins and ends within connections, requests and answers.
record_middle() {
    host client 1; host client2 2; host server 11
    web server
    dnsmasq_at server
    local name
    for name in client client2; do
        # shellcheck disable=SC2016
        start $name sh -c 'while :; do curl -s -o /dev/null --limit-rate 40k http://10.88.11.2/big http://10.88.11.2/ "http://10.88.11.2/slow?seconds=1" -o /dev/null -o /dev/null; done'
        # shellcheck disable=SC2016
        start $name sh -c 'while :; do dig @10.88.11.2 www.lab.test; sleep 0.05; done'
        start $name ping -q -i 0.2 10.88.11.2
    done
    sleep 3
    watch client client eth0 -s 200; watch server server eth0 -s 200
    sleep 12
    local pid
    for pid in "${CAPTURES[@]}"; do kill -INT "$pid"; wait "$pid" || true; done
    CAPTURES=()
}
