"""`noroshi explain`: the condition tree of a rule over one event, with what was true and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from noroshi.engine.listed import listed
from noroshi.engine.reference import Context, Trace, describe, trace
from noroshi.events.model import note_outcome
from noroshi.rules.model import AllOf, AnyOf, Expand, Not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.engine.hits import Listed
    from noroshi.events.model import Event
    from noroshi.rules.model import Predicate, Rule

SHOWN_VALUE: Final = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation.

    Attributes:
        depth: Nesting, 0 for the whole condition.
        holds: Whether this node holds.
        kind: ``all``, ``any``, ``not`` or ``test``.
        asked, field, found: Of a test: the predicate, its field (empty for any value), and the value, empty
            where the field is missing.
        listed: Of a test that holds because of a list: which indicator.
    """

    depth: int
    holds: bool
    kind: str
    asked: Predicate | None = None
    field: str = ""
    found: str = ""
    listed: Listed | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule matches an event or does not.

    Attributes:
        applies: Whether the event's log source is the rule's.
        matches: The verdict.
        steps: The condition tree, outermost first.
    """

    applies: bool
    matches: bool
    steps: tuple[Step, ...]


def explain(rule: Rule, event: Event, context: Context) -> Explanation:
    """The whole condition tree of the rule over the event, by the reference evaluator."""
    source = rule.logsource
    note_outcome(event)
    applies = event.logsource.covers(source.product, source.service, source.category)
    tree = trace(rule.condition, event.fields, context)
    steps = tuple(_steps(tree, 0, event, context))
    return Explanation(applies, applies and tree.holds and not rule.inactive, steps)


def _steps(tree: Trace, depth: int, event: Event, context: Context) -> Iterator[Step]:
    node = tree.node
    if isinstance(node, AllOf | AnyOf | Not):
        kind = {AllOf: "all", AnyOf: "any", Not: "not"}[type(node)]
        yield Step(depth, tree.holds, kind)
        for item in tree.items:
            yield from _steps(item, depth + 1, event, context)
        return
    _, found, _ = describe(node, tree.found)
    known = None
    if tree.holds and isinstance(node, Expand):
        known = listed(node, tree.found, event.fields, context.lists)
    yield Step(depth, tree.holds, "test", node, node.field or "", found[:SHOWN_VALUE], known)
