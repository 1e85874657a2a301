"""What was seen of the other side: the values to block, to search for and to put into the first report."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.alerts.folds import is_significant
from noroshi.cli.story.phases import C2, DELIVERY, DOWNLOAD, EXECUTION, PERSISTENCE, is_strong, phase_of
from noroshi.cli.story.plain import defanged, shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from noroshi.alerts.encounters import Encounter
    from noroshi.alerts.model import Alert
    from noroshi.cli.story.facts import Facts
    from noroshi.cli.story.moments import Tale
    from noroshi.cli.story.page import Page

KINDS: Final = ("mail", "c2", "peer", "url", "script_url", "file", "sha256", "autostart")
_HOSTS: Final = frozenset({"c2", "peer"})
_WITH_OUTCOME: Final = _HOSTS | {"url"}
_MOST: Final = 200
_SHOWN: Final = 8
_WHOLE: Final = 400
"""Cells of a value: what is cut cannot be blocked or searched for."""
_LONGEST: Final = 2_048
_SCRIPT_URL: Final = re.compile(r"(?i)https?://[^\s'\"<>*@|,;)]{4,300}")
_SHA256: Final = re.compile(r"(?i)(?:SHA256=|^)([0-9a-f]{64})\b")
_AUTHORITY: Final = re.compile(r"(?i)^(?:[a-z]+://)?([^/?#]+)")
_SYSTEM: Final = re.compile(r"(?i)^\"?[a-z]:\\(?:windows|program files)")


@dataclass(slots=True)
class Sighting:
    """One value."""

    first: datetime
    outcomes: dict[str, None] = field(default_factory=dict)


class Sightings:
    """Collects values while alerts go by; bounded for each entity."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[tuple[str, str], Sighting]] = {}

    def add(self, alert: Alert) -> None:
        """Take the values of one alert at medium or above."""
        if alert.kind != "rule" or not alert.key or not is_significant(alert.rule):
            return
        known = self._seen.setdefault(alert.key, {})
        for kind, value in _values(alert):
            found = known.get((kind, value))
            if found is None:
                if len(known) >= _MOST:
                    continue
                found = known[kind, value] = Sighting(alert.time)
            found.outcomes[alert.outcome] = None

    def of(self, encounter: Encounter) -> dict[str, dict[str, Sighting]]:
        """Kind → value → sighting, of the encounter's time."""
        found: dict[str, dict[str, Sighting]] = {}
        for (kind, value), one in self._seen.get(encounter.key, {}).items():
            if encounter.first <= one.first <= encounter.last:
                found.setdefault(kind, {})[value] = one
        for value in found.get("c2", ()):
            found.get("peer", {}).pop(value, None)
        return found


def _values(alert: Alert) -> Iterator[tuple[str, str]]:
    phase, event = phase_of(alert.rule), alert.event
    if phase == C2:
        yield from _peer(alert)
    if phase == DOWNLOAD and "://" in _text(event, "c-uri"):
        yield "url", _text(event, "c-uri")
    if phase in {DOWNLOAD, EXECUTION}:
        yield from (
            ("script_url", url) for url in _SCRIPT_URL.findall(_text(event, "ScriptBlockText", 20_000))
        )
    if phase in {DELIVERY, DOWNLOAD} and _text(event, "TargetFilename"):
        yield "file", _text(event, "TargetFilename")
    image = _text(event, "Image")
    if phase in {EXECUTION, PERSISTENCE} and image and not _SYSTEM.match(image):
        yield "file", image
        yield from _hashes(event)
    if phase == DELIVERY:
        yield from _hashes(event)
    if phase == PERSISTENCE:
        yield from _autostart(event)


def _text(event: Mapping[str, Any], name: str, most: int = _LONGEST) -> str:
    value = event.get(name)
    return value[:most] if isinstance(value, str) else ""


def _peer(alert: Alert) -> Iterator[tuple[str, str]]:
    """The server: called C2 only by rules that are sure of it."""
    event, kind = alert.event, "c2" if is_strong(alert.rule) else "peer"
    url = _AUTHORITY.match(_text(event, "c-uri"))
    if url is not None:
        port = str(event.get("cs-port", ""))
        host = url[1].rpartition("@")[2]
        yield kind, host if ":" in host or not port else f"{host}:{port}"
    elif event.get("dst_ip"):
        yield kind, f"{event['dst_ip']}:{event.get('dst_port', '')}".rstrip(":")


def _hashes(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("sha256", "Hash", "Hashes"):
        if found := _SHA256.search(_text(event, name)):
            yield "sha256", found[1].lower()
            return


def _autostart(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    key, value = _text(event, "TargetObject"), _text(event, "Details")
    service = _text(event, "ServiceName")
    path = _text(event, "ImagePath") or _text(event, "ServiceFileName")
    if key:
        yield "autostart", f"{key} = {value}"
    elif service:
        yield "autostart", f"{service} = {path}"


def mails(page: Page, story: Tale, facts: Facts) -> Iterator[str]:
    """Sender and subject of the mails behind the delivery."""
    for moment in story.moments:
        if moment.phase != DELIVERY:
            continue
        for line in (moment.lead, *moment.others):
            for hit in facts.behind(line.samples[0]):
                sender, subject = _text(hit.fields, "mail_from"), _text(hit.fields, "mail_subject")
                if sender or subject:
                    yield page.say(
                        "sightings.mail_value", sender=defanged(sender, "mail_from"), subject=subject
                    )


def print_sightings(page: Page, encounter: Encounter, story: Tale, facts: Facts, seen: Sightings) -> None:
    """The values by kind."""
    kinds = seen.of(encounter)
    rows = [("mail", text, "") for text in dict.fromkeys(mails(page, story, facts))]
    for kind in KINDS:
        for value, one in kinds.get(kind, {}).items():
            outcome = page.say("list.comma").join(page.say.term("outcome", name) for name in one.outcomes)
            host = "url" if kind in _HOSTS else ""
            rows.append((kind, defanged(value, host), outcome if kind in _WITH_OUTCOME else ""))
    if not rows:
        return
    page.heading(page.say("sightings.title"))
    for kind in KINDS:
        _print_kind(page, kind, [(value, outcome) for name, value, outcome in rows if name == kind])


def _print_kind(page: Page, kind: str, values: list[tuple[str, str]]) -> None:
    if not values:
        return
    shown = [
        shortened(visible(value), _WHOLE) + (f" ({outcome})" if outcome else "")
        for value, outcome in values[:_SHOWN]
    ]
    more = page.say("list.more", count=len(values) - _SHOWN) if len(values) > _SHOWN else ""
    page.line(
        (f"{page.say(f'sightings.{kind}')}: ", "dim"), "  ".join([*shown, more]).rstrip(), indent=2, hang=4
    )
