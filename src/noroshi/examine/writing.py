"""An examination as plain values for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from noroshi.examine.model import Folding
from noroshi.examine.traces import traces_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noroshi.examine.families import Family
    from noroshi.examine.model import Effect, Finding, Seen
    from noroshi.examine.result import Examination, Node


def as_values(examination: Examination) -> dict[str, Any]:
    """The whole result; `docs/explanation/examining.md` describes its keys."""
    return {
        "file": examination.path,
        "complete": examination.complete,
        "isolation": examination.isolation,
        "specimens": [_specimen(node, examination) for node in examination.nodes],
        "traces": [
            {
                "kind": trace.kind,
                "pyramid_level": trace.pyramid_level,
                "type": trace.type,
                "value": trace.value,
                "confidence": trace.confidence,
                "provenance": provenance(examination, trace.provenance[-1]),
            }
            for trace in traces_of(examination)
        ],
        "errors": [
            {"specimen": number, **dict(finding.values)}
            for number, finding in examination.findings()
            if finding.code == "damaged"
        ],
        "bounded": [{"what": one.what, "limit": one.limit} for one in examination.bounded],
    }


def family_values(at: int, found: Sequence[Family], examinations: Sequence[Examination]) -> dict[str, Any]:
    """The key ``family`` of the examination at this place; None where nothing is linked with it."""
    family = next((one for one in found if at in one.members and len(one.members) > 1), None)
    if family is None:
        return {"family": None}
    links = [link for link in family.links if at in {link.first, link.second}]
    return {
        "family": {
            "members": [examinations[member].path for member in family.members],
            "common": [{"type": type_, "value": value} for type_, value in family.common],
            "links": [
                {
                    "file": examinations[link.second if link.first == at else link.first].path,
                    "weight": link.weight,
                    "tlsh_distance": link.distance,
                    "shared": [{"type": type_, "value": value} for type_, value in link.shared],
                }
                for link in links
            ],
        }
    }


def provenance(examination: Examination, number: int) -> list[dict[str, Any]]:
    """The steps from the file given to a specimen."""
    way = examination.way(number)
    return [{"specimen": one.number, "via": one.via, "name": one.name, "type": one.type} for one in way]


def _specimen(node: Node, examination: Examination) -> dict[str, Any]:
    details, findings, effects, seen = examination.of(node.number)
    values: dict[str, Any] = msgspec.to_builtins(node)
    values["details"] = {one.name: one.value for one in details}
    values["findings"] = [_finding(one) for one in findings]
    values["effects"] = [_effect(one) for one in effects]
    values["foldings"] = [
        msgspec.to_builtins(one) for one in examination.told.get(node.number, []) if isinstance(one, Folding)
    ]
    values["texts"] = [_seen(one) for one in seen]
    return values


def _finding(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "severity": finding.severity.value, "values": dict(finding.values)}


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "kind": effect.kind.value,
        "arguments": dict(effect.arguments),
        "by": effect.by,
        "exact": effect.exact,
    }


def _seen(seen: Seen) -> dict[str, Any]:
    return {"how": seen.how, "text": seen.text[:4_000]}
