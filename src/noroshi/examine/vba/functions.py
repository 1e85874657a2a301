"""VBA's own functions on texts, numbers and arrays ([MS-VBAL] 6.1.2); none of them touches the machine."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.vba.values import (
    Array,
    FaultError,
    Thing,
    ansi_bytes,
    ansi_text,
    integer_of,
    number_of,
    raw_of,
    text_of,
    truth_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.meter import Meter

    Function = Callable[[Meter, list[Any]], Any]

_VAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eEdD][+-]?[0-9]+)?")
VB_UNICODE: Final = 64
VB_FROM_UNICODE: Final = 128


def argument(values: list[Any], index: int, default: Any = None) -> Any:
    """An argument, or the default where it is left out."""
    value = values[index] if index < len(values) else None
    return default if value is None else value


def _text(values: list[Any], index: int = 0) -> str:
    if index >= len(values):
        raise FaultError(5)
    return text_of(values[index])


def _count(values: list[Any], index: int, default: int = 0) -> int:
    return integer_of(argument(values, index, default))


def _checked(number: int, low: int) -> int:
    if number < low:
        raise FaultError(5)
    return number


def _left(_: Meter, values: list[Any]) -> str:
    return _text(values)[: _checked(_count(values, 1), 0)]


def _right(_: Meter, values: list[Any]) -> str:
    text, count = _text(values), _checked(_count(values, 1), 0)
    return text[max(0, len(text) - count) :]


def _mid(_: Meter, values: list[Any]) -> str:
    text, first = _text(values), _checked(_count(values, 1), 1) - 1
    return text[first : first + _checked(_count(values, 2, len(text)), 0)]


def _replace(meter: Meter, values: list[Any]) -> str:
    text, old, new = _text(values), _text(values, 1), _text(values, 2)
    first, count = _count(values, 3, 1), _count(values, 4, -1)
    text = text[max(0, first - 1) :]
    if not old or count == 0:
        return text
    if _count(values, 5) == 1:
        parts = _insensitive_parts(text, old, count)
    else:
        parts = text.split(old, count if count > 0 else -1)
    meter.text(len(text) + len(new) * (len(parts) - 1))
    return new.join(parts)


def _insensitive_parts(text: str, separator: str, count: int) -> list[str]:
    folded, wanted = text.lower(), separator.lower()
    if len(folded) != len(text):
        return text.split(separator, count if count > 0 else -1)
    parts: list[str] = []
    begin = 0
    while (at := folded.find(wanted, begin)) >= 0 and count != 0:
        parts.append(text[begin:at])
        begin = at + len(wanted)
        count -= 1
    return [*parts, text[begin:]]


def _split(meter: Meter, values: list[Any]) -> Array:
    text, separator = _text(values), text_of(argument(values, 1, " "))
    count = _count(values, 2, -1)
    if not text:
        return Array([])
    if not separator:
        return Array([text])
    limit = count - 1 if count > 0 else -1
    parts = (
        _insensitive_parts(text, separator, limit) if _count(values, 3) == 1 else text.split(separator, limit)
    )
    meter.items(len(parts))
    return Array(list(parts))


def _join(meter: Meter, values: list[Any]) -> Any:
    array = argument(values, 0)
    if not isinstance(array, Array):
        raise FaultError(13)
    separator = text_of(argument(values, 1, " "))
    if len(values) > 1 and values[1] is not None and not text_of(values[1]):
        separator = ""
    parts = [text_of(item) for item in array.items]
    meter.text(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def _filter(_: Meter, values: list[Any]) -> Array:
    array = argument(values, 0)
    if not isinstance(array, Array):
        raise FaultError(13)
    wanted, keep = _text(values, 1), truth_of(argument(values, 2, True))  # noqa: FBT003 - VBA's default value
    return Array([item for item in array.items if (wanted in text_of(item)) == keep])


def _chr(_: Meter, values: list[Any]) -> str:
    code = integer_of(argument(values, 0, 0))
    if not -32768 <= code <= 65535:
        raise FaultError(5)
    return ansi_text(bytes([code])) if 0 <= code < 256 else chr(code & 0xFFFF)


def _chr_wide(_: Meter, values: list[Any]) -> str:
    code = integer_of(argument(values, 0, 0))
    if not -32768 <= code <= 65535:
        raise FaultError(5)
    return chr(code & 0xFFFF)


def _asc(_: Meter, values: list[Any]) -> int:
    text = _text(values)
    if not text:
        raise FaultError(5)
    return ansi_bytes(text[0])[0]


def _asc_wide(_: Meter, values: list[Any]) -> int:
    text = _text(values)
    if not text:
        raise FaultError(5)
    return ord(text[0])


def _instr(_: Meter, values: list[Any]) -> int:
    if len(values) > 2 or (len(values) == 2 and isinstance(values[0], int)):
        first, text, wanted = _count(values, 0, 1), _text(values, 1), _text(values, 2)
    else:
        first, text, wanted = 1, _text(values), _text(values, 1)
    if _count(values, 3) == 1:
        text, wanted = text.lower(), wanted.lower()
    return text.find(wanted, _checked(first, 1) - 1) + 1


def _instr_reverse(_: Meter, values: list[Any]) -> int:
    text, wanted, last = _text(values), _text(values, 1), _count(values, 2, -1)
    return text.rfind(wanted, 0, last if last > 0 else len(text)) + 1


def _repeat(meter: Meter, values: list[Any]) -> str:
    count = _checked(_count(values, 0), 0)
    letter = argument(values, 1, " ")
    unit = letter[:1] if isinstance(letter, str) else _chr(meter, [letter])
    meter.text(count)
    return unit * count


def _space(meter: Meter, values: list[Any]) -> str:
    count = _checked(_count(values, 0), 0)
    meter.text(count)
    return " " * count


def _str_conv(_: Meter, values: list[Any]) -> Any:
    value, kind = argument(values, 0, ""), _count(values, 1)
    if kind & VB_FROM_UNICODE:
        return Array(list(ansi_bytes(text_of(value))), type="byte")
    if kind & VB_UNICODE:
        return ansi_text(raw_of(value))
    text = text_of(value)
    return {1: text.upper(), 2: text.lower(), 3: text.title()}.get(kind & 3, text)


def _val(_: Meter, values: list[Any]) -> int | float:
    text = "".join(_text(values)[:200].split())
    if text[:2].lower() in {"&h", "&o"}:
        digits = "0123456789abcdef" if text[1] in "hH" else "01234567"
        end = 2
        while end < len(text) and text[end].lower() in digits:
            end += 1
        return number_of(text[:end]) if end > 2 else 0
    found = _VAL.match(text)
    if found is None:
        return 0
    return int(found[0]) if found[0].lstrip("+-").isdecimal() else float(found[0].lower().replace("d", "e"))


def _based(values: list[Any], form: str) -> str:
    number = integer_of(argument(values, 0, 0))
    if number < 0:
        number += 0x1_0000 if number >= -0x8000 else 0x1_0000_0000
    return format(number, form)


def _bound(values: list[Any], *, upper: bool) -> int:
    array, dimension = argument(values, 0), _count(values, 1, 1) - 1
    if not isinstance(array, Array) or not 0 <= dimension < len(array.sizes):
        raise FaultError(9 if isinstance(array, Array) else 13)
    low = array.lows[dimension] if dimension < len(array.lows) else 0
    return low + array.sizes[dimension] - 1 if upper else low


def _integer(type_: str) -> Function:
    limits = {"byte": (0, 255), "int": (-0x8000, 0x7FFF)}.get(type_)

    def convert(_: Meter, values: list[Any]) -> int:
        number = integer_of(argument(values, 0, 0))
        if limits is not None and not limits[0] <= number <= limits[1]:
            raise FaultError(6)
        return number

    return convert


def _format(_: Meter, values: list[Any]) -> str:
    value, pattern = argument(values, 0, ""), text_of(argument(values, 1, ""))
    if not pattern:
        return text_of(value)
    if set(pattern) <= set("0#.,") and not (isinstance(value, str) and not value.strip()):
        places = len(pattern.partition(".")[2])
        spelt = f"{number_of(value):.{min(places, 20)}f}"
        whole, dot, rest = spelt.partition(".")
        return whole.zfill(min(pattern.partition(".")[0].count("0"), 100)) + dot + rest
    if pattern in {">", "<"}:
        return text_of(value).upper() if pattern == ">" else text_of(value).lower()
    if set(pattern) <= {"@", "&"}:
        return text_of(value).rjust(pattern.count("@"))
    raise FaultError(5)


def _choose(_: Meter, values: list[Any]) -> Any:
    at = integer_of(argument(values, 0, 0))
    return values[at] if 0 < at < len(values) else None


def _switch(_: Meter, values: list[Any]) -> Any:
    for condition, value in zip(values[::2], values[1::2], strict=False):
        if truth_of(condition):
            return value
    return None


def _iif(_: Meter, values: list[Any]) -> Any:
    truth = truth_of(argument(values, 0))
    if truth is None:
        raise FaultError(5)
    return argument(values, 1 if truth else 2)


def _math(operation: Callable[[float], float]) -> Function:
    def apply(_: Meter, values: list[Any]) -> float:
        try:
            return operation(number_of(argument(values, 0, 0)))
        except (ValueError, OverflowError):
            raise FaultError(5) from None

    return apply


def _round(_: Meter, values: list[Any]) -> int | float:
    result = round(float(number_of(argument(values, 0, 0))), min(max(_count(values, 1), 0), 22))
    return int(result) if result.is_integer() and abs(result) < 1e15 else result


def _fix(values: list[Any], operation: Callable[[float], int]) -> int:
    number = number_of(argument(values, 0, 0))
    if not math.isfinite(number):
        raise FaultError(6)
    return operation(number)


def _is_numeric(_: Meter, values: list[Any]) -> bool:
    try:
        number_of(argument(values, 0))
    except FaultError:
        return False
    return True


def _compare(_: Meter, values: list[Any]) -> int:
    left, right = _text(values), _text(values, 1)
    if _count(values, 2) == 1:
        left, right = left.lower(), right.lower()
    return (left > right) - (left < right)


def _type_name(_: Meter, values: list[Any]) -> str:
    value = argument(values, 0)
    if isinstance(value, Array):
        return "Byte()" if value.type == "byte" else "Variant()"
    names = {str: "String", bool: "Boolean", int: "Long", float: "Double", type(None): "Empty"}
    return names.get(type(value), "Object")


def _array(meter: Meter, values: list[Any]) -> Array:
    meter.items(len(values))
    return Array(list(values))


FUNCTIONS: Final[dict[str, Function]] = {
    "left": _left, "right": _right, "mid": _mid, "leftb": _left, "rightb": _right, "replace": _replace,
    "split": _split, "join": _join, "filter": _filter, "array": _array,
    "chr": _chr, "chrb": _chr, "chrw": _chr_wide, "asc": _asc, "ascb": _asc, "ascw": _asc_wide,
    "strreverse": lambda _, values: _text(values)[::-1],
    "lcase": lambda _, values: _text(values).lower(),
    "ucase": lambda _, values: _text(values).upper(),
    "trim": lambda _, values: _text(values).strip(" "),
    "ltrim": lambda _, values: _text(values).lstrip(" "),
    "rtrim": lambda _, values: _text(values).rstrip(" "),
    "len": lambda _, values: len(_text(values)),
    "lenb": lambda _, values: len(raw_of(argument(values, 0, ""))),
    "instr": _instr, "instrrev": _instr_reverse, "string": _repeat, "space": _space, "strconv": _str_conv,
    "strcomp": _compare, "val": _val, "format": _format,
    "hex": lambda _, values: _based(values, "X"),
    "oct": lambda _, values: _based(values, "o"),
    "lbound": lambda _, values: _bound(values, upper=False),
    "ubound": lambda _, values: _bound(values, upper=True),
    "cstr": lambda _, values: _text(values),
    "str": lambda _, values: (" " if number_of(argument(values, 0)) >= 0 else "") + _text(values),
    "cint": _integer("int"), "clng": _integer("long"), "clnglng": _integer("long"),
    "clngptr": _integer("long"),
    "cbyte": _integer("byte"),
    "cdbl": lambda _, values: number_of(argument(values, 0)),
    "csng": lambda _, values: number_of(argument(values, 0)),
    "ccur": lambda _, values: number_of(argument(values, 0)),
    "cdec": lambda _, values: number_of(argument(values, 0)),
    "cvar": lambda _, values: argument(values, 0),
    "cbool": lambda _, values: truth_of(argument(values, 0)),
    "choose": _choose, "switch": _switch, "iif": _iif, "round": _round,
    "int": lambda _, values: _fix(values, math.floor),
    "fix": lambda _, values: _fix(values, math.trunc),
    "abs": lambda _, values: abs(number_of(argument(values, 0))),
    "sgn": lambda _, values: (number_of(argument(values, 0)) > 0) - (number_of(argument(values, 0)) < 0),
    "sqr": _math(math.sqrt), "sin": _math(math.sin), "cos": _math(math.cos), "tan": _math(math.tan),
    "atn": _math(math.atan), "exp": _math(math.exp), "log": _math(math.log),
    "isnumeric": _is_numeric,
    "isarray": lambda _, values: isinstance(argument(values, 0), Array),
    "isempty": lambda _, values: argument(values, 0) is None,
    "isnull": lambda _, values: argument(values, 0) is None,
    "isobject": lambda _, values: isinstance(argument(values, 0), Thing),
    "ismissing": lambda _, values: argument(values, 0) is None,
    "iserror": lambda _, __: False,
    "typename": _type_name,
    "rgb": lambda _, values: _count(values, 0) + 256 * _count(values, 1) + 65536 * _count(values, 2),
    "doevents": lambda _, __: 0,
}  # fmt: skip
TOLERANT: Final = frozenset({"array", "choose", "cvar", "isempty", "isnull", "isobject", "ismissing",
"typename", "join",
                             "cstr", "iserror", "isarray", "lbound", "ubound", "split", "replace", "lcase",
                             "ucase", "trim",
                             "ltrim", "rtrim"})  # fmt: skip
"""Functions that make sense with a value in them that is not known."""
