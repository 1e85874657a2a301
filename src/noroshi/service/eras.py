"""Which rules fire in which era of a threat, and which would be left if the attacker changed one thing.

Nothing is reckoned: each era's scene is written, as it was reported and once for each change, and scanned
with the rules and with the indicator lists of the scene as it was reported. Who writes the scenes is the
caller's affair: the demo generator stands beside this room, not below it.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from noroshi.service.ruleset import Prepared, read_lists
from noroshi.service.scan import ScanOptions, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from noroshi.indicators.lists import ListSnapshot
    from noroshi.rules.model import RuleMeta

    Scenes = Callable[[Path, str, str], object]
    """Writes the scene of an era after a change (empty: none): logs, lists, site lists, identities."""

ZONE: Final = ZoneInfo("Asia/Tokyo")
LEAST_KINDS: Final = 3
"""Rules of so many different trace kinds must fire in every era."""
_LEAST_LEVEL: Final = frozenset({"low", "medium", "high", "critical"})


@dataclass(frozen=True, slots=True)
class Era:
    """One era's scene.

    Attributes:
        name: Year and month.
        fired: Rules at low or above that fired, by id.
        left: Change → the rules of `fired` that still fire after it.
    """

    name: str
    fired: frozenset[str]
    left: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EraCoverage:
    """All eras, and what is known of the rules that fired in any.

    Attributes:
        eras: The oldest first.
        rules: Rule id → its description.
    """

    eras: tuple[Era, ...]
    rules: Mapping[str, RuleMeta]

    def kinds(self, rules: frozenset[str]) -> Counter[str]:
        """Trace kinds of these rules."""
        return Counter(self.rules[name].trace_kind or "other" for name in rules)

    def thin(self) -> tuple[str, ...]:
        """Eras in which rules of fewer than `LEAST_KINDS` trace kinds fire, in any variant of the scene.

        A scene brings the lists that knew its wave, so its rules of lists fire by themselves; the variants
        in which everything listed has changed show what the others do.
        """
        return tuple(
            era.name
            for era in self.eras
            if any(len(self.kinds(fired)) < LEAST_KINDS for fired in (era.fired, *era.left.values()))
        )

    def changes(self) -> tuple[str, ...]:
        """What was changed, in the order in which it was tried."""
        return tuple(self.eras[0].left) if self.eras else ()

    def idle(self) -> tuple[str, ...]:
        """Changes that cost no rule in any era: no rule that fires depends on such a thing."""
        return tuple(one for one in self.changes() if all(era.left[one] == era.fired for era in self.eras))


def cover(
    prepared: Prepared,
    write: Scenes,
    eras: Sequence[str],
    changes: Sequence[str],
    told: Callable[[str, str], None] = lambda _era, _change: None,
) -> EraCoverage:
    """Write and scan the scenes.

    Args:
        prepared: The rules.
        write: Writes a scene.
        eras: Names of eras.
        changes: What the attacker changes, one at a time.
        told: Called before each scan with the era and the change (empty: none).
    """
    found: list[Era] = []
    for name in eras:
        told(name, "")
        fired = _fired(prepared, write, name, "")
        left: dict[str, frozenset[str]] = {}
        for change in changes:
            told(name, change)
            left[change] = fired & _fired(prepared, write, name, change)
        found.append(Era(name, fired, left))
    ruleset = prepared.loaded.ruleset
    metas = {rule.id: rule.meta for rule in ruleset.rules}
    metas |= {correlation.id: correlation.meta for correlation in ruleset.correlations}
    names = frozenset(name for era in found for name in era.fired)
    return EraCoverage(tuple(found), {name: metas[name] for name in names if name in metas})


def _fired(prepared: Prepared, write: Scenes, era: str, change: str) -> frozenset[str]:
    """Ids of the rules whose alerts are at low or above."""
    with tempfile.TemporaryDirectory(prefix="noroshi-era-") as place:
        folder = Path(place)
        write(folder, era, change)
        lists, _ = read_lists([], [folder / "lists", folder / "site.toml"])
        ready = Prepared(prepared.loaded, prepared.compiled, _over(prepared.lists, lists), ())
        options = ScanOptions((folder / "logs",), (folder / "identities.csv",), "low", zone=ZONE)
        with closing(scan(options, ready)) as done:
            return frozenset(alert.rule.id for alert in done.alerts() if alert.level in _LEAST_LEVEL)


def _over(below: ListSnapshot, above: ListSnapshot) -> ListSnapshot:
    """Lists of which the latter's win."""
    sets = {
        name: found for one in (below, above) for name in one.names if (found := one.get(name)) is not None
    }
    return type(below)(sets.values())
