"""Whole scans: order, copies, borders of time, hostile input."""

from __future__ import annotations

import io
import json
import random
import shutil
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noroshi.intake.dead_letters import DeadLetterFile
from noroshi.service.reading import Period
from noroshi.service.scan import Scan, ScanOptions, scan

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.alerts.model import Alert
    from noroshi.service.ruleset import Prepared


def alerts(prepared: Prepared, *paths: Path, period: Period | None = None) -> list[Alert]:
    """All alerts of a scan in one process."""
    found = scan(ScanOptions(list(paths), period=period or Period()), prepared)
    made = list(found.alerts())
    found.close()
    return made


def what(found: list[Alert]) -> Counter[tuple[str, ...]]:
    """What is told, whatever the positions."""
    return Counter((one.rule.title, str(one.time), str(one.entities.host), str(one.count)) for one in found)


def test_copies_change_nothing(bundled: Prepared, logs: Path, tmp_path: Path) -> None:
    """A folder given with its copy has the same alerts, ids included; correlations count nothing twice."""
    shutil.copytree(logs, tmp_path / "copy")
    one = [alert.alert_id for alert in alerts(bundled, logs)]
    assert one
    assert one == [alert.alert_id for alert in alerts(bundled, logs, tmp_path / "copy")]
    assert one == [alert.alert_id for alert in alerts(bundled, tmp_path / "copy")]


def test_files_in_other_order_change_nothing(bundled: Prepared, logs: Path) -> None:
    """Logs may come in any order."""
    files = sorted(path for path in logs.rglob("*") if path.is_file())
    shuffled = random.Random(3).sample(files, len(files))  # noqa: S311 - a seed, no secret
    assert alerts(bundled, *files) == alerts(bundled, *shuffled)


def test_shuffled_lines_have_the_same_alerts(everything: Prepared, logs: Path, tmp_path: Path) -> None:
    """Windows and proxy logs: the same rules at the same times on the same hosts.

    Also where the record that shows a host's offset from UTC comes last.
    """
    for name in ("proxy", "windows"):
        shutil.copytree(logs / name, tmp_path / name)
    for path in tmp_path.rglob("*.*"):
        lines = path.read_bytes().splitlines(keepends=True)
        random.Random(7).shuffle(lines)  # noqa: S311 - a seed, no secret
        path.write_bytes(b"".join(lines))
    assert what(alerts(everything, logs / "proxy", logs / "windows")) == what(alerts(everything, tmp_path))


def test_since_is_inside_and_until_outside(everything: Prepared, tmp_path: Path) -> None:
    """To the microsecond."""
    times = ["03:59:59.999999", "04:00:00", "04:30:00", "04:59:59.999999", "05:00:00"]
    records = [
        {"EventID": 1, "Channel": "Security", "Hostname": "a", "TimeCreated": f"2020-07-22T{at}Z", "n": at}
        for at in times
    ]
    (tmp_path / "a.json").write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    hours = [datetime(2020, 7, 22, hour, tzinfo=UTC) for hour in (4, 5)]
    found = alerts(everything, tmp_path, period=Period(*hours))
    assert times[1:4] == [one.event["n"] for one in found]
    assert times[1:] == [one.event["n"] for one in alerts(everything, tmp_path, period=Period(hours[0]))]
    assert times[:4] == [
        one.event["n"] for one in alerts(everything, tmp_path, period=Period(None, hours[1]))
    ]


@pytest.fixture(scope="module")
def samples(logs: Path) -> list[bytes]:
    """The beginnings of all logs of the day."""
    return [path.read_bytes()[:6_000] for path in sorted(logs.rglob("*")) if path.is_file()]


def damaged(sample: bytes, rng: random.Random) -> bytes:
    """A log after some accidents."""
    data = bytearray(sample)
    for _ in range(rng.randrange(1, 6)):
        at, other = rng.randrange(len(data)), rng.randrange(len(data))
        size = rng.randrange(1, 400)
        match rng.randrange(6):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = data[other : other + size]
            case 3:
                data[at : at + size], data[other : other + size] = (
                    data[other : other + size],
                    data[at : at + size],
                )
            case 4:
                data[at:at] = rng.randbytes(size)
            case _:
                data[at : at + 1] = rng.choice([b"\0", b"\xff\xfe", b"\n", b'"', b"{", b"\\ud800", b"9" * 40])
        data = data or bytearray(sample)
    return bytes(data)


def survived(prepared: Prepared, folder: Path, data: bytes) -> Scan:
    """A scan of these bytes that told all alerts it found."""
    path = folder / "log"
    path.write_bytes(data)
    letters = io.BytesIO()
    found = scan(ScanOptions([path], dead_letters=DeadLetterFile(letters)), prepared)
    list(found.alerts())
    found.close()
    for line in letters.getvalue().splitlines():
        assert json.loads(line)["reason"]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damaged_logs_never_stop_a_scan(
    everything: Prepared,
    samples: list[bytes],
    tmp_path: Path,
    seed: int,
) -> None:
    """Flipped, deleted, doubled, swapped and inserted bytes: no failure of any reader, or of matching."""
    rng = random.Random(seed)  # noqa: S311 - a seed, no secret
    found = survived(everything, tmp_path, damaged(rng.choice(samples), rng))
    assert not [
        what for what in found.problems.counts if "failed with" in what or "could not be read (" in what
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=3_000))
def test_random_bytes_never_stop_a_scan(everything: Prepared, tmp_path: Path, data: bytes) -> None:
    """Whatever the bytes are."""
    found = survived(everything, tmp_path, data)
    assert not [what for what in found.problems.counts if "failed with" in what]


def test_undamaged_records_around_damaged_ones_are_read(everything: Prepared, tmp_path: Path) -> None:
    """Nine good lines around ten bad ones: nine alerts, ten errors, each with its line, all kept."""
    good = b'{"EventID":1,"Channel":"Security","Hostname":"a","EventTime":"2020-07-22 04:00:00","n":%d}\n'
    bad = [
        b'{"EventID":1,"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}\n",
        b"\x80\x81\x82\n",
        b'{"EventID":1\n',
        b'"text"\n',
        b"17\n",
        b"[1]\n",
        b'{"EventID":1,"Channel":"Security","a":tru}\n',
        b"}{\n",
        b"{\n",
        b"PK\x03\x04\n",
    ]
    lines = [line for number in range(9) for line in (good % number, bad[number])]
    (tmp_path / "a.json").write_bytes(b"".join([*lines, bad[9]]))
    letters = DeadLetterFile(io.BytesIO())
    found = scan(ScanOptions([tmp_path], dead_letters=letters), everything)
    assert list(range(9)) == sorted(one.event["n"] for one in found.alerts())
    places = {error.place for error in found.problems.errors}
    assert {f"line {2 * number}" for number in range(1, 10)} | {"line 19"} == places
    assert (10, 10) == (found.problems.total, letters.written)
    found.close()
