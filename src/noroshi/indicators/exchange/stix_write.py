"""Indicators as STIX 2.1 objects: one `indicator` for each claim, with what it refers to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from noroshi.indicators.exchange.format import instant
from noroshi.indicators.exchange.stix_objects import (
    EXTENSION,
    KILL_CHAIN,
    PHASES,
    Stix,
    extension_definition,
    group_marking,
    identity,
    made_up_id,
    malware,
    markings_of,
    relationship,
    tlp_marking,
)
from noroshi.indicators.exchange.stix_patterns import pattern_of
from noroshi.indicators.indicator import SourceClaim, Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from noroshi.indicators.indicator import Indicator

_ID: Final = re.compile(r"indicator--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Objects:
    """The objects of one bundle; what several indicators refer to comes once."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._known: set[str] = set()

    def first(self) -> Iterator[Stix]:
        """What every bundle begins with: who we are, and what our extension is."""
        yield from self._once(identity("Noroshi", self._at))
        yield from self._once(extension_definition(self._at))

    def of(self, indicator: Indicator) -> Iterator[Stix]:
        """The objects of one indicator."""
        for claim in indicator.claims or (SourceClaim(""),):
            yield from self._referred(claim)
            made = self._indicator(indicator, claim)
            yield from self._once(made)
            for family in claim.families:
                yield from self._once(relationship(made["id"], made_up_id("malware", family), self._at))

    def _referred(self, claim: SourceClaim) -> Iterator[Stix]:
        if claim.source:
            yield from self._once(identity(claim.source, self._at))
        if claim.tlp is not None:
            yield from self._once(tlp_marking(claim.tlp))
        if claim.sharing_group:
            yield from self._once(group_marking(claim.sharing_group, self._at))
        for family in claim.families:
            yield from self._once(malware(family, self._at))

    def _once(self, made: Stix) -> Iterator[Stix]:
        if made["id"] not in self._known:
            self._known.add(made["id"])
            yield made

    def _indicator(self, indicator: Indicator, claim: SourceClaim) -> Stix:
        begin = claim.first_seen or claim.last_seen or self._at
        own = claim.external_id
        if not _ID.fullmatch(own) or own in self._known:
            own = made_up_id("indicator", indicator.key.hex(), *claim.identity)
        made = {
            "type": "indicator",
            "spec_version": "2.1",
            "id": own,
            "created": instant(self._at),
            "modified": instant(self._at),
            "name": indicator.value,
            "pattern": pattern_of(indicator.type, indicator.value),
            "pattern_type": "stix",
            "pattern_version": "2.1",
            "valid_from": instant(begin),
            "indicator_types": ["compromised" if claim.compromised_site else "malicious-activity"],
            "extensions": {EXTENSION: _exactly(indicator, claim)},
        }
        optional: dict[str, Any] = {
            "created_by_ref": made_up_id("identity", claim.source) if claim.source else None,
            "description": "\n".join(claim.comments),
            "revoked": indicator.status is Status.RETIRED,
            "labels": list(claim.tags),
            "confidence": claim.confidence,
            "kill_chain_phases": _phases(claim),
            "external_references": _references(claim),
            "object_marking_refs": markings_of(claim),
        }
        made |= {
            name: value for name, value in optional.items() if value or (value == 0 and value is not False)
        }
        return made


def _exactly(indicator: Indicator, claim: SourceClaim) -> Stix:
    """The indicator as it is kept, so that no field of STIX has to be read back into ours."""
    return {
        "extension_type": "property-extension",
        "indicator_type": indicator.type,
        "value": indicator.value,
        "level": int(indicator.level),
        "status": indicator.status.value,
        "reason": indicator.reason,
        "exempt": indicator.exempt,
        "claim": msgspec.to_builtins(claim),
    }


def _phases(claim: SourceClaim) -> list[Stix]:
    names = sorted({PHASES[threat] for threat in claim.threats if threat in PHASES})
    return [{"kill_chain_name": KILL_CHAIN, "phase_name": name} for name in names]


def _references(claim: SourceClaim) -> list[Stix]:
    """A reference needs a URL, an id or a description beside the source's name."""
    if not claim.reference:
        return []
    kind = "url" if re.match(r"https?://\S+\Z", claim.reference) else "description"
    return [{"source_name": claim.source or "unknown", kind: claim.reference}]
