"""A switch port that carries two networks: tagger.py TRUNK ID PORT ID PORT... Frames from a port leave on the
trunk with its tag (0 for none), and come back without it. In user space, since not every kernel has VLAN devices."""
import select
import socket
import struct
import sys

trunk_name, *ports = sys.argv[1:]


SOL_PACKET, PACKET_AUXDATA, VLAN_VALID = 263, 8, 0x10


def opened(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.bind((name, 0))
    return s


trunk = opened(trunk_name)
tags = {int(tag): opened(port) for tag, port in zip(ports[::2], ports[1::2])}
tag_of = {port.fileno(): tag for tag, port in tags.items()}


def received(s):
    """A frame that came in, and its tag: the kernel takes it out, and tells it beside the frame."""
    frame, told, _, where = s.recvmsg(65535, 64)
    if where[2] == socket.PACKET_OUTGOING:
        return None, 0
    for _, _, data in told:
        status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
        if status & VLAN_VALID:
            return frame, tci & 0xFFF
    return frame, 0


while True:
    for ready in select.select([trunk, *tags.values()], [], [])[0]:
        frame, tag = received(ready)
        if frame is None:
            continue
        if ready is not trunk:
            tag = tag_of[ready.fileno()]
            trunk.send(frame if tag == 0 else frame[:12] + struct.pack("!HH", 0x8100, tag) + frame[12:])
        elif tag in tags:
            tags[tag].send(frame)
