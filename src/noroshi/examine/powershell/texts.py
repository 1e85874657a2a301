"""Methods of strings, characters, arrays, bytes and tables: only those that have no side effect outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell.formatting import formatted
from noroshi.examine.powershell.values import (
    Char,
    EvaluationError,
    Table,
    Thing,
    TypeValue,
    characters_of,
    integer_of,
    items_of,
    same,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.meter import Meter

Arguments = list[Any]


def _substring(text: str, args: Arguments, _meter: Meter) -> str:
    begin = integer_of(args[0])
    length = integer_of(args[1]) if len(args) > 1 else len(text) - begin
    if not (0 <= begin <= len(text) and 0 <= length <= len(text) - begin):
        raise EvaluationError("the part lies outside the text")
    return text[begin : begin + length]


def _replace(text: str, args: Arguments, meter: Meter) -> str:
    old, new = text_of(args[0]), text_of(args[1])
    if not old:
        raise EvaluationError("an empty text cannot be replaced")
    meter.text(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _split(text: str, args: Arguments, meter: Meter) -> list[Any]:
    separators, limit, drop_empty = _split_arguments(args)
    meter.text(len(text))
    parts = [text]
    for separator in separators or [" "]:
        parts = [piece for part in parts for piece in part.split(separator)] if separator else parts
    if limit and len(parts) > limit:
        parts = _limited(text, separators, limit)
    meter.items(len(parts))
    return [part for part in parts if part] if drop_empty else list(parts)


def _split_arguments(args: Arguments) -> tuple[list[str], int, bool]:
    """Separators, limit, whether empty parts go. PowerShell takes a text as a set of characters."""
    options = [arg for arg in args[1:] if isinstance(arg, Thing | str)]
    numbers = [arg for arg in args[1:] if isinstance(arg, int) and not isinstance(arg, bool)]
    drop_empty = any("removeempty" in text_of(option).lower() for option in options) or (
        numbers[-1:] == [1] and len(args) == 2
    )
    first = args[0] if args else None
    whole = len(args) > 1 and isinstance(first, list)
    if isinstance(first, list):
        separators = [text_of(item) for item in first] if whole else list("".join(map(text_of, first)))
    else:
        separators = list(text_of(first)) if first is not None else []
    return separators, 0 if drop_empty else (numbers[0] if numbers else 0), bool(drop_empty)


def _limited(text: str, separators: list[str], limit: int) -> list[str]:
    parts: list[str] = []
    while len(parts) < limit - 1:
        ends = [(at, mark) for mark in separators if mark and (at := text.find(mark)) >= 0]
        if not ends:
            break
        at, mark = min(ends)
        parts.append(text[:at])
        text = text[at + len(mark) :]
    return [*parts, text]


def _trim(side: str) -> Callable[[str, Arguments, Meter], str]:
    def trim(text: str, args: Arguments, _meter: Meter) -> str:
        marks = "".join(text_of(item) for arg in args for item in items_of(arg)) or None
        return {"both": text.strip, "start": text.lstrip, "end": text.rstrip}[side](marks)

    return trim


def _find(last: bool) -> Callable[[str, Arguments, Meter], int]:  # noqa: FBT001 - which end to begin at
    def find(text: str, args: Arguments, _meter: Meter) -> int:
        wanted = text_of(args[0])
        if last:
            return text.rfind(wanted)
        begin = integer_of(args[1]) if len(args) > 1 and isinstance(args[1], int) else 0
        return text.find(wanted, begin)

    return find


def _insert(text: str, args: Arguments, meter: Meter) -> str:
    at = integer_of(args[0])
    if not 0 <= at <= len(text):
        raise EvaluationError("the place lies outside the text")
    meter.text(len(text))
    return text[:at] + text_of(args[1]) + text[at:]


def _remove(text: str, args: Arguments, _meter: Meter) -> str:
    at = integer_of(args[0])
    count = integer_of(args[1]) if len(args) > 1 else len(text) - at
    if not (0 <= at <= len(text) and 0 <= count <= len(text) - at):
        raise EvaluationError("the part lies outside the text")
    return text[:at] + text[at + count :]


def _pad(left: bool) -> Callable[[str, Arguments, Meter], str]:  # noqa: FBT001 - which side
    def pad(text: str, args: Arguments, meter: Meter) -> str:
        width = integer_of(args[0])
        meter.text(max(width, 0))
        mark = text_of(args[1]) if len(args) > 1 else " "
        return text.rjust(width, mark) if left else text.ljust(width, mark)

    return pad


def _chars(text: str, args: Arguments, _meter: Meter) -> Char:
    at = integer_of(args[0])
    if not 0 <= at < len(text):
        raise EvaluationError("the place lies outside the text")
    return Char(text[at])


def _slice(text: str, args: Arguments, _meter: Meter) -> list[Any]:
    if not args:
        return characters_of(text)
    begin, count = integer_of(args[0]), integer_of(args[1])
    return characters_of(text[begin : begin + count])


def _compare(text: str, args: Arguments, _meter: Meter) -> int:
    other = text_of(args[0])
    return (text > other) - (text < other)


TEXT_METHODS: Final[dict[str, Callable[[str, Arguments, Meter], Any]]] = {
    "substring": _substring,
    "replace": _replace,
    "split": _split,
    "toupper": lambda text, _args, _meter: text.upper(),
    "toupperinvariant": lambda text, _args, _meter: text.upper(),
    "tolower": lambda text, _args, _meter: text.lower(),
    "tolowerinvariant": lambda text, _args, _meter: text.lower(),
    "trim": _trim("both"),
    "trimstart": _trim("start"),
    "trimend": _trim("end"),
    "indexof": _find(last=False),
    "lastindexof": _find(last=True),
    "indexofany": lambda text, args, _meter: min(
        (at for mark in items_of(args[0]) if (at := text.find(text_of(mark))) >= 0), default=-1
    ),
    "startswith": lambda text, args, _meter: text.startswith(text_of(args[0])),
    "endswith": lambda text, args, _meter: text.endswith(text_of(args[0])),
    "contains": lambda text, args, _meter: text_of(args[0]) in text,
    "insert": _insert,
    "remove": _remove,
    "padleft": _pad(left=True),
    "padright": _pad(left=False),
    "tochararray": _slice,
    "getenumerator": lambda text, _args, _meter: characters_of(text),
    "chars": _chars,
    "get_chars": _chars,
    "get_length": lambda text, _args, _meter: len(text),
    "equals": lambda text, args, _meter: text == text_of(args[0]),
    "compareto": _compare,
    "tostring": lambda text, _args, _meter: str(text),
    "clone": lambda text, _args, _meter: str(text),
    "normalize": lambda text, _args, _meter: str(text),
    "gettype": lambda _text, _args, _meter: TypeValue("string"),
    "gettypecode": lambda _text, _args, _meter: "String",
}

OVERLOADS: Final = {
    "chars": "char Chars(int index) {get;}",
    "indexof": "int IndexOf(char value), int IndexOf(char value, int startIndex)",
    "lastindexof": "int LastIndexOf(char value), int LastIndexOf(char value, int startIndex)",
    "insert": "string Insert(int startIndex, string value)",
    "normalize": "string Normalize(), string Normalize(System.Text.NormalizationForm normalizationForm)",
    "remove": "string Remove(int startIndex, int count), string Remove(int startIndex)",
    "substring": "string Substring(int startIndex), string Substring(int startIndex, int length)",
    "replace": "string Replace(char oldChar, char newChar), string Replace(string oldValue, string newValue)",
}
"""What a method of a string shows as its own text; scripts take letters out of it."""


def _set_value(values: Any, args: Arguments, _meter: Meter) -> None:
    values[integer_of(args[1])] = args[0]


def _index_of(values: Any, args: Arguments, _meter: Meter) -> int:
    return next((at for at, item in enumerate(values) if same(item, args[0], cased=True)), -1)


def _reverse(values: Any, _args: Arguments, _meter: Meter) -> None:
    values.reverse()


def _copy_to(values: Any, args: Arguments, meter: Meter) -> None:
    target, at = args[0], integer_of(args[1]) if len(args) > 1 else 0
    meter.items(len(values))
    target[at : at + len(values)] = values


def _add(values: Any, args: Arguments, meter: Meter) -> int:
    meter.items(1)
    values.append(args[0])
    return len(values) - 1


def _add_range(values: Any, args: Arguments, meter: Meter) -> None:
    meter.items(len(items_of(args[0])))
    values.extend(items_of(args[0]))


ARRAY_METHODS: Final[dict[str, Callable[[Any, Arguments, Meter], Any]]] = {
    "getvalue": lambda values, args, _meter: values[integer_of(args[0])],
    "get": lambda values, args, _meter: values[integer_of(args[0])],
    "item": lambda values, args, _meter: values[integer_of(args[0])],
    "get_item": lambda values, args, _meter: values[integer_of(args[0])],
    "setvalue": _set_value,
    "set": lambda values, args, _meter: values.__setitem__(integer_of(args[0]), args[1]),
    "clone": lambda values, _args, _meter: values[:],
    "toarray": lambda values, _args, _meter: values[:],
    "contains": lambda values, args, _meter: any(same(item, args[0], cased=True) for item in values),
    "indexof": _index_of,
    "reverse": _reverse,
    "copyto": _copy_to,
    "add": _add,
    "addrange": _add_range,
    "push": _add,
    "enqueue": _add,
    "pop": lambda values, _args, _meter: values.pop(),
    "dequeue": lambda values, _args, _meter: values.pop(0),
    "insert": lambda values, args, _meter: values.insert(integer_of(args[0]), args[1]),
    "removeat": lambda values, args, _meter: values.pop(integer_of(args[0])) and None,
    "clear": lambda values, _args, _meter: values.clear(),
    "getenumerator": lambda values, _args, _meter: values,
    "getlength": lambda values, _args, _meter: len(values),
    "get_count": lambda values, _args, _meter: len(values),
    "get_length": lambda values, _args, _meter: len(values),
    "getupperbound": lambda values, _args, _meter: len(values) - 1,
    "tostring": lambda values, _args, _meter: (
        "System.Byte[]" if isinstance(values, bytearray) else "System.Object[]"
    ),
    "gettype": lambda values, _args, _meter: TypeValue(
        "byte[]" if isinstance(values, bytearray) else "object[]"
    ),
}

TABLE_METHODS: Final[dict[str, Callable[[Table, Arguments, Meter], Any]]] = {
    "add": lambda table, args, _meter: table.put(args[0], args[1]),
    "set_item": lambda table, args, _meter: table.put(args[0], args[1]),
    "item": lambda table, args, _meter: table.look_up(args[0]),
    "get_item": lambda table, args, _meter: table.look_up(args[0]),
    "contains": lambda table, args, _meter: text_of(args[0]).lower() in table,
    "containskey": lambda table, args, _meter: text_of(args[0]).lower() in table,
    "remove": lambda table, args, _meter: table.pop(text_of(args[0]).lower(), None) and None,
    "clear": lambda table, _args, _meter: table.clear(),
    "getenumerator": lambda table, _args, _meter: entries_of(table),
    "gettype": lambda _table, _args, _meter: TypeValue("collections.hashtable"),
}


def entries_of(table: Table) -> list[Any]:
    """The entries as objects with ``Key``, ``Name`` and ``Value``."""
    return [
        Thing(
            "collections.dictionaryentry", {"key": table.names[key], "name": table.names[key], "value": value}
        )
        for key, value in table.items()
    ]


def number_method(value: float, name: str, args: Arguments) -> Any:
    """A method of a number.

    Raises:
        EvaluationError: There is none of this name.
    """
    if name == "tostring":
        return formatted(value, text_of(args[0]) if args else "")
    if name == "equals":
        return same(value, args[0])
    if name == "gettype":
        return TypeValue("int" if isinstance(value, int) else "double")
    raise EvaluationError(f"numbers have no {name}")
