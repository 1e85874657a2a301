"""Which field held what, and what the rule looked for: the few values that tell the most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noroshi.cli.story.plain import defanged, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from noroshi.alerts.encounters import Line
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.words import Words
    from noroshi.engine.hits import Evidence

_DULL: Final = frozenset(
    {"EventID", "ProviderName", "Provider_Name", "Channel", "cs-method", "LogonType", "mail_event", "status"}
)
_TELLING: Final = (
    "mail_from", "mail_subject", "mail_to", "filename", "CommandLine", "Image", "TargetFilename", "c-uri",
    "query", "dst_ip", "dst_port",
)  # fmt: skip
"""What is shown of an event whose rule names no context fields, in this order."""
_NORMALISED: Final = "-norm"
_REFERENCE: Final = re.compile(r"equals the field (\S+)")
_LONG_PATTERN: Final = 44
_HASHES: Final = re.compile(r"(?i)\b(SHA256)=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Shown:
    """One value.

    Attributes:
        value: As in the log.
        pattern: What the rule looked for; empty for context.
    """

    field: str
    value: str
    pattern: str = ""

    def text(self, say: Words, cells: int) -> str:
        """As printed: defanged, shortened."""
        wanted = f"  [{sought(self.pattern, say)}]" if self.pattern and not self._plain else ""
        value = _HASHES.search(self.value)
        whole = f"SHA256={value[2]}" if value else self.value
        room = cells - len(self.field) - 2 - len(wanted)
        return f"{self.field}: {shortened(defanged(whole, self.field), max(room, 24))}{wanted}"

    @property
    def _plain(self) -> bool:
        """Whether the pattern says no more than the value."""
        return self.pattern.strip("*").lower() == self.value.lower()


def sought(pattern: str, say: Words) -> str:
    """What a rule looked for, in words where it is not a pattern."""
    if pattern.startswith("%") and pattern.endswith("%"):
        return say("evidence.list", name=pattern.strip("%"))
    if found := _REFERENCE.fullmatch(pattern):
        return say("evidence.same", field=found[1].removesuffix(_NORMALISED))
    return defanged(shortened(pattern, _LONG_PATTERN))


def of_line(line: Line, facts: Facts, most: int) -> list[Shown]:
    """The most telling values behind a line."""
    sample = line.samples[0]
    if sample.correlation is None:
        wanted = facts.meta(line.rule.id).fields
        return _chosen(sample.matched, sample.event, wanted, most)
    found: list[Shown] = []
    for hit in facts.behind(sample):
        wanted = facts.meta(hit.rule_id).fields or facts.meta(line.rule.id).fields or _TELLING
        found += _chosen(hit.evidence, hit.fields, wanted, max(most, 2))
    return _distinct(sorted(found, key=_rank))[:most]


def _chosen(
    matched: Sequence[Evidence], event: Mapping[str, Any], wanted: Iterable[str], most: int
) -> list[Shown]:
    found = [*_matched(matched, event), *_context(event, wanted)]
    return _distinct(sorted(found, key=_rank))[:most]


def _rank(shown: Shown) -> tuple[bool, bool]:
    """Values of a list first, then what was matched, then context."""
    return not shown.pattern.startswith("%"), not shown.pattern


def _matched(matched: Iterable[Evidence], event: Mapping[str, Any]) -> Iterator[Shown]:
    for one in matched:
        if one.field in _DULL or not one.value or one.pattern == "null":
            continue
        raw = one.field.removesuffix(_NORMALISED)
        value = event.get(raw)
        if raw != one.field and isinstance(value, str) and value:
            yield Shown(raw, value, one.pattern)
        else:
            yield Shown(one.field, one.value, one.pattern)


def _context(event: Mapping[str, Any], wanted: Iterable[str]) -> Iterator[Shown]:
    for name in wanted:
        value = event.get(name)
        if isinstance(value, list):
            value = ", ".join(map(str, value[:5]))
        if isinstance(value, str | int | float) and str(value).strip():
            yield Shown(name, str(value))


def _distinct(shown: Iterable[Shown]) -> list[Shown]:
    """Each field once, and a value that was shown before only where it is compared with the first."""
    fields: set[str] = set()
    values: set[str] = set()
    found = []
    for one in shown:
        if one.field in fields or (one.value in values and not _REFERENCE.fullmatch(one.pattern)):
            continue
        fields.add(one.field)
        values.add(one.value)
        found.append(one)
    return found
