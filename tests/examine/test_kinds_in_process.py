"""Every kind goes through the isolated process: under its limits, with everything told as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from noroshi.demo.specimens import captures as demo_captures
from noroshi.demo.specimens import family
from noroshi.examine.process import examine_files
from noroshi.examine.result import Examination
from noroshi.examine.traces import traces_of
from tests.examine.kinds.samples import KINDS, WITHOUT_URL

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Examination]:
    """All kinds, examined by one process."""
    folder: Path = tmp_path_factory.mktemp("kinds")
    for kind, content in KINDS.items():
        (folder / kind).write_bytes(content)
    (folder / "sandbox").write_bytes(demo_captures.capture(family.of_the_day(1)))
    paths = [folder / name for name in (*KINDS, "sandbox")]
    found = dict(zip((*KINDS, "sandbox"), examine_files(paths), strict=True))
    return {name: one for name, one in found.items() if isinstance(one, Examination)}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_comes_to_its_end(results: dict[str, Examination], kind: str) -> None:
    """By its content alone, without a name, and nothing is left out or damaged."""
    result = results[kind]
    assert (kind, True) == (result.nodes[0].type, result.complete)
    assert not result.bounded
    assert "damaged" not in {finding.code for _, finding in result.findings()}
    if kind not in WITHOUT_URL:
        assert "inside.example" in {trace.value for trace in traces_of(result)}


def test_a_large_capture_comes_to_its_end(results: dict[str, Examination]) -> None:
    """With the program that was fetched."""
    assert "pe" in {node.type for node in results["sandbox"].nodes}
