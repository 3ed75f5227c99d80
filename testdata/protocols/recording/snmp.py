#!/usr/bin/env python3
"""What Net-SNMP's tools cannot do: one socket with many requests under way, answers with every
error status, messages that no manager would send.

    snmp.py poller AGENT...     two sockets ask several agents at a time, with the same request-ids
    snmp.py status AGENT        one request for each error status, for `snmp.py agent`
    snmp.py agent               answers with the error status that the last number of the name says
    snmp.py odd AGENT           encodings and messages that are unusual or wrong
"""

import select
import socket
import struct
import sys
import time

GET, NEXT, RESPONSE, SET, TRAP, BULK, INFORM, TRAP2, REPORT = range(0xA0, 0xA9)
SYSTEM = "1.3.6.1.2.1.1"
TABLE = "1.3.6.1.4.1.8072.9999.9999.7.1"
STATUS = "1.3.6.1.4.1.8072.9999.9999.8"


def tlv(tag, value, length_bytes=0):
    """BER; `length_bytes` forces the long form."""
    size = len(value)
    if size < 128 and not length_bytes:
        return bytes([tag, size]) + value
    digits = size.to_bytes(max(length_bytes, (size.bit_length() + 7) // 8, 1), "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + value


def integer(value):
    return tlv(2, value.to_bytes((value if value >= 0 else ~value).bit_length() // 8 + 1, "big", signed=True))


def oid(text):
    numbers = [int(part) for part in text.split(".")]
    out = bytearray([numbers[0] * 40 + numbers[1]])
    for n in numbers[2:]:
        digits = [n & 0x7F]
        while n := n >> 7:
            digits.append(0x80 | n & 0x7F)
        out += bytes(reversed(digits))
    return tlv(6, bytes(out))


def message(kind, request, names, version=1, community=b"public", first=0, second=0, value=b"\x05\x00"):
    """`first` and `second` are error status and index, or non-repeaters and repetitions; `request`
    may be encoded already."""
    request = request if isinstance(request, bytes) else integer(request)
    bindings = b"".join(tlv(0x30, oid(name) + value) for name in names)
    pdu = tlv(kind, request + integer(first) + integer(second) + tlv(0x30, bindings))
    return tlv(0x30, integer(version) + tlv(4, community) + pdu)


def udp(port=0):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("0.0.0.0", port))
    return sock


def wait(sockets, seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for ready in select.select(sockets, [], [], left)[0]:
            ready.recv(65535)


def poller(agents):
    """Each request-id four times on each socket and to each agent, each time with another question."""
    sockets = [udp(40161), udp(40162)]
    for turn in range(4):
        for request in range(1, 13):
            for sock in sockets:
                for agent in agents:
                    row = turn * 48 + request * 4 + sockets.index(sock)
                    kind, name = (BULK, TABLE) if row % 5 == 0 else (GET, f"{TABLE}.{row}")
                    sock.sendto(message(kind, request, [name], second=3 if kind == BULK else 0), (agent, 161))
            wait(sockets, 0.01)
        wait(sockets, 0.3)


def status(agent):
    sock = udp()
    for version, last in ((0, 5), (1, 18)):
        for number in range(last + 1):
            sock.sendto(message(GET, 1000 + number, [f"{STATUS}.{number}"], version), (agent, 161))
            wait([sock], 0.02)


def serve():
    """Answers requests of `status`: version and community are 13 bytes there, all lengths one."""
    sock = udp(161)
    while True:
        packet, client = sock.recvfrom(65535)
        behind = 17 + packet[16]
        request, number, bindings = packet[15:behind], packet[-3], packet[behind + 6 :]
        answer = tlv(RESPONSE, request + integer(number) + integer(1 if number else 0) + bindings)
        sock.sendto(tlv(0x30, packet[2:13] + answer), client)


def odd(agent):
    sock, name = udp(40163), f"{SYSTEM}.1.0"

    def plain(request):
        return message(GET, request, [name])

    # Behind version and community, 11 bytes, and the PDU's tag and length: what its SEQUENCE holds.
    community, inside = tlv(4, b"public", 2), plain(3)[15:]
    for packet in (
        plain(1),
        # Lengths in the long form though they are short, as some managers write them.
        tlv(0x30, plain(2)[2:], 2),
        tlv(0x30, integer(1) + community + tlv(GET, inside, 3), 4),
        # Request-ids at the ends of the range, and beyond it.
        plain(0),
        plain(-1),
        plain(2**31 - 1),
        plain(-(2**31)),
        plain(2**31 + 9),
        # Leading zeros in the request-id.
        plain(tlv(2, bytes(3) + b"\x05")),
        # Bytes behind the message.
        plain(6) + bytes(5),
        # No names at all; more than one.
        message(GET, 20, []),
        message(GET, 21, [name, f"{SYSTEM}.3.0", f"{SYSTEM}.5.0"]),
        # An empty community; a version that nobody speaks; version 2u.
        message(GET, 22, [name], community=b""),
        message(GET, 23, [name], version=7),
        message(GET, 24, [name], version=2),
        # Cut off, and longer than it says.
        plain(25)[:-3],
        plain(26)[:1] + bytes([plain(26)[1] + 9]) + plain(26)[2:],
        # Indefinite length, which SNMP forbids (RFC 3417 section 8).
        b"\x30\x80" + plain(27)[2:] + b"\x00\x00",
        # PDUs that ask nothing.
        message(RESPONSE, 30, [name]),
        message(REPORT, 31, [name]),
        message(TRAP2, 32, [name]),
        message(0xA9, 33, [name]),
        # Not SNMP.
        b"",
        b"\x30",
        b"hello, is anybody there?",
        struct.pack("!HHHHHH", 0x3030, 0x0100, 1, 0, 0, 0) + b"\x07example\x00\x00\x01\x00\x01",
        plain(40),
    ):
        sock.sendto(packet, (agent, 161))
        wait([sock], 0.05)


if __name__ == "__main__":
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "poller":
        poller(arguments)
    elif command == "status":
        status(*arguments)
    elif command == "agent":
        serve()
    elif command == "odd":
        odd(*arguments)
    else:
        sys.exit(__doc__)
