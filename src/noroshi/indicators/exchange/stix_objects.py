"""What STIX bundles of ours are made of: fixed ids, markings, and an extension for what STIX lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from noroshi.indicators.exchange.format import instant
from noroshi.indicators.indicator import Threat, Tlp

if TYPE_CHECKING:
    from datetime import datetime

    from noroshi.indicators.indicator import SourceClaim

Stix = dict[str, Any]
NAMESPACE: Final = UUID("6f1c1a0e-0a53-5a2e-9d0c-6b0f5d8a7e11")
EXTENSION: Final = f"extension-definition--{uuid5(NAMESPACE, 'extension: indicator')}"
"""Our property extension of indicators."""
_TLP_2: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
MARKINGS: Final = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
"""TLP 2.0 as OASIS published it (cti-stix-common-objects, extension "tlp-2.0", 2022-10-01)."""
TLP_1: Final = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
}
"""TLP 1 as STIX 2.1 itself defines it."""
GROUP: Final = "Sharing group: "
"""How the statement of a group's marking begins."""
PHASES: Final = {Threat.C2: "command-and-control", Threat.DOWNLOAD: "delivery", Threat.MAIL: "delivery"}
"""Phases of the Lockheed Martin kill chain that a kind of threat stands for."""
KILL_CHAIN: Final = "lockheed-martin-cyber-kill-chain"


def made_up_id(type_: str, *parts: str) -> str:
    """The same id for the same thing, today and tomorrow."""
    return f"{type_}--{uuid5(NAMESPACE, chr(0).join((type_, *parts)))}"


def identity(name: str, at: datetime) -> Stix:
    """Who says something."""
    return {**_dated("identity", made_up_id("identity", name), at), "name": name}


def malware(name: str, at: datetime) -> Stix:
    """A family."""
    return {**_dated("malware", made_up_id("malware", name), at), "name": name, "is_family": True}


def relationship(indicator_id: str, malware_id: str, at: datetime) -> Stix:
    """The indicator indicates the family."""
    own = made_up_id("relationship", indicator_id, malware_id)
    return {
        **_dated("relationship", own, at),
        "relationship_type": "indicates",
        "source_ref": indicator_id,
        "target_ref": malware_id,
    }


def tlp_marking(tlp: Tlp) -> Stix:
    """The published object, word for word, because STIX does not predefine it."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": MARKINGS[tlp],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{tlp.value.upper()}",
        "extensions": {_TLP_2: {"extension_type": "property-extension", "tlp_2_0": tlp.value}},
    }


def group_marking(name: str, at: datetime) -> Stix:
    """A statement that names the sharing group."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": made_up_id("marking-definition", name),
        "created": _stamp(at),
        "definition_type": "statement",
        "definition": {"statement": f"{GROUP}{name}"},
    }


def extension_definition(at: datetime) -> Stix:
    """What our extension is."""
    return {
        **_dated("extension-definition", EXTENSION, at),
        "created_by_ref": made_up_id("identity", "Noroshi"),
        "name": "Noroshi indicator",
        "description": "Type, value and claim of an indicator exactly as Noroshi keeps them.",
        "schema": "docs/reference/indicators.md",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    }


def markings_of(claim: SourceClaim) -> list[str]:
    """Ids of the markings of a claim."""
    label = [MARKINGS[claim.tlp]] if claim.tlp else []
    return [*label, *([made_up_id("marking-definition", claim.sharing_group)] if claim.sharing_group else [])]


def label_of(marking: Stix) -> Tlp | None:
    """The TLP label that a marking definition of either version gives; None if it is none.

    Raises:
        ValueError: It is a TLP label that nobody knows.
    """
    known = {**{id_: tlp for tlp, id_ in MARKINGS.items()}, **TLP_1}.get(str(marking.get("id")))
    if known is not None:
        return known
    extensions = marking.get("extensions")
    version_2 = extensions.get(_TLP_2) if isinstance(extensions, dict) else None
    definition = marking.get("definition")
    word = version_2.get("tlp_2_0") if isinstance(version_2, dict) else None
    if word is None and marking.get("definition_type") == "tlp" and isinstance(definition, dict):
        word = definition.get("tlp")
    name = str(marking.get("name", ""))
    if word is None and name.upper().startswith("TLP:"):
        word = name
    return Tlp.parse(str(word)) if word is not None else None


def _dated(type_: str, id_: str, at: datetime) -> Stix:
    return {"type": type_, "spec_version": "2.1", "id": id_, "created": _stamp(at), "modified": _stamp(at)}


def _stamp(at: datetime) -> str:
    return instant(at.replace(microsecond=at.microsecond // 1000 * 1000))
