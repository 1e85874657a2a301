"""Logons on Linux and Unix: sshd, dropbear, sudo, su, login and PAM, under syslog (``auth.log``, ``secure``).

Format: the messages of OpenSSH 7 to 9 (sshd(8)), sudo(8) 1.8 and 1.9, su(1) and login(1) of util-linux and
shadow, pam_unix(8), dropbear(8); `tables/linux_auth.toml` holds them::

    Jul 22 13:12:09 web01 sshd[123]: Failed password for invalid user admin from 203.0.113.9 port 4711 ssh2
    Jul 22 13:12:09 web01 sudo: taro : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh

Log source: product ``linux``, service ``sshd``, ``sudo``, ``auth`` … as for all syslog
(`tables/syslog.toml`), category ``authentication`` where the line says a result. Beside ``message``,
``host``, ``program``, ``pid`` and ``time``: ``auth_event`` (what the line says), ``user``, ``method``,
``src_port``, ``invalid`` (the account does not exist), sudo's pairs (``TTY``, ``PWD``, ``USER``,
``COMMAND``), ``target_user``, and the uniform fields of logons. rsyslog's
``message repeated 5 times: [ … ]`` is five events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.formats._daemon import MAX_PARSED
from noroshi.events.formats._network import is_inside
from noroshi.events.formats._syslog import plain_fields, service_of
from noroshi.events.logons import CATEGORY, add_logon
from noroshi.events.model import Entities, Event, Kind, LogSource, Outcome
from noroshi.events.traits import TableTraits, load_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.events.format import Envelope, LineReader
    from noroshi.events.model import Fields, Source

NAME: Final = "linux-auth"
MAX_REPEATED: Final = 100
"""A line that says it was repeated more often stands for this many events."""
_TABLE: Final = load_table("linux_auth")
_PROGRAMS: Final[dict[str, str]] = _TABLE.raw["programs"]
_PLACE: Final = re.compile(r"\{(\w+)\}")
_REPEATED: Final = re.compile(r"message repeated (\d{1,6}) times: \[ ?(.*?)\]$", re.DOTALL)
_SUDO_PAIR: Final = re.compile(r"(?:^|; )([A-Z]{2,16})=((?:(?! ; [A-Z]{2,16}=).){0,8192})")
_OWN_LINES: Final = frozenset({"ssh", "sudo", "su"})
_KIND_OF: Final = {"ssh": "ssh", "dropbear": "ssh", "sudo": "sudo", "su": "su", "login": "interactive"}
_RESULTS: Final = {"success": Outcome.ALLOWED, "failure": Outcome.FAILED}


@dataclass(frozen=True, slots=True)
class AuthTraits(TableTraits):
    """The host; the result; the person where it is one of ours."""

    def outcome(self, event: Event) -> Outcome:
        """As the line says."""
        return _RESULTS.get(str(event.fields.get("logon_result")), Outcome.UNKNOWN)

    def entities(self, event: Event) -> Entities:
        """The machine logged on to, and the account unless somebody outside only tried its name."""
        fields = event.fields
        stranger = "invalid" in fields or (
            event.outcome is not Outcome.ALLOWED and "src_ip" in fields and not is_inside(fields["src_ip"])
        )
        user = None if stranger else fields.get("logon_user")
        return Entities(host=TableTraits.entities(self, event).host, user=user)


_TRAITS: Final = AuthTraits(_TABLE)


@cache
def _messages(group: str) -> tuple[tuple[re.Pattern[str], str, str | None], ...]:
    """The patterns of a group with their ``auth_event`` and result."""
    parts = _TABLE.raw["parts"]
    return tuple(
        (re.compile(_PLACE.sub(lambda place: parts[place[1]], one["text"])), one["event"], one.get("result"))
        for one in _TABLE.raw.get(group, ())
    )


@lru_cache(maxsize=256)
def _kind(program: str, auth_event: str | None, result: str | None) -> Kind:
    product, service = service_of(program)
    categories = frozenset({CATEGORY}) if result else frozenset()
    constants = {"auth_event": auth_event} if auth_event else {}
    return Kind(NAME, LogSource(product or "linux", service, categories), constants, _TRAITS)


def _group(envelope: Envelope) -> str | None:
    return _PROGRAMS.get(envelope.program.rsplit("/", 1)[-1].lower())


def _read(text: str, group: str | None) -> tuple[Fields, str | None, str | None]:
    """Fields, ``auth_event`` and result of a line's text."""
    if text.startswith("pam_"):
        patterns, group = _messages("pam"), None if group in _OWN_LINES else "pam"
    else:
        patterns = _messages(group) if group else ()
    for pattern, auth_event, result in patterns:
        if (match := pattern.match(text)) is not None:
            fields = {name: value.strip() for name, value in match.groupdict().items() if value}
            return fields, auth_event, "failure" if group == "pam" else result
    return {}, None, None


def _add_sudo(fields: Fields, text: str) -> None:
    for name, value in _SUDO_PAIR.findall(text.partition(" : ")[2]):
        fields.setdefault(name, value.strip())
    if "USER" in fields:
        fields["target_user"] = fields["USER"]


def _events_of(text: str) -> tuple[str, int]:
    """The text of a line and how many events it stands for."""
    match = _REPEATED.match(text)
    return (text, 1) if match is None else (match[2], max(1, min(int(match[1]), MAX_REPEATED)))


@dataclass(frozen=True, slots=True)
class AuthReader:
    """Reads the lines of one input; no state."""

    source: Source

    def feed(self, line: str, envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The events of the line: one, or as many as it says it was repeated."""
        text, times = _events_of(line)
        fields, kind = self._parsed(line, text[:MAX_PARSED], envelope)
        if times == 1:
            return (Event(kind, fields, self.source, position),)
        return self._repeated(kind, fields, position, times)

    def _repeated(self, kind: Kind, fields: Fields, position: int | str, times: int) -> Iterator[Event]:
        yield Event(kind, fields, self.source, position)
        for number in range(2, times + 1):
            yield Event(kind, dict(fields), self.source, f"{position}:{number}")

    def _parsed(self, line: str, text: str, envelope: Envelope) -> tuple[Fields, Kind]:
        group = _group(envelope)
        own, auth_event, result = _read(text, group)
        fields = plain_fields(line, envelope) | own
        if auth_event is not None:
            fields["auth_event"] = auth_event
            if group == "sudo":
                _add_sudo(fields, text)
            self._add_logon(fields, group, result, envelope)
        return fields, _kind(envelope.program, auth_event, result)

    def _add_logon(self, fields: Fields, group: str | None, result: str | None, envelope: Envelope) -> None:
        root = fields["auth_event"] == "refused" or (group == "login" and "ROOT LOGIN" in fields["message"])
        peer: Any = fields.get("address", fields.get("from_host"))
        add_logon(
            fields,
            _KIND_OF.get(group or "", "other"),
            success=None if result is None else result == "success",
            user=fields.get("user", "root" if root else None),
            host=envelope.host,
            address=peer,
            client=peer if isinstance(peer, str) else None,
        )

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class LinuxAuth:
    """Lines of the programs that let people in."""

    name = NAME
    splittable = True

    def recognise(self, line: str, envelope: Envelope) -> float:
        """The program's name decides; of other programs PAM's failures are taken."""
        if _group(envelope) is not None:
            return 0.95
        return 0.9 if envelope.program and line.startswith("pam_") and ":auth): auth" in line[:120] else 0.0

    def reader(self, source: Source) -> LineReader:
        """A reader of one input."""
        return AuthReader(source)


FORMATS: Final = (LinuxAuth(),)
