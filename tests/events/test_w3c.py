# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Observable, Outcome, Source, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

BLUECOAT = """\
#Software: SGOS 6.7.4.1
#Version: 1.0
#Start-Date: 2020-07-22 04:00:00
#Date: 2020-07-22 04:00:00
#Fields: date time time-taken c-ip cs-username cs-auth-group x-exception-id sc-filter-result cs-categories cs(Referer) sc-status s-action cs-method rs(Content-Type) cs-uri-scheme cs-host cs-uri-port cs-uri-path cs-uri-query cs-uri-extension cs(User-Agent) s-ip sc-bytes cs-bytes x-virus-id r-ip
2020-07-22 04:12:09 119 10.20.4.114 MINATO\\t.suzuki - - OBSERVED "Business/Economy;Shopping" http://www.example/ 200 TCP_NC_MISS GET application/octet-stream http www.shop.example 8080 /wp/a.exe ?v=1 exe "Mozilla/5.0 (Windows NT 10.0)" 10.20.0.8 374 210 - 198.51.100.7
2020-07-22 04:12:10 9 10.20.4.115 - - policy_denied DENIED "Malicious Sources" - 403 TCP_DENIED POST - http 192.0.2.9 7080 /abc/def/ - - - 10.20.0.8 3900 4210 - -
2020-07-22 04:12:11 9 10.20.4.115 - - dns_unresolved_hostname - none - 503 TCP_ERR_MISS GET - http nothing.example 80 / - - "日本語 agent" 10.20.0.8 0 90 - -
2020-07-22 04:12:12 9 10.20.4.115 - - - OBSERVED none - 200 TCP_TUNNELED CONNECT - tcp www.example 443 / - - "agent" 10.20.0.8 9 90 - 198.51.100.8
""".encode()
IIS = b"""\
#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2020-07-22 00:00:03
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) cs-host sc-status sc-substatus sc-win32-status time-taken
2020-07-22 04:12:09 10.20.0.30 GET /owa/auth.aspx url=https%3a%2f%2fx 443 - 192.0.2.77 Mozilla/5.0+(Windows+NT+10.0) - mail.example:443 200 0 0 15
2020-07-22 04:12:10 10.20.0.30 POST /owa/auth.aspx - 443 MINATO\\bob 192.0.2.77 - http://Mail.example/owa/ mail.example 403 0 0 15
#Fields: date time c-ip cs-method cs-uri-stem sc-status
2020-07-22 04:12:11 192.0.2.77 GET /x 500
"""
FIREWALL = b"""\
#Version: 1.5
#Software: Microsoft Windows Firewall
#Time Format: Local
#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path
2020-07-22 13:12:09 DROP TCP 10.20.4.114 192.0.2.9 50123 445 52 S 1 0 8192 - - - SEND
"""


def read(data: bytes, source: Source | None = None) -> tuple[list[Event], Problems]:
    """The events of these bytes."""
    problems = Problems()
    entry = format_named("w3c")
    assert entry is not None
    return list(entry.decode(io.BytesIO(data), source or Source("u_ex.log", "s"), problems)), problems


def test_a_proxys_columns_get_sigmas_names() -> None:
    """The URL is put together from its columns; quoted values keep their blanks."""
    first, denied, failed, tunnel = check_format("w3c", BLUECOAT)
    assert first.logsource.covers("bluecoat", None, "proxy")
    expected = {
        "c-uri": "http://www.shop.example:8080/wp/a.exe?v=1",
        "cs-uri": "http://www.shop.example:8080/wp/a.exe?v=1",
        "c-uri-norm": "www.shop.example/wp/a.exe",
        "cs-referer-norm": "www.example/",
        "c-uri-extension": "exe",
        "c-uri-stem": "/wp/a.exe",
        "c-useragent": "Mozilla/5.0 (Windows NT 10.0)",
        "cs-categories": "Business/Economy;Shopping",
        "cs-bytes": "210",
        "dst_ip": "198.51.100.7",
        "dst_port": "8080",
        "cs-port": "8080",
        "src_ip": "10.20.4.114",
    }
    assert expected == {name: first.fields.get(name) for name in expected}
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == first.time.at
    assert ZoneOrigin.RECORD is first.time.zone
    assert Entities(user="t.suzuki", address="10.20.4.114") == first.entities
    assert [Outcome.ALLOWED, Outcome.BLOCKED, Outcome.FAILED, Outcome.ALLOWED] == [
        event.outcome for event in (first, denied, failed, tunnel)
    ]
    assert ("", "192.0.2.9/abc/def/") == (denied.fields["c-useragent"], denied.fields["c-uri-norm"])
    assert "日本語 agent" == failed.fields["c-useragent"]
    assert "www.example:443" == tunnel.fields["c-uri"]
    assert "c-uri-norm" not in tunnel.fields
    assert Observable("domain", "www.example", "cs-host") in tunnel.observables


def test_iis_is_a_web_server_whose_heading_may_change() -> None:
    """The watched machine is the server; the second heading has other columns."""
    first, second, third = check_format("w3c", IIS)
    assert first.logsource.covers("windows", "iis", "webserver")
    assert "Mozilla/5.0 (Windows NT 10.0)" == first.fields["cs-user-agent"]
    assert "mail.example/owa/auth.aspx" == first.fields["c-uri-norm"] == second.fields["c-uri-norm"]
    assert "mail.example/owa/" == second.fields["cs-referer-norm"]
    assert Entities(user="bob", address="10.20.0.30") == second.entities
    assert [Outcome.ALLOWED, Outcome.BLOCKED, Outcome.FAILED] == [
        event.outcome for event in (first, second, third)
    ]
    assert ("/x", "192.0.2.77") == (third.fields["cs-uri-stem"], third.fields["src_ip"])
    assert ("/x", "/x") == (third.fields["c-uri"], third.fields["cs-uri"])
    assert third.logsource.covers(None, None, "webserver")


def test_windows_firewall_writes_local_time() -> None:
    """`Time Format: Local` takes the zone from the source."""
    check_format("w3c", FIREWALL)
    events, _ = read(FIREWALL, Source("pfirewall.log", "s", zone=ZoneInfo("Asia/Tokyo")))
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == events[0].time.at
    assert events[0].logsource.covers("windows", None, "firewall")
    assert (Outcome.BLOCKED, "192.0.2.9", "445") == (
        events[0].outcome,
        events[0].fields["dst_ip"],
        events[0].fields["dst_port"],
    )


def test_lines_that_do_not_fit_the_heading_are_errors() -> None:
    """A cut line, and values before any heading, are named; the rest is read."""
    lines = IIS.splitlines(keepends=True)
    events, problems = read(lines[4] + b"".join(lines[:4]) + lines[5][:40] + b"\n" + lines[4])
    assert 1 == len(events)
    assert ["line 1", "line 6"] == [error.place for error in problems.errors]


def test_rules_find_paths_in_the_query_of_web_servers() -> None:
    """SigmaHQ looks for paths in cs-uri-query; the query alone is c-uri-query."""
    data = (
        b"#Software: Microsoft Internet Information Services 10.0\n"
        b"#Fields: date time cs-method cs-uri-stem cs-uri-query sc-status\n"
        b"2020-07-22 04:12:09 GET /owa/auth/x.js - 200\n"
        b"2020-07-22 04:12:10 GET /a.aspx b=1 200\n"
    )
    plain, asked = check_format("w3c", data)
    assert ["/owa/auth/x.js"] == plain.fields["cs-uri-query"]
    assert (["b=1", "/a.aspx?b=1"], "b=1") == (asked.fields["cs-uri-query"], asked.fields["c-uri-query"])
