"""A small Emotet day, and the command as it is started from a shell."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest
from typer.testing import CliRunner

from noroshi.cli.main import app, main
from noroshi.demo import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str


class Run(Protocol):
    """Runs ``noroshi`` with these arguments."""

    def __call__(self, *arguments: object) -> Result:
        """The arguments after the program's name."""


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small Emotet day."""
    folder = tmp_path_factory.mktemp("day")
    generate(folder, scale=0.003)
    return folder


@pytest.fixture(scope="session")
def day_options(day: Path) -> tuple[object, ...]:
    """What a scan of the day is given beside the logs."""
    return (
        "--zone",
        "Asia/Tokyo",
        "--lists",
        day / "lists",
        "--lists",
        day / "site.toml",
        "--identities",
        day / "identities.csv",
        "--workers",
        1,
    )


@pytest.fixture(scope="session")
def rule_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache of compiled rules for all tests here."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def stories(
    day: Path, day_options: tuple[object, ...], rule_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The story of the day by language, as written to a file."""
    folder, told = tmp_path_factory.mktemp("stories"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(rule_cache))
        for language in ("en", "ja"):
            output = folder / language
            wanted = ("scan", day / "logs", *day_options, "--lang", language, "--output", output)
            assert 0 == CliRunner().invoke(app, [str(one) for one in wanted]).exit_code
            told[language] = output.read_text(encoding="utf-8")
    return told


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], rule_cache: Path
) -> Iterator[Run]:
    """The command in this process, with standard output and error as files."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(rule_cache))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("COLUMNS", raising=False)
    before = signal.getsignal(signal.SIGPIPE)

    def start(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["noroshi", *map(str, arguments)])
        capfd.readouterr()
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(bool(end.code))
        written = capfd.readouterr()
        return Result(status, written.out, written.err)

    yield start
    signal.signal(signal.SIGPIPE, before)
