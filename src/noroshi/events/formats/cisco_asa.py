"""Cisco firewalls: ASA messages and Firepower Threat Defense's security events, bare or in syslog.

Format: "Cisco Secure Firewall ASA Series Syslog Messages" and "Cisco Secure Firewall Threat Defense Syslog
Messages" (``%ASA-6-302013: text``, in EMBLEM ``:Jul 22 13:12:09 UTC: %ASA-session-6-302013: text``,
``%FTD-1-430003: Name: value, Name: value``). The manuals name the fields of 430001 to 430005 only; of the
ASA's sentences `tables/cisco_asa.toml` says which words are ``src_ip``, ``dst_port``, ``user``, ``acl`` …,
and what was done (``action``). All messages have ``message_id``, ``severity`` and ``message``; of others
there is only that.

A built connection names its direction, so its source is known. A teardown does not: there the side with the
lower port is taken for the server. A VPN user's public address is ``src_ip``, the one in the tunnel
``assigned_ip``.

Log source: product ``cisco``, service ``asa`` or ``ftd``. Category by message: ``firewall`` for connections
and denials, ``ids`` for intrusion events and threat detection, ``antivirus`` for file and malware events,
``vpn`` for AnyConnect and AAA, ``proxy`` where a URL is logged, ``configuration`` for commands that change
something (uniform fields: `_changes`); logons get the uniform fields of logons and category
``authentication`` (the ASA writes ``*****`` for the name of an unknown user, unless
``no logging hide username``).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_signature, by_priority, by_word
from noroshi.events.formats._changes import add_change
from noroshi.events.formats._firewall import MAX_CHARS, EndsTraits, add_aliases, add_envelope
from noroshi.events.logons import CATEGORY, add_logon
from noroshi.events.model import Event, Kind, LogSource, Outcome
from noroshi.events.traits import load_table, read_entities
from noroshi.events.web import add_web_fields, split_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Entities, Fields, Source

NAME: Final = "cisco-asa"
_TABLE: Final = load_table("cisco_asa")
_TIME: Final = (
    r"(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?(?: [A-Z]{3,4})?"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?)"
)
_HEADER: Final = re.compile(
    rf"(?:: ?)?(?:(?P<time>{_TIME}):?)?(?: ?(?P<host>[\w.-]{{1,255}}))?[ :]{{0,4}}"
    r"%(?P<product>ASA|FTD|PIX|FWSM|NGIPS)-(?:[A-Za-z_]{1,20}-){0,3}(?P<severity>[0-7])-(?P<id>\d{6})(?::\s?|\s)"
)
_PLACE: Final = re.compile(r"\{(\w+)\}")
_PAIR: Final = re.compile(r"(?:^|, )([A-Z][A-Za-z0-9_]{1,40}(?: [A-Z][a-z]{2,20})?): ")
_NOBODY: Final = frozenset({"No Authentication Required", "Not Found", "Unknown", "N/A"})
_LOGONS: Final = {"login-succeeded": True, "vpn-connected": True, "login-failed": False, "locked-out": False}
_SIDES: Final = ("interface", "ip", "port", "user")


class CiscoTraits(EndsTraits):
    """A table; what an intrusion event let pass was detected; a VPN user is at the address in the tunnel."""

    def outcome(self, event: Event) -> Outcome:
        """What the message says was done."""
        fields = event.fields
        if fields["message_id"] == "430001" and "InlineResult" not in fields:
            return Outcome.DETECTED
        return EndsTraits.outcome(self, event)

    def entities(self, event: Event) -> Entities:
        """The watched side of a connection; for a VPN session and for a logon its user, not the peer."""
        fields = event.fields
        if "dst_ip" in fields:
            return EndsTraits.entities(self, event)
        if "user" in fields:
            return read_entities(event, (), ("user",), ("assigned_ip",))
        if "src_ip" in fields:
            return EndsTraits.entities(self, event)
        return read_entities(event, ("dvchost",), (), ())


@cache
def _pattern(message_id: str) -> re.Pattern[str]:
    """The pattern of a message that the table knows."""
    parts = _TABLE.raw["parts"]
    text = _TABLE.raw["messages"][message_id]["text"]
    return re.compile(_PLACE.sub(lambda word: parts.get(word[1], rf"(?P<{word[1]}>[^\s,]{{1,256}}?)"), text))


@lru_cache(maxsize=1024)
def _kind(product: str, message_id: str, *, web: bool) -> Kind:
    known = _TABLE.raw["messages"].get(message_id, {})
    categories = set(_TABLE.raw["events"].get(message_id, ()))
    if "category" in known:
        categories.add(known["category"])
    if known.get("action") in _LOGONS:
        categories.add(CATEGORY)
    if web:
        categories.add("proxy")
    service = "ftd" if product in ("FTD", "NGIPS") else "asa"
    logsource = LogSource("cisco", service, frozenset(categories))
    return Kind(NAME, logsource, {"message_id": message_id}, CiscoTraits(_TABLE))


def security_event(text: str) -> dict[str, Any]:
    """The pairs of a security event; a value may hold commas and goes on to the next name."""
    names = list(_PAIR.finditer(text))
    ends = [*(name.start() for name in names[1:]), len(text)][: len(names)]
    found = {name[1]: text[name.end() : end].strip() for name, end in zip(names, ends, strict=True)}
    return {
        name: value for name, value in found.items() if value and (name != "User" or value not in _NOBODY)
    }


def _server_is_first(fields: Fields) -> bool:
    """Whether the first side of a connection is its server: by the direction, else by the lower port."""
    if (direction := fields.get("direction")) is not None:
        return bool(direction == "outbound")
    first, second = fields.get("first_port"), fields.get("second_port")
    return first is not None and second is not None and int(first) < int(second)


def _turn(fields: Fields) -> None:
    """Source and destination of a connection whose two sides stand in the order of the interfaces."""
    sides = ("dst", "src") if _server_is_first(fields) else ("src", "dst")
    for side, place in zip(sides, ("first", "second"), strict=True):
        for name in _SIDES:
            if (value := fields.pop(f"{place}_{name}", None)) is not None:
                fields[f"{side}_{name}"] = value


def _sentence(message_id: str, text: str) -> Fields:
    """What the table's pattern finds in a message."""
    match = _pattern(message_id).match(text) if message_id in _TABLE.raw["messages"] else None
    if match is None:
        return {}
    fields = {name: value for name, value in match.groupdict().items() if value}
    if "first_ip" in fields:
        _turn(fields)
    if "user" not in fields and "src_user" in fields:
        fields["user"] = fields["src_user"]
    if "command" in fields:
        add_change(fields, (fields["command"],), fields.get("user"))
    if (action := _TABLE.raw["messages"][message_id].get("action")) is not None:
        fields["action"] = action
    return fields


def _add_logon(fields: Fields, message_id: str) -> None:
    """The uniform fields of a logon to the VPN or to the device itself."""
    success = _LOGONS.get(fields.get("action", ""))
    if success is not None:
        kind = "vpn" if _TABLE.raw["messages"][message_id].get("category") == "vpn" else "admin"
        user, address = fields.get("user"), fields.get("src_ip")
        add_logon(fields, kind, success=success, user=user, host=fields.get("dvchost"), address=address)


def _add_web(fields: Fields) -> None:
    if "://" not in fields["URL"][:12]:
        fields["URL"] = f"http://{fields.get('dst_ip', '')}{fields['URL']}"
    add_aliases(fields, _TABLE.raw["web_aliases"])
    if host := split_url(fields["URL"]).host:
        fields["cs-host"] = fields["r-dns"] = host
    add_web_fields(fields)


def _header(line: str, envelope: Envelope) -> tuple[re.Match[str], str]:
    """The message's header, which syslog may have taken for its program, and the text after it."""
    whole = f"{envelope.program}: {line}" if envelope.program.startswith("%") else line
    match = _HEADER.match(whole)
    if match is None or len(whole) > MAX_CHARS:
        raise UnreadableRecordError("no message number of the form %ASA-6-302013", "the line may be cut off")
    return match, whole[match.end() :].strip()


class CiscoReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        header, text = _header(line, envelope)
        message_id = header["id"]
        if message_id in _TABLE.raw["events"]:
            fields = security_event(text)
            if "SrcIP" not in fields:
                raise UnreadableRecordError("the security event has no addresses", "the line may be cut off")
            add_aliases(fields, _TABLE.raw["aliases"])
            if message_id == "430001":
                priority = fields.get("Priority", fields.get("IntrusionPriority"))
                add_signature(fields, fields.get("Message"), by_priority(priority) or by_word(priority))
        else:
            fields = _sentence(message_id, text)
        fields |= {"message_id": message_id, "severity": header["severity"], "message": text}
        for name, place in (("time", "time"), ("dvchost", "host")):
            if header[place]:
                fields[name] = header[place]
        add_envelope(fields, envelope)
        if message_id in _TABLE.raw["messages"]:
            _add_logon(fields, message_id)
        if web := "URL" in fields:
            _add_web(fields)
        return (Event(_kind(header["product"], message_id, web=web), fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class CiscoAsa:
    """Lines with a message number of ASA or Threat Defense."""

    name = NAME
    splittable = True

    def recognise(self, line: str, envelope: Envelope) -> float:
        """By the message number."""
        if envelope.program.startswith("%"):
            return 0.97 if _HEADER.match(f"{envelope.program}: ") else 0.0
        return 0.97 if "%" in line[:200] and _HEADER.match(line) else 0.0

    def reader(self, source: Source) -> CiscoReader:
        """A reader for one input."""
        return CiscoReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (CiscoAsa(),)
