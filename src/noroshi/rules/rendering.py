"""Conditions as an analyst reads them: indented text, no Sigma knowledge needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.rules.model import Condition, Pattern, Predicate

MAX_LINES: Final = 400
"""Lines of one condition that are shown; the rest is counted."""
_WORDS: Final = {
    "en": {
        "all": "all of",
        "any": "any of",
        "not": "not",
        "event": "any value",
        "null": "is missing or null",
        "exists": "is there",
        "absent": "is not there",
        "cidr": "is in",
        "list": "is in the list",
        "more": "… and {count} more lines",
    },
    "ja": {
        "all": "すべて",
        "any": "いずれか",
        "not": "次に該当しない",
        "event": "いずれかのフィールドの値",
        "null": "がない、または null",
        "exists": "がある",
        "absent": "がない",
        "cidr": "が次の範囲内",
        "list": "が次の一覧にある",
        "more": "… ほか {count} 行",
    },
}
_SIGNS: Final = {"lt": "<", "lte": "≤", "gt": ">", "gte": "≥"}
_REFERENCES: Final = {"equals": "=", "startswith": "^=", "endswith": "$=", "contains": "*="}


def condition_lines(condition: Condition, language: str = "en") -> list[str]:
    """The condition as indented lines.

    Args:
        condition: Of any depth.
        language: ``en`` or ``ja``.
    """
    lines: list[str] = []
    left = 0
    for line in _lines(condition, 0, _WORDS[language]):
        if len(lines) < MAX_LINES:
            lines.append(line)
        else:
            left += 1
    return [*lines, _WORDS[language]["more"].format(count=left)] if left else lines


def predicate_text(node: Predicate, language: str = "en") -> str:
    """One predicate as in `condition_lines`."""
    return _predicate(node, _WORDS[language])


def _lines(node: Condition, depth: int, words: dict[str, str]) -> Iterator[str]:
    indent = "  " * depth
    match node:
        case AllOf(items=items) | AnyOf(items=items):
            yield f"{indent}{words['all' if isinstance(node, AllOf) else 'any']}:"
            for item in items:
                yield from _lines(item, depth + 1, words)
        case Not(item=item):
            yield f"{indent}{words['not']}:"
            yield from _lines(item, depth + 1, words)
        case _:
            yield f"{indent}{_predicate(node, words)}"


def _predicate(node: Predicate, words: dict[str, str]) -> str:
    field = node.field or words["event"]
    match node:
        case Text(pattern=pattern, cased=cased, field=name):
            sign = "⊃" if name is None else "=="
            return f"{field} {sign if cased or name is None else '='} {pattern_text(pattern)}"
        case Number(value=value) | Boolean(value=value):
            return f"{field} = {value}"
        case Null():
            return f"{field} {words['null']}"
        case Exists(expected=expected):
            return f"{field} {words['exists' if expected else 'absent']}"
        case Regex(source=source, flags=flags):
            return f"{field} ~ /{source}/{flags}"
        case Cidr(network=network):
            return f"{field} {words['cidr']} {network}"
        case Compare(op=op, value=value, part=part):
            return f"{field}{f'.{part}' if part else ''} {_SIGNS[op]} {value}"
        case TimePart(part=part, value=value):
            return f"{field}.{part} = {value}"
        case FieldRef(other=other, where=where):
            return f"{field} {_REFERENCES[where]} {other}"
        case Expand(name=name, prefix=prefix, suffix=suffix):
            return f"{field} {words['list']} {pattern_text(prefix)}%{name}%{pattern_text(suffix)}"


def pattern_text(pattern: Pattern) -> str:
    """A pattern as it would be written in a rule; the empty one as two quotes."""
    if not pattern:
        return ""
    signs = {Wildcard.ONE: "?", Wildcard.MANY: "*"}
    return "".join(signs[part] if isinstance(part, Wildcard) else _escaped(part) for part in pattern)


def _escaped(text: str) -> str:
    return text.replace("*", r"\*").replace("?", r"\?")
