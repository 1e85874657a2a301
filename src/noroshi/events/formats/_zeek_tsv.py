"""Zeek's ASCII writer: tab-separated lines under headers, values typed as Zeek's JSON writer would type them.

Source: the Zeek manual, "Zeek Log Formats and Inspection" and the script reference of ``LogAscii``. Headers
may come again anywhere (rotated files joined together); they count from there on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.events.model import Fields

MAX_COLUMNS: Final = 1_000
_ESCAPES: Final = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_INNER: Final = re.compile(r"(?:set|vector|table|list)\[(.*)\]", re.DOTALL)
_CONTROL: Final = frozenset(range(32)) - {9, 10, 13}


def unescaped(text: str) -> str:
    r"""``\x09`` and the like as the text that they stand for; bytes that are no text stay escaped."""
    return _ESCAPES.sub(_read_escapes, text) if "\\x" in text else text


def _read_escapes(match: re.Match[str]) -> str:
    raw = bytes.fromhex(match[0].replace("\\x", ""))
    if _CONTROL.intersection(raw):
        return match[0]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _number(text: str) -> Any:
    value = float(text)
    return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - NaN differs from itself


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "bool": lambda text: text == "T",
    "count": int,
    "int": int,
    "port": int,
    "double": _number,
    "time": _number,
    "interval": _number,
}


@dataclass(slots=True)
class Columns:
    """What the headers said so far.

    Attributes:
        path: The log's name (``conn``), or None.
        names: Field names, in order.
        types: Their types.
    """

    path: str | None = None
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    separator: str = "\t"
    set_separator: str = ","
    empty: str = "(empty)"
    unset: str = "-"
    readers: tuple[tuple[str, Callable[[str], Any], bool], ...] = field(default=())

    def header(self, line: str) -> None:
        """Take in one line that begins with ``#``; unknown ones are comments."""
        if line.startswith("#separator"):
            self.separator = _read_escapes_always(line[len("#separator") :].strip(" ")) or "\t"
            return
        name, _, rest = line.partition(self.separator)
        if name == "#path":
            self.path = rest or None
        elif name == "#set_separator":
            self.set_separator = rest or ","
        elif name == "#empty_field":
            self.empty = rest
        elif name == "#unset_field":
            self.unset = rest
        elif name in {"#fields", "#types"}:
            self._columns(name, tuple(rest.split(self.separator, MAX_COLUMNS)[:MAX_COLUMNS]))

    def _columns(self, header: str, listed: tuple[str, ...]) -> None:
        if header == "#fields":
            self.names, self.types = listed, ()
        else:
            self.types = listed
        types = self.types if len(self.types) == len(self.names) else ("string",) * len(self.names)
        self.readers = tuple(map(_reader, self.names, types))

    def row(self, line: str) -> Fields:
        """The fields of a data line; unset ones are left out, as in Zeek's JSON.

        Raises:
            UnreadableRecordError: No header came before, or the columns do not fit it.
        """
        if not self.readers:
            raise UnreadableRecordError(
                "a line of values before any #fields header", "keep the file's header lines"
            )
        values = line.split(self.separator)
        if len(values) != len(self.readers):
            raise UnreadableRecordError(
                "the line does not have as many values as its #fields header has names", "it may be cut off"
            )
        fields: Fields = {}
        unset, empty, escaped = self.unset, self.empty, "\\x" in line
        for (name, read, many), text in zip(self.readers, values, strict=True):
            if text == unset:
                continue
            if many:
                fields[name] = self._many(read, text)
            elif read is unescaped and not escaped and text != empty:
                fields[name] = text
            else:
                fields[name] = self._one(read, text)
        return fields

    def _many(self, read: Callable[[str], Any], text: str) -> list[Any]:
        if text == self.empty:
            return []
        return [
            None if part == self.unset else self._one(read, part) for part in text.split(self.set_separator)
        ]

    def _one(self, read: Callable[[str], Any], text: str) -> Any:
        if text == self.empty:
            return ""
        try:
            return read(text)
        except (ValueError, OverflowError):
            return unescaped(text)


def _reader(name: str, kind: str) -> tuple[str, Callable[[str], Any], bool]:
    inner = _INNER.fullmatch(kind)
    return name, _READERS.get(inner[1] if inner else kind, unescaped), inner is not None


def _read_escapes_always(text: str) -> str:
    return re.sub(r"\\x([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), text)
