"""The techniques met as a layer of the ATT&CK Navigator (layer format 4.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.alerts.attack import tactics
from noroshi.alerts.model import level_rank
from noroshi.alerts.ndjson import iso

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from noroshi.alerts.model import Alert

_TECHNIQUE: Final = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_WEIGHTS: Final = {"informational": 1, "low": 5, "medium": 25, "high": 60, "critical": 100}
_RULES: Final = 10


def techniques(tags: Iterable[str]) -> tuple[str, ...]:
    """The technique ids among a rule's tags: ``T1059.001``."""
    found = (_TECHNIQUE.fullmatch(tag) for tag in tags)
    return tuple(dict.fromkeys(match[1].upper() for match in found if match))


@dataclass(slots=True)
class Technique:
    """One technique.

    Attributes:
        level: The highest level among its alerts.
        rules: Rule title → alerts.
        tactics: Those that its rules name.
    """

    alerts: int = 0
    level: str = "informational"
    first: datetime | None = None
    rules: dict[str, int] = field(default_factory=dict)
    tactics: dict[str, None] = field(default_factory=dict)

    def add(self, alert: Alert) -> None:
        """Take one alert."""
        self.alerts += 1
        self.level = max(self.level, alert.rule.level, key=level_rank)
        if alert.is_timed:
            self.first = alert.time if self.first is None else min(self.first, alert.time)
        self.rules[alert.rule.title] = self.rules.get(alert.rule.title, 0) + 1
        self.tactics.update(dict.fromkeys(tactics(alert.rule.tags)))


class Heat:
    """Collects techniques while alerts go by."""

    def __init__(self) -> None:
        self.techniques: dict[str, Technique] = {}

    def add(self, alert: Alert) -> None:
        """Take one alert."""
        for name in techniques(alert.rule.tags):
            self.techniques.setdefault(name, Technique()).add(alert)


def layer(heat: Heat, *, name: str, attack_version: str) -> dict[str, Any]:
    """The layer; a technique's score is the weight of its highest level, 1 to 100.

    Args:
        heat: What was met.
        name: The layer's name.
        attack_version: Major version of ATT&CK whose ids the rules use.
    """
    return {
        "name": name,
        "versions": {"attack": attack_version, "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": "Techniques of the rules that fired; score: weight of the highest level.",
        "sorting": 3,
        "techniques": [_technique(key, one) for key, one in sorted(heat.techniques.items())],
        "gradient": {"colors": ["#fff3c4", "#f59e0b", "#b91c1c"], "minValue": 0, "maxValue": 100},
        "legendItems": [],
        "metadata": [],
        "showTacticRowBackground": False,
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
    }


def _technique(name: str, one: Technique) -> dict[str, Any]:
    ranked = sorted(one.rules.items(), key=lambda item: -item[1])[:_RULES]
    return {
        "techniqueID": name,
        "score": _WEIGHTS.get(one.level, 1),
        "comment": "; ".join(f"{title} ({count})" for title, count in ranked),
        "enabled": True,
        "showSubtechniques": "." in name,
        "metadata": [
            {"name": "alerts", "value": str(one.alerts)},
            {"name": "level", "value": one.level},
            {"name": "first", "value": (one.first and iso(one.first)) or ""},
        ],
    }
