# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE
from noroshi.events.formats._lines import CHUNK_BYTES, Lines
from noroshi.events.formats.modsecurity_serial import Serial
from noroshi.events.model import Entities, LogSource, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

SAMPLE = """\
--a1b2c3d4-A--
[22/Jul/2020:13:12:09 +0900] XxYyZz 198.51.100.7 50112 10.20.0.30 443
--a1b2c3d4-B--
POST /inquiry?name=1 HTTP/1.1
Host: www.minato-works.example
User-Agent: sqlmap/1.4
Referer: https://www.example/
X-Forwarded-For: 192.0.2.77
Content-Type: application/x-www-form-urlencoded

--a1b2c3d4-C--
comment=日本語' OR 1=1--
--a1b2c3d4-F--
HTTP/1.1 403 Forbidden
Content-Length: 199

--a1b2c3d4-H--
Message: Warning. detected SQLi [file "a.conf"] [id "942100"] [msg "SQL Injection \\"x\\""] [severity "CRITICAL"] [tag "attack-sqli"]
Message: Access denied with code 403 (phase 2). [id "949110"] [msg "Anomaly"] [severity "CRITICAL"]
Action: Intercepted (phase 2)
Engine-Mode: "ENABLED"

--a1b2c3d4-Z--

---Abcdef12---A--
[22/Jul/2020:13:12:10 +0900] 1595 2001:db8::7 50113 10.20.0.30 80
---Abcdef12---B--
GET / HTTP/1.0

---Abcdef12---F--
HTTP/1.1 200

---Abcdef12---H--
ModSecurity: Warning. Matched [id "920350"] [msg "Host header is a numeric IP address"]

---Abcdef12---Z--
""".encode()


def test_a_transaction_is_one_event() -> None:
    """Sections as the data formats guide describes them, of version 2 and of libmodsecurity 3."""
    blocked, warned = check_format("modsecurity-serial", SAMPLE)
    expected = {
        "cs-method": "POST",
        "cs-uri-stem": "/inquiry",
        "cs-host": "www.minato-works.example",
        "cs-user-agent": "sqlmap/1.4",
        "sc-status": "403",
        "src_ip": "198.51.100.7",
        "dst_ip": "10.20.0.30",
        "x-forwarded-for": "192.0.2.77",
        "waf_rule_id": ["942100", "949110"],
        "waf_severity": ["CRITICAL"],
        "request_body": "comment=日本語' OR 1=1--",
        "c-uri-norm": "www.minato-works.example/inquiry",
    }
    assert expected == {name: blocked.fields.get(name) for name in expected}
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == blocked.time.at
    assert LogSource("modsecurity", "audit", frozenset({"webserver", "waf"})) == blocked.logsource
    assert Entities(address="10.20.0.30") == blocked.entities
    assert (Outcome.BLOCKED, Outcome.DETECTED) == (blocked.outcome, warned.outcome)
    assert ["920350"] == warned.fields["waf_rule_id"]


def test_transactions_that_are_cut_off() -> None:
    """A missing end, a missing beginning and lines outside are one located error each; the rest is read."""
    entry = format_named("modsecurity-serial")
    assert entry is not None
    one = SAMPLE.split(b"---Abcdef12---A--")[0]
    cut = one[: one.index(b"--a1b2c3d4-H--")]
    problems = Problems()
    data = b"stray\n--99999999-H--\n" + cut + one + cut
    events = list(entry.decode(io.BytesIO(data), Source("modsec_audit.log", "s"), problems))
    assert 1 == len(events)
    assert 4 == problems.total


def test_an_endless_body_is_passed_over_in_pieces() -> None:
    """What is not kept is not even cut into lines; places behind it count all of them."""
    entry = format_named("modsecurity-serial")
    assert entry is not None
    whole = SAMPLE.split(b"\n--a1b2c3d4-F--")
    body = b"body\n" * 600_000
    data = whole[0] + b"\n" + body + b"--a1b2c3d4-F--" + whole[1] + b"stray\n" + SAMPLE
    problems = Problems()
    first, second, *others = entry.decode(io.BytesIO(data), Source("s", "s"), problems)
    assert ["403", "200"] == [first.fields["sc-status"], second.fields["sc-status"]]
    assert (Outcome.BLOCKED, ["942100", "949110"]) == (first.outcome, first.fields["waf_rule_id"])
    assert [data.index(b"---Abcdef12---A--"), 2] == [second.position, len(others)]
    before = data.index(b"stray")
    assert [f"line {data[:before].count(10) + 1}"] == [error.place for error in problems.errors]


def test_a_body_without_end_asks_for_few_lines() -> None:
    """However long it is: the reader sees what it keeps, and the rest of that piece."""
    entry, seen = Serial(), 0
    reader = entry.reader(Source("s", "s"))
    lines = Lines(io.BytesIO(b"--a1b2c3d4-A--\n" + b"body\n" * 2_000_000), Source("s", "s"), Problems())
    lines.awaited = reader.awaited
    for number, offset, text in lines:
        reader.feed(text, BARE, offset)
        seen = number
    assert CHUNK_BYTES // 5 >= seen > 2_000


def test_a_section_that_comes_again_and_again_is_kept_once() -> None:
    """Sections are bounded one by one, so none may be opened anew; the sections behind it are kept."""
    again = b"--a1b2c3d4-C--\n" + b"x" * 60_000 + b"\n"
    data = SAMPLE.replace(b"--a1b2c3d4-F--", again * 50 + b"--a1b2c3d4-F--")
    first = next(iter(check_format("modsecurity-serial", data)))
    assert "comment=日本語' OR 1=1--" == first.fields["request_body"]
    assert "403" == first.fields["sc-status"]
