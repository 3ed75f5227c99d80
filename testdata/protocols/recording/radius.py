#!/usr/bin/env python3
"""What radclient and freeradius cannot do: one socket with many requests under way, chosen source
ports, datagrams that no RADIUS implementation would send, and a server that answers late or from
another address.

    radius.py busy SERVER...        one port, identifiers in a circle, some used again too early
    radius.py failover A B          the same packet to a second server when the first is silent
    radius.py accounting SERVER     a NAS that counts Acct-Delay-Time up when it asks again
    radius.py twice SERVER          each datagram two times, as a network may
    radius.py odd SERVER            lengths and codes that are wrong
    radius.py flows SERVER SEED     flows from ports of all sizes, asked again twice
    radius.py server ADDRESS [OTHER]  answers every request; names say when and from where
"""

import hashlib
import hmac
import os
import random
import select
import socket
import struct
import sys
import time

SECRET = b"testing123"
ACCESS_REQUEST, ACCESS_ACCEPT, ACCOUNTING_REQUEST, ACCOUNTING_RESPONSE = 1, 2, 4, 5
USER_NAME, USER_PASSWORD, NAS_PORT, SERVICE_TYPE, STATE = 1, 2, 5, 6, 24
CALLED, CALLING, NAS_IDENTIFIER = 30, 31, 32
STATUS_TYPE, DELAY_TIME, SESSION_ID, NAS_PORT_TYPE, MESSAGE_AUTHENTICATOR = 40, 41, 44, 61, 80


def attribute(kind, value):
    if isinstance(value, int):
        value = struct.pack("!I", value)
    elif isinstance(value, str):
        value = value.encode()
    return struct.pack("!BB", kind, len(value) + 2) + value


def hidden(password, authenticator, secret):
    """User-Password (RFC 2865 section 5.2)."""
    padded = password + bytes(-len(password) % 16)
    out, last = b"", authenticator
    for start in range(0, len(padded), 16):
        key = hashlib.md5(secret + last).digest()
        last = bytes(a ^ b for a, b in zip(padded[start : start + 16], key))
        out += last
    return out


def access_request(ident, name, attributes=b"", signed=True, secret=SECRET, authenticator=None):
    authenticator = authenticator or os.urandom(16)
    attributes = (
        attribute(USER_NAME, name)
        + attribute(USER_PASSWORD, hidden(b"hello", authenticator, secret))
        + attributes
    )
    if not signed:
        return struct.pack("!BBH", ACCESS_REQUEST, ident, 20 + len(attributes)) + authenticator + attributes
    # Message-Authenticator (RFC 2869 section 5.14), over the packet with sixteen zeros in it.
    header = struct.pack("!BBH", ACCESS_REQUEST, ident, 38 + len(attributes)) + authenticator
    zero = header + attributes + attribute(MESSAGE_AUTHENTICATOR, bytes(16))
    return zero[:-16] + hmac.new(secret, zero, "md5").digest()


def accounting_request(ident, attributes, secret=SECRET):
    """Its authenticator is a digest of the packet (RFC 2866 section 3)."""
    header = struct.pack("!BBH", ACCOUNTING_REQUEST, ident, 20 + len(attributes))
    return header + hashlib.md5(header + bytes(16) + attributes + secret).digest() + attributes


def reply(code, request, attributes=b"", secret=SECRET):
    header = struct.pack("!BBH", code, request[1], 20 + len(attributes))
    return header + hashlib.md5(header + request[4:20] + attributes + secret).digest() + attributes


def udp(port=0, address="0.0.0.0"):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    return sock


def drain(sock, seconds, count=None):
    """What comes within so long, but no more than so many."""
    end, got = time.monotonic() + seconds, []
    while count is None or len(got) < count:
        if not select.select([sock], [], [], max(0.0, end - time.monotonic()))[0]:
            break
        try:
            got.append(sock.recvfrom(4096))
        except ConnectionRefusedError:
            got.append(None)
    return got


def busy(servers):
    """768 requests from one port: each identifier three times, with a new authenticator each. Every
    30th is never answered; seven identifiers are answered only when they belong to the next request."""
    sock = udp(41812)
    for number in range(768):
        ident, name = number % 256, f"user{number}"
        server = servers[number % len(servers)]
        if ident % 40 == 11 and number < 512:
            name, server = "late-2.0", servers[-1]
        elif number % 30 == 7:
            name, server = "silent", servers[0]
        sock.sendto(access_request(ident, name, attribute(NAS_PORT, number), number % 2 == 0), (server, 1812))
        drain(sock, 0.004)
    drain(sock, 3)


def failover(first, second):
    """Four clients. Two send the very same packet to the second server when the first is silent, one
    asks it under a new identifier, one has two servers under one identifier at a time."""
    for port, again in ((42001, "same"), (42002, "same"), (42003, "new")):
        sock = udp(port)
        packet = access_request(17, "alice")
        for _ in range(2):
            sock.sendto(packet, (first, 1812))
            drain(sock, 1, 1)
        if again == "new":
            packet = access_request(18, "alice")
        sock.sendto(packet, (second, 1812))
        drain(sock, 1, 1)
    sock = udp(42004)
    for ident in range(5):
        sock.sendto(access_request(ident, "late-0.3"), (first, 1812))
        sock.sendto(access_request(ident, "bob"), (second, 1812))
        drain(sock, 0.6)
    # The server answers this one from its other address.
    for ident in range(3):
        sock = udp(42010 + ident)
        sock.sendto(access_request(ident, "elsewhere"), (second, 1812))
        drain(sock, 0.5)


def accounting(server):
    """RFC 2866 section 5.2: another Acct-Delay-Time makes another packet, so another identifier."""
    sock = udp(42100)
    ident = 0
    for session in range(4):
        for attempt in range(3):
            attributes = (
                attribute(STATUS_TYPE, 1)
                + attribute(SESSION_ID, f"session-{session}")
                + attribute(USER_NAME, "unstored" if session == 3 else "carol")
                + attribute(NAS_IDENTIFIER, "nas1")
                + attribute(DELAY_TIME, attempt)
            )
            sock.sendto(accounting_request(ident, attributes), (server, 1813))
            ident += 1
            if drain(sock, 1, 1):
                break


def twice(server):
    sock = udp(42200)
    for ident in range(6):
        packet = access_request(ident, "dave" if ident < 3 else "slow-0.5")
        sock.sendto(packet, (server, 1812))
        # The fast replies are there by then, the slow ones are not.
        drain(sock, 0.002 if ident % 2 == 0 else 0.3, 1)
        sock.sendto(packet, (server, 1812))
        drain(sock, 1)


def odd(server):
    good = access_request(1, "erin")
    sock = udp(42300)
    for packet in (
        good,
        # Bytes behind the length are padding (RFC 2865 section 3).
        access_request(2, "erin") + bytes(7),
        # Shorter than its length: to be discarded.
        access_request(3, "erin")[:-4],
        # Length below the header's.
        good[:1] + b"\x04" + struct.pack("!H", 19) + good[4:],
        # Longer than 4096.
        good[:1] + b"\x05" + struct.pack("!H", 4097) + good[4:],
        # A header only.
        good[:1] + b"\x06" + struct.pack("!H", 20) + good[4:20],
        # An attribute of length 1, which no attribute has.
        struct.pack("!BBH", 1, 7, 23) + good[4:20] + b"\x01\x01\x00",
        # Codes that nobody answers.
        bytes([13, 8]) + good[2:],
        bytes([99, 9]) + good[2:],
        bytes([0, 10]) + good[2:],
        # A reply sent to a server.
        bytes([2, 11]) + good[2:],
        # Not RADIUS.
        b"\x01",
        b"",
        b"hello, is anybody there?",
        struct.pack("!HHHHHH", 0x0100, 0x0100, 1, 0, 0, 0) + b"\x07example\x00\x00\x01\x00\x01",
    ):
        sock.sendto(packet, (server, 1812))
        drain(sock, 0.3, 1)


def flows(server, seed):
    """Flows of one to seven requests, from ports below and above 9000; what is not answered within a
    second is sent again, twice, unchanged."""
    chance = random.Random(seed)
    ports = chance.sample(range(1100, 8900), 13) + chance.sample(range(9100, 65000), 25)
    ports += [8960 + seed, 8990 + seed, 9010 + seed, 9040 + seed]
    chance.shuffle(ports)
    planned, started = [], time.monotonic()
    for port in ports:
        begin, flow, auth = started + chance.uniform(0, 20), udp(port), chance.random() < 0.6
        for number, ident in enumerate(chance.sample(range(256), chance.randint(1, 7))):
            packet = described(chance, ident, f"nas{seed}", auth)
            at = begin + number * chance.uniform(0.05, 1.5)
            planned.append((at, flow, 1812 if auth else 1813, packet, 0))
    sockets, answered = {item[1] for item in planned}, set()
    while planned:
        at, flow, to, packet, attempt = planned.pop(planned.index(min(planned, key=lambda item: item[0])))
        time.sleep(max(0.0, at - time.monotonic()))
        for sock in sockets:
            answered |= {(sock, got[0][1]) for got in drain(sock, 0) if got}
        if (flow, packet[1]) in answered:
            continue
        flow.sendto(packet, (server, to))
        if attempt < 2:
            planned.append((time.monotonic() + 1, flow, to, packet, attempt + 1))
    time.sleep(2)


def described(chance, ident, nas, auth):
    """A request with what a NAS usually says, drawn at random."""
    name = chance.choice(["frank", "grace@example.org", "heidi", "host/desk7.example.org", "ivan", "judy"])
    common = (
        attribute(NAS_PORT, chance.randrange(200))
        + attribute(NAS_IDENTIFIER, nas)
        + attribute(CALLED, chance.choice(["00-11-22-33-44-55:staff", "00-11-22-33-44-55:guest"]))
        + attribute(CALLING, "-".join(f"{chance.randrange(256):02X}" for _ in range(6)))
        + attribute(NAS_PORT_TYPE, chance.choice([15, 19]))
    )
    if auth:
        common += attribute(SERVICE_TYPE, chance.choice([1, 2, 8]))
        return access_request(ident, name, common, chance.random() < 0.5, SECRET, chance.randbytes(16))
    common += attribute(USER_NAME, name) + attribute(STATUS_TYPE, chance.choice([1, 2, 3]))
    return accounting_request(ident, common + attribute(SESSION_ID, f"{chance.getrandbits(32):08x}"))


def serve(address, other=None):
    """Accepts whatever comes to 1812, `late-SECONDS` so much later, `elsewhere` from the address OTHER."""
    sock = udp(1812, address)
    beside = udp(1812, other) if other else sock
    due = []
    while True:
        wait = max(0.0, min(item[0] for item in due) - time.monotonic()) if due else None
        for ready in select.select({sock, beside}, [], [], wait)[0]:
            packet, client = ready.recvfrom(4096)
            name = packet[22 : 20 + packet[21]].decode()
            late = float(name.split("-")[1]) if name.startswith("late-") else 0
            via = beside if name == "elsewhere" else sock
            code = ACCESS_ACCEPT if packet[0] == ACCESS_REQUEST else ACCOUNTING_RESPONSE
            due.append((time.monotonic() + late, via, reply(code, packet), client))
        now = time.monotonic()
        for item in [item for item in due if item[0] <= now]:
            due.remove(item)
            item[1].sendto(item[2], item[3])


if __name__ == "__main__":
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "busy":
        busy(arguments)
    elif command == "failover":
        failover(*arguments)
    elif command == "accounting":
        accounting(*arguments)
    elif command == "twice":
        twice(*arguments)
    elif command == "odd":
        odd(*arguments)
    elif command == "flows":
        flows(arguments[0], int(arguments[1]))
    elif command == "server":
        serve(*arguments)
    else:
        sys.exit(__doc__)
