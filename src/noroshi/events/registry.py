"""All log formats, and which of them an input has: decided by content, never by file name alone."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from noroshi.errors import LocatedError, Sentence
from noroshi.events import formats as formats_package
from noroshi.events.format import HEAD_BYTES, Format, Head, LineFormat
from noroshi.events.formats._lines import FormatOfLines, encoding_of
from noroshi.events.formats._mapped import mapped_format
from noroshi.events.formats._syslog import NAME, SyslogFormat
from noroshi.events.formats._windows_lines import WindowsLines, WindowsXmlLines

if TYPE_CHECKING:
    from pathlib import Path

TEXT_ONLY: Final = NAME
"""The format of events that are a line's text and its envelope, since no format reads the program's lines."""
THRESHOLD: Final = 0.3
"""Below this confidence an input is of no known format."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What an input seems to be.

    Attributes:
        format: The best format, or None when nothing reaches `THRESHOLD`.
        confidence: Its confidence, 0 to 1; of the best candidate also where `format` is None.
        runners_up: The other formats with any confidence, best first.
    """

    format: Format | None
    confidence: float
    runners_up: tuple[tuple[Format, float], ...] = ()


@cache
def line_formats() -> tuple[LineFormat, ...]:
    """Every format whose records are lines, by name; syslog files may mix them."""
    found = [entry for entry in _entries() if not hasattr(entry, "decode")]
    return tuple(cast("list[LineFormat]", found))


@cache
def all_formats() -> tuple[Format, ...]:
    """Every format of `events/formats/`, by name, line formats wrapped, and syslog around them all."""
    whole = [cast("Format", entry) for entry in _entries() if hasattr(entry, "decode")]
    wrapped = [FormatOfLines(entry) for entry in line_formats()]
    syslog = SyslogFormat((*line_formats(), WindowsLines(), WindowsXmlLines()))
    return tuple(sorted([*whole, *wrapped, syslog], key=lambda entry: entry.name))


_OWN: Final[list[Format]] = []


def use_mapping(path: Path) -> None:
    """Let `detect` consider one more format: a customer's own, described by a TOML file.

    Raises:
        LocatedError: The description cannot be read, or takes the name of a bundled format.
    """
    mapped = mapped_format(path)
    if format_named(mapped.name) is not None:
        raise LocatedError(
            str(path),
            "name",
            Sentence("a format of Noroshi has the name {name} already", name=mapped.name),
            "choose another; docs/reference/formats.md lists those taken",
        )
    _OWN.append(mapped)


def format_named(name: str) -> Format | None:
    """The format of this name, or None."""
    return next((entry for entry in all_formats() if entry.name == name), None)


def _entries() -> list[Any]:
    names = [module.name for module in pkgutil.iter_modules(formats_package.__path__)]
    modules = [
        importlib.import_module(f"{formats_package.__name__}.{name}")
        for name in sorted(names)
        if not name.startswith("_")
    ]
    entries = [entry for module in modules for entry in module.FORMATS]
    return sorted(entries, key=lambda entry: str(entry.name))


def head_of(data: bytes, name: str = "", *, complete: bool = False) -> Head:
    """The `Head` of an input that begins with `data`: decoded (UTF-8, UTF-16), repaired, whole lines only."""
    kept = data[:HEAD_BYTES]
    complete = complete and len(kept) == len(data)
    text = kept.decode(encoding_of(kept), "replace").removeprefix("\ufeff")
    lines = text.split("\n")
    if (not complete and len(lines) > 1) or not lines[-1]:
        lines.pop()
    return Head(kept, tuple(line.removesuffix("\r").strip("\0") for line in lines), name, complete)


def detect(head: Head) -> Detection:
    """The format of an input by its beginning: the best confidence; equal ones go by name."""
    if head.data and (
        not head.lines or encoding_of(head.data) != "utf-8" or head.data.startswith(b"\xef\xbb\xbf")
    ):
        head = head_of(head.data, head.name, complete=head.complete)
    marks = [(entry, entry.sniff(head)) for entry in (*all_formats(), *_OWN)]
    ranked = sorted((mark for mark in marks if mark[1] > 0), key=lambda mark: (-mark[1], mark[0].name))
    if not ranked:
        return Detection(None, 0.0)
    best, confidence = ranked[0]
    if confidence < THRESHOLD:
        return Detection(None, confidence, tuple(ranked))
    return Detection(best, confidence, tuple(ranked[1:]))


def splittable(entry: Format, head: Head) -> bool:
    """Whether byte ranges of this plain file may be read apart by `decode_range`: no state, and UTF-8."""
    return bool(getattr(entry, "splittable", False)) and encoding_of(head.data) == "utf-8"
