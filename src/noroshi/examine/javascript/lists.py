"""Methods of arrays."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.javascript.strings import given
from noroshi.examine.javascript.values import List, Table, integer_of, number_of, same, text_of, truth_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.javascript.interpreter import Interpreter

    Method = Callable[[Interpreter, List, list[Any]], Any]

MAX_ITEMS: Final = 2_000_000


def _push(interpreter: Interpreter, owner: List, values: list[Any]) -> int:
    interpreter.session.meter.items(len(values) + 8)
    owner.items.extend(values)
    return len(owner.items)


def _pop(_: Interpreter, owner: List, __: list[Any]) -> Any:
    return owner.items.pop() if owner.items else None


def _shift(interpreter: Interpreter, owner: List, _: list[Any]) -> Any:
    interpreter.session.meter.items(len(owner.items) >> 6)
    return owner.items.pop(0) if owner.items else None


def _unshift(interpreter: Interpreter, owner: List, values: list[Any]) -> int:
    interpreter.session.meter.items(len(owner.items) >> 6)
    owner.items[:0] = values
    return len(owner.items)


def _reverse(interpreter: Interpreter, owner: List, _: list[Any]) -> List:
    interpreter.session.meter.items(len(owner.items))
    owner.items.reverse()
    return owner


def _join(interpreter: Interpreter, owner: List, values: list[Any]) -> str:
    by = text_of(given(values, 0, ","))
    interpreter.session.meter.items(len(owner.items))
    text = by.join("" if one is None else text_of(one) for one in owner.items)
    interpreter.session.meter.text(len(text))
    return text


def _bounds(length: int, values: list[Any]) -> tuple[int, int]:
    begin, end = integer_of(given(values, 0, 0)), integer_of(given(values, 1, length))
    begin = max(0, length + begin) if begin < 0 else min(begin, length)
    return begin, max(0, length + end) if end < 0 else min(end, length)


def _slice(interpreter: Interpreter, owner: List, values: list[Any]) -> List:
    begin, end = _bounds(len(owner.items), values)
    interpreter.session.meter.items(max(0, end - begin))
    return List(owner.items[begin:end])


def _splice(interpreter: Interpreter, owner: List, values: list[Any]) -> List:
    begin, _ = _bounds(len(owner.items), values)
    count = max(0, integer_of(given(values, 1, len(owner.items))))
    interpreter.session.meter.items(len(owner.items) >> 6)
    removed = owner.items[begin : begin + count]
    owner.items[begin : begin + count] = values[2:]
    return List(removed)


def _concat(interpreter: Interpreter, owner: List, values: list[Any]) -> List:
    items = list(owner.items)
    for value in values:
        items += value.items if isinstance(value, List) else [value]
    interpreter.session.meter.items(len(items))
    return List(items)


def _index(_: Interpreter, owner: List, values: list[Any]) -> int:
    wanted = given(values, 0)
    for at, item in enumerate(owner.items):
        if same(item, wanted, strict=True):
            return at
    return -1


def _each(interpreter: Interpreter, owner: List, values: list[Any]) -> list[tuple[Any, Any]]:
    """Each item with what the function gives for it."""
    action, this = given(values, 0), given(values, 1)
    found: list[tuple[Any, Any]] = []
    for at, item in enumerate(list(owner.items)):
        interpreter.session.meter.step()
        found.append((item, interpreter.call(action, this, [item, at, owner])))
    return found


def _sort(interpreter: Interpreter, owner: List, values: list[Any]) -> List:
    action = given(values, 0)
    interpreter.session.meter.items(len(owner.items) * 8)
    if action is None:
        owner.items.sort(key=text_of)
        return owner

    def compare(left: Any, right: Any) -> int:
        interpreter.session.meter.step()
        order = number_of(interpreter.call(action, None, [left, right]))
        return (order > 0) - (order < 0)

    owner.items.sort(key=functools.cmp_to_key(compare))
    return owner


def _reduce(interpreter: Interpreter, owner: List, values: list[Any], *, backwards: bool = False) -> Any:
    items = list(enumerate(owner.items))
    items = items[::-1] if backwards else items
    if len(values) > 1:
        result = values[1]
    elif items:
        result = items.pop(0)[1]
    else:
        return None
    for at, item in items:
        interpreter.session.meter.step()
        result = interpreter.call(given(values, 0), None, [result, item, at, owner])
    return result


def _fill(interpreter: Interpreter, owner: List, values: list[Any]) -> List:
    begin, end = _bounds(len(owner.items), values[1:])
    interpreter.session.meter.items(max(0, end - begin))
    owner.items[begin:end] = [given(values, 0)] * max(0, end - begin)
    return owner


def _flat(interpreter: Interpreter, owner: List, values: list[Any]) -> List:
    depth = integer_of(given(values, 0, 1))
    items: list[Any] = []
    for item in owner.items:
        items += (
            _flat(interpreter, item, [depth - 1]).items if isinstance(item, List) and depth > 0 else [item]
        )
    interpreter.session.meter.items(len(items))
    return List(items)


def _first(found: list[tuple[Any, Any]], *, place: bool) -> Any:
    for at, (item, truth) in enumerate(found):
        if truth_of(truth):
            return at if place else item
    return -1 if place else None


def _for_each(interpreter: Interpreter, owner: List, values: list[Any]) -> None:
    _each(interpreter, owner, values)


def _last_index(_: Interpreter, owner: List, values: list[Any]) -> int:
    wanted = given(values, 0)
    return max((at for at, one in enumerate(owner.items) if same(one, wanted, strict=True)), default=-1)


def _at(_: Interpreter, owner: List, values: list[Any]) -> Any:
    at = integer_of(given(values, 0, 0))
    return owner.items[at] if -len(owner.items) <= at < len(owner.items) else None


LIST: Final[dict[str, Method]] = {
    "push": _push, "pop": _pop, "shift": _shift, "unshift": _unshift, "reverse": _reverse, "join": _join,
    "slice": _slice, "splice": _splice, "concat": _concat, "indexOf": _index, "sort": _sort, "fill": _fill,
    "flat": _flat, "reduce": _reduce, "reduceRight": lambda i, o, v: _reduce(i, o, v, backwards=True),
    "includes": lambda i, o, v: _index(i, o, v) >= 0, "lastIndexOf": _last_index,
    "map": lambda i, o, v: List([result for _, result in _each(i, o, v)]),
    "forEach": _for_each,
    "filter": lambda i, o, v: List([item for item, truth in _each(i, o, v) if truth_of(truth) is not False]),
    "every": lambda i, o, v: all(truth_of(truth) is not False for _, truth in _each(i, o, v)),
    "some": lambda i, o, v: any(truth_of(truth) for _, truth in _each(i, o, v)),
    "find": lambda i, o, v: _first(_each(i, o, v), place=False),
    "findIndex": lambda i, o, v: _first(_each(i, o, v), place=True),
    "toString": lambda _, o, __: text_of(o), "valueOf": lambda _, o, __: o, "at": _at,
    "entries": lambda _, o, __: List([List([at, one]) for at, one in enumerate(o.items)]),
    "keys": lambda _, o, __: List(list(range(len(o.items)))), "values": lambda _, o, __: List(list(o.items)),
}  # fmt: skip


def item_at(owner: List, key: Any) -> Any:
    """An item by its number, or a named property."""
    place = place_of(key)
    if place is not None:
        return owner.items[place] if place < len(owner.items) else None
    return len(owner.items) if key == "length" else owner.named.get(text_of(key))


def put_item(interpreter: Interpreter, owner: List, key: Any, value: Any) -> None:
    """Set an item; the array grows as far as the budget allows."""
    place = integer_of(value) if key == "length" else place_of(key)
    if key == "length" and place is not None:
        del owner.items[max(0, place) :]
        return
    if place is None:
        owner.named[text_of(key)] = value
        return
    if place >= MAX_ITEMS:
        owner.named[text_of(key)] = value
        return
    lacking = place + 1 - len(owner.items)
    if lacking > 0:
        interpreter.session.meter.items(lacking)
        owner.items.extend([None] * lacking)
    owner.items[place] = value


def place_of(key: Any) -> int | None:
    """The number that a key is; None if it is none."""
    if isinstance(key, bool):
        return None
    if isinstance(key, int):
        return key if key >= 0 else None
    if isinstance(key, float):
        return int(key) if key.is_integer() and key >= 0 else None
    return int(key) if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10 else None


def keys_of(value: Any) -> list[str]:
    """The keys that ``for (… in …)`` goes through."""
    match value:
        case List():
            return [str(at) for at in range(len(value.items))] + list(value.named)
        case Table():
            return [key for key in value.items if not key.startswith("_")]
        case str():
            return [str(at) for at in range(len(value))]
    return []
