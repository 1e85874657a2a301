# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.model import Entities, Event, Observable, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

NATIVE = b"""\
1595391129.123    119 10.20.4.114 TCP_MISS/200 374 GET http://www.shop.example:8080/wp/a.exe - HIER_DIRECT/198.51.100.7 application/x-msdownload
1595391130.000  60012 10.20.4.114 TCP_TUNNEL/200 5120 CONNECT mail.example:443 t.suzuki HIER_DIRECT/2001:db8::7 -
1595391131.500      0 10.20.4.115 TCP_DENIED/403 3900 POST http://192.0.2.9:7080/abc/def/ - HIER_NONE/- text/html
1595391132.500    210 10.20.4.115 TCP_MISS_ABORTED/000 0 GET http://[2001:db8::1]/ - HIER_DIRECT/2001:db8::1 - extra words
"""
COMBINED = (
    '10.20.4.114 - t.suzuki [22/Jul/2020:13:14:00 +0900] "POST http://192.0.2.9:8080/mult/rtm/ HTTP/1.1" 200 1532'
    ' "http://192.0.2.9/mult/rtm/" "Mozilla/5.0 (Windows NT 10.0; Win64; x64)" TCP_MISS:HIER_DIRECT\n'
    '10.20.4.115 - - [22/Jul/2020:13:14:01 +0900] "CONNECT www.example:443 HTTP/1.1" 403 3900 "-" "-" TCP_DENIED:HIER_NONE\n'
    '10.20.4.116 - - [22/Jul/2020:13:14:02 +0900] "GET http://www.example/ HTTP/1.1" 503 0 "-" "say \\"hi\\" 日本" '
    "TCP_MISS:HIER_DIRECT 10.20.5.1 x\n"
    '10.20.4.117 - - [22/Jul/2020:13:14:03 +0900] "GET http://www.example/b.js HTTP/1.1" 304 5 TCP_HIT:HIER_NONE\n'
).encode()


def read(name: str, data: bytes) -> tuple[list[Event], Problems]:
    """The events of these bytes in a format."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(data), Source("proxy.log", "s"), problems)), problems


def test_native_lines_carry_sigmas_names() -> None:
    """Values by hand from the line; what Squid writes as a dash is missing."""
    plain, tunnel, denied, aborted = check_format("squid", NATIVE)
    assert datetime(2020, 7, 22, 4, 12, 9, 123000, tzinfo=UTC) == plain.time.at
    expected = {
        "c-ip": "10.20.4.114",
        "c-uri": "http://www.shop.example:8080/wp/a.exe",
        "c-uri-stem": "/wp/a.exe",
        "c-uri-extension": "exe",
        "c-uri-norm": "www.shop.example/wp/a.exe",
        "cs-host": "www.shop.example",
        "cs-method": "GET",
        "dst_ip": "198.51.100.7",
        "dst_port": "8080",
        "cs-port": "8080",
        "sc-status": "200",
        "sc-bytes": "374",
        "rs-content-type": "application/x-msdownload",
    }
    assert expected == {name: plain.fields[name] for name in expected}
    assert not {"cs-username", "c-uri-query", "cs-referer", "c-useragent"} & set(plain.fields)
    assert ("mail.example", "443") == (tunnel.fields["cs-host"], tunnel.fields["dst_port"])
    assert "c-uri-norm" not in tunnel.fields
    assert Entities(user="t.suzuki", address="10.20.4.114") == tunnel.entities
    assert "[2001:db8::1]/" == aborted.fields["c-uri-norm"]
    assert "extra words" == aborted.fields["extra"]
    assert [Outcome.ALLOWED, Outcome.ALLOWED, Outcome.BLOCKED, Outcome.FAILED] == [
        event.outcome for event in (plain, tunnel, denied, aborted)
    ]
    assert Observable("ip", "192.0.2.9", "c-uri") in denied.observables
    assert Observable("domain", "mail.example", "cs-host") in tunnel.observables


def test_combined_lines_carry_referer_and_agent() -> None:
    """The Referer of Emotet in 2019 lacks the port; normalised it equals the URL."""
    call, denied, failed, common = check_format("squid-combined", COMBINED)
    assert "192.0.2.9/mult/rtm/" == call.fields["c-uri-norm"] == call.fields["cs-referer-norm"]
    assert datetime(2020, 7, 22, 4, 14, tzinfo=UTC) == call.time.at
    assert (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
        == call.fields["c-useragent"]
        == call.fields["cs-user-agent"]
    )
    assert "" == denied.fields["c-useragent"]
    assert "cs-referer" not in denied.fields
    assert 'say "hi" 日本' == failed.fields["c-useragent"]
    assert "10.20.5.1 x" == failed.fields["extra"]
    assert "c-useragent" not in common.fields
    assert [Outcome.ALLOWED, Outcome.BLOCKED, Outcome.FAILED, Outcome.ALLOWED] == [
        event.outcome for event in (call, denied, failed, common)
    ]


def test_both_are_proxy_logs_with_one_kind_a_method() -> None:
    """Sigma's proxy rules apply, and the engine can decide the method in advance."""
    for name, data in (("squid", NATIVE), ("squid-combined", COMBINED)):
        events, _ = read(name, data)
        assert all(event.logsource.covers(None, None, "proxy") for event in events)
        assert all({"cs-method": event.fields["cs-method"]} == event.kind.constants for event in events)


def test_a_damaged_line_is_one_error_and_the_rest_goes_on() -> None:
    """Line 2 is cut off: it is named, the other lines are read."""
    lines = NATIVE.splitlines(keepends=True)
    events, problems = read("squid", lines[0] + lines[1][:40] + b"\n" + lines[2])
    assert ["10.20.4.114", "10.20.4.115"] == [event.fields["c-ip"] for event in events]
    assert [("proxy.log", "line 2")] == [(error.path, error.place) for error in problems.errors]


def test_an_address_in_cp932_is_read_and_one_in_latin_1_repaired() -> None:
    """Japanese is decoded; other bytes that are no UTF-8 become U+FFFD; both lines are events."""
    line = NATIVE.splitlines()[0]
    data = line.replace(b"/wp/a.exe", "/日本/a.exe".encode("cp932")) + b"\n"
    (japanese, latin), problems = read("squid", data + line.replace(b"/wp/a.exe", b"/caf\xe9/b.exe"))
    assert "/日本/a.exe" == japanese.fields["c-uri-stem"]
    assert ("exe", 1) == (latin.fields["c-uri-extension"], problems.repaired)
    assert "�" in latin.fields["c-uri"]


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("TCP_DENIED_REPLY/403", Outcome.BLOCKED),
        ("TCP_DENIED/407", Outcome.BLOCKED),
        ("NONE/400", Outcome.FAILED),
        ("TAG_NONE/503", Outcome.FAILED),
        ("NONE_NONE/200", Outcome.ALLOWED),
        ("TCP_MISS/404", Outcome.ALLOWED),
        ("TCP_MISS/502", Outcome.FAILED),
        ("TCP_MISS_TIMEDOUT/200", Outcome.ALLOWED),
        ("TCP_HIT/000", Outcome.FAILED),
        ("TCP_MISS_ABORTED/200", Outcome.ALLOWED),
    ],
)
def test_the_result_code_decides_the_outcome(result: str, outcome: Outcome) -> None:
    """Squid's own codes: a denied request is blocked, one that reached nobody failed."""
    line = NATIVE.splitlines()[0].replace(b"TCP_MISS/200", result.encode())
    events, _ = read("squid", line)
    assert outcome is events[0].outcome


def test_names_of_users_are_read_from_their_escapes() -> None:
    """Squid writes a domain's backslash and Japanese letters percent-encoded; it is the same person."""
    native = NATIVE.splitlines()[1]
    lines = [
        native.replace(b"t.suzuki", name)
        for name in (b"KAISHA%5Csuzuki", "山田".encode(), b"%E5%B1%B1%E7%94%B0", b"100%")
    ]
    events, problems = read("squid", b"\n".join(lines))
    assert ["KAISHA\\suzuki", "山田", "山田", "100%"] == [one.fields["cs-username"] for one in events]
    assert "suzuki" == events[0].entities.user
    combined, _ = read("squid-combined", COMBINED.splitlines()[0].replace(b"t.suzuki", b"kaisha%5ct.suzuki"))
    assert "kaisha\\t.suzuki" == combined[0].fields["cs-username"]
    assert not problems.total
