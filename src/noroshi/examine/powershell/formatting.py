"""``-f`` and ``[string]::Format``: composite formatting of .NET, the parts that scripts use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.powershell.values import EvaluationError, integer_of, number_of, text_of

if TYPE_CHECKING:
    from noroshi.examine.meter import Meter

_ITEM: Final = re.compile(r"\{\{|\}\}|\{\s*(\d{1,6})\s*(?:,\s*(-?\d{1,6})\s*)?(?::([^{}]*))?\}")
_NUMERIC: Final = re.compile(r"([xXdDnNfFcCpP])(\d{0,2})")
MAX_WIDTH: Final = 1_000_000


def format_items(pattern: str, items: list[Any], meter: Meter) -> str:
    """The pattern with its items put in.

    Raises:
        EvaluationError: An index has no item.
    """
    parts: list[str] = []
    begin = 0
    for found in _ITEM.finditer(pattern):
        parts.append(pattern[begin : found.start()])
        begin = found.end()
        if found[0] in {"{{", "}}"}:
            parts.append(found[0][0])
        else:
            parts.append(_item(found, items))
        meter.text(len(parts[-1]))
    parts.append(pattern[begin:])
    return "".join(parts)


def _item(found: re.Match[str], items: list[Any]) -> str:
    index = int(found[1])
    if index >= len(items):
        raise EvaluationError("the format names an item that is not there")
    text = formatted(items[index], found[3] or "")
    width = int(found[2] or 0)
    if abs(width) > MAX_WIDTH:
        raise EvaluationError("the format is too wide")
    return text.rjust(width) if width >= 0 else text.ljust(-width)


def formatted(value: Any, how: str) -> str:
    """One value by a format such as ``X2`` or ``D3``; others leave it as it is."""
    found = _NUMERIC.fullmatch(how)
    if found is None or isinstance(value, str):
        return _custom(value, how) if how.strip("0") == "" and how else text_of(value)
    letter, digits = found[1], int(found[2] or 0)
    if letter in "xX":
        text = f"{integer_of(value) & 0xFFFFFFFF:x}" if integer_of(value) < 0 else f"{integer_of(value):x}"
        text = text.zfill(digits)
        return text.upper() if letter == "X" else text
    if letter in "dD":
        return f"{integer_of(value):0{digits}d}" if digits else str(integer_of(value))
    places = digits if found[2] else 2
    return f"{number_of(value):,.{places}f}" if letter in "nN" else f"{number_of(value):.{places}f}"


def _custom(value: Any, how: str) -> str:
    """``000``: as many digits."""
    return text_of(value) if isinstance(value, str) else str(integer_of(value)).zfill(len(how))
