"""Which field held what, and what the rule looked for: the few values that tell the most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import re2
from rich.cells import cell_len

from noroshi.cli.story.plain import defanged, fitting, shortened, visible
from noroshi.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from noroshi.alerts.encounters import Line
    from noroshi.alerts.model import Alert
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.words import Words
    from noroshi.engine.hits import Evidence, Listed

_DULL: Final = frozenset(
    {"EventID", "ProviderName", "Provider_Name", "Channel", "cs-method", "LogonType", "mail_event", "status"}
    | {"logon_result", "logon_kind"}
)
_TELLING: Final = (
    "logon_origin", "logon_user", "mail_subject", "mail_from", "mail_attachments",
    "filename", "TargetFilename", "CommandLine", "Image", "Details",
    "ServiceName", "c-uri", "query", "dst_ip", "src_host", "dst_port",
)  # fmt: skip
"""Fields that say what it was, the most telling first."""
_SUBJECTS: Final = (
    "Threat Name", "Path", "ServiceName", "Service Name", "ImagePath", "TaskName", "RuleName", "ObjectName",
    "TargetUserName", "TargetName", "SubjectUserName", "Process Name", "Detection User", "UserName", "param1",
)  # fmt: skip
"""Fields that say whom or what an event is about whose kind is all that a rule asks for."""
_NORMALISED: Final = "-norm"
_REFERENCE: Final = re.compile(r"equals the field (\S+)")
_HASH_FIELDS: Final = frozenset({"md5", "sha1", "sha256", "hash", "hashes", "imphash"})
_EXPRESSION: Final = re.compile(r"/(.*)/[ims]*", re.DOTALL)
_OF_SITES: Final = frozenset({"network", "pattern"})
"""How values meet site lists (our networks, ``adm*``)."""
_LONG_PATTERN: Final = 44
_LEAST_CELLS: Final = 24
_LISTED_CELLS: Final = 72
"""A value that is an indicator is shown whole: a SHA-256 with its name."""
_SEARCHED: Final = 4_096
_BEFORE: Final = 8
_SYSTEM: Final = re.compile(r"(?i)^[a-z]:\\windows\\")
_HASHES: Final = re.compile(r"(?i)\b(SHA256)=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Shown:
    """One value.

    Attributes:
        value: As in the log.
        pattern: What the rule looked for; empty for context.
        listed: Which indicator of a list it was, where it was one.
    """

    field: str
    value: str
    pattern: str = ""
    listed: Listed | None = None

    def text(self, say: Words, cells: int) -> str:
        """As printed: defanged, shortened."""
        wanted = self.wanted(say)
        wanted = f"  [{wanted}]" if wanted else ""
        least = _LISTED_CELLS if self.listed is not None else _LEAST_CELLS
        room = max(cells - len(self.field) - 2 - cell_len(wanted), min(least, cells))
        return f"{self.field}: {self._shown(room)}{wanted}"

    def wanted(self, say: Words) -> str:
        """What the rule looked for, in words where it can; empty where that says no more than the value."""
        if self.listed is not None:
            return listed_text(self.listed, self.value, self.field, say)
        return "" if self._plain else sought(self.pattern, say)

    @property
    def by_pattern(self) -> bool:
        """Whether `wanted` is a pattern as it stands in the rule, no words."""
        worded = self.pattern.startswith("%") or _REFERENCE.fullmatch(self.pattern) is not None
        return self.listed is None and not worded

    def _shown(self, cells: int) -> str:
        """The hash that people search for; else the value, of a long one what the rule's expression met."""
        if found := _HASHES.search(self.value):
            return shortened(f"SHA256={found[2]}", cells)
        start = _met(self.pattern, self.value) if cell_len(self.value) > cells else 0
        if start < cells // 2:
            return shortened(visible(defanged(self.value, self.field)), cells)
        met = visible(defanged(self.value[start - _BEFORE : start + _SEARCHED], self.field))
        return f"…{fitting(met, cells - 2)}…"

    @property
    def _plain(self) -> bool:
        """Whether the pattern says no more than the value."""
        return self.pattern.strip("*").lower() == self.value.lower()


def listed_text(listed: Listed, value: str, field: str, say: Words) -> str:
    """Which list, which indicator of it unless that is the value, how well it fits, who says what of it."""
    entry = "" if fold(listed.entry) in fold(value) else defanged(listed.entry, field)
    said = [listed.family, say.term("threat", listed.threat)]
    parts = [
        say.term("precision", listed.precision),
        " ".join(part for part in said if part),
        say("evidence.from", source=listed.source) if listed.source else "",
    ]
    name = (
        say("evidence.entry", name=listed.name, entry=entry)
        if entry
        else say("evidence.listed", name=listed.name)
    )
    return visible(say("list.comma").join([name, *(part for part in parts if part)]))


def sought(pattern: str, say: Words) -> str:
    """What a rule looked for, in words where it is not a pattern; empty for regular expressions.

    Those are long and tell nobody anything beside the value that they met.
    """
    if pattern.startswith("%") and pattern.endswith("%"):
        return say("evidence.list", name=pattern.strip("%"))
    if found := _REFERENCE.fullmatch(pattern):
        return say("evidence.same", field=found[1].removesuffix(_NORMALISED))
    if pattern.startswith("/") or pattern in {"exists", "does not exist"}:
        return ""
    return defanged(shortened(pattern, _LONG_PATTERN))


def _met(pattern: str, value: str) -> int:
    """Where a regular expression begins to match; in linear time, whoever wrote it."""
    expression = _EXPRESSION.fullmatch(pattern)
    if expression is None:
        return 0
    try:
        found = re2.search(expression[1], value[:_SEARCHED])
    except re2.error:
        return 0
    return found.start() if found else 0


def of_line(line: Line, facts: Facts, most: int, known: frozenset[str] = frozenset()) -> list[Shown]:
    """The most telling values behind a line.

    Args:
        line: The line.
        facts: Look-ups.
        most: How many values at the most.
        known: Values that are said elsewhere: the names of the encounter's own entities.
    """
    sample = line.samples[0]
    if sample.correlation is None:
        wanted = [name for name in facts.meta(line.rule.id).fields if name in _TELLING]
        found = sorted([*_matched(sample.matched, sample.event), *_context(sample.event, wanted)], key=_rank)
        worth = _worth(_distinct(found, known))[:most]
        return worth or _of_kind(sample, facts.meta(line.rule.id).fields, most)
    each = [
        _distinct(
            sorted([*_matched(hit.evidence, hit.fields), *_context(hit.fields, _TELLING)], key=_speaking),
            known,
        )
        for hit in facts.behind(sample)
    ]
    turns = [found[at] for at in range(most) for found in each if at < len(found)]
    return turns[:most]


def _of_kind(sample: Alert, named: Sequence[str], most: int) -> list[Shown]:
    """For a rule that asks for nothing but the kind of event: whom or what it is about, and the kind."""
    about = _distinct(_context(sample.event, (*named, *_SUBJECTS)), frozenset())
    kind = [Shown(one.field, one.value, one.pattern) for one in sample.matched if one.value]
    first = min(kind, key=lambda one: one.field != "EventID", default=None)
    told = [one for one in about if first is None or one.field != first.field]
    return [*told[:most], *([first] if first is not None else [])]


def _worth(found: list[Shown]) -> list[Shown]:
    """The first value, and further ones only if they say something of their own."""
    return found[:1] + [one for one in found[1:] if one.field in _TELLING or _is_indicator(one)]


def _decisive(shown: Shown) -> bool:
    """Found in a list of indicators, or the same as another field; a site list says what everybody knows."""
    return _is_indicator(shown) or _REFERENCE.fullmatch(shown.pattern) is not None


def _is_indicator(shown: Shown) -> bool:
    """Found in a list that says why the value is bad, or whose hit nobody has described."""
    listed = shown.listed
    if listed is None:
        return shown.pattern.startswith("%")
    return bool(listed.threat or listed.family or listed.source) or listed.precision not in _OF_SITES


def _rank(shown: Shown) -> tuple[bool, bool, bool, bool]:
    """Values of a list first; programs of the system late, what is not telling later, then context."""
    dull = shown.field not in _TELLING
    return not _decisive(shown), bool(_SYSTEM.match(shown.value)), not shown.pattern, dull


def _speaking(shown: Shown) -> tuple[bool, int, bool]:
    """Values of a list first, then what says what it was: a correlation's parts mean little alone."""
    place = _TELLING.index(shown.field) if shown.field in _TELLING else len(_TELLING)
    return not _is_indicator(shown), place, not shown.pattern


def _matched(matched: Iterable[Evidence], event: Mapping[str, Any]) -> Iterator[Shown]:
    for one in matched:
        if one.field in _DULL or not one.value or one.pattern == "null":
            continue
        raw = one.field.removesuffix(_NORMALISED)
        value = event.get(raw)
        if raw != one.field and isinstance(value, str) and value:
            yield Shown(raw, value, one.pattern, one.listed)
        else:
            yield Shown(one.field, one.value, one.pattern, one.listed)


def _context(event: Mapping[str, Any], wanted: Iterable[str]) -> Iterator[Shown]:
    for name in wanted:
        value = event.get(name)
        if isinstance(value, list):
            value = ", ".join(map(str, value[:5]))
        if isinstance(value, str | int | float) and str(value).strip():
            yield Shown(name, str(value))


def _distinct(shown: Iterable[Shown], known: frozenset[str]) -> list[Shown]:
    """Each field once, one hash, and a known value only where it is compared with another."""
    fields: set[str] = set()
    values = set(known)
    found = []
    for one in shown:
        name = "hash" if one.field.lower() in _HASH_FIELDS else one.field
        repeated = one.value in values and not _REFERENCE.fullmatch(one.pattern)
        if name in fields or repeated or one.value.rpartition("\\")[2].lower() in known:
            continue
        fields.add(name)
        values.add(one.value)
        found.append(one)
    return found
