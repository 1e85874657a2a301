"""The searches of a guide, filled in from an alert and what is known of its story."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.alerts.model import ENTITY_KINDS
from noroshi.cli.options import PROGRAM
from noroshi.rules.guide import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.alerts.model import Alert
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.page import Page

_SAFE: Final = re.compile(r"[\w.@:\-]", re.ASCII)
_SHIFT: Final = re.compile(r"time(?:([+-])(\d+)([smhd]))?")
_PERIOD: Final = re.compile(r" --(?:since|until) \{time[^{}]*\}")
"""What a search leaves out where nobody knows the time of its alert."""
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_FILTER: Final = re.compile(r"select\((\.entities\.|\.event[\[.])[^{}()]*\"\{(?:field:)?([\w.-]+)\}\"\)")
"""What a guide's search narrows down by one placeholder."""


@dataclass(frozen=True, slots=True)
class Known:
    """Where the values of a search come from.

    Attributes:
        alert: The alert that the guide is read for.
        entities: Kind → names of the story around it, which stand in where the alert has none itself.
        facts: Of the scan: its inputs and options.
        program: How ``noroshi`` is called.
    """

    alert: Alert
    entities: Mapping[str, tuple[str, ...]]
    facts: Facts
    program: str = PROGRAM

    def value(self, name: str) -> str:
        """An entity's name, or the value of ``field:NAME``; empty where nothing is known."""
        if name.startswith("field:"):
            correlation = self.alert.correlation
            shared = dict(correlation.group) if correlation is not None else {}
            field = name.removeprefix("field:")
            return str(self.alert.event.get(field, shared.get(field, "")))
        own = getattr(self.alert.entities, name)
        return str(own or next(iter(self.entities.get(name, ())), ""))


def filled(search: str, known: Known, page: Page) -> str:
    """A guide's search with its placeholders filled, safe to paste into a shell."""
    alert = known.alert
    folder = _readable(Path(alert.rule.folder))
    search, unknown = _narrowed(search, known)
    if unknown:
        return _unknown(unknown, page)
    if not alert.is_timed:
        search = _PERIOD.sub("", search)
    text = search.replace("{folder}/../", f"{shlex.quote(_readable(Path(alert.rule.folder).parent))}/")

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if shift := _SHIFT.fullmatch(name):
            return _moment(alert.time, shift, page)
        if name == "logs":
            return _logs(known.facts)
        if name == "folder":
            return shlex.quote(folder)
        if name == "rule_id":
            return harmless(alert.rule.id)
        return harmless(known.value(name))

    return PLACEHOLDER.sub(value, text.replace(PROGRAM, known.program, 1))


def _narrowed(search: str, known: Known) -> tuple[str, str]:
    """The search with its filter on a name that is known, and what is unknown if there is none."""
    found = _FILTER.search(search)
    if found is None:
        return search, ""
    kind, is_entity = found[2], found[1] == ".entities."
    if known.value(kind if is_entity else f"field:{kind}"):
        return search, ""
    others = (name for name in ENTITY_KINDS if is_entity and known.value(name))
    other = next(others, "")
    instead = f'select(.entities.{other} == "{{{other}}}")'
    return (search.replace(found[0], instead), "") if other else (search, kind)


def _unknown(kind: str, page: Page) -> str:
    name = page.say(f"entity.{kind}") if kind in ENTITY_KINDS else kind
    return page.say("check.unknown", kind=name[:1].lower() + name[1:])


def harmless(text: str) -> str:
    r"""Letters that could end a quotation or start a command as ``\u0027``, which jq reads as that letter.

    A log decides what a host is called; a command with that name must not become another command.
    """
    return "".join(letter if _SAFE.match(letter) or letter.isalnum() else _escapes(letter) for letter in text)


def _escapes(letter: str) -> str:
    pair = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{pair[at]:02x}{pair[at + 1]:02x}" for at in range(0, len(pair), 2))


def _moment(at: datetime, shift: re.Match[str], page: Page) -> str:
    moved = at
    if shift[1]:
        step = timedelta(**{_UNITS[shift[3]]: int(shift[2])})
        moved = at + step if shift[1] == "+" else at - step
    return moved.astimezone(page.zone).isoformat(timespec="seconds").replace("+00:00", "Z")


def _logs(facts: Facts) -> str:
    options = facts.scan.options
    parts = [shlex.quote(_readable(path)) for path in options.paths]
    if options.zone is not None:
        parts += ["--zone", shlex.quote(str(options.zone))]
    if options.year is not None:
        parts += ["--year", str(options.year)]
    for path in options.identities:
        parts += ["--identities", shlex.quote(_readable(path))]
    return " ".join(parts)


def _readable(path: Path) -> str:
    """Relative to the working folder where it lies below it."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)
