#!/usr/bin/env python3
"""Makes the logs beside it: small, of the shape of real ones, each with one planted cause. Addresses are those of
documentation (RFC 5737, RFC 3849). What is planted stands in README.md; crates/logs/tests/formats.rs checks it.

    cd testdata/logs && python3 make.py
"""
import datetime
import json
import random

START = 1715940300  # 2024-05-17 10:05:00 UTC


def write(name, lines, end="\n"):
    with open(name, "w", newline="") as file:
        file.write(end.join(lines) + end)


def when(i, form, step=2):
    return datetime.datetime.fromtimestamp(START + i * step, datetime.timezone.utc).strftime(form)


def proxy(seed, count=80):
    """Requests of a proxy: one backend fails with one path."""
    draw = random.Random(seed)
    for i in range(count):
        backend, path = draw.choice("abcdd"), draw.choice(["/cart", "/cart", "/search", "/login"])
        bad = backend == "d" and path == "/cart"
        yield i, f"192.0.2.{draw.randint(1, 40)}", f"be-{backend}", path, 504 if bad else 200, \
            60000 if bad else draw.randint(5, 300), 167 if bad else draw.randint(300, 9000)


def tables():
    names = ["time", "client", "backend", "path", "status", "duration_ms", "bytes"]
    for name, sep in [("commas.csv", ","), ("semicolons.csv", ";"), ("tabs.tsv", "\t"), ("bars.txt", "|")]:
        rows = [[when(i, "%Y-%m-%dT%H:%M:%SZ"), c, b, p, str(s), str(d), str(n)] for i, c, b, p, s, d, n in proxy(1)]
        head = ["# exported by a script, all times in UTC"] if sep == "," else []
        if sep == ";":
            rows = [[cell if k != 3 else f'"{cell}"' for k, cell in enumerate(row)] for row in rows]
        write(name, head + [sep.join(names)] + [sep.join(row) for row in rows], "\r\n" if sep == ";" else "\n")
    rows = [[str(START + i), c, b, p, str(s), str(d)] for i, c, b, p, s, d, _ in proxy(2)]
    widths = [12, 15, 8, 10, 8, 8]
    align = lambda row: "".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
    write("aligned.txt", [align(["time", "client", "backend", "path", "status", "ms"])] + [align(row) for row in rows])
    records = [{"at": START + i, "net": {"client": c, "backend": b}, "path": p, "status": s, "ms": d}
               for i, c, b, p, s, d, _ in proxy(3)]
    write("lines.jsonl", [json.dumps(r) for r in records])
    write("array.json", [json.dumps(records, indent=1)])
    write("wrapped.json", [json.dumps({"took": 3, "hits": {"total": len(records), "hits": [
        {"_id": str(k), "_source": r} for k, r in enumerate(records)]}}, indent=1)])
    write("logfmt.log", [f'ts={when(i, "%Y-%m-%dT%H:%M:%SZ")} level={"error" if s > 499 else "info"} client={c} backend={b} '
                         f'path={p} status={s} dur={d}ms msg="request \\"{i}\\" done"' for i, c, b, p, s, d, _ in proxy(4)])
    write("logfmt_in_syslog.log", [f'<134>1 {when(i, "%Y-%m-%dT%H:%M:%SZ")} edge{i % 3} app 311 - [x@1 a="]"] client={c} '
                                   f'backend={b} path={p} status={s} dur={d}ms' for i, c, b, p, s, d, _ in proxy(5)])
    write("free.log", [f'{when(i, "%Y-%m-%d %H:%M:%S")} worker-{i % 4}: {c} asked {b} for {p}, got {s} after {d} ms'
                       for i, c, b, p, s, d, _ in proxy(6)] + ["worker-1: restarting"])
    write("nginx_given.log", [f'{c} {b} [{when(i, "%d/%b/%Y:%H:%M:%S +0000")}] "GET {p}?q=\\"{i}\\" HTTP/1.1" {s} {n} '
                              f'{d / 1000:.3f} "{"-" if i % 3 else "Mozilla/5.0 (X11)"}"'
                              for i, c, b, p, s, d, n in proxy(7)])


def access():
    draw = random.Random(8)
    agents = ["Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", "okhttp/4.12.0"]
    common, combined, virtual = [], [], []
    for i in range(90):
        path, agent = draw.choice(["/api/cart?id=7", "/api/cart?id=8", "/api/items", "/"]), draw.choice(agents + agents[2:])
        status = 502 if path.startswith("/api/cart") and "okhttp" in agent else draw.choice([200, 200, 200, 304, 404])
        size = 157 if status == 502 else draw.randint(200, 8000)
        host, time = f"198.51.100.{draw.randint(1, 60)}", when(i, "%d/%b/%Y:%H:%M:%S +0000")
        user = "-" if draw.random() < 0.9 else "anna"
        line = f'{host} - {user} [{time}] "{draw.choice(["GET", "POST"])} {path} HTTP/1.1" {status} {size if status != 304 else "-"}'
        common.append(line)
        combined.append(f'{line} "{draw.choice(["-", "https://shop.example/"])}" "{agent}"')
        virtual.append(f'shop.example:443 {combined[-1]} rt={draw.random():.3f} urt="0.1, 0.2" "{host}"')
    combined.insert(40, '203.0.113.9 - - [17/May/2024:10:06:20 +0000] "\\x16\\x03\\x01" 400 226 "-" "-"')
    write("common.log", common)
    write("combined.log", combined)
    write("virtual_hosts.log", virtual)
    iis = ["#Software: Microsoft Internet Information Services 10.0", "#Version: 1.0", "#Date: 2024-05-17 10:05:00"]
    fields = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-win32-status time-taken"
    iis.append("#Fields: " + fields)
    for i in range(80):
        if i == 40:
            iis += ["#Date: 2024-05-17 10:06:20", "#Fields: " + fields.replace(" time-taken", " sc-bytes time-taken")]
        stem = draw.choice(["/app/report.aspx", "/app/home.aspx", "/app/img.png"])
        status = 500 if stem.endswith("report.aspx") else 200
        agent = draw.choice(["Mozilla/5.0+(Windows+NT+10.0)", "curl/8.5.0"])
        iis.append(f'{when(i, "%Y-%m-%d %H:%M:%S")} 192.0.2.10 GET {stem} - 443 - 198.51.100.{draw.randint(1, 9)} {agent} '
                   f'{status} {64 if status == 500 else 0} {"1234 " if i >= 40 else ""}{draw.randint(1, 900)}')
    write("iis.log", iis, "\r\n")


def proxies():
    draw = random.Random(9)
    http, tcp, envoy, istio = [], [], [], []
    for i in range(50):
        server, port = draw.choice(["web1", "web2", "web3", "web3"]), draw.randint(30000, 60000)
        client = f"192.0.2.{draw.randint(1, 40)}"
        bad = server == "web3"
        date = when(i, "%d/%b/%Y:%H:%M:%S.123")
        syslog = when(i, "%b %d %H:%M:%S") + f" lb1 haproxy[4711]: "
        timers, status, state = ("2/0/1/-1/30001", 504, "sH--") if bad else (f"2/0/1/{draw.randint(3, 90)}/120", 200, "----")
        path = draw.choice(["/a", "/b?x=1"])
        http.append(f'{syslog}{client}:{port} [{date}] http-in~ app/{server} {timers} {status} {194 if bad else 2750} - - '
                    f'{state} {draw.randint(1, 9)}/1/1/1/0 0/0 {{shop.example|curl/8.5.0}} {{}} "GET {path} HTTP/1.1"')
        tcp.append(f'{client}:{port} [{date}] mysql-in db/{server} 0/{"-1" if bad else 1}/{5000 if bad else 77} '
                   f'{0 if bad else 899} {"sC" if bad else "--"} {draw.randint(1, 9)}/1/1/1/{3 if bad else 0} 0/0')
        flags, code = ("UT", 504) if bad else ("-", 200)
        iso = when(i, "%Y-%m-%dT%H:%M:%S.345Z")
        upstream = {"web1": "203.0.113.11:80", "web2": "203.0.113.12:80", "web3": "203.0.113.13:80"}[server]
        tail = (f'0 {24 if bad else 1024} {15000 if bad else 12} {"-" if bad else 11} "-" "curl/8.5.0" '
                f'"3f2a-{i:04}" "shop.example" "{upstream}"')
        envoy.append(f'[{iso}] "GET {path} HTTP/2" {code} {flags} {tail}')
        istio.append(f'[{iso}] "GET {path} HTTP/2" {code} {flags} {"response_timeout" if bad else "via_upstream"} - "-" {tail} '
                     f'outbound|80||shop.svc 198.51.100.4:44000 198.51.100.9:80 {client}:{port} - default')
    write("haproxy_http.log", http)
    write("haproxy_tcp.log", tcp)
    write("envoy.log", envoy)
    write("istio.log", istio)


def zeek():
    draw = random.Random(10)
    dns, conn, lines = [], [], []
    for i in range(80):
        server, qtype = draw.choice(["192.0.2.53", "192.0.2.54"]), draw.choice(["A", "AAAA"])
        bad = server == "192.0.2.54" and qtype == "AAAA"
        ts, client, port = f"{START + i}.{draw.randint(100000, 999999)}", f"198.51.100.{draw.randint(1, 20)}", draw.randint(20000, 60000)
        name = draw.choice(["www.example.com", "mail.example.net", "api.example.org"])
        row = [ts, f"C{i:05}x", client, str(port), server, "53", "udp", str(draw.randint(1, 65535)), "-" if bad else "0.004",
               name, qtype, "-" if bad else "NOERROR", "F", "T", "(empty)" if not bad else "-", "F"]
        dns.append("\t".join(row))
        record = {"ts": float(ts), "uid": row[1], "id.orig_h": client, "id.orig_p": port, "id.resp_h": server, "id.resp_p": 53,
                  "proto": "udp", "trans_id": int(row[7]), "query": name, "qtype_name": qtype, "rejected": False}
        if not bad:
            record |= {"rtt": 0.004, "rcode_name": "NOERROR", "answers": ["203.0.113.7"]}
        lines.append(json.dumps(record))
        service = draw.choice(["443", "22", "8443"])
        state = "S0" if service == "8443" else "SF"
        conn.append("\t".join([ts, f"D{i:05}y", client, str(port), "203.0.113.20", service, "tcp", "-" if state == "S0" else "ssl",
                               "-" if state == "S0" else "0.5", "-" if state == "S0" else "800", "-" if state == "S0" else "4000",
                               state, "T", "S" if state == "S0" else "ShADadFf", "3" if state == "S0" else "12"]))
    head = lambda path, fields, types: ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-",
                                        f"#path\t{path}", "#open\t2024-05-17-10-05-00", "#fields\t" + "\t".join(fields.split()),
                                        "#types\t" + "\t".join(types.split())]
    close = ["#close\t2024-05-17-10-10-00"]
    ends = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto"
    dns_head = head("dns", ends + " trans_id rtt query qtype_name rcode_name AA RA answers rejected",
                    "time string addr port addr port enum count interval string string string bool bool vector[string] bool")
    write("zeek_dns.log", dns_head + dns[:50] + close + dns_head + dns[50:] + close)
    write("zeek_conn.log", head("conn", ends + " service duration orig_bytes resp_bytes conn_state local_orig history orig_pkts",
                                "time string addr port addr port enum string interval count count string bool string count") + conn + close)
    write("zeek_dns.json", lines)


def clouds():
    draw = random.Random(11)
    names = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
    rows, gcp, tuples, hubble = [], [], [], []
    for i in range(50):
        net, port = draw.choice(["198.51.100", "203.0.113", "203.0.113"]), draw.choice([22, 443, 3389, 3389])
        source, sport = f"{net}.{draw.randint(1, 60)}", draw.randint(30000, 60000)
        bad = port == 3389 and net == "203.0.113"
        rows.append(f"2 123456789010 eni-0a{i % 2} {source} 192.0.2.12 {sport} {port} 6 {draw.randint(1, 30)} "
                    f"{draw.randint(40, 9000)} {START + i} {START + i + 60} {'REJECT' if bad else 'ACCEPT'} OK")
        gcp.append(json.dumps({"insertId": f"x{i}", "timestamp": when(i, "%Y-%m-%dT%H:%M:%S.5Z"),
                               "resource": {"type": "gce_subnetwork", "labels": {"subnetwork_name": f"net-{i % 2}", "project_id": "p"}},
                               "jsonPayload": {"connection": {"src_ip": source, "src_port": sport, "dest_ip": "192.0.2.12",
                                                              "dest_port": port, "protocol": 6},
                                               "disposition": "DENIED" if bad else "ALLOWED",
                                               "rule_details": {"reference": "network:vpc/firewall:r1", "action": "ALLOW"}}}))
        tuples.append(f"{START + i},{source},192.0.2.12,{sport},{port},T,I,{'D' if bad else 'A'},B,,,,")
        if i % 3 == 0 and not bad:
            tuples.append(f"{START + i + 9},{source},192.0.2.12,{sport},{port},T,I,A,E,5,400,4,3000")
        app, to = draw.choice(["web", "worker", "batch", "batch"]), draw.choice([443, 443, 5432])
        dropped = app == "batch" and to == 443
        flow = {"time": when(i, "%Y-%m-%dT%H:%M:%S.5Z"), "uuid": f"u{i}", "verdict": "DROPPED" if dropped else "FORWARDED",
                "IP": {"source": source, "destination": "192.0.2.12", "ipVersion": "IPv4"},
                "l4": {"TCP": {"source_port": sport, "destination_port": to, "flags": {"SYN": True}}},
                "source": {"ID": 7, "identity": 4711, "namespace": "shop", "labels": [f"k8s:app={app}", "k8s:tier=b"], "pod_name": f"{app}-{i % 3}"},
                "destination": {"identity": 99, "namespace": "shop", "labels": ["k8s:app=db"]}, "Type": "L3_L4",
                "node_name": f"node{i % 2}", "is_reply": False, "Summary": "TCP Flags: SYN"}
        if dropped:
            flow["drop_reason_desc"] = "POLICY_DENIED"
        hubble.append(json.dumps({"flow": flow, "node_name": f"node{i % 2}", "time": flow["time"]}))
        if i % 10 == 0 and not dropped:
            hubble.append(json.dumps({"flow": flow | {"is_reply": True}, "node_name": "node0", "time": flow["time"]}))
    rows.insert(10, f"2 123456789010 eni-0a0 - - - - - - - {START} {START + 60} - NODATA")
    write("vpc.log", [names] + rows)
    write("vpc_without_header.log", rows)
    write("gcp_firewall.json", gcp)
    write("hubble.json", hubble)
    record = lambda version, part: {"time": when(0, "%Y-%m-%dT%H:%M:%S.0Z"), "macAddress": "000D3AF87856", "category": "NetworkSecurityGroupFlowEvent",
                                    "resourceId": "/SUBSCRIPTIONS/X/NSG1", "properties": {"Version": version, "flows": [
                                        {"rule": "DefaultRule_x", "flows": [{"mac": "000D3AF87856", "flowTuples": part}]}]}}
    write("azure_nsg_2.json", [json.dumps({"records": [record(2, tuples[:25]), record(2, tuples[25:])]}, indent=1)])
    network = []
    for t in tuples:
        cell = t.split(",")
        network.append(",".join([cell[0] + "500"] + cell[1:5] + ["6", "I", "D" if cell[7] == "D" else cell[8], "NX", "1", "60", "0", "0"]))
    write("azure_network.json", [json.dumps({"records": [{
        "time": when(0, "%Y-%m-%dT%H:%M:%S.0Z"), "flowLogVersion": 4, "macAddress": "000D3AF87856", "category": "FlowLogFlowEvent",
        "targetResourceID": "/subscriptions/x/virtualNetworks/v1", "flowRecords": {"flows": [
            {"aclID": "x", "flowGroups": [{"rule": "DefaultRule_x", "flowTuples": network}]}]}}]})])
    short = [",".join(t.split(",")[:8]) for t in tuples if t.split(",")[8] == "B"]
    write("azure_nsg_1.json", [json.dumps({"records": [record(1, short)]})])


def tshark():
    draw = random.Random(12)
    names = ["frame.number", "frame.time_epoch", "ip.src", "ip.dst", "udp.srcport", "dns.id", "dns.flags.response", "dns.qry.name",
             "dns.qry.type", "dns.response_in", "dns.time"]
    fields, ek, packets = ["\t".join(names)], [], []
    number = 0
    for i in range(60):
        server, qtype = draw.choice(["192.0.2.53", "192.0.2.54"]), draw.choice(["1", "28"])
        bad = server == "192.0.2.54"
        client, port, name = f"198.51.100.{draw.randint(1, 9)}", draw.randint(20000, 60000), draw.choice(["www.example.com", "api.example.org"])
        number += 1
        cells = [str(number), f"{START + i}.25", client, server, str(port), f"0x{draw.randint(0, 65535):04x}", "0", name, qtype,
                 "" if bad else str(number + 1), ""]
        fields.append("\t".join(cells))
        dns = {"dns.id": cells[5], "dns.flags": "0x0100", "dns.flags_tree": {"dns.flags.response": "0"},
               "Queries": {f"{name}: type {qtype}, class IN": {"dns.qry.name": name, "dns.qry.type": qtype}}}
        if not bad:
            dns["dns.response_in"] = str(number + 1)
        packets.append({"_index": "packets-2024-05-17", "_score": None, "_source": {"layers": {
            "frame": {"frame.number": cells[0], "frame.time_epoch": cells[1]}, "ip": {"ip.src": client, "ip.dst": server},
            "udp": {"udp.srcport": str(port), "udp.dstport": "53"}, "dns": dns}}})
        ek += [json.dumps({"index": {"_index": "packets-2024-05-17"}}),
               json.dumps({"timestamp": str((START + i) * 1000 + 250), "layers": {
                   "frame": {"frame_frame_number": cells[0]}, "ip": {"ip_ip_src": client, "ip_ip_dst": server},
                   "udp": {"udp_udp_srcport": str(port)}, "dns": {"dns_dns_qry_name": [name], "dns_dns_response_in": [] if bad else [str(number + 1)]}}})]
        if not bad:
            number += 1
            fields.append("\t".join([str(number), f"{START + i}.26", server, client, "53", cells[5], "1", name, qtype, "", "0.01"]))
    write("tshark_fields.tsv", fields)
    write("tshark_ek.json", ek)
    write("tshark.json", [json.dumps(packets, indent=1)])


def tools():
    draw = random.Random(13)
    jtl = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect"
    jmeter, k6, k6_csv, dnsperf, ping = [], [], [], ["DNS Performance Testing Tool", "Version 2.14.0", "", "[Status] Sending queries (to 192.0.2.53:53)"], []
    k6.append(json.dumps({"type": "Metric", "data": {"name": "http_req_duration", "type": "trend"}, "metric": "http_req_duration"}))
    k6_csv.append("metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,status,subproto,tls_version,url,extra_tags")
    for i in range(50):
        label = draw.choice(["login", "search", "pay"])
        bad = label == "pay"
        ms = 15001 if bad else draw.randint(20, 400)
        jmeter.append(f'{(START + i) * 1000},{ms},{label},{"504" if bad else "200"},{"Gateway Timeout" if bad else "OK"},'
                      f'"Users, group 1-{i % 5}",text,{"false" if bad else "true"},,{167 if bad else 4000},120,5,5,'
                      f'https://shop.example/{label},{ms},0,3')
        url = f"https://shop.example/{label}"
        k6 += [json.dumps({"metric": metric, "type": "Point", "data": {"time": when(i, "%Y-%m-%dT%H:%M:%S.5Z"), "value": value, "tags": {
            "expected_response": "false" if bad else "true", "method": "GET", "name": url, "proto": "HTTP/1.1",
            "scenario": "default", "status": "504" if bad else "200", "url": url}}})
               for metric, value in [("http_reqs", 1), ("http_req_duration", ms / 1.5)]]
        k6_csv += [f"{metric},{START + i},{value},,,{'1504' if bad else ''},{'false' if bad else 'true'},,GET,{url},HTTP/1.1,default,,"
                   f"{'504' if bad else '200'},,tls1.3,{url}," for metric, value in [("http_reqs", 1), ("http_req_duration", ms / 1.5)]]
        name = draw.choice(["www.example.com", "slow.example.net"])
        kind = draw.choice(["A", "MX"])
        dnsperf.append(f"> T {name} {kind}" if name.startswith("slow") else f"> NOERROR {name} {kind} 0.{draw.randint(300, 9000):06}")
    dnsperf += ["[Status] Testing complete (end of file)", "", "Statistics:", "", "  Queries sent:         50"]
    ping = ["PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data."]
    for i in range(1, 81):
        stamp = f"[{START + i}.{draw.randint(100000, 999999)}]"
        if 30 <= i < 35:
            ping.append(f"{stamp} no answer yet for icmp_seq={i}")
        elif 50 <= i < 53:
            ping.append(f"{stamp} From 198.51.100.1 icmp_seq={i} Destination Host Unreachable")
        elif not 60 <= i < 64:
            ping.append(f"{stamp} 64 bytes from 192.0.2.1: icmp_seq={i} ttl=57 time={draw.random() * 9 + 5:.2f} ms")
    ping += ["", "--- 192.0.2.1 ping statistics ---", "80 packets transmitted, 68 received, +3 errors, 15% packet loss, time 79123ms",
             "rtt min/avg/max/mdev = 5.1/9.2/13.9/2.1 ms"]
    write("jmeter.csv", [jtl] + jmeter)
    write("jmeter_without_header.csv", jmeter)
    write("k6.json", k6)
    write("k6.csv", k6_csv)
    write("dnsperf.txt", dnsperf)
    write("ping.txt", ping)


def measurements():
    draw = random.Random(14)
    pings, routes = [], []
    for i in range(30):
        probe = draw.choice([100, 200, 300])
        bad = probe == 300
        packets = [{"x": "*"} if bad else {"rtt": round(draw.random() * 20 + 3, 3)} for _ in range(3)]
        pings.append({"fw": 5080, "mver": "2.6.2", "lts": 11, "af": 4, "dst_name": "192.0.2.1", "dst_addr": "192.0.2.1",
                      "src_addr": "198.51.100.7", "proto": "ICMP", "ttl": 57, "size": 64, "result": packets, "dup": 0,
                      "rcvd": 0 if bad else 3, "sent": 3, "min": -1, "max": -1, "avg": -1, "msm_id": 1001, "prb_id": probe,
                      "timestamp": START + i * 60, "msm_name": "Ping", "from": "203.0.113.4", "type": "ping", "step": 240})
        hops = [{"hop": hop, "result": [{"x": "*"} if hop == 3 else
                                        {"from": f"203.0.113.{hop}", "ttl": 255 - hop, "size": 28, "rtt": round(draw.random() * 9, 3)}
                                        for _ in range(2)]} for hop in range(1, 5)]
        if i < 12:
            routes.append({"af": 4, "dst_addr": "192.0.2.1", "endtime": START + i, "from": "203.0.113.4", "fw": 5080, "msm_id": 5001,
                           "paris_id": i % 3, "prb_id": probe, "proto": "ICMP", "result": hops, "size": 48, "timestamp": START + i,
                           "type": "traceroute"})
    write("atlas_ping.json", [json.dumps(pings)])
    write("atlas_traceroute.json", [json.dumps(route) for route in routes])


def traces():
    draw = random.Random(15)
    data, resource_spans = [], []
    for t in range(30):
        zone = draw.choice(["eu", "us", "ap", "ap"])
        bad = zone == "ap"
        base = (START + t) * 1000000
        tag = lambda key, kind, value: {"key": key, "type": kind, "value": value}
        spans = [{"traceID": f"{t:032x}", "spanID": f"{t:014x}01", "operationName": "GET /pay", "references": [], "startTime": base,
                  "duration": 900, "tags": [tag("span.kind", "string", "server"), tag("zone", "string", zone)], "logs": [], "processID": "p1"},
                 {"traceID": f"{t:032x}", "spanID": f"{t:014x}02", "operationName": "charge", "startTime": base + 50, "duration": 700,
                  "references": [{"refType": "CHILD_OF", "traceID": f"{t:032x}", "spanID": f"{t:014x}01"}],
                  "tags": [tag("zone", "string", zone)] + ([tag("error", "bool", True), tag("http.status_code", "int64", 504)] if bad else
                                                           [tag("http.status_code", "int64", 200)]), "logs": [], "processID": "p2"}]
        data.append({"traceID": f"{t:032x}", "spans": spans, "processes": {
            "p1": {"serviceName": "front", "tags": [tag("hostname", "string", "f1")]}, "p2": {"serviceName": "payment", "tags": []}}})
        attribute = lambda key, kind, value: {"key": key, "value": {kind: value}}
        status = {"code": 2, "message": "deadline exceeded"} if bad else {}
        resource_spans.append({"resource": {"attributes": [attribute("service.name", "stringValue", "payment")]}, "scopeSpans": [
            {"scope": {"name": "http"}, "spans": [{"traceId": f"{t:032x}", "spanId": f"{t:016x}", "parentSpanId": "", "name": "charge",
                                                   "kind": 3, "startTimeUnixNano": str(base * 1000), "endTimeUnixNano": str(base * 1000 + 5000000),
                                                   "attributes": [attribute("zone", "stringValue", zone), attribute("retry", "intValue", "1"),
                                                                  attribute("cold", "boolValue", False)], "status": status}]}]})
    write("jaeger.json", [json.dumps({"data": data, "total": 0, "limit": 0, "errors": None})])
    write("otlp.json", [json.dumps({"resourceSpans": resource_spans[k:k + 5]}) for k in range(0, 30, 5)])


tables()
access()
proxies()
zeek()
clouds()
tshark()
tools()
measurements()
traces()
