"""Damaged input through the command: one error for each damage, kept with its reason, and the rest read."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

EXE = """\
title: A program is fetched through the proxy
id: 6f0b3d0e-6a44-4c0e-8a57-54f1ad2f5a21
status: test
level: high
logsource: {category: proxy}
detection:
  selection: {c-uri|contains: a.exe}
  condition: selection
"""


def squid(number: int) -> str:
    """A line of Squid's log that `EXE` fires on; each another one."""
    return (
        f"10.20.4.{number % 250} - u [22/Jul/2020:13:12:09 +0900] "
        f'"GET http://www.shop.example/a.exe?{number:06d} HTTP/1.1" 200 99 '
        '"-" "Mozilla/5.0" TCP_MISS:HIER_DIRECT\n'
    )


def squids(first: int, count: int) -> bytes:
    """So many of them."""
    return "".join(map(squid, range(first, first + count))).encode()


@dataclass(frozen=True)
class Found:
    """What a scan of damaged input left behind.

    Attributes:
        errors: How many the summary counts.
        told: The first of them, as people read them.
        letters: The dead letters.
        matched: How often the rule fired.
    """

    status: int
    errors: int
    told: list[str]
    letters: list[dict[str, Any]]
    events: int
    matched: int
    skipped: dict[str, int]
    stderr: str


def scanned(run: Run, folder: Path, *options: object, rule: str = EXE, scratch: Path | None = None) -> Found:
    """Scan a file or folder by one rule; letters and rule lie in `scratch`, beside it where none is given."""
    scratch = scratch or folder.parent
    rules, letters = scratch / "the-rule.yml", scratch / "the.letters"
    rules.write_text(rule, encoding="utf-8")
    done = run("scan", folder, "--rules", rules, "--format", "json", "--dead-letters", letters, *options)
    return found_in(done.status, done.out, done.err, letters)


def found_in(status: int, out: str, err: str, letters: Path) -> Found:
    """What these outputs say."""
    assert "Traceback" not in err
    assert out.startswith("{"), err
    document = json.loads(out)
    summary = document["summary"]
    fired = Counter({one["id"]: one["hits"] for one in summary["rules_fired"]})
    return Found(
        status,
        summary["errors"]["count"],
        summary["first_errors"],
        [json.loads(line) for line in letters.read_text("utf-8").splitlines()],
        summary["events"],
        fired.total(),
        summary["skipped_inputs"],
        err,
    )


def assert_one(found: Found, path: Path | str, place: str, what: str) -> None:
    """One error at this place, on standard error, in the summary and among the dead letters; no failure."""
    assert [1, 1] == [found.errors, len(found.told)], found.told
    where = f"{path}: {place}: " if place else f"{path}: "
    assert found.told[0].startswith(where + what), found.told
    assert f"noroshi: {found.told[0]}" in found.stderr
    assert [(str(path), place)] == [(one["path"], one["place"]) for one in found.letters]
    assert found.letters[0]["reason"].startswith(what)
    assert 0 == found.status
