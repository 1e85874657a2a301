"""A macro project in a compound file: its modules' source and its forms (MS-OVBA, MS-OFORMS)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from noroshi.examine.examiner import DamagedSpecimenError
from noroshi.examine.forms import read_form
from noroshi.examine.ovba import decompressed, modules, source

if TYPE_CHECKING:
    from noroshi.examine.forms import Form
    from noroshi.examine.office.container import Container, Path
    from noroshi.examine.ovba import Module


@dataclass(frozen=True, slots=True)
class Project:
    """A macro project.

    Attributes:
        codec: Its code page, as a Python codec.
        sources: Module → its source, in the project's order; empty where it has none.
        streams: Module → its whole stream: compiled code, then the compressed source.
        places: Module → where its source begins in its stream.
        unreadable: Modules whose source cannot be read.
        compiled: The stream ``_VBA_PROJECT``.
    """

    codec: str
    sources: dict[str, str] = field(default_factory=dict)
    streams: dict[str, bytes] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    forms: dict[str, Form] = field(default_factory=dict)
    compiled: bytes = b""


def roots(container: Container) -> list[Path]:
    """The storages that hold a macro project: those with ``VBA/dir``."""
    return [path[:-2] for path in container.paths if [one.lower() for one in path[-2:]] == ["vba", "dir"]]


def read_project(container: Container, root: Path) -> Project:
    """The project in a storage.

    Raises:
        DamagedSpecimenError: Its directory of modules cannot be read.
    """
    try:
        codec, listed = modules(decompressed(container.read(*root, "VBA", "dir")))
    except ValueError as problem:
        raise DamagedSpecimenError("the macro project's directory is damaged") from problem
    project = Project(
        codec,
        forms=_forms(container, root, codec),
        compiled=container.read(*root, "VBA", "_VBA_PROJECT"),
    )
    unreadable: list[str] = []
    for module in listed:
        _read(container, root, module, project, unreadable)
    return Project(
        codec, project.sources, project.streams, project.places, tuple(unreadable), project.forms,
        project.compiled,
    )  # fmt: skip


def _read(container: Container, root: Path, module: Module, project: Project, unreadable: list[str]) -> None:
    stream = container.read(*root, "VBA", module.stream or module.name)
    project.streams[module.name] = stream
    project.places[module.name] = module.offset
    try:
        project.sources[module.name] = source(stream, module, project.codec)
    except ValueError:
        project.sources[module.name] = ""
        unreadable.append(module.name)


def _forms(container: Container, root: Path, codec: str) -> dict[str, Form]:
    """The storages beside ``VBA`` that hold a designed form."""
    storages: dict[str, dict[str, bytes]] = {}
    for path in container.under(root):
        inner = path[len(root) :]
        if len(inner) > 1 and inner[0].lower() != "vba":
            streams = storages.setdefault(inner[0], {})
            streams["/".join(inner[1:])] = container.read(*path)
    return {
        name: read_form(name, streams, codec)
        for name, streams in storages.items()
        if "f" in streams or "\x03VBFrame" in streams
    }
