"""From hits and correlations to alerts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from noroshi.alerts.model import Alert, CorrelationPart, RuleRef, SourceRef, effective_level
from noroshi.engine.correlate import alert_id
from noroshi.events.model import LogSource
from noroshi.identity.model import Joined
from noroshi.rules.model import RuleMeta

if TYPE_CHECKING:
    from noroshi.engine.correlate import CorrelationAlert
    from noroshi.engine.hits import Hit
    from noroshi.rules.model import Correlation, Rule, RuleSet


_UNKNOWN: Final = RuleMeta(title="")


class AlertBuilder:
    """Makes alerts for readers of one language.

    Args:
        ruleset: The rules and correlations that hit.
        language: ``en`` or ``ja``; anything else reads English.
    """

    def __init__(self, ruleset: RuleSet, language: str = "en") -> None:
        self._rules: dict[str, Rule | Correlation] = {rule.id: rule for rule in ruleset.rules}
        self._rules.update((correlation.id, correlation) for correlation in ruleset.correlations)
        self._language = language
        self._ref = lru_cache(maxsize=50_000)(self._make_ref)

    def shows(self, rule_id: str) -> bool:
        """Whether hits of this rule are alerts of their own (or only food for a correlation)."""
        rule = self._rules.get(rule_id)
        return rule is None or rule.alerts

    def from_hit(self, hit: Hit, joined: Joined | None = None) -> Alert:
        """The alert of one rule matching one event.

        Args:
            hit: The hit; its own entities are used where nothing is joined.
            joined: What identity made of them.
        """
        outcome = str(hit.outcome)
        whom = joined or Joined(hit.entities)
        return Alert(
            alert_id=alert_id(hit.tenant, hit.rule_id, hit.rule_hash, (), hit.event_id),
            revision=1,
            kind="rule",
            rule=self._ref(hit.rule_id, outcome),
            time=hit.time,
            zone=hit.zone,
            tenant=hit.tenant,
            entities=whom.entities,
            key=whom.key,
            outcome=outcome,
            meaning=self.meaning(hit.rule_id),
            count=1,
            first=hit.time,
            last=hit.time,
            logsource=hit.logsource,
            matched=hit.evidence,
            source=SourceRef(hit.path, hit.position),
            event_id=hit.event_id,
            event=hit.fields,
            joins=whom.joins,
        )

    def from_correlation(self, found: CorrelationAlert, joined: Joined | None = None) -> Alert:
        """The alert of a correlation; later revisions of the same id replace it."""
        whom = joined or Joined(found.entities)
        last = found.evidence[-1]
        return Alert(
            alert_id=found.alert_id,
            revision=found.revision,
            kind="correlation",
            rule=self._ref(found.rule_id, found.outcome),
            time=found.time,
            zone="",
            tenant=found.tenant,
            entities=whom.entities,
            key=whom.key,
            outcome=found.outcome,
            meaning=self.meaning(found.rule_id),
            count=found.count,
            first=found.first,
            last=found.last,
            logsource=LogSource(),
            matched=(),
            source=SourceRef(last.path, last.position),
            event_id="",
            event={},
            joins=whom.joins,
            correlation=self._part(found),
        )

    def meaning(self, rule_id: str) -> str:
        """The guide's one line in the reader's language, else the other language's title, else the title."""
        meta = self._meta(rule_id)
        if self._language == "ja":
            return meta.meaning.ja or meta.title_ja or meta.meaning.en or meta.title
        return meta.meaning.en or meta.title

    def _meta(self, rule_id: str) -> RuleMeta:
        rule = self._rules.get(rule_id)
        return _UNKNOWN if rule is None else rule.meta

    def _make_ref(self, rule_id: str, outcome: str) -> RuleRef:
        meta = self._meta(rule_id)
        return RuleRef(
            id=rule_id,
            title=meta.title or rule_id,
            level=effective_level(meta, outcome),
            tags=meta.tags,
            own_level=meta.level,
            threat=PurePath(meta.folder).parent.name if meta.folder else "",
            trace_kind=meta.trace_kind,
            pyramid_level=meta.pyramid_level,
            folder=meta.folder,
        )

    def _part(self, found: CorrelationAlert) -> CorrelationPart:
        rule = self._rules.get(found.rule_id)
        return CorrelationPart(
            type=getattr(rule, "type", ""),
            group=found.group,
            measure=found.measure,
            rules=tuple((name, self._meta(name).title or name, count) for name, count in found.rules),
            contributors=found.contributors,
            partial=found.partial,
        )
