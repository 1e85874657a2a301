"""Palo Alto Networks firewalls (PAN-OS): CSV lines, bare or in syslog.

Format: "PAN-OS Administrator's Guide" 10.1 and 10.2, "Syslog Field Descriptions": TRAFFIC, THREAT,
GLOBALPROTECT, SYSTEM and CONFIG column by column under the manual's variable names (``time_generated``,
``natsrc``, ``misc``); older versions end earlier. Of other types the heading is read and the rest is
``message``. Times are the device's local ones; ``high_res_timestamp`` (10.0 and later) has the zone.

Log source: product ``paloalto``, service = the type in lower case (``traffic``, ``threat``,
``globalprotect``, ``system``, ``config``). Category ``firewall`` for traffic, ``proxy`` for URL filtering
(with the web fields), ``ids`` for vulnerability, spyware, flood and scan, ``antivirus`` for virus and
WildFire, ``vpn`` for GlobalProtect, ``configuration`` for CONFIG (uniform fields: `_changes`). Logons there
get the uniform fields of logons and category ``authentication``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from noroshi.errors import Sentence
from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_signature, by_word
from noroshi.events.formats._changes import add_change
from noroshi.events.formats._firewall import EndsTraits, add_aliases, add_envelope, comma_separated, named
from noroshi.events.logons import CATEGORY, add_logon
from noroshi.events.model import Event, Kind, LogSource, Outcome
from noroshi.events.traits import load_table
from noroshi.events.web import add_web_fields, split_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "paloalto"
_TABLE: Final = load_table(NAME)
_COLUMNS: Final = {name: text.split() for name, text in _TABLE.raw["columns"].items()}
_START: Final = re.compile(
    r"[^,]{0,40},\d{4}/\d\d/\d\d \d\d:\d\d:\d\d,[^,]{0,40},"
    r"(TRAFFIC|THREAT|GLOBALPROTECT|SYSTEM|CONFIG|HIP-?MATCH|USERID|IPTAG|DECRYPTION|AUTHENTICATION"
    r"|CORRELATION|TUNNEL|SCTP|GTP|AUDIT),([^,]{0,64}),"
)
_EMPTY: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - how PAN-OS writes "no address"
_HEAD_SIZE: Final = len(_COLUMNS["head"])
_NEEDED: Final = {"traffic": 31, "threat": 35, "globalprotect": 17, "system": 15, "config": 12}
_LOGON_STAGES: Final = frozenset({"portal-auth", "gateway-auth", "gateway-connected"})
_AUTH_EVENT: Final = re.compile(r"(?:globalprotect(?:portal|gateway)-)?auth-(fail|succ)")
_AUTH_USER: Final = re.compile(r"\b(?:[Uu]ser name: |for user ')([^',]{1,256})")
_AUTH_FROM: Final = re.compile(r"\b(?:Login from|From): ([0-9A-Fa-f.:]{2,45}?)\.?(?:[,\s]|$)")
_CHANGE: Final = ("cmd", "path", "before_change_detail", "after_change_detail")
_FILES: Final = frozenset({"virus", "wildfire", "wildfire-virus", "ml-virus", "file", "data"})


class PaloAltoTraits(EndsTraits):
    """A table; a URL filter's alert lets pass, a threat that was let pass was detected."""

    def outcome(self, event: Event) -> Outcome:
        """The action, as the type of the log means it."""
        found = EndsTraits.outcome(self, event)
        if event.fields.get("type") != "THREAT" or found not in (Outcome.ALLOWED, Outcome.DETECTED):
            return found
        return Outcome.ALLOWED if event.fields.get("subtype") == "url" else Outcome.DETECTED


@lru_cache(maxsize=256)
def _kind(log_type: str, subtype: str, *, logon: bool = False) -> Kind:
    categories = _TABLE.raw["categories"]
    service = log_type.lower()
    found = {*categories.get(f"{service}/{subtype.lower()}", categories.get(service, ()))}
    if logon:
        found.add(CATEGORY)
    constants = {name: value for name, value in (("type", log_type), ("subtype", subtype)) if value}
    return Kind(NAME, LogSource(NAME, service, frozenset(found)), constants, PaloAltoTraits(_TABLE))


def _add_url(fields: Fields) -> None:
    """A URL filter's record in a proxy's words; ``misc`` is a URL without scheme."""
    add_aliases(fields, _TABLE.raw["url_aliases"])
    if url := fields.get("misc"):
        if "://" not in url[:12]:
            scheme = "https" if fields.get("app") == "ssl" or fields.get("dport") == "443" else "http"
            url = f"{scheme}://{url}"
        fields["c-uri"] = fields["cs-uri"] = url
        if host := split_url(url).host:
            fields["cs-host"] = fields["r-dns"] = host
    add_web_fields(fields)


def _add_names(fields: Fields, log_type: str, subtype: str) -> None:
    section = f"{log_type.lower()}_aliases"
    if section in _TABLE.raw:
        add_aliases(fields, _TABLE.raw[section])
    add_aliases(fields, _TABLE.raw["aliases"])
    if log_type == "CONFIG":
        told = (fields.get(name) for name in _CHANGE)
        add_change(fields, tuple(told), fields.get("admin"))
    elif log_type == "THREAT" and subtype == "url":
        _add_url(fields)
    elif log_type == "THREAT" and subtype in _FILES:
        add_aliases(fields, _TABLE.raw["file_aliases"])
    elif log_type == "THREAT":
        add_signature(fields, fields.get("threatid"), by_word(fields.get("severity")))


def _add_logon(fields: Fields, log_type: str) -> bool:
    """The uniform fields of a logon to GlobalProtect (its own log, or SYSTEM before 9.1.3) or the device."""
    event = fields.get("eventid", "")
    if log_type == "GLOBALPROTECT" and event in _LOGON_STAGES and "status" in fields:
        success = fields["status"] == "success"
        user, address, kind = fields.get("srcuser"), fields.get("src_ip"), "vpn"
    elif log_type == "SYSTEM" and (match := _AUTH_EVENT.match(event)) is not None:
        success, text = match[1] == "succ", fields.get("opaque", "")[:4096]
        named, at = _AUTH_USER.search(text), _AUTH_FROM.search(text)
        user, address = named and named[1], at and at[1]
        kind = "vpn" if event.startswith("globalprotect") else "other"
    else:
        return False
    add_logon(fields, kind, success=success, user=user, host=fields.get("device_name"), address=address)
    return True


class PaloAltoReader:
    """Reads the lines of one input; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        values = comma_separated(line)
        start = _START.match(line)
        if start is None or len(values) <= _HEAD_SIZE or values[3:5] != [*start.groups()]:
            raise UnreadableRecordError("no PAN-OS heading with time and type", "the line may be cut off")
        log_type, subtype = values[3], values[4]
        columns = _COLUMNS.get(log_type.lower())
        if columns is None:
            fields: Fields = named(_COLUMNS["head"], values[:_HEAD_SIZE], _EMPTY)
            fields["message"] = ",".join(values[_HEAD_SIZE:])
        elif len(values) < _NEEDED[log_type.lower()]:
            raise UnreadableRecordError(
                Sentence("too few columns for {log_type}", log_type=log_type), "the line may be cut off"
            )
        else:
            fields = named([*_COLUMNS["head"], *columns], values, _EMPTY)
        _add_names(fields, log_type, subtype)
        add_envelope(fields, envelope)
        logon = log_type in {"GLOBALPROTECT", "SYSTEM"} and _add_logon(fields, log_type)
        return (Event(_kind(log_type, subtype, logon=logon), fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class PaloAlto:
    """PAN-OS's CSV lines."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By time and type in the second and fourth column."""
        return 0.98 if _START.match(line) else 0.0

    def reader(self, source: Source) -> PaloAltoReader:
        """A reader for one input."""
        return PaloAltoReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (PaloAlto(),)
