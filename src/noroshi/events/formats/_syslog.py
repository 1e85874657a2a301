"""Syslog: an envelope around the lines of any program, and files in which programs are mixed.

Format: RFC 3164, RFC 5424, RFC 6587, and rsyslog documentation, "RSYSLOG_FileFormat".

Read are RFC 3164 (``<13>Jul 22 04:12:09 host tag[pid]: text``), RFC 5424 (``<13>1 2020-07-22T04:12:09Z host
app pid id [data] text``), rsyslog's file notation with an ISO 8601 time, each with or without ``<PRI>``, a
``<PRI>`` alone before the text (FortiGate), and octet counts (RFC 6587) before any of them. A relay that
puts an RFC 3164 header before an RFC 5424 line, and may drop its ``<PRI>``, is looked through: the inner
header names the sender.

Each line goes to the line format that recognises it best; lines that nobody knows become events with the
fields ``message``, ``program``, ``host``, so that keyword rules see them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.events.format import BARE, Envelope, UnreadableRecordError
from noroshi.events.formats._lines import REPORT, Lines, ended, failed, sniffed
from noroshi.events.formats._ordering import Ordering, Waiting, waits
from noroshi.events.model import EPOCH, Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.events.format import ByteSource, Head, LineFormat, LineReader
    from noroshi.events.formats._lines import Line
    from noroshi.events.model import Fields, Source
    from noroshi.events.problems import Problems

NAME: Final = "syslog"
CONFIDENT: Final = 0.5
"""A line format that is this sure of a line of a program gets it without asking the others."""
MAX_PROGRAMS: Final = 4_096

_PRIORITY: Final = r"(?:\d{1,7} (?=<))?(?:<(?P<pri>\d{1,3})>)?"
_TIME_3164: Final = r"[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?"
_TIME_ISO: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_HOST: Final = r"(?P<host>[^\s:=\[\]<>|]{1,255}|\[?[0-9A-Fa-f:.]{2,45}\]?)"
_TAG: Final = r"(?P<program>[^\s:=\[\]|<>\"]{1,100})(?:\[(?P<pid>[^\]\s]{1,20})\])?:(?: +|$)"
# pfSense and other BSD systems may leave the host out; a program with its process id tells.
_NO_HOST: Final = r"(?=[\w./-]{1,48}\[\d{1,10}\]: )"
_HEADER: Final = re.compile(
    rf"{_PRIORITY}(?P<time>{_TIME_3164}|{_TIME_ISO}):? +(?:{_HOST}(?: +|$)|{_NO_HOST})(?:(?!CEF:){_TAG})?",
    re.ASCII,
)
_5424: Final = re.compile(
    rf"{_PRIORITY}1 (?P<time>-|{_TIME_ISO}) (?P<host>\S{{1,255}}) (?P<program>\S{{1,255}}) "
    r"(?P<pid>\S{1,128}) \S{1,255} ",
    re.ASCII,
)
_PRIORITY_ONLY: Final = re.compile(r"(?:\d{1,7} (?=<))?<(?P<pri>\d{1,3})>(?:1 )?(?=\S)", re.ASCII)
_DATA: Final = re.compile(r'-|(?:\[[^\]\s"=]{1,64}(?: [^\]\s"=]{1,64}="(?:[^"\\]|\\.)*")*\])+')
_MAX_PRIORITY: Final = 191


def unwrap(line: str) -> tuple[Envelope, str] | None:
    """The envelope of a syslog line and the text in it; None when there is no envelope."""
    if (match := _5424.match(line)) is not None:
        return _from_5424(match, line)
    if (match := _HEADER.match(line)) is not None:
        return _relayed(match, line) or (_envelope(match), line[match.end() :])
    if (match := _PRIORITY_ONLY.match(line)) is not None:
        return Envelope(priority=_priority(match["pri"])), line[match.end() :]
    return None


def _relayed(outer: re.Match[str], line: str) -> tuple[Envelope, str] | None:
    """The line that a relay put its own header before; its priority, if gone, is the outer one's."""
    found = None if outer["program"] else _behind(line, outer.end())
    if found is None:
        return None
    envelope, text = found
    if envelope.priority is None:
        envelope = replace(envelope, priority=_priority(outer["pri"]))
    return envelope, text


def _behind(line: str, at: int) -> tuple[Envelope, str] | None:
    """A second header: of RFC 5424, or a whole one of RFC 3164, which says its program."""
    inner = _5424.match(line, at)
    if inner is not None and (inner["pri"] is not None or inner["time"] != "-"):
        return _from_5424(inner, line)  # "1 - a b c" alone is too little to be a header
    inner = _HEADER.match(line, at)
    if inner is None or inner["time"][:1].isdigit() or (inner["program"] or "%").startswith("%"):
        return None  # the message of a Cisco begins with a time of its own, and %ASA is no program
    return _envelope(inner), line[inner.end() :]


def _from_5424(match: re.Match[str], line: str) -> tuple[Envelope, str]:
    rest = line[match.end() :]
    if (data := _DATA.match(rest)) is not None:
        rest = rest[data.end() :].removeprefix(" ")
    return _envelope(match), rest.removeprefix("\ufeff")


def _envelope(match: re.Match[str]) -> Envelope:
    host, program, time, pid, pri = match.group("host", "program", "time", "pid", "pri")
    return Envelope(_present(host), _present(program), _present(time), _present(pid), _priority(pri))


def _present(text: str | None) -> str:
    return "" if text is None or text == "-" else text


def _priority(text: str | None) -> int | None:
    return int(text) if text and int(text) <= _MAX_PRIORITY else None


def _confidence(line: str) -> float:
    """Any log may begin with an ISO time and a word; tag, priority and the old notation are syslog's own."""
    unwrapped = unwrap(line)
    if unwrapped is None:
        return 0.0
    envelope = unwrapped[0]
    certain = envelope.program or envelope.priority is not None or not envelope.time[:1].isdigit()
    return 0.9 if certain else 0.45


@dataclass(slots=True)
class _Mixed:
    """The readers of one input, and which program's lines went to which of them."""

    formats: tuple[LineFormat, ...]
    source: Source
    ordering: Ordering
    readers: dict[str, LineReader] = field(default_factory=dict)
    chosen: dict[str, LineFormat | None] = field(default_factory=dict)

    def turns(self, line: Line) -> list[Waiting]:
        """The lines whose turn it is: this one, others that have waited, or none."""
        envelope, text = unwrap(line.text) or (BARE, line.text)
        chosen = self._choose(text, envelope)
        if chosen is not None and waits(chosen, self.source):
            return self.ordering.due(line, text, envelope, chosen)
        return [Waiting(EPOCH, 0, text, line.offset, line, envelope, chosen)]

    def read(self, turn: Waiting) -> Iterable[Event]:
        """The events of one line, by the reader that knows it, or as plain text."""
        chosen = turn.chosen
        if chosen is None:
            return (_plain(turn.text, turn.envelope, self.source, turn.offset),)
        reader = self.readers.get(chosen.name)
        if reader is None:
            reader = self.readers[chosen.name] = chosen.reader(self.source)
        return reader.feed(turn.text, turn.envelope, turn.offset)

    def _choose(self, text: str, envelope: Envelope) -> LineFormat | None:
        last = self.chosen.get(envelope.program)
        if last is not None and last.recognise(text, envelope) >= CONFIDENT:
            return last
        best, confidence = _best(self.formats, text, envelope)
        if confidence < CONFIDENT:
            return None
        if len(self.chosen) >= MAX_PROGRAMS:
            self.chosen.clear()
        self.chosen[envelope.program] = best
        return best


def _best(formats: tuple[LineFormat, ...], text: str, envelope: Envelope) -> tuple[LineFormat | None, float]:
    best, confidence = None, 0.0
    for entry in formats:
        mark = entry.recognise(text, envelope)
        if mark > confidence:
            best, confidence = entry, mark
    return best, confidence


def service_of(program: str) -> tuple[str | None, str | None]:
    """Sigma's product and service of a program: the table's, else its name as service."""
    name = program.rsplit("/", 1)[-1].lower()
    known = load_table(NAME).raw["services"].get(name)
    return (known["product"], known["service"]) if known else (None, name or None)


@lru_cache(maxsize=1024)
def _kind(program: str) -> Kind:
    return Kind(NAME, LogSource(*service_of(program)), {}, TableTraits(load_table(NAME)))


def plain_fields(text: str, envelope: Envelope) -> Fields:
    """``message`` and what the envelope says: ``host``, ``program``, ``pid``, ``time``, ``facility`` …."""
    fields: Fields = {"message": text}
    values = (
        ("host", envelope.host),
        ("program", envelope.program),
        ("pid", envelope.pid),
        ("time", envelope.time),
    )
    fields.update((name, value) for name, value in values if value)
    if envelope.priority is not None:
        fields["facility"], fields["severity"] = divmod(envelope.priority, 8)
    return fields


def _plain(text: str, envelope: Envelope, source: Source, position: int) -> Event:
    return Event(_kind(envelope.program), plain_fields(text, envelope), source, position)


def _events(mixed: _Mixed, turn: Waiting, lines: Lines) -> Iterator[Event]:
    """The events of one line; what is wrong with it is its own error."""
    try:
        yield from mixed.read(turn)
    except UnreadableRecordError as bad:
        lines.reject(turn.line, bad.what, bad.mend)
    except Exception as failure:  # noqa: BLE001 - no line, however hostile, may stop the rest
        lines.reject(turn.line, failed(failure), REPORT)


@dataclass(frozen=True, slots=True)
class SyslogFormat:
    """Files of syslog lines, of one program or of many."""

    formats: tuple[LineFormat, ...]
    name: str = NAME

    def sniff(self, head: Head) -> float:
        """The mean of the first lines; a little below certain, so that a log's own format goes first."""
        lines = sniffed(head)
        return sum(_confidence(line) for line in lines) / len(lines) if lines else 0.0

    def decode(self, stream: ByteSource, source: Source, problems: Problems) -> Iterator[Event]:
        """The events of all lines, each by the format that knows it."""
        lines = Lines(stream, source, problems)
        mixed = _Mixed(self.formats, source, Ordering(source))
        for line in lines:
            try:
                turns = mixed.turns(line)
            except Exception as failure:  # noqa: BLE001 - no line, however hostile, may stop the rest
                lines.reject(line, failed(failure), REPORT)
                continue
            for turn in turns:
                yield from _events(mixed, turn, lines)
        for turn in mixed.ordering.rest():
            yield from _events(mixed, turn, lines)
        for reader in mixed.readers.values():
            yield from ended(reader, lines)
