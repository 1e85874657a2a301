"""Functions of Excel that only make values of values."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.xlm.nodes import address
from noroshi.examine.xlm.values import Fault, FaultError, Unknown, number_of, text_of, truth_of, unknown_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_TEXT: Final = 32_767
"""Characters that a cell holds."""

Values = list[Any]


def _integer(value: Any) -> int:
    number = number_of(value)
    if not math.isfinite(number) or abs(number) > 1e15:
        raise FaultError("#NUM!")
    return math.floor(number)


def _at(values: Values, place: int, default: Any = None) -> Any:
    return values[place] if place < len(values) and values[place] is not None else default


def flat(values: Values) -> Iterator[Any]:
    """All values, those of ranges and arrays one by one."""
    for value in values:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value


def _numbers(values: Values) -> list[int | float]:
    """The numbers among the values: texts in ranges do not count."""
    found: list[int | float] = []
    for value in values:
        inner = list(flat([value])) if isinstance(value, list) else None
        if inner is None:
            found.append(number_of(value))
        else:
            found += [number_of(one) for one in inner if isinstance(one, int | float)]
    return found


def _char(values: Values) -> str:
    code = _integer(values[0])
    if not 1 <= code <= 255:
        raise FaultError
    try:
        return bytes([code]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(code)


def _code(values: Values) -> int:
    text = text_of(values[0])
    if not text:
        raise FaultError
    try:
        return text[0].encode("cp1252")[0]
    except UnicodeEncodeError:
        return ord(text[0]) if ord(text[0]) < 256 else 63


def _mid(values: Values) -> str:
    begin, count = _integer(values[1]), _integer(values[2])
    if begin < 1 or count < 0:
        raise FaultError
    return text_of(values[0])[begin - 1 : begin - 1 + count]


def _left(values: Values) -> str:
    return text_of(values[0])[: max(0, _integer(_at(values, 1, 1)))]


def _right(values: Values) -> str:
    count = max(0, _integer(_at(values, 1, 1)))
    return text_of(values[0])[-count:] if count else ""


def _concatenate(values: Values) -> str:
    return "".join(text_of(one) for one in flat(values))


def _join(values: Values) -> str:
    texts = [text_of(one) for one in flat(values[2:])]
    return text_of(values[0]).join(one for one in texts if one or not truth_of(values[1]))


def _substitute(values: Values) -> str:
    text, old, new = (text_of(one) for one in values[:3])
    if not old:
        return text
    which = _at(values, 3)
    if which is None:
        return text.replace(old, new)
    parts = text.split(old)
    at = _integer(which)
    if not 1 <= at < len(parts):
        return text
    return old.join(parts[:at]) + new + old.join(parts[at:])


def _replace(values: Values) -> str:
    text, begin, count = text_of(values[0]), _integer(values[1]), _integer(values[2])
    return text[: begin - 1] + text_of(values[3]) + text[begin - 1 + count :]


def _repeat(values: Values) -> str:
    text, count = text_of(values[0]), _integer(values[1])
    if count < 0 or len(text) * count > MAX_TEXT:
        raise FaultError
    return text * count


def _find(values: Values, *, exact: bool) -> int:
    wanted, text, begin = text_of(values[0]), text_of(values[1]), _integer(_at(values, 2, 1))
    at = text.find(wanted, begin - 1) if exact else text.lower().find(wanted.lower(), begin - 1)
    if at < 0 or begin < 1:
        raise FaultError
    return at + 1


def _value(values: Values) -> int | float:
    text = text_of(values[0]).strip().replace(",", "")
    return number_of(text.removesuffix("%")) / 100 if text.endswith("%") else number_of(text)


def _text(values: Values) -> str:
    """``TEXT``: the formats that make one number of digits."""
    value, shape = values[0], text_of(values[1])
    if not isinstance(value, int | float):
        return text_of(value)
    fraction = len(shape.partition(".")[2].replace("#", "0")) if "." in shape else 0
    if shape and set(shape) <= set("0#.,"):
        digits = f"{number_of(value):,.{fraction}f}" if "," in shape else f"{number_of(value):.{fraction}f}"
        return digits.rjust(shape.partition(".")[0].count("0"), "0")
    return text_of(value)


def _round(values: Values, towards: str = "half") -> int | float:
    number, digits = number_of(values[0]), _integer(_at(values, 1, 0))
    factor = 10.0 ** max(-15, min(15, digits))
    scaled = abs(number) * factor
    whole = {"half": math.floor(scaled + 0.5), "up": math.ceil(scaled), "down": math.floor(scaled)}[towards]
    return number_of(math.copysign(whole / factor, number))


def _mod(values: Values) -> int | float:
    divisor = number_of(values[1])
    if not divisor:
        raise FaultError("#DIV/0!")
    return number_of(values[0]) % divisor


def power(base: float, exponent: float) -> int | float:
    """One number to the power of another.

    Raises:
        FaultError: There is none, or it is too large.
    """
    try:
        found = float(base) ** float(exponent)
    except (OverflowError, ZeroDivisionError):
        raise FaultError("#NUM!") from None
    if isinstance(found, complex):
        raise FaultError("#NUM!")
    return number_of(found)


def _from_base(base: int) -> Callable[[Values], int]:
    def convert(values: Values) -> int:
        try:
            return int(text_of(values[0]) or "0", base)
        except ValueError:
            raise FaultError("#NUM!") from None

    return convert


def _to_base(letter: str) -> Callable[[Values], str]:
    def convert(values: Values) -> str:
        digits = format(_integer(values[0]), letter)
        return digits.rjust(min(_integer(_at(values, 1, 0)), 255), "0")

    return convert


def _base(values: Values) -> str:
    number, base = _integer(values[0]), _integer(values[1])
    if number < 0 or not 2 <= base <= 36:
        raise FaultError("#NUM!")
    digits = ""
    while number or not digits:
        number, rest = divmod(number, base)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits.rjust(min(_integer(_at(values, 2, 0)), 255), "0")


def _decimal(values: Values) -> int:
    base = _integer(values[1])
    if not 2 <= base <= 36:
        raise FaultError("#NUM!")
    return _from_base(base)(values)


def _match(values: Values) -> int:
    wanted, kind = values[0], _integer(_at(values, 2, 1))
    items = list(flat([values[1]]))
    for at, item in enumerate(items):
        if same(item, wanted):
            return at + 1
    if kind == 1:
        below = [
            at for at, item in enumerate(items) if isinstance(item, int | float) and item <= number_of(wanted)
        ]
        if below:
            return below[-1] + 1
    raise FaultError("#N/A")


def _lookup(values: Values, *, across: bool) -> Any:
    rows = values[1] if isinstance(values[1], list) else [[values[1]]]
    if across:
        rows = [list(column) for column in zip(*rows, strict=False)]
    column = _integer(values[2]) - 1
    for row in rows:
        if same(row[0], values[0]) and 0 <= column < len(row):
            return row[column]
    raise FaultError("#N/A")


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal; texts regardless of case."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return (type(left) is type(right) and bool(left == right)) or (
        isinstance(left, int | float) and isinstance(right, int | float) and left == right
    )


def _product(values: Values) -> int | float:
    return number_of(math.prod(float(one) for one in _numbers(values)))


def _address(values: Values) -> str:
    row, column, kind = _integer(values[0]), _integer(values[1]), _integer(_at(values, 2, 1))
    if row < 1 or column < 1 or row > 1 << 20 or column > 1 << 14:
        raise FaultError
    letters = address(row - 1, column - 1)
    name = letters.rstrip("0123456789")
    text = ("$" if kind in {1, 3} else "") + name + ("$" if kind in {1, 2} else "") + str(row)
    sheet = _at(values, 4)
    return f"{text_of(sheet)}!{text}" if sheet is not None else text


def _all(values: Values) -> bool | Unknown:
    truths = [truth_of(one) for one in flat(values)]
    return False if False in truths else Unknown("AND") if None in truths else True


def _any(values: Values) -> bool | Unknown:
    truths = [truth_of(one) for one in flat(values)]
    return True if True in truths else Unknown("OR") if None in truths else False


def _unichar(values: Values) -> str:
    code = _integer(values[0])
    if not 0 < code < 0x110000:
        raise FaultError
    return chr(code)


def _choose(values: Values) -> Any:
    at = _integer(values[0])
    if not 1 <= at < len(values):
        raise FaultError
    return values[at]


PURE: Final[dict[str, Callable[[Values], Any]]] = {
    "CHAR": _char, "CODE": _code, "UNICHAR": _unichar, "UNICODE": lambda v: ord(text_of(v[0])[:1] or "\0"),
    "MID": _mid, "MIDB": _mid, "LEFT": _left, "LEFTB": _left, "RIGHT": _right, "RIGHTB": _right,
    "LEN": lambda v: len(text_of(v[0])), "LENB": lambda v: len(text_of(v[0])),
    "CONCATENATE": _concatenate, "CONCAT": _concatenate, "TEXTJOIN": _join, "SUBSTITUTE": _substitute,
    "REPLACE": _replace, "REPLACEB": _replace, "REPT": _repeat, "UPPER": lambda v: text_of(v[0]).upper(),
    "LOWER": lambda v: text_of(v[0]).lower(), "PROPER": lambda v: text_of(v[0]).title(),
    "TRIM": lambda v: " ".join(text_of(v[0]).split(" ")).strip() if "  " not in text_of(v[0])
    else re.sub(" +", " ", text_of(v[0])).strip(),
    "CLEAN": lambda v: re.sub(r"[\x00-\x1f]", "", text_of(v[0])), "ASC": lambda v: text_of(v[0]),
    "FIND": lambda v: _find(v, exact=True), "SEARCH": lambda v: _find(v, exact=False),
    "EXACT": lambda v: text_of(v[0]) == text_of(v[1]), "VALUE": _value, "TEXT": _text,
    "T": lambda v: v[0] if isinstance(v[0], str) else "",
    "N": lambda v: number_of(v[0]) if isinstance(v[0], int | float) else 0,
    "AND": _all, "OR": _any, "NOT": lambda v: not truth_of(v[0]), "TRUE": lambda _: True,
    "FALSE": lambda _: False, "NA": lambda _: Fault("#N/A"),
    "ISERR": lambda v: isinstance(v[0], Fault) and v[0] != "#N/A",
    "ISERROR": lambda v: isinstance(v[0], Fault),
    "ISNA": lambda v: v[0] == "#N/A",
    "ISTEXT": lambda v: isinstance(v[0], str) and not isinstance(v[0], Fault),
    "ISNONTEXT": lambda v: not isinstance(v[0], str), "ISBLANK": lambda v: v[0] is None,
    "ISNUMBER": lambda v: isinstance(v[0], int | float) and not isinstance(v[0], bool),
    "ISLOGICAL": lambda v: isinstance(v[0], bool),
    "SUM": lambda v: number_of(float(sum(_numbers(v)))), "PRODUCT": _product,
    "MIN": lambda v: min(_numbers(v), default=0), "MAX": lambda v: max(_numbers(v), default=0),
    "COUNT": lambda v: sum(isinstance(one, int | float) for one in flat(v)),
    "COUNTA": lambda v: sum(one is not None for one in flat(v)),
    "AVERAGE": lambda v: number_of(sum(_numbers(v)) / (len(_numbers(v)) or 1)),
    "ABS": lambda v: abs(number_of(v[0])), "INT": lambda v: _integer(v[0]),
    "SIGN": lambda v: (number_of(v[0]) > 0) - (number_of(v[0]) < 0),
    "ROUND": _round, "ROUNDUP": lambda v: _round(v, "up"), "ROUNDDOWN": lambda v: _round(v, "down"),
    "TRUNC": lambda v: _round(v, "down"), "MOD": _mod,
    "POWER": lambda v: power(number_of(v[0]), number_of(v[1])),
    "SQRT": lambda v: power(number_of(v[0]), 0.5),
    "QUOTIENT": lambda v: int(number_of(v[0]) / (number_of(v[1]) or 1)),
    "BITXOR": lambda v: _integer(v[0]) ^ _integer(v[1]), "BITAND": lambda v: _integer(v[0]) & _integer(v[1]),
    "BITOR": lambda v: _integer(v[0]) | _integer(v[1]),
    "HEX2DEC": _from_base(16), "BIN2DEC": _from_base(2), "OCT2DEC": _from_base(8),
    "DEC2HEX": _to_base("X"), "DEC2BIN": _to_base("b"), "DEC2OCT": _to_base("o"), "BASE": _base,
    "DECIMAL": _decimal, "MATCH": _match, "VLOOKUP": lambda v: _lookup(v, across=False),
    "HLOOKUP": lambda v: _lookup(v, across=True), "ADDRESS": _address, "CHOOSE": _choose,
    "PI": lambda _: math.pi, "TYPE": lambda v: 2 if isinstance(v[0], str) else 1,
}  # fmt: skip
TOLERANT: Final = frozenset(
    {"ISERR", "ISERROR", "ISNA", "ISTEXT", "ISNONTEXT", "ISBLANK", "ISNUMBER", "ISLOGICAL", "TYPE"}
)
"""Take errors as values."""

JOINING: Final = frozenset({"CONCATENATE", "CONCAT", "TEXTJOIN", "AND", "OR", "CHOOSE", "COUNT", "COUNTA"})
"""Go on when one of their values is not known."""


def pure(name: str, values: Values) -> Any:
    """What a function gives; not known where one of its values is not.

    Raises:
        FaultError: An error value.
    """
    if name not in JOINING and any(unknown_in(one) for one in flat(values)):
        return Unknown(name)
    if name not in TOLERANT:
        for value in flat(values):
            if isinstance(value, Fault):
                raise FaultError(value)
    try:
        found = PURE[name](values)
    except IndexError:
        raise FaultError from None
    if isinstance(found, str) and len(found) > MAX_TEXT and not isinstance(found, Fault):
        raise FaultError
    return found
