r"""ModSecurity's audit log in its own notation, ``SecAuditLogType Serial`` (and single Concurrent files).

Format: ModSecurity 2.x reference manual and data formats guide, "Audit Log": sections between boundaries::

    --a1b2c3d4-A--
    [22/Jul/2020:13:12:09 +0900] XxYyZz 198.51.100.7 50112 10.20.0.30 443
    --a1b2c3d4-B--
    GET /inquiry?name=1 HTTP/1.1
    Host: www.example
    --a1b2c3d4-F--
    HTTP/1.1 403 Forbidden
    --a1b2c3d4-H--
    Message: Access denied with code 403 (phase 2). … [id "942100"] [msg "SQL Injection"]
    Action: Intercepted (phase 2)
    --a1b2c3d4-Z--

One event a transaction, at its first boundary. Log source and fields as of the JSON audit log
(`modsecurity`): Sigma's web fields, ``waf_rule_id``, ``waf_message``, ``waf_tag``, ``waf_severity``,
``action``; and ``unique_id``, ``request_body`` (C or I), ``response_body`` (E), ``engine_mode``,
``messages``. libmodsecurity 3 writes other boundaries (three dashes) and ``ModSecurity:`` before its
messages; both are read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_waf_attacks
from noroshi.events.formats._webserver import add_header, add_request_line
from noroshi.events.formats.modsecurity import TRAITS
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.web import add_web_fields, split_host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "modsecurity-serial"
MAX_LINES: Final = 2_000
MAX_LETTERS: Final = 1 << 18
"""How much of one section is kept …"""
MAX_TEXT: Final = 65_536
"""… and shown of a body."""
_BOUNDARY: Final = re.compile(r"-{2,3}([0-9A-Za-z]{6,64})-{1,3}([A-Z])--", re.ASCII)
_HEADING: Final = re.compile(
    r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:[^\]]{8,40})\] (\S{1,128}) (\S{1,255}) (\d{1,5}) (\S{1,255}) (\d{1,5})",
    re.ASCII,
)
_STATUS: Final = re.compile(r"HTTP/[\d.]{1,3} (\d{3})")
_TAGGED: Final = re.compile(r'\[(id|msg|severity|tag) "((?:[^"\\]|\\.){0,2000})"\]')
_MESSAGE: Final = re.compile(r"(?:Message|ModSecurity): ?(.*)")
_SETTING: Final = re.compile(r"(Action|Engine-Mode|Stopwatch2?|Server|Producer|Apache-Handler): ?(.*)")
_KIND: Final = Kind(NAME, LogSource("modsecurity", "audit", frozenset({"webserver", "waf"})), {}, TRAITS)
_NAMES: Final = {"id": "waf_rule_id", "msg": "waf_message", "severity": "waf_severity", "tag": "waf_tag"}


def _add_heading(fields: Fields, lines: list[str]) -> None:
    match = _HEADING.match(lines[0]) if lines else None
    if match is None:
        raise UnreadableRecordError("the transaction has no heading (section A)", "the file may be damaged")
    time, unique, client, client_port, server, port = match.groups()
    fields |= {"unique_id": unique, "src_ip": client, "c-ip": client, "src_port": client_port}
    fields |= {"dst_ip": server, "dst_port": port, "transaction": {"time": time}}


def _add_request(fields: Fields, lines: list[str]) -> None:
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.lower(), value.strip())
    add_request_line(fields, lines[0])
    if host := headers.get("host"):
        fields["cs-host"] = split_host(host)[0]
    add_header(fields, headers.get("referer"), headers.get("user-agent", "-"))
    kept = (
        ("x-forwarded-for", "x-forwarded-for"),
        ("content-type", "cs-content-type"),
        ("cookie", "cs-cookie"),
    )
    fields.update((field, headers[name]) for name, field in kept if name in headers)


def _add_trailer(fields: Fields, lines: list[str]) -> None:
    """Section H: messages, what was done, in which mode."""
    messages = [match[1] for line in lines if (match := _MESSAGE.match(line)) is not None]
    settings = {
        match[1]: match[2].strip('" ') for line in lines if (match := _SETTING.match(line)) is not None
    }
    if messages:
        fields["messages"] = messages
    if "Engine-Mode" in settings:
        fields["engine_mode"] = settings["Engine-Mode"]
    for line in messages:
        for name, value in _TAGGED.findall(line):
            listed = fields.setdefault(_NAMES[name], [])
            if value not in listed:
                listed.append(value)
    denied = any("Access denied" in message for message in messages)
    detecting = fields.get("engine_mode", "").upper() == "DETECTION_ONLY"
    intercepted = settings.get("Action", "").startswith("Intercepted") or denied
    fields["action"] = "blocked" if intercepted and not detecting else "detected"


class SerialReader:
    """Collects the sections of a transaction, each bounded by itself: a long body hides no verdict."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._boundary = ""
        self._section = ""
        self._sections: dict[str, list[str]] = {}
        self._lines = 0
        self._room = 0
        self._position: int | str = 0

    def awaited(self) -> bytes:
        """Bodies have millions of lines: behind those that are kept, only a boundary means anything."""
        return b"--" if self._boundary and not self._room else b""

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the transaction that this line ends."""
        match = _BOUNDARY.fullmatch(line) if line.startswith("--") else None
        if match is None:
            return () if self._boundary and not self._room else self._keep(line)
        boundary, section = match.groups()
        if section == "A":
            return self._open(boundary, position)
        if boundary != self._boundary:
            raise UnreadableRecordError(
                "a section of no open transaction", "the file may be cut at its beginning"
            )
        if section != "Z":
            again = section in self._sections
            self._section = section
            self._sections.setdefault(section, [])
            self._lines, self._room = (0, 0) if again else (MAX_LINES, MAX_LETTERS)
            return ()
        return (self._close(),)

    def _open(self, boundary: str, position: int | str) -> Iterable[Event]:
        cut, self._boundary, self._section = self._boundary, boundary, "A"
        self._sections, self._position = {"A": []}, position
        self._lines, self._room = MAX_LINES, MAX_LETTERS
        if cut:
            raise UnreadableRecordError(
                "the transaction before this one has no end", "the file may be damaged"
            )
        return ()

    def _keep(self, line: str) -> Iterable[Event]:
        if not self._boundary:
            raise UnreadableRecordError(
                "a line outside of any transaction", "the file may be cut at its beginning"
            )
        kept = line[: self._room]
        self._sections[self._section].append(kept)
        self._lines -= 1
        self._room -= len(kept) if self._lines else self._room
        return ()

    def _close(self) -> Event:
        sections, self._boundary, self._sections = self._sections, "", {}
        fields: Fields = {}
        _add_heading(fields, sections["A"])
        if sections.get("B"):
            _add_request(fields, sections["B"])
        if body := sections.get("C") or sections.get("I"):
            fields["request_body"] = "\n".join(body)[:MAX_TEXT]
        if sections.get("E"):
            fields["response_body"] = "\n".join(sections["E"])[:MAX_TEXT]
        if sections.get("F") and (status := _STATUS.match(sections["F"][0])) is not None:
            fields["sc-status"] = status[1]
        _add_trailer(fields, sections.get("H", []))
        add_waf_attacks(fields)
        add_web_fields(fields)
        return Event(_KIND, fields, self._source, self._position)

    def finish(self) -> Iterable[Event]:
        """A transaction that the end cuts off is damaged.

        Raises:
            UnreadableRecordError: The last transaction has no end.
        """
        if self._boundary:
            self._boundary = ""
            raise UnreadableRecordError("the last transaction has no end", "the file may be cut off")
        return ()


class Serial:
    """ModSecurity's serial audit log."""

    name = NAME
    splittable = False

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By the boundaries; lines between them are anything."""
        return 1.0 if line.startswith("--") and _BOUNDARY.fullmatch(line) else 0.0

    def reader(self, source: Source) -> SerialReader:
        """A reader for one input."""
        return SerialReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (Serial(),)
