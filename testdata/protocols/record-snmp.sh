#!/usr/bin/env bash
# Records the captures of testdata/protocols/snmp: Net-SNMP's agent, trap receiver and tools in network
# namespaces of their own (recording/lab.sh); recording/snmp.py where those cannot do it. Needs root
# and Debian's snmpd snmptrapd snmp tcpdump tshark nftables iproute2 zstd.
#
#   testdata/protocols/record-snmp.sh [FOLDER]      FOLDER is testdata/protocols/snmp by default
#
# Takes about three minutes. What is in each capture is in snmp/README.md; the numbers there come
# from recording/snmp_truth.py, which runs at the end.

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=recording/lab.sh
. "$here/recording/lab.sh"
out=${1:-$here/snmp}

AGENT=10.88.11.2
OTHER=10.88.12.2
SCRIPTED=10.88.13.2
RECEIVER=10.88.2.2
SIX='udp6:[fd88:11::2]:161'
SYSTEM=.1.3.6.1.2.1.1
DESCRIPTION=$SYSTEM.1.0
CONTACT=$SYSTEM.4.0
TABLE=.1.3.6.1.4.1.8072.9999.9999.7
SLOW=.1.3.6.1.4.1.8072.9999.9999.9

# Net-SNMP's tools, from a host; what they say of failures is in the captures.
by() {
    local name=$1 tool=$2
    shift 2
    on "$name" "$tool" -On -t 1 -r 1 "$@" >>"$WORK/said" 2>&1 || true
}
ask() { by manager "$@"; }
agent_answers() { on manager snmpget -v2c -c public -t 1 -r 0 "$1" $DESCRIPTION; }
listens() { on "$1" grep -q "$2" /proc/net/udp; }

# shellcheck disable=SC2034  # used by name
VERSION1=(-v1 -c public)
# shellcheck disable=SC2034
VERSION2=(-v2c -c public)
# shellcheck disable=SC2034
PLAIN=(-v3 -l noAuthNoPriv -u plain)
SIGNER=(-v3 -l authNoPriv -u signer -a SHA -A signer-password)
SEALER=(-v3 -l authPriv -u sealer -a SHA -A sealer-password -x AES -X sealer-secret)

lab_begin
for pair in manager:1 receiver:2 agent:11 other:12 scripted:13; do host "${pair%:*}" "${pair#*:}"; done
# Nothing of the machine's own SNMP settings, and nothing left there.
mkdir "$WORK/state"
export SNMP_PERSISTENT_DIR="$WORK/state" SNMPCONFPATH="$WORK" MIBS=

# Rows of one length each, so that the size of an answer follows from how many are asked for.
{
    cat "$here/recording/snmpd.conf"
    for row in $(seq 200); do
        printf 'override %s.1.%s octet_str "row %03d xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"\n' $TABLE "$row" "$row"
    done
    echo "pass $SLOW /bin/sh $WORK/slow"
} >"$WORK/snmpd.conf"
# The other agent tells the receiver when somebody asks with a wrong community.
{
    cat "$WORK/snmpd.conf"
    printf '%s\n' 'authtrapenable 1' "trap2sink $RECEIVER public" "informsink $RECEIVER public"
} >"$WORK/other.conf"
cat >"$WORK/slow" <<'SLOW'
sleep 1.5
printf '%s\n' "$2" string "at last"
SLOW
start agent snmpd -f -Le -C -c "$WORK/snmpd.conf" -p "$WORK/agent.pid"
until_ready agent_answers $AGENT

echo "community: versions 1 and 2c"
capture "$out/community" manager
for version in 1 2c; do
    ask snmpget -v$version -c public $AGENT $DESCRIPTION
    ask snmpget -v$version -c public $AGENT $DESCRIPTION $SYSTEM.3.0 $SYSTEM.5.0
    ask snmpgetnext -v$version -c public $AGENT $SYSTEM
    ask snmpwalk -v$version -c public $AGENT $SYSTEM
    # Not there: version 1 says noSuchName, and the tool asks again without that name.
    ask snmpget -v$version -c public $AGENT $DESCRIPTION $SYSTEM.99.0
    ask snmpgetnext -v$version -c public $AGENT .1.3.6.1.4.1.8072.9999.9999.99
    # Outside of the community's view.
    ask snmpget -v$version -c little $AGENT $CONTACT
    # Not allowed to write, of the wrong type, cannot be written, a wrong value, right.
    ask snmpset -v$version -c public $AGENT $CONTACT s nobody
    ask snmpset -v$version -c private $AGENT $CONTACT i 3
    ask snmpset -v$version -c private $AGENT $SYSTEM.3.0 t 3
    ask snmpset -v$version -c private $AGENT .1.3.6.1.2.1.2.2.1.7.1 i 7
    ask snmpset -v$version -c private $AGENT $CONTACT s "somebody $version"
    # A wrong community is not answered.
    ask snmpget -v$version -c wrong $AGENT $DESCRIPTION
done
ask snmpbulkget -v2c -c public -Cn1 -Cr5 $AGENT $SYSTEM.3 $TABLE
ask snmpbulkwalk -v2c -c public -Cr10 $AGENT $SYSTEM
# An answer of two IP fragments.
ask snmpbulkget -v2c -c public -Cr40 $AGENT $TABLE
ask snmpget -v2c -c public "$SIX" $DESCRIPTION
ask snmpbulkwalk -v2c -c public "$SIX" $SYSTEM
ask snmpbulkget -v2c -c public -Cr40 "$SIX" $TABLE
ask snmpget -v1 -c wrong "$SIX" $DESCRIPTION
# Nobody listens.
ask snmpget -v2c -c public $SCRIPTED $DESCRIPTION
captures_end

echo "v3: users, discovery, reports"
capture "$out/v3" manager
for user in PLAIN SIGNER SEALER; do
    declare -n options=$user
    ask snmpget "${options[@]}" $AGENT $DESCRIPTION
    ask snmpwalk "${options[@]}" $AGENT $SYSTEM
    ask snmpbulkget "${options[@]}" -Cr40 $AGENT $TABLE
    ask snmpset "${options[@]}" $AGENT $CONTACT s "somebody $user"
    ask snmpget "${options[@]}" "$SIX" $DESCRIPTION
done
# The reports of RFC 3414 section 3.2: unknown user, wrong digest, security levels.
ask snmpget -v3 -l noAuthNoPriv -u stranger $AGENT $DESCRIPTION
ask snmpget -v3 -l authNoPriv -u signer -a SHA -A wrong-password $AGENT $DESCRIPTION
ask snmpget -v3 -l authPriv -u signer -a SHA -A signer-password -x AES -X signer-secret $AGENT $DESCRIPTION
# Times out of the window: asked again and again with the same times.
ask snmpget "${SEALER[@]}" -Z 5,5 $AGENT $DESCRIPTION
ask snmpget "${SIGNER[@]}" -Z 5,5 $AGENT $DESCRIPTION
# This agent says nothing to a wrong key and to an unknown context.
ask snmpget -v3 -l authPriv -u sealer -a SHA -A sealer-password -x AES -X wrong-secret $AGENT $DESCRIPTION
ask snmpget "${SEALER[@]}" -n elsewhere $AGENT $DESCRIPTION
ask snmpget "${SIGNER[@]}" -n elsewhere $AGENT $DESCRIPTION
# Known, and allowed nothing: authorizationError.
ask snmpget -v3 -l authNoPriv -u nobody -a SHA -A nobody-password $AGENT $DESCRIPTION
ask snmpget -v3 -l noAuthNoPriv -u signer $AGENT $DESCRIPTION
captures_end

# Loses so many packets on the way behind the first SKIP (which discover, say): questions (dport) or
# answers (sport).
lose() {
    rules router <<<"udp $1 161 numgen inc mod 10000 >= $3 numgen inc mod 10000 < $2 counter drop"
}

echo "retransmit: lost and late answers, at the manager and at the agent"
capture "$out/retransmit-manager" manager
capture "$out/retransmit-agent" agent
thoughts=0
for user in VERSION1 VERSION2 PLAIN SIGNER SEALER; do
    declare -n options=$user
    skip=0
    [[ $user == VERSION* ]] || skip=1
    ask snmpget "${options[@]}" $AGENT $DESCRIPTION
    for way in dport sport; do
        for lost in 1 2; do
            lose $way $lost $skip
            ask snmpget "${options[@]}" -r 3 $AGENT $DESCRIPTION
        done
    done
    # Discovery itself; without version 3 the same as above.
    lose dport 1 0
    ask snmpget "${options[@]}" -r 3 $AGENT $DESCRIPTION
    rules router </dev/null
    # The agent thinks for a second and a half; what came again meanwhile it answers at once then.
    ask snmpget "${options[@]}" -r 2 $AGENT $SLOW.$((++thoughts))
    sleep 2.5
    ask snmpget "${options[@]}" -r 0 $AGENT $SLOW.$((++thoughts))
    sleep 1.5
done
# As often as the tools do by default.
ask snmpget -v2c -c wrong -r 5 $AGENT $DESCRIPTION
captures_end

echo "poller: many questions on two sockets"
start other snmpd -f -Le -C -c "$WORK/other.conf" -p "$WORK/other.pid"
until_ready agent_answers $OTHER
capture "$out/poller" manager
on manager python3 "$here/recording/snmp.py" poller $AGENT $OTHER
captures_end

echo "status: each error status"
start scripted python3 "$here/recording/snmp.py" agent
until_ready listens scripted :00A1
capture "$out/status" manager
on manager python3 "$here/recording/snmp.py" status $SCRIPTED
captures_end

echo "odd: unusual and malformed messages"
capture "$out/odd" manager
on manager python3 "$here/recording/snmp.py" odd $AGENT
captures_end

echo "traps: traps and informs, at the receiver"
cat >"$WORK/snmptrapd.conf" <<'CONF'
authCommunity log public
createUser signer SHA signer-password
createUser sealer SHA sealer-password AES sealer-secret
createUser -e 0x80001f8880aabbccdd00000001 signer SHA signer-password
createUser -e 0x80001f8880aabbccdd00000001 sealer SHA sealer-password AES sealer-secret
authUser log signer auth
authUser log sealer priv
CONF
start receiver snmptrapd -f -Le -n -C -c "$WORK/snmptrapd.conf" -p "$WORK/receiver.pid" udp:162,udp6:162
until_ready listens receiver :00A2
capture "$out/traps" receiver
# SENDER TOOL OPTIONS: a link went down.
down() {
    local tool=$1 to=$RECEIVER
    shift
    by "${FROM:-agent}" "$tool" "$@" "${TO:-$to}" '' .1.3.6.1.6.3.1.1.5.3 .1.3.6.1.2.1.2.2.1.1.2 i 2
}
# Version 1: its own PDU, without a request-id.
by agent snmptrap -v1 -c public $RECEIVER .1.3.6.1.4.1.8072.3.2.10 10.88.11.2 2 0 '' .1.3.6.1.2.1.2.2.1.1.2 i 2
down snmptrap -v2c -c public
down snmpinform -v2c -c public
TO='udp6:[fd88:2::2]:162' down snmpinform -v2c -c public
# Version 3: the sender's engine speaks for a trap, the receiver's for an inform, which is discovered first.
down snmptrap "${SIGNER[@]}" -e 0x80001f8880aabbccdd00000001
down snmptrap "${SEALER[@]}" -e 0x80001f8880aabbccdd00000001
down snmpinform "${SIGNER[@]}"
down snmpinform "${SEALER[@]}"
# The receiver does not know the user (a report), the community (no answer).
down snmpinform -v3 -l noAuthNoPriv -u stranger
down snmpinform -v2c -c wrong
# The first is lost at the receiver, the first response there.
rules receiver <<<"udp dport 162 numgen inc mod 10000 < 1 drop"
down snmpinform -v2c -c public
rules receiver <<<"udp sport 162 numgen inc mod 10000 < 1 drop"
down snmpinform -v2c -c public
rules receiver </dev/null
# What an agent says by itself: that somebody asked with a wrong community, as trap and as inform.
by manager snmpget -v2c -c wrong $OTHER $DESCRIPTION
sleep 1
# Nobody listens.
stop_last
down snmptrap -v2c -c public
down snmpinform -v2c -c public
captures_end

echo "fragments: a firewall between loses all fragments but the first"
rules router <<<"ip frag-off & 0x1fff != 0 counter drop"
capture "$out/fragments/manager" manager
capture "$out/fragments/agent" agent
RANDOM=20
for _ in $(seq 240); do
    row=$((RANDOM % 200 + 1))
    case $((RANDOM % 8)) in
    0 | 1 | 2) echo "snmpget $TABLE.1.$row" ;;
    3) echo "snmpgetnext $TABLE.1.$row" ;;
    *) echo "snmpbulkget -Cr$((RANDOM % 48 + 1)) $TABLE" ;;
    esac
done >"$WORK/questions"
# Four at a time: a process each, so a port each.
for part in 0 1 2 3; do
    awk "NR % 4 == $part" "$WORK/questions" | while read -r tool name last; do
        # The agent comes before the names, options before the agent.
        ask "$tool" -v2c -c public ${last:+"$name"} $AGENT "${last:-$name}"
    done &
    parts[part]=$!
done
wait "${parts[@]}"
captures_end

python3 "$here/recording/snmp_truth.py" "$out"
find "$out" \( -name '*.pcap' -o -name '*.csv' \) -exec zstd -q -f -19 --ultra -22 --rm {} +
