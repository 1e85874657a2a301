"""Noroshi's own decoders read the whole day: right format, no error, right times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from noroshi.events.model import ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import detect
from noroshi.intake import open_inputs

if TYPE_CHECKING:
    from tests.demo.conftest import GeneratedDay

_FORMATS = {
    "windows": {"windows-json"},
    "proxy": {"squid", "squid-combined"},
    "firewall": {"fortigate"},
    "ips": {"suricata"},
    "zeek": {"zeek"},
    "waf": {"modsecurity"},
    "mail": {"syslog"},
    "dns": {"bind"},
    "dhcp": {"syslog"},
}
_START = datetime(2020, 7, 21, 15, tzinfo=UTC)


def test_every_file_is_recognised_and_decoded_without_error(day: GeneratedDay) -> None:
    """As many events as records, no problem, every time inside the day in Japan."""
    problems, counts, logs = Problems(), {}, day.folder / "logs"
    for opened in open_inputs([logs], problems=problems, zone=ZoneInfo("Asia/Tokyo")):
        name = opened.source.path.split("/logs/", 1)[1]
        found = detect(opened.head).format
        assert found is not None
        assert found.name in _FORMATS[name.split("/")[0]], name
        times = [event.time for event in found.decode(opened.stream, opened.source, problems)]
        counts[name] = len(times)
        assert all(time.zone is not ZoneOrigin.MISSING for time in times), name
        assert all(_START <= time.at <= _START + timedelta(hours=24) for time in times), name
    assert [] == problems.errors
    # Parts of one script block (4104) are one event; this day has eight blocks of two parts.
    joined = {"windows/nxlog-clients.json": day.manifest.counts["windows/nxlog-clients.json"] - 8}
    assert day.manifest.counts | joined == counts
