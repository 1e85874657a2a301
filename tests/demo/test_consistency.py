"""One fact in many logs: same ends, same bytes, causes before effects, each log's own clock."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from tests.demo.conftest import GeneratedDay

_PROXY = "10.20.0.8"
_PAIR = re.compile(r'(\w+)=("[^"]*"|\S+)')


def _fortigate(day: GeneratedDay) -> list[dict[str, str]]:
    return [
        {key: value.strip('"') for key, value in _PAIR.findall(line)}
        for line in day.lines("firewall/fortigate.log")
    ]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _flows(day: GeneratedDay) -> dict[tuple[Any, ...], dict[str, Any]]:
    events = [e for e in day.objects("ips/eve.json") if e["event_type"] == "flow"]
    return {(e["src_ip"], e["src_port"], e["dest_ip"], e["dest_port"]): e for e in events}


def test_firewall_ips_and_zeek_agree_on_bytes(day: GeneratedDay) -> None:
    """IP bytes are equal in FortiGate and Zeek; the IPS counts 14 bytes of Ethernet a packet on top."""
    flows, seen = _flows(day), 0
    conns = {
        (r["id.orig_h"], int(r["id.orig_p"]), r["id.resp_h"], int(r["id.resp_p"])): r
        for r in day.zeek("conn")
    }
    for record in _fortigate(day):
        if record["type"] != "traffic" or record["action"] == "deny" or record["trandisp"] != "snat":
            continue
        ends = (record["srcip"], int(record["srcport"]), record["dstip"], int(record["dstport"]))
        flow = flows[ends]["flow"]
        sent, packets = int(record["sentbyte"]), int(record["sentpkt"])
        assert (sent + 14 * packets, packets) == (flow["bytes_toserver"], flow["pkts_toserver"])
        if record["srcip"].startswith("10.20.0."):
            assert (record["sentbyte"], record["rcvdbyte"]) == (
                conns[ends]["orig_ip_bytes"],
                conns[ends]["resp_ip_bytes"],
            )
        seen += 1
    assert seen > 3_000


def test_proxied_traffic_leaves_with_the_address_of_the_proxy(day: GeneratedDay) -> None:
    """No client of the head office reaches a web port itself; the firewall translates to one address."""
    allowed = [r for r in _fortigate(day) if r["type"] == "traffic" and r["action"] != "deny"]
    web = {r["srcip"] for r in allowed if r["dstport"] in {"80", "443", "8080"} and r["trandisp"] == "snat"}
    assert {_PROXY} == web
    assert {"203.0.113.10"} == {r["transip"] for r in allowed if r["trandisp"] == "snat"}


def test_the_proxy_looks_names_up_before_it_connects(day: GeneratedDay) -> None:
    """Each host in EVE tls was asked for at most five minutes before, never after the first connection."""
    asked: dict[str, list[float]] = {}
    for row in day.zeek("dns"):
        asked.setdefault(row["query"], []).append(float(row["ts"]))
    hellos = [e for e in day.objects("ips/eve.json") if e["event_type"] == "tls" and e["src_ip"] == _PROXY]
    for event in hellos:
        moment = _seconds(event["timestamp"])
        assert any(0 <= moment - t < 301 for t in asked[event["tls"]["sni"]])
    assert len(hellos) > 1_000


def test_clients_never_resolve_names_of_sites_behind_the_proxy(day: GeneratedDay) -> None:
    """Behind an explicit proxy a client asks for the company's names only; but for the infected one."""
    outside = {
        row["id.orig_h"]
        for row in day.zeek("dns")
        if row["id.orig_h"].startswith("10.20.4.") and not row["query"].endswith("minato-works.example")
    }
    assert {"10.20.4.114"} == outside


def test_squid_and_ips_agree_about_requests_in_clear(day: GeneratedDay) -> None:
    """The IPS sees the proxied request, the client in X-Forwarded-For, the same size less headers."""
    seen: dict[tuple[str, str, str, str, int], list[int]] = {}
    for event in day.objects("ips/eve.json"):
        if event["event_type"] == "http" and "xff" in event:
            http = event["http"]
            key = (
                event["xff"],
                http["http_method"],
                http["hostname"],
                http["url"].split("?")[0],
                http["status"],
            )
            seen.setdefault(key, []).append(http["length"] + 310)
    pattern = re.compile(
        r'(\S+) - - \[[^]]+\] "([A-Z]+) http://([^/:]+)(?::\d+)?(/\S*) HTTP/1.1" (\d+) (\d+) .* TCP_MISS'
    )
    found = [pattern.match(line) for line in day.lines("proxy/proxy01-access.log")]
    outside = [m for m in found if m and not m[3].startswith("10.20.") and m[5] != "403"]
    assert len(outside) > 500
    for m in outside:
        assert int(m[6]) in seen[m[1], m[2], m[3], m[4].rstrip("?"), int(m[5])]


def test_every_process_that_ends_was_started(day: GeneratedDay) -> None:
    """Sysmon 5 refers to a process of Sysmon 1 on the same machine, which began earlier."""
    for name in ("windows/nxlog-clients.json",):
        events = [e for e in day.objects(name) if e["SourceName"] == "Microsoft-Windows-Sysmon"]
        started = {(e["Hostname"], e["ProcessGuid"]): e["UtcTime"] for e in events if e["EventID"] == 1}
        ended = [e for e in events if e["EventID"] == 5]
        assert all(started[e["Hostname"], e["ProcessGuid"]] <= e["UtcTime"] for e in ended)
        assert ended


def test_process_ids_agree_between_sysmon_and_security(day: GeneratedDay) -> None:
    """4688 prints the number of Sysmon 1 in hexadecimal, with the same command line."""
    events = day.objects("windows/nxlog-clients.json")
    sysmon = {
        (e["Hostname"], int(e["ProcessId"]), e["CommandLine"]) for e in events if "ParentProcessGuid" in e
    }
    security = {
        (e["Hostname"], int(e["NewProcessId"], 16), e["CommandLine"]) for e in events if e["EventID"] == 4688
    }
    assert sysmon == security


def test_the_lease_changes_hands(day: GeneratedDay) -> None:
    """10.20.4.114 is released by PC-037 before noon and given to PC-014 at noon; logs before say PC-037."""
    lines = [line for line in day.lines("dhcp/dhcpd.log") if "10.20.4.114" in line]
    kinds = [
        (line[7:15], line.split("DHCP")[1].split()[0], line.split("(PC-")[1][:3])
        for line in lines
        if "(PC-" in line
    ]
    released = next(clock for clock, kind, host in kinds if (kind, host) == ("RELEASE", "037"))
    given = next(clock for clock, kind, host in kinds if (kind, host) == ("ACK", "014"))
    assert ("11:21:08", "12:01:33") == (released, given)
    users = [
        (e["Hostname"][:6], e["EventTime"][11:])
        for e in day.objects("windows/nxlog-clients.json")
        if e.get("SourceIp") == "10.20.4.114"
    ]
    assert {"PC-037"} == {host for host, clock in users if clock < released}
    assert {"PC-014"} == {host for host, clock in users if clock > given}
    assert not [clock for _, clock in users if released < clock < given]


def test_postfix_and_zeek_see_the_same_mail(day: GeneratedDay) -> None:
    """Each message that Zeek could read is in Postfix's log by its message id."""
    log = day.text("mail/mail.log")
    read = [row for row in day.zeek("smtp") if row["msg_id"] != "-"]
    assert len(read) > 100
    assert all(f"message-id={row['msg_id']}" in log for row in read)


def test_a_denied_connection_leaves_no_trace_on_the_host(day: GeneratedDay) -> None:
    """Sysmon 3 shows established connections only: what the firewall refused is not among them."""
    denied = {
        (r["srcip"], r["srcport"], r["dstip"], r["dstport"])
        for r in _fortigate(day)
        if r["action"] == "deny" and r["srcip"].startswith("10.")
    }
    host = {
        (e["SourceIp"], e["SourcePort"], e["DestinationIp"], e["DestinationPort"])
        for e in day.objects("windows/nxlog-clients.json")
        if e["EventID"] == 3
    }
    assert len(denied) > 20
    assert set() == denied & host
