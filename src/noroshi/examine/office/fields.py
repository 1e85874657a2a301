"""Fields of Word documents: what they start (DDE) and load, also where other fields spell it out.

A text holds fields as Word's binary format does: begin, instruction, separator, result, end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.examine.model import Effect, EffectKind, Finding, Piece, Place, Seen, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.model import Outcome

BEGIN, SEPARATOR, END = "\x13", "\x14", "\x15"
MAX_FIELDS: Final = 20_000
_WORD: Final = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|[“”]([^“”]*)[“”]|(\S+)")
_LOADING: Final = frozenset({"INCLUDEPICTURE", "INCLUDETEXT", "LINK", "IMPORT", "AUTOTEXT"})
_STARTING: Final = frozenset({"DDE", "DDEAUTO"})


def instructions(text: str) -> Iterator[str]:
    """The instructions of all fields, inner ones first; what inner fields spell stands in the outer ones."""
    waiting: list[list[str]] = []
    passed: list[bool] = []
    known: dict[str, str] = {}
    count = 0
    for part in parts(text):
        if part == BEGIN:
            waiting.append([])
            passed.append(False)
        elif part == SEPARATOR and waiting:
            passed[-1] = True
        elif part == END and waiting:
            instruction = "".join(waiting.pop()).strip()
            passed.pop()
            count += 1
            if count > MAX_FIELDS:
                return
            if instruction:
                yield instruction
            result = _result(instruction, known)
            if waiting and not passed[-1]:
                waiting[-1].append(result)
        elif waiting and not passed[-1]:
            waiting[-1].append(part)


def parts(text: str) -> Iterator[str]:
    """Marks of fields and what stands between them."""
    begin = 0
    for match in re.finditer("[\x13\x14\x15]", text):
        if match.start() > begin:
            yield text[begin : match.start()]
        yield match[0]
        begin = match.end()
    if begin < len(text):
        yield text[begin:]


def words(instruction: str) -> list[str]:
    """The words of an instruction; quoted ones whole, doubled backslashes single."""
    found: list[str] = []
    for match in _WORD.finditer(instruction):
        quoted = match[1] if match[1] is not None else match[2]
        found.append((quoted if quoted is not None else match[3]).replace("\\\\", "\\").replace('\\"', '"'))
    return found


def _result(instruction: str, known: dict[str, str]) -> str:
    """What a field shows: ``QUOTE`` its characters, ``SET`` keeps a text, ``REF`` shows it."""
    name, *given = words(instruction) or [""]
    match name.upper():
        case "QUOTE":
            if given and all(one.isdecimal() and int(one) < 0x110000 for one in given):
                return "".join(chr(int(one)) for one in given)
            return " ".join(given)
        case "SET" if len(given) > 1:
            known[given[0].lower()] = given[1]
            return ""
        case "REF" if given:
            return known.get(given[0].lower(), "")
    return known.get(name.lower(), "")


def field_outcomes(text: str) -> Iterator[Outcome]:
    """What the fields of a document would start or load."""
    for instruction in instructions(text):
        name, *given = words(instruction) or [""]
        upper = name.upper()
        place = Place(name=upper)
        if upper in _STARTING and given:
            command = " ".join(given)
            yield Finding("dde", Severity.HIGH, {"what": command[:300]}, place)
            yield Effect(EffectKind.PROCESS, {"command": command}, upper, place)
            yield Piece("command", "", command, "command-line", place=place)
        elif upper in _LOADING or upper == "HYPERLINK":
            yield from _loading(upper, given)


def _loading(name: str, given: list[str]) -> Iterator[Outcome]:
    for target in given:
        if "://" not in target and not target.startswith("\\\\"):
            continue
        yield Seen(target, "reference", Place(name=name))
        if name != "HYPERLINK":
            yield Finding("loads-from-outside", Severity.HIGH, {"kind": name, "target": target})
