# shellcheck shell=bash
# NTP: chrony and NTPsec, none of which may touch a clock.

# time_server NAME: chronyd that serves its own clock as if it were a good one.
time_server() {
    mkdir -p "$WORK/chrony-$1"
    printf '%s\n' "local stratum 3" "allow all" "cmdport 0" "pidfile $WORK/chrony-$1/pid" >"$WORK/chrony-$1/conf"
    start "$1" "$CHRONYD" -x -d -u root -f "$WORK/chrony-$1/conf"
}

# time_client NAME LINES...: chronyd that asks.
time_client() {
    local name=$1
    shift
    mkdir -p "$WORK/chrony-$name"
    printf '%s\n' "$@" "cmdport 0" "bindcmdaddress $WORK/chrony-$name/sock" "pidfile $WORK/chrony-$name/pid" >"$WORK/chrony-$name/conf"
    start "$name" "$CHRONYD" -x -d -u root -f "$WORK/chrony-$name/conf"
}

three_servers() {
    host client 1; host client2 2; host server 11; host server2 12; host server3 13
    time_server server; time_server server2; time_server server3
    sleep 1
}

record_ntp() {
    three_servers
    watch client client eth0; watch client2 client2 eth0; watch server server eth0
    time_client client "server $DNS1 iburst minpoll 0 maxpoll 3" "server $DNS2 iburst minpoll 2 maxpoll 4" \
        "server fd88:13::2 iburst minpoll 1 maxpoll 3 xleave"
    printf '%s\n' "disable ntp" "driftfile $WORK/drift" "restrict default" "tos minsane 1" \
        "server $DNS1 iburst minpoll 3 maxpoll 4" "server $DNS2 iburst minpoll 3 maxpoll 4" "server 10.88.13.2 minpoll 3 maxpoll 3" >"$WORK/ntp.conf"
    start client2 setpriv --bounding-set=-sys_time ntpd -n -g -c "$WORK/ntp.conf" -p "$WORK/ntp.pid"
    local i
    for i in 1 2 3 4 5 6 7 8; do
        sleep 5
        asks client2 "ntpq (mode 6)" ntpq -pn 127.0.0.1
    done
}

# A client that stops, loses its link for a while, and starts again with a burst: new ports, new associations.
record_ntp_reboot() {
    three_servers
    watch client router client
    for _ in 1 2 3; do
        time_client client "server $DNS1 iburst minpoll 1 maxpoll 2" "server $DNS2 iburst minpoll 1 maxpoll 2" \
            "server 10.88.13.2 iburst minpoll 1 maxpoll 2"
        sleep 11
        stop_last
        on client ip link set eth0 down
        sleep 3
        on client ip link set eth0 up
        on client ip route add default via 10.88.1.1
    done
}
