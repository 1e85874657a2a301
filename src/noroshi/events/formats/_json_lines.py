"""One JSON object a line, read even when the line is hostile."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import orjson

from noroshi.events.format import UnreadableRecordError

if TYPE_CHECKING:
    from noroshi.events.model import Fields


def json_object(line: str) -> Fields:
    """The object that this line holds.

    ``NaN``, infinities and lone surrogates, which strict JSON refuses, are read as null and U+FFFD.

    Raises:
        UnreadableRecordError: It is no JSON, no object, or nested too deeply to read.
    """
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = _lenient(line)
    if not isinstance(value, dict):
        raise UnreadableRecordError("the line is JSON but not an object", "check that it is the right log")
    return value


def _lenient(line: str) -> Any:
    try:
        value = json.loads(line, parse_constant=_nothing, parse_int=_integer, parse_float=_float)
        text = json.dumps(value, ensure_ascii=False)
        return orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except RecursionError:
        raise UnreadableRecordError("the JSON is nested too deeply", "nothing sensible is") from None
    except ValueError:
        raise UnreadableRecordError("the line is not valid JSON", "it may be cut off or damaged") from None


def _nothing(_: str) -> None:
    return None


def _integer(digits: str) -> int | float | None:
    return int(digits) if len(digits) < 19 else _float(digits)


def _float(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None
