# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from noroshi.events.conformance import check_format
from noroshi.events.format import BARE, UnreadableRecordError
from noroshi.events.formats.ifilter import IFilter, IFilterBlock
from noroshi.events.model import Entities, LogSource, Outcome, Source

ACCESS = b"""\
Sep 19 19:26:56 4872 1000/01/ - - 192.168.1.1 192.168.1.1 - user01 [19/Sep/2017:19:26:56 +0900] 503 0 1207 block 63 87 87/127/151 -1 0 1518 0 group01 - 0 - "GET https://www.example/sw.js HTTP/1.1" - Chrome text%2Fhtml%3B+charset%3Dutf-8 A667FEFF
Sep 19 19:26:57 4872 1000/01/ - 198.51.100.7:80 192.168.1.2 10.20.4.114 PC-014 - [19/Sep/2017:19:26:57 +0900] 200 10 99 proxy 0 1 1 -1 0 1518 0 %E5%96%B6%E6%A5%AD - 0 - "POST http://www.shop.example:8080/a.exe?q=1 HTTP/1.1" http%3A%2F%2Fwww.example%2F Mozilla%2F5.0+%28Windows%29 - A667FEF0
"""
BLOCK = b"4582 192.168.1.100 user000 group 7 06/Oct/2014:11:26:21 +0900 http://www.sns.example/ block 43 3 99 28 0 -1 0 EICAR-Test-File\n"


def test_access_lines() -> None:
    """The first line is the sample of the maker's support page with another host name."""
    blocked, passed = check_format("ifilter", ACCESS)
    expected = {
        "c-ip": "192.168.1.1",
        "cs-username": "user01",
        "cs-method": "GET",
        "c-uri": "https://www.example/sw.js",
        "sc-status": "503",
        "action": "block",
        "filter_reason": "63",
        "category": "87",
        "categories": ["87", "127", "151"],
        "c-useragent": "Chrome",
        "rs-content-type": "text/html; charset=utf-8",
    }
    assert expected == {name: blocked.fields.get(name) for name in expected}
    assert LogSource("ifilter", "access", frozenset({"proxy"})) == blocked.logsource
    assert datetime(2017, 9, 19, 10, 26, 56, tzinfo=UTC) == blocked.time.at
    assert (Outcome.BLOCKED, Outcome.ALLOWED) == (blocked.outcome, passed.outcome)
    expected_passed = {
        "dst_ip": "198.51.100.7",
        "c-ip": "10.20.4.114",
        "peer_ip": "192.168.1.2",
        "cs-referer-norm": "www.example/",
        "c-useragent": "Mozilla/5.0 (Windows)",
        "c-uri-norm": "www.shop.example/a.exe",
    }
    assert expected_passed == {name: passed.fields.get(name) for name in expected_passed}
    assert Entities(host="pc-014", address="10.20.4.114") == passed.entities


def test_block_lines() -> None:
    """The sample of the maker's support page with another host name."""
    (event,) = check_format("ifilter-block", BLOCK)
    expected = {
        "c-ip": "192.168.1.100",
        "cs-username": "user000",
        "c-uri": "http://www.sns.example/",
        "filter_reason": "43",
    }
    assert expected == {name: event.fields.get(name) for name in expected}
    assert "EICAR-Test-File" == event.fields["columns"][-1]
    assert Outcome.BLOCKED == event.outcome
    assert datetime(2014, 10, 6, 2, 26, 21, tzinfo=UTC) == event.time.at


@pytest.mark.parametrize("entry", [IFilter(), IFilterBlock()])
def test_other_lines_are_refused(entry: IFilter | IFilterBlock) -> None:
    """A line of syslog is none, nor is one cut off."""
    for line in ("Sep 19 19:26:56 host sshd[1]: x", ACCESS.decode()[:150], "4582 192.168.1.100 user"):
        assert 0.0 == entry.recognise(line, BARE)
        with pytest.raises(UnreadableRecordError):
            list(entry.reader(Source("s", "s")).feed(line, BARE, 0))
