"""ATT&CK tactics as Sigma's tags name them."""

from __future__ import annotations

from typing import Final

TACTICS: Final = (
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "stealth",
    "defense-evasion",
    "defense-impairment",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
)
"""Enterprise tactics in ATT&CK's own order, with the names before and after *defense evasion* was split."""
COMMAND_AND_CONTROL: Final = "command-and-control"
_PREFIX: Final = "attack."


def tactics(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tactics among a rule's tags, in ATT&CK's order; ``_`` and ``-`` are the same."""
    named = {
        tag.lower().removeprefix(_PREFIX).replace("_", "-") for tag in tags if tag.lower().startswith(_PREFIX)
    }
    return tuple(tactic for tactic in TACTICS if tactic in named)
