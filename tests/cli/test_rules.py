"""``noroshi rules``: what people and programs get, and the exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from noroshi.cli.rules import rules_app
from tests.rules.pack import ID, write_pack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("NO_COLOR", "1")


def run(*arguments: object) -> Any:
    """One command."""
    return CliRunner().invoke(rules_app, [str(argument) for argument in arguments])


def test_list_for_people(tmp_path: Path) -> None:
    """Severity, title, trace kind and meaning, and the counts."""
    write_pack(tmp_path / "r", correlation=True)
    result = run("list", tmp_path / "r")
    assert 0 == result.exit_code
    assert "WMI started PowerShell on this machine." in result.stdout
    assert "1 rule, 1 correlation, 0 inactive, 0 errors" in result.stdout
    japanese = run("list", tmp_path / "r", "--lang", "ja").stdout
    assert "WMI から起動された PowerShell" in japanese
    assert "プロセスの親子関係" in japanese


def test_list_in_a_narrow_terminal_leaves_the_meaning_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside four columns it would have some twelve letters a line."""
    write_pack(tmp_path / "r")
    monkeypatch.setenv("COLUMNS", "80")
    shown = run("list", tmp_path / "r", "--lang", "ja").stdout
    assert "検知の意味" not in shown
    assert "プロセスの親子関係" in shown


def test_the_language_follows_the_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Japanese locale gives Japanese."""
    write_pack(tmp_path / "r")
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert "検知の意味" in run("list", tmp_path / "r").stdout


def test_list_for_programs(tmp_path: Path) -> None:
    """One JSON object a rule."""
    write_pack(tmp_path / "r", correlation=True)
    lines = [
        json.loads(line) for line in run("list", tmp_path / "r", "--format", "ndjson").stdout.splitlines()
    ]
    assert [("correlation", "high"), ("rule", "medium")] == [(line["kind"], line["level"]) for line in lines]


def test_list_of_nothing_is_a_wrong_use(tmp_path: Path) -> None:
    """Exit status 2 where nothing could be read, and why on standard error."""
    result = run("list", tmp_path / "nowhere")
    assert 2 == result.exit_code
    assert "cannot be read" in result.stderr


def test_show_tells_everything(tmp_path: Path) -> None:
    """Head, condition, prerequisites, steps, false positives, response."""
    write_pack(tmp_path / "r")
    for language, words in (
        ("en", ("Meaning", "all of:", "1. Who asked for {host}?", "otherwise: 4688", "→ On every machine.")),
        ("ja", ("検知の意味", "すべて:", "疑いが晴れる: 資産管理である。", "代替: 4688", "重大度: 中")),
    ):
        result = run("show", "wmi_powershell", "--rules", tmp_path / "r", "--lang", language)
        assert 0 == result.exit_code
        assert [] == [word for word in words if word not in result.stdout]


def test_show_for_programs(tmp_path: Path) -> None:
    """The guide is part of it."""
    write_pack(tmp_path / "r")
    found = json.loads(run("show", ID, "--rules", tmp_path / "r", "--format", "ndjson").stdout)
    assert ("PowerShell by WMI", "Inventory.") == (
        found["title"],
        found["guide"]["false_positives"][0]["cause"],
    )


def test_show_of_an_unknown_rule_is_a_wrong_use(tmp_path: Path) -> None:
    """Exit status 2, the name told."""
    write_pack(tmp_path / "r")
    result = run("show", "nothing", "--rules", tmp_path / "r")
    assert 2 == result.exit_code
    assert "'nothing'" in result.stderr


def test_lint_counts_and_fails(tmp_path: Path) -> None:
    """0 when all is well, 1 when something must be mended."""
    folder = write_pack(tmp_path / "r")
    good = run("lint", tmp_path / "r")
    assert 0 == good.exit_code
    assert "0 errors, 0 warnings; ATT&CK 18.1 of 2025-11-13" in good.stdout
    (folder / "guide.md").unlink()
    bad = run("lint", tmp_path / "r")
    assert 1 == bad.exit_code
    assert "guide.md: line 1: the guide is missing" in bad.stdout
    (line,) = run("lint", tmp_path / "r", "--format", "ndjson").stdout.splitlines()
    assert ("line 1", False) == (json.loads(line)["place"], json.loads(line)["warning"])


def test_test_passes_and_fails(tmp_path: Path) -> None:
    """The mutation test belongs to it, unless it is left out."""
    folder = write_pack(tmp_path / "r")
    good = run("test", tmp_path / "r")
    assert 0 == good.exit_code
    assert "passed PowerShell by WMI (3; 4 changed values, 0 unnoticed)" in good.stdout
    text = (folder / "tests.yml").read_text()
    (folder / "tests.yml").write_text(text.split("  - name: the inventory")[0])
    bad = run("test", tmp_path / "r")
    assert 1 == bad.exit_code
    assert "line 13: no test notices the change of managed.CommandLine|contains" in bad.stdout
    assert 0 == run("test", tmp_path / "r", "--no-mutate").exit_code
    report = json.loads(run("test", tmp_path / "r", "--format", "ndjson").stdout)
    assert (False, 4, "line 13") == (report["passed"], report["mutants"], report["survivors"][0]["place"])


def test_test_of_nothing_is_a_wrong_use(tmp_path: Path) -> None:
    """No rule folder below the paths."""
    result = run("test", tmp_path)
    assert 2 == result.exit_code
    assert "rule.yml" in result.stderr
