"""Records of any shape → events: the one place where shape, names, joins and kinds come together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from noroshi.errors import LocatedError, Sentence
from noroshi.events.format import MAX_LINE_BYTES
from noroshi.events.model import Event, LogSource
from noroshi.events.values import as_text
from noroshi.events.windows.catalogue import MAX_KINDS, PRODUCT, Kinds, event_types_of, service_of
from noroshi.events.windows.joining import Offsets, Scripts
from noroshi.events.windows.names import derived_fields, steps_for
from noroshi.events.windows.processes import Processes
from noroshi.events.windows.shapes import shape, shape_of_binding
from noroshi.events.windows.text import HOLE, POWER_FAILURE, BadRecordError, read_record
from noroshi.events.windows.xml import read_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from noroshi.events.model import Fields, Kind, Source
    from noroshi.events.problems import Problems
    from noroshi.events.windows.names import Step
    from noroshi.events.windows.shapes import Shaped

    Position = int | str
    Finish = Callable[[Fields, Position], Kind | None]

_UNKNOWN: Final = LogSource()
_BETWEEN_NULS: Final = re.compile(rb"[^\0]+")


class Plan(NamedTuple):
    """What to do with all records of one (channel, event id, provider).

    Attributes:
        kind: Their kind, where `finish` does not choose a finer one.
        event_id: As the fields get it.
        provider: As the fields get it.
        finish: Names and joins; gives the kind, or None when the event is held back. None: nothing to do.
        derived: Fields whose values need not stand in the record's bytes.
        keeps_channel: A ``Channel`` in the event's own data stays (104).
    """

    kind: Kind
    event_id: Any
    provider: str | None
    finish: Finish | None
    derived: tuple[str, ...]
    keeps_channel: bool


@dataclass(slots=True)
class Decoder:
    """Decodes the records of one input, with the state that joins need.

    Args:
        source: The input.
        problems: Where bad records go.
        kinds: Interned kinds of the format.
        place: How errors name the place of a byte offset.
    """

    source: Source
    problems: Problems
    kinds: Kinds
    place: Callable[[int], str] = "byte {}".format
    _plans: dict[tuple[Any, ...], Plan] = field(default_factory=dict)
    _hot: dict[tuple[Any, ...], Plan] = field(default_factory=dict)
    _processes: Processes = field(init=False)
    _scripts: Scripts = field(default_factory=Scripts)
    _offsets: Offsets = field(init=False)
    _released: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._offsets = Offsets(self.source)
        self._processes = Processes(self.source.ends)

    def lines(self, lines: list[bytes], start: int) -> list[Event]:
        """The events of NDJSON lines (with their line ends), the first at byte `start`; the hot path.

        A line that is not exactly of the usual flat shape takes the long way through `record`.
        """
        events: list[Event] = []
        append, loads, plans, source = events.append, orjson.loads, self._hot, self.source
        settled = self._offsets.settled
        offset = start
        if lines and len(lines[-1]) > MAX_LINE_BYTES:
            *lines, endless = lines
            self.document(endless, start + sum(map(len, lines)), None)
        for line in lines:
            try:
                fields = loads(line)
                host = fields["Hostname"]
                kind, event_id, provider, finish, derived, _ = plans[
                    fields["Channel"], fields["EventID"], fields["SourceName"]
                ]
                usual = fields.setdefault("Provider_Name", provider) is provider
                if host not in settled:
                    self._offsets.learn(host, fields)
            except Exception:  # noqa: BLE001 - whatever is odd about a line, the long way finds out
                usual = False
            if usual:
                fields["EventID"] = event_id
                fields.setdefault("Computer", host)
                if finish is None:
                    append(Event(kind, fields, source, offset, line))
                elif (finer := finish(fields, offset)) is not None:
                    raw = _with(line, fields, derived) if derived else line
                    append(Event(finer, fields, source, offset, raw))
                else:
                    events += self.released()
            else:
                events += self._odd_line(line, offset)
            offset += len(line)
        return events

    def _odd_line(self, line: bytes, offset: int) -> list[Event]:
        if not line.strip():
            return []
        if b"\0" in line and line.strip(b"\0\r\n\t "):
            return self._line_with_holes(line, offset)
        return self.document(line, offset, None)

    def _line_with_holes(self, line: bytes, offset: int) -> list[Event]:
        """The events of records with runs of NULs before, between and behind them; each run is an error."""
        records = [(one.start(), one[0]) for one in _BETWEEN_NULS.finditer(line) if one[0].strip()]
        if not _are_objects(records):
            whole = line.strip(b"\0\r\n\t ")
            records = [(line.index(whole), whole)]
            if not _are_objects(records):
                return self.document(line, offset, None)
        place = self._where(offset, None)
        events: list[Event] = []
        end = 0
        for at, text in records:
            self._hole(line[end:at], place)
            events += self.document(text, offset + at, place)
            end = at + len(text)
        self._hole(line[end:], place)
        return events

    def _hole(self, between: bytes, place: str) -> None:
        if b"\0" in between:
            self.problems.add(LocatedError(self.source.path, place, HOLE, POWER_FAILURE), between)

    def document(self, raw: bytes, position: Position, place: str | None) -> list[Event]:
        """The events of one JSON document: a record, a list of records, or several glued together."""
        try:
            records, repaired = read_record(raw)
        except BadRecordError as bad:
            self._report(position, place, bad.what, bad.mend, raw)
            return []
        if repaired:
            self.problems.repair(self.source.path, self._where(position, place), raw)
        events: list[Event] = []
        for number, record in enumerate(records):
            at = position if number == 0 else f"{position}+{number}"
            events += self._safely(record, at, place, raw)
        return events

    def element(self, raw: bytes, position: Position, place: str | None) -> list[Event]:
        """The events of one ``<Event>`` element of XML."""
        try:
            record, repaired = read_event(raw)
        except BadRecordError as bad:
            self._report(position, place, bad.what, bad.mend, raw)
            return []
        if repaired:
            self.problems.repair(self.source.path, self._where(position, place), raw)
        return self._safely(record, position, place, raw)

    def _report(self, position: Position, place: str | None, what: str, mend: str, raw: bytes) -> None:
        self.problems.add(LocatedError(self.source.path, self._where(position, place), what, mend), raw)

    def _where(self, position: Position, place: str | None) -> str:
        return place or (self.place(position) if isinstance(position, int) else str(position))

    def _safely(self, record: Any, position: Position, place: str | None, raw: bytes) -> list[Event]:
        if not isinstance(record, dict):
            mend = "check that it is the right log"
            self._report(position, place, "the record is JSON but not an object", mend, raw)
            return []
        try:
            return self.record(record, position)
        except Exception as failure:  # noqa: BLE001 - no record, however hostile, may stop the rest
            what = Sentence("the record could not be read ({kind})", kind=type(failure).__name__)
            mend = "this is a mistake in the reader: please report it with the record"
            self._report(position, place, what, mend, raw)
            return []

    def record(self, record: Fields, position: Position) -> list[Event]:
        """The events that a record of any shape completes: one, none while it is held back, or several."""
        hot_key = self._hot_key(record)
        return self._events(record, shape(record), position, hot_key)

    def of_binding(self, raw: bytes, position: Position) -> Event | None:
        """The event of a record as the ``evtx`` binding gives it; None: ask `released` for any number.

        Raises:
            ValueError, TypeError, AttributeError, KeyError: It is odd; `document` looks closer.
        """
        record = orjson.loads(raw)
        shaped = shape_of_binding(record)
        if shaped is None:
            events = self._events(record, shape(record), position, None, raw)
            self._released += events
            return None
        fields, channel, event_id, provider = shaped
        if fields["Computer"] not in self._offsets.settled:
            self._learn(fields)
        plan = self._plans.get((channel, event_id, provider)) or self._plan(channel, event_id, provider)
        kind, _, _, finish, derived, _ = plan
        if finish is None:
            return Event(kind, fields, self.source, position, raw)
        finer = finish(fields, position)
        if finer is None:
            return None
        if derived:
            data = record["Event"]["EventData"]
            new = tuple([name for name in derived if fields.get(name) is not data.get(name)])
            raw = _with(raw, fields, new) if new else raw
        return Event(finer, fields, self.source, position, raw)

    def _events(
        self,
        record: Fields,
        shaped: Shaped | None,
        position: Position,
        hot_key: tuple[Any, ...] | None,
        raw: bytes | None = None,
    ) -> list[Event]:
        if shaped is None:
            return [Event(self.kinds.shared(_UNKNOWN), record, self.source, position, raw)]
        fields, channel, event_id, provider = shaped
        self._learn(fields)
        if event_id is None:
            unread = LogSource(PRODUCT, service_of(channel, provider))
            _set_channel(fields, channel)
            return [Event(self.kinds.shared(unread), fields, self.source, position, raw)]
        plan = self._plan(channel, event_id, provider)
        if not plan.keeps_channel or "Channel" not in fields:
            _set_channel(fields, channel)
        if hot_key is not None and len(self._hot) < MAX_KINDS:
            self._hot[hot_key] = plan
        kind = plan.kind if plan.finish is None else plan.finish(fields, position)
        if kind is None:
            return self.released()
        if raw is not None and plan.derived:
            raw = _with(raw, fields, plan.derived)
        return [Event(kind, fields, self.source, position, raw)]

    def _hot_key(self, record: Fields) -> tuple[Any, ...] | None:
        """The key under which the hot path may take such records: flat ones, named by SourceName."""
        if "Provider_Name" in record or isinstance(record.get("EventData"), dict | list):
            return None
        key = (record.get("Channel"), record.get("EventID"), record.get("SourceName"))
        host = record.get("Hostname")
        usual = all(isinstance(text, str) for text in (key[0], key[2], host)) and isinstance(
            key[1], int | str
        )
        nested = "Event" in record or "System" in record or "winlog" in record or "UserData" in record
        return key if usual and (not nested or record.get("UserData", 0) is None) else None

    def _learn(self, fields: Fields) -> None:
        host = fields.get("Computer")
        if isinstance(host, str) and host not in self._offsets.settled:
            self._offsets.learn(host, fields)

    def _plan(self, channel: str | None, event_id: int, provider: str | None) -> Plan:
        key = (channel, event_id, provider)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._make_plan(channel, event_id, provider)
            if len(self._plans) < MAX_KINDS:
                self._plans[key] = plan
        return plan

    def _make_plan(self, channel: str | None, event_id: int, provider: str | None) -> Plan:
        service = service_of(channel, provider)
        keeps = service == "system" and event_id == 104
        kind = self.kinds.get(event_id, channel, provider, channel_varies=keeps)
        steps = steps_for(service, event_id, provider)
        if types := event_types_of(service, event_id):
            finer = {name: self.kinds.get(event_id, channel, provider, name) for name in types}
            finish: Finish | None = _by_event_type(steps, kind, finer)
        elif "process_creation" in kind.logsource.categories:
            finish = self._wait(kind, steps)
        elif service == "powershell" and event_id == 4104:
            finish = self._hold(kind, steps)
        else:
            finish = _finish(steps, kind) if steps else None
        return Plan(kind, event_id, provider, finish, derived_fields(service, event_id), keeps)

    def _hold(self, kind: Kind, steps: tuple[Step, ...]) -> Finish:
        def hold(fields: Fields, position: Position) -> Kind | None:
            for step in steps:
                step(fields)
            if fields.get("MessageTotal") in {1, "1"}:
                return kind
            self._released += self._scripts.add(Event(kind, fields, self.source, position))
            return None

        return hold

    def _wait(self, kind: Kind, steps: tuple[Step, ...]) -> Finish:
        processes = self._processes

        def wait(fields: Fields, position: Position) -> Kind | None:
            for step in steps:
                step(fields)
            if not processes.join(fields):
                return kind
            self._released += processes.hold(Event(kind, fields, self.source, position))
            return None

        return wait

    def released(self) -> list[Event]:
        """The events that the last record released."""
        events, self._released = self._released, []
        return events

    def rest(self) -> Iterator[Event]:
        """Events still held at the end of the input."""
        yield from self._scripts.rest()
        yield from self._processes.rest()


def _are_objects(records: list[tuple[int, bytes]]) -> bool:
    """Whether each text begins and ends as a JSON object; NULs inside one are repaired."""
    return all(text.startswith(b"{") and text.rstrip().endswith(b"}") for _, text in records)


def _with(line: bytes, fields: Fields, derived: tuple[str, ...]) -> bytes:
    """The record's bytes and behind them what was derived, so that every text of the event stands in them."""
    texts = [text for name in derived if (text := as_text(fields.get(name))) is not None]
    return line + "\n".join(texts).encode("utf-8", "replace")


def _set_channel(fields: Fields, channel: str | None) -> None:
    if channel is not None:
        fields["Channel"] = channel


def _finish(steps: tuple[Step, ...], kind: Kind) -> Finish:
    if len(steps) == 1:
        step = steps[0]

        def finish_one(fields: Fields, _position: Position) -> Kind | None:
            step(fields)
            return kind

        return finish_one

    def finish(fields: Fields, _position: Position) -> Kind | None:
        for step in steps:
            step(fields)
        return kind

    return finish


def _by_event_type(steps: tuple[Step, ...], kind: Kind, finer: dict[str, Kind]) -> Finish:
    def finish(fields: Fields, _position: Position) -> Kind | None:
        event_type = fields.get("EventType")
        if event_type not in finer:
            for step in steps:
                step(fields)
            event_type = fields.get("EventType")
        return finer.get(event_type, kind) if isinstance(event_type, str) else kind

    return finish
