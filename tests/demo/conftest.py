"""One generated day, shared by the tests of the room."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import pytest

from noroshi.demo import Manifest, generate

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


@dataclass(frozen=True)
class GeneratedDay:
    """A folder with a day in it, and its answer sheet."""

    folder: Path
    manifest: Manifest

    def text(self, name: str) -> str:
        """A log file with its rotated part before it."""
        path = self.folder / "logs" / name
        older = path.with_name(path.name + ".1.gz")
        before = gzip.decompress(older.read_bytes()).decode() if older.exists() else ""
        return before + path.read_text(encoding="utf-8")

    def lines(self, name: str) -> list[str]:
        """The lines of a log file, the rotated part first."""
        return self.text(name).splitlines()

    def objects(self, name: str) -> list[dict[str, Any]]:
        """The JSON objects of a log file."""
        return [orjson.loads(line) for line in self.lines(name)]

    def zeek(self, name: str) -> list[dict[str, str]]:
        """The rows of a Zeek log by field name."""
        lines = self.lines(f"zeek/{name}.log")
        fields = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
        return [
            dict(zip(fields, line.split("\t"), strict=True)) for line in lines if not line.startswith("#")
        ]


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> GeneratedDay:
    """The whole day at scale 1."""
    folder = tmp_path_factory.mktemp("day")
    return GeneratedDay(folder, generate(folder))
