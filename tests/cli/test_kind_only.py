"""Rules that ask only for the kind of event: the story still says whom or what it was about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_scan import write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

DEFENDER = {
    "UtcTime": "2020-07-22 01:03:00.000",
    "EventTime": "2020-07-22 10:03:00",
    "Hostname": "PC-009",
    "EventID": 1116,
    "SourceName": "Microsoft-Windows-Windows Defender",
    "Channel": "Microsoft-Windows-Windows Defender/Operational",
    "Threat Name": "Trojan:Win32/Emotet",
    "Path": "file:_C:\\Users\\suzuki\\a.exe",
    "Severity Name": "Severe",
}


def rule(fields: str) -> str:
    """A rule that asks for the event's number and nothing else."""
    return (
        "title: Something was found\nid: 6f0b3d0e-6a44-4c0e-8a57-54f1ad2f5a24\nlevel: high\n"
        f"logsource: {{product: windows, service: windefend}}\n{fields}"
        "detection:\n  selection: {EventID: 1116}\n  condition: selection\n"
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("", "Threat Name: Trojan:Win32/Emotet  Path: file:_C:\\Users\\suzuki\\a.exe  EventID: 1116"),
        (
            "fields: [Severity Name]\n",
            "Severity Name: Severe  Threat Name: Trojan:Win32/Emotet  EventID: 1116",
        ),
    ],
)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_line_has_values_where_only_the_kind_matched(
    run: Run, tmp_path: Path, fields: str, told: str, language: str
) -> None:
    """The fields that the rule names, then those that say what it was, then what matched."""
    log = write(tmp_path / "a.json", json.dumps(DEFENDER))
    (tmp_path / "rule.yml").write_text(rule(fields), encoding="utf-8")
    result = run("scan", log, "--rules", tmp_path / "rule.yml", "--lang", language)
    assert told.replace("  ", " ") in " ".join(result.out.split())


def test_the_report_has_them_too(run: Run, tmp_path: Path) -> None:
    """The HTML page shows the same values."""
    log = write(tmp_path / "a.json", json.dumps(DEFENDER))
    (tmp_path / "rule.yml").write_text(rule(""), encoding="utf-8")
    page = run("scan", log, "--rules", tmp_path / "rule.yml", "--format", "html").out
    moments = page.partition('class="moment')[2]
    assert "Trojan:Win32/Emotet" in moments.partition("</section>")[0]
