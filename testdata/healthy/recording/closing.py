"""A request by HTTP/1.1, and one way to end its connection: closing.py HOST HOW. Exits 0 when it was answered."""
import socket
import struct
import sys
import time

host, how = sys.argv[1:]
request = b"GET / HTTP/1.1\r\nHost: lab\r\n%s\r\n"
s = socket.create_connection((host, 80), timeout=10)


def answered():
    return s.recv(65536).startswith(b"HTTP/1.1 200")


if how == "pipelined":
    s.sendall(request % b"" * 3)
    good = answered()
    time.sleep(0.5)
elif how == "half":
    # The client says that it is done, and still reads.
    s.sendall(request % b"Connection: close\r\n")
    s.shutdown(socket.SHUT_WR)
    good = answered()
    while s.recv(65536):
        pass
else:
    s.sendall(request % b"")
    good = answered()
if how == "idle":
    # nginx closes after its keepalive_timeout, we a while later.
    time.sleep(4)
elif how in ("reset", "linger"):
    # close() sends RST at once, or after a pause.
    time.sleep(0.01 if how == "reset" else 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.close()
sys.exit(0 if good else 1)
