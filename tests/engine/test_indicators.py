from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from noroshi.engine.indicator_matches import indicator_hits
from noroshi.engine.indicators import IndicatorMatcher
from noroshi.events.model import Event, Kind, LogSource, Source
from noroshi.events.traits import Table, TableTraits
from noroshi.indicators.kinds import normal_form
from noroshi.indicators.snapshot import IndicatorSnapshot, Record, build_snapshot

if TYPE_CHECKING:
    from pathlib import Path

OBSERVABLES = {
    "c-uri": "url",
    "cs-host": "host-or-ip",
    "dst_ip": "ip",
    "query": "domain",
    "Hashes": "hashes",
    "mail_from": "mail_address",
    "c-useragent": "user_agent",
    "TargetFilename": "file_path",
    "dns.answers.ip": "ip",
}
INDICATORS = (
    ("domain", "bad.example"),
    ("url", "http://site.example/a/b.exe?x=1"),
    ("url", "https://hidden.example/load"),
    ("ip", "192.0.2.7"),
    ("ip", "198.51.100.0/24"),
    ("ip:port", "203.0.113.9:447"),
    ("sha256", "ab" * 32),
    ("md5", "cd" * 16),
    ("ip:port", "203.0.113.10:80"),
    ("email", "bad@mail.example"),
    ("user_agent", "EvilAgent/1.0"),
    ("file_name", "invoice.scr"),
)


@pytest.fixture(scope="module")
def matcher(tmp_path_factory: pytest.TempPathFactory) -> IndicatorMatcher:
    """A matcher over `INDICATORS`."""
    path: Path = tmp_path_factory.mktemp("snapshot") / "s"
    records = [
        Record(*normal_form(type_, value), 3, exempt=False, compromised_site=False, claims=msgspec.Raw(b"[]"))
        for type_, value in INDICATORS
    ]
    build_snapshot(records, path, "2026-01-01T00:00:00Z")
    return IndicatorMatcher(IndicatorSnapshot(path))


def event(**fields: Any) -> Event:
    """A proxy event with these fields (``c_uri`` is ``c-uri``)."""
    kind = Kind("squid", LogSource("squid"), {}, TableTraits(Table(observables=OBSERVABLES)))
    named = {
        name.replace("c_", "c-").replace("cs_", "cs-") if name.startswith(("c_", "cs_")) else name: value
        for name, value in fields.items()
    }
    return Event(kind, named, Source("x", "x"), 1)


def found(matcher: IndicatorMatcher, one: Event) -> set[tuple[str, str]]:
    """(value, precision) of what it shows."""
    return {(match.record.value, match.precision) for match in matcher.find(one)}


URL = "http://site.example/a/b.exe?x=1"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"c_uri": URL}, {(URL, "full")}),
        ({"c_uri": "http://SITE.example:80/a/b.exe?x=1"}, {(URL, "full")}),
        ({"c_uri": "http://site.example/a/b.exe"}, {(URL, "without-query")}),
        ({"c_uri": "https://site.example/a/b.exe?y"}, {(URL, "host-path")}),
        ({"c_uri": "http://site.example/other"}, set()),
        ({"c_uri": "http://x.bad.example/"}, {("bad.example", "suffix")}),
        ({"c_uri": "http://user@bad.example:8080/p"}, {("bad.example", "exact")}),
        ({"cs_host": "bad.example"}, {("bad.example", "exact")}),
        ({"cs_host": "notbad.example"}, set()),
        ({"query": "a.b.BAD.example."}, {("bad.example", "suffix")}),
        ({"dst_ip": "192.0.2.7"}, {("192.0.2.7", "exact")}),
        ({"dst_ip": "::ffff:192.0.2.7"}, {("192.0.2.7", "exact")}),
        ({"dst_ip": "198.51.100.200"}, {("198.51.100.0/24", "network")}),
        ({"dst_ip": "203.0.113.9", "dst_port": "447"}, {("203.0.113.9:447", "exact")}),
        ({"dst_ip": "203.0.113.9", "dst_port": 447}, {("203.0.113.9:447", "exact")}),
        ({"dst_ip": "203.0.113.9", "dst_port": "80"}, set()),
        ({"dst_ip": "203.0.113.9"}, set()),
        ({"c_uri": "http://203.0.113.9:447/x"}, {("203.0.113.9:447", "exact")}),
        ({"c_uri": "http://203.0.113.10/x"}, {("203.0.113.10:80", "exact")}),
        ({"c_uri": "HTTP://203.0.113.10?x"}, {("203.0.113.10:80", "exact")}),
        ({"c_uri": "https://203.0.113.10/x"}, set()),
        ({"c_uri": "http://203.0.113.10:8080/x"}, set()),
        ({"Hashes": f"SHA1={'0' * 40},SHA256={'AB' * 32}"}, {("ab" * 32, "exact")}),
        ({"Hashes": "cd" * 16}, {("cd" * 16, "exact")}),
        ({"Hashes": f"IMPHASH={'CD' * 16}"}, set()),
        ({"mail_from": "<Bad@Mail.Example>"}, {("bad@mail.example", "exact")}),
        ({"mail_from": "someone@bad.example"}, {("bad.example", "exact")}),
        ({"c_useragent": "evilagent/1.0"}, {("EvilAgent/1.0", "exact")}),
        ({"TargetFilename": "C:\\Users\\a\\INVOICE.scr"}, {("invoice.scr", "exact")}),
        ({"query": ["good.example", "bad.example"]}, {("bad.example", "exact")}),
        ({"dns": {"answers": [{"ip": "192.0.2.7"}]}}, {("192.0.2.7", "exact")}),
        ({"c_uri": None, "dst_ip": 5}, set()),
        ({}, set()),
    ],
)
def test_what_an_event_shows(
    matcher: IndicatorMatcher, fields: dict[str, Any], expected: set[object]
) -> None:
    """Each indicator at the best precision that the event gives."""
    assert expected == found(matcher, event(**fields))


def test_a_host_match_only_where_no_url_was_visible(matcher: IndicatorMatcher) -> None:
    """CONNECT shows the host: a host match. A visible URL that is another one: nothing."""
    hidden = "https://hidden.example/load"
    assert {(hidden, "host")} == found(matcher, event(c_uri="hidden.example:443", cs_host="hidden.example"))
    assert {(hidden, "host")} == found(matcher, event(query="hidden.example"))
    assert set() == found(matcher, event(c_uri="https://hidden.example/", cs_host="hidden.example"))
    assert {(hidden, "full")} == found(matcher, event(c_uri=hidden, cs_host="hidden.example"))


def test_one_indicator_in_several_fields_is_one_match(matcher: IndicatorMatcher) -> None:
    """All the fields that show it are the evidence."""
    (match,) = matcher.find(event(c_uri="http://bad.example/x", cs_host="bad.example"))
    assert {"c-uri", "cs-host"} == {one.field for one in match.evidence}


def test_a_second_look_gives_the_same(matcher: IndicatorMatcher) -> None:
    """Caches change nothing."""
    one = event(c_uri=URL, cs_host="site.example", dst_ip="192.0.2.7")
    assert found(matcher, one) == found(matcher, one) == {(URL, "full"), ("192.0.2.7", "exact")}


def test_very_long_values_are_passed_over(matcher: IndicatorMatcher) -> None:
    """No indicator is as long as that."""
    assert set() == found(matcher, event(c_uri="http://bad.example/" + "a" * 20_000, query="a." * 9_000))


def test_hits_name_the_indicator(matcher: IndicatorMatcher) -> None:
    """The hit of an indicator is told from that of a rule."""
    one = event(c_uri=URL)
    (hit,) = indicator_hits(one, matcher.find(one))
    assert hit.indicator is not None
    assert ("url", URL, "full") == (hit.indicator.type, hit.indicator.value, hit.indicator.precision)
    assert hit.rule_id.startswith("indicator:")
    assert [("c-uri", URL)] == [(shown.field, shown.value) for shown in hit.evidence]
