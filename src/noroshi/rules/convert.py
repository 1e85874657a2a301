"""From pySigma's condition trees to the IR of `noroshi.rules.model`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from noroshi.errors import Sentence
from noroshi.rules.model import (
    AllOf,
    AnyOf,
    Boolean,
    Cidr,
    Compare,
    Exists,
    Expand,
    FieldRef,
    Not,
    Null,
    Number,
    Regex,
    Text,
    TimePart,
    Wildcard,
)
from noroshi.rules.modifiers import CasedFieldReference
from noroshi.rules.regexes import RegexError, to_re2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from noroshi.rules.model import Condition, Part, Pattern

_INT64: Final = 1 << 63


class ConversionError(ValueError):
    """A rule that pySigma accepts and Noroshi cannot evaluate; the text says why."""


def convert(tree: Any) -> Condition:
    """One parsed condition as IR, nested conjunctions and disjunctions flattened.

    Raises:
        ConversionError: Naming the field and the reason.
    """
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        return _value(tree.field, tree.value)
    if isinstance(tree, ConditionValueExpression):
        return _value(None, tree.value)
    if isinstance(tree, ConditionNOT):
        return Not(convert(_only(tree.args)))
    if isinstance(tree, ConditionAND):
        return all_of(convert(item) for item in tree.args)
    if isinstance(tree, ConditionOR):
        return any_of(convert(item) for item in tree.args)
    raise ConversionError("the condition is empty")


def _only(items: list[Any]) -> Any:
    if len(items) != 1:
        raise ConversionError("the condition is empty")
    return items[0]


def all_of(items: Iterable[Condition]) -> Condition:
    """The conjunction, flattened; a single item stands for itself."""
    flat: dict[Condition, None] = {}
    for item in items:
        flat.update(dict.fromkeys(item.items if isinstance(item, AllOf) else (item,)))
    return next(iter(flat)) if len(flat) == 1 else AllOf(tuple(flat))


def any_of(items: Iterable[Condition]) -> Condition:
    """The disjunction, flattened; a single item stands for itself."""
    flat: dict[Condition, None] = {}
    for item in items:
        flat.update(dict.fromkeys(item.items if isinstance(item, AnyOf) else (item,)))
    return next(iter(flat)) if len(flat) == 1 else AnyOf(tuple(flat))


def _value(field: str | None, value: Any) -> Condition:
    maker = _MAKERS.get(type(value))
    if maker is None:
        raise ConversionError(
            Sentence("a value of the kind {kind} cannot be evaluated here", kind=type(value).__name__)
        )
    return maker(field, value)


def _text(field: str | None, value: SigmaString) -> Condition:
    cased = isinstance(value, SigmaCasedString)
    placeholders = [(at, part.name) for at, part in enumerate(value.s) if isinstance(part, Placeholder)]
    if not placeholders:
        return Text(field, _pattern(value.s), cased)
    if len(placeholders) > 1:
        raise ConversionError(Sentence("the value {value} holds more than one placeholder", value=value))
    at, name = placeholders[0]
    return Expand(field, name, _pattern(value.s[:at]), _pattern(value.s[at + 1 :]), cased)


def _pattern(parts: list[Any]) -> Pattern:
    out: list[Part] = []
    for part in parts:
        if not isinstance(part, str):
            many = part is SpecialChars.WILDCARD_MULTI
            if not (many and out and out[-1] is Wildcard.MANY):
                out.append(Wildcard.MANY if many else Wildcard.ONE)
        elif part and out and isinstance(out[-1], str):
            out[-1] += part
        elif part:
            out.append(part)
    return tuple(out)


def _number(field: str | None, value: SigmaNumber) -> Condition:
    return Number(field, _storable(value.number))


def _storable(number: float) -> int | float:
    """A whole number beyond 64 bits, which pySigma makes of large floats, as the float that equals it."""
    return float(number) if isinstance(number, int) and not -_INT64 <= number < _INT64 else number


def _boolean(field: str | None, value: SigmaBool) -> Condition:
    if field is None:
        return Text(None, ("true" if value.boolean else "false",))
    return Boolean(field, value.boolean)


def _regex(field: str | None, value: SigmaRegularExpression) -> Condition:
    if value.contains_placeholder():
        raise ConversionError("a placeholder inside a regular expression cannot be evaluated")
    flags = "".join(sorted(SigmaRegularExpression.sigma_to_re_flag[flag] for flag in value.flags))
    source = value.regexp.to_plain(regex=True)
    try:
        return Regex(field, to_re2(source, flags), flags)
    except RegexError as error:
        raise ConversionError(
            Sentence("the regular expression {source!r} is refused: {error}", source=source, error=error)
        ) from None


def _field_reference(field: str | None, value: SigmaFieldReference) -> Condition:
    where = {
        (True, True): "contains",
        (True, False): "startswith",
        (False, True): "endswith",
        (False, False): "equals",
    }[value.starts_with, value.ends_with]
    return FieldRef(_named(field, "fieldref"), value.field, where, isinstance(value, CasedFieldReference))


def _compare(field: str | None, value: SigmaCompareExpression) -> Condition:
    number = value.number
    part = number.timestamp_part.name.lower() if isinstance(number, SigmaTimestampPart) else None
    return Compare(_named(field, "a comparison"), value.op.name.lower(), _storable(number.number), part)


def _time_part(field: str | None, value: SigmaTimestampPart) -> Condition:
    number = int(value.number)
    if not -_INT64 <= number < _INT64:
        raise ConversionError(Sentence("no time has the part {number}", number=number))
    return TimePart(_named(field, "a time part"), value.timestamp_part.name.lower(), number)


def _expansion(field: str | None, value: SigmaExpansion) -> Condition:
    return any_of(_value(field, item) for item in value.values)


def _named(field: str | None, what: str) -> str:
    if field is None:
        raise ConversionError(Sentence("{what} needs a field", what=what))
    return field


_MAKERS: Final[dict[type, Callable[[str | None, Any], Condition]]] = {
    SigmaString: _text,
    SigmaCasedString: _text,
    SigmaNumber: _number,
    SigmaBool: _boolean,
    SigmaNull: lambda field, _: Null(_named(field, "null")),
    SigmaExists: lambda field, value: Exists(_named(field, "exists"), bool(value)),
    SigmaRegularExpression: _regex,
    SigmaCIDRExpression: lambda field, value: Cidr(_named(field, "cidr"), str(value.network)),
    SigmaCompareExpression: _compare,
    SigmaTimestampPart: _time_part,
    SigmaFieldReference: _field_reference,
    CasedFieldReference: _field_reference,
    SigmaExpansion: _expansion,
}
