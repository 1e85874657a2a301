"""How values are found and compared: one place, for the reference evaluator and the fast matcher."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.folding import fold as fold  # noqa: PLC0414 - one folding function, reached from here as well

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_DEPTH: Final = 200
"""How deep nested values are followed (semantics: depth beyond this is handled, not fatal)."""


class _Missing:
    """The answer of a look-up that found nothing; JSON null is a value, this is not."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


def lookup(fields: Mapping[str, Any], name: str) -> Any:
    """The value of a field, or `MISSING`.

    A literal key wins over a dotted path; a path through a list yields the list of what its elements hold.
    """
    value = fields.get(name, MISSING)
    if value is MISSING and "." in name:
        return _walk(fields, name.split("."))
    return value


def _walk(value: Any, parts: list[str]) -> Any:
    for at, part in enumerate(parts):
        if isinstance(value, list):
            rest = parts[at:]
            found = [inner for item in value if (inner := _walk(item, rest)) is not MISSING]
            return found or MISSING
        if not isinstance(value, dict):
            return MISSING
        value = value.get(part, MISSING)
        if value is MISSING:
            return MISSING
    return value


def as_text(value: Any) -> str | None:
    """A scalar as the text that rules compare with; None for null, missing and containers."""
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int | float):
        return str(value)
    return None


def elements(value: Any) -> Iterator[Any]:
    """A list's elements (nested lists flattened, to `MAX_DEPTH`), or the value itself."""
    yield from _elements(value, 0)


def _elements(value: Any, depth: int) -> Iterator[Any]:
    if isinstance(value, list):
        if depth < MAX_DEPTH:
            for item in value:
                yield from _elements(item, depth + 1)
    else:
        yield value


def all_texts(fields: Mapping[str, Any]) -> Iterator[str]:
    """Every scalar of the event as text, for keyword search: values, not keys, to `MAX_DEPTH`.

    A value that stands in the event under several names is given once (by identity of the object).
    """
    seen: set[int] = set()
    stack: list[tuple[Any, int]] = [(value, 0) for value in reversed(list(fields.values()))]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, dict | list):
            if id(value) not in seen and depth < MAX_DEPTH:
                seen.add(id(value))
                inner = value.values() if isinstance(value, dict) else value
                stack.extend((item, depth + 1) for item in reversed(list(inner)))
        elif (text := as_text(value)) is not None:
            yield text
