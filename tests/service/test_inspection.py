"""What a log shows and what it cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from noroshi.engine.matcher import Matcher
from noroshi.rules.model import RuleSet
from noroshi.service.inspection import Inspection, inspect

if TYPE_CHECKING:
    from pathlib import Path

NATIVE = "1595390400.000 10 10.0.0.1 TCP_MISS/200 500 {method} {url} - HIER_DIRECT/192.0.2.1 text/html\n"


def inspected(folder: Path, text: str, **options: object) -> Inspection:
    """One file inspected without rules."""
    (folder / "a.log").write_text(text, encoding="utf-8")
    (found,) = inspect([folder / "a.log"], Matcher(RuleSet(())), **options)  # type: ignore[arg-type]
    return found


def gaps(found: Inspection) -> set[str]:
    """The names of what is lacking."""
    return {gap.name for gap in found.gaps}


def test_format_fields_and_examples(tmp_path: Path) -> None:
    """Format with its confidence, fields with the first different values, observables by type."""
    found = inspected(
        tmp_path, "".join(NATIVE.format(method="GET", url=f"http://h{n}.example/") for n in range(5))
    )
    assert ("squid", 5, 0) == (found.format, found.events, found.matchable)
    assert found.confidence > 0.5
    assert ["http://h0.example/", "http://h1.example/", "http://h2.example/"] == found.fields[
        "c-uri"
    ].examples
    assert 5 == found.fields["c-uri"].events
    assert 5 == len(found.observables["url"].distinct)


@pytest.mark.parametrize(
    ("method", "url", "missing"),
    [
        ("GET", "http://h.example/a?b=c", {"referer", "user_agent", "web_user"}),
        ("GET", "http://h.example/a", {"referer", "user_agent", "web_user", "query"}),
        ("CONNECT", "h.example:443", {"referer", "user_agent", "web_user", "query", "path"}),
    ],
)
def test_what_a_proxy_log_cannot_show(tmp_path: Path, method: str, url: str, missing: set[str]) -> None:
    """Squid's native log has no Referer; HTTPS shows no path; a log without users says so."""
    assert missing == gaps(inspected(tmp_path, NATIVE.format(method=method, url=url) * 5))


def test_a_mark_is_looked_for_in_all_values(tmp_path: Path) -> None:
    """The only query comes after the examples were taken."""
    lines = [NATIVE.format(method="GET", url=f"http://h{n}.example/") for n in range(20)]
    lines.append(NATIVE.format(method="GET", url="http://h.example/?q"))
    assert "query" not in gaps(inspected(tmp_path, "".join(lines)))


def test_the_zone_and_why(tmp_path: Path) -> None:
    """A time without a zone is told apart from one with it."""
    line = (
        'date=2020-07-22 time=13:00:00 devname="FW01" devid="FG100" logid="0000000013" type="traffic" '
        'subtype="forward" level="notice" vd="root" srcip=10.0.0.1 dstip=192.0.2.1 action="accept"\n'
    )
    assert {"assumed-utc": 5} == dict(inspected(tmp_path, line * 5).zones)
    assert {"source": 5} == dict(inspected(tmp_path, line * 5, zone=ZoneInfo("Asia/Tokyo")).zones)


def test_reading_stops_where_asked(tmp_path: Path) -> None:
    """And says that there is more."""
    found = inspected(tmp_path, NATIVE.format(method="GET", url="http://h.example/") * 9, most=4)
    assert (4, False) == (found.events, found.complete)


def test_damaged_lines_and_unknown_files_are_told(tmp_path: Path) -> None:
    """Errors are counted; a file of no known format has none."""
    found = inspected(tmp_path, NATIVE.format(method="GET", url="http://h.example/") * 9 + "what is this\n")
    assert (9, 1) == (found.events, found.problems.total)
    assert "" == inspected(tmp_path, "what is this\nand this\n").format


def test_lines_that_no_format_reads_are_told_by_program(tmp_path: Path) -> None:
    """They are events with their text, so nothing counts as an error; yet nothing was understood of them."""
    lines = "Jul 22 13:12:09 gw foo[1]: x\nJul 22 13:12:10 gw bar[1]: y\nJul 22 13:12:11 gw foo[1]: z\n"
    found = inspected(tmp_path, lines)
    assert {"foo": 2, "bar": 1} == dict(found.texts)
    assert not found.judged
    assert () == found.gaps
