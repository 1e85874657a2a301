"""Casts: ``[type] value``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell.values import (
    Char,
    EvaluationError,
    ScriptValue,
    Table,
    Thing,
    TypeValue,
    Unknown,
    bytes_of,
    characters_of,
    integer_of,
    items_of,
    normal_type,
    number_of,
    text_of,
    truth_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_BITS: Final = {
    "sbyte": (8, True), "short": (16, True), "ushort": (16, False), "int": (32, True), "uint": (32, False),
    "long": (64, True), "ulong": (64, False),
}  # fmt: skip


def cast(type_: str, value: Any) -> Any:
    """The value as this type (a normal name).

    Raises:
        EvaluationError: It cannot be converted.
    """
    if type_.endswith("[]"):
        return _array(type_[:-2], value)
    if isinstance(value, Unknown):
        return value
    if (action := _CASTS.get(type_)) is not None:
        return action(value)
    if type_ in _BITS:
        return _integer(type_, value)
    return _object(type_, value)


def _array(type_: str, value: Any) -> Any:
    if isinstance(value, Unknown):
        return value
    if type_ == "byte":
        return bytes_of(_unpacked(value))
    if type_ == "char":
        if isinstance(value, str) and not isinstance(value, Char):
            return characters_of(value)
        return [_char(item) for item in items_of(value)]
    items = items_of(value) if isinstance(value, list | bytearray) else [value]
    return list(items) if type_ in {"object", "array"} else [cast(type_, item) for item in items]


def _unpacked(value: Any) -> Any:
    return (
        value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], bytearray) else value
    )


def _char(value: Any) -> Char:
    if isinstance(value, str):
        if len(value) != 1:
            raise EvaluationError("no single character")
        return Char(value)
    number = integer_of(value)
    if not 0 <= number <= 0xFFFF:
        raise EvaluationError("no character")
    return Char(chr(number))


def _integer(type_: str, value: Any) -> int:
    bits, signed = _BITS[type_]
    number = integer_of(value)
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if not low <= number <= high:
        raise EvaluationError("out of range")
    return number


def _byte(value: Any) -> int:
    number = integer_of(value)
    if not 0 <= number <= 255:
        raise EvaluationError("no byte")
    return number


def _string(value: Any) -> str:
    return text_of(value)


def _table(value: Any) -> Any:
    if isinstance(value, Table):
        return value
    raise EvaluationError("no hashtable")


def _type(value: Any) -> TypeValue:
    return value if isinstance(value, TypeValue) else TypeValue(normal_type(text_of(value)))


def _script(value: Any) -> Any:
    return value if isinstance(value, ScriptValue) else Thing("script text", {"value": text_of(value)})


def _regex(value: Any) -> Thing:
    return Thing("text.regularexpressions.regex", {"value": text_of(value), "options": ""})


_CASTS: Final[dict[str, Callable[[Any], Any]]] = {
    "string": _string,
    "char": _char,
    "byte": _byte,
    "bool": truth_of,
    "double": lambda value: float(number_of(value)),
    "float": lambda value: float(number_of(value)),
    "decimal": number_of,
    "array": lambda value: list(items_of(value)) if isinstance(value, list | bytearray) else [value],
    "object": lambda value: value,
    "void": lambda _value: None,
    "switch": truth_of,
    "type": _type,
    "hashtable": _table,
    "collections.hashtable": _table,
    "ordered": _table,
    "management.automation.pscustomobject": lambda value: value,
    "management.automation.scriptblock": _script,
    "management.automation.psreference": lambda value: value,
    "text.regularexpressions.regex": _regex,
}


def _object(type_: str, value: Any) -> Any:
    """Any other type: a stream from bytes, or an object that stands for its text."""
    if type_ == "io.memorystream":
        return Thing(type_, content=bytearray(bytes_of(value)))
    if isinstance(value, Thing) and value.type == type_:
        return value
    return Thing(type_, {"value": text_of(value)})
