"""Time, outcome, entities and observables of Windows events."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.model import Entities, Outcome, Timestamp, ZoneOrigin
from noroshi.events.times import parse_time
from noroshi.events.traits import MAX_NAME_CHARS, TableTraits, first_text, load_table, short_host, short_user
from noroshi.events.values import as_text, fold, lookup
from noroshi.events.windows.tables import catalogue_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from noroshi.events.model import Event, Fields

_AUDIT_FAILURE: Final = 0x0010000000000000
_GOOD_STATUS: Final = frozenset({"0x0", "0", "0x00000000"})
_STATUS_EVENTS: Final = frozenset({4768, 4769, 4770, 4776})
_CONTEXT_USER: Final = re.compile(r"^\s*(?:User|Connected User|UserId)\s*=\s*(\S[^\r\n]*)", re.MULTILINE)
_SEARCHED_CHARS: Final = 65_536
_DEFENDER_ACTIONS: Final = (1007, 1117)
_REMEMBERED: Final = 8_192
"""Names of accounts judged, and of computers shortened: they are few and come again and again."""
_remembered_host: Final = lru_cache(_REMEMBERED)(short_host)


@dataclass(frozen=True, slots=True)
class WindowsTraits(TableTraits):
    """`Traits` of one Windows event id of one service; `told` is what the event id itself says was done."""

    service: str | None = None
    event_id: Any = None
    told: Outcome = Outcome.UNKNOWN

    def time(self, event: Event) -> Timestamp:
        """Sysmon's UtcTime; else the first time whose zone is recorded, configured or learnt; else as UTC."""
        fields = event.fields
        utc = fields.get("UtcTime")
        if isinstance(utc, str) and (stamp := parse_time(utc.rstrip("Z ") + "Z", event.source)) is not None:
            return stamp
        host = self._host(event)
        assumed: Timestamp | None = None
        for name in self.table.time:
            stamp = parse_time(lookup(fields, name) or None, event.source, host)
            if stamp is None:
                continue
            if stamp.zone is not ZoneOrigin.ASSUMED_UTC:
                return stamp
            assumed = assumed or stamp
        return assumed or Timestamp.missing()

    def outcome(self, event: Event) -> Outcome:
        """What the event id says, corrected by status, audit keyword or Defender's action."""
        fields = event.fields
        if self.service == "security" and self.told is Outcome.ALLOWED:
            if self.event_id in _STATUS_EVENTS:
                status = as_text(fields.get("Status") or fields.get("ErrorCode"))
                if status is not None and fold(status) not in _GOOD_STATUS:
                    return Outcome.FAILED
            return Outcome.FAILED if _audit_failed(fields) else Outcome.ALLOWED
        if self.service == "windefend" and self.event_id in _DEFENDER_ACTIONS:
            return _defender_action(fields)
        return self.told

    def entities(self, event: Event) -> Entities:
        """The computer, the person (never the machine or a service account), and its own address."""
        return Entities(host=self._host(event), user=self._person(event), address=self._address(event.fields))

    def _host(self, event: Event) -> str | None:
        text = first_text(event, self.table.host)
        if not text:
            return None
        shorten = _remembered_host if len(text) <= MAX_NAME_CHARS else short_host
        return shorten(text) or None

    def _person(self, event: Event) -> str | None:
        fields = event.fields
        for name, domain, sid in _candidates(self.service, self.event_id):
            text = as_text(fields.get(name))
            if text and not is_nobody(text, as_text(fields.get(domain)), as_text(fields.get(sid))):
                return short_user(text) or None
        return self._script_user(fields)

    def _script_user(self, fields: Fields) -> str | None:
        if self.service not in {"powershell", "powershell-classic"}:
            return None
        context = fields.get("ContextInfo")
        found = _CONTEXT_USER.search(context[:_SEARCHED_CHARS]) if isinstance(context, str) else None
        text = found[1].strip() if found else ""
        return short_user(text) if text and not is_nobody(text) else None

    def _address(self, fields: Fields) -> str | None:
        if self.service == "sysmon" and self.event_id == 3:
            ours = "SourceIp" if as_text(fields.get("Initiated")) in {"true", "True"} else "DestinationIp"
        elif self.service == "security" and self.event_id in {5156, 5157}:
            outbound = as_text(fields.get("Direction")) == "%%14593"
            ours = "SourceAddress" if outbound else "DestAddress"
        else:
            return None
        text = as_text(fields.get(ours))
        return text if text and not _is_no_host_address(text) else None


@lru_cache(_REMEMBERED)
def _candidates(service: str | None, event_id: Any) -> tuple[tuple[str, str, str], ...]:
    """Fields that may name the person, with those of its domain and SID, best first."""
    target = ("TargetUserName", "TargetDomainName", "TargetUserSid")
    subject = ("SubjectUserName", "SubjectDomainName", "SubjectUserSid")
    if service == "security":
        if event_id == 4688:
            return (("User", "", ""), subject)
        return (target, subject) if event_id in _logon_events() else (subject, target)
    return (
        ("User", "", ""),
        ("SourceUser", "", ""),
        subject,
        ("Detection User", "", ""),
        ("UserId", "", ""),
        ("AccountName", "Domain", "UserID"),
        ("UserName", "", ""),
    )


def _is_no_host_address(text: str) -> bool:
    return text.startswith(("127.", "224.", "239.", "255.", "ff0")) or text in {"::1", "0.0.0.0", "::", "-"}  # noqa: S104 - compared, not bound


def is_nobody(name: str, domain: str | None = None, sid: str | None = None) -> bool:
    """Whether an account is the machine, the system or a service rather than a person."""
    if len(name) + len(domain or "") + len(sid or "") <= MAX_NAME_CHARS:
        return _is_nobody(name, domain, sid)
    return _is_nobody.__wrapped__(name, domain, sid)


@lru_cache(_REMEMBERED)
def _is_nobody(name: str, domain: str | None, sid: str | None) -> bool:
    names, prefixes, domains, sids = _nobody()
    before, _, account = fold(name.strip()).rpartition("\\")
    account = account.split("@", 1)[0]
    if account in names or account.endswith("$") or account.startswith(prefixes):
        return True
    if (before or fold(domain or "")) in domains or before.startswith("iis apppool"):
        return True
    return sid is not None and any(
        sid == known or (known[-1] == "-" and sid.startswith(known)) for known in sids
    )


@cache
def _nobody() -> tuple[frozenset[str], tuple[str, ...], frozenset[str], tuple[str, ...]]:
    section = load_table("windows").raw["nobody"]
    return (
        frozenset(section["names"]),
        tuple(section["prefixes"]),
        frozenset(section["domains"]),
        tuple(section["sids"]),
    )


@cache
def _logon_events() -> frozenset[int]:
    return frozenset(load_table("windows").raw["logons"]["events"])


def _audit_failed(fields: Mapping[str, Any]) -> bool:
    """Whether the audit keyword says failure: a number, its hexadecimal text, or NXLog's EventType."""
    if fields.get("EventType") == "AUDIT_FAILURE":
        return True
    keywords = fields.get("Keywords")
    if isinstance(keywords, str):
        if keywords.startswith("0x"):
            try:
                keywords = int(keywords, 16)
            except ValueError:
                return False
        else:
            return "audit failure" in fold(keywords)
    return isinstance(keywords, int) and bool(keywords & _AUDIT_FAILURE)


def _defender_action(fields: Mapping[str, Any]) -> Outcome:
    actions = catalogue_table()["outcomes"]["defender_actions"]
    action = as_text(lookup(fields, "Action ID") or None)
    return Outcome(actions.get(action, "detected"))


def windows_traits(service: str | None, event_id: Any, told: Outcome) -> WindowsTraits:
    """The traits of one kind of event."""
    return WindowsTraits(load_table("windows"), service, event_id, told)
