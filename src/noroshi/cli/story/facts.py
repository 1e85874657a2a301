"""What the story needs beside the encounters: rules, guides, and the hits behind correlations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from noroshi.rules.guide import Guide, parse_guide
from noroshi.rules.model import RuleMeta

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from noroshi.alerts.encounters import Encounter, Line
    from noroshi.alerts.model import Alert
    from noroshi.engine.correlate import Contributor
    from noroshi.engine.hits import Hit
    from noroshi.rules.model import Correlation, Rule
    from noroshi.service.scan import Scan

_SHOWN_OF_A_RULE: Final = 1
_UNKNOWN: Final = RuleMeta(title="")
_GUIDES: Final = {"en": "guide.md", "ja": "guide.ja.md"}


@dataclass(frozen=True)
class Facts:
    """Look-ups over one scan.

    Attributes:
        scan: What was found.
        hits: (event id, rule id) → the hit, of those that stand behind the correlations told.
    """

    scan: Scan
    hits: dict[tuple[str, str], Hit]

    @cached_property
    def metas(self) -> dict[str, RuleMeta]:
        """Rule id → what is known of the rule."""
        return {rule.id: rule.meta for rule in self.rules}

    @cached_property
    def rules(self) -> tuple[Rule | Correlation, ...]:
        """Everything that was loaded."""
        ruleset = self.scan.prepared.loaded.ruleset
        return (*ruleset.rules, *ruleset.correlations)

    @cached_property
    def correlations(self) -> frozenset[str]:
        """Ids of correlations."""
        return frozenset(one.id for one in self.scan.prepared.loaded.ruleset.correlations)

    @cached_property
    def _roots(self) -> re.Pattern[str]:
        """The folders where they begin a path."""
        return re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, self.roots))})")

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Folders below which files are named without them, the longest first."""
        folders = {_folder(path) for path in self.scan.options.paths if str(path) != "-"}
        return tuple(sorted((f"{folder}/" for folder in folders if folder), key=len, reverse=True))

    def meta(self, rule_id: str) -> RuleMeta:
        """The rule's description; an empty one for a rule that is not there."""
        return self.metas.get(rule_id, _UNKNOWN)

    def title(self, rule_id: str, language: str, otherwise: str = "") -> str:
        """The rule's title in the language."""
        meta = self.meta(rule_id)
        return (meta.title_ja if language == "ja" else "") or meta.title or otherwise or rule_id

    def short_path(self, text: str) -> str:
        """A text with the scanned folders taken off the paths in it."""
        return self._roots.sub("", text) if self.roots else text

    def guide(self, folder: str, language: str) -> Guide | None:
        """The guide of a rule, if it has one."""
        return guide_in(folder, language)

    def chained(self, line: Line) -> bool:
        """Whether this is a correlation over correlations: a judgement over the whole, not a moment of it."""
        parts = [sample.correlation for sample in line.samples if sample.correlation is not None]
        return any(rule_id in self.correlations for part in parts for rule_id, _, _ in part.rules)

    def behind(self, alert: Alert) -> Iterator[Hit]:
        """The first hit of each rule behind a correlation's alert."""
        for contributor in _first_of_each(alert):
            hit = self.hits.get((contributor.event_id, contributor.rule_id))
            if hit is not None:
                yield hit


def _folder(path: Path) -> str:
    """The folder of a path as it stands in the names of its files; empty for the working folder."""
    folder = str(path if path.is_dir() else path.parent)
    return "" if folder == "." else folder


def _first_of_each(alert: Alert) -> list[Contributor]:
    if alert.correlation is None:
        return []
    seen: dict[str, list[Contributor]] = {}
    for contributor in alert.correlation.contributors:
        known = seen.setdefault(contributor.rule_id, [])
        if len(known) < _SHOWN_OF_A_RULE:
            known.append(contributor)
    return [contributor for known in seen.values() for contributor in known]


def gather(scan: Scan, encounters: Iterable[Encounter]) -> Facts:
    """Look up what stands behind the correlations of these encounters: one more pass over the hits."""
    wanted = {
        (contributor.event_id, contributor.rule_id)
        for encounter in encounters
        for line in encounter.lines
        for sample in line.samples
        for contributor in _first_of_each(sample)
    }
    found = {
        (hit.event_id, hit.rule_id): hit
        for hit in (scan.spool if wanted else ())
        if (hit.event_id, hit.rule_id) in wanted
    }
    return Facts(scan, found)


def guide_in(folder: str, language: str) -> Guide | None:
    """The guide in a folder, in English where there is none in the language; None without any."""
    if not folder:
        return None
    for name in (language, "en"):
        path = Path(folder) / _GUIDES[name]
        try:
            return parse_guide(path.read_text(encoding="utf-8"), name)[0]
        except (OSError, UnicodeError):
            continue
    return None
