"""How urgent an encounter is: points by level and pyramid level, with repetition counting ever less.

One rule gives ``level points × pyramid factor × (1 + 1/2 + 1/4 + … for each further alert)``: a thousand
repetitions are worth less than two first sightings, while each different rule adds in full. The score orders
encounters; it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LEVEL_POINTS: Final = {"informational": 0.0, "low": 3.0, "medium": 15.0, "high": 40.0, "critical": 100.0}
PYRAMID_FACTORS: Final = {"hash": 0.8, "ip": 0.8, "domain": 0.8, "artefact": 1.0, "tool": 1.2, "ttp": 1.2}
"""What an attacker changes easily is soon somebody else's: an address goes stale, a habit does not."""
DECAY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Points:
    """What the alerts of one rule at one level give to the score."""

    rule_id: str
    title: str
    level: str
    alerts: int
    points: float


def rule_points(level: str, pyramid_level: str, alerts: int) -> float:
    """Points of `alerts` alerts of one rule; an unknown pyramid level counts as artefact."""
    factor = PYRAMID_FACTORS.get(pyramid_level.lower(), 1.0)
    repeated = (1 - DECAY ** min(alerts, 64)) / (1 - DECAY)
    return round(LEVEL_POINTS.get(level, 0.0) * factor * repeated, 1)


def total(points: Iterable[Points]) -> float:
    """The score of an encounter."""
    return round(sum(item.points for item in points), 1)
