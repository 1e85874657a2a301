"""STIX 2.1 bundles (OASIS, *STIX Version 2.1*): objects of type ``indicator`` with what they refer to.

Read from anybody: the pattern's values, the source by ``created_by_ref``, TLP of both versions, families by
    ``indicates``
relationships, times, confidence, labels. Bundles of ours hold the claim itself in an extension, so nothing is
lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec
import orjson

from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import MAX_BYTES, clean, parse_instant, threats_of, word_set
from noroshi.indicators.exchange.stix_objects import (
    EXTENSION,
    GROUP,
    MARKINGS,
    PHASES,
    TLP_1,
    Stix,
    label_of,
    made_up_id,
)
from noroshi.indicators.exchange.stix_patterns import indicators_in
from noroshi.indicators.exchange.stix_write import Objects
from noroshi.indicators.indicator import NEVER_SIGHTED, Indicator, SourceClaim, Status, Tlp
from noroshi.indicators.kinds import PyramidLevel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from noroshi.indicators.exchange.format import Defaults

_FAMILIES: Final = frozenset({"malware", "tool"})
_OTHERS: Final = frozenset({"intrusion-set", "campaign", "threat-actor", "attack-pattern", "infrastructure"})
_PHASE_OF: Final = {phase: threat for threat, phase in reversed(PHASES.items())}


class StixBundle:
    """Bundles of indicators."""

    name: Final = "stix"
    cannot_carry: Final = ("sightings",)

    def read(self, file: BinaryIO, path: str, defaults: Defaults) -> Iterator[Indicator | LocatedError]:
        """One indicator for each value of each pattern."""
        try:
            document = orjson.loads(file.read(MAX_BYTES))
        except orjson.JSONDecodeError as error:
            yield LocatedError(
                path,
                f"byte {error.pos}",
                Sentence("is no JSON: {msg}", msg=error.msg),
                "give a STIX 2.1 bundle",
            )
            return
        objects = document.get("objects") if isinstance(document, dict) else None
        if not isinstance(objects, list):
            yield LocatedError(path, "", "holds no `objects`", "give a STIX 2.1 bundle")
            return
        yield from read_objects(objects, path, defaults)

    def write(self, indicators: Iterable[Indicator], at: datetime) -> Iterator[bytes]:
        """One bundle, object by object."""
        objects = Objects(at)
        yield (
            orjson.dumps({"type": "bundle", "id": made_up_id("bundle", at.isoformat())})[:-1]
            + b',"objects":[\n'
        )
        yield b",\n".join(orjson.dumps(one) for one in objects.first())
        for indicator in indicators:
            yield b"".join(b",\n" + orjson.dumps(one) for one in objects.of(indicator))
        yield b"\n]}\n"

    def carried(self, indicator: Indicator) -> Indicator | None:
        """All of it but the sightings."""
        return replace(indicator, sightings=NEVER_SIGHTED)


def read_objects(objects: list[Any], path: str, defaults: Defaults) -> Iterator[Indicator | LocatedError]:
    """The indicators among objects of a bundle or a TAXII envelope, which may come in any order."""
    context = _Context()
    for one in objects:
        context.take(one)
    for number, one in enumerate(objects, 1):
        if isinstance(one, dict) and one.get("type") == "indicator":
            try:
                yield from _read_indicator(one, context, defaults)
            except (ValueError, TypeError, msgspec.ValidationError) as error:
                place = f"object {number} ({str(one['id'])[:60]})" if "id" in one else f"object {number}"
                yield LocatedError(path, place, str(error), "correct or remove the object")


def _published() -> dict[str, Tlp | None]:
    return {**{id_: tlp for tlp, id_ in MARKINGS.items()}, **TLP_1}


@dataclass(slots=True)
class _Context:
    """What indicators refer to.

    Attributes:
        names: Names of identities by id.
        labels: TLP labels by id of the marking; None for one that cannot be read.
        groups: Sharing groups by id of the marking.
        families: Names of malware by id.
        others: Names of actors, campaigns and techniques by id.
        indicates: Id of the indicator → ids of what it indicates.
    """

    names: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Tlp | None] = field(default_factory=_published)
    groups: dict[str, str] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    indicates: dict[str, list[str]] = field(default_factory=dict)

    def take(self, one: Any) -> None:
        """Remember an object if indicators may refer to it."""
        if not isinstance(one, dict) or not isinstance(id_ := one.get("id"), str):
            return
        type_, name = one.get("type"), clean(str(one.get("name", "")))
        if type_ == "identity":
            self.names[id_] = name
        elif type_ in _FAMILIES:
            self.families[id_] = name
        elif type_ in _OTHERS:
            self.others[id_] = name
        elif type_ == "relationship" and one.get("relationship_type") == "indicates":
            self.indicates.setdefault(str(one.get("source_ref")), []).append(str(one.get("target_ref")))
        elif type_ == "marking-definition":
            self._take_marking(id_, one)

    def _take_marking(self, id_: str, one: Stix) -> None:
        definition = one.get("definition")
        statement = definition.get("statement") if isinstance(definition, dict) else None
        if isinstance(statement, str) and statement.startswith(GROUP):
            self.groups[id_] = clean(statement.removeprefix(GROUP))
            return
        try:
            label = label_of(one)
        except ValueError:
            self.labels[id_] = None
            return
        if label is not None:
            self.labels[id_] = label


def _read_indicator(one: Stix, context: _Context, defaults: Defaults) -> Iterator[Indicator]:
    extensions = one.get("extensions")
    own = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
    if isinstance(own, dict):
        yield _exactly(own, _strictest(_list(one, "object_marking_refs"), context), defaults)
        return
    if one.get("pattern_type", "stix") != "stix":
        raise ValueError(Sentence("has a pattern of type `{type}`", type=str(one.get("pattern_type"))[:40]))
    claim = _claim(one, context)
    status, reason = _status(one, defaults)
    for type_, value in indicators_in(str(one.get("pattern", ""))):
        try:
            found = Indicator.of(value, type_, defaults.apply(claim), status=status)
        except ValueError as error:
            raise ValueError(Sentence("{value} {why}", value=f"`{value[:80]}`", why=error)) from None
        yield replace(found, reason=reason)


def _exactly(own: Mapping[str, Any], label: Tlp | None, defaults: Defaults) -> Indicator:
    """An indicator of ours; checked all the same, for anybody can write our extension."""
    claim = msgspec.convert(own.get("claim"), SourceClaim)
    claim = claim.renewed(replace(claim, tlp=label))  # the stricter of what both places say
    found = Indicator.of(str(own.get("value")), str(own.get("indicator_type")), _checked(claim, defaults))
    return replace(
        found,
        level=PyramidLevel(own.get("level", found.level)),
        status=Status(own.get("status", Status.ACTIVE)),
        reason=clean(str(own.get("reason", ""))),
        exempt=own.get("exempt") is True,
    )


def _checked(claim: SourceClaim, defaults: Defaults) -> SourceClaim:
    if claim.confidence is not None and not 0 <= claim.confidence <= 100:
        raise ValueError(Sentence("confidence {value} is not from 0 to 100", value=claim.confidence))
    if any(time is not None and time.tzinfo is None for time in (claim.first_seen, claim.last_seen)):
        raise ValueError("has a time without zone")
    return defaults.apply(
        replace(
            claim,
            source=clean(claim.source),
            reference=clean(claim.reference),
            families=word_set(claim.families),
            tags=word_set(claim.tags),
            sharing_group=clean(claim.sharing_group),
            comments=word_set(claim.comments),
            written=clean(claim.written),
            external_id=clean(claim.external_id),
        )
    )


def _claim(one: Stix, context: _Context) -> SourceClaim:
    indicated = context.indicates.get(str(one.get("id")), [])
    labels = word_set(str(label) for label in _list(one, "labels"))
    phases = [
        str(phase.get("phase_name")) for phase in _list(one, "kill_chain_phases") if isinstance(phase, dict)
    ]
    begin = parse_instant(str(one.get("valid_from") or ""))
    newest = parse_instant(str(one.get("modified") or one.get("created") or ""))
    description = clean(str(one.get("description") or ""))
    marks = [str(mark) for mark in _list(one, "object_marking_refs")]
    return SourceClaim(
        context.names.get(str(one.get("created_by_ref")), ""),
        _reference(one),
        threats=threats_of([*labels, *(_PHASE_OF[phase].value for phase in phases if phase in _PHASE_OF)]),
        families=word_set(context.families.get(target, "") for target in indicated),
        tags=word_set([*labels, *(context.others.get(target, "") for target in indicated)]),
        first_seen=begin,
        last_seen=max((time for time in (begin, newest) if time), default=None),
        confidence=_confidence(one.get("confidence")),
        tlp=_strictest(marks, context),
        sharing_group=next((context.groups[mark] for mark in marks if mark in context.groups), ""),
        compromised_site="compromised" in _list(one, "indicator_types"),
        comments=(description,) if description else (),
        external_id=clean(str(one.get("id") or "")),
    )


def _list(one: Stix, name: str) -> list[Any]:
    value = one.get(name)
    return value if isinstance(value, list) else []


def _reference(one: Stix) -> str:
    for reference in _list(one, "external_references"):
        if isinstance(reference, dict):
            for name in ("url", "description", "external_id"):
                if text := clean(str(reference.get(name) or "")):
                    return text
    return ""


def _confidence(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise ValueError(
            Sentence("confidence {value} is no whole number from 0 to 100", value=f"`{str(value)[:40]}`")
        )
    return value


def _strictest(marks: list[Any], context: _Context) -> Tlp | None:
    """The strictest label; one that cannot be read counts as red, for it must not become an open one."""
    labels = [context.labels[mark] or Tlp.RED for mark in marks if mark in context.labels]
    return max(labels, key=lambda label: label.strictness, default=None)


def _status(one: Stix, defaults: Defaults) -> tuple[Status, str]:
    if one.get("revoked") is True:
        return Status.RETIRED, "revoked by its source"
    until = parse_instant(str(one.get("valid_until") or ""))
    if until is not None and until <= defaults.at:
        return Status.RETIRED, f"valid until {until:%Y-%m-%d}, says its source"
    return Status.ACTIVE, ""
