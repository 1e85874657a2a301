"""One located error for each piece of bad input, the same whatever the workers, and its bytes kept."""

from __future__ import annotations

import gzip
import lzma
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from noroshi.engine.matcher import Matcher
from noroshi.events.formats import _lines
from noroshi.service import workers
from noroshi.service.inspection import inspect
from noroshi.service.scan import ScanOptions, scan
from tests.events.samples import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from noroshi.errors import LocatedError
    from noroshi.service.ruleset import Prepared

SQUID = (
    b"1595391129.%03d 1 10.20.4.114 TCP_MISS/200 374 GET http://www.example/ - "
    b"HIER_DIRECT/198.51.100.7 text/html\n"
)


@dataclass
class Letters:
    """Dead letters in memory."""

    kept: list[tuple[str, str, bytes]] = field(default_factory=list)

    def keep(self, error: LocatedError, raw: bytes) -> None:
        """Keep one."""
        self.kept.append((error.place, error.what, raw))


def errors(prepared: Prepared, path: Path, count: int) -> tuple[list[str], list[str], Letters]:
    """Errors, repairs and dead letters of a scan with so many workers."""
    letters = Letters()
    found = scan(ScanOptions([path], workers=count, dead_letters=letters), prepared)
    found.close()
    assert found.problems.total == len(found.problems.errors)
    return list(map(str, found.problems.errors)), [one.place for one in found.problems.repairs], letters


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of 20 kB, and lines of at most 30 kB, so that one lies in many ranges."""
    monkeypatch.setattr(workers, "SPLIT_BYTES", 20_000)
    monkeypatch.setattr(_lines, "MAX_LINE_BYTES", 30_000)
    monkeypatch.setattr(_lines, "CHUNK_BYTES", 4_096)


@pytest.mark.usefixtures("small")
def test_errors_in_ranges_are_those_of_the_whole(everything: Prepared, tmp_path: Path) -> None:
    """A line over many ranges, damaged and undecodable ones around it; empty lines count."""
    path = tmp_path / "access.log"
    block = b"".join(SQUID % number for number in range(300))
    bad, latin = b"\n\ndamaged\n", SQUID.replace(b"www", b"caf\xe9") % 1
    path.write_bytes(latin + block + bad + b"x" * 150_000 + b"\n" + bad + block + latin + b"\n" + bad + block)
    one = errors(everything, path, 1)
    two = errors(everything, path, 2)
    lines = [304, 305, 308, 613]
    assert [f"line {number}" for number in lines] == [text.split(": ")[1] for text in one[0]]
    assert ["line 1", "line 609"] == one[1]
    assert one[0] == two[0]
    assert one[1] == two[1]
    assert sorted(one[2].kept) == sorted(two[2].kept)
    assert {"line 1", "line 609", *(f"line {number}" for number in lines)} == {
        kept[0] for kept in two[2].kept
    }


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "xz": lzma.compress}


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_cut_packing_is_one_error(everything: Prepared, tmp_path: Path, name: str, packer: str) -> None:
    """What it cuts off of the log's last record is no second one."""
    path = tmp_path / f"log.{packer}"
    data = SAMPLES[name] * 200
    packed = PACKERS[packer](data)
    path.write_bytes(packed[: len(packed) * 2 // 3])
    whole = tmp_path / "whole.log"
    whole.write_bytes(data)
    expected = errors(everything, whole, 1)[0]
    found = errors(everything, path, 1)[0]
    assert 1 == len([text for text in found if "stream is cut off" in text])
    assert len(found) - 1 <= len(expected)


def test_undecodable_bytes_have_a_place_and_a_letter(everything: Prepared, tmp_path: Path) -> None:
    """The first hundred; all are counted, and the inspection of a file tells its own."""
    path = tmp_path / "access.log"
    path.write_bytes(b"".join((SQUID % n).replace(b"www", b"caf\xe9") for n in range(150)))
    letters = Letters()
    found = scan(ScanOptions([path], workers=1, dead_letters=letters), everything)
    found.close()
    assert (0, 150, 100) == (found.problems.total, found.problems.repaired, len(found.problems.repairs))
    assert [f"line {number}" for number in range(1, 101)] == [place for place, _, _ in letters.kept]
    assert all(b"caf\xe9" in raw for _, _, raw in letters.kept)
    (seen,) = inspect([path], Matcher(everything.compiled))
    assert (150, "line 1") == (seen.problems.repaired, seen.problems.repairs[0].place)
