from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from noroshi.cli.main import app
from noroshi.errors import LocatedError
from noroshi.events import registry

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
name = "door-keeper"
kind = "csv"
separator = ";"
columns = ["when", "client", "verb", "address", "verdict"]
time = ["when"]
[logsource]
product = "door-keeper"
categories = ["proxy"]
[fields]
client = ["c-ip"]
verb = ["cs-method"]
address = ["c-uri"]
[[outcome]]
fields = ["verdict"]
values = { PASS = "allowed", STOP = "blocked" }
"""
RULE = """
title: Tool fetched
id: 5f0c1f6e-1111-4222-8333-444455556666
logsource: {category: proxy}
detection:
  a: {c-uri|endswith: /tool.exe}
  condition: a
level: high
"""


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_OWN", [])


def test_a_log_of_ones_own_is_read_by_its_description(tmp_path: Path) -> None:
    """`--format-map` makes a rule of category proxy fire on a log that no format knows."""
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "rule.yml").write_text(RULE, encoding="utf-8")
    line = "2020-07-22T13:12:09+09:00;10.20.4.114;GET;http://www.tool.example/tool.exe;STOP\n"
    (tmp_path / "door.log").write_text(line, encoding="utf-8")
    common = [
        str(tmp_path / "door.log"),
        "--rules",
        str(tmp_path / "rule.yml"),
        "--format",
        "ndjson",
        "--no-cache",
    ]
    done = CliRunner().invoke(app, ["scan", *common, "--format-map", str(tmp_path / "map.toml")])

    assert 0 == done.exit_code
    assert 1 == done.stdout.count('"title":"Tool fetched"')
    assert '"outcome":"blocked"' in done.stdout


def test_a_mistake_in_the_description_is_told_with_its_place(tmp_path: Path) -> None:
    """A wrong key ends the scan before anything is read."""
    (tmp_path / "map.toml").write_text(MAPPING.replace("kind", "kimd"), encoding="utf-8")
    (tmp_path / "door.log").write_text("x\n", encoding="utf-8")
    done = CliRunner().invoke(
        app, ["scan", str(tmp_path / "door.log"), "--format-map", str(tmp_path / "map.toml"), "--no-cache"]
    )

    assert isinstance(done.exception, LocatedError)
    assert "map.toml" in str(done.exception)


@pytest.mark.parametrize(
    ("said", "instead", "place", "what"),
    [
        ('name = "door-keeper"', 'name = "squid"', "name", "the name squid already"),
        ('time = ["when"]', 'time = "when"', "time", "a list of texts is needed"),
        ('fields = ["verdict"]', 'fields = "verdict"', "outcome.fields", "a list of texts is needed"),
    ],
)
def test_what_would_be_misunderstood_is_refused(
    said: str, instead: str, place: str, what: str, tmp_path: Path
) -> None:
    """The name of a bundled format; a text for a list, of which each letter would be a field."""
    (tmp_path / "map.toml").write_text(MAPPING.replace(said, instead), encoding="utf-8")
    (tmp_path / "door.log").write_text("x\n", encoding="utf-8")
    done = CliRunner().invoke(
        app, ["scan", str(tmp_path / "door.log"), "--format-map", str(tmp_path / "map.toml"), "--no-cache"]
    )

    assert isinstance(done.exception, LocatedError)
    assert (place, True) == (done.exception.place, what in done.exception.what)


@pytest.mark.parametrize(
    "command",
    [["events", "inspect", "LOG"], ["rules", "health", "RULE", "--events", "LOG", "--fail-on", "blind"]],
)
def test_other_commands_that_read_logs_take_it_too(command: list[str], tmp_path: Path) -> None:
    """What was made of the log, and whether a rule of its category can fire on it."""
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "rule.yml").write_text(RULE, encoding="utf-8")
    line = "2020-07-22T13:12:09+09:00;10.20.4.114;GET;http://www.tool.example/;STOP\n"
    (tmp_path / "door.log").write_text(line, encoding="utf-8")
    places = {"LOG": str(tmp_path / "door.log"), "RULE": str(tmp_path / "rule.yml")}
    words = [places.get(word, word) for word in command]
    done = CliRunner().invoke(app, [*words, "--format-map", str(tmp_path / "map.toml"), "--format", "json"])

    assert 0 == done.exit_code
    assert "door-keeper" in done.stdout
    assert '"state":"blind"' not in done.stdout
