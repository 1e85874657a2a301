"""``[Convert]``, ``[string]`` and ``[array]``: static methods that only make values of values."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from noroshi.examine.powershell.formatting import format_items
from noroshi.examine.powershell.operators import joined
from noroshi.examine.powershell.values import Char, EvaluationError, bytes_of, integer_of, items_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.evaluator import Evaluator

    Static = Callable[[Evaluator, n.Node, list[Any]], Any]


def from_base64(evaluator: Evaluator, _node: n.Node, args: list[Any]) -> bytearray:
    """``FromBase64String``."""
    text = re.sub(r"\s", "", "".join(text_of(item) for item in items_of(args[0])))
    evaluator.session.meter.text(len(text))
    try:
        return bytearray(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise EvaluationError("no Base64") from None


def to_base64(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    """``ToBase64String``."""
    return base64.b64encode(bytes(bytes_of(args[0]))).decode("ascii")


def to_integer(bits: int, *, signed: bool) -> Static:
    """``ToInt32`` and its like, with a base."""

    def convert(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> int:
        base = integer_of(args[1]) if len(args) > 1 else 10
        if len(args) < 2:
            return integer_of(args[0])
        value = (
            int(text_of(args[0]).removeprefix("0x"), base) if base in {2, 8, 10, 16} else integer_of(args[0])
        )
        if not signed:
            return value
        return value - (1 << bits) if value >= 1 << (bits - 1) and base != 10 else value

    return convert


def to_char(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> Char:
    """``ToChar``."""
    value = args[0]
    return (
        Char(value) if isinstance(value, str) and len(value) == 1 else Char(chr(integer_of(value) & 0xFFFF))
    )


def to_string(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    """``ToString``, with a base."""
    if len(args) < 2 or not isinstance(args[1], int):
        return text_of(args[0])
    value, base = integer_of(args[0]), integer_of(args[1])
    return {2: f"{value:b}", 8: f"{value:o}", 16: f"{value:x}"}.get(base, str(value))


def join(evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    """``[string]::Join``."""
    values = args[1] if len(args) == 2 else args[1:]
    return joined(values, text_of(args[0]), evaluator.session.meter)


def concat(evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    """``[string]::Concat``."""
    values = args[0] if len(args) == 1 else args
    return joined(values, "", evaluator.session.meter)


def formatted_text(evaluator: Evaluator, _node: n.Node, args: list[Any]) -> str:
    """``[string]::Format``."""
    rest = items_of(args[1]) if len(args) == 2 else args[1:]
    return format_items(text_of(args[0]), rest, evaluator.session.meter)


def reverse(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> None:
    """``[array]::Reverse``, of all or a part."""
    values = args[0]
    if len(args) > 2:
        begin, count = integer_of(args[1]), integer_of(args[2])
        values[begin : begin + count] = values[begin : begin + count][::-1]
    else:
        values.reverse()


def copy(_evaluator: Evaluator, _node: n.Node, args: list[Any]) -> None:
    """``[array]::Copy``, of three or five arguments."""
    if len(args) == 3:
        source, target, count = args[0], args[1], integer_of(args[2])
        target[:count] = source[:count]
    else:
        source, begin, target, at, count = (
            args[0],
            integer_of(args[1]),
            args[2],
            integer_of(args[3]),
            integer_of(args[4]),
        )
        target[at : at + count] = source[begin : begin + count]
