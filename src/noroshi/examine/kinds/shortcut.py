"""Windows shortcuts (``.lnk``): the command that they start, what they hide, what is appended to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.examine.commands.words import program_name
from noroshi.examine.cutting import cuts
from noroshi.examine.examiner import DamagedSpecimenError, Recognition
from noroshi.examine.model import Detail, Effect, EffectKind, Finding, Piece, Place, Seen, Severity
from noroshi.examine.shortcut import CLASS, read_shortcut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.examine.budget import Budget
    from noroshi.examine.model import Outcome, Specimen
    from noroshi.examine.shortcut import Shortcut

SHOWN: Final = 260
"""Characters of the target that Explorer's dialogue shows."""

_BLANKS: Final = " \t\n\v\f\r\u00a0\u2000\u200b\u3000"
_DETAILS: Final = ("description", "folder", "icon")


class ShortcutExaminer:
    """Examines shortcuts."""

    name: Final = "shortcut"
    types: Final = frozenset({"lnk"})

    def recognise(self, content: bytes | str, name: str) -> Recognition | None:
        """By the head's size and class id."""
        del name
        known = isinstance(content, bytes) and content.startswith(CLASS)
        return Recognition("lnk", 0.95) if known else None

    def examine(self, specimen: Specimen, budget: Budget) -> Iterator[Outcome]:
        """Its properties, what is odd about them, then its command and what it is cut out of or carries."""
        raw = specimen.raw
        try:
            link = read_shortcut(raw)
        except ValueError as problem:
            raise DamagedSpecimenError(str(problem)) from problem
        arguments = link.strings.get("arguments", "")
        command = _command(link.target, arguments)
        yield from _details(link)
        yield from _oddities(link, arguments)
        if command:
            given = {"command": command, "folder": link.strings.get("folder", "")}
            yield Effect(EffectKind.PROCESS, {key: one for key, one in given.items() if one}, "shortcut")
            yield Piece("command", "", command, "command-line")
        for cut in cuts(command, raw):
            if budget.take("unfolded", len(cut.content)):
                yield Finding("cut-from-itself", Severity.HIGH, {"by": cut.by, "name": cut.name})
                yield Piece("cut out", cut.name, cut.content)
        yield from _appended(raw, link)
        if not link.whole:
            raise DamagedSpecimenError("the shortcut ends early")


def _command(target: str, arguments: str) -> str:
    program = f'"{target}"' if " " in target else target
    return f"{program} {arguments.strip(_BLANKS)}".strip()


def _details(link: Shortcut) -> Iterator[Outcome]:
    given = {
        "target": link.target,
        "arguments": link.strings.get("arguments", "").strip(_BLANKS),
        **{name: link.strings.get(name, "") for name in _DETAILS},
        "machine": link.machine,
        "adapter": link.adapter,
        "target created": link.created.isoformat() if link.created else "",
        "target modified": link.modified.isoformat() if link.modified else "",
    }
    for name, value in given.items():
        if value:
            yield Detail(name, value)
    for where, text in (*link.targets.items(), *link.strings.items()):
        yield Seen(text, "literal", Place(name=where))


def _oddities(link: Shortcut, arguments: str) -> Iterator[Finding]:
    hidden = arguments.lstrip(_BLANKS)
    blanks = len(arguments) - len(hidden)
    if hidden and len(link.target) + 1 + blanks >= SHOWN:
        yield Finding("arguments-hidden", Severity.HIGH, {"blanks": str(blanks), "shown": str(SHOWN)})
    elif len(link.target) + len(arguments) > 2 * SHOWN:
        sizes = {"length": str(len(arguments)), "shown": str(SHOWN)}
        yield Finding("arguments-long", Severity.MEDIUM, sizes)
    programs = dict.fromkeys(
        program_name(path) for where, path in link.targets.items() if where != "relative" and path
    )
    if len(programs) > 1:
        yield Finding("targets-differ", Severity.HIGH, {"targets": ", ".join(link.targets.values())})
    if link.shown == "minimised":
        yield Finding("runs-minimised", Severity.LOW)


def _appended(raw: bytes, link: Shortcut) -> Iterator[Outcome]:
    rest = raw[link.end :] if link.whole else b""
    content = rest.strip(b"\0")
    if content:
        at = len(raw) - len(rest.lstrip(b"\0"))
        yield Finding("appended", Severity.HIGH, {"size": str(len(content))}, Place(offset=at))
        yield Piece("appended data", "", content, place=Place(offset=at))


EXAMINERS: Final = (ShortcutExaminer(),)
