# ruff: noqa: E501 - log lines are as long as the product writes them
from __future__ import annotations

import io
from datetime import UTC, datetime

from noroshi.events.conformance import check_format
from noroshi.events.formats.cef import extension
from noroshi.events.model import Entities, Event, Observable, Outcome, Source
from noroshi.events.problems import Problems
from noroshi.events.registry import format_named

# The first line is the example of the specification, with a time and a reserved address.
SAMPLE = r"""CEF:0|Security|threatmanager|1.0|100|worm successfully stopped|10|src=10.0.0.1 dst=192.0.2.2 spt=1232 dpt=80 act=blocked rt=1595391129000
CEF:0|security|threat\|manager|1.0|100|detected a \| in message|10|src=10.0.0.1 act=blocked a \= dst=192.0.2.1 rt=Jul 22 2020 04:12:10 UTC
CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTP cat=Web Search dhost=www.shop.example dst=198.51.100.7 src=10.20.4.114 in=374 request=http://www.shop.example:8080/wp/a.exe?a=b&c=d requestMethod=GET requestContext=http://www.example/ requestClientApplication=Mozilla/5.0 (Windows NT 10.0) suser=t.suzuki@minato-works.example cs1Label=urlcat cs1=News and Media cs2Label=empty rt=1595391131000 fileHash=d41d8cd98f00b204e9800998ecf8427e
CEF:0|Trend Micro|Deep Security Agent|12|4000000|Eicar|6|rt=Jul 22 2020 13:12:12 +0900 shost=PC-014.minato.example filePath=C:\\Users\\t.suzuki\\a.exe act=Quarantine msg=検出しました\nline two
""".encode()


def read(data: bytes, name: str = "cef") -> tuple[list[Event], Problems]:
    """The events of these bytes."""
    problems = Problems()
    entry = format_named(name)
    assert entry is not None
    return list(entry.decode(io.BytesIO(data), Source("a.cef", "s"), problems)), problems


def test_headings_and_extensions_are_read_as_specified() -> None:
    """Escaped bars in headings, escaped equals signs and blanks in values."""
    first, second, web, virus = check_format("cef", SAMPLE)
    assert ("Security", "threatmanager", "100", "10") == tuple(
        first.fields[name] for name in ("deviceVendor", "deviceProduct", "deviceEventClassId", "severity")
    )
    assert ("threat|manager", "detected a | in message") == (
        second.fields["deviceProduct"],
        second.fields["name"],
    )
    assert "blocked a =" == second.fields["act"]
    assert "192.0.2.1" == second.fields["dst_ip"]
    assert "C:\\Users\\t.suzuki\\a.exe" == virus.fields["filePath"]
    assert "検出しました\nline two" == virus.fields["msg"]
    assert "News and Media" == web.fields["urlcat"] == web.fields["cs1"]
    assert "empty" not in web.fields
    assert [datetime(2020, 7, 22, 4, 12, second, tzinfo=UTC) for second in (9, 10, 11, 12)] == [
        event.time.at for event in (first, second, web, virus)
    ]


def test_the_vendor_decides_the_log_source() -> None:
    """Known vendors by the table; unknown ones by their names, and a connection makes a firewall."""
    first, second, web, virus = check_format("cef", SAMPLE)
    assert first.logsource.covers("security", "threatmanager", "firewall")
    assert frozenset() == second.logsource.categories
    assert web.logsource.covers("zscaler", None, "proxy")
    assert virus.logsource.covers("trendmicro", "deep security agent", "antivirus")
    assert [Outcome.BLOCKED, Outcome.BLOCKED, Outcome.ALLOWED, Outcome.QUARANTINED] == [
        event.outcome for event in (first, second, web, virus)
    ]


def test_an_attack_from_outside_is_about_the_inner_end() -> None:
    """Of a WAF's record the server is the watched machine, and the attacker's name is nobody's."""
    line = b"CEF:0|Imperva Inc.|SecureSphere|13|1|SQLi|High|src=192.0.2.77 suser=x dst=10.20.0.30 dhost=WEB01.example act=block rt=1595391129000"
    (event,) = check_format("cef", line)
    assert Entities(host="web01", address="10.20.0.30") == event.entities
    assert event.logsource.covers("imperva", "securesphere", "waf")


def test_web_requests_have_web_fields() -> None:
    """Sigma's proxy names, the normalised ones, and the observables."""
    web = check_format("cef", SAMPLE)[2]
    expected = {
        "c-uri": "http://www.shop.example:8080/wp/a.exe?a=b&c=d",
        "c-uri-norm": "www.shop.example/wp/a.exe",
        "cs-referer-norm": "www.example/",
        "c-useragent": "Mozilla/5.0 (Windows NT 10.0)",
        "cs-method": "GET",
        "cs-host": "www.shop.example",
        "cs-port": "8080",
        "src_ip": "10.20.4.114",
    }
    assert expected == {name: web.fields[name] for name in expected}
    assert Entities(user="t.suzuki", address="10.20.4.114") == web.entities
    assert Observable("md5", "d41d8cd98f00b204e9800998ecf8427e", "fileHash") in web.observables


def test_syslog_around_it_gives_host_and_time() -> None:
    """The envelope's time serves where the record has none."""
    line = b"<134>1 2020-07-22T04:12:09Z fw2 - - - - CEF:0|A|B|1|2|n|3|src=10.0.0.1\nJul 22 04:12:09 fw3 CEF:0|A|B|1|2|n|3|src=10.0.0.2"
    events, problems = read(line, "syslog")
    assert 0 == problems.total
    assert ["cef", "cef"] == [event.kind.format for event in events]
    assert ["fw2", "fw3"] == [event.fields["dvchost"] for event in events]
    assert datetime(2020, 7, 22, 4, 12, 9, tzinfo=UTC) == events[0].time.at


def test_a_cut_heading_is_one_error() -> None:
    """A heading needs its seven parts."""
    events, problems = read(b"CEF:0|A|B|1|2\n" + SAMPLE)
    assert (4, ["line 1"]) == (len(events), [error.place for error in problems.errors])


def test_extensions_of_hostile_length_end() -> None:
    """No key, only keys, and escapes without end."""
    assert {} == extension("x" * 200_000)
    assert {"a": ""} == extension("a= " * 50_000)
    assert {"a": "\\" * 50_000} == extension("a=" + "\\\\" * 50_000)
