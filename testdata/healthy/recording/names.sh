# shellcheck shell=bash
# Name servers: dnsmasq, unbound and BIND, asked by glibc and dig.

DNS1=10.88.11.2 DNS2=10.88.12.2

# A stub resolver's configuration: OPTIONS, both servers.
resolvers() {
    printf '%s\n' "search lab.test corp.test" "options $1" "nameserver $DNS1" "nameserver $DNS2" >"$WORK/resolv.conf"
}

dnsmasq_at() {
    local name=$1
    shift
    start "$name" dnsmasq -k -C /dev/null -R -h --pid-file= --user=root --log-facility=- \
        --local=/test/ --neg-ttl=60 --domain-needed --bogus-priv \
        --host-record=www.lab.test,10.88.11.2,fd88:11::2 --host-record=mail.corp.test,10.88.12.2 \
        --host-record=api.corp.test,10.88.11.2 --host-record=db.lab.test,10.88.12.2,fd88:12::2 "$@"
    until_ready on "$name" dig +short +tries=1 +time=1 @127.0.0.1 www.lab.test
}

# Parallel A and AAAA of glibc, two servers in turn, search domains of which the first has not the name.
record_dns_glibc() {
    host client 1; host client2 2; host server 11; host server2 12
    dnsmasq_at server; dnsmasq_at server2
    resolvers "rotate timeout:2"
    watch client client eth0; watch server server eth0
    local i name
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        for name in www mail api db www.lab.test api.corp.test; do
            asks client "names that are there" getent ahosts "$name"
        done
        asks client2 "names that are there" getent hosts "mail"
        asks client "names that are not there" sh -c '! getent ahosts "$1"' - "nobody$((i % 3))"
        sleep 0.5
    done
}

# A resolver with a cache, forwarding to an authoritative BIND; EDNS, TCP, truncation and then TCP, NODATA.
record_dns_bind() {
    host client 1; host server 11; host server2 12
    printf '%s\n' '$TTL 5' '@ SOA ns root 1 60 60 600 30' ' NS ns' ' MX 10 www' "ns A $DNS2" 'www A 192.0.2.80' \
        'www AAAA 2001:db8::80' 'alias CNAME www' >"$WORK/zone"
    local i
    for i in $(seq 60); do echo "big TXT \"some text that makes a long answer, line number $i\""; done >>"$WORK/zone"
    printf '%s\n' "options { directory \"$WORK\"; listen-on { any; }; listen-on-v6 { any; }; pid-file none;" \
        ' recursion no; dnssec-validation no; allow-transfer { any; }; session-keyfile none; };' \
        'zone "lab.test" { type primary; file "zone"; };' 'controls { };' >"$WORK/named.conf"
    start server2 named -f -c "$WORK/named.conf" -u root
    until_ready on server2 dig +short +tries=1 +time=1 @127.0.0.1 www.lab.test
    printf '%s\n' 'server:' ' interface: 0.0.0.0' ' access-control: 0.0.0.0/0 allow' ' username: ""' ' chroot: ""' \
        ' pidfile: ""' ' do-daemonize: no' ' module-config: "iterator"' ' local-zone: test. nodefault' \
        ' do-not-query-localhost: no' 'stub-zone:' ' name: lab.test' " stub-addr: $DNS2" 'remote-control:' ' control-enable: no' \
        >"$WORK/unbound.conf"
    start server unbound -c "$WORK/unbound.conf"
    until_ready on server dig +short +tries=1 +time=1 @127.0.0.1 version.bind chaos txt
    watch client client eth0; watch server server eth0
    for i in 1 2 3 4 5 6 7 8; do
        asks client "answers" dig @$DNS1 www.lab.test
        asks client "answers" dig @$DNS1 alias.lab.test aaaa +noedns
        asks client "no such name" dig @$DNS1 "gone$((i % 4)).lab.test"
        asks client "no such type" dig @$DNS1 ns.lab.test aaaa +dnssec
        asks client "answers" dig @$DNS1 big.lab.test txt
        asks client "over TCP" dig @$DNS1 big.lab.test txt +noedns
        asks client "over TCP" dig @$DNS2 www.lab.test +tcp +keepopen
        asks client "answers" dig @$DNS2 lab.test mx +bufsize=512
        sleep 1
    done
    asks client "zone transfer" dig @$DNS2 lab.test axfr
}

# One question in forty is lost on the way; the stub asks again, the other server, and gets its answer.
record_dns_retried() {
    host client 1; host server 11; host server2 12
    dnsmasq_at server; dnsmasq_at server2
    resolvers "timeout:1 attempts:4"
    watch client client eth0
    rules router <<<'udp dport 53 numgen inc mod 40 == 9 drop'
    local i
    for i in $(seq 60); do
        asks client "names that are not there" sh -c '! getent ahostsv4 "$1"' - "host$i.lab.test."
        asks client "names" getent ahosts www
        sleep 0.2
    done
}

# Answers that take their time, and come before the client gives up.
record_late_in_time() {
    host client 1; host server 11; host server2 12
    dnsmasq_at server
    # Longer than the second and the three that other captures have made usual, shorter than glibc's five.
    start server2 python3 "$here/recording/delay.py" 0.05 1.2 0.3 3.6 0.01 2.4
    resolvers "timeout:5"
    sed -i "/$DNS1/d" "$WORK/resolv.conf"
    web server
    watch client client eth0
    local i
    for i in 1 2 3 4 5 6 7 8; do
        asks client "names" getent ahostsv4 www.lab.test
        asks client "pages" curl -sf -m 20 -o /dev/null "http://10.88.11.2/slow?seconds=$((i % 4))" http://10.88.11.2/ -o /dev/null
    done
}
