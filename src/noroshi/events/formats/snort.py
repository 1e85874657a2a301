"""Snort's alerts as text, fast and full, of Snort 2 and 3; Suricata's ``fast.log`` is the same.

Format: "Snort Users Manual" 2.9.16 (``alert_fast``, ``alert_full``, ``alert_syslog``), "Snort 3 User Manual",
and the Suricata user guide on ``fast.log``::

    07/22-13:12:09.123456  [**] [1:2019401:3] text [**] [Classification: …] [Priority: 1] {TCP} a:1 -> b:2

Full alerts take several lines, the first being the heading ``[**] [1:2019401:3] text [**]``. The names are
those of Snort 3's ``alert_csv``: ``gid``, ``sid``, ``rev``, ``msg``, ``class``, ``priority``, ``proto``,
``src_addr``, ``timestamp``. Times are local, without a year by default, else ``MM/DD/YY`` or ``MM/DD/YYYY``.
An alert is *detected* unless the line says ``[drop]`` or the like.

Log source: product ``snort`` (``suricata`` where the year has four digits), category ``ids``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_signature, by_priority
from noroshi.events.formats._firewall import MAX_CHARS, EndsTraits, add_aliases, add_envelope
from noroshi.events.model import Event, Kind, LogSource, Outcome, Timestamp
from noroshi.events.times import parse_time
from noroshi.events.traits import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "snort"
MAX_LINES: Final = 64
"""A full alert of more lines is damaged; what is beyond them is left out."""
_TABLE: Final = load_table(NAME)
_STAMP: Final = r"(?P<timestamp>\d\d/\d\d(?:/\d{2,4})?-\d\d:\d\d:\d\d(?:\.\d{1,9})?)"
_HEADING: Final = re.compile(
    rf"\s{{0,8}}(?:{_STAMP}\s{{1,8}})?(?:\[(?P<action>[A-Za-z_]{{2,16}})\]\s{{1,4}})?(?P<mark>\[\*\*\]\s{{1,4}})?"
    r"\[(?P<gid>\d{1,10}):(?P<sid>\d{1,10}):(?P<rev>\d{1,10})\]\s{1,4}(?P<rest>.*)"
)
_TEXT: Final = re.compile(r"(?:\[\*\*\]|\[(?:Classification|Priority):|\{[\w-]{1,16}\}|$)")
_CLASS: Final = re.compile(r"\[Classification: ([^\]]{0,256})\]")
_PRIORITY: Final = re.compile(r"\[Priority: (\d{1,3})\]")
_PROTOCOL: Final = re.compile(r"\{([\w-]{1,24})\}")
_ADDRESS: Final = r"((?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,50})"
_FLOW: Final = re.compile(rf"{_ADDRESS} -> {_ADDRESS}(?=\s|$)")
_PACKET: Final = re.compile(r"(?:^|\s)([A-Z][A-Z0-9-]{1,15}) TTL:\d")
_REFERENCE: Final = re.compile(r"\[Xref => {1,2}([^\]\s]{1,512})\]")
_LINE_STAMP: Final = re.compile(rf"{_STAMP}\s")
_MONTHS: Final = ("", *["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
_CENTURY: Final = 2_000


class SnortTraits(EndsTraits):
    """A table; the time in Snort's own notation; an alert is a detection."""

    def time(self, event: Event) -> Timestamp:
        """``timestamp``, else syslog's time."""
        text = event.fields.get("timestamp")
        stamp = parse_time(_usual(text), event.source) if isinstance(text, str) else None
        return stamp or EndsTraits.time(self, event)

    def outcome(self, event: Event) -> Outcome:
        """What the line says was done with the packet."""
        found = EndsTraits.outcome(self, event)
        return Outcome.DETECTED if found is Outcome.UNKNOWN else found


def _usual(stamp: str) -> str:
    """``07/22/20-13:12:09`` as ``2020-07-22 13:12:09``, without a year as ``Jul 22 13:12:09``."""
    date, _, clock = stamp.partition("-")
    month, day, *year = date.split("/")
    if year:
        number = int(year[0])
        return f"{number + _CENTURY if number < 100 else number:04}-{month}-{day} {clock}"
    return f"{_MONTHS[int(month)] if int(month) < len(_MONTHS) else '-'} {day} {clock}"


def _kind(product: str) -> Kind:
    return Kind(NAME, LogSource(product, "alert", frozenset({"ids"})), {}, SnortTraits(_TABLE))


_KINDS: Final = {product: _kind(product) for product in ("snort", "suricata")}


def _add_end(fields: Fields, name: str, text: str) -> None:
    """Address and port; an IPv6 address has a port behind its last colon where the protocol has ports."""
    with_port = text.count(":") == 1 or (
        ":" in text and str(fields.get("proto")).upper() in ("TCP", "UDP") and not text.endswith(":")
    )
    address, _, port = text.rpartition(":") if with_port else (text, "", "")
    fields[f"{name}_addr"] = address
    if port:
        fields[f"{name}_port"] = port


def _add_details(fields: Fields, text: str) -> None:
    """What stands after the heading, on the same line or on the next ones."""
    for name, pattern in (("class", _CLASS), ("priority", _PRIORITY), ("proto", _PROTOCOL)):
        if name not in fields and (match := pattern.search(text)) is not None:
            fields[name] = match[1]
    if "proto" not in fields and (match := _PACKET.search(text)) is not None:
        fields["proto"] = match[1]
    if (flow := _FLOW.search(text)) is not None:
        _add_end(fields, "src", flow[1])
        _add_end(fields, "dst", flow[2])
    if references := _REFERENCE.findall(text):
        fields["references"] = references


def _alert(heading: re.Match[str], more: list[str]) -> Fields:
    """The fields of an alert: its heading line, and the other lines of a full one."""
    rest = heading["rest"]
    end = _TEXT.search(rest)
    message = rest[: end.start()] if end else rest
    fields: Fields = {"gid": heading["gid"], "sid": heading["sid"], "rev": heading["rev"]}
    fields["msg"] = message.strip().removeprefix('"').removesuffix('"')
    for name in ("timestamp", "action"):
        if heading[name]:
            fields[name] = heading[name]
    for line in more:
        if "timestamp" not in fields and (stamp := _LINE_STAMP.match(line)) is not None:
            fields["timestamp"] = stamp["timestamp"]
    _add_details(fields, "\n".join((rest[len(message) :], *more)))
    add_aliases(fields, _TABLE.raw["aliases"])
    add_signature(fields, fields["msg"], by_priority(fields.get("priority")))
    return fields


class SnortReader:
    """Reads fast and full alerts; holds the lines of one full alert."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._heading: re.Match[str] | None = None
        self._more: list[str] = []
        self._position: int | str = 0

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The fast alert of this line, or the full one that ends before it."""
        if len(line) > MAX_CHARS:
            raise UnreadableRecordError(
                "the alert is too long", Sentence("at most {max_chars:,} characters", max_chars=MAX_CHARS)
            )
        heading = _HEADING.match(line)
        if heading is None:
            self._continue(line)
            return ()
        held = self.finish()
        if _is_full(heading):
            self._heading, self._more, self._position = heading, [], position
            return held
        fields = _alert(heading, [])
        if "src_addr" not in fields:
            raise UnreadableRecordError("the alert has no addresses", "the line may be cut off")
        add_envelope(fields, envelope)
        return (*held, self._event(fields, position))

    def _continue(self, line: str) -> None:
        if self._heading is None or len(self._more) >= MAX_LINES:
            raise UnreadableRecordError("no alert begins before this line", "the file may begin in one")
        self._more.append(line)

    def _event(self, fields: Fields, position: int | str) -> Event:
        date = str(fields.get("timestamp", "")).partition("-")[0]
        product = "suricata" if len(date) > len("07/22/20") else "snort"
        return Event(_KINDS[product], fields, self._source, position)

    def finish(self) -> tuple[Event, ...]:
        """The full alert that is held."""
        if self._heading is None:
            return ()
        fields = _alert(self._heading, self._more)
        self._heading = None
        return (self._event(fields, self._position),)


def _is_full(heading: re.Match[str]) -> bool:
    """Whether this is the first line of a full alert: nothing stands after its text."""
    return bool(heading["mark"]) and not heading["timestamp"] and " -> " not in heading["rest"]


class Snort:
    """Alerts of Snort and its like."""

    name = NAME
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the three numbers of the rule; the other lines of a full alert by their form."""
        if ":" not in line[:200] or len(line) > MAX_CHARS:
            return 0.0
        heading = _HEADING.match(line)
        if heading is not None:
            known = heading["mark"] or heading["timestamp"] or "[Priority:" in line
            return 0.97 if known else 0.0
        if line.startswith(("[Classification: ", "[Priority: ", "[Xref => ")):
            return 0.7
        return 0.6 if _LINE_STAMP.match(line) or _PACKET.match(line) else 0.0

    def reader(self, source: Source) -> SnortReader:
        """A reader for one input."""
        return SnortReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Snort(),)
