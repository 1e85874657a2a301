"""Records in any order give the same alerts."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from noroshi.demo import generate
from noroshi.service.ruleset import prepare
from noroshi.service.scan import ScanOptions, scan

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.service.ruleset import Prepared

DEMO_SCALE = 0.05


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Emotet day with everything that was written beside the logs."""
    folder = tmp_path_factory.mktemp("day")
    generate(folder, scale=DEMO_SCALE)
    return folder


def shuffled(logs: Path, to: Path, seed: int) -> Path:
    """The same files with their lines in another order; headers stay at the top."""
    for path in logs.rglob("*.*"):
        if not path.is_file():
            continue
        raw = path.read_bytes()
        packed = path.suffix == ".gz"
        lines = (gzip.decompress(raw) if packed else raw).splitlines(keepends=True)
        head = [line for line in lines if line.startswith(b"#")]
        rest = [line for line in lines if not line.startswith(b"#")]
        random.Random(seed).shuffle(rest)  # noqa: S311 - a seed, no secret
        text = b"".join(head + rest)
        target = to / path.relative_to(logs)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.compress(text) if packed else text)
    return to


def told(prepared: Prepared, day: Path, logs: Path) -> Counter[tuple[str, ...]]:
    """What every alert says, whatever the positions."""
    found = scan(ScanOptions([logs], identities=[day / "identities.csv"]), prepared)
    alerts: Counter[tuple[str, ...]] = Counter(
        (one.rule.title, str(one.entities), one.outcome, str((one.time, one.first, one.last, one.count)))
        for one in found.alerts()
    )
    found.close()
    return alerts


def test_the_shuffled_day_has_the_same_alerts(day: Path, tmp_path: Path) -> None:
    """All formats of the day, every line of them out of order: queues of mails included."""
    prepared = prepare([], [day / "lists", day / "site.toml"])
    expected = told(prepared, day, day / "logs")
    assert any("bounces" in title for title, *_ in expected)
    for seed in (1, 2):
        assert expected == told(prepared, day, shuffled(day / "logs", tmp_path / str(seed), seed))


def test_a_logon_before_the_clock_is_known_links_at_the_right_time(
    everything: Prepared, tmp_path: Path
) -> None:
    """Identity facts too wait for the offset, which another log of the host shows."""
    logon = {
        "EventID": 4624,
        "Channel": "Security",
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "Hostname": "PC-1",
        "EventTime": "2020-07-22 10:00:00",
        "TargetUserName": "t.suzuki",
        "TargetDomainName": "MINATO",
        "LogonType": "2",
    }
    connection = {
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "SourceName": "Microsoft-Windows-Sysmon",
        "Hostname": "PC-1",
        "EventTime": "2020-07-22 10:05:00",
        "UtcTime": "2020-07-22 01:05:00.000",
        "Image": "C:\\a.exe",
    }
    starts = set()
    for at, records in enumerate(([logon, connection], [connection, logon])):
        folder = tmp_path / str(at)
        folder.mkdir()
        for name, record in zip("ab", records, strict=True):
            (folder / f"{name}.json").write_text(json.dumps(record) + "\n", encoding="utf-8")
        found = scan(ScanOptions([folder]), everything)
        starts |= {str(link.start) for link in found.directory.links if link.right.name == "pc-1"}
        found.close()
    assert {"2020-07-22 01:00:00+00:00"} == starts
