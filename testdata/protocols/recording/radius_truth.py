#!/usr/bin/env python3
"""What became of each request in the captures of record-radius.sh, beside what tshark pairs.

    radius_truth.py FOLDER DROPPED

Writes FOLDER/NAME.csv for each NAME.pcap (one line a request, its repetitions in the same line) and
the sums into FOLDER/truth.json. tshark only takes the packets apart; which reply belongs to which request is computed
with the shared secret (RFC 2865 section 3: a reply's authenticator is a digest of the reply and of its
request's authenticator), so that a reused identifier cannot deceive it. DROPPED is what the firewall
counted.
"""

import csv
import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

SECRETS = [b"testing123", b"wrong"]
FIELDS = [
    "frame.number", "frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "udp.srcport",
    "udp.dstport", "udp.payload", "icmp.type", "icmp.code", "radius.code", "radius.id", "radius.length",
    "radius.authenticator", "radius.reqframe", "radius.rspframe", "radius.req.dup", "radius.rsp.dup",
]  # fmt: skip
# Request codes and what may answer them (RFC 2865, 2866, 5176, 5997).
ANSWERS = {1: {2, 3, 11}, 4: {5}, 12: {2, 5}, 40: {41, 42}, 43: {44, 45}}
NAMES = {
    1: "Access-Request", 2: "Access-Accept", 3: "Access-Reject", 4: "Accounting-Request",
    5: "Accounting-Response", 11: "Access-Challenge", 12: "Status-Server", 40: "Disconnect-Request",
    41: "Disconnect-ACK", 42: "Disconnect-NAK", 43: "CoA-Request", 44: "CoA-ACK", 45: "CoA-NAK",
}  # fmt: skip


def packets(file):
    """Two passes, so that a request knows its reply; one cell a field, the first."""
    command = ["tshark", "-2", "-n", "-T", "fields", "-E", "occurrence=f", "-r", str(file)]
    for field in FIELDS:
        command += ["-e", field]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [dict(zip(FIELDS, line.split("\t"))) for line in text.splitlines()]


def number(text):
    return int(text, 0) if text else None


def answers(reply, request):
    """Whether the server made this reply for that request, with any of the secrets."""
    head, body = reply["bytes"][:4], reply["bytes"][20 : reply["length"]]
    digests = (hashlib.md5(head + request["bytes"][4:20] + body + secret).digest() for secret in SECRETS)
    return reply["bytes"][4:20] in digests


def truth(file):
    """The requests of a capture: first transmission, repetitions, replies."""
    requests, newest, strays = [], {}, []
    for packet in packets(file):
        code = number(packet["radius.code"])
        if code is None or packet["icmp.type"] or not packet["udp.payload"]:
            continue
        packet["bytes"] = bytes.fromhex(packet["udp.payload"])
        packet["length"] = number(packet["radius.length"])
        source = packet["ip.src"] or packet["ipv6.src"]
        target = packet["ip.dst"] or packet["ipv6.dst"]
        here, there = (source, packet["udp.srcport"]), (target, packet["udp.dstport"])
        ident = number(packet["radius.id"])
        if code in ANSWERS:
            key = (here, there, code, ident, packet["radius.authenticator"])
            if key in newest:
                newest[key]["repeats"].append(packet)
                continue
            newest[key] = dict(first=packet, client=here, server=there, code=code, id=ident, repeats=[], replies=[])
            requests.append(newest[key])
        else:
            mine = [
                r
                for r in reversed(requests)
                if r["client"] == there and r["id"] == ident and code in ANSWERS[r["code"]] and answers(packet, r["first"])
            ]
            # The same packet may have gone to two servers.
            mine = [r for r in mine if r["server"] == here] or mine
            (mine[0]["replies"] if mine else strays).append((packet, here))
    return requests, strays


def row(request):
    right = [packet for packet, source in request["replies"] if source == request["server"]]
    wrong = [packet for packet, source in request["replies"] if source != request["server"]]
    sent = [request["first"], *request["repeats"]]
    return {
        "request": request["first"]["frame.number"],
        "repeats": " ".join(p["frame.number"] for p in request["repeats"]),
        "reply": right[0]["frame.number"] if right else "",
        "more_replies": " ".join(p["frame.number"] for p in right[1:]),
        "from_elsewhere": " ".join(p["frame.number"] for p in wrong),
        "code": NAMES[request["code"]],
        "id": request["id"],
        "client": request["client"][0],
        "client_port": request["client"][1],
        "server": request["server"][0],
        "server_port": request["server"][1],
        "answer": NAMES[number(right[0]["radius.code"])] if right else "",
        "tshark_reply": " ".join(dict.fromkeys(p["radius.rspframe"] for p in sent if p["radius.rspframe"])),
    }


def sums(file, rows, strays):
    """The numbers of one capture, with what tshark counts itself to confirm them."""
    seen = [p for p in packets(file) if p["radius.code"] and not p["icmp.type"]]
    asking = [p for p in seen if number(p["radius.code"]) in ANSWERS and p["udp.payload"]]
    repeats = sum(len(r["repeats"].split()) for r in rows)
    assert len(asking) == len(rows) + repeats, file
    otherwise = [[r["request"], r["reply"], r["tshark_reply"]] for r in rows if r["reply"] != r["tshark_reply"]]
    return {
        "packets_by_code": counted(p["radius.code"] for p in seen),
        "icmp_errors": sum(bool(p["icmp.type"]) for p in packets(file)),
        "requests": len(rows),
        "asked": counted(r["code"] for r in rows),
        "answered": sum(bool(r["reply"]) for r in rows),
        "answers": counted(r["answer"] for r in rows if r["reply"]),
        "unanswered": sum(not r["reply"] for r in rows),
        "sent_again": sum(bool(r["repeats"]) for r in rows),
        "repeats": repeats,
        "repeats_by_tshark": sum(bool(p["radius.req.dup"]) for p in asking),
        "more_replies": sum(len(r["more_replies"].split()) for r in rows),
        "from_elsewhere": sum(bool(r["from_elsewhere"]) for r in rows),
        "replies_to_nothing": [int(p["frame.number"]) for p, _ in strays],
        "tshark_otherwise": [[int(frame) if frame else None for frame in pair] for pair in otherwise],
    }


def counted(values):
    return dict(sorted(Counter(values).items()))


def main():
    folder, truths = Path(sys.argv[1]), {}
    for file in sorted(folder.rglob("*.pcap")):
        requests, strays = truth(file)
        rows = [row(request) for request in requests]
        with open(file.with_suffix(".csv"), "w", newline="") as out:
            table = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        name = str(file.relative_to(folder).with_suffix(""))
        truths[name] = sums(file, rows, strays)
        if name.startswith("low-ports/"):
            assert all((int(r["client_port"]) < 9000) == (not r["reply"]) for r in rows), name
    low = truths["low-ports/server"]
    low["predicate"] = "udp.srcport < 9000"
    low["dropped_by_firewall"] = int(Path(sys.argv[2]).read_text().split("packets")[1].split()[0])
    assert low["dropped_by_firewall"] == low["unanswered"] + low["repeats"]
    (folder / "truth.json").write_text(json.dumps(truths, indent=1) + "\n")


main()
