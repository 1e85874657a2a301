"""What file managers and archivers leave beside logs is passed over and counted, and is no error."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from noroshi.events.problems import Problems
from noroshi.intake import open_inputs
from noroshi.intake.walk import LITTER, is_litter

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "logs/access.log": b"a line\n",
    "__MACOSX/logs/._access.log": b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X",
    "logs/._access.log": b"\x00\x05\x16\x07",
    "logs/.DS_Store": b"\x00\x00\x00\x01Bud1",
    "logs/Thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "logs/desktop.ini": b"[.ShellClassInfo]\r\n",
}


def as_zip() -> bytes:
    """The files in a zip archive, as macOS and Windows pack them."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return target.getvalue()


def as_tar() -> bytes:
    """The same in a tar archive."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def opened(path: Path) -> tuple[list[str], Counter[str], Problems]:
    """Names of the inputs, what was passed over, and the errors."""
    skipped, problems = Counter[str](), Problems()
    names = [one.head.name for one in open_inputs([path], problems=problems, skipped=skipped)]
    return names, skipped, problems


@pytest.mark.parametrize("pack", [as_zip, as_tar])
def test_litter_of_archives_is_counted(tmp_path: Path, pack: object) -> None:
    """One log, five files that are none."""
    path = tmp_path / "logs.bin"
    path.write_bytes(pack())  # type: ignore[operator]  # one of the two above
    names, skipped, problems = opened(path)
    assert (["access.log"], {LITTER: 5}, 0) == (names, dict(skipped), problems.total)


def test_litter_of_folders_is_counted(tmp_path: Path) -> None:
    """The folder of the archiver counts once, it is not entered."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    names, skipped, problems = opened(tmp_path)
    assert (["access.log"], {LITTER: 5}, 0) == (names, dict(skipped), problems.total)


def test_what_the_user_names_is_read(tmp_path: Path) -> None:
    """Whoever names such a file means it; and names that only resemble litter are logs."""
    path = tmp_path / "._access.log"
    path.write_bytes(b"a line\n")
    assert (["._access.log"], 0) == (opened(path)[0], opened(path)[2].total)
    assert not any(map(is_litter, ("a/MACOSX/x", "a/.hidden.log", "a/thumbs.db.log", "_.log")))
