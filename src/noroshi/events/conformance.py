"""What every log format must do, as one check that any format's test can call on its own samples.

from noroshi.events.conformance import check_format
events = check_format("squid", SAMPLE)
"""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING, Final

import orjson

from noroshi.events.model import Source, ZoneOrigin
from noroshi.events.problems import Problems
from noroshi.events.registry import THRESHOLD, detect, head_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.events.format import Format
    from noroshi.events.model import Event

DAMAGES: Final = 40
"""How many damaged copies of a sample are read."""


class _Trickle:
    """A byte source that gives few bytes at a time, as a slow pipe does."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        """At most 61 bytes."""
        return self._inner.read(61 if size < 0 else min(size, 61))


def check_format(name: str, sample: bytes) -> list[Event]:
    """Hold the format of this name to the contract; gives the sample's events for further assertions.

    The sample is a whole input as the product writes it: valid, each record with a time. Checked are: it is
    recognised by content before all other formats; it decodes without errors; positions, event ids and values
    are the same at every reading, however the bytes come; times are aware UTC; values are of JSON types; the
    lazy parts give the same result twice; damaged copies give located errors and never an exception.

    Raises:
        AssertionError: Something of this does not hold; the message says what.
    """
    entry = _recognised(name, sample)
    events, problems = _read(entry, sample)
    assert problems.total == 0, f"the sample gave errors: {problems.errors}"
    assert events, "the sample gave no events"
    _check_repeatable(entry, sample, events)
    for event in events:
        _check_event(event)
    for copy in _damaged(sample):
        _check_damaged(entry, copy)
    return events


def _recognised(name: str, sample: bytes) -> Format:
    found = detect(head_of(sample, complete=True))
    assert found.format is not None, f"not recognised: confidence {found.confidence} is below {THRESHOLD}"
    assert found.format.name == name, f"taken for {found.format.name}; others: {found.runners_up}"
    return found.format


def _read(entry: Format, data: bytes, *, trickle: bool = False) -> tuple[list[Event], Problems]:
    problems = Problems()
    stream = _Trickle(data) if trickle else io.BytesIO(data)
    return list(entry.decode(stream, Source("sample", "sample"), problems)), problems


def _check_repeatable(entry: Format, sample: bytes, events: list[Event]) -> None:
    again, _ = _read(entry, sample, trickle=True)
    ids = [event.event_id for event in events]
    assert len(set(ids)) == len(ids), "two events have one position"
    assert ids == [event.event_id for event in again], "another reading gives other event ids"
    assert [event.fields for event in events] == [event.fields for event in again], "another reading differs"


def _check_event(event: Event) -> None:
    stamp = event.time
    assert stamp.zone is not ZoneOrigin.MISSING, f"no time in {event.fields}"
    assert stamp.at.utcoffset() is not None, "the time is not aware"
    assert stamp.at.utcoffset().total_seconds() == 0, "the time is not UTC"  # type: ignore[union-attr]
    orjson.dumps(event.fields)
    for name, value in event.kind.constants.items():
        assert event.fields.get(name) == value, f"the kind says {name}={value}, the event differs"
    lazy = event.outcome, event.entities, event.observables
    assert lazy == (event.outcome, event.entities, event.observables), "the lazy parts change"


def _damaged(sample: bytes) -> Iterator[bytes]:
    """Copies cut off, overwritten, with NULs, invalid UTF-8 and joined lines; the same at every run."""
    rng = random.Random(len(sample))  # noqa: S311 - no secret, but repeatable
    wounds = (
        b"\0",
        b"\xff\xfe",
        b"\x83\x65",
        b'"',
        b"\\",
        b"=",
        b"{",
        b"\n",
        b"\r",
        b"\xed\xa0\x80",
        b" " * 50,
    )
    for _ in range(DAMAGES):
        at = rng.randrange(len(sample))
        size = rng.choice((0, 1, 8, 64))
        yield sample[:at] + rng.choice(wounds) * rng.randrange(1, 4) + sample[at + size :]
        yield sample[:at]
    yield sample.replace(b"\n", b" ")


def _check_damaged(entry: Format, data: bytes) -> None:
    events, problems = _read(entry, data)
    failures = [what for what in problems.counts if what.startswith("the reader failed")]
    assert not failures, f"{failures} on {data!r}"
    assert all(error.path == "sample" and error.what for error in problems.errors), "an error names no place"
    for event in events:
        _ = event.time, event.outcome, event.entities, event.observables
