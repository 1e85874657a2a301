"""Damaged, endless and hostile input through ``noroshi scan``: one error each, and the rest is read."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.cli.damage import Found, assert_one, scanned, squid, squids
from tests.events.samples import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Run

MIB = 1 << 20
WHOAMI = """\
title: An account asks who it is
id: 6f0b3d0e-6a44-4c0e-8a57-54f1ad2f5a22
status: test
level: high
logsource: {product: windows}
detection:
  selection: {CommandLine|contains: whoami}
  condition: selection
"""


def document(number: int) -> str:
    """A process start as NXLog writes it, on one line."""
    record = {
        "EventTime": "2020-07-22T04:12:09.123+00:00",
        "Hostname": f"PC-{number:03d}",
        "EventID": 1,
        "SourceName": "Microsoft-Windows-Sysmon",
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "CommandLine": f"whoami /all {number}",
    }
    return json.dumps(record)


def pretty(number: int) -> str:
    """The same over many lines."""
    return json.dumps(json.loads(document(number)), indent=2)


def element(number: int) -> str:
    """A process start as XML."""
    return (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        '<Provider Name="Microsoft-Windows-Sysmon"/><EventID>1</EventID>'
        '<TimeCreated SystemTime="2020-07-22T04:12:09.1234567Z"/>'
        "<Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>PC-014</Computer></System>"
        f'<EventData><Data Name="CommandLine">whoami {number}</Data></EventData></Event>'
    )


HOLE = "\0" * 70_000
BETWEEN = "NUL bytes stand between the records"
BEFORE = "NUL bytes stand before the text of the line"
ONLY = "the line holds nothing but NUL bytes"
HOLES: dict[str, tuple[Callable[[int], str], str, str, str, str]] = {
    # shape of a record, the hole, what follows it, place, what
    "documents": (pretty, "\n" + HOLE, "\n", "after record 1", BETWEEN),
    "glued-documents": (pretty, HOLE, "", "after record 1", BETWEEN),
    "small-hole": (pretty, "\n\0", "", "after record 1", BETWEEN),
    "hole-with-line-ends": (pretty, "\n\0\0\n\0\0\n", "", "after record 1", BETWEEN),
    "lines": (document, "\n" + HOLE, "\n", "line 2", ONLY),
    "line-behind-it": (document, "\n" + HOLE, "", "line 2", BETWEEN),
    "lines-glued": (document, HOLE, "", "line 1", BETWEEN),
    "xml": (element, "\n" + HOLE, "\n", "after record 1", BETWEEN),
    "xml-glued": (element, "\0", "", "after record 1", BETWEEN),
    "xml-large-hole": (element, 4 * HOLE, "", "after record 1", BETWEEN),
}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_between_records_is_one_error(run: Run, tmp_path: Path, name: str) -> None:
    """As a power failure leaves it: the records around it are read."""
    shape, hole, after, place, what = HOLES[name]
    log = tmp_path / "log"
    log.write_text(f"{shape(1)}{hole}{after}{shape(2)}\n{shape(3)}\n", encoding="utf-8", newline="")
    found = scanned(run, log, rule=WHOAMI)
    assert_one(found, log, place, what)
    assert set(found.letters[0]["text"]) <= {"\0", "\n"}
    assert (3, 3) == (found.events, found.matched)


@pytest.mark.parametrize("shape", [pretty, document, element])
def test_each_hole_is_an_error_of_its_own(run: Run, tmp_path: Path, shape: Callable[[int], str]) -> None:
    """Before the first record, between two, and at the end."""
    log = tmp_path / "log"
    text = f"\0\0{shape(1)}\n{shape(2)}\n\0\0\0\n{shape(3)}\n\0\n"
    log.write_text(text, encoding="utf-8", newline="")
    found = scanned(run, log, rule=WHOAMI)
    assert (3, 3, 3) == (found.errors, len(found.letters), found.matched)


@pytest.mark.parametrize("shape", [pretty, element])
def test_text_behind_a_hole_is_one_error_of_the_text(
    run: Run, tmp_path: Path, shape: Callable[[int], str]
) -> None:
    """What was no record is told as skipped text, however many NULs stand before it."""
    log = tmp_path / "log"
    log.write_text(f"{shape(1)}\n{3 * HOLE}text\n{shape(2)}\n", encoding="utf-8")
    found = scanned(run, log, rule=WHOAMI)
    assert_one(found, log, "after record 1", "the text between the ")
    assert 2 == found.matched


def test_a_hole_before_a_line_of_text_is_one_error(run: Run, tmp_path: Path) -> None:
    """Its own line and those around it are read."""
    log = tmp_path / "access.log"
    log.write_bytes(squids(0, 3) + HOLE.encode() + squids(3, 3))
    found = scanned(run, log)
    assert_one(found, log, "line 4", BEFORE)
    assert 6 == found.matched


def test_a_hole_before_a_line_that_is_damaged_is_one_error(run: Run, tmp_path: Path) -> None:
    """What the hole took of the line is the same damage."""
    log = tmp_path / "access.log"
    log.write_bytes(squids(0, 3) + HOLE.encode() + squids(3, 3)[90:])
    found = scanned(run, log)
    assert_one(found, log, "line 4", "")
    assert 5 == found.matched


DEEP = {
    "objects": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "lists": '{"a":' + "[" * 10_000 + "]" * 10_000 + "}",
    "elements": "<Event>" + "<a>" * 10_000 + "</a>" * 10_000 + "</Event>",
}


@pytest.mark.parametrize(
    ("shape", "deep", "place"),
    [
        (document, "objects", "line 2"),
        (document, "lists", "line 2"),
        (pretty, "objects", "record 2"),
        (pretty, "lists", "record 2"),
        (element, "elements", "record 2"),
    ],
)
def test_a_record_nested_ten_thousand_deep_is_one_error(
    run: Run, tmp_path: Path, shape: Callable[[int], str], deep: str, place: str
) -> None:
    """In JSON and in XML; the records around it are read."""
    log = tmp_path / "log"
    log.write_text(f"{shape(1)}\n{DEEP[deep]}\n{shape(2)}\n{shape(3)}\n", encoding="utf-8")
    found = scanned(run, log, rule=WHOAMI)
    assert_one(found, log, place, "")
    assert "deep" in found.letters[0]["reason"]
    assert DEEP[deep][:1_000] == found.letters[0]["text"][:1_000]
    assert 3 == found.matched


def test_a_zip_bomb_is_one_error(run: Run, tmp_path: Path) -> None:
    """It ends at the limit, with its name; what stands in it before, and beside it, is read."""
    logs, out = tmp_path / "logs", io.BytesIO()
    logs.mkdir()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.writestr("a.log", squids(0, 5))
        for number in range(3):
            file.writestr(f"zeros-{number}.log", bytes(100 * MIB))
    (logs / "bomb.zip").write_bytes(out.getvalue())
    (logs / "good.log").write_bytes(squids(5, 5))
    found = scanned(run, logs)
    bombs = [one for one in found.told if "unfolds to more than 1,000 times its size" in one]
    assert 1 == len(bombs)
    assert bombs[0].startswith(f"{logs / 'bomb.zip'}!zeros-")
    assert 1 == sum("unfolds to more than" in one["reason"] for one in found.letters)
    assert found.errors == len(found.letters)
    assert (0, 10) == (found.status, found.matched)


def test_links_that_lead_in_circles_are_one_error_each(run: Run, tmp_path: Path) -> None:
    """A folder inside itself, two links to each other, a link to nothing; the logs are read once."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.log").write_bytes(squids(0, 5))
    (logs / "again.log").symlink_to("a.log")
    (logs / "loop").symlink_to(".")
    (logs / "one").symlink_to("two")
    (logs / "two").symlink_to("one")
    (logs / "gone").symlink_to("nowhere")
    found = scanned(run, logs)
    expected = {
        "gone": "cannot be read: No such file or directory",
        "loop": "the folder leads back into itself",
        "one": "cannot be read: Too many levels of symbolic links",
        "two": "cannot be read: Too many levels of symbolic links",
    }
    assert {str(logs / name): what for name, what in expected.items()} == {
        one["path"]: one["reason"] for one in found.letters
    }
    assert (4, 4, 0) == (found.errors, len(found.letters), found.status)
    assert (5, {"the same file again": 1}) == (found.matched, found.skipped)


def test_a_serial_audit_log_without_its_end_is_one_error(run: Run, tmp_path: Path) -> None:
    """The transactions before are read, however long the open one is, and the other log."""
    logs = tmp_path / "logs"
    logs.mkdir()
    whole = SAMPLES["modsecurity-serial"].decode()
    opened = whole.split("--a1b2c3d4-F--")[0].replace("a1b2c3d4", "b1b2c3d4")
    (logs / "modsec_audit.log").write_text(whole + opened + "body\n" * 100_000, encoding="utf-8")
    (logs / "proxy.log").write_text(squid(1), encoding="utf-8")
    found = scanned(run, logs)
    assert_one(found, logs / "modsec_audit.log", "end", "the last transaction has no end")
    assert (3, 1) == (found.events, found.matched)


def test_what_is_no_record_at_all_is_status_2(run: Run, tmp_path: Path) -> None:
    """Nothing could be read: one error, and the status says so."""
    log = tmp_path / "log"
    log.write_bytes(b"what is this\nand this\n")
    done = run("scan", log, "--format", "json", "--dead-letters", tmp_path / "dead")
    assert 2 == done.status
    assert done.err.startswith(f"noroshi: {log}: is in no format that is known")
    assert 1 == len((tmp_path / "dead").read_text("utf-8").splitlines())


def test_found_is_what_the_command_said(run: Run, tmp_path: Path) -> None:
    """A sound log has nothing to tell, which the other tests build on."""
    log = tmp_path / "access.log"
    log.write_bytes(squids(0, 3))
    assert Found(0, 0, [], [], 3, 3, {}, "") == scanned(run, log)
