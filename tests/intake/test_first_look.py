"""Files held from the moment they were found: what becomes of their path no longer matters."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from noroshi.events.problems import Problems
from noroshi.intake import first_look as room
from noroshi.intake import open_inputs
from noroshi.intake.first_look import Held, first_look

if TYPE_CHECKING:
    from pathlib import Path


def test_a_view_has_a_place_of_its_own(tmp_path: Path) -> None:
    """Two views of one descriptor do not disturb each other, and closing one leaves the file open."""
    path = tmp_path / "a.log"
    path.write_bytes(b"0123456789")
    with first_look([path]) as looks, looks[path].open() as second:
        with looks[path].open() as first:
            assert (b"012", b"0", 7) == (first.read(3), second.read(1), first.seek(-3, os.SEEK_END))
            assert (b"789", b"") == (first.read(), first.read(1))
        assert b"12" == second.read(2)
        assert 3 == second.tell()


def test_the_youngest_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the ones that are written to, and will be rotated; of the others the size is known."""
    monkeypatch.setattr(room, "MOST_HELD", 1)
    old, young = tmp_path / "a.log", tmp_path / "b.log"
    for path, changed in ((old, 1_000), (young, 2_000)):
        path.write_bytes(b"x" * changed)
        os.utime(path, (changed, changed))
    with first_look([old, young, tmp_path, tmp_path / "gone"]) as looks:
        assert {old: (1_000, False), young: (2_000, True)} == {
            path: (look.size, look.descriptor is not None) for path, look in looks.items()
        }
        descriptor = looks[young].descriptor
    assert descriptor is not None
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_half_of_the_files_that_may_be_open_stay_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that may open few files still reads a folder of many."""
    monkeypatch.setattr(room, "getrlimit", lambda _: (6, 6))
    paths = [tmp_path / f"{number}.log" for number in range(9)]
    for path in paths:
        path.write_bytes(b"x")
    with first_look(paths) as looks, ExitStack() as opened:
        files = [opened.enter_context(look.open()) for look in looks.values()]
        assert 3 == sum(isinstance(file, Held) for file in files)


def test_an_input_that_was_held_is_the_file_that_was_found(tmp_path: Path) -> None:
    """Its bytes, its size, its name; a copy for readers that need a path, since another stands there."""
    path = tmp_path / "a.log"
    path.write_bytes(b"old\n")
    with first_look([path]) as looks:
        path.unlink()
        path.write_bytes(b"another\n")
        problems = Problems()
        (opened,) = open_inputs(looks.values(), problems=problems)
        assert (str(path), 4, b"old\n") == (opened.source.path, opened.size_bytes, opened.head.data)
        assert opened.stream.plain_path() is None  # type: ignore[attr-defined]  # a `Rejoined`
        assert [] == problems.errors
