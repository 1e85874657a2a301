# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.webgateway import WebGateway
from noroshi.events.model import Entities, LogSource, Outcome, Source

LINES = (
    '[22/Jul/2020:13:12:09 +0900] "t.suzuki" 10.20.4.114 403 "POST http://192.0.2.9:7080/abc/def/ HTTP/1.1" "Malicious Sites" "High Risk" "text/html" 2048 "Mozilla/5.0 (日本)" "BehavesLike.Win32" "10" "-"\n'
    '[22/Jul/2020:13:12:10 +0900] "" 10.20.4.115 200 "CONNECT mail.example:443 HTTP/1.1" "Web Mail" "Minimal Risk" "-" 512 "" "" "0" "-"\n'
).encode()
HEADED = (
    b'#time_stamp "auth_user" src_ip status_code "req_line" "categories" "referer" bytes_to_client "user_agent" "block_res" server_ip\n'
    b'[22/Jul/2020:13:12:11 +0900] "-" 10.20.4.114 200 "GET https://www.example/a.js?v=1 HTTP/2.0" "Business" "https://www.example/" 99 "curl" "0" 198.51.100.7\n'
)


def test_lines_without_header_are_the_default() -> None:
    """Columns of the rule Write access.log."""
    blocked, tunnel = check_format("webgateway", LINES)
    expected = {
        "c-ip": "10.20.4.114",
        "cs-username": "t.suzuki",
        "cs-method": "POST",
        "c-uri": "http://192.0.2.9:7080/abc/def/",
        "cs-port": "7080",
        "sc-status": "403",
        "sc-bytes": "2048",
        "c-useragent": "Mozilla/5.0 (日本)",
        "virus_name": "BehavesLike.Win32",
        "c-uri-norm": "192.0.2.9/abc/def/",
    }
    assert expected == {name: blocked.fields.get(name) for name in expected}
    assert LogSource("skyhigh", "webgateway", frozenset({"proxy"})) == blocked.logsource
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == blocked.time.at
    assert Entities(user="t.suzuki", address="10.20.4.114") == blocked.entities
    assert (Outcome.BLOCKED, Outcome.ALLOWED) == (blocked.outcome, tunnel.outcome)
    assert ("mail.example", "443", "") == tuple(
        tunnel.fields[name] for name in ("cs-host", "cs-port", "c-useragent")
    )


def test_the_header_names_the_columns() -> None:
    """Administrators add columns; the header says which."""
    (event,) = check_format("webgateway", HEADED)
    expected = {
        "cs-referer-norm": "www.example/",
        "dst_ip": "198.51.100.7",
        "cs-uri-query": "v=1",
        "sc-bytes": "99",
    }
    assert expected == {name: event.fields.get(name) for name in expected}


@pytest.mark.parametrize(
    "line", ['[22/Jul/2020:13:12:09 +0900] "u" 10.0.0.1 200 "GET http://a', "[22/Jul", "x"]
)
def test_lines_cut_off_are_refused(line: str) -> None:
    """What does not have the columns is no event."""
    with pytest.raises(UnreadableRecordError):
        list(WebGateway().reader(Source("s", "s")).feed(line, BARE, 0))
