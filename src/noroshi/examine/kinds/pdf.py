"""PDF: what it opens, starts, sends and holds, object by object, whatever its pages show.

Every object that the tables name is looked at, those in object streams too, because an action can hang on
anything. Where the tables are damaged beyond the library's repair, streams are unpacked and searched as text.
"""

from __future__ import annotations

import io
import logging
import re
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.examiner import Recognition
from noroshi.examine.model import Detail, Effect, EffectKind, Finding, Piece, Place, Seen, Severity
from noroshi.examine.passwords import attempts

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen

MAX_OBJECTS: Final = 20_000
MAX_MISPLACED: Final = 50
"""Objects that do not stand where the table says: the library searches the whole file for each."""

MAX_INSIDE: Final = 2_000
"""Dictionaries and lists inside one object."""

MAX_PAGES_READ: Final = 5
MAX_LOOSE: Final = 1 << 22
_HEAD: Final = re.compile(rb"%PDF-\d")
_STREAM: Final = re.compile(rb"stream\r?\n")
_END: Final = b"\nstartxref\n0\n%%EOF\n"
"""An end that leads nowhere, behind a file without one: the library makes the table anew."""

_DETAILS: Final = ("/Title", "/Author", "/Subject", "/Creator", "/Producer", "/CreationDate", "/ModDate")
_OPENED: Final = frozenset({"/OpenAction", "/AA"})
_MEDIA: Final = frozenset({"/RichMedia", "/Flash", "/3D", "/Movie"})


class PdfExaminer:
    """Examines PDF files."""

    name: Final = "pdf"
    types: Final = frozenset({"pdf"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By its head within the first KiB, where readers look for it."""
        del name
        known = isinstance(content, bytes) and _HEAD.search(content[:1_024]) is not None
        return Recognition("pdf", 0.9) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its properties, then actions, scripts, links and files in its objects, then the text of pages."""
        with _silent():
            reader = _opened(specimen.raw) or _opened(specimen.raw + _END)
            if reader is None:
                yield Finding("damaged", Severity.LOW, {"type": "pdf", "what": "its tables cannot be read"})
                yield from _loose(specimen.raw, budget)
                return
            if reader.is_encrypted:
                unlocked = yield from _unlocked(reader, specimen)
                if not unlocked:
                    return
            yield from _properties(reader)
            yield from _objects(reader, specimen.raw, budget)
            yield from _pages(reader, budget)


@contextmanager
def _silent() -> Iterator[None]:
    """The library tells what it repaired to a log; a specimen's repairs are no messages of ours."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _opened(raw: bytes) -> Any:
    from pypdf import PdfReader  # noqa: PLC0415 - half a second that other kinds need not wait for

    try:
        reader = PdfReader(io.BytesIO(raw))
        known = bool(reader.xref or reader.xref_objStm)
    except Exception:  # noqa: BLE001 - a hostile file makes the library fail in any way
        return None
    return reader if known else None


def _unlocked(reader: Any, specimen: Specimen) -> Generator[Outcome, None, bool]:
    """Tell how it was opened, and return whether it was."""
    for password in ("", *(one.decode("utf-8", "replace") for one in attempts(specimen.passwords))):
        try:
            opens = bool(reader.decrypt(password))
        except Exception:  # noqa: BLE001 - unknown ciphers and damaged keys
            opens = False
        if opens:
            code = "password-found" if password else "password-empty"
            yield Finding(code, Severity.MEDIUM if password else Severity.INFO, {"password": password})
            return True
    yield Finding("encrypted", Severity.MEDIUM, {"name": specimen.name or "PDF"})
    return False


def _properties(reader: Any) -> Iterator[Outcome]:
    try:
        given = reader.metadata or {}
        pages = len(reader.pages)
    except Exception:  # noqa: BLE001 - as above; the objects are looked at all the same
        return
    yield Detail("pages", str(pages))
    for name in _DETAILS:
        value = given.get(name)
        if value:
            yield Detail(name[1:].lower(), str(value)[:500])


def _objects(reader: Any, raw: bytes, budget: Budget) -> Iterator[Outcome]:
    misplaced = damaged = 0
    told: set[tuple[str, ...]] = set()
    for at, (number, generation, place) in enumerate(_table(reader)):
        if at >= MAX_OBJECTS or not budget.take("steps", 10):
            yield Finding("objects-left", Severity.LOW, {"limit": str(MAX_OBJECTS)})
            return
        if place is not None and not re.match(rb"\s*\d", raw[place : place + 12]):
            misplaced += 1
            if misplaced > MAX_MISPLACED:
                continue
        try:
            found = reader.get_object(_reference(reader, number, generation))
        except Exception:  # noqa: BLE001 - the other objects go on
            damaged += 1
            continue
        yield from _inside(found, Place(name=f"object {number}"), told, budget)
    if damaged:
        yield Finding("objects-damaged", Severity.LOW, {"count": str(damaged)})


def _table(reader: Any) -> list[tuple[int, int, int | None]]:
    """Number, generation and place of every object; no place for those in object streams."""
    found: dict[tuple[int, int], int | None] = {}
    for generation, objects in reader.xref.items():
        for number, place in objects.items():
            found[number, generation] = place
    for number in reader.xref_objStm:
        found.setdefault((number, 0), None)
    return [(number, generation, place) for (number, generation), place in sorted(found.items(), key=_first)]


def _first(item: tuple[tuple[int, int], int | None]) -> tuple[int, int]:
    return item[0]


def _reference(reader: Any, number: int, generation: int) -> Any:
    from pypdf.generic import IndirectObject  # noqa: PLC0415 - as above

    return IndirectObject(number, generation, reader)


def _inside(found: Any, place: Place, told: set[tuple[str, ...]], budget: Budget) -> Iterator[Outcome]:
    """Everything in one object that stands there itself; what it points to is looked at on its own."""
    waiting = [found]
    for _ in range(MAX_INSIDE):
        if not waiting:
            return
        here = waiting.pop()
        if isinstance(here, list):
            waiting += here[:MAX_INSIDE]
        elif isinstance(here, dict):
            for outcome in _dictionary(here, place, budget):
                key = _key(outcome)
                if key not in told:
                    told.add(key)
                    yield outcome
            waiting += [one for one in list(here.values())[:MAX_INSIDE] if isinstance(one, (dict, list))]


def _key(outcome: Outcome) -> tuple[str, ...]:
    if isinstance(outcome, Piece):
        return ("piece", outcome.name, str(hash(outcome.content)))
    if isinstance(outcome, Effect):
        return ("effect", *outcome.arguments.values())
    if isinstance(outcome, Finding):
        return ("finding", outcome.code, *outcome.values.values())
    return ("other", str(outcome))


def _dictionary(here: Any, place: Place, budget: Budget) -> Iterator[Outcome]:
    action = _text(here.get("/S"))
    if _OPENED & set(here):
        yield Finding("runs-when-opened", Severity.LOW, {}, place)
    if "/URI" in here:
        yield Seen(_text(here.get("/URI")), "reference", place)
    if "/JS" in here:
        script = _text(here.get("/JS"))
        if script.strip() and budget.take("unfolded", len(script)):
            yield Finding("script-inside", Severity.MEDIUM, {"language": "JavaScript"}, place)
            yield Piece("script", "", script, "javascript", place=place)
    if action == "/Launch":
        yield from _launch(here, place)
    elif action in {"/SubmitForm", "/GoToR", "/GoToE", "/ImportData"}:
        yield from _leads(action, here, place)
    if "/EF" in here:
        yield from _file(here, place, budget)
    if "/XFA" in here:
        yield Finding("script-inside", Severity.LOW, {"language": "XFA"}, place)
    for media in _MEDIA & {action, _text(here.get("/Subtype"))}:
        yield Finding("media-inside", Severity.MEDIUM, {"kind": media[1:]}, place)


def _launch(here: Any, place: Place) -> Iterator[Outcome]:
    windows = _resolved(here.get("/Win"))
    given = windows if isinstance(windows, dict) else {}
    program = _text(given.get("/F")) or _file_name(here.get("/F"))
    command = f"{program} {_text(given.get('/P'))}".strip()
    if command:
        yield Finding("launches", Severity.HIGH, {"command": command[:300]}, place)
        yield Effect(EffectKind.PROCESS, {"command": command}, "/Launch", place)
        yield Piece("command", "", command, "command-line", place=place)


def _leads(action: str, here: Any, place: Place) -> Iterator[Outcome]:
    target = _file_name(here.get("/F"))
    if not target:
        return
    yield Seen(target, "reference", place)
    if action == "/SubmitForm":
        yield Effect(EffectKind.REQUEST, {"method": "POST", "url": target}, action, place)
        yield Finding("form-outside", Severity.MEDIUM, {"target": target[:500], "fields": ""}, place)
    elif target.startswith("\\\\") or "://" in target:
        yield Finding(
            "loads-from-outside", Severity.MEDIUM, {"kind": action[1:], "target": target[:500]}, place
        )


def _file(here: Any, place: Place, budget: Budget) -> Iterator[Outcome]:
    """An embedded file; the same file may stand under several keys."""
    name = _file_name(here)
    files = _resolved(here.get("/EF"))
    for key in ("/UF", "/F", "/DOS", "/Unix", "/Mac"):
        stream = _resolved(files.get(key)) if isinstance(files, dict) else None
        content = _content(stream)
        if content is not None and budget.take("unfolded", len(content)):
            yield Finding("file-inside", Severity.MEDIUM, {"name": name, "size": str(len(content))}, place)
            yield Piece("embedded file", name, content, place=place)
            return


def _file_name(specification: Any) -> str:
    given = _resolved(specification)
    if isinstance(given, dict):
        return next((text for key in ("/UF", "/F", "/DOS") if (text := _text(given.get(key)))), "")
    return _text(given)


def _resolved(value: Any) -> Any:
    try:
        return value.get_object() if hasattr(value, "get_object") else value
    except Exception:  # noqa: BLE001 - it points nowhere
        return None


def _text(value: Any) -> str:
    """A text, the content of a stream, or the empty text."""
    given = _resolved(value)
    if isinstance(given, dict):
        content = _content(given)
        return "" if content is None else _decoded(content)
    if isinstance(given, bytes):
        return _decoded(bytes(given))
    return str(given) if isinstance(given, str) else ""  # the library's own texts are no plain ones


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8", "replace") if content[:4_096].isascii() else content.decode("latin-1")


def _content(stream: Any) -> bytes | None:
    if not hasattr(stream, "get_data"):
        return None
    try:
        return bytes(stream.get_data())
    except Exception:  # noqa: BLE001 - damaged filters, or more than the library unpacks
        return None


def _pages(reader: Any, budget: Budget) -> Iterator[Outcome]:
    try:
        for page in list(reader.pages)[:MAX_PAGES_READ]:
            text = page.extract_text()
            if text.strip() and budget.take("text", len(text)):
                yield Seen(text, "body")
    except Exception:  # noqa: BLE001 - the text of pages is beside what they do
        return


def _loose(raw: bytes, budget: Budget) -> Iterator[Outcome]:
    """The file and its streams as texts, where no table leads to the objects."""
    yield Seen(raw[:MAX_LOOSE].decode("latin-1"), "source")
    for found in _STREAM.finditer(raw):
        if not budget.take("steps", 10):
            return
        try:
            content = zlib.decompressobj().decompress(raw[found.end() :][:MAX_LOOSE], MAX_LOOSE)
        except zlib.error:
            continue
        if not budget.take("unfolded", len(content)):
            return
        yield Seen(content.decode("latin-1"), "source", Place(offset=found.start()))


EXAMINERS: Final = (PdfExaminer(),)
