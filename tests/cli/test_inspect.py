"""`noroshi events inspect`: what a person reads about a log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from noroshi.cli.words import words
from noroshi.events.limits import all_limits
from noroshi.service.gaps import SHOWN
from tests.events.samples import SAMPLES

if TYPE_CHECKING:
    from tests.cli.conftest import Run

RULE = """title: r
id: 7f0d1f6e-6d4e-4a53-8f0c-6f5e0c0b1f00
logsource: {category: proxy}
detection: {s: {c-uri|contains: evil}, condition: s}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One sample of every text format, and a rule."""
    folder = tmp_path_factory.mktemp("samples")
    for name, data in SAMPLES.items():
        (folder / f"{name}.log").write_bytes(data)
    (folder / "rule.yml").write_text(RULE)
    return folder


def test_every_formats_limits_are_told(run: Run, folder: Path) -> None:
    """No log is met with silence: each names its format's limits, in both languages."""
    logs = [folder / f"{name}.log" for name in SAMPLES]
    done = run("events", "inspect", *logs, "--rules", folder / "rule.yml", "--format", "json")
    documents = {Path(one["path"]).stem: one for one in map(json.loads, done.out.splitlines())}
    known = all_limits()
    for name in SAMPLES:
        told = documents[name]["format_cannot_show"]
        expected = {one: {"en": known[one].en, "ja": known[one].ja} for one in told}
        assert expected == told
        assert told, f"{name}: nothing is said of what it cannot show"
    assert {"squid"} == set(documents["squid"]["format_cannot_show"])


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", ("No Referer:", "squid: Referer, user agent and the size of what was sent.")),
        ("ja", ("Referer がない:", "squid: Referer、User-Agent、送信したサイズ。")),
    ],
)
def test_the_table_tells_both(run: Run, folder: Path, lang: str, expected: tuple[str, str]) -> None:
    """What these lines lack, and what Squid's native format never holds."""
    done = run("events", "inspect", folder / "squid.log", "--rules", folder / "rule.yml", "--lang", lang)
    assert all(text in done.out for text in expected)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_everything_that_is_looked_for_has_words(lang: str) -> None:
    """In both languages, so that no gap is told by its key."""
    say = words(lang)
    assert [] == [one.name for one in SHOWN if f"inspect.cannot.{one.name}" not in say.entries]


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", "100.0% of the events; 1 of 2 rules look at them"),
        ("ja", "100.0%(ルール 2 件のうち 1 件が調べます)"),
    ],
)
def test_only_the_rules_that_look_at_this_log_are_counted(
    run: Run, folder: Path, tmp_path: Path, lang: str, expected: str
) -> None:
    """A rule on DNS has nothing to do with a proxy's log."""
    other = RULE.replace("7f0d1f6e", "7f0d1f6f").replace("category: proxy", "category: dns")
    (tmp_path / "rules.yml").write_text(f"{RULE}---\n{other.replace('c-uri', 'query')}", "utf-8")
    log, rules = folder / "squid.log", tmp_path / "rules.yml"
    assert expected in run("events", "inspect", log, "--rules", rules, "--lang", lang).out
    document = json.loads(run("events", "inspect", log, "--rules", rules, "--format", "json").out)
    assert 1 == document["rules"]
