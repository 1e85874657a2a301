"""Sigma filters by pySigma's meaning: ``(rule) and (filter condition)``."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigma.rule import SigmaDetections, SigmaRule

from noroshi.errors import Sentence
from noroshi.rules.parse import Problem, condition_of, located, parse_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sigma.filters import SigmaFilter
    from sigma.rule import SigmaLogSource

    from noroshi.errors import LocatedError
    from noroshi.rules.assembly import Entry
    from noroshi.rules.documents import Document


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter document that pySigma accepted."""

    document: Document
    sigma: SigmaFilter

    @property
    def references(self) -> tuple[str, ...] | None:
        """Ids or names of the rules, or None for any rule of the log source."""
        rules = self.sigma.filter.rules
        return None if isinstance(rules, str) else tuple(str(rule.reference) for rule in rules)

    def applied_to(self, title: str, logsource: SigmaLogSource) -> SigmaRule:
        """The filter as a rule of its own with a filtered rule's log source, for pipelines and conversion.

        pySigma merges both under random names; the conjunction of two conversions is the same and repeatable.
        """
        own = self.sigma.filter
        detections = SigmaDetections(
            detections={name: copy.deepcopy(part) for name, part in own.detections.items()},
            condition=list(own.condition),
            policy=own.policy,
        )
        return SigmaRule(title=title, logsource=logsource, detection=detections)


def parse_filter_document(document: Document) -> Filter:
    """The filter of a document, its condition tried once.

    Raises:
        noroshi.rules.parse.Refused: With everything that is wrong.
    """
    found = Filter(document, parse_filter(document.value))
    alone = found.applied_to(found.sigma.title, found.sigma.logsource)
    condition_of(alone, document.value, "filter")
    return found


def restrict(
    filters: Sequence[Filter],
    entries: Mapping[str, Entry],
    resolve: Callable[[str], str | None],
    errors: list[LocatedError],
) -> dict[str, list[Filter]]:
    """Which filters apply to which rule, by id; unknown references and mismatched log sources are errors."""
    chosen: dict[str, list[Filter]] = {}
    for one in filters:
        if one.references is None:
            wanted = [entry.id for entry in entries.values() if entry.sigma.logsource in one.sigma.logsource]
        else:
            problems: list[Problem] = []
            wanted = list(_named(one, entries, resolve, problems))
            errors.extend(located(one.document, problems))
        for rule in wanted:
            chosen.setdefault(rule, []).append(one)
    return chosen


def _named(
    one: Filter,
    entries: Mapping[str, Entry],
    resolve: Callable[[str], str | None],
    problems: list[Problem],
) -> Iterator[str]:
    for at, reference in enumerate(one.references or ()):
        found = resolve(reference)
        if found is None or found not in entries:
            what = Sentence("no loaded rule has the id or the name {reference!r}", reference=reference)
            problems.append(
                Problem(("filter", "rules", at), what, "load that rule as well, or mend the filter")
            )
        elif entries[found].sigma.logsource not in one.sigma.logsource:
            what = Sentence(
                "the log source does not cover that of the rule {reference!r}, so nothing is filtered",
                reference=reference,
            )
            problems.append(Problem(("logsource",), what, "name the same log source as the rule"))
        else:
            yield found
