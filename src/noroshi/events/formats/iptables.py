"""Packets logged by Linux's packet filter: iptables, nftables, UFW, firewalld and ulogd.

Format: iptables-extensions(8), target LOG (netfilter's ``nf_log_syslog``), also used by nft(8) ``log``::

    [12345.678901] DROP: IN=eth0 OUT= MAC=… SRC=192.0.2.77 DST=10.20.0.30 … PROTO=TCP SPT=4711 DPT=22 … SYN

The keys are the field names; words without value are ``flags``; the rule's text before them is ``prefix``.
Of a packet quoted in an ICMP error nothing is read. The time is syslog's (``envelope_time``) or that of
``dmesg -T``; seconds since the start are no time. Whether the packet passed is known only where the prefix
says it.

Log source: product ``linux``, service ``iptables``, category ``firewall``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._firewall import MAX_CHARS, EndsTraits, add_aliases, add_envelope
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "iptables"
_TABLE: Final = load_table(NAME)
_LOGSOURCE: Final = LogSource("linux", NAME, frozenset({"firewall"}))
_KIND: Final = Kind(NAME, _LOGSOURCE, {}, EndsTraits(_TABLE))
_STAMP: Final = re.compile(
    r"(?:kernel: )?\[\s{0,8}(?:\d{1,12}\.\d{6}|(\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}))\] ?"
)
_PACKET: Final = re.compile(r"(?:^|[\s:\]])IN=\S{0,32} (?:OUT=|PHYSIN=|MAC=)")
_WORD: Final = re.compile(r"([A-Z]{2,16})(?:=(\S*))?$")
_MAX_PREFIX: Final = 512


class IptablesReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        packet = _PACKET.search(line, 0, _MAX_PREFIX)
        if packet is None or len(line) > MAX_CHARS:
            raise UnreadableRecordError("no packet of the filter in the line", "the line may be cut off")
        begin = line.index("IN=", packet.start())
        stamp = _STAMP.match(line)
        fields = _words(line[begin:].partition(" [")[0])
        if "SRC" not in fields or "DST" not in fields:
            raise UnreadableRecordError("the packet has no addresses", "the line may be cut off")
        if prefix := line[stamp.end() if stamp else 0 : begin].strip(" :"):
            fields["prefix"] = prefix
        if stamp and stamp[1]:
            fields["time"] = stamp[1]
        add_envelope(fields, envelope)
        add_aliases(fields, _TABLE.raw["aliases"])
        return (Event(_KIND, fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


def _words(text: str) -> Fields:
    """The pairs; of a repeated key the first. UDP repeats ``LEN`` for its own length."""
    fields: Fields = {}
    flags = []
    for word in text.split():
        match = _WORD.match(word)
        if match is None:
            continue
        if match[2] is None:
            flags.append(match[1])
        elif match[2]:
            fields.setdefault(match[1], match[2])
    if flags:
        fields["flags"] = flags
    return fields


class Iptables:
    """The kernel's lines on packets."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the interfaces and addresses that every such line has; less than syslog is of a whole line.

        Any text may stand before the packet, so syslog's header could be taken for the rule's prefix.
        """
        if "IN=" not in line[:_MAX_PREFIX] or " SRC=" not in line or " DST=" not in line:
            return 0.0
        if _PACKET.search(line, 0, _MAX_PREFIX) is None:
            return 0.0
        return 0.4 if line[:4].isdigit() else 0.85

    def reader(self, source: Source) -> IptablesReader:
        """A reader for one input."""
        return IptablesReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Iptables(),)
