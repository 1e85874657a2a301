"""What a scan did, beside its alerts: events by log source, rules that fired, errors, time taken."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from noroshi.alerts.ndjson import dumps, iso
from noroshi.cli.errors import spoken, told
from noroshi.cli.story.plain import visible
from noroshi.cli.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from noroshi.alerts.encounters import Encounter, Grouping
    from noroshi.errors import LocatedError
    from noroshi.rules.model import RuleSet
    from noroshi.service.scan import Scan

SHOWN_ERRORS: Final = 10


def print_errors(errors: Sequence[LocatedError], total: int) -> None:
    """The first few errors on standard error, one line each, and how many there are beyond."""
    for error in errors[:SHOWN_ERRORS]:
        sys.stderr.write(f"noroshi: {visible(told(error, spoken()))}\n")
    if total > SHOWN_ERRORS:
        more = words(spoken())("summary.more_errors", count=total - SHOWN_ERRORS)
        sys.stderr.write(f"noroshi: {more}\n")


def as_document(found: Scan, grouping: Grouping, started: float) -> bytes:
    """``"encounters": […], "other": […], "summary": {…}`` as the inside of a JSON object.

    ``other`` holds the groups of alerts that make no encounter, in the same shape.
    """
    return (
        b'"encounters":'
        + dumps([_encounter(one) for one in grouping.encounters])
        + b',\n"other":'
        + dumps([_encounter(one) for one in grouping.loose])
        + b',\n"summary":'
        + dumps(summary(found) | {"total_seconds": round(perf_counter() - started, 3)})
    )


def summary(found: Scan) -> dict[str, Any]:
    """The summary as JSON values."""
    titles = {rule.id: rule.meta.title for rule in found.prepared.loaded.ruleset.rules}
    titles |= {rule.id: rule.meta.title for rule in found.prepared.loaded.ruleset.correlations}
    return {
        "inputs": found.inputs,
        "events": found.events,
        "events_by_log_source": [
            {
                "format": name,
                "product": source.product,
                "service": source.service,
                "categories": sorted(source.categories),
                "events": count,
            }
            for (name, source), count in found.counts.most_common()
        ],
        "rules_fired": [
            {"id": rule_id, "title": titles.get(rule_id, ""), "hits": count}
            for rule_id, count in found.fired.most_common()
        ],
        "years": [
            {"path": one.path, "year": one.year, "from": one.origin, "witness": one.witness or None}
            for one in found.years
        ],
        "hits_in_assumed_utc": dict(found.assumed.most_common()),
        "uncorrelated": found.uncorrelated,
        "errors": {"count": found.problems.total, "by_kind": dict(found.problems.counts.most_common())},
        "first_errors": [str(error) for error in found.problems.errors],
        "repaired_records": found.problems.repaired,
        "first_repairs": [f"{one.path}: {one.place}" for one in found.problems.repairs],
        "skipped_inputs": dict(found.skipped),
        "inactive_rules": _inactive(found.prepared.loaded.ruleset),
        "rule_errors": [str(error) for error in found.prepared.errors],
        "read_seconds": round(found.read_seconds, 3),
    }


def _inactive(ruleset: RuleSet) -> list[dict[str, str]]:
    """Rules that were loaded but never fire, because they name an unknown list or an inactive rule."""
    reasons = [(rule.id, rule.inactive) for rule in ruleset.rules]
    reasons += [(correlation.id, correlation.inactive) for correlation in ruleset.correlations]
    return [{"id": name, "reason": reason} for name, reason in reasons if reason]


def _encounter(one: Encounter) -> dict[str, Any]:
    return {
        "id": one.id,
        "key": one.key,
        "entities": one.entities,
        "level": one.level,
        "score": one.score,
        "first": iso(one.first),
        "last": iso(one.last),
        "alerts": one.alerts,
        "threats": one.threats,
        "outcomes": dict(one.outcome.counts),
        "c2_outcomes": one.outcome.c2,
        "stages": [
            {"tactic": stage.tactic, "first": iso(stage.first), "rules": stage.rule_ids}
            for stage in one.stages
        ],
        "joins": [join.sentence("en") for join in one.joins],
        "reason": one.reason,
        "lines": [
            {
                "rule": line.rule.title,
                "rule_id": line.rule.id,
                "kind": line.kind,
                "level": line.rule.level,
                "outcome": line.outcome,
                "alerts": line.alerts,
                "first": iso(line.first),
                "last": iso(line.last),
                "meaning": line.meaning,
                "alert_ids": [alert.alert_id for alert in line.samples],
            }
            for line in one.lines
        ],
    }
