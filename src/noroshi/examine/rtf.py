r"""RTF as Word reads it: objects, templates, fields and the text, whatever is put between their digits.

Word looks for hexadecimal digits in ``\objdata`` and passes what it does not know, so that a reader of plain
digits is easily led astray: groups and control words in between, ``\bin``, ``\'hh``, white space, an odd
number of digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget

MAX_DEPTH: Final = 10_000
MAX_OBJECTS: Final = 500
MAX_TEXT: Final = 1 << 22
_TOKENS_A_STEP: Final = 8
_TOKEN: Final = re.compile(
    r"\\([A-Za-z]{1,64})(-?\d{1,32})?[ ]?|\\'([0-9A-Fa-f]{2})|\\(.)|([{}])|([^\\{}]+)|(\\)", re.DOTALL
)
_NO_DIGIT: Final = re.compile(r"[^0-9A-Fa-f]+")
_DESTINATIONS: Final = frozenset({"objdata", "objclass", "objname", "template", "fldinst"})
_BESIDE_TEXT: Final = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "info", "pict", "listtable", "listoverridetable", "themedata",
     "colorschememapping", "latentstyles", "datastore", "rsidtbl", "generator", "xmlnstbl", "filetbl",
     "bkmkstart", "bkmkend", "header", "footer"}
)  # fmt: skip
_BREAKS: Final = {"par": "\n", "line": "\n", "tab": "\t", "cell": "\t", "row": "\n", "sect": "\n"}
_FLAGS: Final = frozenset({"objupdate", "objautlink", "objlink", "objemb", "objocx", "objhtml", "objsub"})


@dataclass(slots=True)
class Object:
    r"""An object of the document.

    Attributes:
        parts: Digits, bytes of ``\bin`` and ``\'hh``, in order; True where they stand in a group that is not
            known.
        flags: ``objupdate`` … as the document says.
        name: ``\objclass``.
    """

    parts: list[tuple[str, str | bytes, bool]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    name: str = ""


@dataclass(slots=True)
class Document:
    r"""What was read.

    Attributes:
        fields: Instructions of fields.
        templates: Of ``\*\template``.
        complete: Whether the end was reached before a limit.
        too_deep: Whether groups were nested deeper than is followed.
    """

    objects: list[Object] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    text: str = ""
    complete: bool = True
    too_deep: bool = False


@dataclass(slots=True)
class _Group:
    """A group that is open.

    Attributes:
        kind: Where its text goes: ``text``, one of the destinations, or ``skip``.
        beside: Whether it is unknown inside another destination.
        pieces: Text of a destination that begins here.
        sink: Where text of the destination goes, begun here or around.
    """

    kind: str = "text"
    beside: bool = False
    pieces: list[str] | None = None
    sink: list[str] | None = None
    starred: bool = False
    skipped: int = 1
    object: Object | None = None


def read_rtf(raw: bytes, budget: Budget) -> Document:
    """The document, as far as the budget goes; braces that do not match are no hindrance."""
    return _Reader(raw, budget).read()


class _Reader:
    """One pass over the tokens."""

    def __init__(self, raw: bytes, budget: Budget) -> None:
        self.raw = raw
        self.source = raw.decode("latin-1")
        self.budget = budget
        self.document = Document()
        self.groups = [_Group()]
        self.text: list[str] = []
        self.length = 0
        self.pass_over = 0

    def read(self) -> Document:
        """The whole document."""
        at, count = 0, 0
        while at < len(self.source):
            match = _TOKEN.match(self.source, at)
            if match is None:
                break
            at = self.token(match)
            count += 1
            if count % _TOKENS_A_STEP == 0 and not self.budget.take("steps"):
                self.document.complete = False
                break
        while len(self.groups) > 1:
            self.close()
        self.document.text = "".join(self.text)
        return self.document

    def token(self, match: re.Match[str]) -> int:
        """Take one token; where the next one begins."""
        word, number, code, sign, brace, text, _ = match.groups()
        if brace == "{":
            self.open()
        elif brace == "}":
            self.close()
        elif word is not None:
            return self.word(word, number, match)
        elif code is not None:
            self.coded(code)
        elif sign is not None:
            self.sign(sign)
        elif text is not None:
            self.plain(text)
        return match.end()

    def open(self) -> None:
        """A group begins."""
        above = self.groups[-1]
        if len(self.groups) < MAX_DEPTH:
            group = _Group(above.kind, above.beside, sink=above.sink, skipped=above.skipped)
            group.object = above.object
            self.groups.append(group)
        else:
            self.document.too_deep = True

    def close(self) -> None:
        """A group ends; what a destination gathered in it is kept."""
        if len(self.groups) == 1:
            return
        group = self.groups.pop()
        if group.pieces is None:
            return
        gathered = "".join(group.pieces).strip()
        if group.kind == "template":
            self.document.templates.append(gathered)
        elif group.kind == "fldinst":
            self.document.fields.append(gathered)
        elif group.kind == "objclass" and group.object is not None:
            group.object.name = gathered

    def word(self, word: str, number: str | None, match: re.Match[str]) -> int:
        """A control word."""
        group = self.groups[-1]
        lower = word.lower()
        if lower == "bin":
            return self.binary(int(number or 0), match.end())
        if lower == "u" and number is not None:
            self.emit(chr(int(number) % 0x10000))
            self.pass_over = group.skipped
        elif lower == "uc":
            group.skipped = max(0, min(int(number or 1), 16))
        elif lower == "object":
            group.object = Object()
            if len(self.document.objects) < MAX_OBJECTS:
                self.document.objects.append(group.object)
        elif lower in _FLAGS:
            if group.object is not None:
                group.object.flags.append(lower)
        elif lower in _DESTINATIONS:
            self.destination(lower)
        elif lower in _BESIDE_TEXT or group.starred:
            group.kind, group.beside = (group.kind, True) if group.kind != "text" else ("skip", True)
        elif lower in _BREAKS:
            self.emit(_BREAKS[lower])
        group.starred = False
        return match.end()

    def destination(self, name: str) -> None:
        """The group's text goes elsewhere from here on."""
        group = self.groups[-1]
        group.kind, group.beside = name, False
        if name == "objdata":
            if group.object is None or group.object.parts:
                group.object = Object()
                if len(self.document.objects) < MAX_OBJECTS:
                    self.document.objects.append(group.object)
        elif group.pieces is None:
            group.pieces = group.sink = []

    def binary(self, count: int, at: int) -> int:
        r"""``\bin``: so many bytes as they are."""
        end = min(len(self.raw), at + max(0, count))
        group = self.groups[-1]
        if group.kind == "objdata" and group.object is not None:
            group.object.parts.append(("bin", self.raw[at:end], group.beside))
        return end

    def coded(self, code: str) -> None:
        r"""``\'hh``: a byte of text; in an object's digits it is noise that readers take differently."""
        group = self.groups[-1]
        if group.kind == "objdata" and group.object is not None:
            group.object.parts.append(("code", code, group.beside))
        elif self.pass_over:
            self.pass_over -= 1
        else:
            self.emit(bytes([int(code, 16)]).decode("cp1252", "replace"))

    def sign(self, sign: str) -> None:
        """A control symbol."""
        if sign == "*":
            self.groups[-1].starred = True
        elif sign in "\\{}":
            self.emit(sign)
        elif sign == "~":
            self.emit("\xa0")

    def plain(self, text: str) -> None:
        """Text."""
        group = self.groups[-1]
        if group.kind == "objdata":
            if group.object is not None:
                group.object.parts.append(("hex", text, group.beside))
            return
        text = text.replace("\r", "").replace("\n", "")
        if self.pass_over and text:
            text, self.pass_over = text[self.pass_over :], max(0, self.pass_over - len(text))
        self.emit(text)

    def emit(self, text: str) -> None:
        """Text to where the group's text goes."""
        group = self.groups[-1]
        if group.beside or not text or self.length > MAX_TEXT:
            return
        self.length += len(text)
        if group.kind == "text":
            self.text.append(text)
        elif group.sink is not None and group.kind != "skip":
            group.sink.append(text)


def contents(found: Object) -> Iterator[bytes]:
    """The bytes that an object's parts may mean, the likeliest reading first, each once."""
    told: set[bytes] = set()
    for beside, code in ((False, "pass"), (False, "drop"), (True, "pass"), (False, "digits")):
        raw = _decoded([part for part in found.parts if beside or not part[2]], code)
        if raw and raw not in told:
            told.add(raw)
            yield raw


def _decoded(parts: list[tuple[str, str | bytes, bool]], code: str) -> bytes:
    r"""Digits two by two; how ``\'hh`` is taken: passed, dropping the digit before it, or as digits."""
    out, digits = bytearray(), bytearray()
    for kind, content, _ in parts:
        if isinstance(content, bytes):
            if not content:
                continue
            out += bytes.fromhex(digits[: len(digits) & ~1].decode()) + content
            digits.clear()
        elif kind == "hex":
            digits += _NO_DIGIT.sub("", content).encode()
        elif code == "drop" and len(digits) & 1:
            digits.pop()
        elif code == "digits":
            digits += str(content).encode()
    return bytes(out + bytes.fromhex(digits[: len(digits) & ~1].decode()))
