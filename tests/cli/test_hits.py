"""`noroshi rules hits`: how often rules alert a day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

RULE = """
title: Denied by the firewall
id: 3b2f3a2e-6a0b-4c7e-8a51-0f2b5d1f9a10
logsource: {category: firewall}
detection:
  denied: {noroshi_outcome: blocked}
  condition: denied
level: high
noroshi: {outcomes: [allowed], title_ja: 拒否}
---
title: Allowed by the firewall
id: 3b2f3a2e-6a0b-4c7e-8a51-0f2b5d1f9a11
logsource: {category: firewall}
detection:
  allowed: {noroshi_outcome: allowed}
  condition: allowed
level: low
"""
LINE = (
    'date=2020-07-2{day} time=13:12:09 devname="FW01" devid="FG1" logid="0000000013" type="traffic" '
    'subtype="forward" level="notice" vd="root" eventtime={at} srcip=10.20.4.114 dstip=192.0.2.7 '
    'dstport=80 action="deny"\n'
)


def prepared(tmp_path: Path) -> tuple[object, ...]:
    """A rule, and three denials on two days."""
    (tmp_path / "rule.yml").write_text(RULE)
    lines = [LINE.format(day=day, at=1595391129 + day * 86_400 + n) for day, n in ((2, 0), (2, 1), (3, 0))]
    (tmp_path / "fw.log").write_text("".join(lines))
    return "rules", "hits", tmp_path / "fw.log", "--rules", tmp_path / "rule.yml"


def test_alerts_are_counted_a_day_with_the_level_that_the_outcome_left(run: Run, tmp_path: Path) -> None:
    """Three on two days; a rule about what was allowed counts a denial one level lower."""
    row = json.loads(run(*prepared(tmp_path), "--format", "ndjson").out)
    expected = {
        "level": "medium",
        "alerts": 3,
        "per_day": 1.5,
        "busiest": 2,
        "title": "Denied by the firewall",
    }
    assert expected == {name: row[name] for name in expected}


def test_the_table_names_what_is_quiet_in_both_languages(run: Run, tmp_path: Path) -> None:
    """A person reads events, days, counts, level and title."""
    english = run(*prepared(tmp_path), "--lang", "en").out
    assert "3 events, days: 2" in english
    assert "1.5        2  medium  Denied by the firewall" in english
    assert "1 other rules" in english
    japanese = run(*prepared(tmp_path), "--lang", "ja").out
    assert "1.5        2  中  拒否" in japanese


def test_a_level_can_make_it_fail(run: Run, tmp_path: Path) -> None:
    """For CI: medium was reached, high was not."""
    assert 1 == run(*prepared(tmp_path), "--fail-on", "medium").status
    assert 0 == run(*prepared(tmp_path), "--fail-on", "high").status


def test_either_logs_or_the_background(run: Run, tmp_path: Path) -> None:
    """Neither, both and nothing readable are wrong usage."""
    assert 2 == run("rules", "hits").status
    assert 2 == run(*prepared(tmp_path), "--background").status
    (tmp_path / "x.bin").write_bytes(b"\0\1")
    assert 2 == run("rules", "hits", tmp_path / "x.bin").status


def test_the_background_has_remote_access_and_stays_quiet(run: Run, tmp_path: Path) -> None:
    """Failed VPN logons of two products are among the ordinary day; no bundled rule reaches high."""
    (tmp_path / "vpn.yml").write_text(
        RULE.split("---")[1]
        .replace("category: firewall", "category: vpn")
        .replace("noroshi_outcome: allowed", "logon_result: failure")
    )
    row = json.loads(
        run("rules", "hits", "--background", "--rules", tmp_path / "vpn.yml", "--format", "ndjson").out
    )
    assert 4 <= row["alerts"] <= 20
    assert 0 == run("rules", "hits", "--background", "--fail-on", "high").status
