#!/usr/bin/env python3
"""What became of each question in the captures of record-snmp.sh, beside what tshark pairs.

    snmp_truth.py FOLDER

Writes FOLDER/NAME.csv for each NAME.pcap (one line a question, its repetitions in the same line) and
the sums into FOLDER/truth.json. tshark takes the messages apart, with the users' keys, so that it also
sees the request-ids that are encrypted; it pairs them without those keys, as anybody else would, and
in one pass: in two (-2) it takes what it knows at the end of the file, where a request-id may have been
used again.
"""

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

USERS = [
    '"","signer","SHA1","signer-password","AES","signer-secret"',
    '"","sealer","SHA1","sealer-password","AES","sealer-secret"',
]
FIELDS = [
    "frame.number", "frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "udp.srcport", "udp.dstport",
    "udp.payload", "icmp.type", "icmpv6.type", "snmp", "snmp.version", "snmp.msgVersion", "snmp.data", "snmp.request_id",
    "snmp.msgID", "snmp.v3.flags.report", "snmp.msgUserName", "snmp.error_status", "snmp.name",
    "snmp.max_repetitions", "snmp.response_to",
]  # fmt: skip
NAMES = dict(
    enumerate(["get", "get-next", "response", "set", "trap-v1", "get-bulk", "inform", "trap-v2", "report"])
)
UNREADABLE = 99
NAMES[UNREADABLE] = "unreadable"
ASKS = {0, 1, 3, 5, 6, UNREADABLE}
REPORTS = {
    "1.3.6.1.6.3.15.1.1.1.0": "unsupportedSecLevels",
    "1.3.6.1.6.3.15.1.1.2.0": "notInTimeWindows",
    "1.3.6.1.6.3.15.1.1.3.0": "unknownUserNames",
    "1.3.6.1.6.3.15.1.1.4.0": "unknownEngineIDs",
    "1.3.6.1.6.3.15.1.1.5.0": "wrongDigests",
    "1.3.6.1.6.3.15.1.1.6.0": "decryptionErrors",
}
# After so long the same bytes are another question.
REPEAT_SECONDS = 10


def packets(file, keys):
    command = ["tshark", "-n", "-T", "fields", "-E", "occurrence=f", "-r", str(file)]
    for user in USERS if keys else []:
        command += ["-o", f"uat:snmp_users:{user}"]
    for field in FIELDS:
        command += ["-e", field]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [dict(zip(FIELDS, line.split("\t"))) for line in text.splitlines()]


def number(text):
    return int(text, 0) if text else None


def messages(file):
    """SNMP only, what ICMP quotes left out; `open_*` is what one sees without the keys."""
    for packet, plain in zip(packets(file, True), packets(file, False), strict=True):
        if not packet["snmp"] or packet["icmp.type"] or packet["icmpv6.type"]:
            continue
        source = packet["ip.src"] or packet["ipv6.src"]
        target = packet["ip.dst"] or packet["ipv6.dst"]
        packet["from"], packet["to"] = (source, packet["udp.srcport"]), (target, packet["udp.dstport"])
        packet["v"] = packet["snmp.version"] or packet["snmp.msgVersion"]
        packet["pdu"] = number(packet["snmp.data"])
        packet["encrypted"] = plain["snmp.request_id"] == "" and packet["v"] == "3"
        packet["by_tshark"] = plain["snmp.response_to"]
        # With a key that the agent does not have either; a message that may be answered by a report asks
        # (RFC 3412 section 6.4).
        if packet["pdu"] is None and packet["snmp.v3.flags.report"] in ("1", "True"):
            packet["pdu"], packet["snmp.request_id"] = UNREADABLE, "?" + packet["snmp.msgUserName"]
        yield packet


def truth(file):
    questions, others = [], []
    for packet in messages(file):
        if packet["pdu"] in ASKS:
            # The same PDU of the same flow. In version 3 the message around it has another msgID each
            # time; versions 1 and 2c repeat every byte.
            what = packet["udp.payload"] if packet["v"] != "3" else packet["snmp.request_id"]
            key = (packet["from"], packet["to"], packet["v"], packet["pdu"], what)
            known = [q for q in questions if q["key"] == key]
            if known and float(packet["frame.time_epoch"]) - known[-1]["last"] < REPEAT_SECONDS:
                known[-1]["sent"].append(packet)
            else:
                questions.append(dict(key=key, sent=[packet], replies=[]))
                known = questions
            known[-1]["last"] = float(packet["frame.time_epoch"])
        elif packet["pdu"] in (2, 8):
            identity = "snmp.msgID" if packet["v"] == "3" else "snmp.request_id"
            fits = [
                q
                for q in questions
                if q["key"][:3] == (packet["to"], packet["from"], packet["v"])
                and any(p[identity] == packet[identity] for p in q["sent"])
            ]
            if fits:
                fits[-1]["replies"].append(packet)
            else:
                others.append(packet)
        else:
            others.append(packet)
    return questions, others


def row(question):
    first, *again = question["sent"]
    right = question["replies"]
    answer = ""
    if right:
        status = number(right[0]["snmp.error_status"]) or 0
        answer = REPORTS.get(right[0]["snmp.name"], "report") if right[0]["pdu"] == 8 else f"status {status}"
    return {
        "request": first["frame.number"],
        "repeats": " ".join(p["frame.number"] for p in again),
        "reply": right[0]["frame.number"] if right else "",
        "more_replies": " ".join(p["frame.number"] for p in right[1:]),
        "version": {"0": "1", "1": "2c", "3": "3"}.get(first["v"], first["v"]),
        "pdu": NAMES[first["pdu"]],
        "encrypted": int(first["encrypted"]),
        "request_id": first["snmp.request_id"],
        "message_ids": " ".join(p["snmp.msgID"] for p in question["sent"]).strip(),
        "client": first["from"][0],
        "client_port": first["from"][1],
        "server": first["to"][0],
        "answer": answer,
        "repetitions": first["snmp.max_repetitions"],
        "tshark_pairs": " ".join(f"{p['by_tshark']}-{p['frame.number']}" for p in right if p["by_tshark"]),
    }


def sums(file, questions, rows, others):
    seen = list(messages(file))
    asking = [p for p in seen if p["pdu"] in ASKS]
    repeats = sum(len(r["repeats"].split()) for r in rows)
    assert len(asking) == len(rows) + repeats, file
    return {
        "packets_by_pdu": counted(NAMES.get(p["pdu"], "other") for p in seen),
        "icmp_errors": sum(bool(p["icmp.type"] or p["icmpv6.type"]) for p in packets(file, False)),
        "requests": len(rows),
        "asked": counted(r["version"] + " " + r["pdu"] + " encrypted" * r["encrypted"] for r in rows),
        "answered": sum(bool(r["reply"]) for r in rows),
        "answers": counted(r["answer"] for r in rows if r["reply"]),
        "unanswered": sum(not r["reply"] for r in rows),
        "sent_again": sum(bool(r["repeats"]) for r in rows),
        "repeats": repeats,
        "more_replies": sum(len(r["more_replies"].split()) for r in rows),
        "ask_nothing": counted(NAMES.get(p["pdu"], "other") for p in others if p["pdu"] not in (2, 8)),
        "replies_to_nothing": [int(p["frame.number"]) for p in others if p["pdu"] in (2, 8)],
        "tshark_pairs": sum(bool(p["by_tshark"]) for p in seen),
        "tshark_pairs_none": counted(p for q in questions for p in unpaired(q)),
        "tshark_pairs_wrongly": [pair for q in questions for pair in wrongly(q)],
    }


def unpaired(question):
    """Why tshark pairs a reply with nothing."""
    for reply in question["replies"]:
        if not reply["by_tshark"]:
            yield "report" if reply["pdu"] == 8 else "encrypted" if reply["encrypted"] else "other"


def wrongly(question):
    """The pairs of tshark whose request is none of the question's transmissions."""
    sent = {p["frame.number"] for p in question["sent"]}
    for reply in question["replies"]:
        if reply["by_tshark"] and reply["by_tshark"] not in sent:
            yield [int(reply["by_tshark"]), int(reply["frame.number"])]


def counted(values):
    return dict(sorted(Counter(values).items()))


def main():
    folder, truths = Path(sys.argv[1]), {}
    for file in sorted(folder.rglob("*.pcap")):
        questions, others = truth(file)
        rows = [row(question) for question in questions]
        assert rows, f"{file} has no requests"
        with open(file.with_suffix(".csv"), "w", newline="") as out:
            table = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        name = str(file.relative_to(folder).with_suffix(""))
        truths[name] = sums(file, questions, rows, others)
        if name == "fragments/manager":
            lost = [int(r["repetitions"]) for r in rows if not r["reply"]]
            least = min(lost)
            assert all((int(r["repetitions"] or 0) >= least) == (not r["reply"]) for r in rows)
            truths[name]["predicate"] = f"snmp.max_repetitions >= {least}"
    (folder / "truth.json").write_text(json.dumps(truths, indent=1) + "\n")


main()
