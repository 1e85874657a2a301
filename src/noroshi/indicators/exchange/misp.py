"""MISP events (MISP core format): ``{"Event": …}``, a list of such, or an answer ``{"response": […]}``.

Written: one event for each source (`Orgc`), because an attribute cannot name one; a second claim of the same
source about the same value goes into a second event, because MISP takes a value once in an event. Read:
attributes of events and of their objects, with the tags of both; ``to_ids`` false makes a candidate.
`misp_tags` says how a claim becomes tags.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from uuid import UUID, uuid5

import orjson

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import MAX_BYTES, clean, instant, parse_instant
from noroshi.indicators.exchange.misp_tags import Tags, is_for_detection, is_uuid, tags_of
from noroshi.indicators.exchange.misp_types import CONTEXT, OURS, parts, written_value
from noroshi.indicators.indicator import Indicator, SourceClaim, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from noroshi.indicators.exchange.format import Defaults

_NAMESPACE: Final = UUID("6f1c1a0e-0a53-5a2e-9d0c-6b0f5d8a7e11")
_NOTHING: Final = ("", None)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Event = dict[str, Any]


class Misp:
    """Events with attributes."""

    name: Final = "misp"
    cannot_carry: Final = ("sightings", "sourceless")

    def read(self, file: BinaryIO, path: str, defaults: Defaults) -> Iterator[Indicator | LocatedError]:
        """One indicator for each part of an attribute."""
        try:
            document = orjson.loads(file.read(MAX_BYTES))
        except orjson.JSONDecodeError as error:
            yield LocatedError(
                path, f"byte {error.pos}", Sentence("is no JSON: {msg}", msg=error.msg), "give a MISP event"
            )
            return
        events = _events(document)
        if not events:
            yield LocatedError(path, "", "holds no MISP event", 'events look like {"Event": {…}}')
        for number, event in enumerate(events, 1):
            yield from _read_event(event, f"event {number}", path, defaults)

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:
        """One answer with all events."""
        events: dict[tuple[str, str, int], Event] = {}
        taken: dict[tuple[str, str, bytes], int] = {}
        for indicator in indicators:
            for claim in indicator.claims:
                kind = (claim.source, claim.sharing_group)
                number = taken.get((*kind, indicator.key), 0)
                taken[(*kind, indicator.key)] = number + 1
                event = events.setdefault((*kind, number), _event(claim, number, at))
                event["Attribute"].append(_attribute(indicator, claim, at))
        yield orjson.dumps(
            {"response": [{"Event": event} for event in events.values()]}, option=orjson.OPT_INDENT_2
        )

    def carried(self, indicator: Indicator) -> Indicator | None:
        """All of it but the sightings."""
        return replace(indicator, sightings=type(indicator.sightings)()) if indicator.claims else None


def attributes_in(content: bytes) -> list[Any]:
    """The attributes of all events as they are written; none where it is no JSON."""
    try:
        events = _events(orjson.loads(content))
    except orjson.JSONDecodeError:
        return []
    return [attribute for event in events for _, attribute in _attributes(event, "")]


def _events(document: Any) -> list[Mapping[str, Any]]:
    answer = document.get("response", document) if isinstance(document, dict) else document
    found = answer if isinstance(answer, list) else [answer]
    inner = (one.get("Event", one) if isinstance(one, dict) else None for one in found)
    return [one for one in inner if isinstance(one, dict) and ("Attribute" in one or "Object" in one)]


def _read_event(
    event: Mapping[str, Any], place: str, path: str, defaults: Defaults
) -> Iterator[Indicator | LocatedError]:
    shared = _tag_names(event)
    source = _name_of(event.get("Orgc")) or defaults.source
    group = _name_of(event.get("SharingGroup"))
    claim = SourceClaim(source, sharing_group=group)
    for at, attribute in _attributes(event, place):
        if not isinstance(attribute, dict):
            yield LocatedError(path, at, "is no attribute", "see MISP's core format")
            continue
        type_ = str(attribute.get("type", ""))
        if type_ in CONTEXT or attribute.get("deleted") is True:
            continue
        try:
            yield from _read_attribute(
                attribute, type_, Tags([*_tag_names(attribute), *shared]), claim, defaults
            )
        except (ValueError, TypeError, OverflowError) as error:
            value = str(attribute.get("value", ""))[:80]
            yield LocatedError(
                path,
                at,
                Sentence("{value} {why}", value=f"`{value}`", why=error),
                "correct or remove the attribute",
            )


def _attributes(event: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    """Place and content of the attributes of an event and of its objects."""
    for number, attribute in enumerate(_list(event.get("Attribute")), 1):
        yield f"{place}, attribute {number}", attribute
    for at, part in enumerate(_list(event.get("Object")), 1):
        for number, attribute in enumerate(
            _list(part.get("Attribute") if isinstance(part, dict) else None), 1
        ):
            yield f"{place}, object {at}, attribute {number}", attribute


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _tag_names(owner: Mapping[str, Any]) -> list[str]:
    return [
        name
        for tag in _list(owner.get("Tag"))
        if isinstance(tag, dict) and isinstance(name := tag.get("name"), str)
    ]


def _name_of(value: Any) -> str:
    name = value.get("name") if isinstance(value, dict) else None
    return clean(name) if isinstance(name, str) else ""


def _read_attribute(
    attribute: Mapping[str, Any], type_: str, tags: Tags, claim: SourceClaim, defaults: Defaults
) -> Iterator[Indicator]:
    value = attribute.get("value")
    if not isinstance(value, str):
        raise ValueError("has no `value` that is a text")  # noqa: TRY004 - becomes a located error
    first, last = (parse_instant(str(attribute.get(name) or "")) for name in ("first_seen", "last_seen"))
    comment = clean(str(attribute.get("comment") or ""))
    said = replace(
        claim,
        sharing_group=_name_of(attribute.get("SharingGroup")) or claim.sharing_group,
        first_seen=first,
        last_seen=last if first or last else _stamp(attribute.get("timestamp")),
        comments=(comment,) if comment else (),
    )
    complete = defaults.apply(tags.complete(said))
    own_type = tags.first("type")
    for kind, part in [(own_type, value)] if own_type else parts(type_, value):
        found = Indicator.of(part, kind, complete, status=_status(attribute, tags), level=tags.level())
        named = _with_id(complete, found, str(attribute.get("uuid") or ""))
        yield replace(found, claims=(named,), reason=tags.first("reason"), exempt=bool(tags.first("exempt")))


def _with_id(claim: SourceClaim, indicator: Indicator, uuid: str) -> SourceClaim:
    """The claim with the attribute's UUID, unless `write` made it up."""
    made_up = not uuid or uuid == _made_up(indicator, claim)
    return claim if made_up or claim.external_id else replace(claim, external_id=clean(uuid))


def _made_up(indicator: Indicator, claim: SourceClaim) -> str:
    return str(uuid5(_NAMESPACE, f"{indicator.key.hex()}\0{claim.identity}"))


def _status(attribute: Mapping[str, Any], tags: Tags) -> Status:
    said = tags.first("status")
    if said in set(Status):
        return Status(said)
    return Status.CANDIDATE if attribute.get("to_ids") in {False, "0"} else Status.ACTIVE


def _stamp(value: Any) -> datetime | None:
    """An attribute's ``timestamp``: epoch seconds, as text or number."""
    text = str(value)
    return (
        _EPOCH + timedelta(seconds=int(text))
        if text.isascii() and text.isdigit() and len(text) <= 11
        else None
    )


def _event(claim: SourceClaim, number: int, at: datetime) -> Event:
    name = f"{claim.source}\0{claim.sharing_group}\0{number}\0{instant(at)}"
    more = f" ({number + 1})" if number else ""
    event: Event = {
        "uuid": str(uuid5(_NAMESPACE, name)),
        "info": f"Indicators of {claim.source}{more}",
        "date": at.strftime("%Y-%m-%d"),
        "timestamp": _seconds(at),
        "analysis": "2",
        "threat_level_id": "4",
        "distribution": "4" if claim.sharing_group else "0",
        "published": False,
        "Orgc": {"name": claim.source, "uuid": str(uuid5(_NAMESPACE, claim.source))},
        "Attribute": [],
    }
    if claim.sharing_group:
        group = str(uuid5(_NAMESPACE, f"group {claim.sharing_group}"))
        event["SharingGroup"] = {"name": claim.sharing_group, "uuid": group}
    return event


def _attribute(indicator: Indicator, claim: SourceClaim, at: datetime) -> dict[str, Any]:
    theirs = OURS[indicator.type]
    attribute = {
        "uuid": claim.external_id if is_uuid(claim.external_id) else _made_up(indicator, claim),
        "type": theirs.type,
        "category": theirs.category,
        "value": written_value(indicator.type, indicator.value),
        "to_ids": is_for_detection(indicator),
        "timestamp": _seconds(claim.last_seen or claim.first_seen or at),
        "distribution": "5",
        "comment": "",
        "Tag": [{"name": tag} for tag in tags_of(indicator, claim)],
    }
    for key, time in (("first_seen", claim.first_seen), ("last_seen", claim.last_seen)):
        if time is not None:
            attribute[key] = time.isoformat()
    return attribute


def _seconds(time: datetime) -> str:
    return str(max(0, int((time - _EPOCH).total_seconds())))
