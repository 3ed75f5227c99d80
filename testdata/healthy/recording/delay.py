"""A DNS forwarder that takes its time: delay.py SECONDS..., one after the other for each question."""
import itertools
import socket
import sys
import threading
import time

delays = itertools.cycle(float(d) for d in sys.argv[1:])
listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listening.bind(("10.88.12.2", 53))


def forward(question, client, delay):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream:
        upstream.settimeout(5)
        upstream.sendto(question, ("10.88.11.2", 53))
        answer = upstream.recv(65535)
    time.sleep(delay)
    listening.sendto(answer, client)


while True:
    question, client = listening.recvfrom(65535)
    threading.Thread(target=forward, args=(question, client, next(delays)), daemon=True).start()
