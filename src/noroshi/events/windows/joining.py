"""What one record leaves out and another has: parts of script blocks, a host's zone.

Everything here is bounded; what is evicted is only joined less, never lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from noroshi.events.model import Event, Source, ZoneOrigin
from noroshi.events.times import parse_time
from noroshi.events.traits import short_host
from noroshi.events.windows.names import process_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.model import Fields

MAX_HOSTS: Final = 65_536
"""Hosts remembered; more are asked again."""
MAX_SCRIPTS: Final = 512
"""Incomplete script blocks held; the oldest is given as it is."""
MAX_SCRIPT_CHARS: Final = 64 * 1024 * 1024
"""Text held in incomplete script blocks; beyond it the oldest is given as it is."""
MAX_PARTS: Final = 4_096
_TRIES: Final = 200
_DEARER: Final = 20
_QUARTER: Final = 900
_FARTHEST: Final = 14 * 3600


@dataclass(slots=True)
class _Script:
    total: int
    parts: dict[int, Event] = field(default_factory=dict)
    chars: int = 0


@dataclass(slots=True)
class Scripts:
    """Script blocks logged in several 4104 events (MessageNumber of MessageTotal, one ScriptBlockId)."""

    _held: dict[tuple[Any, str], _Script] = field(default_factory=dict)
    _chars: int = 0

    def add(self, event: Event) -> list[Event]:
        """The events that this one releases: itself, nothing yet, the joined script, or evicted parts."""
        fields = event.fields
        number, total = process_id(fields.get("MessageNumber")), process_id(fields.get("MessageTotal"))
        block, text = fields.get("ScriptBlockId"), fields.get("ScriptBlockText")
        whole = number is None or total is None or not 1 <= number <= total or not 1 < total <= MAX_PARTS
        if (
            whole
            or number is None
            or total is None
            or not isinstance(block, str)
            or not isinstance(text, str)
        ):
            return [event]
        key = (str(fields.get("Computer")), block)
        script = self._held.setdefault(key, _Script(total))
        if number in script.parts or script.total != total:
            return [event]
        script.parts[number] = event
        script.chars += len(text)
        self._chars += len(text)
        if len(script.parts) == total:
            return [_joined(self._release(key))]
        return self._evicted()

    def _release(self, key: tuple[Any, str]) -> _Script:
        script = self._held.pop(key)
        self._chars -= script.chars
        return script

    def _evicted(self) -> list[Event]:
        events: list[Event] = []
        while len(self._held) > MAX_SCRIPTS or self._chars > MAX_SCRIPT_CHARS:
            events += self._release(next(iter(self._held))).parts.values()
        return events

    def rest(self) -> Iterator[Event]:
        """The parts of scripts that never became whole, as they are."""
        while self._held:
            yield from self._release(next(iter(self._held))).parts.values()


def _joined(script: _Script) -> Event:
    """The first part with the text of all; its position is the first part's."""
    ordered = [script.parts[number] for number in sorted(script.parts)]
    text = "".join(part.fields["ScriptBlockText"] for part in ordered)
    return replace(ordered[0], fields={**ordered[0].fields, "ScriptBlockText": text})


@dataclass(slots=True)
class Offsets:
    """Learns a host's offset from UTC once, from records with Sysmon's UtcTime beside a zone-less time.

    Attributes:
        settled: Hosts (as records name them) that need no more looking at.
    """

    source: Source
    settled: set[str] = field(default_factory=set)
    _tries: dict[str, int] = field(default_factory=dict)

    def learn(self, host: str, fields: Fields) -> None:
        """Look at one record of a host that is not settled yet."""
        utc = fields.get("UtcTime")
        local = fields.get("EventTime") or fields.get("TimeCreated")
        cost = 1
        if isinstance(utc, str) and isinstance(local, str):
            cost = _DEARER
            if (offset := _offset(utc, local)) is not None:
                self.source.learnt_offsets.setdefault(short_host(host), offset)
                cost = _TRIES
        if len(self._tries) > MAX_HOSTS:
            self._tries.clear()
        self._tries[host] = self._tries.get(host, 0) + cost
        if self._tries[host] >= _TRIES:
            self._settle(host)

    def _settle(self, host: str) -> None:
        self._tries.pop(host, None)
        if len(self.settled) < MAX_HOSTS:
            self.settled.add(host)


def _offset(utc: str, local: str) -> timedelta | None:
    """Local minus UTC, to the quarter of an hour; None where the local time has a zone or is far off."""
    bare = Source("", "")
    true, shown = parse_time(utc.rstrip("Z ") + "Z", bare), parse_time(local, bare)
    if true is None or shown is None or shown.zone is not ZoneOrigin.ASSUMED_UTC:
        return None
    seconds = (shown.at - true.at).total_seconds()
    rounded = round(seconds / _QUARTER) * _QUARTER
    return timedelta(seconds=rounded) if abs(rounded) <= _FARTHEST else None
