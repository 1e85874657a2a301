"""Disc images: ISO 9660 with Joliet and Rock Ridge, and UDF beside it; hidden files are told."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import pycdlib

from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.kinds.archives import MAX_MEMBERS, told
from noroshi.examine.model import Detail, Finding, Severity
from noroshi.examine.unfolding import unfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

_MARK: Final = 32_769
_MARKS: Final = frozenset({b"CD001", b"BEA01"})
_HIDDEN: Final = 1


class DiscExaminer:
    """Examines disc images."""

    name: Final = "disc"
    types: Final = frozenset({"iso"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By the descriptor in sector 16."""
        del name
        known = isinstance(content, bytes) and content[_MARK : _MARK + 5] in _MARKS
        return Recognition("iso", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """The files of the tree that Windows shows, then those that only another tree has."""
        image = pycdlib.PyCdlib()
        try:
            image.open_fp(io.BytesIO(specimen.raw))
            files = _files(image)
        except Exception as problem:
            raise DamagedSpecimenError("its trees of folders cannot be read") from problem
        label = str(image.pvd.volume_identifier.decode("utf-8", "replace")).strip()
        if label:
            yield Detail("label", label)
        yield Detail("members", str(len(files)))
        for (kind, path), hidden in files.items():
            if hidden:
                yield Finding("file-hidden", Severity.MEDIUM, {"name": path})
            yield from _file(image, kind, path, budget)
            if budget.left("unfolded") == 0:
                return


def _trees(image: Any) -> list[str]:
    """The names of trees, that first which Windows shows."""
    known = (
        ("udf_path", image.has_udf()),
        ("joliet_path", image.has_joliet()),
        ("rr_path", image.has_rock_ridge()),
        ("iso_path", True),
    )
    return [name for name, there in known if there]


def _files(image: Any) -> dict[tuple[str, str], bool]:
    """Tree and path of every file, and whether it is hidden; each place on the disc once."""
    found: dict[tuple[str, str], bool] = {}
    places: set[object] = set()
    for kind in _trees(image):
        for folder, _, names in image.walk(**{kind: "/"}):
            for name in names:
                path = f"{folder.rstrip('/')}/{name}"
                place, hidden = _record(image, kind, path)
                if place not in places:
                    places.add(place)
                    found[kind, path] = hidden
                if len(found) >= MAX_MEMBERS:
                    return found
    return found


def _record(image: Any, kind: str, path: str) -> tuple[object, bool]:
    """Where a file lies, and whether it is hidden."""
    record = image.get_record(**{kind: path})
    hidden = bool(getattr(record, "file_flags", 0) & _HIDDEN)
    inode = getattr(record, "inode", None)
    if inode is None:
        return (kind, path), hidden
    return (inode.fp_offset, inode.get_data_length()), hidden


def _file(image: Any, kind: str, path: str, budget: Budget) -> Iterator[Outcome]:
    name = path.lstrip("/").removesuffix(";1") if kind == "iso_path" else path.lstrip("/")
    try:
        with image.open_file_from_iso(**{kind: path}) as stream:
            unfolded = unfold(stream, budget)
    except Exception:  # noqa: BLE001 - extents that lead out of the image fail in several ways
        yield Finding("member-damaged", Severity.LOW, {"name": name})
        return
    yield from told(name, "iso", unfolded)


EXAMINERS: Final = (DiscExaminer(),)
