"""The year of times that are written without one."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from noroshi.events.model import Source, YearOrigin, Years
from noroshi.events.problems import Problems
from noroshi.events.times import parse_time
from noroshi.service.scan import ScanOptions, scan
from noroshi.service.survey import opened
from noroshi.service.years import YearBook, YearSeen, learn_years

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.service.ruleset import Prepared

COPIED = datetime(2026, 11, 28, tzinfo=UTC).timestamp()
MAIL = "Jul 22 13:05:12 mx01 postfix/smtpd[1]: connect from mail.example[192.0.2.1]\n"
PROXY = (
    '10.0.0.1 - - [22/Jul/{year}:13:12:13 +0900] "GET http://a.example/ HTTP/1.1" 200 1 "-" "-" '
    "TCP_MISS:HIER_DIRECT\n"
)
FORTIGATE = (
    'Jul 22 13:00:00 fw01 date=2019-07-22 time=13:00:00 devname="fw01" devid="FG1" logid="0000000013" '
    'type="traffic" subtype="forward" level="notice" srcip=10.0.0.1 dstip=192.0.2.1 action="accept"\n'
)


def written(path: Path, text: str) -> Path:
    """A file as a plain copy leaves it: changed today."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (COPIED, COPIED))
    return path


def years(*paths: Path, year: int | None = None) -> list[tuple[str, int, int]]:
    """Origin, year told and year of the first event of each input whose times have none."""
    found = []
    for one in opened(paths, Problems(), year=year):
        mails = [event.time.at.year for event in one.events if event.kind.format == "postfix"]
        if one.year is not None:
            found.append((one.year.origin, one.year.year, mails[0]))
    return found


def test_the_year_comes_from_the_other_inputs(tmp_path: Path) -> None:
    """A copied mail log beside a proxy log with full dates is of the proxy log's year, in whatever order."""
    proxy = written(tmp_path / "z.log", PROXY.format(year=2020) * 3)
    mail = written(tmp_path / "mail.log", MAIL)
    assert [("scan", 2020, 2020)] == years(mail, proxy) == years(proxy, mail) == years(tmp_path)


def test_full_dates_inside_the_input_go_first(tmp_path: Path) -> None:
    """A syslog file in which a firewall writes dates of its own knows its year better than other files."""
    written(tmp_path / "z.log", PROXY.format(year=2020) * 3)
    mixed = written(tmp_path / "all.log", MAIL + FORTIGATE * 3)
    assert [("input", 2019, 2019)] == years(mixed, tmp_path / "z.log")


def test_what_the_user_says_goes_before_everything(tmp_path: Path) -> None:
    """`--year`."""
    written(tmp_path / "z.log", PROXY.format(year=2020) * 3)
    mixed = written(tmp_path / "all.log", MAIL + FORTIGATE * 3)
    assert [("option", 2018, 2018)] == years(mixed, tmp_path / "z.log", year=2018)


def test_a_lone_log_falls_back_to_its_modification_time(tmp_path: Path) -> None:
    """And says so."""
    assert [("changed", 2026, 2026)] == years(written(tmp_path / "mail.log", MAIL))


def test_inputs_with_full_dates_are_not_mentioned(tmp_path: Path) -> None:
    """Nothing had to be learnt, and nothing was."""
    proxy = written(tmp_path / "z.log", PROXY.format(year=2020))
    assert [] == years(proxy)
    assert YearBook() == learn_years([proxy])


@pytest.mark.parametrize(
    ("text", "year"), [("Dec 31 23:59:59", 2019), ("Jan  1 00:00:01", 2020), ("Jan 31 10:00:00", 2020)]
)
def test_the_turn_of_the_year_lies_inside_a_log(text: str, year: int) -> None:
    """Each time goes to the year that brings it nearest to the full dates."""
    spans = ((datetime(2019, 12, 31, 20, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC)),)
    found = parse_time(text, Source("a", "b", years=Years(YearOrigin.SCAN, spans=spans)))
    assert found is not None
    assert year == found.at.year


def test_one_input_with_a_wrong_clock_is_outvoted(tmp_path: Path) -> None:
    """Of two years that fit as well, the one of more inputs."""
    wrong = written(tmp_path / "a.log", PROXY.format(year=2036) * 3)
    right = [written(tmp_path / f"{n}.log", PROXY.format(year=2020) + "\n" * n) for n in (1, 2)]
    assert [("scan", 2020, 2020)] == years(written(tmp_path / "mail.log", MAIL), wrong, *right)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_scan_tells_the_year_and_where_it_is_from(
    everything: Prepared, tmp_path: Path, workers: int
) -> None:
    """Read by one process or by several."""
    proxy = written(tmp_path / "z.log", PROXY.format(year=2020))
    mail = written(tmp_path / "mail.log", MAIL)
    found = scan(ScanOptions([tmp_path], workers=workers), everything)
    found.close()
    assert [YearSeen(str(mail), 2020, "scan", str(proxy))] == list(found.years)


def test_standard_input_and_pipes_are_not_read_in_advance(tmp_path: Path) -> None:
    """They can be read only once."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert YearBook() == learn_years([pipe])


def test_windows_records_tell_the_year_too(tmp_path: Path) -> None:
    """Any format with full dates does."""
    record = {
        "EventID": 4624,
        "Channel": "Security",
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "Hostname": "PC-1",
        "EventTime": "2017-07-21T10:00:00Z",
    }
    windows = written(tmp_path / "w.json", json.dumps(record) + "\n")
    assert [("scan", 2017, 2017)] == years(windows, written(tmp_path / "mail.log", MAIL))
