"""Who runs under which process id: the parents that records of process creation leave out.

Security 4688 never holds its parent's command line, and before Windows 10 not even its name. Both stand in
the parent's own creation, usually earlier in the log. Where it is later (an export that lists the newest
first, merged logs), the child waits for it; a process id that is used again is told apart by time. Everything
is bounded; what is evicted is only joined less, never lost.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from noroshi.events.values import fold
from noroshi.events.windows.names import process_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.model import Event, Fields

MAX_PROCESSES: Final = 65_536
"""Process ids remembered over all hosts; the oldest goes first."""
MAX_RUNS: Final = 16
"""Processes remembered that had one process id after another."""
MAX_CHILDREN: Final = 10_000
"""Children that wait for their parents; the one that has waited longest goes on as it is."""
FIRST: Final = 1_000
"""Creations of an input before its order is believed: until then every child waits."""
_UNREAL: Final = (None, "", "-")
_TIMES: Final = ("TimeCreated", "EventTime", "@timestamp", "timestamp", "Timestamp")
_SECOND: Final = 19


class _Run(NamedTuple):
    """One process; `at` is its creation as the records of its host write times, which sorts like time."""

    at: str
    image: str | None
    command: str | None


_at: Final = attrgetter("at")


@dataclass(slots=True)
class Processes:
    """The process creations of one input.

    Args:
        ends: Whether the input ends, so that children may wait for parents that come later.
    """

    ends: bool = False
    _known: dict[tuple[str, int], list[_Run]] = field(default_factory=dict)
    _last: dict[str, str] = field(default_factory=dict)
    _seen: int = 0
    _unsorted: bool = False
    _children: deque[Event] = field(default_factory=deque)

    def join(self, fields: Fields) -> bool:
        """Remember this process and add its parent, if it is known; whether the child has to wait for it."""
        host = fields.get("Computer")
        if not isinstance(host, str):
            return False
        at = _written(fields)
        self._watch(host, at)
        found = self._add_parent(fields, host, at)
        pid = process_id(fields.get("ProcessId"))
        if pid is not None:
            self._remember((host, pid), at, fields.get("Image"), fields.get("CommandLine"))
        return self.ends and not found

    def _watch(self, host: str, at: str) -> None:
        """Notice that records are in no order of time, from one second to another."""
        self._seen += 1
        if not self._unsorted and at[:_SECOND] < self._last.get(host, "")[:_SECOND]:
            self._unsorted = True
        self._last[host] = at
        if len(self._last) > MAX_PROCESSES:
            self._last.clear()

    def _add_parent(self, fields: Fields, host: str, at: str) -> bool:
        """Whether nothing is missing any more, and nothing that comes later can know better."""
        if fields.get("ParentCommandLine") is not None and fields.get("ParentImage") is not None:
            return True
        pid = process_id(fields.get("ParentProcessId"))
        if pid is None:
            return True
        if self.ends and (self._unsorted or self._seen <= FIRST):
            return False
        return _joined(fields, _parent(self._known.get((host, pid), ()), at))

    def _remember(self, key: tuple[str, int], at: str, image: Any, command: Any) -> None:
        runs = self._known.pop(key, None) or []
        run = _Run(
            at, image if isinstance(image, str) else None, command if isinstance(command, str) else None
        )
        insort(runs, run, key=_at)
        self._known[key] = runs[-MAX_RUNS:]
        if len(self._known) > MAX_PROCESSES:
            del self._known[next(iter(self._known))]

    def hold(self, event: Event) -> list[Event]:
        """Let a child wait; those that go on instead."""
        self._children.append(event)
        return [self._grown(self._children.popleft())] if len(self._children) > MAX_CHILDREN else []

    def rest(self) -> Iterator[Event]:
        """The children that still wait, with their parents where these are known by now."""
        while self._children:
            yield self._grown(self._children.popleft())

    def _grown(self, event: Event) -> Event:
        fields = event.fields
        pid = process_id(fields.get("ParentProcessId"))
        if pid is not None:
            _joined(fields, _parent(self._known.get((fields["Computer"], pid), ()), _written(fields)))
        return event


def _written(fields: Fields) -> str:
    """When a record says it was written, as text; empty where it does not."""
    for name in _TIMES:
        value = fields.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{value:020d}"
    return ""


def _parent(runs: list[_Run] | tuple[()], at: str) -> _Run | None:
    """The latest process that was there by then; with the command line that another record of it has.

    Sysmon 1 and Security 4688 both tell of one process, and only one of them may know its command line.
    """
    last = bisect_right(runs, at, key=_at) - 1
    if last < 0:
        return None
    found = runs[last]
    if found.command is None:
        near = [runs[one] for one in (last - 1, last + 1) if 0 <= one < len(runs)]
        twin = next((one for one in near if one.command is not None and one.image == found.image), None)
        return twin or found
    return found


def _joined(fields: Fields, parent: _Run | None) -> bool:
    """Add what is missing; whether there was a parent that fits."""
    if parent is None:
        return False
    named = fields.get("ParentImage")
    if named in _UNREAL:
        if parent.image is None:
            return False
        fields["ParentImage"] = parent.image
    elif not isinstance(named, str) or parent.image is None or fold(named) != fold(parent.image):
        return False
    if parent.command is not None and fields.get("ParentCommandLine") in _UNREAL:
        fields["ParentCommandLine"] = parent.command
    return True
