"""Sigma correlation documents to the IR: references resolved, ordered, cycles refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace
from sigma.correlations import SigmaCorrelationRule, SigmaExtendedCorrelationCondition
from sigma.exceptions import SigmaError

from noroshi.errors import Sentence
from noroshi.rules.hashing import digest
from noroshi.rules.model import Alias, Bound, Correlation
from noroshi.rules.parse import Problem, Refused, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from noroshi.rules.documents import Document, Key
    from noroshi.rules.model import RuleMeta

_OPERATORS: Final = ("lt", "lte", "gt", "gte", "eq", "neq")
_TEMPORAL: Final = ("temporal", "temporal_ordered")
_SECTION: Final = "correlation"
_PLACES: Final = (
    ("timespan", "timespan"),
    ("type", "type"),
    ("rule reference", "rules"),
    ("generate", "generate"),
    ("group-by", "group-by"),
    ("alias", "aliases"),
    ("condition", "condition"),
    ("percentile", "condition"),
    ("field", "condition"),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A correlation whose references are not resolved yet."""

    document: Document
    id: str
    sigma: SigmaCorrelationRule
    bounds: tuple[Bound, ...]
    percentile: float | None
    meta: RuleMeta

    @property
    def references(self) -> tuple[str, ...]:
        """Ids or names of the referred rules, in the document's order."""
        if self.sigma.rules is not None:
            return tuple(str(reference.reference) for reference in self.sigma.rules)
        condition = self.sigma.condition
        assert isinstance(condition, SigmaExtendedCorrelationCondition)
        return tuple(condition.get_referenced_rules())


def parse_correlation(
    value: Mapping[str, Any],
) -> tuple[SigmaCorrelationRule, tuple[Bound, ...], float | None]:
    """The correlation as pySigma parses it, with our bounds (a range has two) and percentile.

    Raises:
        Refused: With everything that is wrong.
    """
    section = value.get(_SECTION)
    if not isinstance(section, dict):
        raise Refused((Problem((_SECTION,), "correlation is no mapping"),))
    bounds, percentile, condition = _condition(section)
    source = {**value, _SECTION: {**section, "condition": condition}}
    if condition is None:
        del source[_SECTION]["condition"]
    try:
        parsed = SigmaCorrelationRule.from_dict(source)
    except (SigmaError, ValueError, TypeError, AttributeError) as error:
        raise Refused((Problem(_place(text_of(error), section), text_of(error)),)) from None
    _check(parsed, section)
    return parsed, bounds, percentile


def _place(what: str, section: Mapping[str, Any]) -> tuple[Key, ...]:
    lowered = what.lower()
    for word, key in _PLACES:
        if word in lowered and key in section:
            return (_SECTION, key)
    return (_SECTION,)


def _condition(section: Mapping[str, Any]) -> tuple[tuple[Bound, ...], float | None, Any]:
    """Our bounds, and the condition with the one bound that pySigma takes."""
    condition = section.get("condition")
    if not isinstance(condition, dict):
        return (), None, condition
    named = [key for key in condition if key in _OPERATORS]
    bounds = tuple(Bound(operator, _number(condition[operator])) for operator in named)
    rest = {key: item for key, item in condition.items() if key not in named[1:] and key != "percentile"}
    return bounds, _percentile(section, condition), rest


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1 << 63:
        raise Refused(
            (Problem((_SECTION, "condition"), Sentence("the bound {value!r} is no number", value=value)),)
        )
    return value


def _percentile(section: Mapping[str, Any], condition: Mapping[str, Any]) -> float | None:
    found = condition.get("percentile")
    wanted = section.get("type") == "value_percentile"
    if not wanted and found is None:
        return None
    if not wanted or isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 100:
        what = "percentile must be a number from 0 to 100, with the type value_percentile and only with it"
        raise Refused((Problem((_SECTION, "condition"), what),))
    return float(found)


def _check(parsed: SigmaCorrelationRule, section: Mapping[str, Any]) -> None:
    condition = parsed.condition
    kind = parsed.type.name.lower()
    if isinstance(condition, SigmaExtendedCorrelationCondition) and _words(condition.expression) & {
        "or",
        "not",
    }:
        what = "an extended condition with 'or' or 'not' is not part of Sigma 2.1 and cannot be evaluated"
        raise Refused((Problem((_SECTION, "condition"), what, "write several correlations"),))
    if parsed.rules is not None and not parsed.rules:
        raise Refused((Problem((_SECTION, "rules"), "the correlation refers to no rule"),))
    for field in _fields(parsed):
        if not isinstance(field, str):
            raise Refused(
                (Problem((_SECTION, "condition"), Sentence("the field {field!r} is no text", field=field)),)
            )
    if kind not in {"event_count", *_TEMPORAL} and not _fields(parsed):
        raise Refused(
            (Problem((_SECTION, "condition"), Sentence("{kind} needs condition.field", kind=kind)),)
        )
    if kind not in _TEMPORAL and not isinstance(section.get("condition"), dict):
        raise Refused((Problem((_SECTION,), Sentence("{kind} needs a condition", kind=kind)),))


def _words(expression: str) -> set[str]:
    return set(expression.replace("(", " ").replace(")", " ").split())


def _fields(parsed: SigmaCorrelationRule) -> tuple[str, ...]:
    found = getattr(parsed.condition, "fieldref", None)
    if found is None:
        return ()
    return (found,) if isinstance(found, str) else tuple(found)


def order(
    drafts: Mapping[str, Draft], references: Mapping[str, tuple[str, ...]]
) -> tuple[list[str], set[str]]:
    """Correlation ids with the referred ones first, and those that stand in or behind a cycle.

    Args:
        drafts: By id, in the order of loading.
        references: Of each draft, the ids that it refers to.
    """
    placed: dict[str, None] = {}
    waiting = list(drafts)
    while waiting:
        ready = [one for one in waiting if all(ref in placed or ref not in drafts for ref in references[one])]
        if not ready:
            return list(placed), set(waiting)
        placed.update(dict.fromkeys(ready))
        waiting = [one for one in waiting if one not in placed]
    return list(placed), set()


def build(draft: Draft, resolve: Callable[[str], str | None], hashes: Mapping[str, str]) -> Correlation:
    """The correlation with its references as ids.

    Args:
        draft: The parsed document.
        resolve: Id of the rule with an id or a name, or None.
        hashes: Rule hashes by id, of every rule and every correlation before this one.

    Raises:
        Refused: If it refers to something that is not loaded.
    """
    sigma = draft.sigma
    rules = tuple(_resolved(reference, resolve) for reference in draft.references)
    aliases = _aliases(sigma, rules, resolve)
    bare = Correlation(
        id=draft.id,
        name=sigma.name or "",
        hash="",
        type=sigma.type.name.lower(),
        rules=rules,
        group_by=tuple(sigma.group_by or ()),
        timespan_seconds=float(sigma.timespan.seconds),
        bounds=draft.bounds,
        meta=draft.meta,
        fields=_fields(sigma),
        aliases=aliases,
        percentile=draft.percentile,
        generate=sigma.generate,
    )
    return _hashed(bare, hashes)


def _aliases(
    sigma: SigmaCorrelationRule, rules: tuple[str, ...], resolve: Callable[[str], str | None]
) -> tuple[Alias, ...]:
    aliases = tuple(
        Alias(
            alias.alias,
            {_resolved(str(ref.reference), resolve, "aliases"): name for ref, name in alias.mapping.items()},
        )
        for alias in sigma.aliases
    )
    for alias in aliases:
        if stray := set(alias.fields).difference(rules):
            what = Sentence(
                "the alias {name} names {stray}, which the correlation does not refer to",
                name=alias.name,
                stray=min(stray),
            )
            raise Refused((Problem((_SECTION, "aliases", alias.name), what),))
    return aliases


def _resolved(reference: str, resolve: Callable[[str], str | None], key: str = "rules") -> str:
    found = resolve(reference)
    if found is None:
        what = Sentence("no loaded rule has the id or the name {reference!r}", reference=reference)
        raise Refused((Problem((_SECTION, key), what, "load that rule as well, or mend the reference"),))
    return found


def _hashed(bare: Correlation, hashes: Mapping[str, str]) -> Correlation:
    ordered = [hashes[rule] for rule in bare.rules]
    parts = [
        bare.type,
        ordered if bare.type == "temporal_ordered" else sorted(ordered),
        sorted(bare.group_by),
        bare.timespan_seconds,
        sorted((bound.op, bound.value) for bound in bare.bounds),
        sorted(bare.fields),
        sorted(
            (alias.name, sorted((hashes[rule], field) for rule, field in alias.fields.items()))
            for alias in bare.aliases
        ),
        bare.percentile,
    ]
    return replace(bare, hash=digest(parts))
