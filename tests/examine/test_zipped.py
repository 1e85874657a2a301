"""The cipher of password zips, against the standard library's reader as second implementation."""

from __future__ import annotations

import io
import zipfile
from random import Random

import pytest

from noroshi.demo.specimens.archives import zipped
from noroshi.examine.zipped import Archive


def test_members_come_back_as_the_standard_library_reads_them() -> None:
    """Any length, read in one piece and in many."""
    rng = Random(1)  # noqa: S311 - content of a test
    members = {f"{length}.bin": rng.randbytes(length) for length in (0, 1, 11, 4_096, 70_001)}
    raw = zipped(members, "Minato0722", rng)
    ours, theirs = Archive(io.BytesIO(raw)), zipfile.ZipFile(io.BytesIO(raw))
    for name, content in members.items():
        assert content == theirs.read(name, pwd=b"Minato0722")
        assert content == ours.read(name, pwd=b"Minato0722")
        with ours.open(name, pwd=b"Minato0722") as stream:
            assert content == b"".join(iter(lambda: stream.read(100), b""))


def test_a_wrong_password_is_refused() -> None:
    """By the check byte or by the checksum."""
    raw = zipped({"a": b"b" * 100}, "right", Random(1))  # noqa: S311 - the same
    with pytest.raises(RuntimeError, match="Bad password"):
        Archive(io.BytesIO(raw)).read("a", pwd=b"wrong")
