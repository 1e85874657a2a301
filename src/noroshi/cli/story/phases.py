"""The phase of an attack that a rule speaks of, by the ATT&CK tactics among its tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from noroshi.alerts.attack import tactics
from noroshi.alerts.model import level_rank

if TYPE_CHECKING:
    from noroshi.alerts.model import RuleRef

DELIVERY, EXECUTION, DOWNLOAD, PERSISTENCE, C2, SPREAD, OTHER = (
    "delivery",
    "execution",
    "download",
    "persistence",
    "c2",
    "spread",
    "other",
)
ORDER: Final = (
    DELIVERY,
    EXECUTION,
    DOWNLOAD,
    PERSISTENCE,
    "privilege",
    "evasion",
    "credentials",
    "discovery",
    "collection",
    C2,
    SPREAD,
    "exfiltration",
    "impact",
)
"""Phases as far as an attack has come; `OTHER` is none of them."""
_BY_TACTIC: Final = (
    ("initial-access", DELIVERY),
    ("impact", "impact"),
    ("exfiltration", "exfiltration"),
    ("lateral-movement", SPREAD),
    ("credential-access", "credentials"),
    ("persistence", PERSISTENCE),
)
"""Tactics that decide wherever they stand, the most telling first."""
_BY_FIRST: Final = {
    "execution": EXECUTION,
    "command-and-control": C2,
    "discovery": "discovery",
    "collection": "collection",
    "privilege-escalation": "privilege",
    "defense-evasion": "evasion",
    "defense-impairment": "evasion",
    "stealth": "evasion",
}
_HIGH: Final = level_rank("high")
_INGRESS: Final = "attack.t1105"


def is_strong(rule: RuleRef) -> bool:
    """High or above: enough to say what happened without "perhaps"."""
    return level_rank(rule.level) >= _HIGH


def phase_of(rule: RuleRef) -> str:
    """One of `ORDER`, or `OTHER`.

    Most rules name several tactics. Some decide wherever they stand; among the rest the one that the author
    wrote first does. The transfer of a tool (T1105) is a download, though ATT&CK files it under C2.
    """
    named = tactics(rule.tags)
    for tactic, phase in _BY_TACTIC:
        if tactic in named:
            return phase
    found = next((_BY_FIRST[name] for name in map(_tactic, rule.tags) if name in _BY_FIRST), OTHER)
    tags = {tag.lower() for tag in rule.tags}
    return DOWNLOAD if found == C2 and _INGRESS in tags else found


def _tactic(tag: str) -> str:
    return tag.lower().removeprefix("attack.").replace("_", "-")
