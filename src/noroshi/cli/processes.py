"""The process tree of an encounter, from the records of process starts among its alerts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from noroshi.alerts.model import level_rank
from noroshi.cli.story.plain import defanged, shortened, visible
from noroshi.report.model import Process

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from noroshi.alerts.encounters import Encounter
    from noroshi.alerts.model import Alert
    from noroshi.cli.story.page import Page

_MOST: Final = 60
"""Processes of one entity."""
_DEPTH: Final = 40
_RULES: Final = 4
_DETAIL: Final = 220

_Key = tuple[str, str]


@dataclass(slots=True)
class _Node:
    image: str
    command: str = ""
    at: datetime | None = None
    level: str = ""
    parent: _Key | None = None
    rules: dict[str, None] = field(default_factory=dict)


class Processes:
    """Collects process starts while alerts go by, bounded for each entity."""

    def __init__(self) -> None:
        self._known: dict[str, dict[_Key, _Node]] = {}

    def add(self, alert: Alert, title: str) -> None:
        """Take the process that an alert's event started, and its parent."""
        image = _text(alert.event, "Image")
        if not alert.key or not image or "process_creation" not in alert.logsource.categories:
            return
        known = self._known.setdefault(alert.key, {})
        key, parent = _key(alert.event, "ProcessId", image), _text(alert.event, "ParentImage")
        if len(known) >= _MOST and key not in known:
            return
        node = known.setdefault(key, _Node(image))
        node.command = node.command or _text(alert.event, "CommandLine")
        node.at = alert.time if node.at is None else min(node.at, alert.time)
        node.level = max(node.level or "informational", alert.rule.level, key=level_rank)
        node.rules[title] = None
        if parent:
            node.parent = _key(alert.event, "ParentProcessId", parent)
            above = known.setdefault(node.parent, _Node(parent))
            above.command = above.command or _text(alert.event, "ParentCommandLine")

    def of(self, encounter: Encounter, page: Page) -> tuple[Process, ...]:
        """The trees of the encounter's time, by the time of their first process."""
        known = {
            key: node
            for key, node in self._known.get(encounter.key, {}).items()
            if node.at is None or encounter.first <= node.at <= encounter.last
        }
        children: dict[_Key, list[_Key]] = {}
        for key, node in known.items():
            if node.parent in known and node.parent != key:
                children.setdefault(node.parent, []).append(key)
        below = {key for keys in children.values() for key in keys}
        used = set(children) | {key for key, node in known.items() if node.at is not None}
        roots = [key for key in known if key not in below and key in used]
        return tuple(_tree(key, known, children, page, 0) for key in roots)


def _tree(
    key: _Key, known: Mapping[_Key, _Node], children: Mapping[_Key, list[_Key]], page: Page, depth: int
) -> Process:
    node = known[key]
    inner = children.get(key, ()) if depth < _DEPTH else ()
    return Process(
        image=visible(node.image),
        detail=shortened(visible(defanged(node.command)), _DETAIL),
        clock=page.clock(node.at) if node.at else "",
        level=node.level,
        rules=tuple(node.rules)[:_RULES],
        children=tuple(_tree(one, known, children, page, depth + 1) for one in inner),
    )


def _key(event: Mapping[str, Any], name: str, image: str) -> _Key:
    """Process number and image: what Sysmon and Security 4688 both have, decimal or hexadecimal."""
    number = str(event.get(name, ""))
    try:
        number = str(int(number, 0))
    except ValueError:
        number = ""
    return number, image.rpartition("\\")[2].lower()


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    return value[:4096] if isinstance(value, str) else ""
