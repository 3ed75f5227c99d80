#!/usr/bin/env bash
# Records the captures of testdata/protocols/radius: FreeRADIUS, radclient and eapol_test in network
# namespaces of their own (recording/lab.sh); recording/radius.py where those cannot do it. Needs root
# and Debian's freeradius freeradius-utils eapoltest tcpdump tshark nftables iproute2 openssl zstd.
#
#   testdata/protocols/record-radius.sh [FOLDER]      FOLDER is testdata/protocols/radius by default
#
# Takes about three minutes. What is in each capture is in radius/README.md; the numbers there come
# from recording/radius_truth.py, which runs at the end.

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=recording/lab.sh
. "$here/recording/lab.sh"
out=${1:-$here/radius}

SERVER=10.88.11.2
OTHER=10.88.12.2
THIRD=10.88.13.2
nas() { on nas1 python3 "$here/recording/radius.py" "$@"; }

# radclient with attributes, one packet: WHERE KIND ATTRIBUTES [OPTIONS]. A silent server is no error here.
ask() {
    local where=$1 kind=$2 attributes=$3
    shift 3
    echo "$attributes" | on "${FROM:-nas1}" radclient -t 1 -r 1 "$@" "$where" "$kind" "${SECRET:-testing123}" || true
}

eap() {
    printf '%s\n' 'network={' 'key_mgmt=WPA-EAP' 'identity="alice"' 'password="hello"' "$@" '}' >"$WORK/eap.conf"
    on nas1 eapol_test -c "$WORK/eap.conf" -a "$SERVER" -s testing123 -A 10.88.1.2 -t 5 \
        -N 30:s:00-11-22-33-44-55:staff -N 32:s:nas1 || true
}

responds() {
    on nas1 radclient -q -t 1 -r 1 "$SERVER" status testing123 <<<'Message-Authenticator = 0x00'
}

radius_server() {
    start server env WORK="$WORK" freeradius -f -d "$WORK/raddb" -n radiusd
    until_ready responds
}

lab_begin
for net in 1 2 3; do host "nas$net" "$net"; done
host server 11
host other 12
host third 13
on third ip addr add 10.88.13.3/24 dev eth0

mkdir "$WORK/raddb"
cp "$here/recording/radiusd.conf" "$WORK/raddb/"
touch "$WORK/raddb/dictionary"
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=radius.example \
    -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
radius_server

echo "auth: what a NAS usually does"
capture "$out/auth" nas1
ask $SERVER auth 'User-Name = "alice", User-Password = "hello", NAS-Port = 1, Service-Type = Framed-User'
ask $SERVER auth 'User-Name = "alice", User-Password = "hello", NAS-Port = 2, Message-Authenticator = 0x00'
ask $SERVER auth 'User-Name = "bob", CHAP-Password = "hello", NAS-Port = 3, Message-Authenticator = 0x00'
# Each reject takes a second (reject_delay).
ask $SERVER auth 'User-Name = "alice", User-Password = "wrong", NAS-Port = 4' -t 3
ask $SERVER auth 'User-Name = "bob", CHAP-Password = "wrong", NAS-Port = 5, Message-Authenticator = 0x00' -t 3
said=$(ask $SERVER auth 'User-Name = "otp", User-Password = "hello", NAS-Port = 6' -x)
state=$(sed -n 's/.*State = \(0x[0-9a-f]*\).*/\1/p' <<<"$said" | head -1)
ask $SERVER auth "User-Name = \"otp\", User-Password = \"123456\", State = $state, NAS-Port = 6"
eap 'eap=MD5'
eap 'eap=TTLS' 'phase2="auth=PAP"' 'anonymous_identity="anonymous"'
ask $SERVER status 'Message-Authenticator = 0x00'
ask $SERVER:1813 status 'Message-Authenticator = 0x00'
for status in Start Interim-Update Stop; do
    ask $SERVER acct "Acct-Status-Type = $status, Acct-Session-Id = \"0001\", User-Name = \"alice\", NAS-Port = 1"
done
ask $SERVER acct 'Acct-Status-Type = Accounting-On, Acct-Session-Id = "0", NAS-Identifier = "nas1"'
ask '[fd88:11::2]' auth 'User-Name = "alice", User-Password = "hello", NAS-Port = 7' -6
ask '[fd88:11::2]' auth 'User-Name = "alice", User-Password = "wrong", NAS-Port = 8' -6 -t 3
ask '[fd88:11::2]' acct 'Acct-Status-Type = Stop, Acct-Session-Id = "0002", User-Name = "alice"' -6
# Replies of two IP fragments.
ask $SERVER auth 'User-Name = "big", User-Password = "hello", NAS-Port = 9'
ask '[fd88:11::2]' auth 'User-Name = "big", User-Password = "hello", NAS-Port = 10' -6
captures_end

echo "coa: the server's side asks the NAS's (RFC 5176)"
capture "$out/coa" nas1
for name in alice gone; do
    ask $SERVER coa "User-Name = \"$name\", Acct-Session-Id = \"0001\", Session-Timeout = 60"
    ask $SERVER disconnect "User-Name = \"$name\", Acct-Session-Id = \"0001\""
done
SECRET=wrong ask $SERVER coa 'User-Name = "alice", Session-Timeout = 60' -r 2
SECRET=wrong ask $SERVER disconnect 'User-Name = "alice"' -r 2
captures_end

# Loses so many packets on the way, then none: requests (dport) or replies (sport).
lose() {
    rules router <<<"udp $1 { 1812, 1813 } numgen inc mod 10000 < $2 counter drop"
}

echo "retransmit: lost and late replies, at the NAS and at the server"
capture "$out/retransmit-nas" nas1
capture "$out/retransmit-server" server
for kind in auth acct; do
    packet='User-Name = "alice", User-Password = "hello", Message-Authenticator = 0x00'
    [[ $kind == acct ]] && packet='Acct-Status-Type = Start, Acct-Session-Id = "0003", User-Name = "alice"'
    ask $SERVER $kind "$packet"
    for lost in 1 2 9; do
        lose dport $lost
        ask $SERVER $kind "$packet" -r 3
    done
    for lost in 1 2; do
        lose sport $lost
        ask $SERVER $kind "$packet" -r 3
    done
    rules router </dev/null
done
# A server that is still at work when the request comes again answers once.
ask $SERVER auth 'User-Name = "slow-2.5", User-Password = "hello"' -r 4
ask $SERVER auth 'User-Name = "slow-1.5", User-Password = "wrong"' -r 4
# The client has given up: its host refuses the reply (ICMP port unreachable).
ask $SERVER auth 'User-Name = "slow-2.0", User-Password = "hello"' -r 1
sleep 1.5
nas accounting $SERVER
nas twice $SERVER
captures_end

echo "parallel, busy: identifiers come round"
capture "$out/parallel" nas1
ask $SERVER auth 'User-Name = "alice", User-Password = "hello"' -c 300 -p 300 -t 3
captures_end
start other python3 "$here/recording/radius.py" server $OTHER
until_ready on other grep -q :0714 /proc/net/udp
capture "$out/busy" nas1
nas busy $SERVER $OTHER
captures_end

echo "failover: two servers for one socket"
start third python3 "$here/recording/radius.py" server $THIRD 10.88.13.3
until_ready on third grep -q :0714 /proc/net/udp
rules other <<<"udp sport 42001-42003 drop"
capture "$out/failover" nas1
nas failover $OTHER $THIRD
captures_end

echo "silent: what a server does not answer, at the server"
capture "$out/silent" server
ask $SERVER auth 'User-Name = "alice", User-Password = "hello", Message-Authenticator = 0x00'
# A wrong secret: discarded when the packet is signed; else the password is what is wrong, and the
# client does not believe the reject.
SECRET=wrong ask $SERVER auth 'User-Name = "alice", User-Password = "hello", Message-Authenticator = 0x00' -r 2
SECRET=wrong ask $SERVER auth 'User-Name = "alice", User-Password = "hello"' -r 3
SECRET=wrong ask $SERVER acct 'Acct-Status-Type = Start, Acct-Session-Id = "0004", User-Name = "alice"' -r 2
# A client that the server does not know.
FROM=nas3 ask $SERVER auth 'User-Name = "alice", User-Password = "hello"' -r 2
FROM=nas3 ask $SERVER acct 'Acct-Status-Type = Start, Acct-Session-Id = "0005", User-Name = "alice"' -r 2
# The server has no answer: its policy, its full disc.
ask $SERVER auth 'User-Name = "silent", User-Password = "hello", Message-Authenticator = 0x00' -r 2
ask $SERVER acct 'Acct-Status-Type = Start, Acct-Session-Id = "0006", User-Name = "unstored"' -r 2
# Nobody listens: ICMP port unreachable.
ask $SERVER:1645 auth 'User-Name = "alice", User-Password = "hello"' -r 2
ask $SERVER:1646 acct 'Acct-Status-Type = Start, Acct-Session-Id = "0007", User-Name = "alice"' -r 2
captures_end

echo "odd: malformed packets"
capture "$out/odd" nas1
nas odd $SERVER
captures_end

echo "low-ports: the server's firewall drops what comes from ports below 9000"
rules server <<<"udp dport { 1812, 1813 } udp sport 1-8999 counter drop"
for place in nas1 nas2 server; do capture "$out/low-ports/$place" $place; done
on nas1 python3 "$here/recording/radius.py" flows $SERVER 1 &
first=$!
on nas2 python3 "$here/recording/radius.py" flows $SERVER 2
wait "$first"
captures_end
on server nft list table inet faults | grep counter >"$WORK/dropped"

python3 "$here/recording/radius_truth.py" "$out" "$WORK/dropped"
find "$out" \( -name '*.pcap' -o -name '*.csv' \) -exec zstd -q -f -19 --ultra -22 --rm {} +
