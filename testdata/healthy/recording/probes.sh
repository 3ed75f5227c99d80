# shellcheck shell=bash
# Scans, traces, pings, monitoring, and what is sent without wanting an answer.

# People's traffic beside what is recorded, for so many rounds.
beside() {
    local i
    for i in $(seq "$1"); do
        asks client2 "pages" curl -sf -m 10 -o /dev/null http://10.88.11.2/
        asks client2 "names" dig @10.88.11.2 www.lab.test
        sleep 0.7
    done
}

# A security scan of a network with one host, one firewall and many addresses that nobody has.
record_scan() {
    host client 1; host client2 2; host server 11
    web server
    dnsmasq_at server
    printf '%s\n' 'tcp dport 100-1000 tcp dport != 443 drop' 'udp dport 1000-2000 drop' 'tcp dport 2222 reject with icmp type admin-prohibited' | rules server
    watch router router any -s 200; watch client client eth0 -s 200
    start client sh -c 'nmap -n -sn 10.88.11.0/28; nmap -n -sS -p 20-220,443,2222,8080 -T4 --max-retries 1 10.88.11.2;
        nmap -n -sT -p 21,22,80,8080 10.88.11.2; nmap -n -sU -p 53,123,161,1194 --max-retries 1 10.88.11.2; nmap -n -Pn -sA -p 80,300 10.88.11.2'
    beside 25
}

# Traces of the path by UDP, ICMP and TCP, over three routers of which one says nothing.
record_traceroute() {
    host client 1; host client2 2; host server 11
    namespace r2; namespace far
    ip link add name uplink netns "$LAB-r2" type veth peer name r2 netns "$LAB-router"
    ip link add eth0 netns "$LAB-far" type veth peer name lower netns "$LAB-r2"
    on router ip addr add 10.88.20.1/30 dev r2; on router ip link set r2 up
    on r2 ip addr add 10.88.20.2/30 dev uplink; on r2 ip link set uplink up
    on r2 ip addr add 10.88.21.1/30 dev lower; on r2 ip link set lower up
    on far ip addr add 10.88.21.2/30 dev eth0; on far ip link set eth0 up
    on far ip route add default via 10.88.21.1
    on r2 ip route add default via 10.88.20.1
    on router ip route add 10.88.21.0/30 via 10.88.20.2
    on r2 sysctl -q net.ipv4.ip_forward=1
    # r2 says nothing when a TTL ends there.
    on r2 nft -f - <<<'table ip f { chain o { type filter hook output priority 0; icmp type time-exceeded drop; }; }'
    web server; dnsmasq_at server
    start far python3 -m http.server 80 --directory "$WORK/www"
    until_ready on far curl -sf -o /dev/null http://127.0.0.1/
    watch client client eth0 -s 200; watch router router any -s 200
    start client2 sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do curl -s -o /dev/null http://10.88.21.2/; curl -s -o /dev/null http://10.88.11.2/; sleep 1; done'
    asks client "UDP" traceroute -n -w 1 10.88.21.2
    asks client "ICMP" traceroute -n -w 1 -I 10.88.21.2
    asks client "TCP" traceroute -n -w 1 -T -p 80 10.88.21.2
    asks client "UDP, Paris" traceroute -n -w 1 -U -p 53 10.88.11.2
    asks client "mtr" mtr -n -r -c 6 -i 0.5 10.88.21.2
    asks client "mtr, TCP" mtr -n -r -c 4 -i 0.5 --tcp -P 80 10.88.21.2
    asks client "mtr, UDP" mtr -n -r -c 4 -i 0.5 --udp 10.88.21.2
    asks client "pages" curl -sf -o /dev/null http://10.88.21.2/
}

# Monitoring that asks once more before it says anything; one packet in a hundred is lost.
record_monitoring() {
    host client 1; host server 11
    web server
    watch client client eth0 -s 200
    rules router <<<'numgen inc mod 100 == 17 drop'
    local i
    for i in $(seq 60); do
        asks client "host is there, in two tries" sh -c 'ping -c 1 -W 1 10.88.11.2 || ping -c 1 -W 1 10.88.11.2'
        asks client "page is there" curl -sf -m 10 -o /dev/null http://10.88.11.2/
        sleep 0.1
    done
    asks client "thirty pings" ping -i 0.2 -c 30 10.88.11.2
}

# What is told and not asked: syslog, statsd, flow records; the collector listens, and answers nothing.
record_one_way() {
    host client 1; host client2 2; host server 11
    local port i from
    for port in 514 8125 2055 6343; do
        start server socat -u "UDP-RECV:$port" "OPEN:$WORK/received,creat,append"
    done
    dnsmasq_at server
    watch server server eth0
    for i in $(seq 25); do
        for from in client client2; do
            asks $from "syslog" logger -d -n 10.88.11.2 -P 514 "message $i of $from"
            asks $from "statsd" sh -c 'echo "requests:1|c" | socat - UDP-SENDTO:10.88.11.2:8125'
            asks $from "flow records" sh -c 'head -c 180 /dev/zero | socat - UDP-SENDTO:10.88.11.2:2055,bind=:2055'
        done
        asks client "names" dig @10.88.11.2 www.lab.test
        sleep 0.5
    done
}

record_snmp() {
    host client 1; host server 11
    mkdir -p "$WORK/snmp"
    printf '%s\n' "rocommunity public" "agentAddress udp:10.88.11.2:161" "createUser reader SHA authpassword AES privpassword" \
        "rouser reader priv" "sysLocation lab" >"$WORK/snmp/snmpd.conf"
    start server env SNMP_PERSISTENT_DIR="$WORK/snmp" snmpd -f -Lo -C -c "$WORK/snmp/snmpd.conf" -I -smux
    until_ready on server snmpget -v2c -c public 10.88.11.2 1.3.6.1.2.1.1.3.0
    watch client client eth0
    local i
    for i in 1 2 3; do
        asks client "walk" snmpwalk -v2c -c public 10.88.11.2 1.3.6.1.2.1.1
        asks client "bulk walk" snmpbulkwalk -v2c -c public 10.88.11.2 1.3.6.1.2.1.2
        asks client "SNMPv3" snmpwalk -v3 -l authPriv -u reader -a SHA -A authpassword -x AES -X privpassword 10.88.11.2 1.3.6.1.6.3.10.2.1
        asks client "no such object, said so" sh -c '! snmpget -v1 -c public 10.88.11.2 1.3.6.1.2.1.1.99.0'
        sleep 3
    done
}

record_radius() {
    host client 1; host server 11
    mkdir "$WORK/raddb"
    cp "$here/../protocols/recording/radiusd.conf" "$WORK/raddb/"
    touch "$WORK/raddb/dictionary"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=radius.example \
        -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
    start server env WORK="$WORK" freeradius -f -d "$WORK/raddb" -n radiusd
    until_ready on client sh -c 'echo "Message-Authenticator = 0x00" | radclient -q -t 1 -r 1 10.88.11.2 status testing123'
    watch client client eth0
    local i
    # shellcheck disable=SC2016
    for i in $(seq 15); do
        asks client "accepted" sh -c 'echo "User-Name = alice, User-Password = hello, NAS-Port = $1, Message-Authenticator = 0x00" | radclient -t 3 10.88.11.2 auth testing123' - "$i"
        asks client "accounted" sh -c 'echo "Acct-Status-Type = Start, Acct-Session-Id = $1, User-Name = alice" | radclient -t 3 10.88.11.2 acct testing123' - "$i"
        ((i % 5)) || asks client "rejected: a wrong password" sh -c '! echo "User-Name = alice, User-Password = wrong" | radclient -t 3 10.88.11.2 auth testing123'
    done
}
